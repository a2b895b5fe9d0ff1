// One person's week and absences.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatFull, formatMoment, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { field, named, select } from "./fields.js";
import { formDialog } from "./form-dialog.js";
import { DAYS, SHORT_DAYS } from "./words.js";

const place = document.getElementById("rota-person");
place.replaceChildren();
const { person } = pageData;
const zone = person.time_zone;
let { absences, deputies } = pageData;
let week = pageData.shifts;
let saved = JSON.stringify(week);

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
    ({ shifts: week } = await api.put(`/api/v1/people/${person.id}/shifts`, { shifts: week }));
    saved = JSON.stringify(week);
    toast(t("Saved."));
    draw();
  });

function change(shift, values) {
  Object.assign(shift, values);
  draw();
}

function add(weekday) {
  const last = week.filter((shift) => shift.weekday === weekday).at(-1);
  week.push(last ? { weekday, starts: last.ends, ends: "18:00" } : { weekday, starts: "08:00", ends: "16:00" });
  draw();
}

function drop(shift) {
  week = week.filter((other) => other !== shift);
  draw();
}

function fillWorkdays() {
  const pattern = week.filter((shift) => shift.weekday === 0);
  const others = week.filter((shift) => shift.weekday === 0 || shift.weekday > 4);
  week = [...others, ...[1, 2, 3, 4].flatMap((weekday) => pattern.map((shift) => ({ ...shift, weekday })))];
  draw();
}

/** "8", "8.30", "0830" → "08:30"; null when it is no time. Own field, because a browser's may hide whether 04:30 is before or after noon. */
function clockText(typed) {
  const found = /^(\d{1,2})(?:[:.h ]?(\d{2}))?$/.exec(typed.trim());
  if (!found || Number(found[1]) > 23 || Number(found[2] ?? 0) > 59) return null;
  return `${found[1].padStart(2, "0")}:${found[2] ?? "00"}`;
}

function typedTime(event, shift, key) {
  const text = clockText(event.target.value);
  event.target.classList.toggle("is-invalid", text === null);
  if (text !== null) {
    event.target.value = text;
    change(shift, { [key]: text });
  }
}

const time = (shift, key, label) =>
  html`<input class="form-control" inputmode="numeric" maxlength="5" autocomplete="off" placeholder="08:30" aria-label=${label} .value=${shift[key]} @change=${(event) => typedTime(event, shift, key)} />`;

const windowOf = (shift) => html`<span class="week-window">
  ${time(shift, "starts", t("From, %(day)s", { day: DAYS[shift.weekday] }))}–${time(shift, "ends", t("To, %(day)s", { day: DAYS[shift.weekday] }))}
  ${shift.ends <= shift.starts ? html`<span class="tiny soft">${t("next day")}</span>` : nothing}
  <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this window")} @click=${() => drop(shift)}>${icon("x", { size: "small" })}</button>
</span>`;

function dayLine(name, weekday) {
  const windows = week.filter((shift) => shift.weekday === weekday);
  return html`<div class="week-day"><span class="strong clip"><span class="hide-narrow">${name}</span><span class="hide-wide">${SHORT_DAYS[weekday]}</span></span>
    <div class="week-windows">${windows.length ? windows.map(windowOf) : html`<span class="faint">${t("free")}</span>`}</div>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Add a window on %(day)s", { day: name })} @click=${() => add(weekday)}>${icon("plus")}</button>
  </div>`;
}

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

function draw() {
  const changed = JSON.stringify(week) !== saved;
  render(
    html`<div class="stack loose">
      <section class="part">
        <div class="part-head wrap"><h2>${t("Week")}</h2><span class="grow small soft">${t("times of %(zone)s", { zone: zone.replaceAll("_", " ") })}</span>
          <button type="button" class="btn btn-sm btn-quiet" ?disabled=${!week.some((shift) => shift.weekday === 0)} @click=${fillWorkdays}>${icon("copy")}${t("Monday for all workdays")}</button></div>
        <div class="week">${DAYS.map(dayLine)}</div>
        <div class="part-body"><div class="form-actions">
          <button type="button" class="btn btn-primary" ?disabled=${!changed} @click=${save}>${t("Save")}</button>
          ${changed ? html`<span class="small soft">${t("Not saved yet")}</span>` : nothing}
        </div></div>
      </section>
      <section class="part">
        <div class="part-head"><h2 class="grow">${t("Absences")}</h2><button type="button" class="btn btn-sm" @click=${addAbsence}>${icon("plus")}${t("New absence")}</button></div>
        ${absences.length ? html`<ul class="lines">${absences.map(absenceLine)}</ul>` : html`<div class="part-body soft">${t("Nothing planned from today on.")}</div>`}
      </section>
      <section class="part">
        <div class="part-head wrap"><h2>${t("Deputies")}</h2><span class="grow small soft">${t("who has the work of their customers meanwhile")}</span><button type="button" class="btn btn-sm" @click=${addDeputy}>${icon("plus")}${t("New deputy")}</button></div>
        ${deputies.length ? html`<ul class="lines">${deputies.map(deputyLine)}</ul>` : html`<div class="part-body soft">${t("Nobody stands in.")}</div>`}
      </section>
      <div><a class="btn" href="/settings/rota">${t("Back to the list")}</a></div>
    </div>`,
    place,
  );
}

addEventListener("beforeunload", (event) => JSON.stringify(week) !== saved && event.preventDefault());
draw();
