// Merging a ticket into another and back, and splitting a second matter off.
import { api } from "../core/api.js";
import { confirmDialog, openDialog } from "../core/dialog.js";
import { enhance, formValues, showErrors } from "../core/form.js";
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { field } from "../staff/fields.js";
import { act } from "./actions.js";

const SPLIT = new Set(["message_in", "message_out", "note", "call"]);
const path = (number) => `/api/v1/tickets/${number}/merging`;

export const undoMerge = (number) => act(api.delete(path(number)), t("#%(number)s stands by itself again", { number }));

/** Merge, and ask once more when it would be into another customer's. */
async function merge(number, into, confirmed = false) {
  try {
    await api.post(path(number), { into, other_customer: confirmed });
    toast(t("Merged into #%(into)s", { into }), { undo: () => undoMerge(number) });
    return true;
  } catch (error) {
    if (error.code !== "other_customer" || confirmed) throw error;
    const yes = await confirmDialog({ title: t("Merge tickets of two customers?"), text: error.title, yes: t("Merge all the same") });
    return yes ? merge(number, into, true) : false;
  }
}

/** Ask into which ticket; the customer's other open ones are offered. */
export async function openMergeDialog(ticket) {
  const found = ticket.customer_id
    ? await api.get("/api/v1/tickets", { customer_id: ticket.customer_id, open: true, sort: "created", limit: 10 }).catch(() => ({ items: [] }))
    : { items: [] };
  const others = found.items.filter((row) => row.number !== ticket.number);
  const dialog = openDialog({
    title: t("Merge #%(number)s into another ticket", { number: ticket.number }),
    content: () => html`<form class="stack" @submit=${submit}>
      <p class="soft small">${t("That one goes on, with this one's conversation, visits and calls. It can be undone.")}</p>
      ${others.length
        ? html`<div class="stack tight" role="group" aria-label=${t("Other open tickets of this customer")}>${others.map(
            (row) => html`<button type="button" class="btn" @click=${(event) => choose(event, row.number)}><span class="number">#${row.number}</span> <span class="clip">${row.subject}</span></button>`,
          )}</div>`
        : nothing}
      ${field({ name: "into", label: t("Ticket"), mode: "numeric", placeholder: "1001", autofocus: true })}
      <div class="form-actions"><button class="btn btn-primary">${t("Merge")}</button></div>
    </form>`,
  });
  function choose(event, number) {
    const form = event.target.closest("form");
    form.elements.into.value = number;
    form.requestSubmit();
  }
  async function submit(event) {
    event.preventDefault();
    const form = event.target;
    try {
      if (await merge(ticket.number, Number(String(formValues(form).into).replace(/\D/g, "")) || 0)) dialog.close();
    } catch (error) {
      showErrors(form, error);
    }
  }
}

const first = (text) => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

/** Ask which entries make a ticket of their own, and what it is called. `rows`: the page's rows. */
export function openSplitDialog(ticket, rows) {
  const entries = [...rows.values()].filter((row) => SPLIT.has(row?.kind) && row.happened_at && "public" in row);
  entries.sort((a, b) => Date.parse(b.happened_at) - Date.parse(a.happened_at) || b.id - a.id);
  const dialog = openDialog({
    title: t("Split #%(number)s", { number: ticket.number }),
    content: () => html`<form class="stack">
      <p class="soft small">${t("What you choose also stands in the new ticket; both are linked.")}</p>
      ${field({ name: "subject", label: t("Subject of the new ticket"), autofocus: true })}
      <fieldset class="stack tight split-entries"><legend class="form-label">${t("Entries")}</legend>
        ${entries.length ? nothing : html`<span class="soft">${t("Nothing was said yet.")}</span>`}
        ${entries.map(
          (entry) => html`<label class="form-check"><input class="form-check-input" type="checkbox" name="entry_ids" data-list value=${entry.id}>
            <span class="form-check-label"><span class="tiny soft">${entry.author} · ${formatMoment(entry.happened_at)}</span><br>${first(entry.new_text ?? entry.text)}</span></label>`,
        )}
      </fieldset>
      <div class="form-actions"><button class="btn btn-primary">${t("Split off")}</button></div>
    </form>`,
  });
  enhance(dialog.element.querySelector("form"), {
    path: `/api/v1/tickets/${ticket.number}/splits`,
    body: (values) => ({ subject: values.subject, entry_ids: (values.entry_ids ?? []).map(Number) }),
    done: (made) => location.assign(`/tickets/${made.number}`),
  });
}

/** Buttons among the ticket's actions. */
export const mergeActions = (ticket, rows) => html`
  <button type="button" class="btn btn-quiet" @click=${() => openMergeDialog(ticket).catch(toastError)}>${icon("arrow-merge")}${t("Merge…")}</button>
  <button type="button" class="btn btn-quiet" @click=${() => openSplitDialog(ticket, rows)}>${icon("copy")}${t("Split…")}</button>`;

/** Over a merged ticket: where it went on. */
export const mergedNote = (ticket, mayWrite) =>
  ticket.merged_into
    ? html`<div class="note note-strong row-of wrap apart" role="status"><span>${icon("arrow-merge")} ${t("This ticket was merged and goes on as")} <a href=${`/tickets/${ticket.merged_into}`}><strong>#${ticket.merged_into}</strong></a></span>
        ${mayWrite ? html`<button type="button" class="btn btn-sm" @click=${() => undoMerge(ticket.number)}>${icon("arrow-back-up")}${t("Undo the merge")}</button>` : nothing}</div>`
    : nothing;

/** The panel of the tickets that were merged into this one. */
export function mergedPanel(ticket, mayWrite) {
  if (!ticket.merged?.length) return nothing;
  return html`<section class="panel"><h2>${t("Merged into this ticket")}</h2>${ticket.merged.map(
    (one) => html`<div class="link-line"><div class="grow"><a href=${`/tickets/${one.number}`}><span class="number">#${one.number}</span></a> <span class="small">${one.subject}</span></div>
      ${mayWrite ? html`<button type="button" class="btn btn-quiet btn-sm" @click=${() => undoMerge(one.number)}>${t("Undo")}</button>` : nothing}</div>`,
  )}</section>`;
}
