// One policy: for which tickets, which targets, with a worked example that follows what is typed.
import { ApiError, api, newKey, pageData } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { problem as failed } from "../../core/parts.js";
import { toast } from "../../core/toast.js";
import { named, select } from "../../staff/fields.js";
import { clockWord, KINDS, kindWord, PRIORITIES, priorityWord, WAIT_REASONS, waitWord } from "../words.js";
import { worked } from "./example.js";
import { ladderOf, ladderPart, ladderTexts } from "./ladder.js";
import { CLOCKS, targetsGrid, targetsOf, textsOf } from "./targets.js";
import { tierWord } from "./tiers.js";
import { trialPart } from "./trial.js";

const place = document.getElementById("policy");
const FRESH = { id: null, name: "", active: true, running_waits: [], conditions: {}, targets: { default: { first_response: 3600, resolution: 28800 } }, calendar_id: null, warn_percent: 75 };
let policy = null;
let texts = null;
let steps = []; // of the ladder, as typed
let problem = "";
let busy = false;
let saved = "";
let key = newKey();

const state = () => JSON.stringify([policy, texts, steps]);

function change(values) {
  policy = { ...policy, ...values };
  problem = "";
  trial.stale();
  draw();
  example.renew();
}

/** The calendar that counts: the policy's own, else that of the branch of the first queue it is for. */
function calendarMeant() {
  if (policy.calendar_id) return { calendar_id: policy.calendar_id };
  const queue = pageData.queues.find((one) => !policy.conditions.queue_ids?.length || policy.conditions.queue_ids.includes(one.id));
  const branch = pageData.branches.find((one) => one.id === queue?.branch_id) ?? pageData.branches[0];
  const own = pageData.calendars.find((one) => one.branch_id === branch?.id);
  return own ? { calendar_id: own.id } : { time_zone: branch?.time_zone ?? "UTC" };
}

const example = worked({
  ask: () => {
    const { targets, wrong } = targetsOf(texts);
    const rows = ["urgent", "high", "normal", "low", "default"].filter((row) => targets[row]);
    const cells = rows.flatMap((row) => CLOCKS.filter((clock) => targets[row][clock]).map((clock) => ({ row, column: clock, seconds: targets[row][clock] })));
    return wrong.length ? null : { ...calendarMeant(), lines: cells };
  },
  changed: () => draw(),
  grid: { rowName: (row) => (row === "default" ? t("All others") : priorityWord(row)), columns: CLOCKS, columnName: clockWord },
});

const trial = trialPart({
  draft: () => {
    const [{ targets, wrong }, { ladder, wrong: wrongSteps }] = [targetsOf(texts), ladderOf(steps)];
    const { id, version, ...values } = policy;
    return wrong.length || wrongSteps.length ? null : { policy_id: id, policy: { ...values, name: values.name.trim() || t("New policy"), targets, ladder } };
  },
  queues: pageData.queues,
  redraw: () => draw(),
});

async function save(event) {
  event.preventDefault();
  const { targets, wrong } = targetsOf(texts);
  const { ladder, wrong: wrongSteps } = ladderOf(steps);
  if (busy || wrong.length || wrongSteps.length) return place.querySelector(".is-invalid")?.focus();
  busy = true;
  draw();
  const { id, version, ...values } = policy;
  try {
    const body = { ...values, targets, ladder };
    const answer = id ? await api.patch(`/api/v1/policies/${id}`, { ...body, version }, { key }) : await api.post("/api/v1/policies", body, { key });
    take(answer);
    history.replaceState(null, "", `/settings/policies/${answer.id}`);
    toast(t("In force. Open tickets are computed anew."));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem = Object.values(error.errors).flat().join(" ") || error.title;
  } finally {
    key = newKey();
    busy = false;
    draw();
    if (problem) place.querySelector("[role=alert]")?.focus();
  }
  return undefined;
}

function take(found) {
  policy = found;
  texts = textsOf(found.targets);
  steps = ladderTexts(found.ladder);
  saved = found.id ? state() : "";
  example.renew();
}

/** A condition with many choices; none chosen: any. */
function chips(label, name, options) {
  const chosen = policy.conditions[name] ?? [];
  const toggle = (value) => {
    const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
    const { [name]: _old, ...others } = policy.conditions;
    change({ conditions: next.length ? { ...others, [name]: next } : others });
  };
  return html`<div class="condition" role="group" aria-label=${label}><span class="small soft">${label}</span>
    <div class="row-of wrap">${options.map(({ value, label: text }) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(chosen.includes(value))} @click=${() => toggle(value)}>${text}</button>`)}${chosen.length ? nothing : html`<span class="tiny soft">${t("any")}</span>`}</div></div>`;
}

/** For each reason for waiting: whether the clocks stand still or run on. */
function waits() {
  const running = policy.running_waits ?? [];
  const set = (reason, run) => change({ running_waits: WAIT_REASONS.filter((one) => (one === reason ? run : running.includes(one))) });
  return WAIT_REASONS.map((reason) => {
    const one = (run, text) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(running.includes(reason) === run)} @click=${() => set(reason, run)}>${text}</button>`;
    return html`<div class="condition wait-rule" role="group" aria-label=${waitWord(reason)}><span class="small soft">${waitWord(reason)}</span><div class="row-of wrap">${one(false, t("clocks stand still"))}${one(true, t("clocks run on"))}</div></div>`;
  });
}

function yesNo(label, name, yes, no) {
  const value = policy.conditions[name];
  const set = (next) => {
    const { [name]: _old, ...others } = policy.conditions;
    change({ conditions: next === undefined ? others : { ...others, [name]: next } });
  };
  const one = (wanted, text) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(value === wanted)} @click=${() => set(wanted)}>${text}</button>`;
  return html`<div class="condition" role="group" aria-label=${label}><span class="small soft">${label}</span><div class="row-of wrap">${one(undefined, t("any"))}${one(true, yes)}${one(false, no)}</div></div>`;
}

const words = (keys, word) => keys.map((value) => ({ value, label: word(value) }));

function draw() {
  if (!policy) return;
  const changed = state() !== saved;
  const number = (name, label, hint, min, max) => html`<div class="field"><label class="form-label" for="policy-${name}">${label}</label>
    <input class="form-control" type="number" id="policy-${name}" min=${min} max=${max} .value=${String(policy[name])} @change=${(event) => change({ [name]: Math.max(min, Math.min(max, Math.round(Number(event.target.value)) || 0)) })} /><div class="form-hint">${hint}</div></div>`;
  render(
    html`<form class="stack loose" @submit=${save}>
      ${problem ? html`<div class="note note-strong" role="alert" tabindex="-1">${icon("alert-circle")}<div>${problem}</div></div>` : nothing}
      <div class="fields">
        <div class="field"><label class="form-label" for="policy-name">${t("Name")}</label><input class="form-control" id="policy-name" required .value=${policy.name} @input=${(event) => { policy.name = event.target.value; draw(); }} /></div>
        ${number("warn_percent", t("Warn at, percent"), t("0: no warning"), 0, 100)}
      </div>
      <section class="part"><div class="part-head wrap"><h2 class="grow">${t("For which tickets")}</h2></div><div class="part-body stack">
        ${chips(t("Queue"), "queue_ids", named(pageData.queues))}
        ${chips(t("Kind"), "kinds", words(KINDS, kindWord))}
        ${chips(t("Priority"), "priorities", words(PRIORITIES, priorityWord))}
        ${chips(t("Customer"), "tiers", words(pageData.tiers, tierWord))}
        ${yesNo(t("Contract"), "contract", t("with a contract"), t("without a contract"))}
        ${yesNo(t("Equipment"), "equipment", t("with equipment"), t("without equipment"))}
      </div></section>
      <section class="part"><div class="part-head wrap"><h2 class="grow">${t("Targets")}</h2><span class="small soft">${t("working time; an empty field: not promised")}</span></div>
        <div class="part-body stack">${targetsGrid(texts, (next) => { texts = next; change({}); })}
          ${select({ name: "calendar", label: t("Counted in the hours of"), value: policy.calendar_id ?? "", options: named(pageData.calendars), none: t("the branch of the queue"), change: (event) => change({ calendar_id: Number(event.target.value) || null }) })}
          <p class="small"><a href="/settings/calendars">${t("Hours and holidays")}</a></p></div></section>
      <section class="part"><div class="part-head wrap"><h2 class="grow">${t("While a ticket waits")}</h2><span class="small soft">${t("on site and resolution; the duty to answer never stands still")}</span></div>
        <div class="part-body stack">${waits()}</div></section>
      ${example.draw()}
      ${trial.draw()}
      ${ladderPart(steps, (next) => { steps = next; change({}); })}
      <label class="form-check"><input class="form-check-input" type="checkbox" .checked=${policy.active} @change=${(event) => change({ active: event.target.checked })} /><span class="form-check-label">${t("In force")}</span></label>
      <div class="form-actions"><button class="btn btn-primary" aria-busy=${String(busy)} ?disabled=${!changed}>${t("Publish")}</button><a class="btn" href="/settings/policies">${t("Back to the list")}</a>
        ${changed && policy.id ? html`<span class="small soft">${t("Not published yet")}</span>` : nothing}</div>
    </form>`,
    place,
  );
}

async function begin() {
  try {
    take(pageData.policy_id ? await api.get(`/api/v1/policies/${pageData.policy_id}`) : structuredClone(FRESH));
    place.replaceChildren();
    draw();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(failed(error, begin), place);
  }
}

addEventListener("beforeunload", (event) => saved && saved !== state() && event.preventDefault());
begin();
