// Links between tickets: what this one is to others and others are to it.
import { api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { field, select } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { toast } from "../core/toast.js";
import { act } from "./actions.js";
import { statusWord } from "./words.js";

const WORDS = {
  follow_up: [() => t("Follow-up of"), () => t("Followed up by")],
  duplicate: [() => t("Duplicate of"), () => t("Has the duplicate")],
  child: [() => t("Part of"), () => t("Has the part")],
  caused_by: [() => t("Caused by"), () => t("Cause of")],
  split: [() => t("Split off from"), () => t("Split off")],
};
const BY_HAND = ["duplicate", "child", "caused_by"];

/** "Duplicate of": what this ticket is to the other; `to`: the other is it to this. */
export const linkWord = (kind, to) => WORDS[kind]?.[to ? 1 : 0]() ?? kind;

const path = (number) => `/api/v1/tickets/${number}/links`;
const connect = (number, link) => api.post(path(number), { kind: link.kind, number: link.number, to: link.to });

const unlink = (number, link) =>
  act(api.delete(`${path(number)}/${link.id}`), t("Link removed"), () => act(connect(number, link), t("Linked again")));

/** Ask which ticket and how. */
export function openLinkDialog(number) {
  const options = BY_HAND.flatMap((kind) => [false, true].map((to) => ({ value: `${kind}:${to}`, label: linkWord(kind, to) })));
  formDialog({
    title: t("Link with another ticket"),
    size: "small",
    content: html`${select({ name: "kind", label: t("This ticket is"), value: "duplicate:false", options })}
      ${field({ name: "number", label: t("Ticket"), mode: "numeric", placeholder: "1001", autofocus: true })}`,
    path: path(number),
    body: ({ kind, number: other }) => ({ kind: kind.split(":")[0], to: kind.endsWith("true"), number: Number(String(other).replace(/\D/g, "")) || 0 }),
    save: t("Link"),
    done: () => toast(t("Linked")),
  });
}

/** The panel of a ticket's links. */
export function linksOf(ticket, mayWrite) {
  const links = ticket.links ?? [];
  if (!links.length && !mayWrite) return nothing;
  return html`<section class="panel"><h2 class="row-of apart">${t("Linked")}${
    mayWrite ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Link with another ticket")} @click=${() => openLinkDialog(ticket.number)}>${icon("plus")}</button>` : nothing
  }</h2>
    ${links.length ? nothing : html`<span class="soft small">${t("With no other ticket.")}</span>`}
    ${links.map(
      (link) => html`<div class="link-line"><div class="grow"><div class="tiny soft">${linkWord(link.kind, link.to)}</div>
        <a href=${`/tickets/${link.number}`}><span class="number">#${link.number}</span></a> <span class="small">${link.subject}</span> <span class="tiny soft">${statusWord(link)}</span></div>
        ${mayWrite && BY_HAND.includes(link.kind) ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Remove the link with #%(number)s", { number: link.number })} @click=${() => unlink(ticket.number, link)}>${icon("x", { size: "small" })}</button>` : nothing}</div>`,
    )}
  </section>`;
}
