// All webhooks: who is told, how it goes.
import { api } from "./api.js";
import { html, icon } from "./html.js";
import { formatMoment, formatNumber, t, tn } from "./i18n.js";
import { chip, timeTag } from "./parts.js";
import { dataTable } from "./table.js";
import { BECAUSE } from "./webhooks-words.js";

function state(row) {
  if (row.state === "paused") return chip(BECAUSE[row.paused_because], { icon: "player-pause", kind: row.paused_because === "by_hand" ? "" : "strong" });
  if (row.state === "failing") return html`${chip(t("Failing"), { icon: "alert-circle", kind: "strong" })} <span class="small soft">${t("since %(time)s", { time: formatMoment(row.failing_since) })}</span>`;
  return chip(t("Active"));
}

dataTable(document.getElementById("webhooks"), {
  id: "webhooks",
  label: t("Webhooks"),
  columns: [
    { key: "name", label: t("Name"), fixed: true, cell: (row) => html`<span class="strong">${row.name}</span><div class="small soft clip">${row.url}</div>` },
    { key: "state", label: t("State"), fixed: true, cell: state },
    { key: "events", label: t("Events"), cell: (row) => html`<span title=${row.events.join(", ")}>${tn("%(count)s event", "%(count)s events", row.events.length)}</span>` },
    { key: "waiting", label: t("Waiting"), number: true, cell: (row) => formatNumber(row.deliveries.waiting) },
    { key: "failed", label: t("Failed"), number: true, cell: (row) => formatNumber(row.deliveries.failed) },
    { key: "last", label: t("Last accepted"), cell: (row) => (row.last_success_at ? timeTag(row.last_success_at) : html`<span class="faint">${t("never")}</span>`) },
  ],
  key: (row) => row.id,
  load: () => api.get("/api/v1/webhooks"),
  open: (row) => `/settings/webhooks/${row.id}`,
  empty: {
    icon: "webhook",
    title: t("No webhooks yet"),
    text: t("A webhook tells another program at once what happened here: a ticket was opened, a visit was moved, a customer wrote."),
    action: html`<a class="btn" href="/settings/webhooks/new">${icon("plus")}${t("New webhook")}</a>`,
  },
});
