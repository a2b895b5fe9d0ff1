// The ticket under the call: what it is, its clocks, what can be done next, what was said, and a place to write. Built of the ticket page's parts.
import { api, pageData } from "../core/api.js";
import { clockChip } from "../core/clock-chip.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { skeleton } from "../core/parts.js";
import { toastError } from "../core/toast.js";
import { actionRow, patch, resolve } from "../tickets/actions.js";
import { fieldPanel } from "../tickets/field-panel.js";
import { outcomePanel } from "../tickets/outcome.js";
import { composer } from "../tickets/composer.js";
import { articlesBeside } from "../tickets/knowledge/suggestions.js";
import { onRegister, panels } from "../tickets/panels.js";
import { timeline } from "../tickets/timeline.js";
import { chipOf, KINDS, kindWord, PRIORITIES, priorityWord, statusWord } from "../tickets/words.js";

/** `onTicket()` after every change of the ticket; `email(ticket)` is the customer's address as far as known; `nothing()` draws what stands here without one. Returns {show, ticket, number, focus, resolve}. */
export function ticketPane(place, { onTicket, email, nothing: none }) {
  let number = null;
  let watched = null;
  let writer = null;
  let articles = null;
  let renaming = false;
  let parts = {};
  place.replaceChildren(); // what the server drew until now
  const ticket = () => watched?.rows.get("ticket") ?? null;

  function show(wanted) {
    if (wanted === number && (wanted !== null || !watched)) {
      if (number === null) render(none(), place);
      return;
    }
    watched?.close();
    articles?.close();
    articles = null;
    [number, watched, writer, renaming] = [wanted, null, null, false];
    render(nothing, place);
    if (number === null) {
      render(none(), place);
      return;
    }
    const frame = Object.assign(document.createElement("article"), { className: "ticket-pane" });
    parts = Object.fromEntries(["head", "knowledge", "panels", "composer", "timeline"].map((name) => [name, frame.appendChild(document.createElement(name === "timeline" ? "ol" : "div"))]));
    parts.timeline.className = "timeline";
    parts.timeline.addEventListener("click", (event) => {
      const button = event.target.closest("[data-take-back]");
      if (button) writer?.takeBack(Number(button.dataset.takeBack));
    });
    render(frame, place);
    render(skeleton(4), parts.head);
    if (pageData.may_write) writer = composer(parts.composer, { number, to: replyTo, rows: () => watched?.rows ?? new Map() });
    articles = articlesBeside(parts.knowledge, { number, writer });
    const drawn = number;
    watched = channel.watch(`ticket:${number}`, { onReset: () => drawn === number && draw(), onChange: () => drawn === number && draw() });
    if (ticket()) draw();
  }

  const replyTo = () => {
    const found = ticket();
    if (!found) return "";
    if (found.channel === "chat" || found.channel === "sms") return found.contact_phone ?? "";
    const address = found.contact_email ?? email(found);
    return address ? t("To %(address)s", { address }) : t("No email address is known: an answer would reach nobody.");
  };

  function draw() {
    const found = ticket();
    if (!watched) return;
    if (!found) {
      render(html`<p class="note">${icon("info-circle")}${t("There is no ticket #%(number)s.", { number })}</p>`, parts.head);
      return;
    }
    render(head(found), parts.head);
    render(html`${outcomePanel(found)}${fieldPanel(found, pageData.may_write, draw)}${panels(watched.rows)}`, parts.panels);
    render(timeline(watched.rows), parts.timeline);
    writer?.update();
    articles?.update(found, watched.rows);
    onTicket();
  }

  function head(found) {
    const clocks = (found.clocks ?? []).filter((clock) => clock.state !== "cancelled");
    return html`<header class="ticket-head">
      <div class="row-of apart"><span class="row-of small soft"><a class="number" href=${`/tickets/${found.number}`} title=${t("Open on its own page")}>#${found.number}</a><span>${statusWord(found)}</span><span>${found.queue}</span></span>
        ${assignee(found)}</div>
      ${renaming ? renameForm(found) : subject(found)}
      <div class="row-of wrap">${clocks.map((clock) => clockChip(chipOf(clock)))}
        <span class="ticket-pickers">${picker("kind", t("Kind"), found.kind, KINDS, kindWord)}${picker("priority", t("Priority"), found.priority, PRIORITIES, priorityWord)}</span>
        ${found.equipment ? html`<span class="chip">${icon("tool")}${found.equipment.label}</span>` : nothing}</div>
      ${pageData.may_write ? html`<div class="row-of wrap ticket-actions">${actionRow(found, watched.rows)}</div>` : nothing}
    </header>`;
  }

  const subject = (found) => html`<h2 class="ticket-subject">${found.subject}${
    pageData.may_write ? html`<button type="button" class="btn btn-quiet btn-icon btn-sm" aria-label=${t("Change the subject")} title=${t("Change the subject")} @click=${() => rename(true)}>${icon("pencil", { size: "small" })}</button>` : nothing
  }</h2>`;

  function rename(on) {
    renaming = on;
    draw();
    if (on) parts.head.querySelector("input[name=subject]")?.select();
  }

  const renameForm = (found) => html`<form class="row-of" @submit=${(event) => save(event, found)} @keydown=${(event) => event.key === "Escape" && rename(false)}>
    <input class="form-control grow" name="subject" maxlength="300" aria-label=${t("Subject")} value=${found.subject} />
    <button class="btn btn-primary">${t("Save")}</button>
    <button type="button" class="btn" @click=${() => rename(false)}>${t("Cancel")}</button>
  </form>`;

  async function save(event, found) {
    event.preventDefault();
    const wanted = event.target.elements.subject.value.trim();
    try {
      if (wanted && wanted !== found.subject) await api.patch(`/api/v1/tickets/${number}`, { subject: wanted, version: found.version });
      rename(false);
    } catch (error) {
      toastError(error);
    }
  }

  const picker = (field, label, value, options, word) => html`<select class="form-select form-select-sm ticket-picker" aria-label=${label} title=${label} ?disabled=${!pageData.may_write} @change=${(event) => patch(number, { [field]: event.target.value })}>
    ${options.map((option) => html`<option value=${option} ?selected=${option === value}>${word(option)}</option>`)}</select>`;

  function assignee(found) {
    if (found.assignee_id === pageData.person_id || !pageData.person_id || !pageData.may_write) return html`<span class="small soft">${found.assignee ?? t("nobody")}</span>`;
    const before = found.assignee_id;
    const back = () => patch(number, { assignee_id: before });
    return html`<span class="row-of small soft">${found.assignee ?? t("nobody")}
      <button type="button" class="btn btn-sm" data-key="a" @click=${() => patch(number, { assignee_id: pageData.person_id }, t("Assigned to you"), back)}>${t("Take it")}</button></span>`;
  }

  onRegister(() => watched && draw()); // the rooms above tickets (visits) add their parts when they are loaded
  return {
    show,
    get ticket() {
      return ticket();
    },
    redraw: () => writer?.update(),
    focus: (kind) => writer?.focus(kind),
    resolve: () => number !== null && pageData.may_write && ticket() && resolve(ticket(), watched.rows),
  };
}
