// The board's columns: which ticket stands where depends on the time alone, so it is decided here and needs no request.
import { clockChip } from "../core/clock-chip.js";
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, t } from "../core/i18n.js";
import { CHANNEL_ICONS, channelWord, chipOf, firstClock, leftOf, priorityWord, statusWord } from "../tickets/words.js";

const MINUTE = 60_000;

export const COLUMNS = [
  { id: "over", level: "over", sign: "clock-exclamation", label: () => t("Over"), empty: () => t("Nothing is over") },
  { id: "half-hour", level: "near", sign: "alarm", label: () => t("Under 30 min"), empty: () => t("Nothing under 30 min") },
  { id: "two-hours", level: "ok", sign: "clock", label: () => t("Under 2 h"), empty: () => t("Nothing under 2 h") },
  { id: "later", level: "ok", sign: "calendar", label: () => t("Later"), empty: () => t("Nothing later") },
  { id: "paused", level: "", sign: "player-pause", label: () => t("Paused"), empty: () => t("Nothing paused") },
];

/** The column a ticket stands in at `now` (milliseconds). */
export function columnOf(row, now) {
  const left = leftOf(row, now);
  if (left <= 0) return "over";
  if (left < 30 * MINUTE) return "half-hour";
  if (left < 120 * MINUTE) return "two-hours";
  if (left === Infinity) return (row.clocks ?? []).some((clock) => clock.state === "paused") || row.status === "waiting" ? "paused" : "later";
  return "later";
}

/** Most urgent first; what has no due time by age. */
export const byUrgency = (a, b) =>
  (a.due_at ? Date.parse(a.due_at) : Infinity) - (b.due_at ? Date.parse(b.due_at) : Infinity) || a.number - b.number || 0;

/** "will be late": the planned visit begins after the due time. */
export const willBeLate = (row) => row.visit && row.due_at && Date.parse(row.visit.planned_start) > Date.parse(row.due_at);

/** A ticket's card. */
export function card(row) {
  const clock = firstClock(row);
  return html`<a class="board-card" href="/tickets/${row.number}">
    <span class="card-top"><span class="number">#${row.number}</span><span class="grow">${statusWord(row)}</span>
      ${row.priority === "urgent" || row.priority === "high" ? html`<span class="chip">${priorityWord(row.priority)}</span>` : nothing}
      ${icon(CHANNEL_ICONS[row.channel] ?? "ticket", { size: "small", label: channelWord(row.channel) })}</span>
    <strong class="clip">${row.subject}</strong>
    <span class="small soft clip">${row.customer ?? row.contact_email ?? row.contact_phone ?? t("Unknown")} · ${row.assignee ?? t("nobody")}</span>
    ${clock ? html`<span>${clockChip({ ...chipOf(clock), explain: undefined })}</span>` : nothing}
    ${willBeLate(row) ? html`<span class="forecast">${icon("truck", { size: "small" })}<span>${t("will be late: visit %(visit)s > due %(due)s", { visit: formatMoment(row.visit.planned_start), due: formatMoment(row.due_at) })}</span></span>` : nothing}
  </a>`;
}
