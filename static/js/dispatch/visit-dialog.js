// One visit at the side of the dispatch board: everything about it, and what can be done.
import { pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { openDialog } from "../core/dialog.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDate, formatMoment, formatTime, t } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { crewOf } from "./crews.js";
import { causeWord, departs, trouble } from "./forecast.js";
import { mapAddress } from "./map.js";
import { readinessLines, readinessMark } from "./readiness.js";
import { callOff, letGo, moveDialog, setLock } from "./visit-actions.js";
import { LOCKS, STATUS_ICONS, lockWord, span, statusWord } from "./words.js";

/**
 * Open a visit; `read()` gives its present row, and the dialog is drawn again when the live channel changes it. `hold()` tells colleagues that it is in hand,
 * here and in what is opened from here, until what it returns is called.
 */
export function openVisit(number, read, { hold = () => () => {} } = {}) {
  const open = (dialog) => dialog.closed.then(hold());
  const dialog = openDialog({ title: t("Visit %(number)s", { number }), side: true, content: (close) => inside(read(), close, open) });
  open(dialog);
  const first = read();
  const watching = first ? channel.watch(`dispatch:${new URLSearchParams(location.search).get("day") ?? pageData.day}`, { onChange: ({ key }) => key === `visit:${number}` && dialog.update() }) : null;
  dialog.closed.then(() => watching?.close());
  return dialog;
}

const fact = (label, value) => (value ? html`<dt>${label}</dt><dd>${value}</dd>` : nothing);

/** What planning may do with a visit. */
const lockChoice = (visit) =>
  html`<select class="form-select form-select-sm" aria-label=${t("Planning")} @change=${(event) => setLock(visit, event.target)}>
    ${LOCKS.map((lock) => html`<option value=${lock} ?selected=${visit.lock === lock}>${lockWord(lock)}</option>`)}
  </select>`;

/** "12 min", of a crew each of theirs. */
const ways = (visit) =>
  crewOf(visit)
    .filter((one) => one.travel_seconds)
    .map((one) => [visit.helpers?.length ? one.name : "", t("%(minutes)s min", { minutes: Math.ceil(one.travel_seconds / 60) })].filter(Boolean).join(" "))
    .join(", ");

function inside(visit, close, open) {
  if (!visit) return html`<p class="soft">${t("This visit is on another day now.")}</p>`;
  const wrong = trouble(visit, serverNow());
  const away = visit.site?.time_zone;
  return html`<div class="stack">
    <div class="row-of apart wrap"><span class="chip chip-brand">${icon(STATUS_ICONS[visit.status])}${statusWord(visit.status)}</span><a href=${`/tickets/${visit.ticket.number}`}>${t("Ticket #%(number)s", { number: visit.ticket.number })}</a></div>
    <div><h3>${visit.ticket.subject}</h3><div class="soft">${visit.customer ?? ""}</div></div>
    ${wrong ? html`<div class="forecast">${icon("clock-exclamation", { size: "small" })}${[wrong, causeWord(visit)].filter((word, index, all) => word && all.indexOf(word) === index).join(": ")}</div>` : nothing}
    <dl class="facts">
      ${fact(t("Technician"), visit.technician)}
      ${fact(t("Together with"), visit.helpers?.map((one) => one.name).join(", "))}
      ${fact(t("Work"), `${formatDate(visit.planned_start)} ${span(visit.planned_start, visit.planned_end)}`)}
      ${fact(t("Expected"), departs(visit) ? span(visit.expected_start_at, visit.expected_end_at) : "")}
      ${fact(t("Promised"), span(visit.promised_from, visit.promised_until))}
      ${fact(t("At the site"), away && span(visit.planned_start, visit.planned_end, away) !== span(visit.planned_start, visit.planned_end) ? t("%(time)s there", { time: span(visit.planned_start, visit.planned_end, away) }) : "")}
      ${fact(t("Kept until"), visit.held_until && visit.status === "proposed" ? formatTime(visit.held_until) : "")}
      ${fact(t("Planning"), visit.status === "booked" && pageData.may.book ? lockChoice(visit) : visit.status === "booked" ? lockWord(visit.lock) : "")}
      ${fact(t("Way"), ways(visit))}
      ${fact(t("Job"), visit.job_type.name)}
      ${fact(t("Due"), visit.due_at ? formatMoment(visit.due_at) : "")}
      ${fact(t("Address"), visit.site ? html`${visit.site.address} ${mapAddress(visit.site) ? html`<a href=${mapAddress(visit.site)} target="_blank" rel="noreferrer">${t("Map")}</a>` : nothing}` : t("none"))}
      ${fact(t("Access"), visit.site?.access)}
      ${fact(t("Left"), visit.left_at ? formatMoment(visit.left_at) : "")}
      ${fact(t("Arrived"), visit.arrived_at ? formatMoment(visit.arrived_at) : "")}
      ${fact(t("Ended"), visit.ended_at ? formatMoment(visit.ended_at) : "")}
      ${fact(t("Result"), visit.result)}
      ${fact(t("Called off"), visit.cancel_reason)}
    </dl>
    ${visit.readiness?.lines.length ? html`<div class="stack tight"><h3>${t("Parts")} ${readinessMark(visit.readiness)}</h3>${readinessLines(visit.readiness)}</div>` : nothing}
    ${visit.open && pageData.may.book
      ? html`<div class="form-actions">
          ${visit.status === "booked" ? html`<button type="button" class="btn btn-primary" @click=${() => { close(); open(moveDialog(visit)); }}>${icon("calendar-repeat")}${t("Move")}</button>` : nothing}
          ${visit.held_until
            ? html`<button type="button" class="btn" @click=${() => { close(); letGo(visit); }}>${icon("calendar-off")}${t("Let it go")}</button>`
            : nothing}
          <button type="button" class="btn" ?hidden=${Boolean(visit.held_until)} @click=${() => { close(); open(callOff(visit)); }}>${icon("calendar-off")}${t("Call off")}</button>
        </div>`
      : nothing}
  </div>`;
}
