// A task in words: when it is due, whose it is, what can be done with it.
import { api } from "../core/api.js";
import { html, icon, ifDefined, nothing } from "../core/html.js";
import { formatMoment, t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { serverNow } from "../core/live/clock.js";
import { toast, toastError } from "../core/toast.js";
import { editTask } from "./task-dialog.js";

const DAY = 86_400_000;
const NEAR = 3_600_000;

/** "over", "near" (an hour), or "". */
export function level(task, now = serverNow()) {
  if (!task.due_at || task.done_at) return "";
  const left = Date.parse(task.due_at) - now;
  return left <= 0 ? "over" : left <= NEAR ? "near" : "";
}

/** When it is due, in words: the colour never stands alone. */
export function dueWord(task, now = serverNow()) {
  if (!task.due_at) return t("no date");
  const time = formatMoment(task.due_at);
  return level(task, now) === "over" ? t("overdue since %(time)s", { time }) : t("due %(time)s", { time });
}

/** By due time, those without last. */
export const byDue = (a, b) => (a.due_at ? Date.parse(a.due_at) : Infinity) - (b.due_at ? Date.parse(b.due_at) : Infinity) || a.id - b.id;

/** Due until the end of the reader's day, or over. */
export function isNow(task, now = serverNow()) {
  if (!task.due_at) return false;
  const end = new Date(now);
  end.setHours(24, 0, 0, 0);
  return Date.parse(task.due_at) < end.getTime();
}

async function doing(promise, said, undo) {
  try {
    await promise;
    toast(said, undo ? { undo } : {});
    return true;
  } catch (error) {
    toastError(error);
    return false;
  }
}

const path = (task) => `/api/v1/tasks/${task.id}`;
export const finish = (task) => doing(api.post(`${path(task)}/completion`, {}), t("Done"), () => takeUp(task));
export const takeUp = (task) => doing(api.delete(`${path(task)}/completion`), t("To do again"), () => finish(task));
export const move = (task, due) =>
  doing(api.patch(path(task), { due_in: due }), t("Moved"), () => doing(api.patch(path(task), { due_at: task.due_at }), t("Taken back")));

const LATER = [
  [{ amount: 1, unit: "hours" }, () => t("In an hour")],
  [{ amount: 1, unit: "days" }, () => t("Tomorrow, the same time")],
  [{ amount: 1, unit: "working_days" }, () => t("In one working day")],
  [{ amount: 2, unit: "working_days" }, () => t("In two working days")],
  [{ amount: 1, unit: "weeks" }, () => t("In a week")],
];

/** Ask until when it can wait. */
export function moveLater(task) {
  openDialog({
    title: t("Remind me later"),
    size: "small",
    content: (close) => html`<div class="stack">${LATER.map(
      ([due, word]) => html`<button type="button" class="btn" @click=${() => {
        close();
        move(task, due);
      }}>${word()}</button>`,
    )}</div>`,
  });
}

const SOURCES = { rule: () => t("made by a rule"), maintenance: () => t("made by a maintenance plan"), parts: () => t("made because parts are missing") };

/** One task as a line of a list. `ticket`: whether to name the ticket. */
export function taskLine(task, { mayWrite = true, ticket = true, choices = null } = {}) {
  const over = level(task);
  const facts = [
    html`<span class="task-due" data-level=${ifDefined(over || undefined)}>${task.done_at ? t("done %(time)s by %(name)s", { time: formatMoment(task.done_at), name: task.done_by ?? t("System") }) : dueWord(task)}</span>`,
    html`<span>${task.person ?? t("queue %(name)s", { name: task.queue })}</span>`,
    ticket && task.number ? html`<a href=${`/tickets/${task.number}`}>#${task.number} ${task.subject}</a>` : nothing,
    SOURCES[task.source] ? html`<span>${SOURCES[task.source]()}</span>` : nothing,
  ];
  const open = !task.done_at && mayWrite;
  return html`<li class="task-line" data-task=${task.id} data-done=${task.done_at ? "yes" : "no"}>
    <input type="checkbox" .checked=${Boolean(task.done_at)} ?disabled=${!mayWrite} aria-label=${t("Done: %(text)s", { text: task.text })} @change=${() => (task.done_at ? takeUp(task) : finish(task))}>
    <div><div class="task-text">${task.text}</div><div class="task-facts">${facts}</div></div>
    <div class="task-buttons no-print">${open
      ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Later: %(text)s", { text: task.text })} title=${t("Later")} @click=${() => moveLater(task)}>${icon("clock-play", { size: "small" })}</button>${
          choices ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Change: %(text)s", { text: task.text })} title=${t("Change")} @click=${() => editTask({ task, choices })}>${icon("pencil", { size: "small" })}</button>` : nothing
        }`
      : nothing}</div>
  </li>`;
}
