// Rules in the reader's words. What WHEN and THEN can be is asked for once on a page.
import { api } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { formatList, t, tn } from "../../core/i18n.js";

let asked = null;
/** {triggers: Map, actions: Map, most_actions}, as `GET /api/v1/rules/choices` tells them. */
export function offered() {
  const byName = (rows) => new Map(rows.map((row) => [row.name, row]));
  asked ??= api.get("/api/v1/rules/choices").then(
    ({ triggers, actions, most_actions: most }) => ({ triggers: byName(triggers), actions: byName(actions), most }),
    (error) => {
      asked = null;
      throw error;
    },
  );
  return asked;
}

const HOUR = 3600;
const UNITS = [
  ["days", 24 * HOUR, (count) => tn("%(count)s day", "%(count)s days", count)],
  ["hours", HOUR, (count) => tn("%(count)s hour", "%(count)s hours", count)],
  ["minutes", 60, (count) => tn("%(count)s minute", "%(count)s minutes", count)],
];
/** Seconds as the largest unit that fits: {count, unit}. */
export function split(seconds) {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? UNITS[2];
  return { count: Math.round(seconds / size), unit };
}
export const joined = ({ count, unit }) => count * UNITS.find(([name]) => name === unit)[1];
export function waitWord(seconds) {
  const { count, unit } = split(seconds);
  return UNITS.find(([name]) => name === unit)[2](count);
}

const labelOf = (input, value) => input.choices?.find((one) => one.value === value)?.label ?? t("something that is gone");

const LONGEST = 60;
const quoted = (text) => `“${text.length > LONGEST ? `${text.slice(0, LONGEST).trimEnd()}…` : text}”`;

/** What was chosen or written in one input. */
function said(input, value) {
  if (input.kind === "choice") return labelOf(input, value);
  if (input.kind === "choices") return formatList(value.map((one) => labelOf(input, one)), "disjunction");
  if (input.kind === "tags") return formatList(value);
  if (input.kind === "texts") return quoted(value.en ?? Object.values(value)[0] ?? "");
  return input.kind === "number" ? String(value) : quoted(value);
}

/** The values of these inputs as one text: "High", "to waiting · waiting for the customer". */
export function inputsText(inputs, values, { named = false } = {}) {
  const there = inputs.filter(({ name, when }) => {
    const value = values[name];
    const empty = value === undefined || value === null || value === "" || value.length === 0;
    return !empty && (!when || when.values.includes(values[when.name]));
  });
  return there.map((input) => (named ? t("%(name)s %(value)s", { name: input.label, value: said(input, values[input.name]) }) : said(input, values[input.name]))).join(" · ");
}

/** WHEN in words. */
export function triggerText({ on, only = {}, after = 0 }, { triggers }) {
  const trigger = triggers.get(on);
  if (!trigger) return t("something that is gone");
  const parts = [trigger.label, inputsText(trigger.inputs, only, { named: true })].filter(Boolean).join(" · ");
  return after ? t("%(time)s after: %(event)s", { time: waitWord(after), event: parts }) : parts;
}

/** One action in words: "Set the priority: High". */
export function actionText(action, { actions }) {
  const known = actions.get(action.do);
  if (!known) return t("something that is gone");
  const values = inputsText(known.inputs, action);
  return values ? t("%(action)s: %(values)s", { action: known.label, values }) : known.label;
}

export const STATES = {
  done: () => t("done"),
  failed: () => t("failed"),
  retrying: () => t("is tried again"),
  waiting: () => t("waits for the one before"),
  skipped: () => t("skipped"),
  stopped: () => t("stopped"),
};
const SIGNS = { done: "check", failed: "alert-circle", retrying: "repeat", waiting: "hourglass", skipped: "minus", stopped: "hand-stop" };
const REASONS = {
  itself: () => t("It would have answered itself."),
  depth: () => t("Five rules had set each other off before it."),
  rate: () => t("It fired too often on this ticket and is paused there."),
};
export const reasonText = (reason) => REASONS[reason]?.() ?? reason;
export const stateSign = (state) => icon(SIGNS[state] ?? "point", { size: "small" });

/** What came of one action. `would`: it is only tried. */
export function outcome(result, choices, would = false) {
  const text = actionText(result, choices);
  const word = would && result.state === "done" ? t("would be done") : would ? t("would fail") : STATES[result.state]?.();
  return html`<li class="rule-outcome">${stateSign(result.state)}<div class="grow"><span>${text}</span> <span class="soft small">${word}${result.names?.length ? ` (${formatList(result.names)})` : ""}</span>
    ${result.problem ? html`<div class="small">${result.problem}</div>` : nothing}</div></li>`;
}

/** The warning about a circle: none for null, itself for []. */
export function circleText(circle) {
  if (!circle) return "";
  return circle.length
    ? t("It may start itself again by way of %(rules)s. It then stops there: a rule never answers itself.", { rules: formatList(circle.map((name) => `“${name}”`)) })
    : t("What it does may start it again. It then stops there: a rule never answers itself.");
}
