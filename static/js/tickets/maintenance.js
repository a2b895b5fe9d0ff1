// All maintenance plans, what is due first; filters in the address.
import { api, pageData, withQuery } from "../core/api.js";
import { html, icon, nothing } from "../core/html.js";
import { t } from "../core/i18n.js";
import { chip } from "../core/parts.js";
import { dataTable } from "../core/table.js";
import { formatDay } from "../customers/words.js";
import { nextWord, recurrenceWord, stateWord } from "./maintenance-words.js";
import { statusWord } from "./words.js";

const VIEWS = [
  { key: "", label: t("All"), filters: {} },
  { key: "overdue", label: t("Overdue"), filters: { due: "overdue" } },
  { key: "soon", label: t("Next 30 days"), filters: { due: "soon" } },
  { key: "missed", label: t("Missed dates"), filters: { due: "missed" } },
  { key: "paused", label: t("Paused"), filters: { state: "paused" } },
  { key: "trouble", label: t("With a problem"), filters: { trouble: "true" } },
];

const isOver = (plan) => plan.state === "active" && plan.next_due_on && plan.next_due_on < pageData.today;
const due = (plan) => html`<span class="task-due" data-level=${isOver(plan) ? "over" : ""}>${isOver(plan) ? t("overdue: %(day)s", { day: formatDay(plan.next_due_on) }) : nextWord(plan)}</span>`;
const newest = ({ newest: one }) => (one ? html`<a href=${`/tickets/${one.ticket}`}>#${one.ticket}</a> <span class="soft">${statusWord({ status: one.status })}</span>` : nothing);

dataTable(document.getElementById("plans"), {
  id: "maintenance",
  label: t("Maintenance plans"),
  columns: [
    { key: "name", label: t("Plan"), fixed: true, cell: (plan) => html`<strong>${plan.name}</strong> ${plan.problem ? chip(t("problem"), { icon: "alert-circle", kind: "strong", title: plan.problem }) : nothing}` },
    { key: "next", label: t("Next due"), cell: due },
    { key: "customer", label: t("Customer"), cell: (plan) => plan.customer },
    { key: "equipment", label: t("For"), cell: (plan) => html`${plan.equipment ?? plan.site ?? t("the customer")} ${plan.serial ? html`<span class="soft">${plan.serial}</span>` : nothing}` },
    { key: "often", label: t("How often"), cell: (plan) => html`<span class="subject-cell">${recurrenceWord(plan)}</span>` },
    { key: "newest", label: t("Last ticket"), cell: newest },
    { key: "state", label: t("State"), cell: (plan) => stateWord(plan) },
    { key: "queue", label: t("Queue"), hidden: true, cell: (plan) => plan.queue },
  ],
  key: (plan) => plan.id,
  load: ({ after, filters }) => api.get("/api/v1/maintenance-plans", { after, ...filters }),
  open: (plan) => `/maintenance/${plan.id}`,
  tools: (shown) => {
    const filters = shown.state?.filters ?? {};
    const current = VIEWS.find((view) => ["due", "state", "trouble"].every((key) => (view.filters[key] ?? "") === (filters[key] ?? "")));
    const cleared = { due: undefined, state: undefined, trouble: undefined };
    return html`<div class="list-tools">${VIEWS.map((view) => html`<button type="button" class="chip chip-choice" aria-pressed=${String(current === view)} @click=${() => shown.setFilters({ ...cleared, ...view.filters })}>${view.label}</button>`)}
      <select class="form-select" aria-label=${t("Queue")} @change=${(event) => shown.setFilters({ queue_id: event.target.value || undefined })}><option value="">${t("All queues")}</option>${pageData.queues.map((queue) => html`<option value=${queue.id} ?selected=${String(queue.id) === String(filters.queue_id ?? "")}>${queue.name}</option>`)}</select>
      <a class="btn" href=${withQuery("/maintenance/export.csv", { due: filters.due, state: filters.state })} download>${icon("download")}${t("CSV")}</a></div>`;
  },
  empty: { icon: "calendar-repeat", title: t("No plans here"), text: t("A plan opens a ticket by itself before each date: make one from a customer's equipment, or for all equipment of a model.") },
});
