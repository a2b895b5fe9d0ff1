// Assignment rules in the order they are tried in: moved by the arrows, edited in a dialog.
import { ApiError, api, newKey, pageData } from "../../core/api.js";
import { html, icon, nothing, render, repeat } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { chip, empty, problem, skeleton } from "../../core/parts.js";
import { announce, toast, toastError } from "../../core/toast.js";
import { moved } from "../settings/order.js";
import { openRule } from "./rule-form.js";
import { methodWord } from "./words.js";

const queueName = new Map(pageData.queues.map((queue) => [queue.id, queue.name]));

/** Draws itself into `place`; returns {add()}. */
export function rulesPart(place) {
  let rules = null;
  let failed = null;
  let busy = false;

  async function load() {
    try {
      [rules, failed] = [(await api.get("/api/v1/assignment-rules")).items, null];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      failed = error;
    }
    draw();
  }

  async function order(next, before = rules) {
    if (busy || next === rules) return;
    busy = true;
    rules = next;
    draw();
    try {
      rules = (await api.put("/api/v1/assignment-rule-order", { ids: next.map((rule) => rule.id) }, { key: newKey() })).items;
      toast(t("The order is in force."), { undo: () => order(before) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      rules = before;
      toastError(error);
    } finally {
      busy = false;
      draw();
    }
  }

  const step = (rule, by) =>
    order(moved(rules, rule, by, () => true)).then(() => {
      place.querySelector(`[data-rule="${rule.id}"] [data-step="${by}"]`)?.focus();
      announce(t("%(name)s is number %(place)s", { name: rule.name, place: rules.findIndex((one) => one.id === rule.id) + 1 }));
    });

  const steps = (rule) =>
    [
      rule.widen_after !== null ? t("after %(minutes)s min anybody of the queue", { minutes: rule.widen_after }) : "",
      rule.tell_after !== null ? t("after %(minutes)s min supervisors are told", { minutes: rule.tell_after }) : "",
    ].filter(Boolean);

  const line = (rule, at) => html`<li class="policy-line" data-rule=${rule.id}>
    <span class="grow stack tight">
      <span class="row-of wrap"><button type="button" class="link-button strong" @click=${() => edit(rule)}>${rule.name}</button>${rule.active ? nothing : chip(t("switched off"))}
        ${chip(rule.queue_id === null ? t("all queues") : (queueName.get(rule.queue_id) ?? `#${rule.queue_id}`))}${rule.conditions?.items?.length ? chip(t("with conditions")) : nothing}</span>
      <span class="small soft">${[methodWord(rule.method), ...(rule.method === "manual" ? [] : steps(rule))].join(" · ")}</span>
      ${rule.problem ? html`<span class="small strong with-icon">${icon("alert-triangle", { size: "small" })}${t("Fits nothing: %(why)s", { why: rule.problem })}</span>` : nothing}
    </span>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="-1" ?disabled=${at === 0} aria-label=${t("%(name)s one up", { name: rule.name })} @click=${() => step(rule, -1)}>${icon("chevron-up")}</button>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" data-step="1" ?disabled=${at === rules.length - 1} aria-label=${t("%(name)s one down", { name: rule.name })} @click=${() => step(rule, 1)}>${icon("chevron-down")}</button></li>`;

  const edit = (rule = null) => openRule(rule, load);

  function draw() {
    if (failed) return render(problem(failed, load), place);
    if (!rules) return render(skeleton(4), place);
    return render(
      rules.length
        ? html`<section class="part" aria-busy=${String(busy)}><div class="part-head wrap"><h2 class="grow">${t("Rules")}</h2><span class="small soft">${t("the first that fits a ticket counts")}</span></div>
            <ol class="lines">${repeat(rules, (rule) => rule.id, line)}</ol></section>`
        : empty({ icon: "route", title: t("Tickets are picked by hand"), text: t("A rule gives the tickets of a queue to who is there, able and has room."), action: html`<button type="button" class="btn" @click=${() => edit()}>${t("New rule")}</button>` }),
      place,
    );
  }

  draw();
  load();
  return { add: () => edit() };
}
