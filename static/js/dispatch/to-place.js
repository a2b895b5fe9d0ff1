// What waits at the left of the board: tickets that need a visit, and visits whose technician will not be there.
import { pageData } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDuration, formatFull, formatMoment, t } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { bookingPanel } from "./booking.js";
import { tellButton } from "./risk.js";
import { located } from "./stops.js";
import { moveDialog } from "./visit-actions.js";

/** Find a time for a ticket. */
export function book(line) {
  return openDialog({
    title: t("Book a visit for #%(number)s", { number: line.number }),
    side: true,
    content: (close) => bookingPanel({ ticket: line.number, jobType: line.job_type?.id ?? null, equipmentKind: line.equipment_kind ?? "", done: close }),
  });
}

function due(line, now) {
  if (!line.due_at) return nothing;
  const left = Date.parse(line.due_at) - now;
  const level = left < 0 ? "over" : left < 2 * 3600 * 1000 ? "near" : "ok";
  return html`<span class="due" data-level=${level} title=${formatFull(line.due_at)}>${icon(left < 0 ? "clock-exclamation" : "clock", { size: "small" })}${left < 0 ? t("over %(time)s", { time: formatDuration(left / 1000) }) : t("%(time)s left", { time: formatDuration(left / 1000) })}</span>`;
}

const work = (job) => [job.name, t("%(minutes)s min", { minutes: job.minutes }), ...job.skills.map((skill) => `${skill.name} ${skill.level}`)].join(" · ");

/** One of the list "To place". `chosen`: whether it is what is selected; `show(line)`: on the map, null without one. */
export function jobItem(line, { chosen, show }) {
  const now = serverNow();
  return html`<div class="unplaced" aria-current=${chosen ? "true" : nothing}>
    <a class="unplaced-link" href=${`/tickets/${line.number}`}><span class="soft number">#${line.number}</span> <span class="strong">${line.subject}</span></a>
    <div class="small soft clip">${[line.customer, line.address].filter(Boolean).join(" · ")}</div>
    ${line.equipment ? html`<div class="small clip">${line.equipment}</div>` : nothing}
    ${line.job_type ? html`<div class="small clip" title=${work(line.job_type)}>${work(line.job_type)}</div>` : nothing}
    <div class="row-of apart">
      <span class="row-of wrap small">${due(line, now)}${line.priority === "urgent" || line.priority === "high" ? html`<span class="chip chip-strong">${line.priority === "urgent" ? t("Urgent") : t("High")}</span>` : nothing}
      ${line.wait_reason === "part" ? html`<span class="chip">${icon("package")}${t("waits for a part")}</span>` : nothing}
      ${line.wait_reason === "access" ? html`<span class="chip">${icon("lock")}${t("no access before")}</span>` : nothing}
      ${located(line) ? nothing : html`<span class="chip" title=${t("Without coordinates the way can only be guessed.")}>${icon("map-pin")}${t("no coordinates")}</span>`}</span>
      <span class="row-of">${show && located(line) ? html`<button type="button" class="btn btn-sm btn-icon" aria-label=${t("Show #%(number)s on the map", { number: line.number })} title=${t("Show on the map")} @click=${() => show(line)}>${icon("map-pin")}</button>` : nothing}
      ${pageData.may.book ? html`<button type="button" class="btn btn-sm" @click=${() => book(line)}>${t("Book")}</button>` : nothing}</span>
    </div>
  </div>`;
}

/** One of the list "To place anew". */
export function displacedItem(line) {
  return html`<div class="unplaced">
    <a class="unplaced-link" href=${`/tickets/${line.ticket.number}#visit-${line.number}`}><span class="soft number">#${line.ticket.number}</span> <span class="strong">${line.ticket.subject}</span></a>
    <div class="small soft clip">${[line.customer, line.site?.address].filter(Boolean).join(" · ")}</div>
    <div class="small"><span title=${formatFull(line.planned_start)}>${formatMoment(line.planned_start)}</span> · ${t("%(name)s is away: %(reason)s", { name: line.away.name, reason: line.away.reason })}</div>
    ${pageData.may.book ? html`<div class="row-of wrap">${tellButton(line)}<button type="button" class="btn btn-sm" @click=${() => moveDialog(line)}>${t("Move")}</button></div>` : nothing}
  </div>`;
}
