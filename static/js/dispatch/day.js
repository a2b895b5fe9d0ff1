// The dispatch board of one day: what is to be placed at the left, a lane for each technician with their visits, a map beside them when asked for.
import { pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatList, formatNumber, t, tn } from "../core/i18n.js";
import { bind } from "../core/keys.js";
import { serverNow } from "../core/live.js";
import { empty, skeleton } from "../core/parts.js";
import { everySecond } from "../core/ticker.js";
import { boardKeys } from "./board-keys.js";
import { boardLists } from "./board-lists.js";
import { mapPanel } from "./board-map.js";
import { colleagues } from "./colleagues.js";
import { crewOf } from "./crews.js";
import { draggable } from "./drag.js";
import { filterBar, filterButton, filterPanel } from "./filter-panel.js";
import { addressOf, choices, count, countOfJobs, jobFits, none, personFits, readFilters, remember, remembered, toggled, visitFits } from "./filters.js";
import { drawLanes, hoursOf, moveNowLine, scrollToNow } from "./lanes.js";
import { movesOf } from "./moves.js";
import { askPlan } from "./plan-words.js";
import { book } from "./to-place.js";
import { openVisit } from "./visit-dialog.js";

const DAY = 24 * 3600 * 1000;
const board = document.getElementById("lanes");
const head = document.getElementById("day-head");
const bar = document.getElementById("filter-bar");
const panel = document.getElementById("board-filters");
let day = pageData.day;
let watched = null;
let drawn = false;
let scrolled = false;
let tinted = new Set();
let filters = readFilters(location.search);
let chosen = ""; // "visit:5001" or "ticket:1001": one selection for timeline, list and map
let map = null;

const shift = (from, days) => new Date(Date.parse(`${from}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
const rowsOf = (prefix) => [...(watched?.rows ?? [])].filter(([key]) => key.startsWith(prefix)).map(([, data]) => data);
const address = () => addressOf(filters, { day, ...(map ? { map: "1" } : {}) });
const others = colleagues({ me: pageData.user_id, changed: () => drawn && draw() });

/** What filters ask beside the visit itself. */
const world = () => ({ people: new Map(rowsOf("person:").map((person) => [person.id, person])), troubled: lists.troubled() });

/** All of the day as it stands, and what of it the filters leave. */
function picture() {
  const around = world();
  const people = [...around.people.values()];
  const visits = rowsOf("visit:").filter((visit) => visit.status !== "cancelled");
  const fits = (visit) => visitFits(visit, filters, around);
  const shown = new Set(people.filter((person) => personFits(person, filters)).map((person) => person.id));
  const seen = visits.filter((visit) => crewOf(visit).some((one) => shown.has(one.person_id)) || !crewOf(visit).some((one) => around.people.has(one.person_id)));
  return { people, visits, world: around, fits, shown, seen, lines: lists.lines() };
}

function go(to, { step = true } = {}) {
  if (!to) return;
  day = to;
  if (step) history.pushState(null, "", address());
  watched?.close();
  watched = null;
  drawn = false;
  render(skeleton(8), board);
  scrolled = false;
  watched = channel.watch(`dispatch:${day}`, {
    onReset() {
      others.present();
      draw();
    },
    onChange({ key }) {
      tinted.add(key);
      draw();
    },
  });
  others.follow(watched);
  drawHead(picture());
}

function drawHead({ people, visits }) {
  const number = (test) => formatNumber(visits.filter(test).length);
  const looking = others.looking();
  render(
    html`<div class="row-of">
        <button type="button" class="btn btn-icon" aria-label=${t("The day before")} @click=${() => go(shift(day, -1))}>${icon("chevron-left")}</button>
        <input class="form-control day-input" type="date" aria-label=${t("Day")} .value=${day} @change=${(event) => go(event.target.value)} />
        <button type="button" class="btn btn-icon" aria-label=${t("The next day")} @click=${() => go(shift(day, 1))}>${icon("chevron-right")}</button>
        <button type="button" class="btn" ?disabled=${day === pageData.today} @click=${() => go(pageData.today)}>${t("Today")}</button>
      </div>
      <h2 class="day-name">${formatDate(`${day}T12:00:00Z`, { zone: "UTC" })}</h2>
      ${pageData.planning.may.manage && pageData.planning.branches.length
        ? html`<div class="row-of">
            ${day >= pageData.today ? html`<button type="button" class="btn" @click=${() => askPlan({ branches: pageData.planning.branches, first: day })}>${icon("route")}${t("Plan the day")}</button>` : nothing}
            ${day === pageData.today ? html`<button type="button" class="btn" @click=${() => askPlan({ branches: pageData.planning.branches, kind: "repair" })}>${icon("tool")}${t("Repair the day")}</button>` : nothing}
            <a class="btn btn-quiet" href="/plans">${t("Day plans")}</a></div>`
        : nothing}
      <div class="row-of">
        ${filterButton({ filters, isOpen: !panel.hidden, toggle: togglePanel })}
        <button type="button" class="btn" aria-pressed=${String(Boolean(map))} @click=${toggleMap}>${icon("map-2")}<span class="tool-word">${t("Map")}</span></button>
        <a class="btn" href=${sheets()} target="_blank" data-key="p" data-key-group=${t("Dispatch")}>${icon("printer")}<span class="tool-word">${t("Print the day")}</span></a>
      </div>
      ${looking.length ? html`<span class="chip with-icon">${icon("eye", { size: "small" })}${looking.length === 1 ? t("%(names)s is looking", { names: formatList(looking) }) : t("%(names)s are looking", { names: formatList(looking) })}</span>` : nothing}
      ${drawn
        ? html`<div class="row-of wrap small soft day-counts"><span>${tn("%(count)s visit", "%(count)s visits", visits.length)}</span>
            <span>${t("%(count)s on the way", { count: number((visit) => visit.status === "on_the_way") })}</span>
            <span>${t("%(count)s on site", { count: number((visit) => visit.status === "on_site") })}</span>
            <span>${t("%(count)s done", { count: number((visit) => visit.status === "done") })}</span>
            <span>${tn("%(count)s technician at work", "%(count)s technicians at work", people.filter((person) => person.shifts.length).length)}</span></div>`
        : nothing}`,
    head,
  );
}

/** The day on paper: of the technicians that are shown. */
function sheets() {
  const query = new URLSearchParams({ day });
  for (const group of ["branch", "technician", "skill"]) for (const value of filters[group]) query.append(group, value);
  return `/dispatch/sheets?${query}`;
}

function drawFilters({ people, visits, world, fits, shown, lines }) {
  const options = choices({ visits, people, lines, filters, world });
  const counts = {
    visits: [visits.filter(fits).length, visits.length],
    people: [shown.size, people.length],
    jobs: countOfJobs(filters) ? [lines.filter((line) => jobFits(line, filters)).length, lists.total()] : [0, 0],
  };
  const choose = (group, value) => filterBy(toggled(filters, group, value));
  bar.hidden = !count(filters);
  render(bar.hidden ? nothing : filterBar({ filters, options, shown: counts, choose, clear }), bar);
  render(panel.hidden ? nothing : filterPanel({ filters, options, choose }), panel);
}

function togglePanel() {
  panel.hidden = !panel.hidden;
  draw();
}

function filterBy(wanted) {
  filters = wanted;
  remember(pageData.user_id, filters);
  history.replaceState(null, "", address());
  draw();
  lists.release();
}

const clear = () => {
  filterBy(none());
  document.getElementById("filter-button")?.focus();
};

function draw() {
  if (!watched) return;
  drawn = true;
  const now = picture();
  drawHead(now);
  drawFilters(now);
  map?.draw({ people: now.people, visits: now.seen.filter(now.fits), everything: now.visits, lines: now.lines.filter((line) => jobFits(line, filters)), chosen, today: day === pageData.today, of: addressOf(filters, { day }) });
  drawLanes(board, {
    people: now.people.filter((person) => now.shown.has(person.id)),
    visits: now.seen,
    everybody: new Set(now.world.people.keys()),
    hours: hoursOf(day, now.people, now.visits),
    now: serverNow(),
    tinted,
    away: lists.away(),
    fits: now.fits,
    chosen,
    hands: others.hands(),
    colour: (person) => (map ? map.colour(person) : ""),
    none: empty({ icon: "filter", title: t("No technician fits the filters"), text: t("Visits and technicians are there, but none is shown."), action: html`<button type="button" class="btn" @click=${clear}>${t("Clear filters")}</button>` }),
    open: pressed,
  });
  tinted = new Set();
  keys?.drawn();
  if (!scrolled && watched.rows.size) scrolled = scrollToNow(board, serverNow());
}

/** A block is pressed: beside a map the first press shows where it is. */
function pressed(number) {
  if (map && chosen !== `visit:${number}`) choose(`visit:${number}`, { from: "board" });
  else open(`visit:${number}`);
}

function open(key) {
  const [kind, number] = [key.split(":")[0], Number(key.split(":")[1])];
  if (kind === "ticket") {
    const line = lists.lines().find((one) => one.number === number);
    if (line && pageData.may.book) book(line);
    return;
  }
  openVisit(number, () => watched?.rows.get(`visit:${number}`), { hold: () => others.hold("open", number) });
}

/** Select a visit or a job, wherever it was pointed at; the other two follow. */
function choose(key, { from = "" } = {}) {
  if (key === chosen) return;
  chosen = key;
  draw();
  lists.refresh();
  if (from === "board" || !key) return;
  const found = key.startsWith("visit:") ? board.querySelector(`[data-number="${key.slice(6)}"]`) : document.querySelector(`#unplaced [data-item="${key.slice(7)}"]`);
  found?.scrollIntoView({ block: "nearest", inline: "center" });
}
board.addEventListener("focusin", ({ target }) => {
  if (map && target.matches(".visit-block:focus-visible")) choose(`visit:${target.dataset.number}`, { from: "board" });
});

function setMap(on) {
  map?.close();
  map = on ? mapPanel(document.getElementById("day-map"), { tiles: pageData.map, choose, open, close: toggleMap }) : null;
}

function toggleMap() {
  setMap(!map);
  history.replaceState(null, "", address());
  draw();
  lists.refresh();
}

const lists = boardLists({
  visit: (line) => visitFits(line, filters, world(), "state"),
  job: (line) => jobFits(line, filters),
  chosen: (line) => chosen === `ticket:${line.number}`,
  show: () => (map ? (line) => choose(`ticket:${line.number}`, { from: "list" }) : null),
  changed: () => drawn && draw(),
});

const read = (number) => watched?.rows.get(`visit:${number}`);
let keys = null;
if (pageData.may.book) {
  const moves = movesOf(read);
  draggable(board, { moves, visit: read, hold: others.hold, hours: () => ({ from: Number(board.dataset.from), count: Number(board.dataset.count) }) });
  keys = boardKeys(board, { moves, visit: read });
}

/** What the address says; an address without filters takes those that its reader chose last. */
function fromAddress({ first = false } = {}) {
  const query = new URLSearchParams(location.search);
  filters = readFilters(query);
  if (first && !count(filters)) filters = remembered(pageData.user_id) ?? filters;
  if (query.has("map") !== Boolean(map)) setMap(!map);
  go(query.get("day") || pageData.today, { step: false });
  if (first) history.replaceState(null, "", address());
}
board.replaceChildren(); // the server drew what is shown until this script runs
fromAddress({ first: true });
let minute = 0;
everySecond((now) => {
  moveNowLine(board, now);
  if (Math.floor(now / 60000) === minute) return;
  minute = Math.floor(now / 60000);
  if (drawn) draw();
  lists.refresh();
});
addEventListener("popstate", () => fromAddress());
const group = t("Dispatch");
bind("t", t("Today"), () => go(pageData.today), { group });
bind("[", t("The day before"), () => go(shift(day, -1)), { group });
bind("]", t("The next day"), () => go(shift(day, 1)), { group });
bind("m", t("Map"), toggleMap, { group });
bind("f", t("Filters"), () => {
  if (panel.hidden) togglePanel();
  panel.querySelector("input")?.focus();
}, { group });
