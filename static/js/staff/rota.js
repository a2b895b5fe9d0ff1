// The week of everybody, and who is away.
import { api } from "../core/api.js";
import { dataTable } from "../core/table.js";
import { html, nothing } from "../core/html.js";
import { formatDate, formatFull, t } from "../core/i18n.js";
import { KINDS, SHORT_DAYS, windowText } from "./words.js";

const KIND_CHOICES = { "": t("All"), agent: t("Calls"), technician: t("Visits") };

// On a phone the row is a card without column heads: the day says its own name, free days are left out.
const dayOf = (weekday) => ({ week }) => {
  const windows = week.filter((shift) => shift.weekday === weekday);
  if (!windows.length) return html`<span class="faint hide-narrow">–</span>`;
  return html`<span class="rota-cell"><span class="hide-wide soft">${SHORT_DAYS[weekday]}</span>${windows.map((window) => html`<div>${windowText(window)}</div>`)}</span>`;
};

const away = ({ absences: [next], time_zone: zone }) =>
  next ? html`<span title="${formatFull(next.starts_at, { zone })} – ${formatFull(next.ends_at, { zone })}">${next.reason}<div class="small soft nowrap">${formatDate(next.starts_at, { zone, weekday: false })} – ${formatDate(next.ends_at, { zone, weekday: false })}</div></span>` : nothing;

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
