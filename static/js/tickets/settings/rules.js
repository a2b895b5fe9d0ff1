// All rules in the order in which they are tried; the order changes by dragging or with the arrows.
import { ApiError, api, newKey } from "../../core/api.js";
import { classMap, html, icon, nothing, render, repeat } from "../../core/html.js";
import { formatNumber, t, tn } from "../../core/i18n.js";
import { chip, empty, problem, skeleton, timeTag } from "../../core/parts.js";
import { announce, toast, toastError } from "../../core/toast.js";
import { conditionFields, conditionsText, learnNames } from "../condition-words.js";
import { moved } from "./order.js";
import { actionText, circleText, offered, triggerText } from "./rule-words.js";

const place = document.getElementById("rules");
let rules = null; // as shown
let known = null; // as the server has them
let kept = null; // what an order on its way goes back to when it is refused
let samples = [];
let choices = null;
let fields = null;
let failed = null;
let dragged = null;
let busy = false;

async function load() {
  failed = null;
  try {
    [choices, fields, { items: rules }, { items: samples }] = await Promise.all([offered(), conditionFields(), api.get("/api/v1/rules"), api.get("/api/v1/rules/samples")]);
    known = rules;
    draw();
    await Promise.all(rules.map((rule) => learnNames(rule.condition, fields)));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

async function attempt(work) {
  if (busy) return;
  busy = true;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  } finally {
    busy = false;
    draw();
  }
}

/** Shown at once; while one order is on its way the newest wish waits for it. */
async function order(next) {
  if (next === rules) return;
  rules = next;
  draw();
  if (kept) return;
  kept = before(next);
  try {
    let sent;
    let answer;
    do {
      sent = rules;
      answer = await api.post("/api/v1/rule-order", { ids: sent.map((rule) => rule.id) }, { key: newKey() });
    } while (rules !== sent);
    const former = kept;
    rules = known = answer.items;
    toast(t("The rules are tried in this order now."), { undo: () => order(former) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    rules = kept;
    toastError(error);
  } finally {
    kept = null;
    draw();
  }
}

/** The order that the server knows, with the rules as they are now. */
const before = (next) => known.map((rule) => next.find((one) => one.id === rule.id) ?? rule);

function step(rule, by) {
  const next = moved(rules, rule, by, () => true);
  if (next === rules) return;
  order(next);
  place.querySelector(`[data-rule="${rule.id}"] [data-step="${by}"]`)?.focus();
  announce(t("%(name)s is number %(place)s", { name: rule.name, place: rules.findIndex((one) => one.id === rule.id) + 1 }));
}

function drop(target) {
  const from = rules.find((rule) => rule.id === dragged);
  dragged = null;
  if (!from || from === target) return draw();
  const others = rules.filter((rule) => rule !== from);
  const down = rules.indexOf(from) < rules.indexOf(target);
  others.splice(others.indexOf(target) + (down ? 1 : 0), 0, from);
  return order(others);
}

const reload = async () => {
  rules = known = (await api.get("/api/v1/rules")).items;
};

const turn = (rule, active) =>
  attempt(async () => {
    await api.post(`/api/v1/rules/${rule.id}/switch`, { active });
    await reload();
    toast(active ? t("On: %(name)s", { name: rule.name }) : t("Off: %(name)s", { name: rule.name }), { undo: () => turn(rule, !active) });
  });

function counts(rule) {
  if (!rule.fired && !rule.troubled) return t("not fired in 7 days");
  const parts = [tn("fired %(count)s time in 7 days", "fired %(count)s times in 7 days", rule.fired)];
  if (rule.troubled) parts.push(t("%(count)s with trouble", { count: formatNumber(rule.troubled) }));
  return parts.join(" · ");
}

const sentence = (rule) => {
  const condition = conditionsText(rule.condition, fields);
  const actions = rule.actions.map((action) => actionText(action, choices));
  return html`<span class="small rule-says"><span class="soft">${t("When")}</span> ${triggerText(rule.trigger, choices)}
    ${condition ? html`<br /><span class="soft">${t("If")}</span> ${condition}` : nothing}
    <br /><span class="soft">${t("Then")}</span> ${actions.join(" → ")}</span>`;
};

const line = (rule, at) => html`<li class=${classMap({ "rule-line": true, off: !rule.active, dragged: dragged === rule.id })} data-rule=${rule.id} draggable="true"
    @dragstart=${(event) => { dragged = rule.id; event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", rule.name); draw(); }}
    @dragend=${() => { dragged = null; draw(); }} @dragover=${(event) => dragged && event.preventDefault()} @drop=${(event) => { event.preventDefault(); drop(rule); }}>
    <span class="rule-grip" aria-hidden="true">${icon("grip-vertical", { size: "small" })}</span><span class="rule-number number">${at + 1}</span>
    <span class="grow stack tight">
      <span class="row-of wrap"><a class="strong" href=${`/settings/rules/${rule.id}`}>${rule.name}</a>${rule.stop_after ? chip(t("the last when it fires"), { icon: "hand-stop" }) : nothing}
        ${rule.paused_on ? chip(tn("paused on %(count)s ticket", "paused on %(count)s tickets", rule.paused_on), { kind: "strong", icon: "player-pause" }) : nothing}</span>
      ${sentence(rule)}
      ${rule.problem ? html`<span class="small">${icon("alert-triangle", { size: "small" })} ${rule.problem}</span>` : nothing}
      ${rule.active && rule.circle ? html`<span class="small soft">${icon("refresh", { size: "small" })} ${circleText(rule.circle)}</span>` : nothing}
      <span class="tiny soft">${counts(rule)} ${rule.last_at ? timeTag(rule.last_at) : nothing}</span>
    </span>
    <label class="form-check form-switch"><input class="form-check-input" type="checkbox" role="switch" .checked=${rule.active} ?disabled=${busy} aria-label=${t("%(name)s is on", { name: rule.name })} @change=${(event) => turn(rule, event.target.checked)} /></label>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="-1" ?disabled=${at === 0} aria-label=${t("%(name)s one up", { name: rule.name })} @click=${() => step(rule, -1)}>${icon("chevron-up")}</button>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="1" ?disabled=${at === rules.length - 1} aria-label=${t("%(name)s one down", { name: rule.name })} @click=${() => step(rule, 1)}>${icon("chevron-down")}</button></li>`;

const sample = (one) => html`<div class="rule-sample"><strong>${one.name}</strong><span class="small soft">${one.text}</span><a class="btn btn-sm" href=${`/settings/rules/new?sample=${one.key}`}>${t("Begin with this")}</a></div>`;

function draw() {
  if (failed) return render(problem(failed, load), place);
  if (!rules) return render(skeleton(6), place);
  return render(
    html`<div class="stack loose" aria-busy=${String(busy)}>
      ${rules.length
        ? html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("Tried in this order")}</h2><span class="small soft">${t("each one sees what those before it did")}</span></div>
            <ol class="lines">${repeat(rules, (rule) => rule.id, line)}</ol></section>`
        : empty({ icon: "robot", title: t("No rules yet"), text: t("A rule does by itself what somebody would do again and again: when something happens, if it fits, then this."), action: html`<a class="btn" href="/settings/rules/new">${t("New rule")}</a>` })}
      <details class="part" ?open=${!rules.length}><summary class="part-head"><h2 class="grow">${t("Rules to start from")}</h2></summary><div class="part-body rule-samples">${samples.map(sample)}</div></details>
    </div>`,
    place,
  );
}

place.replaceChildren();
draw();
load();
