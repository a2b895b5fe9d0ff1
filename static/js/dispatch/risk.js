// Visits of today that will not happen as promised: which, why, and what can be done.
import { api, pageData } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, formatTime, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { causeWord, forecastWord } from "./forecast.js";
import { moveDialog } from "./visit-actions.js";
import { span } from "./words.js";

/** "will be late: visit 16:40 > due 16:00" when the ticket is due before the visit begins. */
const dueWord = (line) =>
  line.due_at && line.expected_start_at && Date.parse(line.due_at) < Date.parse(line.expected_start_at)
    ? t("will be late: visit %(visit)s > due %(due)s", { visit: formatMoment(line.expected_start_at), due: formatMoment(line.due_at) })
    : "";

/** One of the list "At risk today". */
export function riskItem(line) {
  const word = forecastWord(line);
  const due = dueWord(line);
  return html`<div class="unplaced">
    <a class="unplaced-link" href=${`/tickets/${line.ticket.number}#visit-${line.number}`}><span class="soft number">#${line.ticket.number}</span> <span class="strong">${line.ticket.subject}</span></a>
    <div class="small soft clip">${[line.customer, line.technician].filter(Boolean).join(" · ")}</div>
    <div class="risk-line small"><span>${t("Promised %(window)s", { window: span(line.promised_from, line.promised_until) })}</span>
      ${line.expected_start_at && !line.arrived_at ? html`<span class="strong">${t("expected %(time)s", { time: formatTime(line.expected_start_at) })}</span>` : nothing}</div>
    <div class="forecast">${icon("clock-exclamation", { size: "small" })}<span>${word || due}</span></div>
    ${word && due ? html`<div class="small">${due}</div>` : nothing}
    ${causeWord(line) ? html`<div class="small soft">${causeWord(line)}</div>` : nothing}
    ${line.status === "booked" && pageData.may.book ? html`<div class="row-of wrap"><button type="button" class="btn btn-sm" @click=${() => moveDialog(line)}>${t("Move")}</button></div>` : nothing}
  </div>`;
}

/** "Repair the day": a button for each branch whose visits are at risk. */
export function repairActions(lines) {
  const branches = new Map(lines.map((line) => [line.branch.id, line.branch.name]));
  if (!pageData.may.repair || !branches.size) return nothing;
  return [...branches].map(
    ([id, name]) => html`<button type="button" class="btn btn-sm" @click=${(event) => repair(id, event.currentTarget)}>${icon("calendar-repeat")}${branches.size > 1 ? t("Repair the day of %(name)s", { name }) : t("Repair the day")}</button>`,
  );
}

async function repair(branch, button) {
  button.disabled = true;
  try {
    await api.post("/api/v1/plans", { kind: "repair", branch_id: branch, first_day: pageData.today, days: 1, seconds: 5 });
    toast(t("The day is being planned anew. Nothing moves before you accept it."));
  } catch (error) {
    toastError(error);
  } finally {
    button.disabled = false;
  }
}
