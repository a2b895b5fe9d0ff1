// The audit log: who changed which setting or access.
import { api } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { html, nothing } from "../core/html.js";
import { formatFull, formatMoment, t } from "../core/i18n.js";

let typing = 0;
const shown = (value) => (value === null || value === undefined || value === "" ? "–" : typeof value === "object" ? (Array.isArray(value) ? value.join(", ") || "–" : JSON.stringify(value)) : String(value));

function changes({ before, after }) {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (!keys.length) return nothing;
  return html`<dl class="audit-change">${keys.map((key) => html`<dt>${key}</dt><dd>${key in before ? html`<span class="soft">${shown(before[key])} → </span>` : nothing}${key in after ? shown(after[key]) : "–"}</dd>`)}</dl>`;
}

function tools(table) {
  const filter = (name) => (event) => {
    clearTimeout(typing);
    const { value } = event.target;
    typing = setTimeout(() => table.setFilters({ [name]: value.trim() }, { step: false }), 250);
  };
  const box = (name, label) =>
    html`<input class="form-control table-search" type="search" aria-label=${label} placeholder=${label} .value=${table.state.filters[name] ?? ""} @input=${filter(name)} />`;
  return html`${box("action", t("Action, like user.roles_changed"))}${box("target", t("Target, like user:7"))}`;
}

dataTable(document.getElementById("audit"), {
  id: "audit",
  label: t("Audit log"),
  columns: [
    { key: "at", label: t("When"), fixed: true, cell: (row) => html`<time class="nowrap" datetime=${row.at} title=${formatFull(row.at)}>${formatMoment(row.at)}</time>` },
    { key: "actor", label: t("Who"), cell: (row) => row.actor ?? html`<span class="soft">${t("the system")}</span>` },
    { key: "action", label: t("Action"), cell: (row) => html`<code>${row.action}</code>` },
    { key: "target", label: t("Target"), cell: (row) => html`<code>${row.target}</code>` },
    { key: "change", label: t("Change"), cell: changes },
  ],
  key: (row) => row.id,
  load: ({ after, filters }) => api.get("/api/v1/audit", { after, action: filters.action, target: filters.target }),
  tools,
  empty: { icon: "history", title: t("Nothing recorded"), text: t("Changes of settings, access and security appear here.") },
});
