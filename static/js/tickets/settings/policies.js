// Service levels: what is promised to whom, in the order in which the policies are tried.
import { api, pageData } from "../../core/api.js";
import { html, nothing } from "../../core/html.js";
import { formatList, t } from "../../core/i18n.js";
import { chip } from "../../core/parts.js";
import { dataTable } from "../../core/table.js";
import { clockWord, kindWord, priorityWord } from "../words.js";
import { writeDuration } from "./durations.js";
import { tierWord } from "./tiers.js";

const queueName = new Map(pageData.queues.map((queue) => [queue.id, queue.name]));

/** The conditions in words. */
function forWhom({ conditions = {} }) {
  const parts = [
    ...(conditions.queue_ids ?? []).map((id) => queueName.get(id) ?? `#${id}`),
    ...(conditions.kinds ?? []).map(kindWord),
    ...(conditions.priorities ?? []).map(priorityWord),
    ...(conditions.tiers ?? []).map(tierWord),
    conditions.contract === true ? t("with a contract") : conditions.contract === false ? t("without a contract") : "",
    conditions.equipment === true ? t("with equipment") : conditions.equipment === false ? t("without equipment") : "",
  ].filter(Boolean);
  return parts.length ? parts.map((part) => html`${chip(part)} `) : html`<span class="soft">${t("everything else")}</span>`;
}

const times = ({ targets }) => formatList(Object.entries(targets.default ?? Object.values(targets)[0] ?? {}).map(([kind, seconds]) => `${clockWord(kind)} ${writeDuration(seconds)}`));

dataTable(document.getElementById("policies"), {
  id: "policies",
  label: t("Service levels"),
  columns: [
    { key: "position", label: t("Order"), number: true, cell: (row) => row.position },
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<span class="strong">${row.name}</span> ${row.active ? nothing : chip(t("switched off"))}` },
    { key: "for", label: t("For"), cell: forWhom },
    { key: "targets", label: t("Targets"), cell: times },
    { key: "warn", label: t("Warning"), cell: (row) => (row.warn_percent ? t("at %(percent)s %%", { percent: row.warn_percent }) : t("never")) },
  ],
  key: (row) => row.id,
  load: () => api.get("/api/v1/policies"),
  open: (row) => `/settings/policies/${row.id}`,
  empty: { icon: "clock", title: t("Nothing is promised yet"), text: t("A policy says within which working time a ticket is answered and solved."), action: html`<a class="btn" href="/settings/policies/new">${t("New policy")}</a>` },
});
