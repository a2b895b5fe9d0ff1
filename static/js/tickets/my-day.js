// My day: what was written down and what was counted, with the sum. The address holds day and person.
import { ApiError, api, pageData, withQuery } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatDuration, formatTime, t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { serverNow } from "../core/live/clock.js";
import { chip, empty, problem, skeleton, tile } from "../core/parts.js";
import { toastError } from "../core/toast.js";
import { logWork } from "./work-dialog.js";
import { activityWord, countedWord } from "./work-words.js";

const place = document.getElementById("day");
const query = new URLSearchParams(location.search);
const two = (number) => String(number).padStart(2, "0");
const isoDay = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
const today = isoDay(new Date(serverNow()));
let day = query.get("day") || today;
let person = Number(query.get("person")) || pageData.me;
let work = null;
let failed = null;

const shift = (by) => {
  const at = new Date(`${day}T12:00:00`);
  at.setDate(at.getDate() + by);
  return isoDay(at);
};

async function load() {
  try {
    work = await api.get("/api/v1/work", { first: day, ...(person !== pageData.me ? { person_id: person } : {}) });
    failed = null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

function go(toDay, toPerson = person) {
  day = toDay || today;
  person = toPerson;
  work = null;
  history.replaceState(null, "", withQuery(location.pathname, { ...(day === today ? {} : { day }), ...(person === pageData.me ? {} : { person }) }));
  draw();
  load();
}

async function corrections(entry) {
  try {
    const { items } = await api.get(`/api/v1/work-entries/${entry.id}/corrections`);
    const said = ({ day: on, minutes, activity, note }) => [on, formatDuration(minutes * 60), activityWord(activity), note].filter(Boolean).join(" · ");
    openDialog({
      title: t("Corrections"),
      content: () => html`<ul class="task-lines">${items.map((one) => html`<li class="task-line"><span>${icon("history", { size: "small" })}</span><div><div class="soft small">${one.actor} · ${formatDate(one.at)} ${formatTime(one.at)}</div><div>${said(one.before)} → ${said(one.after)}</div></div></li>`)}</ul>`,
    });
  } catch (error) {
    toastError(error);
  }
}

const ticketOf = ({ number, subject }) => (number ? html`<a href=${`/tickets/${number}`}>#${number} ${subject}</a>` : nothing);
const open = () => pageData.may_write && (pageData.supervisor || shiftDays(today, day) < pageData.own_days);
const shiftDays = (later, earlier) => Math.round((Date.parse(later) - Date.parse(earlier)) / 86_400_000);

const entryLine = (entry) => html`<li class="task-line">
  <span class="work-minutes number">${formatDuration(entry.minutes * 60)}</span>
  <div><div>${activityWord(entry.activity)} ${ticketOf(entry)}</div>
    <div class="task-facts">${entry.started_at ? html`<span class="with-icon">${icon("clock-play", { size: "small" })}${formatTime(entry.started_at)}–${formatTime(entry.ended_at)}</span>` : nothing}${entry.note ? html`<span>${entry.note}</span>` : nothing}
      ${entry.corrected ? html`<button type="button" class="btn btn-quiet btn-sm" @click=${() => corrections(entry)}>${icon("history", { size: "small" })}${t("corrected")}</button>` : nothing}</div></div>
  <div class="task-buttons">${open() ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Correct")} title=${t("Correct")} @click=${() => logWork({ entry, done: load })}>${icon("pencil", { size: "small" })}</button>` : nothing}</div></li>`;

const countedLine = (one) => html`<li class="task-line"><span class="work-minutes number">${formatDuration(one.seconds)}</span>
  <div><div>${countedWord(one.kind)} ${ticketOf(one)}</div><div class="task-facts">${formatTime(one.started_at)}–${formatTime(one.ended_at)} ${chip(t("counted by itself"))}</div></div><span></span></li>`;

const part = (title, count, lines, none) => html`<section class="work-part"><div class="work-head"><h2>${title}</h2><span class="count">${count || ""}</span></div>
  <div class="work-body">${count ? html`<ul class="task-lines">${lines}</ul>` : html`<p class="soft small">${none}</p>`}</div></section>`;

function tools() {
  return html`<div class="row-of wrap list-tools">
    <button type="button" class="btn btn-icon" aria-label=${t("The day before")} @click=${() => go(shift(-1))}>${icon("chevron-left")}</button>
    <input class="form-control" type="date" aria-label=${t("Day")} max=${today} .value=${day} @change=${(event) => go(event.target.value)}>
    <button type="button" class="btn btn-icon" aria-label=${t("The day after")} ?disabled=${day >= today} @click=${() => go(shift(1))}>${icon("chevron-right")}</button>
    ${day === today ? nothing : html`<button type="button" class="btn" @click=${() => go(today)}>${t("Today")}</button>`}
    ${pageData.supervisor ? html`<select class="form-select" aria-label=${t("Whose day")} @change=${(event) => go(day, Number(event.target.value))}>${pageData.people.map((one) => html`<option value=${one.id} ?selected=${one.id === person}>${one.name}</option>`)}</select>` : nothing}
    <span class="grow"></span><button type="button" class="btn" @click=${exportDialog}>${icon("download")}${t("Export…")}</button></div>`;
}

function exportDialog() {
  openDialog({
    title: t("Export a period"),
    size: "small",
    content: () => html`<form class="stack" action="/my-day/export.csv" method="get">
      <div class="fields"><div class="field"><label class="form-label" for="export-first">${t("From")}</label><input class="form-control" id="export-first" type="date" name="first" required .value=${`${day.slice(0, 8)}01`}></div>
      <div class="field"><label class="form-label" for="export-last">${t("Until")}</label><input class="form-control" id="export-last" type="date" name="last" required .value=${day}></div></div>
      ${pageData.supervisor ? html`<div class="field"><label class="form-label" for="export-person">${t("Whose")}</label><select class="form-select" id="export-person" name="person_id"><option value="all">${t("Everybody's")}</option>${pageData.people.map((one) => html`<option value=${one.id} ?selected=${one.id === person}>${one.name}</option>`)}</select></div>` : nothing}
      <div class="form-actions"><button class="btn btn-primary">${icon("download")}${t("CSV file")}</button></div></form>`,
  });
}

function content() {
  if (failed) return problem(failed, load);
  if (!work) return skeleton(6);
  const written = work.entries.reduce((sum, one) => sum + one.minutes * 60, 0);
  const counted = work.counted.reduce((sum, one) => sum + one.seconds, 0);
  const hours = (label, seconds) => tile({ label, value: `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}`, unit: t("h") });
  return html`<div class="tiles">${hours(t("All together"), work.seconds)}${hours(t("Written down"), written)}${hours(t("Calls and wrap-up"), counted)}</div>
    ${work.seconds ? nothing : empty({ icon: "clock", title: t("Nothing on this day yet"), text: t("Calls are counted by themselves. Everything else: start the timer on a ticket, or write minutes down here.") })}
    ${part(t("Written down"), work.entries.length, work.entries.map(entryLine), t("Nothing was written down."))}
    ${part(t("Counted by itself"), work.counted.length, work.counted.map(countedLine), t("No calls."))}`;
}

function draw() {
  render(html`<div class="stack">${tools()}${content()}</div>`, place);
}

document.getElementById("new")?.addEventListener("click", () => logWork({ day, person: person === pageData.me ? null : person, done: load }));
channel.watch("work", { onReset: () => {}, onChange: ({ key } = {}) => key === "timer" && load() });
draw();
if (person) load();
else render(empty({ icon: "user-off", title: t("This account is nobody's day"), text: t("Only colleagues with a place in a branch have a day's work.") }), place);
