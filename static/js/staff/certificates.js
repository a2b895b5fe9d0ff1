// Certificates that end soon or have ended, the first first, with their proofs.
import { api, pageData } from "../core/api.js";
import { html } from "../core/html.js";
import { formatDate, t, tn } from "../core/i18n.js";
import { dataTable } from "../core/table.js";
import { proofControl } from "./proof.js";

const RANGES = { 60: t("60 days"), 180: t("half a year"), 366: t("a year") };

function left(days) {
  if (days < 0) return html`<span class="strong">${tn("ended %(count)s day ago", "ended %(count)s days ago", -days)}</span>`;
  return days ? tn("in %(count)s day", "in %(count)s days", days) : t("today");
}

function tools(table) {
  const days = String(table.state.filters.days ?? pageData.days);
  return html`<div class="choice" role="group" aria-label=${t("Ending within")}>
    ${Object.entries(RANGES).map(([value, label]) => html`<button type="button" aria-pressed=${String(days === value)} @click=${() => table.setFilters({ days: value })}>${label}</button>`)}
  </div>`;
}

const table = dataTable(document.getElementById("certificates"), {
  id: "certificates",
  label: t("Certificates"),
  columns: [
    { key: "person", label: t("Name"), fixed: true, cell: (row) => (pageData.may.users ? html`<a class="row-link strong" href="/settings/users/${row.user_id}">${row.person}</a>` : html`<span class="strong">${row.person}</span>`) },
    { key: "skill", label: t("Skill"), cell: (row) => html`${row.name} <span class="soft">${t("Level %(level)s", { level: row.level })}</span>` },
    { key: "expires_on", label: t("Last day"), cell: (row) => html`<span class="nowrap">${formatDate(`${row.expires_on}T12:00:00Z`, { zone: "UTC", year: true, weekday: false })}</span>` },
    { key: "left", label: t("Left"), cell: (row) => left(row.days_left) },
    { key: "proof", label: t("Proof"), cell: (row) => proofControl({ row, person_id: row.person_id, may: pageData.may.change, changed: () => table.reload() }) },
  ],
  key: (row) => `${row.person_id}-${row.skill_id}`,
  load: ({ filters }) => api.get("/api/v1/certificates", { days: filters.days ?? pageData.days }),
  tools,
  empty: { icon: "certificate", title: t("No certificate ends soon"), text: t("A skill with a last day appears here in time; supervisors are told 30 days before.") },
});
