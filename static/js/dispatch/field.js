// A technician's own day: a list of jobs, one job at a time, what waits to be sent.
import { api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { formatDate, formatTime, t, tn } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { empty, problem } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { crewOf } from "./crews.js";
import { banners } from "./field-banners.js";
import { jobView } from "./field-job.js";
import { isKept, keepDay, keepPage, lastDay, onInstallable } from "./field-offline.js";
import { openQueue } from "./field-queue.js";
import { readinessMark } from "./readiness.js";
import { STATUS_ICONS, partName, statusWord } from "./words.js";

const EVERY_MINUTE = 60_000;
const RECENT = 90_000; // milliseconds: without the live channel the day is read once a minute
const place = document.getElementById("field");
const banner = document.getElementById("waiting");
const zone = pageData.day.person?.time_zone;
const given = { ...pageData.day, at: Date.parse(pageData.day.at) };
const last = isKept ? await lastDay(pageData.user_id).catch(() => null) : null;
const known = last && last.at > given.at ? last : given; // the newer of what the page brought and what was kept since
// `at`: when all of it was true, in milliseconds of the server's clock; `old`: nothing has come from the server since this page was opened.
const state = { visits: known.visits, van: known.van, at: known.at, old: isKept, install: null, error: null };
const AFTER = { on_my_way: "on_the_way", arrived: "on_site", done: "done", needs_part: "needs_part", no_access: "no_access" };
const OPEN = new Set(["booked", "on_the_way", "on_site"]);
const NEXT = { on_my_way: ["booked"], arrived: ["booked", "on_the_way"] };

const queue = await openQueue(pageData.user_id, { changed: draw, answered }).catch(() => null);

/** All that is shown is true now. */
function fresh(at = serverNow()) {
  Object.assign(state, { at, old: false, error: null });
  keep();
}

/** For a time without a network. */
function keep() {
  const { at, visits, van } = state;
  keepDay(pageData.user_id, { at, visits, van }).catch(() => {}); // a full device: the page still works
}

/** The visits as they will stand when everything that waits has arrived. */
function visits() {
  return state.visits.map((visit) => {
    let status = visit.status;
    let sent = true;
    for (const update of queue?.waiting ?? []) {
      if (update.visit !== visit.number) continue;
      sent = false;
      const target = AFTER[update.action];
      if (target && OPEN.has(status) && (NEXT[update.action] ?? [...OPEN]).includes(status)) status = target;
    }
    return { ...visit, status, open: OPEN.has(status), sent };
  });
}

async function answered(update, answer) {
  if (answer.visit) {
    state.visits = state.visits.map((visit) => (visit.number === answer.visit.number ? { ...visit, ...answer.visit, open: OPEN.has(answer.visit.status) } : visit));
  }
  if (["applied", "already", "noted"].includes(answer.result)) await queue.dropDraft(update.action === "picked_up" ? -1 : update.visit);
  else if (queue.problems.length === 1) toast(t("A report was not taken: see above.")); // said in full by a banner, which stays
  keep();
  draw();
  if (channel.state.name !== "live") await refresh();
}

/** Without the live channel the day is read anew. */
async function refresh() {
  try {
    const day = await api.get("/api/v1/field/day", {}, { retry: false });
    Object.assign(state, { visits: day.visits, van: day.van });
    fresh(Date.parse(day.at));
  } catch (error) {
    state.error = error;
  }
  draw();
}

const number = () => Number(location.hash.slice(1)) || null;
const local = (value) => formatDate(value, { zone });
const today = () => local(serverNow());

function card(visit, index, mine) {
  const next = mine.find((one) => one.open)?.number === visit.number;
  const crew = crewOf(visit);
  const me = crew.find((one) => one.person_id === pageData.day.person.id);
  const travel = visit.open && visit.status === "booked" && (me ?? visit).travel_seconds;
  const others = crew.filter((one) => one !== me);
  return html`${travel ? html`<li class="field-travel">${icon("road", { size: "small" })}${t("%(minutes)s min to drive", { minutes: Math.ceil(travel / 60) })}</li>` : nothing}
    <li><a class="field-card" href=${`#${visit.number}`} aria-current=${next ? "step" : nothing} data-open=${visit.open ? "yes" : "no"}>
      <span class="row-of apart"><span class="field-time">${formatTime(visit.planned_start, { zone })}–${formatTime(visit.planned_end, { zone })}</span>
        <span class=${visit.status === "booked" ? "chip" : visit.open ? "chip chip-brand" : "chip"}>${icon(STATUS_ICONS[visit.status] ?? "calendar-event")}${statusWord(visit.status)}${visit.sent ? nothing : html`${icon("cloud-upload", { label: t("waits to be sent") })}`}</span></span>
      <span class="strong">${visit.ticket.subject}</span>
      <span class="soft">${[visit.customer, visit.site?.address].filter(Boolean).join(" · ")}</span>
      ${me && others.length ? html`<span class="row-of small">${icon("users", { size: "small" })}${t("Together with %(names)s", { names: others.map((one) => one.name).join(", ") })}</span>` : nothing}
      ${visit.open ? html`<span class="row-of wrap small"><span class="soft">${visit.job_type.name}</span>${readinessMark(visit.readiness)}</span>` : nothing}
    </a></li>`;
}

function list() {
  const all = visits();
  const open = all.filter((visit) => visit.open);
  const mine = open.filter((visit) => local(visit.planned_start) === today() || Date.parse(visit.planned_start) < serverNow());
  const later = open.filter((visit) => !mine.includes(visit));
  const over = all.filter((visit) => !visit.open && visit.status !== "cancelled" && local(visit.planned_start) === today());
  const days = new Map();
  for (const visit of later) days.set(local(visit.planned_start), [...(days.get(local(visit.planned_start)) ?? []), visit]);
  return html`<div class="stack loose">
    <section class="stack"><h2>${t("Today")} · ${today()}</h2>
      ${mine.length ? html`<ul class="field-list">${repeat(mine, (visit) => visit.number, (visit, index) => card(visit, index, mine))}</ul>` : empty({ icon: "sun", title: over.length ? t("All done for today") : t("Nothing planned today"), text: t("New jobs appear here by themselves.") })}
    </section>
    ${over.length ? html`<section class="stack"><h2>${tn("%(count)s finished", "%(count)s finished", over.length)}</h2><ul class="field-list field-over">${repeat(over, (visit) => visit.number, (visit, index) => card(visit, index, []))}</ul></section>` : nothing}
    ${[...days].map(([day, some]) => html`<section class="stack"><h2>${day}</h2><ul class="field-list">${repeat(some, (visit) => visit.number, (visit, index) => card(visit, index, []))}</ul></section>`)}
    ${vanList()}
    ${state.install ? html`<button type="button" class="field-button" @click=${state.install}>${icon("device-mobile")}${t("Put this app on the home screen")}</button>` : nothing}
  </div>`;
}

function vanList() {
  if (!state.van.length) return nothing;
  return html`<details class="van-stock"><summary>${icon("truck")}${pageData.day.person?.van ?? t("My van")} <span class="count">${state.van.length}</span></summary>
    <ul class="part-lines">${state.van.map((part) => html`<li><span class="number">${part.on_hand} ×</span><span class="grow">${partName(part)} <span class="soft small">${part.sku}</span>${part.old ? html`<span class="small instead">${icon("recycle", { size: "small" })} ${tn("%(count)s old one to hand in", "%(count)s old ones to hand in", part.old)}</span>` : nothing}</span>${part.reserved ? html`<span class="small soft">${t("%(count)s promised", { count: part.reserved })}</span>` : nothing}</li>`)}</ul>
    ${pageData.day.person?.van_id ? html`<button type="button" class="field-button" @click=${countVan}>${icon("list-check")}${t("Count my van")}</button>` : nothing}</details>`;
}

/** The van's stock-taking: a new one, or the one under way. Needs a network. */
async function countVan() {
  try {
    const count = await api.post("/api/v1/stock/counts", { place_id: pageData.day.person.van_id }, { retry: false });
    location.assign(`/materials/counts/${count.id}`);
  } catch (error) {
    if (error.code === "count_open") location.assign(`/materials/counts/${error.body.id}`);
    else toastError(error);
  }
}

function drawBanners() {
  const offline = !navigator.onLine || state.old || (channel.state.name === "stale" && serverNow() - state.at > RECENT);
  render(banners({ queue, offline, at: state.at, zone, person: pageData.day.person }), banner);
}

function draw() {
  if (!pageData.day.person) {
    render(empty({ icon: "user-question", title: t("Your account belongs to no technician"), text: t("An administrator can make you one in the settings.") }), place);
    return;
  }
  drawBanners();
  const chosen = visits().find((visit) => visit.number === number());
  if (state.error && !state.visits.length) render(problem(state.error, refresh), place);
  else if (chosen && queue) render(jobView({ visit: chosen, van: state.van, me: pageData.day.person.id, zone, queue, redraw: draw, now: serverNow }), place);
  else render(list(), place);
}

channel.watch("field", {
  onReset(rows) {
    state.visits = [...rows].filter(([key]) => key.startsWith("visit:")).map(([, data]) => data).sort((a, b) => Date.parse(a.planned_start) - Date.parse(b.planned_start));
    state.van = [...rows].filter(([key]) => key.startsWith("part:")).map(([, data]) => data).sort((a, b) => a.name.localeCompare(b.name));
    fresh();
    draw();
  },
  onChange({ type, key, data }) {
    const [kind, id] = key.split(":");
    const [name, same, order] = kind === "visit" ? ["visits", (one) => one.number === Number(id), (a, b) => Date.parse(a.planned_start) - Date.parse(b.planned_start)] : ["van", (one) => one.part_id === Number(id), (a, b) => a.name.localeCompare(b.name)];
    const others = state[name].filter((one) => !same(one));
    state[name] = type === "remove" ? others : [...others, data].sort(order);
    fresh();
    draw();
  },
  onState: drawBanners,
});
addEventListener("hashchange", () => {
  draw();
  scrollTo(0, 0);
});
addEventListener("online", () => channel.state.name === "live" || refresh());
addEventListener("offline", draw);
setInterval(() => (channel.state.name === "live" ? !state.old && fresh() : navigator.onLine && refresh()), EVERY_MINUTE);
onInstallable((install) => {
  state.install = install;
  draw();
});
place.replaceChildren(); // the server drew what is shown until this script runs
draw();
queue?.send();
if (pageData.day.person) {
  if (isKept) refresh();
  else {
    fresh(given.at);
    keepPage(pageData.user_id).then((whole) => (place.dataset.kept = whole ? "yes" : "no"), () => (place.dataset.kept = "no"));
  }
}
