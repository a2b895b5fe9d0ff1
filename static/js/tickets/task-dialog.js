// A new task, or another wording, time or person for one.
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { formDialog } from "../staff/form-dialog.js";

const WHEN = {
  hour: [{ amount: 1, unit: "hours" }, () => t("In an hour")],
  day: [{ amount: 1, unit: "working_days" }, () => t("In one working day")],
  two: [{ amount: 2, unit: "working_days" }, () => t("In two working days")],
  week: [{ amount: 1, unit: "weeks" }, () => t("In a week")],
};
const LEADS = [
  ["", () => t("No reminder")],
  ["0", () => t("When it is due")],
  ["900", () => t("15 minutes before")],
  ["3600", () => t("1 hour before")],
  ["86400", () => t("1 day before")],
];

const two = (number) => String(number).padStart(2, "0");
/** An instant as `datetime-local` writes it. */
function local(iso) {
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

function holderField(task, { people = [], queues = [], me: own = null, person_id: person = null }, onTicket) {
  const me = own ?? person;
  const chosen = task ? (task.person_id ? `person:${task.person_id}` : `queue:${task.queue_id}`) : onTicket ? "" : `person:${me}`;
  const option = (value, text) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`;
  return html`<div class="field"><label class="form-label" for="task-holder">${t("For whom")}</label>
    <select class="form-select" id="task-holder" name="person_id">
      ${!task && onTicket ? option("", t("Whose the ticket is")) : nothing}
      ${me ? option(`person:${me}`, t("Me")) : nothing}
      <optgroup label=${t("Colleagues")}>${people.filter((one) => one.id !== me).map((one) => option(`person:${one.id}`, one.name))}</optgroup>
      <optgroup label=${t("Queues")}>${queues.map((one) => option(`queue:${one.id}`, one.name))}</optgroup>
    </select></div>`;
}

/** What a change of the choice shows: the field for a day and time. */
const showDate = (event) => {
  const field = event.target.form.querySelector("[data-date]");
  field.hidden = event.target.value !== "at";
  field.querySelector("input").disabled = event.target.value !== "at";
};

function whenFields(task) {
  const at = Boolean(task?.due_at);
  const chosen = task ? (at ? "at" : "none") : "day";
  const option = (value, text) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`;
  return html`<div class="field"><label class="form-label" for="task-when">${t("Due")}</label>
      <select class="form-select" id="task-when" name="due_in" @change=${showDate}>
        ${Object.entries(WHEN).map(([value, [, word]]) => option(value, word()))}${option("at", t("On a day and time…"))}${option("none", t("No date"))}
      </select></div>
    <div class="field" data-date ?hidden=${!at}><label class="form-label" for="task-at">${t("Day and time")}</label>
      <input class="form-control" id="task-at" type="datetime-local" name="due_at" ?disabled=${!at} .value=${at ? local(task.due_at) : ""}></div>`;
}

function leadField(task) {
  const chosen = task ? String(task.remind_before ?? "") : "0";
  return html`<div class="field"><label class="form-label" for="task-lead">${t("Reminder")}</label>
    <select class="form-select" id="task-lead" name="remind_before">${LEADS.map(([value, word]) => html`<option value=${value} ?selected=${value === chosen}>${word()}</option>`)}
      ${LEADS.some(([value]) => value === chosen) ? nothing : html`<option value=${chosen} selected>${t("As it is")}</option>`}</select></div>`;
}

/** The form's values as the API takes them. */
function body(values, { task, number }) {
  const { person_id: holder, due_in: when, due_at: at, remind_before: lead, text } = values;
  const [kind, id] = (holder ?? "").split(":");
  const due = when === "none" ? { due_at: null } : when === "at" ? { due_at: at ?? null } : { due_in: WHEN[when][0] };
  return {
    text,
    ...(kind ? { [`${kind}_id`]: Number(id) } : {}),
    ...due,
    remind_before: when === "none" || lead === null || lead === "" ? null : Number(lead),
    ...(task ? { version: task.version } : number ? { ticket: number } : {}),
  };
}

/** Open the form. `choices`: {people, queues, me}; `number`: the ticket's, for a new one on it; `task`: change this one. */
export function editTask({ task = null, number = null, choices, done = () => {} }) {
  formDialog({
    title: task ? t("Change the task") : t("New task"),
    method: task ? "patch" : "post",
    path: task ? `/api/v1/tasks/${task.id}` : "/api/v1/tasks",
    body: (values) => body(values, { task, number }),
    content: html`<div class="field"><label class="form-label" for="task-text">${t("What is to be done")}</label>
        <input class="form-control" id="task-text" name="text" maxlength="500" autocomplete="off" autofocus .value=${task?.text ?? ""}></div>
      <div class="fields">${holderField(task, choices, Boolean(number || task?.number))}${whenFields(task)}${leadField(task)}</div>`,
    done,
  });
}
