// Conditions in the reader's words, and what their fields are: asked for once on a page.
import { api } from "../core/api.js";
import { formatDate, formatList, formatMoment, formatNumber, t } from "../core/i18n.js";

const OPERATORS = {
  is: () => t("is"),
  is_not: () => t("is not"),
  contains: () => t("contains"),
  contains_not: () => t("does not contain"),
  starts_with: () => t("begins with"),
  at_least: () => t("is at least"),
  at_most: () => t("is at most"),
  before: () => t("before"),
  after: () => t("after"),
  on: () => t("on"),
  last: () => t("in the last"),
  next: () => t("within the next"),
  longer_ago: () => t("longer ago than"),
  further_ahead: () => t("further ahead than"),
  has_any: () => t("has one of"),
  has_all: () => t("has all of"),
  has_none: () => t("has none of"),
  empty: () => t("is not set"),
  not_empty: () => t("is set"),
};
const DAYS = {
  today: () => t("today"),
  yesterday: () => t("yesterday"),
  tomorrow: () => t("tomorrow"),
  this_week: () => t("this week"),
  last_week: () => t("last week"),
  next_week: () => t("next week"),
  this_month: () => t("this month"),
  last_month: () => t("last month"),
  next_month: () => t("next month"),
};
const UNITS = {
  minutes: () => t("minutes"),
  hours: () => t("hours"),
  days: () => t("days"),
  weeks: () => t("weeks"),
  months: () => t("months"),
};

export const SPANS = new Set(["last", "next", "longer_ago", "further_ahead"]);
export const WITHOUT_VALUE = new Set(["empty", "not_empty"]);
export const operatorWord = (op) => OPERATORS[op]?.() ?? op;
export const unitWord = (unit) => UNITS[unit]?.() ?? unit;
export const unitKeys = Object.keys(UNITS);
export const dayWord = (day) => (day === "now" ? t("now") : DAYS[day]?.());
export const dayKeys = (op) => [...(op === "on" ? [] : ["now"]), ...Object.keys(DAYS)];

let asked = null;
/** Map of name → field, as `GET /api/v1/tickets/condition-fields` tells them. */
export function conditionFields() {
  asked ??= api.get("/api/v1/tickets/condition-fields").then(
    ({ items }) => new Map(items.map((field) => [field.name, field])),
    (error) => {
      asked = null;
      throw error;
    },
  );
  return asked;
}

const names = new Map(); // "customer:7" → its name
const keyOf = (field, value) => `${field.name}:${value}`;
export const remember = (field, options) => {
  for (const { value, label } of options) names.set(keyOf(field, value), label);
};

/** What a value is called. References are called so once `learnNames` has asked for them. */
export function valueWord(field, value) {
  if (value === "me") return t("me");
  return field?.options?.find((one) => one.value === value)?.label ?? (field && names.get(keyOf(field, value))) ?? String(value);
}

export function* leaves(group) {
  for (const item of group?.items ?? []) {
    if (item.items) yield* leaves(item);
    else yield item;
  }
}

/** Ask for the names of what these conditions refer to and what is not known yet; whether there was any. */
export async function learnNames(stored, fields) {
  const missing = new Map();
  for (const item of leaves(stored)) {
    const field = fields.get(item.field);
    if (!field || field.options || !["reference", "person"].includes(field.kind) || !Array.isArray(item.value)) continue;
    const ids = item.value.filter((value) => value !== "me" && !names.has(keyOf(field, value)));
    if (ids.length) missing.set(field, [...(missing.get(field) ?? []), ...ids]);
  }
  await Promise.all(
    [...missing].map(async ([field, ids]) => {
      const { items } = await api.get(`/api/v1/tickets/condition-fields/${field.name}/options`, { values: ids.join(",") });
      remember(field, items);
    }),
  );
  return missing.size > 0;
}

function valueText(field, op, value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return formatList(value.map((one) => valueWord(field, one)), op === "has_all" ? "conjunction" : "disjunction");
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (typeof value === "number") return [formatNumber(value), field?.unit].filter(Boolean).join(" ");
  if (typeof value === "object") return t("%(count)s %(unit)s", { count: formatNumber(value.count), unit: unitWord(value.unit) });
  if (field?.kind !== "moment") return `“${value}”`;
  return dayWord(value) ?? (value.length > 10 ? formatMoment(value) : formatDate(`${value}T12:00:00Z`));
}

/** "Status is open or waiting" of one item. */
export function itemText(item, fields) {
  const field = fields.get(item.field);
  if (field?.kind === "yes_no") return item.value === false ? t("not: %(field)s", { field: field.label }) : field.label;
  return t("%(field)s %(operator)s %(value)s", {
    field: field?.label ?? item.field,
    operator: operatorWord(item.op),
    value: WITHOUT_VALUE.has(item.op) ? "" : valueText(field, item.op, item.value),
  }).trim();
}

/** Conditions as one line: "Status is open · Priority is urgent"; "(… or …)" where any of a group is enough. Empty: every ticket. */
export function conditionsText(stored, fields) {
  const parts = (stored?.items ?? []).map((item) => (item.items ? `(${conditionsText(item, fields)})` : itemText(item, fields)));
  return parts.join(stored?.match === "any" ? ` ${t("or")} ` : " · ");
}

/** Whether an item says all that it has to. */
export function itemComplete(item, fields) {
  const field = fields.get(item.field);
  if (!field || !field.operators.includes(item.op)) return false;
  if (WITHOUT_VALUE.has(item.op)) return true;
  const { value } = item;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "string") return value.trim() !== "";
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "boolean") return true;
  return Number.isInteger(value?.count) && value.count > 0;
}
