// What can be done with a ticket next: status moves, with undo instead of questions.
import { api } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { toast, toastError } from "../core/toast.js";
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

/** Open tasks do not hold a ticket up; who resolves it hears of them. `tasks`: the page's row `panel:tasks`, if any. */
export function resolve(number, tasks = null) {
  const left = (tasks?.tasks ?? []).filter((task) => !task.done_at).length;
  const said = left ? tn("Resolved. %(count)s task is still open.", "Resolved. %(count)s tasks are still open.", left) : t("Resolved");
  return act(api.post(`/api/v1/tickets/${number}/resolution`, {}), said, () => act(api.post(`/api/v1/tickets/${number}/reopening`, {}), t("Open again")));
}
export const reopen = (number) => act(api.post(`/api/v1/tickets/${number}/reopening`, {}), t("Open again"));
export const close = (number) =>
  act(api.post(`/api/v1/tickets/${number}/closure`, {}), t("Closed"), () => act(api.post(`/api/v1/tickets/${number}/reopening`, {}), t("Open again")));
export const endWait = (number) => act(api.delete(`/api/v1/tickets/${number}/waiting`), t("Open again"));
export const patch = (number, changes, said, undo) => act(api.patch(`/api/v1/tickets/${number}`, changes), said, undo);

/** Ask what the ticket waits for. */
export function wait(number) {
  openDialog({
    title: t("What does it wait for?"),
    size: "small",
    content: (done) => html`<div class="stack">${WAIT_REASONS.map(
      (reason) => html`<button type="button" class="btn" @click=${async () => {
        done();
        await act(api.post(`/api/v1/tickets/${number}/waiting`, { reason }), waitWord(reason), () => endWait(number));
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
    ${open ? html`<button type="button" class="btn" @click=${() => resolve(number, rows.get("panel:tasks"))}>${icon("check")}${t("Resolve")}</button>` : nothing}
    ${open && ticket.status !== "waiting" ? html`<button type="button" class="btn" @click=${() => wait(number)}>${icon("player-pause")}${t("Wait for…")}</button>` : nothing}
    ${ticket.status === "waiting" ? html`<button type="button" class="btn" @click=${() => endWait(number)}>${icon("player-play")}${t("Stop waiting")}</button>` : nothing}
    ${ticket.status === "resolved" ? html`<button type="button" class="btn" @click=${() => close(number)}>${icon("lock")}${t("Close")}</button>` : nothing}
    ${open ? nothing : html`<button type="button" class="btn" @click=${() => reopen(number)}>${icon("arrow-back-up")}${t("Re-open")}</button>`}`;
}
