// What can be done with a ticket next: status moves, with undo instead of questions.
import { api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { toast, toastError } from "../core/toast.js";
import { askMissing } from "./field-panel.js";
import { tellOutcome } from "./outcome.js";
import { moreActions } from "./panels.js";
import { WAIT_REASONS, waitWord } from "./words.js";

/** Do something and say it; a refusal is said as the server words it. Resolves true when it was done. */
export async function act(promise, said, undo = null) {
  try {
    await promise;
    if (said) toast(said, undo ? { undo } : {});
    return true;
  } catch (error) {
    toastError(error);
    return false;
  }
}

/**
 * Resolve it. What is missing first is asked for at once: an outcome that was not told, fields that are required by then. Open tasks do not hold it up;
 * who resolves it hears of them. `rows`: the rows of the page that shows the ticket.
 */
export async function resolve(ticket, rows) {
  const { number } = ticket;
  if (ticket.outcome_needed && !ticket.outcome) return tellOutcome(ticket, rows);
  const left = (rows.get("panel:tasks")?.tasks ?? []).filter((task) => !task.done_at).length;
  const said = left ? tn("Resolved. %(count)s task is still open.", "Resolved. %(count)s tasks are still open.", left) : t("Resolved");
  try {
    await api.post(`/api/v1/tickets/${number}/resolution`, {});
    toast(said, { undo: () => act(api.post(`/api/v1/tickets/${number}/reopening`, {}), t("Open again")) });
  } catch (error) {
    if (error.code === "fields_missing") askMissing(ticket, error.body.missing, () => resolve(ticket, rows));
    else toastError(error);
  }
  return undefined;
}
export const reopen = (number) => act(api.post(`/api/v1/tickets/${number}/reopening`, {}), t("Open again"));
export const close = (number) =>
  act(api.post(`/api/v1/tickets/${number}/closure`, {}), t("Closed"), () => act(api.post(`/api/v1/tickets/${number}/reopening`, {}), t("Open again")));
export const endWait = (number) => act(api.delete(`/api/v1/tickets/${number}/waiting`), t("Open again"));
export const patch = (number, changes, said, undo) => act(api.patch(`/api/v1/tickets/${number}`, changes), said, undo);

/** Ask what the ticket waits for; when it waits already, its reason or what exactly may change. */
export function wait(ticket) {
  const { number } = ticket;
  const dialog = openDialog({
    title: t("What does it wait for?"),
    size: "small",
    content: (done) => html`<div class="stack">
      <div class="field"><label class="form-label" for="wait-note">${t("What exactly (may stay empty)")}</label><input class="form-control" id="wait-note" maxlength="500" autocomplete="off" placeholder=${t("Pump P-7, comes on Friday")} .value=${ticket.wait_note ?? ""}></div>
      ${WAIT_REASONS.map(
        (reason) => html`<button type="button" class=${reason === ticket.wait_reason ? "btn btn-primary" : "btn"} @click=${async () => {
          const note = dialog.element.querySelector("#wait-note").value;
          done();
          await act(api.post(`/api/v1/tickets/${number}/waiting`, { reason, note }), waitWord(reason), ticket.status === "waiting" ? null : () => endWait(number));
        }}>${waitWord(reason)}</button>`,
      )}</div>`,
  });
}

/** The row of buttons; the first are those that rooms above add (book a visit). */
export function actionRow(ticket, rows) {
  const number = ticket.number;
  const open = ["new", "open", "waiting", "scheduled"].includes(ticket.status);
  return html`
    ${moreActions(ticket)}
    ${open ? html`<button type="button" class="btn" @click=${() => resolve(ticket, rows)}>${icon("check")}${t("Resolve")}</button>` : nothing}
    ${ticket.outcome_needed && !ticket.outcome && ticket.status !== "closed" ? html`<button type="button" class="btn" @click=${() => tellOutcome(ticket, rows)}>${icon("message-circle")}${t("Tell the outcome")}</button>` : nothing}
    ${open ? html`<button type="button" class="btn" @click=${() => wait(ticket)}>${icon("player-pause")}${ticket.status === "waiting" ? t("Waits for…") : t("Wait for…")}</button>` : nothing}
    ${ticket.status === "waiting" ? html`<button type="button" class="btn" @click=${() => endWait(number)}>${icon("player-play")}${t("Stop waiting")}</button>` : nothing}
    ${ticket.status === "resolved" ? html`<button type="button" class="btn" @click=${() => close(number)}>${icon("lock")}${t("Close")}</button>` : nothing}
    ${open ? nothing : html`<button type="button" class="btn" @click=${() => reopen(number)}>${icon("arrow-back-up")}${t("Re-open")}</button>`}`;
}
