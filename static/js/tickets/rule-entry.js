// A rule that fired on a ticket, in its timeline: one line, what it did folded in it.
import { html, nothing } from "../core/html.js";
import { formatList, t } from "../core/i18n.js";
import { kindWord, priorityWord, statusWord, waitWord } from "./words.js";

const WORDS = {
  priority: ({ priority }) => t("priority %(priority)s", { priority: priorityWord(priority) }),
  status: ({ status, wait_reason: reason }) => (reason ? waitWord(reason) : statusWord({ status })),
  kind: ({ kind }) => kindWord(kind),
  tags: ({ add = [], remove = [] }) => [add.length ? t("tag %(tags)s", { tags: formatList(add) }) : "", remove.length ? t("without tag %(tags)s", { tags: formatList(remove) }) : ""].filter(Boolean).join(", "),
  field: ({ field, value }) => t("%(name)s: %(value)s", { name: field, value: value ?? "–" }),
  queue: () => t("moved to another queue"),
  assign: ({ names }) => (names?.length ? t("given to %(name)s", { name: names[0] }) : t("to nobody")),
  place: () => t("somebody is looked for"),
  notify: ({ names = [] }) => t("told %(names)s", { names: formatList(names) }),
  message: () => t("wrote to the customer"),
  note: () => t("note"),
  webhook: ({ names = [] }) => t("called %(name)s", { name: formatList(names) }),
  task: () => t("follow-up task"),
  visit: ({ how, names = [] }) => (how === "book" ? t("booked a visit: %(visit)s", { visit: formatList(names) }) : t("proposed visits")),
};
const STATES = { failed: () => t("failed"), retrying: () => t("is tried again"), waiting: () => t("waits for the one before"), skipped: () => t("skipped") };

function did(one) {
  if (one.state === "done") return WORDS[one.do]?.(one) ?? one.do;
  const known = { names: [], ...one };
  const word = one.do === "assign" || one.do === "notify" || one.do === "webhook" ? ({ assign: t("assign"), notify: t("tell colleagues"), webhook: t("call a webhook") })[one.do] : (WORDS[one.do]?.(known) ?? one.do);
  return t("%(action)s: %(problem)s", { action: word, problem: one.problem ?? STATES[one.state]?.() ?? one.state });
}

/** "Rule “VIP first”", and on demand what it did. `data`: {rule, done} of the entry. */
export const ruleLine = ({ rule, done = [] }) =>
  html`<details class="entry-rule"><summary>${t("rule “%(name)s”", { name: rule.name })}${done.some((one) => one.state !== "done") ? html` <span class="soft">${t("(not all of it)")}</span>` : nothing}</summary>
    <ul>${done.map((one) => html`<li>${did(one)}</li>`)}</ul></details>`;
