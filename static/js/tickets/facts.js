// Beside the conversation: what the ticket is, whom and what it is about, and the panels of visits and calls.
import { html, icon, live, nothing } from "../core/html.js";
import { formatDate, formatMoment, t } from "../core/i18n.js";
import { api } from "../core/api.js";
import { toast, toastError } from "../core/toast.js";
import { patch } from "./actions.js";
import { sayAgainst } from "./assigning/candidates.js";
import { askWhich } from "./collision.js";
import { fieldPanel } from "./field-panel.js";
import { linksOf } from "./links.js";
import { outcomePanel } from "./outcome.js";
import { tagsOf } from "./tags.js";
import { KINDS, kindWord, PRIORITIES, priorityWord, statusWord, channelWord } from "./words.js";

function choice(label, value, options, change, disabled, opening = nothing) {
  return html`<dt>${label}</dt><dd><select class="form-select" aria-label=${label} .value=${live(String(value ?? ""))} ?disabled=${disabled} @focus=${opening} @change=${(event) => change(event.target)}>
    ${options.map(([key, text]) => html`<option value=${String(key ?? "")} ?selected=${String(key ?? "") === String(value ?? "")}>${text}</option>`)}</select></dd>`;
}

/** "in warranty until 3 May 2027" or "out of warranty since …". */
export function warranty(until, now = new Date()) {
  if (!until) return t("no warranty known");
  const day = formatDate(`${until}T12:00:00Z`, { year: true, weekday: false });
  return Date.parse(`${until}T23:59:59Z`) >= now.getTime() ? t("in warranty until %(day)s", { day }) : t("out of warranty since %(day)s", { day });
}

export function factsOf(ticket, { queues, people, may_write: mayWrite, redraw }) {
  const number = ticket.number;
  const meant = (value) => (value === "" ? null : /^\d+$/.test(value) ? Number(value) : value);
  // Refused: the field shows again what holds. Done: one press takes it back.
  const save = (field, said) => async (select) => {
    const before = ticket[field] ?? null;
    const mine = meant(select.value);
    const words = select.selectedOptions[0]?.textContent ?? "";
    const undo = () => patch(number, { [field]: before }, t("Taken back"));
    try {
      await api.patch(`/api/v1/tickets/${number}`, { [field]: mine, version: ticket.version });
      toast(said, { undo });
    } catch (error) {
      if (error.code === "changed_meanwhile" && (await askWhich(error, field, words))) {
        if (await patch(number, { [field]: mine, version: error.body.version }, said)) return;
      } else if (error.code !== "changed_meanwhile") toastError(error);
      const theirs = (error.body?.changes ?? []).findLast((change) => change.field === field);
      select.value = String((theirs ? theirs.to : before) ?? "");
    }
  };
  return html`
    <section class="panel">
      <h2>${t("Ticket")}</h2>
      <dl class="facts">
        <dt>${t("Status")}</dt><dd><span class="chip">${statusWord(ticket)}</span>${ticket.wait_note ? html`<div class="small">${ticket.wait_note}</div>` : nothing}</dd>
        ${choice(t("Queue"), ticket.queue_id, queues.map((queue) => [queue.id, queue.name]), save("queue_id", t("Moved")), !mayWrite)}
        ${choice(t("Assignee"), ticket.assignee_id, [[null, t("nobody")], ...people.map((person) => [person.id, person.name])], save("assignee_id", t("Assigned")), !mayWrite, (event) => sayAgainst(event.target, number))}
        ${choice(t("Priority"), ticket.priority, PRIORITIES.map((key) => [key, priorityWord(key)]), save("priority", t("Priority changed")), !mayWrite)}
        ${choice(t("Kind"), ticket.kind, KINDS.map((key) => [key, kindWord(key)]), save("kind", t("Kind changed")), !mayWrite)}
        <dt>${t("Came by")}</dt><dd>${channelWord(ticket.channel)}, ${formatMoment(ticket.created_at)}</dd>
      </dl>
    </section>
    ${outcomePanel(ticket)}${fieldPanel(ticket, mayWrite, redraw)}
    <section class="panel">
      <h2>${t("Customer")}</h2>
      ${ticket.customer_id
        ? html`<a href=${`/customers/${ticket.customer_id}`}><strong>${ticket.customer}</strong></a>`
        : html`<span class="soft">${t("Not known yet")}</span>`}
      <div class="small soft">${ticket.contact_phone ?? nothing}</div>
      <div class="small soft clip">${ticket.contact_email ?? nothing}</div>
    </section>
    ${ticket.equipment
      ? html`<section class="panel"><h2>${t("Equipment")}</h2><strong>${ticket.equipment.label}</strong>
          <div class="small soft">${ticket.equipment.serial ? t("Serial %(serial)s", { serial: ticket.equipment.serial }) : nothing}</div>
          <div class="small">${warranty(ticket.equipment.warranty_until)}</div></section>`
      : nothing}
    ${ticket.site
      ? html`<section class="panel"><h2>${t("Site")}</h2><div>${ticket.site.name}</div><div class="small with-icon">${icon("map-pin", { size: "small" })}${ticket.site.address}</div>
          ${ticket.site.access ? html`<div class="small soft">${ticket.site.access}</div>` : nothing}</section>`
      : nothing}
    ${tagsOf(ticket, mayWrite)}${linksOf(ticket, mayWrite)}`;
}
