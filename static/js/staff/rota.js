// The week of everybody, and who is away.
import { api } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { chip } from "../core/parts.js";
import { html, nothing } from "../core/html.js";
import { formatMoment, t } from "../core/i18n.js";
import { KINDS, SHORT_DAYS, windowText } from "./words.js";

const KIND_CHOICES = { "": t("All"), agent: t("Calls"), technician: t("Visits") };

const dayOf = (weekday) => ({ week }) => {
  const windows = week.filter((shift) => shift.weekday === weekday);
  return windows.length ? html`<span class="rota-cell">${windows.map((window) => html`<div>${windowText(window)}</div>`)}</span>` : html`<span class="faint">–</span>`;
};

const away = ({ absences: [next] }) =>
  next ? chip(`${next.reason} · ${formatMoment(next.starts_at)} – ${formatMoment(next.ends_at)}`, { icon: "calendar-off", title: next.reason }) : nothing;

function tools(table) {
  const { kind = "" } = table.state.filters;
  return html`<div class="choice" role="group" aria-label=${t("Who")}>
    ${Object.entries(KIND_CHOICES).map(([value, label]) => html`<button type="button" aria-pressed=${String(kind === value)} @click=${() => table.setFilters({ kind: value })}>${label}</button>`)}
  </div>`;
}

dataTable(document.getElementById("rota"), {
  id: "rota",
  label: t("Shifts and absences"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<span class="strong">${row.name}</span><div class="small soft nowrap">${KINDS[row.kind]} · ${row.branch}</div>` },
    ...SHORT_DAYS.map((label, weekday) => ({ key: `day${weekday}`, label, cell: dayOf(weekday) })),
    { key: "away", label: t("Away"), cell: away },
  ],
  key: (row) => row.id,
  load: ({ filters }) => api.get("/api/v1/rota", { kind: filters.kind ? [filters.kind, "both"] : [] }),
  open: (row) => `/settings/rota/${row.id}`,
  tools,
  empty: { icon: "calendar-time", title: t("Nobody to plan yet"), text: t("Invite colleagues who take calls or drive out.") },
});
