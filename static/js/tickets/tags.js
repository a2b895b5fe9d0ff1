// Tags on a ticket: a chip each, a field that knows the others' tags; what colleagues put on meanwhile stays.
import { api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { act } from "./actions.js";

const path = (number) => `/api/v1/tickets/${number}/tags`;
const put = (number, tags) => api.post(path(number), { tags });
const take = (number, tags) => api.delete(path(number), { tags });

const add = (number, tags) => act(put(number, tags), t("Tagged"), () => act(take(number, tags), t("Taken back")));
const remove = (number, tag) => act(take(number, [tag]), t("Tag removed"), () => act(put(number, [tag]), t("Taken back")));

/** Offer the tags that begin with what is typed. */
export async function suggest(input) {
  const list = input.parentElement.querySelector("datalist");
  const { items } = await api.get("/api/v1/tags", { text: input.value.trim() }).catch(() => ({ items: [] }));
  list.replaceChildren(...items.slice(0, 20).map((tag) => Object.assign(document.createElement("option"), { value: tag.name })));
}

async function submit(event, number) {
  event.preventDefault();
  const input = event.target.elements.tag;
  const tags = input.value.split(",").map((one) => one.trim()).filter(Boolean);
  if (tags.length && (await add(number, tags))) input.value = "";
}

/** The panel of a ticket's tags. */
export function tagsOf(ticket, mayWrite) {
  const tags = ticket.tags ?? [];
  if (!mayWrite && !tags.length) return nothing;
  return html`<section class="panel"><h2>${t("Tags")}</h2>
    <div class="row-of wrap tag-row">${tags.map(
      (tag) => html`<span class="chip"><a href=${`/tickets?tags=${encodeURIComponent(tag)}`}>${tag}</a>${
        mayWrite ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Remove the tag %(tag)s", { tag })} @click=${() => remove(ticket.number, tag)}>${icon("x", { size: "small" })}</button>` : nothing
      }</span>`,
    )}</div>
    ${mayWrite
      ? html`<form class="row-of" @submit=${(event) => submit(event, ticket.number)}><input class="form-control" name="tag" list="tags-known" maxlength="200" autocomplete="off" aria-label=${t("Add a tag")} placeholder=${t("Add a tag")} @input=${(event) => suggest(event.target)}><datalist id="tags-known"></datalist></form>`
      : nothing}
  </section>`;
}
