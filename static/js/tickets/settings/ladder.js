// The ladder of a policy: what happens after a breach, level by level, each after so much more working time.
import { pageData } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { t } from "../../core/i18n.js";
import { roleWord } from "../escalation-words.js";
import { PRIORITIES, priorityWord } from "../words.js";
import { readDuration, writeDuration } from "./durations.js";

const ROLES = ["supervisor", "dispatcher", "admin", "agent"];
const WORDS = {
  "notify assignee": () => t("tell whoever has the ticket"),
  "notify role": () => t("tell all"),
  "notify person": () => t("tell"),
  "notify on_call": () => t("tell who is on call for"),
  "call on_call": () => t("have called who is on call for"),
  "call person": () => t("have called"),
  priority: () => t("raise the priority to"),
  "assign person": () => t("give the ticket to"),
  "assign on_call": () => t("give the ticket to who is on call for"),
};
const kindOf = ({ do: what, to }) => (to ? `${what} ${to}` : what);

/** An action of a kind with its first choice. */
function fresh(kind) {
  const [what, to] = kind.split(" ");
  if (what === "priority") return { do: what, priority: "urgent" };
  if (to === "role") return { do: what, to, role: "supervisor" };
  if (to === "assignee") return { do: what, to };
  return { do: what, to, id: (to === "person" ? pageData.people : pageData.rotas)[0]?.id ?? 0 };
}

/** Texts of a ladder as they are typed: [{after: "30 min", actions}]; at once is "0". */
export const ladderTexts = (ladder = []) => ladder.map(({ after, actions }) => ({ after: after ? writeDuration(after) : "0", actions }));

const seconds = (text) => (text.trim() === "0" || !text.trim() ? 0 : readDuration(text));

/** The ladder meant by the texts, and the levels (from 0) whose time is none: {ladder, wrong}. */
export function ladderOf(texts) {
  const wrong = texts.map((_step, at) => at).filter((at) => Number.isNaN(seconds(texts[at].after)));
  return { ladder: wrong.length ? [] : texts.map(({ after, actions }) => ({ after: seconds(after), actions })), wrong };
}

/** `changed(texts)` with a copy. */
export function ladderPart(texts, changed) {
  const { wrong } = ladderOf(texts);
  const put = (at, values) => changed(texts.map((step, other) => (other === at ? { ...step, ...values } : step)));
  const choices = (at, nth, label, options, name, number = false) => {
    const action = texts[at].actions[nth];
    return html`<select class="form-select" aria-label=${label} @change=${(event) => act(at, nth, { ...action, [name]: number ? Number(event.target.value) : event.target.value })}>
      ${options.map(([value, text]) => html`<option value=${value} ?selected=${String(value) === String(action[name])}>${text}</option>`)}</select>`;
  };
  const act = (at, nth, action) => put(at, { actions: texts[at].actions.map((one, other) => (other === nth ? action : one)) });
  const named = (rows) => rows.map((row) => [row.id, row.name]);

  function whom(at, nth) {
    const action = texts[at].actions[nth];
    if (action.do === "priority") return choices(at, nth, t("Priority"), PRIORITIES.slice(0, -1).map((key) => [key, priorityWord(key)]), "priority");
    if (action.to === "role") return choices(at, nth, t("Role"), ROLES.map((role) => [role, roleWord(role)]), "role");
    if (action.to === "person") return choices(at, nth, t("Person"), named(pageData.people), "id", true);
    if (action.to !== "on_call") return nothing;
    return pageData.rotas.length ? choices(at, nth, t("On-call rota"), named(pageData.rotas), "id", true) : html`<a href="/settings/on-call">${t("There is no on-call rota yet.")}</a>`;
  }

  const actionLine = (at) => (action, nth) => html`<div class="setting-line">
    <select class="form-select" aria-label=${t("What happens at level %(level)s", { level: at + 1 })} @change=${(event) => act(at, nth, fresh(event.target.value))}>
      ${Object.entries(WORDS).map(([kind, word]) => html`<option value=${kind} ?selected=${kind === kindOf(action)}>${word()}</option>`)}</select>
    ${whom(at, nth)}
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove this")} ?disabled=${texts[at].actions.length === 1} @click=${() => put(at, { actions: texts[at].actions.filter((_one, other) => other !== nth) })}>${icon("x", { size: "small" })}</button></div>`;

  const level = (step, at) => html`<li class="ladder-level"><div class="stack tight grow">
    <label class="row-of wrap"><span class="strong">${t("Level %(level)s", { level: at + 1 })}</span>
      <input class=${wrong.includes(at) ? "form-control form-control-sm is-invalid" : "form-control form-control-sm"} aria-invalid=${String(wrong.includes(at))} aria-label=${t("Level %(level)s after", { level: at + 1 })}
        .value=${step.after} @input=${(event) => put(at, { after: event.target.value })} />
      <span class="soft small">${at ? t("of working time after the level before; 0: at once") : t("of working time after the breach; 0: at once")}</span></label>
    ${step.actions.map(actionLine(at))}
    <div><button type="button" class="btn btn-sm btn-quiet" @click=${() => put(at, { actions: [...step.actions, fresh("notify role")] })}>${icon("plus", { size: "small" })}${t("And also")}</button></div></div>
    <button type="button" class="btn btn-sm btn-quiet btn-icon" aria-label=${t("Remove level %(level)s", { level: at + 1 })} @click=${() => changed(texts.filter((_step, other) => other !== at))}>${icon("trash", { size: "small" })}</button></li>`;

  return html`<section class="part"><div class="part-head wrap"><h2 class="grow">${t("When it was missed")}</h2><span class="small soft">${t("levels stand still while the clock does")}</span></div>
    ${texts.length ? html`<ol class="lines">${texts.map(level)}</ol>` : html`<div class="part-body soft">${t("Nobody is told after a breach; it stands on the board.")}</div>`}
    ${wrong.length ? html`<p class="invalid-feedback targets-wrong part-body" role="alert">${t("Write a duration like 4 h, 30 min or 1 h 30 min.")}</p>` : nothing}
    <div class="part-body"><button type="button" class="btn btn-sm" @click=${() => changed([...texts, { after: texts.length ? "1 h" : "0", actions: [fresh("notify role")] }])}>${icon("plus", { size: "small" })}${t("Add a level")}</button></div>
  </section>`;
}
