// One maintenance plan, a new one, or one for many: the form beside its next dates, which follow what is typed; what became of its dates.
import { ApiError, api, newKey, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { clearErrors, showErrors } from "../core/form.js";
import { formatDate, formatFull, t, tn } from "../core/i18n.js";
import { openDialog } from "../core/dialog.js";
import { problem, timeTag } from "../core/parts.js";
import { toast, toastError } from "../core/toast.js";
import { formatDay } from "../customers/words.js";
import { formDialog } from "../staff/form-dialog.js";
import { arrange, datesOf, planFields, read } from "./maintenance-form.js";
import { dateStateWord, nextWord, ordinal, recurrenceWord, stateWord } from "./maintenance-words.js";

const PATH = "/api/v1/maintenance-plans";
const WAIT = 300; // milliseconds after the last key
const place = (id) => document.getElementById(id);
let plan = pageData.plan;
let occurrences = pageData.occurrences ?? [];
let preview = plan ? { items: plan.following } : null;
let wrong = null;
let typed = 0;
let key = newKey();
const open = () => pageData.may_write && plan?.state !== "ended"; // who may only read has no form

async function show() {
  typed += 1;
  const asked = typed;
  try {
    const found = await api.post(`${PATH}/preview`, datesOf(read(place("form"))));
    if (asked === typed) [preview, wrong] = [found, null];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (asked === typed) wrong = error;
  }
  drawSide();
}

let timer = 0;
function onInput() {
  arrange(place("form"));
  clearTimeout(timer);
  timer = setTimeout(show, WAIT);
}

async function save(event) {
  event.preventDefault();
  const form = place("form");
  const values = read(form);
  try {
    if (pageData.bulk) return many(values);
    if (plan) {
      plan = await api.patch(`${PATH}/${plan.id}`, { ...values, version: plan.version });
      clearErrors(form);
      toast(t("Saved"));
      return again();
    }
    const made = await api.post(PATH, values, { key });
    location.href = `/maintenance/${made.id}`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    key = newKey();
    showErrors(form, error);
  }
}

/** First say for how many, then do it. */
async function many(values) {
  const { equipment, planned } = await api.post(`${PATH}/bulk/count`, { name: values.name, which: values.which ?? {} });
  openDialog({
    title: tn("A plan for %(count)s thing", "A plan each for %(count)s things", equipment.length),
    content: (close) => html`<div class="stack">
      ${planned ? html`<p class="soft">${tn("%(count)s more has a plan of this name already and is left out.", "%(count)s more have a plan of this name already and are left out.", planned)}</p>` : nothing}
      <ul class="task-lines bulk-things">${equipment.map((one) => html`<li class="task-line"><span>${icon("tool", { size: "small" })}</span><div>${one.label} <span class="soft">${one.serial} · ${one.customer}</span></div></li>`)}</ul>
      <div class="form-actions"><button type="button" class="btn btn-primary" ?disabled=${!equipment.length} @click=${() => makeMany(values, close)}>${t("Make the plans")}</button><button type="button" class="btn" @click=${() => close()}>${t("Cancel")}</button></div></div>`,
  });
}

async function makeMany(values, close) {
  close();
  try {
    const { equipment, refused } = await api.post(`${PATH}/bulk`, values, { key });
    toast(tn("%(count)s plan made.", "%(count)s plans made.", equipment.length));
    for (const one of refused) toast(one.title, { kind: "problem" });
    if (!refused.length) location.href = "/maintenance";
  } catch (error) {
    key = newKey();
    if (!(error instanceof ApiError)) throw error;
    showErrors(place("form"), error);
  }
}

async function again() {
  [plan, { items: occurrences }] = await Promise.all([api.get(`${PATH}/${plan.id}`), api.get(`${PATH}/${plan.id}/occurrences`)]);
  preview = { items: plan.following };
  draw();
}

const reason = () => html`<div class="field"><label class="form-label" for="why">${t("Why")}</label><input class="form-control" id="why" name="reason" maxlength="500" autocomplete="off"></div>`;
const ask = (title, noun, content, said) => formDialog({ title, size: "small", path: `${PATH}/${plan.id}/${noun}`, content, done: () => (toast(said), again()) });

async function resume() {
  try {
    await api.delete(`${PATH}/${plan.id}/pause`);
    toast(t("It runs again"));
    await again();
  } catch (error) {
    toastError(error);
  }
}

const actions = () => html`<div class="row-of wrap no-print">
  ${plan.state === "active" && plan.next_due_on
    ? html`<button type="button" class="btn" @click=${() => ask(t("Postpone the next date"), "postponements", html`<div class="field"><label class="form-label" for="due">${t("Due on")}</label><input class="form-control" id="due" type="date" name="due_on" .value=${plan.next_due_on}></div>${reason()}`, t("Postponed"))}>${icon("clock-play")}${t("Postpone…")}</button>
      <button type="button" class="btn" @click=${() => ask(t("Skip the next date"), "skips", reason(), t("Skipped"))}>${icon("player-skip-forward")}${t("Skip…")}</button>`
    : nothing}
  ${plan.state === "active" ? html`<button type="button" class="btn" @click=${() => ask(t("Pause the plan"), "pause", reason(), t("Paused"))}>${icon("player-pause")}${t("Pause…")}</button>` : nothing}
  ${plan.state === "paused" ? html`<button type="button" class="btn" @click=${resume}>${icon("player-play")}${t("Resume")}</button>` : nothing}
  <button type="button" class="btn btn-quiet" @click=${() => ask(t("End the plan for good"), "end", reason(), t("Ended"))}>${icon("x")}${t("End…")}</button></div>`;

function standing() {
  if (!plan) return nothing;
  return html`<dl class="facts"><dt>${t("State")}</dt><dd>${stateWord(plan)}</dd><dt>${t("Next due")}</dt><dd class="strong">${nextWord(plan)}</dd><dt>${t("How often")}</dt><dd>${recurrenceWord(plan)}</dd>
    <dt>${t("Customer")}</dt><dd><a href=${`/customers/${plan.customer_id}`}>${plan.customer}</a></dd>${plan.equipment ? html`<dt>${t("Equipment")}</dt><dd>${plan.equipment} <span class="soft">${plan.serial}</span></dd>` : nothing}</dl>
    ${plan.problem ? html`<div class="note note-strong" role="alert">${icon("alert-circle")}<div>${t("The last ticket could not be opened: %(problem)s It is tried again every hour.", { problem: plan.problem })}</div></div>` : nothing}
    ${open() ? actions() : nothing}`;
}

function previewPart() {
  const dates = preview?.items ?? [];
  return html`<section class="work-part" data-live-region><div class="work-head"><h2>${t("Next dates")}</h2></div><div class="work-body" aria-live="polite">
    ${wrong ? html`<p class="small strong">${icon("alert-circle", { size: "small" })} ${Object.values(wrong.errors ?? {}).flat()[0] ?? wrong.title}</p>` : nothing}
    ${dates.length ? html`<ol class="date-lines">${dates.map((one) => html`<li><span class="strong">${formatDay(one.due_on)}</span> <span class="soft small" title=${formatFull(one.opens_at)}>${t("opens %(day)s", { day: formatDate(one.opens_at, { weekday: false }) })}${one.planned_on !== one.due_on ? html` · ${t("instead of %(day)s", { day: formatDay(one.planned_on) })}` : nothing}</span></li>`)}</ol>` : wrong ? nothing : html`<p class="soft small">${plan ? nextWord(plan) : t("They appear as you type.")}</p>`}</div></section>`;
}

const dateLine = (one) => html`<li class="task-line"><span class="number soft">${ordinal(one.number)}</span><div><div>${formatDay(one.due_on)} · ${dateStateWord(one.state)} ${one.ticket ? html`<a href=${`/tickets/${one.ticket}`}>#${one.ticket}</a>` : nothing}</div>
  <div class="task-facts">${one.completed_on ? html`<span>${t("done on %(day)s", { day: formatDay(one.completed_on) })}</span>` : nothing}${one.reason ? html`<span>${one.reason}</span>` : nothing}<span>${one.actor ?? ""} ${timeTag(one.at)}</span></div></div><span></span></li>`;

const historyPart = () => (plan ? html`<section class="work-part"><div class="work-head"><h2>${t("What became of its dates")}</h2><span class="count">${occurrences.length || ""}</span></div><div class="work-body">${occurrences.length ? html`<ul class="task-lines">${occurrences.map(dateLine)}</ul>` : html`<p class="soft small">${t("None has come yet.")}</p>`}</div></section>` : nothing);

const drawSide = () => render(html`<div class="stack">${standing()}${previewPart()}${historyPart()}</div>`, place("side"));

function draw() {
  drawSide();
  if (plan) document.querySelector("h1").textContent = plan.name;
  if (!open() && plan) return render(nothing, place("form"));
  if (!plan && !pageData.bulk && !pageData.subject) {
    return render(problem({ title: t("Open the customer, and add the plan there: a plan is for equipment, a site or a customer.") }, () => (location.href = "/customers")), place("form"));
  }
  const context = { subject: pageData.bulk ? null : pageData.subject, choices: pageData, today: pageData.today };
  render(html`${planFields(plan, context)}<div class="form-actions"><button class="btn btn-primary">${plan ? t("Save") : pageData.bulk ? t("Look for whom…") : t("Make the plan")}</button></div>`, place("form"));
  return arrange(place("form"));
}

place("form").noValidate = true;
place("form").addEventListener("submit", (event) => save(event).catch((error) => (error instanceof ApiError ? showErrors(place("form"), error) : Promise.reject(error))));
place("form").addEventListener("input", onInput);
place("form").addEventListener("change", onInput);
draw();
if (!plan && (pageData.subject || pageData.bulk)) show();
