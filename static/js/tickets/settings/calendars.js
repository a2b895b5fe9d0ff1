// Calendars: whose hours, which zone, which version; and branches that have none of their own.
import { api, pageData } from "../../core/api.js";
import { html, icon, nothing } from "../../core/html.js";
import { t, tn } from "../../core/i18n.js";
import { dataTable } from "../../core/table.js";
import { SHORT_DAYS } from "../../staff/words.js";
import { aroundTheClock, grouped } from "./hours.js";
import { sourceName } from "./sources.js";

const branchName = new Map(pageData.branches.map((branch) => [branch.id, branch.name]));
const without = pageData.branches.filter((branch) => branch.active && !pageData.calendars.some((calendar) => calendar.branch_id === branch.id));

function week({ definition: { hours = {} } }) {
  if (aroundTheClock(hours)) return t("around the clock");
  const lines = grouped(hours);
  return lines.length
    ? lines.map(({ from, to, windows }) => html`<div class="nowrap">${from === to ? SHORT_DAYS[from] : `${SHORT_DAYS[from]}–${SHORT_DAYS[to]}`} ${windows.map((window) => window.join("–")).join(", ")}</div>`)
    : html`<span class="soft">${t("only single days")}</span>`;
}

function holidaysOf({ definition: { holidays = {} }, sources = [] }) {
  const failing = sources.filter((source) => source.problem);
  return html`${tn("%(count)s day", "%(count)s days", Object.keys(holidays).length)}${failing.map((source) => html`<div class="small with-icon" title=${source.problem}>${icon("alert-circle", { size: "small" })}<span>${t("cannot be read: %(name)s", { name: sourceName(source) })}</span></div>`)}`;
}

dataTable(document.getElementById("calendars"), {
  id: "calendars",
  label: t("Hours and holidays"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<span class="strong">${row.name}</span>` },
    { key: "branch", label: t("Hours of"), cell: (row) => (row.branch_id ? branchName.get(row.branch_id) : html`<span class="soft">${t("policies that name it")}</span>`) },
    { key: "week", label: t("Week"), cell: week },
    { key: "holidays", label: t("Holidays"), cell: holidaysOf },
    { key: "zone", label: t("Time zone"), cell: (row) => row.definition.timezone.replaceAll("_", " ") },
    { key: "version", label: t("Version"), number: true, cell: (row) => row.version },
  ],
  key: (row) => row.id,
  load: () => api.get("/api/v1/calendars"),
  open: (row) => `/settings/calendars/${row.id}`,
  tools: () => (without.length ? html`<div class="row-of wrap small"><span class="soft">${t("Around the clock until hours are set:")}</span>${without.map((branch) => html`<a class="btn btn-sm" href="/settings/calendars/new?branch=${branch.id}">${icon("plus", { size: "small" })}${t("Hours of %(branch)s", { branch: branch.name })}</a>`)}</div>` : nothing),
  empty: { icon: "calendar-time", title: t("No hours yet"), text: t("Until there are some, clocks run day and night."), action: html`<a class="btn" href="/settings/calendars/new">${t("New calendar")}</a>` },
});
