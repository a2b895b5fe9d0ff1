// "Which policy would this ticket get, and why?": asked with a ticket's number, or with what a ticket would be like.
import { ApiError, api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatList, t } from "../../core/i18n.js";
import { named, select } from "../../staff/fields.js";
import { clockWord, KINDS, kindWord, PRIORITIES, priorityWord } from "../words.js";
import { conditionName } from "./conditions.js";
import { writeDuration } from "./durations.js";
import { TIERS, tierWord } from "./tiers.js";

/** choicePart({queues, redraw, answered(answer; null: nothing asked)}) → {draw(), ask(), verdict(candidate, policy)}. */
export function choicePart({ queues, redraw, answered }) {
  const facts = { ticket: null, queue_id: queues[0]?.id ?? null, kind: "fault", priority: "normal", tier: null, equipment: false, contract: false };
  const state = { answer: null, problem: "", asked: 0, open: false };

  async function ask() {
    if (!state.open) return;
    state.asked += 1;
    const mine = state.asked;
    try {
      const answer = await api.post("/api/v1/policy-choices", facts);
      if (mine !== state.asked) return;
      Object.assign(state, { answer, problem: "" });
      if (facts.ticket) Object.assign(facts, answer.facts, { ticket: facts.ticket });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine !== state.asked) return;
      Object.assign(state, { answer: null, problem: Object.values(error.errors).flat()[0] ?? error.title });
    }
    answered(state.answer);
    redraw();
  }

  const set = (values) => {
    Object.assign(facts, "ticket" in values ? {} : { ticket: null }, values);
    ask();
  };

  function toggled(event) {
    state.open = event.target.open;
    if (state.open) return ask();
    Object.assign(state, { answer: null, problem: "" });
    answered(null);
    return redraw();
  }

  /** Why a policy fits the ticket asked about, or not. */
  function verdict(candidate, policy) {
    if (candidate.chosen) return html`<span class="small with-icon verdict">${icon("circle-check", { size: "small" })}<span class="strong">${t("This one: the first that fits.")}</span></span>`;
    if (candidate.failing.length) return html`<span class="small soft with-icon verdict">${icon("x", { size: "small" })}<span>${t("Does not fit: %(conditions)s", { conditions: formatList(candidate.failing.map(conditionName)) })}</span></span>`;
    return html`<span class="small soft with-icon verdict">${icon("minus", { size: "small" })}<span>${policy.active ? t("Fits too, but comes later.") : t("Would fit, but is switched off.")}</span></span>`;
  }

  function result() {
    if (state.problem) return html`<p class="note-strong" role="alert">${state.problem}</p>`;
    if (!state.answer) return nothing;
    const { candidates, targets, calendar } = state.answer;
    const chosen = candidates.find((one) => one.chosen);
    if (!chosen) return html`<p>${t("No policy fits: nothing is promised, no clock runs.")}</p>`;
    const times = formatList(Object.entries(targets).map(([kind, seconds]) => `${clockWord(kind)} ${writeDuration(seconds)}`));
    return html`<p><a class="strong" href=${`/settings/policies/${chosen.policy_id}`}>${chosen.name}</a>: ${times || t("nothing is promised for this priority")}.
      <span class="soft">${calendar ? t("Counted in the hours of %(calendar)s.", { calendar }) : t("Counted around the clock.")}</span></p>`;
  }

  const box = (name, label) => html`<label class="form-check"><input class="form-check-input" type="checkbox" .checked=${facts[name]} @change=${(event) => set({ [name]: event.target.checked })} /><span class="form-check-label">${label}</span></label>`;
  const words = (keys, word) => keys.map((value) => ({ value, label: word(value) }));

  const draw = () => html`<details class="part" @toggle=${toggled}><summary class="part-head"><h2 class="grow">${t("Which policy would a ticket get?")}</h2></summary>
    <div class="part-body stack">
      <div class="fields">
        <div class="field"><label class="form-label" for="choice-ticket">${t("Ticket number")}</label><input class="form-control" id="choice-ticket" inputmode="numeric" .value=${facts.ticket ? String(facts.ticket) : ""} placeholder=${t("or as below")}
          @change=${(event) => set({ ticket: Number(event.target.value.replace(/\D/g, "")) || null })} /></div>
        ${select({ id: "choice-queue", name: "queue", label: t("Queue"), value: facts.queue_id ?? "", options: named(queues), change: (event) => set({ queue_id: Number(event.target.value) || null }) })}
        ${select({ id: "choice-kind", name: "kind", label: t("Kind"), value: facts.kind, options: words(KINDS, kindWord), change: (event) => set({ kind: event.target.value }) })}
        ${select({ id: "choice-priority", name: "priority", label: t("Priority"), value: facts.priority, options: words(PRIORITIES, priorityWord), change: (event) => set({ priority: event.target.value }) })}
        ${select({ id: "choice-tier", name: "tier", label: t("Customer"), value: facts.tier ?? "", options: words(TIERS, tierWord), none: t("not known"), change: (event) => set({ tier: event.target.value || null }) })}
      </div>
      <div class="row-of wrap">${box("contract", t("with a contract"))}${box("equipment", t("with equipment"))}</div>
      <div role="status">${result()}</div>
    </div></details>`;

  return { draw, ask, verdict };
}
