// The board's columns and cards.
import { clockChip } from "../core/clock-chip.js";
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, t } from "../core/i18n.js";
import { visitDue, willBeLate } from "./board-rules.js";
import { CHANNEL_ICONS, channelWord, chipOf, firstClock, priorityWord, statusWord } from "../tickets/words.js";

export const COLUMNS = [
  { id: "over", level: "over", sign: "clock-exclamation", label: () => t("Over"), empty: () => t("Nothing is over") },
  { id: "half-hour", level: "near", sign: "alarm", label: () => t("Under 30 min"), empty: () => t("Nothing under 30 min") },
  { id: "two-hours", level: "ok", sign: "clock", label: () => t("Under 2 h"), empty: () => t("Nothing under 2 h") },
  { id: "later", level: "ok", sign: "calendar", label: () => t("Later"), empty: () => t("Nothing later") },
  { id: "paused", level: "", sign: "player-pause", label: () => t("Paused"), empty: () => t("Nothing paused") },
];

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
    ${willBeLate(row) ? html`<span class="forecast">${icon("truck", { size: "small" })}<span>${t("will be late: visit %(visit)s > due %(due)s", { visit: formatMoment(row.visit.expected_start ?? row.visit.planned_start), due: formatMoment(visitDue(row)) })}</span></span>` : nothing}
  </a>`;
}
