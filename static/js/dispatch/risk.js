// Visits of today that will not happen as promised: which, why, and what can be done.
import { api, pageData } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDuration, formatMoment, formatTime, t } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { area, check, field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { causeWord, forecastWord } from "./forecast.js";
import { moveDialog } from "./visit-actions.js";
import { clockAt, crewWord, instantAt, span } from "./words.js";

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
    <div class="small soft clip">${[line.customer, crewWord(line)].filter(Boolean).join(" · ")}</div>
    <div class="risk-line small"><span>${t("Promised %(window)s", { window: span(line.promised_from, line.promised_until) })}</span>
      ${line.expected_start_at && !line.arrived_at ? html`<span class="strong">${t("expected %(time)s", { time: formatTime(line.expected_start_at) })}</span>` : nothing}</div>
    <div class="forecast">${icon("clock-exclamation", { size: "small" })}<span>${word || due}</span></div>
    ${line.late_seconds >= 60 && line.overtime_seconds >= 60 ? html`<div class="small">${t("%(time)s beyond the shift", { time: formatDuration(line.overtime_seconds) })}</div>` : nothing}
    ${word && due ? html`<div class="small">${due}</div>` : nothing}
    ${causeWord(line) ? html`<div class="small soft">${causeWord(line)}</div>` : nothing}
    ${pageData.may.book
      ? html`<div class="row-of wrap">
          ${tellButton(line)}
          ${line.status === "booked" ? html`<button type="button" class="btn btn-sm" @click=${() => moveDialog(line)}>${t("Move")}</button>` : nothing}
        </div>`
      : nothing}
  </div>`;
}

/** "Tell the customer", where there is something to tell. */
export const tellButton = (line) =>
  line.notice
    ? html`<button type="button" class="btn btn-sm" @click=${() => tell(line)}>${icon(line.notice.channel === "email" ? "mail" : "phone", { size: "small" })}${t("Tell the customer")}</button>`
    : nothing;

/** The draft, to be read, changed and sent; or not. The time that it names stands beside it: it is kept as a promise. */
function tell(line) {
  const { notice } = line;
  const away = notice.kind === "away";
  const window = away ? "" : span(notice.promised_from, notice.promised_until, notice.time_zone);
  const byMail = notice.channel === "email";
  let said = away ? "" : clockAt(notice.expected_at, notice.time_zone); // the time as it stands in the text
  const dialog = formDialog({
    title: away ? t("Visit %(number)s: the technician will not be there", { number: line.number }) : t("Visit %(number)s is late", { number: line.number }),
    content: html`
      <p class="row-of">${icon(byMail ? "mail" : "phone", { size: "small" })}<span>${byMail ? t("By mail to %(address)s", { address: notice.to }) : notice.to ? t("No mail can go out: ring %(phone)s and say this.", { phone: notice.to }) : t("No mail can go out, and no number is known.")}</span></p>
      ${area({ name: "text", label: t("What the customer is told"), value: notice.text, rows: 9 })}
      ${field({ name: "told_at", label: t("Time that the customer is told"), type: "time", value: said, hint: t("At the customer's. It is kept as a promise and compared with the arrival; empty: the message names no time.") })}
      ${away ? nothing : check({ name: "promise", label: t("The customer agrees: promise %(window)s instead", { window }) })}`,
    path: `/api/v1/visits/${line.number}/delay/notice`,
    body: ({ told_at: told, ...values }) => ({ ...values, expected_at: notice.expected_at, ...(told ? { told_at: instantAt(told, notice.time_zone) } : { no_time: true }) }),
    save: byMail ? t("Send") : t("Was told"),
    beside: (close) => html`<button type="button" class="btn btn-quiet" @click=${() => dismiss(line, close)}>${t("Do not tell")}</button>`,
    done: () => toast(byMail ? t("The customer is told by mail.") : t("Noted on the ticket.")),
  });
  // Who changes the time changes it in the text too.
  const { text, told_at: told } = dialog.element.querySelector("form").elements;
  told.addEventListener("change", () => {
    if (said && told.value) text.value = text.value.replace(said, told.value);
    said = told.value || said;
  });
}

async function dismiss(line, close) {
  try {
    await api.post(`/api/v1/visits/${line.number}/delay/dismissal`);
    close();
    toast(t("The customer is not told, unless it gets later still."));
  } catch (error) {
    toastError(error);
  }
}

/** "Repair the day": a button for each branch whose visits are at risk. */
export function repairActions(lines) {
  const branches = new Map(lines.map((line) => [line.branch.id, line.branch.name]));
  if (!pageData.may.repair || !branches.size) return nothing;
  return [...branches].map(
    ([id, name]) => html`<button type="button" class="btn btn-sm" @click=${(event) => repair(id, event.currentTarget)}>${icon("calendar-repeat")}${branches.size > 1 ? t("Repair the day of %(name)s", { name }) : t("Repair the day")}</button>`,
  );
}

/** Of the branch's own today, which the server knows; goes to the proposal. */
async function repair(branch, button) {
  button.disabled = true;
  try {
    const plan = await api.post("/api/v1/plans", { kind: "repair", branch_id: branch, seconds: 5 });
    location.assign(`/plans/${plan.id}`);
  } catch (error) {
    toastError(error);
    button.disabled = false;
  }
}
