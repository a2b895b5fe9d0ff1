// The rota: two weeks of everybody, date by date. Who may changes one date by a press on it.
import { ApiError, api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, ifDefined, nothing, render } from "../core/html.js";
import { formatDate, formatNumber, t, tn } from "../core/i18n.js";
import { bind } from "../core/keys.js";
import { empty, problem, skeleton } from "../core/parts.js";
import { editDay } from "./rota-day.js";
import { SHORT_DAYS, windowText } from "./words.js";

const place = document.getElementById("rota");
const DAY = 24 * 3600 * 1000;
const SHOWN = 14;
const MARKS = { extra: t("extra"), hours: t("other hours"), off: t("off") };

const later = (from, days) => new Date(Date.parse(`${from}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
const weekday = (day) => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;
const monday = (day) => later(day, -weekday(day));

const state = { start: "", branch_id: "", team_id: "", kind: "" };
let found = null;
let failed = null;
let asked = 0;

function readAddress() {
  const given = new URLSearchParams(location.search);
  const start = given.get("start") ?? "";
  state.start = /^\d{4}-\d{2}-\d{2}$/.test(start) && !Number.isNaN(Date.parse(start)) ? start : monday(pageData.today);
  for (const name of ["branch_id", "team_id", "kind"]) state[name] = given.get(name) ?? "";
}

function go(change) {
  if ("start" in change && !change.start) return;
  Object.assign(state, change);
  const query = new URLSearchParams(Object.entries(state).filter(([, value]) => value));
  history.pushState(null, "", `?${query}`);
  load();
}

async function load({ quietly = false } = {}) {
  const mine = ++asked;
  if (!quietly) {
    found = null;
    failed = null;
    draw();
  }
  try {
    const { start, branch_id, team_id, kind } = state;
    const answer = await api.get("/api/v1/rota/days", { start, days: SHOWN, ...(branch_id && { branch_id }), ...(team_id && { team_id }), kind: kind ? [kind, "both"] : [] });
    if (mine !== asked) return;
    found = answer;
    failed = null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (mine !== asked) return;
    failed = error;
  }
  draw();
}

const choice = (name, label, rows) => html`<select class="form-select" aria-label=${label} @change=${(event) => go({ [name]: event.target.value })}>
  <option value="">${label}</option>
  ${rows.map((row) => html`<option value=${row.id} ?selected=${String(row.id) === state[name]}>${row.name}</option>`)}
</select>`;

const KIND_ROWS = [{ id: "agent", name: t("Calls") }, { id: "technician", name: t("Visits") }];

const tools = () => html`<div class="rota-tools row-of wrap">
  <button type="button" class="btn btn-icon" aria-label=${t("Two weeks earlier")} @click=${() => go({ start: later(state.start, -SHOWN) })}>${icon("chevron-left")}</button>
  <input class="form-control" type="date" aria-label=${t("From")} .value=${state.start} @change=${(event) => go({ start: event.target.value })} />
  <button type="button" class="btn btn-icon" aria-label=${t("Two weeks later")} @click=${() => go({ start: later(state.start, SHOWN) })}>${icon("chevron-right")}</button>
  <button type="button" class="btn" ?disabled=${state.start === monday(pageData.today)} @click=${() => go({ start: monday(pageData.today) })}>${t("This week")}</button>
  <span class="grow"></span>
  ${choice("kind", t("Calls and visits"), KIND_ROWS)}
  ${pageData.branches.length > 1 ? choice("branch_id", t("All branches"), pageData.branches) : nothing}
  ${pageData.teams.length ? choice("team_id", t("All teams"), pageData.teams) : nothing}
</div>`;

/** What a cell says on hover. */
function told(person, day, cell) {
  const hours = cell.windows.length ? cell.windows.map(windowText).join(", ") : t("free");
  const parts = [`${person.name}, ${formatDate(`${day}T12:00:00Z`, { zone: "UTC" })}: ${hours}`];
  if (cell.exception) parts.push(MARKS[cell.exception]);
  if (cell.note) parts.push(cell.note);
  for (const one of cell.away) parts.push(one.whole ? one.reason : t("%(reason)s, part of the day", { reason: one.reason }));
  return parts.join(" · ");
}

function cellOf(person, day) {
  const cell = person.days[day];
  const gone = cell.away.some((one) => one.whole);
  const whose = html`<span class="visually-hidden">${person.name}, ${formatDate(`${day}T12:00:00Z`, { zone: "UTC" })}: ${cell.windows.length ? "" : t("free")} </span>`;
  const inside = html`${whose}${cell.windows.length
      ? cell.windows.map((window) => html`<span class=${gone ? "taken" : ""}>${windowText(window).replace(" +1", "")} </span>`)
      : cell.away.length ? nothing : html`<span class="free" aria-hidden="true">–</span>`}
    ${cell.exception ? html`<span class="rota-mark">${icon("edit", { size: "small" })}${MARKS[cell.exception]} </span>` : nothing}
    ${cell.away.map((one) => html`<span class="rota-away">${icon("calendar-off", { size: "small" })}<span class="clip">${one.reason}</span></span>`)}`;
  const name = told(person, day, cell);
  return pageData.may.write
    ? html`<button type="button" class="rota-day" title=${name} @click=${() => editDay({ person, day, cell, done: () => load({ quietly: true }) })}>${inside}</button>`
    : html`<div class="rota-day" title=${name}>${inside}</div>`;
}

const marks = (day) => ({ weekend: weekday(day) > 4 ? "" : undefined, today: day === pageData.today ? "" : undefined });
const headOf = (day) => {
  const { weekend, today } = marks(day);
  return html`<th scope="col" data-weekend=${ifDefined(weekend)} data-today=${ifDefined(today)}>${SHORT_DAYS[weekday(day)]}<br />${formatDate(`${day}T12:00:00Z`, { zone: "UTC", weekday: false, year: false })}</th>`;
};

const lineOf = (person) => html`<tr>
  <th scope="row">${pageData.may.write ? html`<a class="row-link strong" href="/settings/rota/${person.id}">${person.name}</a>` : html`<span class="strong">${person.name}</span>`}${person.team ? html`<div class="tiny soft clip">${person.team}</div>` : nothing}</th>
  ${found.days.map((day) => {
    const { weekend, today } = marks(day);
    return html`<td data-weekend=${ifDefined(weekend)} data-today=${ifDefined(today)}>${cellOf(person, day)}</td>`;
  })}
</tr>`;

function branchesOf(items) {
  const groups = new Map();
  for (const person of items) groups.set(person.branch_id, [...(groups.get(person.branch_id) ?? []), person]);
  return [...groups].map(([id, people]) => ({ id, name: people[0].branch, people })).sort((one, other) => one.name.localeCompare(other.name));
}

const atWork = (day, people) => people.filter(({ days }) => days[day].windows.length && !days[day].away.some((one) => one.whole)).length;

const groupOf = ({ id, name, people }) => html`<tr class="rota-branch"><th scope="rowgroup">${name}</th>
    ${found.days.map((day) => html`<td>${found.holidays[id]?.[day] ?? ""}</td>`)}</tr>
  ${people.map(lineOf)}
  <tr class="rota-count"><th scope="row" class="soft">${t("At work")}</th>${found.days.map((day) => html`<td>${formatNumber(atWork(day, people))}</td>`)}</tr>`;

const table = () => html`<div class="table-scroll rota-frame" tabindex="0" role="region" aria-label=${t("Rota")}>
  <table class="rota-table"><thead><tr><th scope="col">${tn("%(count)s person", "%(count)s people", found.items.length)}</th>${found.days.map(headOf)}</tr></thead>
  <tbody>${branchesOf(found.items).map(groupOf)}</tbody></table></div>`;

function shown() {
  if (failed) return problem(failed, () => load());
  if (!found) return skeleton(10);
  if (found.items.length) return table();
  return empty({ icon: "table", title: t("Nobody to plan here"), text: t("Choose another branch or team, or invite colleagues who take calls or drive out.") });
}

function draw() {
  render(html`${tools()}${shown()}`, place);
}

place.replaceChildren(); // the server drew what is shown until this script runs
readAddress();
load();
addEventListener("popstate", () => {
  readAddress();
  load();
});
let waiting = null;
channel.watch("rota", {
  onReset: () => found && load({ quietly: true }),
  onChange() {
    clearTimeout(waiting);
    waiting = setTimeout(() => load({ quietly: true }), 300);
  },
});
bind("t", t("This week"), () => go({ start: monday(pageData.today) }), { group: t("Rota") });
bind("[", t("Two weeks earlier"), () => go({ start: later(state.start, -SHOWN) }), { group: t("Rota") });
bind("]", t("Two weeks later"), () => go({ start: later(state.start, SHOWN) }), { group: t("Rota") });
