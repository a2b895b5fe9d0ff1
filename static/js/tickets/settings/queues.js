// Queues: where tickets and calls wait, and who serves them.
import { pageData } from "../../core/api.js";
import { html, nothing } from "../../core/html.js";
import { formatList, t } from "../../core/i18n.js";
import { chip } from "../../core/parts.js";
import { check, field, named, select } from "../../staff/fields.js";
import { simpleList } from "../../staff/simple-list.js";

const LEVELS = [1, 2, 3, 4, 5];
const skillName = new Map(pageData.skills.map((skill) => [skill.id, skill.name]));

function skillsOf(row) {
  const levels = new Map((row?.skills ?? []).map((one) => [one.skill_id, one.level]));
  if (!pageData.skills.length) return html`<p class="soft small">${t("No skills are defined yet.")} <a href="/settings/skills">${t("Define the first")}</a></p>`;
  const options = LEVELS.map((level) => ({ value: level, label: t("Level %(level)s or better", { level }) }));
  return html`<fieldset class="stack tight"><legend class="form-label">${t("Skills that somebody needs to serve it")}</legend>
    <div class="fields">${pageData.skills.map((skill) => select({ name: `levels.s${skill.id}`, label: skill.name, value: levels.get(skill.id) ?? "", options, none: t("not needed"), number: true }))}</div></fieldset>`;
}

/** Letters and digits of a name for the queue's key in addresses and interfaces. */
const keyOf = (name) => name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 50) || `queue-${Date.now().toString(36)}`;

simpleList(document.getElementById("queues"), {
  id: "settings-queues",
  label: t("Queues"),
  path: "/api/v1/queues",
  newTitle: t("New queue"),
  editTitle: (row) => row.name,
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`${row.name} ${row.active ? nothing : chip(t("not used"))}` },
    { key: "branch", label: t("Branch"), cell: (row) => row.branch },
    { key: "skills", label: t("Skills"), cell: (row) => (row.skills.length ? formatList(row.skills.map((one) => t("%(skill)s from level %(level)s", { skill: skillName.get(one.skill_id) ?? one.skill_id, level: one.level }))) : html`<span class="soft">${t("everybody")}</span>`) },
    { key: "position", label: t("Order"), number: true, cell: (row) => row.position },
  ],
  fields: (row) => html`
    ${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
    <div class="fields">
      ${select({ name: "branch_id", label: t("Branch"), value: row?.branch_id ?? pageData.branches[0]?.id, options: named(pageData.branches), number: true, hint: t("Its hours count for the queue's clocks.") })}
      ${field({ name: "position", label: t("Order"), value: row?.position ?? 10, type: "number", min: 0, hint: t("Lower numbers come first.") })}
    </div>
    ${row ? html`<input type="hidden" name="key" value=${row.key}>` : nothing}
    ${skillsOf(row)}
    ${row ? check({ name: "active", label: t("Tickets and calls may come in"), value: row.active }) : nothing}`,
  body: ({ levels = {}, key, ...values }) => ({
    ...values,
    ...(key ? {} : { key: keyOf(values.name ?? "") }),
    position: values.position ?? 0,
    skills: Object.entries(levels).filter(([, level]) => level !== null && level !== "").map(([name, level]) => ({ skill_id: Number(name.slice(1)), level: Number(level) })),
  }),
  empty: { icon: "inbox", title: t("No queues yet"), text: t("Tickets and calls wait in queues. Make one for every team or kind of work.") },
});
