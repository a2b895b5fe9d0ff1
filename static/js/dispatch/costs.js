// The tab "Costs": what visits that ended in a time cost, what the customer pays, who covers it.
import { api, withQuery } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { formatDuration, formatMoment, formatMoney, t, zone } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { COVERAGES, coverageWord, statusWord } from "./words.js";

const money = (row, name) => row.sums.filter((one) => one[name]).map((one) => html`<div class="nowrap">${formatMoney(one[name], one.currency)}</div>`);

async function cover(row, value, done) {
  try {
    await api.put(`/api/v1/visits/${row.number}/coverage`, { coverage: value || null });
    toast(t("Saved."));
  } catch (error) {
    toastError(error);
  }
  done();
}

const DAYS = 30; // looked back when no day is asked for, as the API does
const dayOf = (moment) => new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(moment);

export function costsTab({ may, pageNow, shown }) {
  const usual = (name, { until }) => {
    const last = until || dayOf(Date.parse(pageNow));
    return name === "until" ? last : new Date(Date.parse(`${last}T12:00:00Z`) - DAYS * 86_400_000).toISOString().slice(0, 10);
  };
  const coverage = (row) => (may.cover
    ? html`<select class="form-select form-select-sm" aria-label=${t("Who pays for visit %(number)s", { number: row.number })} @change=${(event) => cover(row, event.target.value, () => shown()?.reload())}>
        <option value="" ?selected=${!row.by_hand}>${row.by_hand ? t("as warranty and contracts say") : coverageWord(row.coverage)}</option>
        ${COVERAGES.map((key) => html`<option value=${key} ?selected=${row.by_hand && row.coverage === key}>${row.by_hand ? coverageWord(key) : t("by hand: %(what)s", { what: coverageWord(key) })}</option>`)}</select>`
    : coverageWord(row.coverage));
  const day = (found, name, label) => html`<label class="row-of small">${label}<input class="form-control" type="date" .value=${found.state.filters[name] || usual(name, found.state.filters)} @change=${(event) => found.setFilters({ [name]: event.target.value })} /></label>`;
  return {
    label: t("Costs"),
    table: () => ({
      id: "costs",
      label: t("Costs"),
      columns: [
        { key: "visit", label: t("Visit"), fixed: true, cell: (row) => html`<a class="strong nowrap" href=${`/tickets/${row.ticket}#visit-${row.number}`}>${formatMoment(row.ended_at, { now: pageNow })}</a> <span class="soft small nowrap">${row.number}</span><div class="small">${row.customer ?? ""}</div><div class="small soft">${row.job_type} · ${row.technician ?? t("nobody")} · ${statusWord(row.status)}</div>` },
        { key: "time", label: t("Time"), cell: (row) => html`<span class="nowrap">${formatDuration(row.work_seconds)}</span>${row.overtime_seconds ? html`<div class="small">${t("%(time)s overtime", { time: formatDuration(row.overtime_seconds) })}</div>` : nothing}<div class="small soft">${t("way %(time)s", { time: formatDuration(row.travel_seconds) })}${row.actual ? nothing : html` · ${t("as planned")}`}</div>` },
        { key: "parts", label: t("Cost of parts"), number: true, cell: (row) => money(row, "parts_cost") },
        { key: "labour", label: t("Cost of work"), number: true, cell: (row) => (row.labour_known ? money(row, "labour_cost") : html`<span class="small soft">${t("cost of an hour not known")}</span>`) },
        { key: "travel", label: t("Cost of travel"), number: true, cell: (row) => money(row, "travel_cost") },
        { key: "cost", label: t("Cost"), number: true, cell: (row) => html`<span class="strong">${money(row, "cost")}</span>` },
        { key: "price", label: t("Price"), number: true, cell: (row) => money(row, "price") },
        { key: "coverage", label: t("Who pays"), cell: (row) => html`${coverage(row)}${row.covered_by ? html`<div class="small soft">${row.covered_by}</div>` : nothing}` },
        { key: "due", label: t("To be charged"), number: true, cell: (row) => html`<span class="strong">${money(row, "due")}</span>` },
      ],
      key: (row) => row.number,
      load: ({ filters }) => api.get("/api/v1/visits/costs", { since: filters.since, until: filters.until }),
      tools: (found) => html`${day(found, "since", t("From"))}${day(found, "until", t("To"))}
        <a class="btn" href=${withQuery("/materials/costs.csv", { since: found.state.filters.since, until: found.state.filters.until })} download>${icon("download")}${t("CSV")}</a>`,
      empty: { icon: "receipt", title: t("No visit ended then"), text: t("Visits that are over stand here with what they cost.") },
    }),
  };
}
