// The dispatch board of one day: what is to be placed at the left, a lane for each technician with their visits.
import { pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatDate, formatDuration, formatFull, formatMoment, formatNumber, t, tn } from "../core/i18n.js";
import { liveList } from "../core/live-list.js";
import { bind } from "../core/keys.js";
import { openDialog } from "../core/dialog.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { skeleton } from "../core/parts.js";
import { bookingPanel } from "./booking.js";
import { riskItem, repairActions, tellButton } from "./risk.js";
import { draggable } from "./drag.js";
import { drawLanes, hoursOf, moveNowLine, scrollToNow } from "./lanes.js";
import { askPlan } from "./plan-words.js";
import { moveDialog } from "./visit-actions.js";
import { openVisit } from "./visit-dialog.js";

const DAY = 24 * 3600 * 1000;
const board = document.getElementById("lanes");
const head = document.getElementById("day-head");
let day = pageData.day;
let watched = null;
let drawn = false;
let scrolled = false;
let tinted = new Set();

const shift = (from, days) => new Date(Date.parse(`${from}T12:00:00Z`) + days * DAY).toISOString().slice(0, 10);
const rowsOf = (prefix) => [...(watched?.rows ?? [])].filter(([key]) => key.startsWith(prefix)).map(([, data]) => data);

function go(to, { step = true } = {}) {
  if (!to) return;
  day = to;
  if (step) history.pushState(null, "", `?day=${day}`);
  watched?.close();
  watched = null;
  drawn = false;
  render(skeleton(8), board);
  scrolled = false;
  watched = channel.watch(`dispatch:${day}`, {
    onReset: draw,
    onChange({ key }) {
      tinted.add(key);
      draw();
    },
  });
  drawHead();
}

function drawHead() {
  const visits = rowsOf("visit:").filter((visit) => visit.status !== "cancelled");
  const people = rowsOf("person:");
  const count = (test) => formatNumber(visits.filter(test).length);
  render(
    html`<div class="row-of">
        <button type="button" class="btn btn-icon" aria-label=${t("The day before")} @click=${() => go(shift(day, -1))}>${icon("chevron-left")}</button>
        <input class="form-control day-input" type="date" aria-label=${t("Day")} .value=${day} @change=${(event) => go(event.target.value)} />
        <button type="button" class="btn btn-icon" aria-label=${t("The next day")} @click=${() => go(shift(day, 1))}>${icon("chevron-right")}</button>
        <button type="button" class="btn" ?disabled=${day === pageData.today} @click=${() => go(pageData.today)}>${t("Today")}</button>
      </div>
      ${pageData.planning.may.manage && pageData.planning.branches.length
        ? html`<div class="row-of">
            ${day >= pageData.today ? html`<button type="button" class="btn" @click=${() => askPlan({ branches: pageData.planning.branches, first: day })}>${icon("route")}${t("Plan the day")}</button>` : nothing}
            ${day === pageData.today ? html`<button type="button" class="btn" @click=${() => askPlan({ branches: pageData.planning.branches, kind: "repair" })}>${icon("tool")}${t("Repair the day")}</button>` : nothing}
            <a class="btn btn-quiet" href="/plans">${t("Day plans")}</a></div>`
        : nothing}
      <a class="btn" href=${`/dispatch/sheets?day=${day}`} target="_blank" data-key="p" data-key-group=${t("Dispatch")}>${icon("printer")}${t("Print the day")}</a>
      <h2 class="day-name">${formatDate(`${day}T12:00:00Z`, { zone: "UTC" })}</h2>
      ${drawn
        ? html`<div class="row-of wrap small soft day-counts"><span>${tn("%(count)s visit", "%(count)s visits", visits.length)}</span>
            <span>${t("%(count)s on the way", { count: count((visit) => visit.status === "on_the_way") })}</span>
            <span>${t("%(count)s on site", { count: count((visit) => visit.status === "on_site") })}</span>
            <span>${t("%(count)s done", { count: count((visit) => visit.status === "done") })}</span>
            <span>${tn("%(count)s technician at work", "%(count)s technicians at work", people.filter((person) => person.shifts.length).length)}</span></div>`
        : nothing}`,
    head,
  );
}

function draw() {
  if (!watched) return;
  drawn = true;
  drawHead();
  drawLanes(board, {
    people: rowsOf("person:"),
    visits: rowsOf("visit:"),
    hours: hoursOf(day, rowsOf("person:"), rowsOf("visit:")),
    now: serverNow(),
    tinted,
    away: new Set(displaced.watched?.rows.keys()),
    open: (number) => openVisit(number, () => watched?.rows.get(`visit:${number}`)),
  });
  tinted = new Set();
  if (!scrolled && watched.rows.size) scrolled = scrollToNow(board, serverNow());
}

function book(line) {
  openDialog({
    title: t("Book a visit for #%(number)s", { number: line.number }),
    side: true,
    content: (close) => bookingPanel({ ticket: line.number, equipmentKind: line.equipment_kind ?? "", done: close }),
  });
}

function due(line, now) {
  if (!line.due_at) return nothing;
  const left = Date.parse(line.due_at) - now;
  const level = left < 0 ? "over" : left < 2 * 3600 * 1000 ? "near" : "ok";
  return html`<span class="due" data-level=${level} title=${formatFull(line.due_at)}>${icon(left < 0 ? "clock-exclamation" : "clock", { size: "small" })}${left < 0 ? t("over %(time)s", { time: formatDuration(left / 1000) }) : t("%(time)s left", { time: formatDuration(left / 1000) })}</span>`;
}

function unplacedItem(line) {
  const now = serverNow();
  return html`<div class="unplaced">
    <a class="unplaced-link" href=${`/tickets/${line.number}`}><span class="soft number">#${line.number}</span> <span class="strong">${line.subject}</span></a>
    <div class="small soft clip">${[line.customer, line.address].filter(Boolean).join(" · ")}</div>
    ${line.equipment ? html`<div class="small clip">${line.equipment}</div>` : nothing}
    <div class="row-of apart">
      <span class="row-of wrap small">${due(line, now)}${line.priority === "urgent" || line.priority === "high" ? html`<span class="chip chip-strong">${line.priority === "urgent" ? t("Urgent") : t("High")}</span>` : nothing}
      ${line.wait_reason === "part" ? html`<span class="chip">${icon("package")}${t("waits for a part")}</span>` : nothing}
      ${line.wait_reason === "access" ? html`<span class="chip">${icon("lock")}${t("no access before")}</span>` : nothing}
      ${line.has_coordinates ? nothing : html`<span class="chip" title=${t("Without coordinates the way can only be guessed.")}>${icon("map-pin")}${t("no coordinates")}</span>`}</span>
      ${pageData.may.book ? html`<button type="button" class="btn btn-sm" @click=${() => book(line)}>${t("Book")}</button>` : nothing}
    </div>
  </div>`;
}

function displacedItem(line) {
  return html`<div class="unplaced">
    <a class="unplaced-link" href=${`/tickets/${line.ticket.number}#visit-${line.number}`}><span class="soft number">#${line.ticket.number}</span> <span class="strong">${line.ticket.subject}</span></a>
    <div class="small soft clip">${[line.customer, line.site?.address].filter(Boolean).join(" · ")}</div>
    <div class="small"><span title=${formatFull(line.planned_start)}>${formatMoment(line.planned_start)}</span> · ${t("%(name)s is away: %(reason)s", { name: line.technician, reason: line.away.reason })}</div>
    ${pageData.may.book ? html`<div class="row-of wrap">${tellButton(line)}<button type="button" class="btn btn-sm" @click=${() => moveDialog(line)}>${t("Move")}</button></div>` : nothing}
  </div>`;
}

const displaced = liveList(document.getElementById("displaced"), {
  channel,
  topic: "displaced",
  item: displacedItem,
  order: (a, b) => a.planned_start.localeCompare(b.planned_start) || a.number - b.number,
  tiles(tiles) {
    document.getElementById("displaced-count").textContent = tiles ? formatNumber(tiles.count) : "";
    document.getElementById("displaced-part").hidden = !tiles?.count;
    if (drawn) draw();
  },
});

const risk = liveList(document.getElementById("risk"), {
  channel,
  topic: "risk",
  item: riskItem,
  order: (a, b) => a.planned_start.localeCompare(b.planned_start) || a.number - b.number,
  tiles(tiles) {
    document.getElementById("risk-count").textContent = tiles ? formatNumber(tiles.count) : "";
    document.getElementById("risk-part").hidden = !tiles?.count;
    render(repairActions([...(risk.watched?.rows.values() ?? [])]), document.getElementById("risk-actions"));
  },
});

const byDue = (a, b) => (a.due_at ? Date.parse(a.due_at) : Infinity) - (b.due_at ? Date.parse(b.due_at) : Infinity) || a.number - b.number;
const unplaced = liveList(document.getElementById("unplaced"), {
  channel,
  topic: "unplaced",
  item: unplacedItem,
  order: byDue,
  tiles: (tiles) => (document.getElementById("unplaced-count").textContent = tiles ? formatNumber(tiles.count) : ""),
  nothing: { icon: "calendar-event", title: t("Nothing to place"), text: t("Every open fault has its visit. New ones appear here by themselves.") },
});

if (pageData.may.book)
  draggable(board, {
    visit: (number) => watched?.rows.get(`visit:${number}`),
    hours: () => ({ from: Number(board.dataset.from), count: Number(board.dataset.count) }),
  });
board.replaceChildren(); // the server drew what is shown until this script runs
go(day, { step: false });
let minute = 0;
everySecond((now) => {
  moveNowLine(board, now);
  if (Math.floor(now / 60000) === minute) return;
  minute = Math.floor(now / 60000);
  if (drawn) draw();
  unplaced.refresh();
});
addEventListener("popstate", () => go(new URLSearchParams(location.search).get("day") ?? pageData.today, { step: false }));
bind("t", t("Today"), () => go(pageData.today), { group: t("Dispatch") });
bind("[", t("The day before"), () => go(shift(day, -1)), { group: t("Dispatch") });
bind("]", t("The next day"), () => go(shift(day, 1)), { group: t("Dispatch") });
