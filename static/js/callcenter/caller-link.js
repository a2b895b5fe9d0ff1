// The caller is not known: find them by name, or make a customer, in one line. What is found is linked to the call, or to the ticket.
import { api, pageData } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { tierWord } from "./words.js";

const PAUSE = 250; // milliseconds without a key

/** `about()` gives {call, ticket}: what the customer is linked to. Returns {draw(redraw)}. */
export function callerLink(about) {
  let key = "";
  let asked = "";
  let found = null; // null: not looked for yet
  let shared = []; // customers who share the number
  let timer = 0;
  let busy = false;
  let redraw = () => {};
  const number = () => about().call?.from ?? about().ticket?.contact_phone ?? null;

  function begin() {
    const { call, ticket } = about();
    const now = call ? `call:${call.id}` : `ticket:${ticket?.number}`;
    if (now === key) return;
    [key, asked, found, shared] = [now, "", null, []];
    const phone = number();
    if (phone) api.get("/api/v1/customers", { phone }).then(({ items }) => now === key && ((shared = items), redraw()), toastError);
  }

  function typed(event) {
    asked = event.target.value;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
    redraw();
  }

  async function look() {
    const wanted = asked.trim();
    if (!wanted) {
      found = null;
      redraw();
      return;
    }
    try {
      const { items } = await api.get("/api/v1/customers", { q: wanted, limit: 8 });
      if (wanted === asked.trim()) found = items;
    } catch (error) {
      toastError(error);
    }
    redraw();
  }

  async function link(customer) {
    const { call, ticket } = about();
    if (call) await api.put(`/api/v1/calls/${call.id}/link`, { customer_id: customer.id });
    else await api.patch(`/api/v1/tickets/${ticket.number}`, { customer_id: customer.id });
    toast(t("This is %(name)s", { name: customer.name }));
  }

  async function once(run) {
    if (busy) return;
    busy = true;
    redraw();
    try {
      await run();
    } catch (error) {
      toastError({ title: Object.values(error.errors ?? {}).flat()[0] ?? error.title });
    } finally {
      busy = false;
      redraw();
    }
  }

  /** It is this one; their new number is kept when it is not among theirs. */
  const choose = (customer) =>
    once(async () => {
      await link(customer);
      const phone = number();
      const has = customer.contact_points.some((point) => point.value === phone);
      if (phone && !has && pageData.may_customers) await api.post(`/api/v1/customers/${customer.id}/contact-points`, { kind: "phone", value: phone });
    });

  const create = () =>
    once(async () => {
      const phone = number();
      const language = about().call?.language ?? about().ticket?.language ?? "en";
      await link(await api.post("/api/v1/customers", { name: asked.trim(), phones: phone ? [phone] : [], language }));
    });

  const line = (customer) => html`<li><button type="button" class="sheet-item" data-link-customer=${customer.id} ?disabled=${busy} @click=${() => choose(customer)}>
    ${icon(customer.kind === "organisation" ? "building" : "user")}<span class="grow clip found-customer"><span class="clip">${customer.name}</span><span class="small soft clip">${[customer.tier === "standard" ? "" : tierWord(customer.tier), customer.address].filter(Boolean).join(" · ")}</span></span></button></li>`;

  function submit(event) {
    event.preventDefault();
    if (found?.length === 1) choose(found[0]);
    else if (asked.trim() && found?.length === 0 && pageData.may_customers) create();
  }

  function draw(again) {
    redraw = again;
    begin();
    const shown = about().call?.from_shown ?? about().ticket?.contact_phone;
    return html`<section class="caller-part" data-unknown-caller>
      <h2 class="caller-name">${shared.length ? t("Several customers have this number") : t("Unknown caller")}</h2>
      <p class="soft">${shown ?? t("The number is withheld.")}</p>
      ${shared.length ? html`<ul class="plain-list">${shared.map(line)}</ul>` : nothing}
      <form class="row-of" @submit=${submit}>
        <input class="form-control grow" name="caller" autocomplete="off" aria-label=${t("Name of the caller")} placeholder=${t("Who is it? Name, serial or address")} .value=${asked} @input=${typed} />
      </form>
      ${found?.length ? html`<ul class="plain-list">${found.map(line)}</ul>` : nothing}
      ${found && !found.length ? html`<p class="small soft">${t("Nobody of this name.")}</p>` : nothing}
      ${asked.trim() && pageData.may_customers ? html`<button type="button" class="btn" data-create-customer ?disabled=${busy} @click=${create}>${icon("user-plus")}${t("New customer “%(name)s”", { name: asked.trim() })}</button>` : nothing}
    </section>`;
  }

  return { draw };
}
