// One person's week and absences.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatDuration, formatFull, formatMoment, formatMoney, t, tn } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { field, named, select } from "./fields.js";
import { formDialog } from "./form-dialog.js";
import { editBreak } from "./shift-break.js";
import { timeInput } from "./time-input.js";
import { DAYS, SHORT_DAYS } from "./words.js";

const place = document.getElementById("rota-person");
place.replaceChildren();
const { person } = pageData;
const zone = person.time_zone;
let { absences, deputies, working_time: workingTime } = pageData;
let weeks = weeksOf(pageData.shifts);
let saved = JSON.stringify(weeks);

/** Shifts as weeks, each with the dates it holds for; one empty week when there is none. */
function weeksOf(shifts) {
  const found = new Map();
  for (const { valid_from, valid_until, ...shift } of shifts) {
    const key = `${valid_from}/${valid_until}`;
    if (!found.has(key)) found.set(key, { valid_from, valid_until, shifts: [] });
    found.get(key).shifts.push(shift);
  }
  return found.size ? [...found.values()] : [{ valid_from: null, valid_until: null, shifts: [] }];
}

const NO_BREAK = { break_from: null, break_until: null, break_minutes: 0 };
const shiftsOf = () => weeks.flatMap(({ valid_from, valid_until, shifts }) => shifts.map((shift) => ({ ...shift, valid_from, valid_until })));
const dayAfter = (day, days) => new Date(Date.parse(`${day}T12:00:00Z`) + days * 24 * 3600 * 1000).toISOString().slice(0, 10);

const tried = async (deed) => {
  try {
    await deed();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
};

const save = () =>
  tried(async () => {
    const mistyped = place.querySelector(".week .is-invalid");
    if (mistyped) return mistyped.focus();
    const { shifts } = await api.put(`/api/v1/people/${person.id}/shifts`, { shifts: shiftsOf() });
    weeks = weeksOf(shifts);
    saved = JSON.stringify(weeks);
    toast(t("Saved."));
    draw();
  });

function change(target, values) {
  Object.assign(target, values);
  draw();
}

function add(week, weekday) {
  const last = week.shifts.filter((shift) => shift.weekday === weekday).at(-1);
  week.shifts.push(last ? { ...NO_BREAK, weekday, starts: last.ends, ends: "18:00" } : { ...NO_BREAK, weekday, starts: "08:00", ends: "16:00" });
  draw();
}

function drop(week, shift) {
  change(week, { shifts: week.shifts.filter((other) => other !== shift) });
}

function fillWorkdays(week) {
  const pattern = week.shifts.filter((shift) => shift.weekday === 0);
  const others = week.shifts.filter((shift) => shift.weekday === 0 || shift.weekday > 4);
  change(week, { shifts: [...others, ...[1, 2, 3, 4].flatMap((weekday) => pattern.map((shift) => ({ ...shift, weekday })))] });
}

/** Another week from the Monday after next on: the last one ends the day before, and is its draft. */
function addWeek() {
  const last = weeks.at(-1);
  const monday = (new Date(`${pageData.today}T12:00:00Z`).getUTCDay() + 6) % 7;
  const earliest = dayAfter(pageData.today, 14 - monday);
  const from = last.valid_from && last.valid_from >= earliest ? dayAfter(last.valid_from, 7) : earliest;
  const until = last.valid_until && last.valid_until >= from ? last.valid_until : null;
  if (!last.valid_until || last.valid_until >= from) last.valid_until = dayAfter(from, -1);
  weeks = [...weeks, { valid_from: from, valid_until: until, shifts: last.shifts.map((shift) => ({ ...shift })) }];
  draw();
}

function dropWeek(week) {
  weeks = weeks.filter((other) => other !== week);
  draw();
}

const time = (shift, key, label) => timeInput({ value: shift[key], label, change: (text) => change(shift, { [key]: text }) });

const windowOf = (week, shift) => html`<span class="week-window">
  ${time(shift, "starts", t("From, %(day)s", { day: DAYS[shift.weekday] }))}–${time(shift, "ends", t("To, %(day)s", { day: DAYS[shift.weekday] }))}
  ${shift.ends <= shift.starts ? html`<span class="tiny soft">${t("next day")}</span>` : nothing}
  <button type="button" class=${shift.break_minutes ? "btn btn-sm btn-quiet" : "btn btn-sm btn-quiet btn-icon"} aria-label=${shift.break_minutes ? nothing : t("Break of the shift from %(time)s, %(day)s", { time: shift.starts, day: DAYS[shift.weekday] })} title=${t("Break")}
    @click=${() => editBreak(shift, draw)}>${icon("coffee", { size: "small" })}${shift.break_minutes ? t("%(minutes)s min, %(from)s–%(until)s", { minutes: shift.break_minutes, from: shift.break_from, until: shift.break_until }) : nothing}</button>
  <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this window")} @click=${() => drop(week, shift)}>${icon("x", { size: "small" })}</button>
</span>`;

const dayLine = (week) => (name, weekday) => {
  const windows = week.shifts.filter((shift) => shift.weekday === weekday);
  return html`<div class="week-day"><span class="strong clip"><span class="hide-narrow">${name}</span><span class="hide-wide">${SHORT_DAYS[weekday]}</span></span>
    <div class="week-windows">${windows.length ? windows.map((shift) => windowOf(week, shift)) : html`<span class="faint">${t("free")}</span>`}</div>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Add a window on %(day)s", { day: name })} @click=${() => add(week, weekday)}>${icon("plus")}</button>
  </div>`;
};

const validity = (week, key, label) =>
  html`<label class="row-of small">${label}<input class="form-control form-control-sm week-date" type="date" .value=${week[key] ?? ""} @change=${(event) => change(week, { [key]: event.target.value || null })} /></label>`;

/** With one week that always holds there are no dates to show. */
function weekHead(week) {
  const dated = weeks.length > 1 || week.valid_from || week.valid_until;
  return html`<div class="part-head wrap"><h2>${t("Week")}</h2>
    <span class="grow row-of wrap">${dated ? html`${validity(week, "valid_from", t("from"))}${validity(week, "valid_until", t("until"))}` : html`<span class="small soft">${t("times of %(zone)s", { zone: zone.replaceAll("_", " ") })}</span>`}</span>
    <button type="button" class="btn btn-sm btn-quiet" ?disabled=${!week.shifts.some((shift) => shift.weekday === 0)} @click=${() => fillWorkdays(week)}>${icon("copy")}${t("Monday for all workdays")}</button>
    ${weeks.length > 1 ? html`<button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this week")} title=${t("Remove this week")} @click=${() => dropWeek(week)}>${icon("x")}</button>` : nothing}</div>`;
}

const weekPart = (week) => html`<section class="part">${weekHead(week)}<div class="week">${DAYS.map(dayLine(week))}</div></section>`;

const takeBack = (absence) =>
  tried(async () => {
    await api.delete(`/api/v1/absences/${absence.id}`);
    absences = absences.filter((other) => other.id !== absence.id);
    draw();
    toast(t("Removed."), { undo: () => tried(() => put(absence)) });
  });

async function put({ starts_at, ends_at, reason }) {
  absences = [...absences, await api.post(`/api/v1/people/${person.id}/absences`, { starts_at, ends_at, reason })].sort((one, other) => one.starts_at.localeCompare(other.starts_at));
  draw();
}

const addAbsence = () =>
  formDialog({
    title: t("New absence"),
    path: `/api/v1/people/${person.id}/absences`,
    content: html`${field({ name: "reason", label: t("Reason"), value: t("Leave"), autofocus: true })}
      <div class="fields">
        ${field({ name: "starts_at", label: t("From"), type: "datetime-local" })}
        ${field({ name: "ends_at", label: t("Until"), type: "datetime-local" })}
      </div>`,
    done: (absence) => {
      if (absence.hits?.length) toast(tn("%(count)s booked visit is to be placed anew.", "%(count)s booked visits are to be placed anew.", absence.hits.length));
      absences = [...absences, absence].sort((one, other) => one.starts_at.localeCompare(other.starts_at));
      draw();
    },
  });

const absenceLine = (absence) => html`<li>
  <span class="strong">${absence.reason}</span>
  <span class="grow soft" title="${formatFull(absence.starts_at, { zone })} – ${formatFull(absence.ends_at, { zone })}">${formatMoment(absence.starts_at, { zone })} – ${formatMoment(absence.ends_at, { zone })}</span>
  <button type="button" class="btn btn-quiet btn-icon" aria-label=${t("Remove this absence")} @click=${() => takeBack(absence)}>${icon("x")}</button>
</li>`;

const addDeputy = () =>
  formDialog({
    title: t("New deputy"),
    path: `/api/v1/people/${person.id}/deputies`,
    content: html`${select({ name: "deputy_id", label: t("Deputy"), options: named(pageData.people), number: true })}
      <div class="fields">
        ${field({ name: "starts_at", label: t("From"), type: "datetime-local", hint: t("Both empty: always while absent") })}
        ${field({ name: "ends_at", label: t("Until"), type: "datetime-local" })}
      </div>`,
    done: (deputy) => {
      const kept = deputies.filter((other) => deputy.starts_at || other.starts_at); // a new standing deputy comes in the place of the old
      deputies = [...kept, deputy].sort((one, other) => (one.starts_at ?? "").localeCompare(other.starts_at ?? ""));
      draw();
    },
  });

const removeDeputy = (deputy) =>
  tried(async () => {
    await api.delete(`/api/v1/deputies/${deputy.id}`);
    deputies = deputies.filter((other) => other.id !== deputy.id);
    draw();
    const { deputy_id, starts_at, ends_at } = deputy;
    const back = async () => {
      deputies = [...deputies, await api.post(`/api/v1/people/${person.id}/deputies`, { deputy_id, starts_at, ends_at })];
      draw();
    };
    toast(t("Removed."), { undo: () => tried(back) });
  });

const deputyLine = (deputy) => html`<li>
  <span class="strong">${deputy.deputy}</span>
  <span class="grow soft">${deputy.starts_at ? `${formatMoment(deputy.starts_at, { zone })} – ${formatMoment(deputy.ends_at, { zone })}` : t("always while absent")}</span>
  <button type="button" class="btn btn-quiet btn-icon" aria-label=${t("Remove this deputy")} @click=${() => removeDeputy(deputy)}>${icon("x")}</button>
</li>`;

const digits = (currency) => {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2; // no such currency: the server says so
  }
};

const changeWorkingTime = () =>
  formDialog({
    title: t("Working time and cost"),
    method: "patch",
    path: `/api/v1/people/${person.id}/working-time`,
    content: html`${field({ name: "overtime_minutes", label: t("Overtime after a shift, minutes"), type: "number", min: 0, max: 720, value: workingTime.overtime_minutes })}
      <div class="fields">
        ${field({ name: "cost_per_hour", label: t("Cost of an hour"), type: "number", min: 0, step: "any", mode: "decimal", hint: t("Empty: not known"), value: workingTime.cost_per_hour === null ? "" : workingTime.cost_per_hour / 10 ** digits(workingTime.cost_currency) })}
        ${field({ name: "cost_currency", label: t("Currency"), value: workingTime.cost_currency })}
        ${field({ name: "cost_since", label: t("Holds from"), type: "date", hint: t("Empty: today. What was done before keeps its cost.") })}
      </div>`,
    body: ({ overtime_minutes, cost_per_hour, cost_currency, cost_since }) => ({
      overtime_minutes: overtime_minutes ?? 0,
      cost_per_hour: cost_per_hour === null ? null : Math.round(cost_per_hour * 10 ** digits(cost_currency)),
      cost_currency,
      cost_since,
    }),
    done: (answer) => {
      workingTime = answer;
      draw();
      toast(t("Saved."));
    },
  });

const costWords = (found) => (found.cost_per_hour === null ? t("not known") : formatMoney(found.cost_per_hour, found.cost_currency));
/** What an hour cost from which day on, the newest first; one line where it never changed. */
const costLines = () =>
  workingTime.costs.length < 2
    ? costWords(workingTime)
    : workingTime.costs.map((one) => html`<div>${costWords(one)} <span class="small soft">${one.since ? t("from %(day)s", { day: formatDate(`${one.since}T12:00:00Z`, { zone: "UTC", year: true, weekday: false }) }) : t("before that")}</span></div>`);

const workingPart = () => html`<section class="part">
  <div class="part-head"><h2 class="grow">${t("Working time and cost")}</h2><button type="button" class="btn btn-sm" @click=${changeWorkingTime}>${icon("pencil")}${t("Change")}</button></div>
  <div class="part-body"><dl class="facts">
    <dt>${t("Overtime after a shift")}</dt><dd>${workingTime.overtime_minutes ? formatDuration(workingTime.overtime_minutes * 60) : t("none")}</dd>
    <dt>${t("Cost of an hour")}</dt><dd>${costLines()}</dd>
  </dl></div>
</section>`;

function draw() {
  const changed = JSON.stringify(weeks) !== saved;
  render(
    html`<div class="stack loose">
      ${weeks.map(weekPart)}
      <div class="form-actions">
        <button type="button" class="btn btn-primary" ?disabled=${!changed} @click=${save}>${t("Save")}</button>
        <button type="button" class="btn" ?disabled=${!weeks.at(-1).shifts.length} @click=${addWeek}>${icon("calendar-plus")}${t("Another week from a date on")}</button>
        ${changed ? html`<span class="small soft">${t("Not saved yet")}</span>` : nothing}
      </div>
      ${workingTime ? workingPart() : nothing}
      <section class="part">
        <div class="part-head"><h2 class="grow">${t("Absences")}</h2><button type="button" class="btn btn-sm" @click=${addAbsence}>${icon("plus")}${t("New absence")}</button></div>
        ${absences.length ? html`<ul class="lines">${absences.map(absenceLine)}</ul>` : html`<div class="part-body soft">${t("Nothing planned from today on.")}</div>`}
      </section>
      <section class="part">
        <div class="part-head wrap"><h2>${t("Deputies")}</h2><span class="grow small soft">${t("who has the work of their customers meanwhile")}</span><button type="button" class="btn btn-sm" @click=${addDeputy}>${icon("plus")}${t("New deputy")}</button></div>
        ${deputies.length ? html`<ul class="lines">${deputies.map(deputyLine)}</ul>` : html`<div class="part-body soft">${t("Nobody stands in.")}</div>`}
      </section>
      <div class="row-of wrap"><a class="btn" href="/settings/rota">${t("Back to the list")}</a><a class="btn" href="/rota">${icon("table")}${t("Rota")}</a></div>
    </div>`,
    place,
  );
}

addEventListener("beforeunload", (event) => JSON.stringify(weeks) !== saved && event.preventDefault());
draw();
