// What came of a complaint or a suggestion: told to the customer before the ticket ends.
import { api } from "../core/api.js";
import { openDialog } from "../core/dialog.js";
import { enhance } from "../core/form.js";
import { html, nothing } from "../core/html.js";
import { formatMoment, t } from "../core/i18n.js";
import { toast } from "../core/toast.js";

const TELLS = (entry) => (entry.kind === "message_out" && entry.public) || (entry.kind === "call" && entry.data?.answered && entry.data?.by_staff);

/** Since when an entry counts: the ticket's opening, or the last time that it was open again. */
function since(rows) {
  const reopened = [...rows.values()].filter((row) => row.kind === "change" && ["resolved", "closed"].includes(row.data?.changes?.status?.from) && row.data.changes.status.to === "open");
  return Math.max(0, ...reopened.map((row) => Date.parse(row.recorded_at)));
}

/** The dialog. `rows`: those of the ticket's page, for what was said already. */
export function tellOutcome(ticket, rows) {
  const told = [...rows.values()].filter((row) => TELLS(row) && row.ticket_id === ticket.id && Date.parse(row.recorded_at) >= since(rows)).sort((a, b) => b.id - a.id);
  const reachable = !["phone", "internal"].includes(ticket.channel) || Boolean(ticket.contact_email);
  let by = reachable ? "message" : "call";
  const choose = (value) => {
    by = value;
    dialog.update();
  };
  const way = (value, label, hint, disabled = false) => html`<label class="form-check"><input class="form-check-input" type="radio" name="by" value=${value} .checked=${by === value} ?disabled=${disabled} @change=${() => choose(value)}><span class="form-check-label">${label}<span class="small soft"> ${hint}</span></span></label>`;
  const dialog = openDialog({
    title: t("Tell the outcome"),
    content: (close) => html`<form class="stack">
      <div class="field"><label class="form-label" for="outcome-text">${t("What came of it")}</label><textarea class="form-control" id="outcome-text" name="text" rows="4" maxlength="5000" required autofocus></textarea></div>
      <fieldset class="stack tight"><legend class="form-label">${t("How the customer hears it")}</legend>
        ${way("message", t("By a message now"), reachable ? (ticket.contact_email ? t("to %(address)s", { address: ticket.contact_email }) : "") : t("there is no address to write to"), !reachable)}
        ${way("call", t("By a call that I have made"), t("noted in the timeline"))}
        ${way("entry", t("By what was said already"), told.length ? "" : t("nothing was said yet"), !told.length)}
      </fieldset>
      ${by === "message" ? html`<div class="field"><label class="form-label" for="outcome-message">${t("Message, if it says it otherwise")}</label><textarea class="form-control" id="outcome-message" name="message" rows="4" placeholder=${t("Empty: the text above is sent as it is.")}></textarea></div>` : nothing}
      ${by === "entry" ? html`<div class="field"><label class="form-label" for="outcome-entry">${t("Which")}</label><select class="form-select" id="outcome-entry" name="entry_id" data-type="number">${told.map((row) => html`<option value=${row.id}>${formatMoment(row.happened_at)} · ${(row.new_text ?? row.text ?? "").slice(0, 80) || t("call")}</option>`)}</select></div>` : nothing}
      ${["resolved", "closed"].includes(ticket.status) ? nothing : html`<label class="form-check"><input class="form-check-input" type="checkbox" name="resolve" checked><span class="form-check-label">${t("Resolve the ticket with it")}</span></label>`}
      <div class="form-actions"><button class="btn btn-primary">${t("Tell the outcome")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div>
    </form>`,
  });
  enhance(dialog.element.querySelector("form"), {
    path: `/api/v1/tickets/${ticket.number}/outcome`,
    body: ({ resolve, ...values }) => ({ ...values, ...(resolve ? { then_status: "resolved" } : {}) }),
    done: (answer) => {
      dialog.close();
      toast(answer.status === "resolved" ? t("Told and resolved") : t("Told"));
    },
  });
}

/** What the customer was told, or that they are to be. */
export function outcomePanel(ticket) {
  if (!ticket.outcome_needed && !ticket.outcome) return nothing;
  return html`<section class="panel" data-panel="outcome"><h2>${t("Outcome")}</h2>${ticket.outcome
    ? html`<div class="timeline-text">${ticket.outcome.text}</div><div class="tiny soft">${t("told %(time)s by %(who)s", { time: formatMoment(ticket.outcome.told_at), who: ticket.outcome.told_by || t("System") })}</div>`
    : html`<p class="soft small">${t("Not told yet. The ticket ends only after the customer heard what came of it.")}</p>`}</section>`;
}
