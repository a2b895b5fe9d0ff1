// Teams.
import { pageData } from "../core/api.js";
import { html } from "../core/html.js";
import { t } from "../core/i18n.js";
import { field, named, select } from "./fields.js";
import { simpleList } from "./simple-list.js";

const branchNames = Object.fromEntries(pageData.branches.map((branch) => [branch.id, branch.name]));

simpleList(document.getElementById("teams"), {
  id: "teams",
  label: t("Teams"),
  path: "/api/v1/teams",
  newTitle: t("New team"),
  editTitle: (row) => row.name,
  removed: (row) => t("%(name)s is gone. Its people are in no team now.", { name: row.name }),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => row.name },
    { key: "branch", label: t("Branch"), cell: (row) => branchNames[row.branch_id] ?? "" },
  ],
  fields: (row) => html`${field({ name: "name", label: t("Name"), value: row?.name, autofocus: true })}
    ${select({ name: "branch_id", label: t("Branch"), value: row?.branch_id, options: named(pageData.branches), none: t("Of all branches"), number: true })}`,
  empty: { icon: "users-group", title: t("No teams yet"), text: t("Teams group people for boards and reports. They may be left out.") },
});
