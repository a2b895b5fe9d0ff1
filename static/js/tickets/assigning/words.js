// Assignment in words: why somebody got a ticket, why others did not. Pure.
import { formatList, formatMoment, formatNumber, t, tn } from "../../core/i18n.js";

const METHODS = {
  manual: () => t("picked by hand"),
  round_robin: () => t("in turn"),
  least_loaded: () => t("whoever has least"),
  skill: () => t("best skilled, then whoever has least"),
  last_contact: () => t("who served the customer last"),
  representative: () => t("the customer's representative"),
};
export const METHOD_KEYS = Object.keys(METHODS);
export const methodWord = (key) => METHODS[key]?.() ?? key;

const SOURCES = {
  queue: () => t("the queue"),
  rule: () => t("the rule"),
  kind: () => t("the kind"),
  equipment: () => t("the equipment"),
  language: () => t("the customer's language"),
};
export const SOURCE_KEYS = ["kind", "equipment", "language"];
export const sourceWord = (key) => SOURCES[key]?.() ?? key;

const FLOWS = { department: () => t("By department"), representative: () => t("One representative") };
export const flowWord = (key) => FLOWS[key]?.() ?? key;

/** "4 of 10 open". */
export const loadText = ({ held, capacity }) => t("%(held)s of %(capacity)s open", { held: formatNumber(held), capacity: formatNumber(capacity) });

const CODES = {
  skill: ({ skills = [] }) => (skills.length ? t("lacks %(skills)s", { skills: formatList(skills) }) : t("lacks a skill")),
  absent: ({ reason, until }) => (reason ? t("absent until %(time)s (%(reason)s)", { time: formatMoment(until), reason }) : t("absent until %(time)s", { time: formatMoment(until) })),
  off_shift: () => t("off shift"),
  offline: () => t("not signed in"),
  away: () => t("away from the screen"),
  break: () => t("on a break"),
  full: (one) => t("full: %(load)s", { load: loadText(one) }),
  left: () => t("does not work here any more"),
  stood_in: () => t("has a stand-in at this time"),
  left_out: () => t("hands over"),
};
/** Why somebody did not get it, or what speaks against them. */
export const codeText = (one) => CODES[one.code]?.(one) ?? one.code;
export const skippedText = (one) => t("%(name)s: %(why)s", { name: one.name, why: codeText(one) });

const needText = ({ name, source }) => t("%(skill)s (for %(source)s)", { skill: name, source: sourceWord(source) });

/** The reasons of `assigned` as short texts, the most telling first. */
export function reasons(told) {
  const found = [];
  if (told.how === "representative") found.push(t("looks after this customer"));
  if (told.how === "deputy") found.push(t("stands in for %(name)s", { name: told.for }));
  if (told.how === "take_next") found.push(t("took the next ticket"));
  if (told.how === "by_hand") found.push(told.by ? t("picked by %(name)s", { name: told.by }) : t("picked by hand"));
  if (told.how === "handover") found.push(told.by ? t("handed over by %(name)s", { name: told.by }) : t("handed over"));
  if (told.how === "taken_back") found.push(t("handover taken back"));
  if (told.rule) found.push(t("rule “%(rule)s”: %(method)s", { rule: told.rule.name, method: methodWord(told.rule.method) }));
  if (told.widened) found.push(t("whoever serves the queue, after waiting"));
  if (told.needs?.length) found.push(told.how === undefined ? t("needs %(skills)s", { skills: formatList(told.needs.map(needText)) }) : t("has %(skills)s", { skills: formatList(told.needs.map(needText)) }));
  if (told.capacity !== undefined) found.push(t("had %(load)s", { load: loadText(told) }));
  return found;
}

/** The others, as texts. */
export const skippedTexts = (told) => [
  ...(told.skipped ?? []).map(skippedText),
  ...(told.more_skipped ? [tn("%(count)s more", "%(count)s more", told.more_skipped)] : []),
];

/** One line for the timeline: "looks after this customer · had 4 of 10 open"; of a pick by hand only what spoke against it. */
export const assignedLine = (told) => [...(told.how === "by_hand" ? [] : reasons(told)), ...(told.against ?? []).map((one) => t("although: %(why)s", { why: codeText(one) }))].join(" · ");
