// Above the jobs: how old the page is without a network, how many changes wait, and what contradicts with both versions.
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, formatTime, t, tn } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { REPORTS } from "./reports.js";
import { statusWord } from "./words.js";

/** `at`: when the day was last true, ms of the server's clock. */
export function banners({ queue, offline, at, zone, person }) {
  const waiting = queue?.waiting.length ?? 0;
  return html`${offline ? away(waiting, at, zone) : nothing}
    ${!offline && waiting ? html`<div class="offline-banner">${icon("cloud-upload")}<span class="grow">${tn("Sending %(count)s change", "Sending %(count)s changes", waiting)}</span></div>` : nothing}
    ${queue?.stale ? signedInAnew() : nothing}
    ${queue ? nothing : html`<div class="note note-strong">${icon("alert-circle")}<span>${t("This browser keeps nothing, so jobs cannot be reported here. Leave its private mode.")}</span></div>`}
    ${[...byVisit(queue?.problems ?? [])].map(([visit, updates]) => contradiction(visit, updates, { queue, zone, person }))}`;
}

function away(waiting, at, zone) {
  return html`<div class="offline-banner">${icon("cloud-off")}<span class="stack tight grow">
    <span>${t("As of %(time)s, offline", { time: formatMoment(at, { zone, now: serverNow() }) })}</span>
    <span class="small">${waiting ? tn("%(count)s change waits and is not lost", "%(count)s changes wait and are not lost", waiting) : t("Go on working: everything is kept and sent later.")}</span>
  </span></div>`;
}

/** The session that this page was made for is over: its token is refused, a fresh page has a good one. */
const signedInAnew = () =>
  html`<div class="note note-strong" role="alert">${icon("refresh")}<div class="row-of wrap grow"><span class="grow">${t("You signed in anew since this page was opened. What waits is kept.")}</span>
    <button type="button" class="btn btn-sm" @click=${() => location.reload()}>${t("Open it again")}</button></div></div>`;

function byVisit(updates) {
  const found = new Map();
  for (const update of updates) found.set(update.visit, [...(found.get(update.visit) ?? []), update]);
  return found;
}

/** Both versions of one visit: what was reported here, and how it stands there. */
function contradiction(number, updates, { queue, zone, person }) {
  const { visit: stands } = updates.at(-1).problem;
  const messages = [...new Set(updates.map((update) => update.problem.message).filter(Boolean))];
  const again = updates.some((update) => update.problem.result === "refused" && update.data);
  const drop = () => updates.forEach((update) => queue.drop(update.order));
  return html`<div class="note note-strong" role="alert" data-problem=${number}>${icon("alert-circle")}<div class="stack tight grow">
    <span>${tn("Visit %(number)s: your report was not taken.", "Visit %(number)s: your %(count)s reports were not taken.", updates.length, { number })}</span>
    ${messages.map((message) => html`<span class="small">${message}</span>`)}
    <dl class="facts small">
      <dt>${t("You reported")}</dt><dd>${updates.map((update) => reported(update, zone))}</dd>
      ${stands ? html`<dt>${t("It stands as")}</dt><dd>${standing(stands, zone, person)}</dd>` : nothing}
    </dl>
    <div class="row-of">${again ? html`<a class="btn btn-sm" href=${`#${number}`} @click=${drop}>${t("Change and send again")}</a>` : nothing}
      <button type="button" class="btn btn-sm btn-quiet" @click=${drop}>${t("Understood")}</button></div>
  </div></div>`;
}

const reported = (update, zone) =>
  html`<div>${REPORTS[update.action]?.() ?? update.action}, ${formatTime(update.happened_at, { zone })}${update.data?.result ? html`<div class="soft">“${update.data.result}”</div>` : nothing}</div>`;

/** How the visit stands on the server: status, whose, since when. */
function standing(visit, zone, person) {
  const whose = visit.technician && visit.technician !== person?.name ? visit.technician : "";
  const since = visit.ended_at ?? visit.arrived_at ?? visit.left_at;
  return [statusWord(visit.status), whose, since ? formatTime(since, { zone }) : ""].filter(Boolean).join(", ");
}
