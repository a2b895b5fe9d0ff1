// Visits on the ticket's page: a panel with readiness and who is on the way, and "Book a visit" among the actions.
import { pageData } from "../core/api.js";
import { html, icon, nothing, ref } from "../core/html.js";
import { formatMoment, formatTime, t } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { registerAction, registerEntry, registerPanel } from "../tickets/panels.js";
import { bookingPanel } from "./booking.js";
import { causeWord, forecastWord } from "./forecast.js";
import { readinessLines, readinessMark } from "./readiness.js";
import "./style.js";
import { callOff, moveDialog } from "./visit-actions.js";
import { visitEntry } from "./visit-entry.js";
import { STATUS_ICONS, chargeWords, crewWord, span, statusWord } from "./words.js";

/** A link to `#visit-5001` (the search has such) comes before the live channel has drawn it: go there once it stands. */
const goThere = (number) => (element) => {
  if (!element || location.hash !== `#visit-${number}` || element.dataset.reached) return;
  element.dataset.reached = "yes";
  element.scrollIntoView({ block: "center" });
  element.focus({ preventScroll: true });
};

/** Open the booking panel beside the page. */
export function bookFor(ticket) {
  openDialog({
    title: t("Book a visit"),
    side: true,
    content: (close) => bookingPanel({ ticket: ticket.number, equipmentKind: ticket.equipment?.kind ?? "", done: close }),
  });
}

function happening(visit) {
  if (visit.status === "on_the_way") return t("On the way since %(time)s, planned at %(start)s", { time: formatMoment(visit.left_at), start: formatMoment(visit.planned_start) });
  if (visit.status === "on_site") return t("On site since %(time)s", { time: formatMoment(visit.arrived_at) });
  return "";
}

/** "expected 11:35, late by 25 m: takes longer than planned". */
function expected(visit) {
  const time = visit.expected_start_at && !visit.arrived_at ? t("expected %(time)s", { time: formatTime(visit.expected_start_at) }) : "";
  const word = forecastWord(visit);
  const said = [time, word === time ? "" : word].filter(Boolean).join(", ");
  const cause = causeWord(visit);
  return cause && cause !== word ? t("%(what)s: %(why)s", { what: said, why: cause }) : said;
}

function visitItem(visit) {
  return html`<li class="visit-item" id=${`visit-${visit.number}`} tabindex="-1" data-open=${visit.open ? "yes" : "no"} ${ref(goThere(visit.number))}>
    <div class="row-of apart wrap">
      <span class="row-of strong">${icon(STATUS_ICONS[visit.status] ?? "calendar-event", { size: "small" })}${statusWord(visit.status)}</span>
      <span class="small soft">${t("Visit %(number)s", { number: visit.number })}</span>
    </div>
    <div>${formatMoment(visit.planned_start)} · ${crewWord(visit)}</div>
    ${visit.held_until && visit.open ? html`<div class="small soft">${t("Kept until %(time)s, promised to nobody", { time: formatTime(visit.held_until) })} · ${visit.job_type.name}</div>` : visit.open ? html`<div class="small soft">${t("Promised %(window)s", { window: span(visit.promised_from, visit.promised_until) })} · ${visit.job_type.name}</div>` : html`<div class="small soft">${visit.job_type.name}</div>`}
    ${forecastWord(visit) ? html`<div class="forecast">${icon("clock-exclamation", { size: "small" })}<span>${expected(visit)}</span></div>` : nothing}
    ${visit.charge && !["cancelled", "lapsed"].includes(visit.status) ? html`<div class="small soft">${chargeWords(visit.charge)}</div>` : nothing}
    ${happening(visit) ? html`<div class="small strong">${happening(visit)}</div>` : nothing}
    ${visit.open ? html`${readinessMark(visit.readiness)}${readinessLines(visit.readiness)}` : nothing}
    ${visit.result ? html`<div class="small prose">${visit.result}</div>` : nothing}
    ${visit.cancel_reason ? html`<div class="small soft">${visit.cancel_reason}</div>` : nothing}
    ${visit.status === "booked" && pageData.may_book
      ? html`<div class="row-of no-print"><button type="button" class="btn btn-sm" @click=${() => moveDialog(visit)}>${t("Move")}</button><button type="button" class="btn btn-sm btn-quiet" @click=${() => callOff(visit)}>${t("Call off")}</button></div>`
      : nothing}
  </li>`;
}

registerPanel("visits", (data) => html`<h2>${t("Visits")}</h2><ul class="visit-items">${data.visits.map(visitItem)}</ul>`);
registerEntry("visit", visitEntry);
registerAction("visits", (ticket) =>
  pageData.may_book && !["resolved", "closed"].includes(ticket.status)
    ? html`<button type="button" class="btn" data-key="b" @click=${() => bookFor(ticket)}>${icon("calendar-plus")}${t("Book a visit")}</button>`
    : nothing,
);
