// The form of a maintenance plan: what, for whom, how often. `read(form)` gives what the API takes.
import { html, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { formValues } from "../core/form.js";
import { monthWord, nthWord, weekdayWord } from "./maintenance-words.js";
import { kindWord, priorityWord } from "./words.js";

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const option = (value, text, chosen) => html`<option value=${value} ?selected=${String(value) === String(chosen ?? "")}>${text}</option>`;
const field = (id, label, input, hint = "") => html`<div class="field"><label class="form-label" for=${`plan-${id}`}>${label}</label>${input}${hint ? html`<div class="form-hint">${hint}</div>` : nothing}</div>`;
const chosenMany = (name, numbers, words, chosen, label) => html`<fieldset class="field"><legend class="form-label">${label}</legend><div class="row-of wrap">${numbers.map(
  (one) => html`<label class="form-check form-check-inline"><input class="form-check-input" type="checkbox" name=${name} data-list value=${one} ?checked=${chosen.includes(one)}><span class="form-check-label">${words(one)}</span></label>`,
)}</div></fieldset>`;

/** What is shown follows what is chosen. */
export function arrange(form) {
  const value = (name) => form.elements.namedItem(name)?.value ?? "";
  const own = value("unit") === "rrule";
  const counted = value("base") === "completion";
  const shows = {
    every: !own,
    weekdays: value("unit") === "week" && !counted,
    on: ["month", "year"].includes(value("unit")) && !counted,
    day: ["month", "year"].includes(value("unit")) && !counted && value("on") === "date",
    nth: ["month", "year"].includes(value("unit")) && !counted && value("on") === "weekday",
    months: !own,
    rrule: own,
  };
  for (const element of form.querySelectorAll("[data-shown]")) element.hidden = !shows[element.dataset.shown];
}

const shown = (name, content) => html`<div data-shown=${name} class="stack">${content}</div>`;

function often(recurrence, base) {
  const unit = recurrence.rrule ? "rrule" : recurrence.unit;
  return html`<div class="fields">
      ${field("base", t("Counted from"), html`<select class="form-select" id="plan-base" name="base">${option("plan", t("the plan's dates"), base)}${option("completion", t("the day the last one was done"), base)}</select>`)}
      ${field("unit", t("Repeats by"), html`<select class="form-select" id="plan-unit" name="unit">${option("day", t("days"), unit)}${option("week", t("weeks"), unit)}${option("month", t("months"), unit)}${option("year", t("years"), unit)}${option("rrule", t("a rule of its own"), unit)}</select>`)}
      ${shown("every", field("every", t("Every"), html`<input class="form-control" id="plan-every" type="number" name="every" min="1" inputmode="numeric" .value=${String(recurrence.every ?? 1)}>`))}
      ${shown("on", field("on", t("On"), html`<select class="form-select" id="plan-on" name="on">${option("date", t("a day of the month"), recurrence.on ?? "date")}${option("last_day", t("its last day"), recurrence.on)}${option("weekday", t("a weekday"), recurrence.on)}</select>`))}
      ${shown("day", field("day", t("Day"), html`<input class="form-control" id="plan-day" type="number" name="day" min="1" max="31" inputmode="numeric" placeholder=${t("as it begins")} .value=${String(recurrence.day ?? "")}>`))}
      ${shown("nth", html`<div class="fields">${field("nth", t("Which"), html`<select class="form-select" id="plan-nth" name="nth" data-type="number">${[1, 2, 3, 4, -1].map((nth) => option(nth, nthWord(nth), recurrence.nth))}</select>`)}${field("weekday", t("Weekday"), html`<select class="form-select" id="plan-weekday" name="weekday" data-type="number">${range(0, 6).map((day) => option(day, weekdayWord(day), recurrence.weekday))}</select>`)}</div>`)}
      ${field("closed", t("On a closed day"), html`<select class="form-select" id="plan-closed" name="closed">${option("keep", t("it stays"), recurrence.closed)}${option("next", t("the next working day"), recurrence.closed)}${option("previous", t("the working day before"), recurrence.closed)}</select>`)}
    </div>
    ${shown("weekdays", chosenMany("weekdays", range(0, 6), (day) => weekdayWord(day, "short"), recurrence.weekdays ?? [], t("On")))}
    ${shown("months", html`<details ?open=${Boolean(recurrence.months?.length)}><summary class="small">${t("Only in some months")}</summary>${chosenMany("months", range(1, 12), (month) => monthWord(month, "short"), recurrence.months ?? [], t("Months"))}</details>`)}
    ${shown("rrule", field("rrule", t("Rule (RFC 5545)"), html`<input class="form-control" id="plan-rrule" name="rrule" maxlength="500" spellcheck="false" placeholder="FREQ=MONTHLY;BYDAY=+2TU" .value=${recurrence.rrule ?? ""}>`))}`;
}

function forMany(owner) {
  return html`<div class="fields">
    ${owner ? html`${field("owner", t("Customer"), html`<input type="hidden" name="which.customer_id" data-type="number" .value=${String(owner.id)}><a class="form-control-plaintext" id="plan-owner" href=${`/customers/${owner.id}`}>${owner.name}</a>`)}
      ${field("contract", t("Contract"), html`<select class="form-select" id="plan-contract" name="which.contract_id" data-type="number"><option value="">${t("all their equipment")}</option>${owner.contracts.map((one) => option(one.id, one.name))}</select>`)}` : nothing}
    ${field("kind-of", t("Kind of equipment"), html`<input class="form-control" id="plan-kind-of" name="which.kind" maxlength="200">`)}${field("maker", t("Maker"), html`<input class="form-control" id="plan-maker" name="which.maker" maxlength="200">`)}${field("model", t("Model"), html`<input class="form-control" id="plan-model" name="which.model" maxlength="200">`)}</div>`;
}

function forWhom(plan, { subject, choices }) {
  if (!subject) return forMany(choices.owner);
  const equipment = plan?.equipment_id ?? subject.equipment_id;
  return html`<div class="fields">${field("customer", t("Customer"), html`<input type="hidden" name="customer_id" data-type="number" .value=${String(subject.customer_id)}><a class="form-control-plaintext" id="plan-customer" href=${`/customers/${subject.customer_id}`}>${subject.customer}</a>`)}
    ${field("equipment", t("Equipment"), html`<select class="form-select" id="plan-equipment" name="equipment_id" data-type="number"><option value="">${t("none: for the site or the customer")}</option>${subject.equipment.map((one) => option(one.id, [one.label, one.serial].filter(Boolean).join(" · "), equipment))}</select>`)}
    ${field("site", t("Site"), html`<select class="form-select" id="plan-site" name="site_id" data-type="number"><option value="">${t("where the equipment stands")}</option>${subject.sites.map((one) => option(one.id, one.label, plan?.site_id))}</select>`)}</div>`;
}

/** The fields. `choices`: queues, job_types, kinds, priorities; `subject`: null for many at once. */
export function planFields(plan, { subject, choices, today }) {
  const recurrence = plan?.recurrence ?? { unit: "year", every: 1, closed: "next" };
  return html`${field("name", t("Name"), html`<input class="form-control" id="plan-name" name="name" maxlength="200" autocomplete="off" .value=${plan?.name ?? ""}>`, t("The tickets have it as their subject."))}
    ${forWhom(plan, { subject, choices })}
    ${field("text", t("What is to be done"), html`<textarea class="form-control" id="plan-text" name="text" rows="3" .value=${plan?.text ?? ""}></textarea>`)}
    ${field("checklist", t("Checklist"), html`<textarea class="form-control" id="plan-checklist" name="checklist" rows="3" placeholder=${t("One line each")} .value=${(plan?.checklist ?? []).join("\n")}></textarea>`)}
    <div class="fields">${field("queue", t("Queue"), html`<select class="form-select" id="plan-queue" name="queue_id" data-type="number">${choices.queues.map((one) => option(one.id, one.name, plan?.queue_id))}</select>`)}
      ${field("kind", t("Kind"), html`<select class="form-select" id="plan-kind" name="kind">${choices.kinds.map((one) => option(one, kindWord(one), plan?.kind ?? "maintenance"))}</select>`)}
      ${field("priority", t("Priority"), html`<select class="form-select" id="plan-priority" name="priority">${choices.priorities.map((one) => option(one, priorityWord(one), plan?.priority ?? "normal"))}</select>`)}
      ${field("job", t("Job type"), html`<select class="form-select" id="plan-job" name="job_type"><option value="">${t("none")}</option>${choices.job_types.map((one) => option(one.key, one.name, plan?.job_type))}</select>`)}</div>
    <label class="form-check"><input class="form-check-input" type="checkbox" name="propose_visit" ?checked=${plan?.propose_visit}><span class="form-check-label">${t("Have visits proposed when a ticket opens")}</span></label>
    <h2 class="small strong">${t("When")}</h2>
    ${often(recurrence, plan?.base ?? "plan")}
    <div class="fields">${field("starts", t("Begins on"), html`<input class="form-control" id="plan-starts" type="date" name="starts_on" .value=${plan?.starts_on ?? today}>`)}
      ${field("ends", t("Ends on"), html`<input class="form-control" id="plan-ends" type="date" name="ends_on" .value=${plan?.ends_on ?? ""}>`)}
      ${field("lead", t("Ticket opens (days before)"), html`<input class="form-control" id="plan-lead" type="number" name="lead_days" min="0" max="365" inputmode="numeric" .value=${String(plan?.lead_days ?? 14)}>`)}</div>
    <input type="hidden" name="recurrence">`;
}

/** A recurrence from the form's values; what does not belong to the choice is left out. */
export function recurrenceOf({ unit, every, weekdays = [], on, day, nth, weekday, months = [], closed, rrule, base }) {
  if (unit === "rrule") return { rrule: rrule ?? "", closed };
  const found = { unit, every: every ?? 1, closed, months: months.map(Number) };
  if (base === "completion") return found;
  if (unit === "week") found.weekdays = weekdays.map(Number);
  if (unit === "month" || unit === "year") Object.assign(found, { on }, on === "date" ? { day } : on === "weekday" ? { nth, weekday } : {});
  return found;
}

/** The form as the API takes it. */
export function read(form) {
  const { unit, every, weekdays, on, day, nth, weekday, months, closed, rrule, checklist, which, lead_days: lead, job_type: job, ...values } = formValues(form);
  const recurrence = recurrenceOf({ unit, every, weekdays, on, day, nth, weekday, months, closed, rrule, base: values.base });
  const filled = which ? Object.fromEntries(Object.entries(which).filter(([, one]) => one !== "" && one !== null)) : null;
  return { ...values, recurrence, job_type: job ?? "", lead_days: lead ?? 0, checklist: (checklist ?? "").split("\n"), ...(filled ? { which: filled } : {}) };
}

/** Of the form only what decides on the dates. */
export const datesOf = ({ queue_id, recurrence, base, starts_on, ends_on, lead_days }) => ({ queue_id, recurrence, base, starts_on, ends_on, lead_days });
