// Service levels: what is promised to whom, in the order in which the policies are tried. The order changes by dragging or with the arrows.
import { ApiError, api, newKey, pageData } from "../../core/api.js";
import { classMap, html, icon, nothing, render, repeat } from "../../core/html.js";
import { formatList, t } from "../../core/i18n.js";
import { chip, empty, problem, skeleton } from "../../core/parts.js";
import { announce, toast, toastError } from "../../core/toast.js";
import { clockWord } from "../words.js";
import { choicePart } from "./choice.js";
import { conditionTexts } from "./conditions.js";
import { writeDuration } from "./durations.js";
import { moved } from "./order.js";

const place = document.getElementById("policies");
let policies = null;
let failed = null;
let dragged = null;
let busy = false;
let chosen = null; // what the last question answered: policy id → candidate

const isDefault = (policy) => !conditionTexts(policy.conditions).length;
const choice = choicePart({ queues: pageData.queues, redraw: () => draw(), answered: (answer) => { chosen = answer && new Map(answer.candidates.map((one) => [one.policy_id, one])); } });

async function load() {
  try {
    [policies, failed] = [(await api.get("/api/v1/policies")).items, null];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    failed = error;
  }
  draw();
}

async function order(next) {
  if (busy || next === policies) return;
  const before = policies;
  busy = true;
  policies = next;
  draw();
  try {
    policies = (await api.post("/api/v1/policy-order", { ids: next.map((policy) => policy.id) }, { key: newKey() })).items;
    toast(t("The order is in force. Open tickets are computed anew."), { undo: () => order(policies.length === before.length ? before : policies) });
    await choice.ask();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    policies = before;
    toastError(error);
  } finally {
    busy = false;
    draw();
  }
}

function step(policy, by) {
  const next = moved(policies, policy, by, isDefault);
  if (next === policies) return;
  order(next).then(() => {
    place.querySelector(`[data-policy="${policy.id}"] [data-step="${by}"]`)?.focus();
    announce(t("%(name)s is number %(place)s", { name: policy.name, place: policies.findIndex((one) => one.id === policy.id) + 1 }));
  });
}

function drop(target) {
  const from = policies.find((policy) => policy.id === dragged);
  dragged = null;
  if (!from || from === target || isDefault(from) !== isDefault(target)) return draw();
  const others = policies.filter((policy) => policy !== from);
  const down = policies.indexOf(from) < policies.indexOf(target);
  others.splice(others.indexOf(target) + (down ? 1 : 0), 0, from);
  return order(others);
}

const times = ({ targets }) => formatList(Object.entries(targets.default ?? Object.values(targets)[0] ?? {}).map(([kind, seconds]) => `${clockWord(kind)} ${writeDuration(seconds)}`));

function line(policy, group) {
  const found = chosen?.get(policy.id);
  const texts = conditionTexts(policy.conditions);
  const at = group.indexOf(policy);
  return html`<li class=${classMap({ "policy-line": true, chosen: found?.chosen, dragged: dragged === policy.id })} data-policy=${policy.id} draggable="true"
    @dragstart=${(event) => { dragged = policy.id; event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", policy.name); draw(); }}
    @dragend=${() => { dragged = null; draw(); }} @dragover=${(event) => dragged && event.preventDefault()} @drop=${(event) => { event.preventDefault(); drop(policy); }}>
    <span class="policy-grip" aria-hidden="true">${icon("grip-vertical", { size: "small" })}</span>
    <span class="grow stack tight">
      <span class="row-of wrap"><a class="strong" href=${`/settings/policies/${policy.id}`}>${policy.name}</a>${policy.active ? nothing : chip(t("switched off"))}
        ${texts.length ? texts.map((text) => chip(text)) : html`<span class="soft small">${t("everything else")}</span>`}</span>
      <span class="small soft">${times(policy) || t("nothing is promised")}${policy.warn_percent ? ` · ${t("warning at %(percent)s %%", { percent: policy.warn_percent })}` : ""}</span>
      ${found ? choice.verdict(found, policy) : nothing}
    </span>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="-1" ?disabled=${at === 0} aria-label=${t("%(name)s one up", { name: policy.name })} @click=${() => step(policy, -1)}>${icon("chevron-up")}</button>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="1" ?disabled=${at === group.length - 1} aria-label=${t("%(name)s one down", { name: policy.name })} @click=${() => step(policy, 1)}>${icon("chevron-down")}</button></li>`;
}

function list(title, hint, group) {
  if (!group.length) return nothing;
  return html`<section class="part"><div class="part-head wrap"><h2 class="grow">${title}</h2><span class="small soft">${hint}</span></div>
    <ol class="lines">${repeat(group, (policy) => policy.id, (policy) => line(policy, group))}</ol></section>`;
}

function draw() {
  if (failed) return render(problem(failed, load), place);
  if (!policies) return render(skeleton(6), place);
  const [defaults, others] = [policies.filter(isDefault), policies.filter((policy) => !isDefault(policy))];
  return render(
    policies.length
      ? html`<div class="stack loose" aria-busy=${String(busy)}>
          ${list(t("Tried in this order"), t("the first that fits a ticket counts"), others)}
          ${list(t("For everything else"), t("tried after all others"), defaults)}
          ${choice.draw()}</div>`
      : empty({ icon: "clock", title: t("Nothing is promised yet"), text: t("A policy says within which working time a ticket is answered and solved."), action: html`<a class="btn" href="/settings/policies/new">${t("New policy")}</a>` }),
    place,
  );
}

draw();
load();
