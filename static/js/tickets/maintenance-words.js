// Maintenance plans in words: how often, when, and how they stand.
import { formatList, language, locale, t, tn } from "../core/i18n.js";
import { formatDay } from "../customers/words.js";

const STATES = { active: () => t("running"), paused: () => t("paused"), ended: () => t("ended") };
const REASONS = {
  no_date: () => t("no date is left"),
  retired: () => t("the equipment is out of use"),
  archived: () => t("the customer is archived"),
};
const DATES = { postponed: () => t("postponed"), opened: () => t("ticket opened"), skipped: () => t("skipped"), missed: () => t("missed: nothing ran on its day") };
export const dateStateWord = (state) => DATES[state]?.() ?? state;
export const stateWord = ({ state, state_reason: reason }) =>
  reason ? t("%(state)s: %(reason)s", { state: STATES[state](), reason: REASONS[reason]?.() ?? reason }) : STATES[state]();

const named = (options, date) => new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" }).format(date);
/** 0 is Monday. */
export const weekdayWord = (day, width = "long") => named({ weekday: width }, Date.UTC(2024, 0, 1 + day));
/** 1 is January. */
export const monthWord = (month, width = "long") => named({ month: width }, Date.UTC(2024, month - 1, 1));

const NTH = { 1: () => t("first"), 2: () => t("second"), 3: () => t("third"), 4: () => t("fourth"), "-1": () => t("last") };
export const nthWord = (nth) => NTH[nth]?.() ?? String(nth);

/** "3rd" in English, the number alone elsewhere. */
export function ordinal(number) {
  if (language !== "en") return String(number);
  const suffix = { one: "st", two: "nd", few: "rd" }[new Intl.PluralRules("en", { type: "ordinal" }).select(number)] ?? "th";
  return `${number}${suffix}`;
}

const EVERY = {
  day: (count) => tn("every day", "every %(count)s days", count),
  week: (count) => tn("every week", "every %(count)s weeks", count),
  month: (count) => tn("every month", "every %(count)s months", count),
  year: (count) => tn("every year", "every %(count)s years", count),
};

function onWord({ unit, on = "date", day, nth, weekday, weekdays = [], closed }) {
  if (unit === "week") return weekdays.length ? t("on %(days)s", { days: formatList(weekdays.map((one) => weekdayWord(one))) }) : "";
  if (unit === "day") return "";
  if (on === "last_day") return closed === "previous" ? t("on the last working day") : t("on the last day");
  if (on === "weekday") return t("on the %(nth)s %(weekday)s", { nth: nthWord(nth), weekday: weekdayWord(weekday) });
  return day ? t("on day %(day)s", { day }) : "";
}

/** "every 3 months, on the last working day, only in April and May". */
export function recurrenceWord({ recurrence, base }) {
  if (recurrence.rrule) return recurrence.rrule;
  const { unit, every, months = [] } = recurrence;
  const parts = [EVERY[unit](every)];
  if (base === "completion") parts.push(t("after it was done"));
  else parts.push(onWord(recurrence));
  if (months.length) parts.push(t("in %(months)s", { months: formatList(months.map((one) => monthWord(one, "short"))) }));
  return parts.filter(Boolean).join(", ");
}

/** When it is due next, or why not. */
export function nextWord(plan) {
  if (plan.next_due_on) return formatDay(plan.next_due_on);
  return plan.state === "active" ? t("once the last one is done") : stateWord(plan);
}
