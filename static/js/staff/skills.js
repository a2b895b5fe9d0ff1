// Skills: what people can do.
import { pageData } from "../core/api.js";
import { html } from "../core/html.js";
import { t } from "../core/i18n.js";
import { field, select } from "./fields.js";
import { simpleList } from "./simple-list.js";
import { SKILL_KINDS } from "./words.js";

const kinds = pageData.skill_kinds.map((value) => ({ value, label: SKILL_KINDS[value] }));

simpleList(document.getElementById("skills"), {
  id: "skills",
  label: t("Skills"),
  path: "/api/v1/skills",
  newTitle: t("New skill"),
  editTitle: (row) => row.name,
  removed: (row) => t("%(name)s is gone.", { name: row.name }),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => row.name },
    { key: "kind", label: t("Kind"), cell: (row) => SKILL_KINDS[row.kind] },
    { key: "key", label: t("Key"), cell: (row) => html`<code>${row.key}</code>` },
  ],
  fields: (row) => html`${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
    ${field({ name: "key", label: t("Key"), value: row?.key, hint: t("Short and lasting, for rules and the API: gas, lift, lang-zh") })}
    ${select({ name: "kind", label: t("Kind"), value: row?.kind ?? "trade", options: kinds })}`,
  empty: { icon: "certificate", title: t("No skills yet"), text: t("Queues and jobs name the skills they need; only people who have them are offered.") },
});
