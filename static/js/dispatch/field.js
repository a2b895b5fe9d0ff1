// A technician's own day: a list of jobs, one job at a time, what waits to be sent.
import { api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render, repeat } from "../core/html.js";
import { formatDate, formatTime, t, tn } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { empty, problem } from "../core/parts.js";
import { toast } from "../core/toast.js";
import { jobView } from "./field-job.js";
import { openQueue } from "./field-queue.js";
import { readinessMark } from "./readiness.js";
import { REPORTS } from "./reports.js";
import { STATUS_ICONS, statusWord } from "./words.js";

const place = document.getElementById("field");
const banner = document.getElementById("waiting");
const zone = pageData.day.person?.time_zone;
const state = { visits: pageData.day.visits, van: pageData.day.van, error: null };
const AFTER = { on_my_way: "on_the_way", arrived: "on_site", done: "done", needs_part: "needs_part", no_access: "no_access" };
const OPEN = new Set(["booked", "on_the_way", "on_site"]);
const NEXT = { on_my_way: ["booked"], arrived: ["booked", "on_the_way"] };

const queue = await openQueue(pageData.user_id, { changed: draw, answered }).catch(() => null);

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
  else toast(answer.message ?? t("This report was not taken."), { kind: "problem" });
  draw();
  if (channel.state.name !== "live") await refresh();
}

/** Without the live channel the day is read anew. */
async function refresh() {
  try {
    const day = await api.get("/api/v1/field/day");
    Object.assign(state, { visits: day.visits, van: day.van, error: null });
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
  const travel = visit.open && visit.status === "booked" && visit.travel_seconds;
  return html`${travel ? html`<li class="field-travel">${icon("road", { size: "small" })}${t("%(minutes)s min to drive", { minutes: Math.ceil(visit.travel_seconds / 60) })}</li>` : nothing}
    <li><a class="field-card" href=${`#${visit.number}`} aria-current=${next ? "step" : nothing} data-open=${visit.open ? "yes" : "no"}>
      <span class="row-of apart"><span class="field-time">${formatTime(visit.planned_start, { zone })}–${formatTime(visit.planned_end, { zone })}</span>
        <span class=${visit.status === "booked" ? "chip" : visit.open ? "chip chip-brand" : "chip"}>${icon(STATUS_ICONS[visit.status] ?? "calendar-event")}${statusWord(visit.status)}${visit.sent ? nothing : html`${icon("cloud-upload", { label: t("waits to be sent") })}`}</span></span>
      <span class="strong">${visit.ticket.subject}</span>
      <span class="soft">${[visit.customer, visit.site?.address].filter(Boolean).join(" · ")}</span>
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
  </div>`;
}

function vanList() {
  if (!state.van.length) return nothing;
  return html`<details class="van-stock"><summary>${icon("truck")}${pageData.day.person?.van ?? t("My van")} <span class="count">${state.van.length}</span></summary>
    <ul class="part-lines">${state.van.map((part) => html`<li><span class="number">${part.on_hand} ×</span><span class="grow">${part.name} <span class="soft small">${part.sku}</span></span>${part.reserved ? html`<span class="small soft">${t("%(count)s promised", { count: part.reserved })}</span>` : nothing}</li>`)}</ul></details>`;
}

function banners() {
  const waiting = queue?.waiting.length ?? 0;
  const online = navigator.onLine && channel.state.name !== "stale";
  return html`${waiting ? html`<div class="offline-banner">${icon(online ? "cloud-upload" : "cloud-off")}<span class="grow">${online ? tn("Sending %(count)s change", "Sending %(count)s changes", waiting) : tn("No network: %(count)s change waits and is not lost", "No network: %(count)s changes wait and are not lost", waiting)}</span></div>` : !navigator.onLine ? html`<div class="offline-banner">${icon("cloud-off")}<span>${t("No network. Go on working: everything is kept and sent later.")}</span></div>` : nothing}
    ${(queue?.problems ?? []).map(contradiction)}`;
}

function contradiction(update) {
  const stands = update.problem.visit;
  const again = update.problem.result === "refused" && update.data;
  return html`<div class="note note-strong" role="alert">${icon("alert-circle")}<div class="stack tight grow">
    <span>${t("Visit %(number)s: “%(report)s” of %(time)s was not taken.", { number: update.visit, report: REPORTS[update.action]?.() ?? update.action, time: formatTime(update.happened_at, { zone }) })}</span>
    <span class="small">${update.problem.message ?? ""}</span>
    ${stands ? html`<span class="small soft">${t("It now stands as: %(status)s%(who)s", { status: statusWord(stands.status), who: stands.technician && stands.technician !== pageData.day.person?.name ? `, ${stands.technician}` : "" })}</span>` : nothing}
    ${update.data?.result ? html`<span class="small soft">${t("You wrote: %(text)s", { text: update.data.result })}</span>` : nothing}
    <div class="row-of">${again ? html`<a class="btn btn-sm" href=${`#${update.visit}`} @click=${() => queue.drop(update.order)}>${t("Change and send again")}</a>` : nothing}
      <button type="button" class="btn btn-sm btn-quiet" @click=${() => queue.drop(update.order)}>${t("Understood")}</button></div>
  </div></div>`;
}

function draw() {
  if (!pageData.day.person) {
    render(empty({ icon: "user-question", title: t("Your account belongs to no technician"), text: t("An administrator can make you one in the settings.") }), place);
    return;
  }
  if (queue) render(banners(), banner);
  const chosen = visits().find((visit) => visit.number === number());
  if (state.error && !state.visits.length) render(problem(state.error, refresh), place);
  else if (chosen && queue) render(jobView({ visit: chosen, van: state.van, zone, queue, redraw: draw, now: serverNow }), place);
  else render(list(), place);
}

channel.watch("field", {
  onReset(rows) {
    state.visits = [...rows].filter(([key]) => key.startsWith("visit:")).map(([, data]) => data).sort((a, b) => Date.parse(a.planned_start) - Date.parse(b.planned_start));
    state.van = [...rows].filter(([key]) => key.startsWith("part:")).map(([, data]) => data).sort((a, b) => a.name.localeCompare(b.name));
    draw();
  },
  onChange({ type, key, data }) {
    const [kind, id] = key.split(":");
    const [name, same, order] = kind === "visit" ? ["visits", (one) => one.number === Number(id), (a, b) => Date.parse(a.planned_start) - Date.parse(b.planned_start)] : ["van", (one) => one.part_id === Number(id), (a, b) => a.name.localeCompare(b.name)];
    const others = state[name].filter((one) => !same(one));
    state[name] = type === "remove" ? others : [...others, data].sort(order);
    draw();
  },
  onState: () => queue && render(banners(), banner),
});
addEventListener("hashchange", () => {
  draw();
  scrollTo(0, 0);
});
addEventListener("online", draw);
addEventListener("offline", draw);
place.replaceChildren(); // the server drew what is shown until this script runs
draw();
queue?.send();
