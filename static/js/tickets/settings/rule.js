// One rule: WHEN, IF, THEN; trying it; what it did; what it was.
import { ApiError, api, newKey, pageData } from "../../core/api.js";
import { html, icon, nothing, render } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { problem as failed, skeleton } from "../../core/parts.js";
import { toast, toastError } from "../../core/toast.js";
import "../condition-editor.js";
import { conditionFields } from "../condition-words.js";
import { inputsPart, takesText } from "./rule-inputs.js";
import { logPart } from "./rule-log.js";
import { trialPart } from "./rule-trial.js";
import { circleText, joined, offered, split, triggerText } from "./rule-words.js";

const place = document.getElementById("rule");
const FRESH = { id: null, name: "", active: false, trigger: { on: "ticket_opened", only: {}, after: 0 }, condition: null, actions: [{ do: "priority" }], stop_after: false, stop_on_failure: false };
let rule = null;
let choices = null;
let fields = null;
let problem = "";
let conditionProblems = [];
let busy = false;
let saved = "";
let key = newKey();

const body = () => {
  const { name, active, trigger, condition, actions, stop_after, stop_on_failure } = rule;
  return { name, active, trigger, condition: condition?.items?.length ? condition : null, actions, stop_after, stop_on_failure };
};
const state = () => JSON.stringify(body());

function change(values) {
  rule = { ...rule, ...values };
  problem = "";
  trial.stale();
  draw();
}

const trial = trialPart({ draft: () => ({ ...body(), name: rule.name.trim() || t("New rule") }), choices: () => choices, fields: () => fields, redraw: () => draw() });
const log = logPart({ id: () => rule.id, choices: () => choices, redraw: () => draw(), take: (version) => {
  change({ name: version.name, ...structuredClone(version.definition) });
  toast(t("Version %(version)s stands in the editor. It is in force once it is saved.", { version: version.version }));
  place.querySelector("#rule-name")?.focus();
} });

async function save(event) {
  event.preventDefault();
  if (busy) return;
  busy = true;
  problem = "";
  conditionProblems = [];
  draw();
  try {
    const answer = rule.id ? await api.put(`/api/v1/rules/${rule.id}`, { ...body(), version: rule.version }, { key }) : await api.post("/api/v1/rules", body(), { key });
    const fresh = !rule.id;
    rule = answer;
    saved = state();
    history.replaceState(null, "", `/settings/rules/${answer.id}`);
    document.querySelector("h1").textContent = answer.name;
    toast(answer.active ? t("Saved. The rule is in force.") : t("Saved. The rule is off."));
    if (fresh) log.load();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    problem = Object.values(error.errors).flat().join(" ") || error.title;
    conditionProblems = error.body.problems ?? [];
  } finally {
    key = newKey();
    busy = false;
    draw();
    if (problem) place.querySelector("[role=alert]")?.focus();
  }
}

async function remove() {
  try {
    await api.delete(`/api/v1/rules/${rule.id}`);
    const { id, name } = rule;
    saved = "";
    const back = async () => {
      try {
        await api.post(`/api/v1/rules/${id}/restoration`);
        location.assign(`/settings/rules/${id}`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        toastError(error);
      }
    };
    render(html`<p>${t("“%(name)s” was removed.", { name })}</p><p><a class="btn" href="/settings/rules">${t("Back to the list")}</a></p>`, place);
    toast(t("Removed: %(name)s", { name }), { undo: back });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

function when() {
  const { on, only, after } = rule.trigger;
  const trigger = choices.triggers.get(on);
  const put = (values) => change({ trigger: { ...rule.trigger, ...values } });
  const wait = split(after || 0);
  return html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("When")}</h2></div><div class="part-body stack">
    <div class="field"><label class="form-label visually-hidden" for="rule-on">${t("When")}</label><select class="form-select" id="rule-on" @change=${(event) => put({ on: event.target.value, only: {}, after: 0 })}>
      ${trigger ? nothing : html`<option value="" selected disabled>${t("something that is gone")}</option>`}
      ${[...choices.triggers.values()].map((one) => html`<option value=${one.name} ?selected=${one.name === on}>${one.label}</option>`)}</select></div>
    ${trigger ? inputsPart(trigger.inputs, only, (name, value) => put({ only: { ...only, [name]: value } }), "when") : nothing}
    ${trigger?.waits
      ? html`<div class="rule-wait"><label class="small" for="rule-after">${t("and then wait")}</label><input class="form-control" type="number" id="rule-after" min="0" max="9999" .value=${String(after ? wait.count : 0)} @change=${(event) => put({ after: joined({ count: Math.max(0, Math.round(Number(event.target.value)) || 0), unit: after ? wait.unit : "hours" }) })} />
          <select class="form-select" aria-label=${t("Unit")} ?disabled=${!after} @change=${(event) => put({ after: joined({ count: wait.count, unit: event.target.value }) })}>
          ${[["minutes", t("minutes")], ["hours", t("hours")], ["days", t("days")]].map(([unit, label]) => html`<option value=${unit} ?selected=${unit === (after ? wait.unit : "hours")}>${label}</option>`)}</select></div>
          ${after ? html`<p class="form-hint">${t("The condition is asked when the time is over. If the same happens again before, the time begins anew.")}</p>` : nothing}`
      : html`<p class="form-hint">${t("Closed tickets are left alone. A ticket is found again only after it stopped matching.")}</p>`}
  </div></section>`;
}

const condition = () => html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("If")}</h2><span class="small soft">${rule.condition?.items?.length ? nothing : t("nothing here: always")}</span></div>
  <div class="part-body"><condition-editor impersonal .value=${rule.condition} .problems=${conditionProblems} @change=${(event) => { if (event.detail?.value) change({ condition: event.detail.value }); }}></condition-editor></div></section>`;

function action(one, at) {
  const known = choices.actions.get(one.do);
  const put = (values) => change({ actions: rule.actions.with(at, values) });
  const swap = (by) => {
    const next = [...rule.actions];
    [next[at], next[at + by]] = [next[at + by], next[at]];
    change({ actions: next });
    place.querySelector(`[data-action="${at + by}"] [data-step="${by}"]`)?.focus();
  };
  const set = (name, value) => {
    const { [name]: _old, ...others } = one;
    put(value === undefined ? others : { ...others, [name]: value });
  };
  return html`<li class="rule-action" data-action=${at}><div class="rule-action-head"><span class="number soft">${at + 1}</span>
      <select class="form-select" aria-label=${t("Action %(place)s", { place: at + 1 })} @change=${(event) => put({ do: event.target.value })}>
        ${known ? nothing : html`<option value="" selected disabled>${t("something that is gone")}</option>`}
        ${[...choices.actions.values()].map((other) => html`<option value=${other.name} ?selected=${other.name === one.do}>${other.label}</option>`)}</select>
      <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="-1" ?disabled=${at === 0} aria-label=${t("Action %(place)s one up", { place: at + 1 })} @click=${() => swap(-1)}>${icon("chevron-up")}</button>
      <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="1" ?disabled=${at === rule.actions.length - 1} aria-label=${t("Action %(place)s one down", { place: at + 1 })} @click=${() => swap(1)}>${icon("chevron-down")}</button>
      <button type="button" class="btn btn-sm btn-quiet btn-icon" ?disabled=${rule.actions.length === 1} aria-label=${t("Remove action %(place)s", { place: at + 1 })} @click=${() => change({ actions: rule.actions.toSpliced(at, 1) })}>${icon("x")}</button></div>
    ${known ? inputsPart(known.inputs, one, set, `action-${at}`) : nothing}</li>`;
}

const variables = () => html`<p class="form-hint">${t("In texts: %(names)s. What is not known on a ticket is left out.", { names: pageData.variables.map((name) => `{{${name}}}`).join(", ") })}</p>`;

const actions = () => html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("Then")}</h2><span class="small soft">${t("one after the other")}</span></div>
  <ol class="lines">${rule.actions.map(action)}</ol>
  <div class="part-body stack tight">${rule.actions.some((one) => takesText(choices.actions.get(one.do)?.inputs ?? [])) ? variables() : nothing}
    <div><button type="button" class="btn btn-sm" ?disabled=${rule.actions.length >= choices.most} @click=${() => change({ actions: [...rule.actions, { do: "note" }] })}>${icon("plus", { size: "small" })}${t("And also")}</button></div></div></section>`;

const tick = (name, label) => html`<label class="form-check"><input class="form-check-input" type="checkbox" .checked=${rule[name]} @change=${(event) => change({ [name]: event.target.checked })} /><span class="form-check-label">${label}</span></label>`;

function draw() {
  if (!rule || !choices) return;
  const changed = state() !== saved;
  render(
    html`<div class="stack loose"><form class="stack loose" @submit=${save}>
      ${problem ? html`<div class="note note-strong" role="alert" tabindex="-1">${icon("alert-circle")}<div>${problem}</div></div>` : nothing}
      ${!changed && rule.problem ? html`<div class="note" role="status">${icon("alert-triangle")}<div>${rule.problem}</div></div>` : nothing}
      ${!changed && rule.circle ? html`<div class="note" role="status">${icon("refresh")}<div>${circleText(rule.circle)}</div></div>` : nothing}
      <div class="field"><label class="form-label" for="rule-name">${t("Name")}</label><input class="form-control" id="rule-name" required maxlength="100" autocomplete="off" .value=${rule.name} @input=${(event) => { rule = { ...rule, name: event.target.value }; draw(); }} /></div>
      ${when()}${condition()}${actions()}
      <div class="stack tight">${tick("stop_on_failure", t("When an action fails, leave out those after it"))}${tick("stop_after", t("When this rule fires, try no other rule after it"))}${tick("active", t("The rule is on"))}</div>
      <div class="form-actions"><button class="btn btn-primary" aria-busy=${String(busy)} ?disabled=${!changed}>${t("Save")}</button><a class="btn" href="/settings/rules">${t("Back to the list")}</a>
        ${changed && rule.id ? html`<span class="small soft">${t("Not saved yet")}</span>` : nothing}<span class="grow"></span>
        ${rule.id ? html`<button type="button" class="btn btn-quiet" @click=${remove}>${icon("trash")}${t("Remove")}</button>` : nothing}</div>
      <p class="visually-hidden" aria-live="polite">${triggerText(rule.trigger, choices)}</p>
    </form>
    ${trial.draw()}${rule.id ? log.draw() : nothing}</div>`,
    place,
  );
}

async function found() {
  if (pageData.rule_id) return api.get(`/api/v1/rules/${pageData.rule_id}`);
  const wanted = new URLSearchParams(location.search).get("sample");
  const sample = wanted && (await api.get("/api/v1/rules/samples")).items.find((one) => one.key === wanted);
  return sample ? { ...structuredClone(FRESH), name: sample.name, ...structuredClone(sample.definition) } : structuredClone(FRESH);
}

async function begin() {
  try {
    [choices, fields, rule] = await Promise.all([offered(), conditionFields(), found()]);
    saved = rule.id ? state() : "";
    draw();
    if (rule.id) log.load();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    render(failed(error, begin), place);
  }
}

addEventListener("beforeunload", (event) => saved && saved !== state() && event.preventDefault());
place.replaceChildren();
render(skeleton(8), place);
begin();
