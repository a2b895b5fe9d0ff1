// The tab "Missing parts": booked visits of the next days that lack some, when these come, whether that is too late, and what can be done.
import { api } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing } from "../core/html.js";
import { formatMoment, formatNumber, t, tn } from "../core/i18n.js";
import { toast, toastError } from "../core/toast.js";
import { check, field } from "../staff/fields.js";
import { formDialog } from "../staff/form-dialog.js";
import { moveForm, orderForm } from "./material-forms.js";
import { moveDialog } from "./visit-actions.js";
import { insteadWord, lineWord, plainDate } from "./words.js";

/** When the part is there: "there from Thu, Mar 12", "lies free: Warehouse 3", "nobody knows". */
function hope(line) {
  const places = (lying) => lying.slice(0, 3).map((one) => `${one.place} ${formatNumber(one.free)}`);
  const free = [...places(line.free), ...line.alternates.filter((one) => one.free.length).map((one) => t("%(part)s instead (%(places)s)", { part: one.part, places: places(one.free).join(", ") }))].join(", ");
  if (line.hope === "free") return t("lies free: %(places)s", { places: free });
  if (line.hope === null) return line.lies_at.join(", ");
  const words = line.there_on ? t("there from %(day)s", { day: plainDate(line.there_on) }) : t("nobody knows from when");
  const why = line.hope === "coming" ? t("on order, promised to nobody") : line.hope === "ordered" ? t("on order") : "";
  return [words, why, free && t("lies free: %(places)s", { places: free })].filter(Boolean).join(" · ");
}

const late = (days) => (days === null ? t("not known when") : tn("%(count)s day too late", "%(count)s days too late", days));

const lineView = (line) => html`<li><span class="number">${formatNumber(line.missing)} ×</span> <span class="strong">${line.part}</span> <span class="soft small nowrap">${line.sku}</span>${line.instead_of ? html` <span class="small soft">${insteadWord(line)}</span>` : nothing}
  <span class="small soft">${line.hope === null ? lineWord(line.state) : nothing} ${hope(line)}</span></li>`;

/** For each part the action that helps most: carry what lies at a place, else order it. */
function partActions(row, line, { places, holding, pageNow, done }) {
  const van = row.van_id;
  const source = line.free.find((one) => one.place_id !== van);
  const part = { ...line, from_place_id: source?.place_id };
  const warehouse = holding.find((one) => one.kind === "warehouse");
  const eta = line.lead_days ? new Date(Date.parse(pageNow) + line.lead_days * 86_400_000).toISOString().slice(0, 10) : "";
  if (line.hope === "free" && source && van) return html`<button type="button" class="btn btn-sm btn-quiet" aria-label=${t("Carry %(part)s to the van", { part: line.part })} @click=${() => moveForm({ part, places, to: van, quantity: line.missing, done })}>${t("Carry")}</button>`;
  const [lies] = line.hope === null && van ? line.to_fetch : [];
  if (lies) return html`<button type="button" class="btn btn-sm btn-quiet" aria-label=${t("Carry %(part)s to the van", { part: line.part })} @click=${() => moveForm({ part: { ...line, from_place_id: lies.place_id }, places, to: van, quantity: lies.quantity, visit: row.number, done })}>${t("Carry")}</button>`;
  if (line.hope === "none" || line.hurts) return html`<button type="button" class="btn btn-sm btn-quiet" aria-label=${t("Order %(part)s", { part: line.part })} @click=${() => orderForm({ places: holding, proposed: { ...line, quantity: line.missing, place_id: warehouse?.id }, eta, done })}>${t("Order…")}</button>`;
  return nothing;
}

async function promise(row, done) {
  try {
    await api.post(`/api/v1/visits/${row.number}/promise`, {});
    toast(t("Visit %(number)s is promised what is free.", { number: row.number }));
  } catch (error) {
    toastError(error);
  }
  done();
}

function settingsForm(settings, done) {
  return formDialog({
    title: t("Settings of materials"),
    size: "small",
    content: html`${field({ name: "missing_days", label: t("Days ahead"), type: "number", value: settings.missing_days, min: 1, max: 30, step: 1, mode: "numeric", hint: t("Booked visits of so many days are looked at.") })}
      ${field({ name: "overtime_percent", label: t("An hour of overtime costs more by, in percent"), type: "number", value: settings.overtime_percent, min: 0, max: 300, step: 1, mode: "numeric", hint: t("In the costs of visits") })}
      ${check({ name: "raise_tasks", label: t("A visit that will lack parts gets a task on its ticket"), value: settings.raise_tasks })}`,
    method: "patch",
    path: "/api/v1/stock/settings",
    done: () => {
      toast(t("Saved."));
      done();
    },
  });
}

/**
 * The tab for `materials.js`: {label, table()}. `may`: {write, book, manage}; `shown()` gives the table that is shown, so that the live channel can
 * have it read anew.
 */
export function missingTab({ may, places, holding, pageNow, shown }) {
  const done = () => shown()?.reload();
  let watching = null;
  const watch = () => {
    watching ??= channel.watch("missing", { onChange: ({ type }) => type === "tiles" && location.hash === "#missing" && done() });
  };
  const around = { places, holding, pageNow, done };
  return {
    label: t("Missing parts"),
    table: () => {
      watch();
      return {
        id: "missing",
        label: t("Missing parts"),
        columns: [
          { key: "visit", label: t("Visit"), fixed: true, cell: (row) => html`<a class="strong nowrap" href=${`/tickets/${row.ticket}#visit-${row.number}`}>${formatMoment(row.planned_start, { now: pageNow })}</a> <span class="soft small nowrap">${row.number}</span><div class="small">${row.customer ?? ""}</div><div class="small soft">${row.job_type} · ${row.technician ?? t("nobody")}</div>` },
          { key: "parts", label: t("Lacks"), cell: (row) => html`<ul class="missing-lines">${row.lines.map(lineView)}</ul>` },
          { key: "plan", label: t("The plan"), cell: (row) => (row.hurts ? html`<span class="late-word">${icon("clock-exclamation", { size: "small" })}${late(row.late_days)}</span>${row.there_on ? html` <div class="small soft">${t("possible from %(day)s", { day: plainDate(row.there_on) })}</div>` : nothing}${row.task_id ? html`<div class="small"><a href=${`/tickets/${row.ticket}`}>${icon("list-check", { size: "small" })}${t("a task is open")}</a></div>` : nothing}` : html`<span class="soft">${t("the plan holds")}</span>`) },
          ...(may.write || may.book ? [{ key: "do", label: t("Actions"), fixed: true, cell: (row) => actions(row) }] : []),
        ],
        key: (row) => row.number,
        load: async ({ filters }) => api.get("/api/v1/stock/missing", { fetch: filters.fetch, hurt: filters.hurt }),
        tools: (found) => html`${[["hurt", t("Only what hurts the plan")], ["fetch", t("Also what is to be fetched")]].map(([name, label]) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(found.state.filters[name] === "true")} @click=${() => found.setFilters({ [name]: found.state.filters[name] === "true" ? "" : "true" })}>${label}</button>`)}
          ${may.manage ? html`<button type="button" class="btn" @click=${async () => settingsForm(await api.get("/api/v1/stock/settings"), done)}>${icon("settings")}${t("Settings…")}</button>` : nothing}`,
        empty: { icon: "circle-check", title: t("Every part is there"), text: t("Booked visits of the next days whose parts do not lie ready stand here.") },
      };
    },
  };

  function actions(row) {
    const gains = row.lines.some((line) => line.hope === "free");
    return html`<span class="row-of end wrap">
      ${may.write && gains ? html`<button type="button" class="btn btn-sm" @click=${() => promise(row, done)}>${t("Promise it")}</button>` : nothing}
      ${may.book && row.hurts ? html`<button type="button" class="btn btn-sm" @click=${() => moveDialog({ number: row.number, ticket: { number: row.ticket }, job_type: { id: row.job_type_id } }, done)}>${t("Move the visit")}</button>` : nothing}
      ${may.write ? row.lines.map((line) => partActions(row, line, around)) : nothing}</span>`;
  }
}
