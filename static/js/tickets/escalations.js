// The log of escalations: which clock of which ticket reached which level when, and what came of it.
import { api } from "../core/api.js";
import { html, nothing } from "../core/html.js";
import { formatFull, formatList, t } from "../core/i18n.js";
import { chip } from "../core/parts.js";
import { dataTable } from "../core/table.js";
import { actionDone } from "./escalation-words.js";
import { clockWord } from "./words.js";

const doneOf = ({ done }) => (done ? formatList(done.map(actionDone)) || t("nothing: the ticket was solved") : html`<span class="soft">${t("is being done")}</span>`);

dataTable(document.getElementById("escalations"), {
  id: "escalations",
  label: t("Escalations"),
  columns: [
    { key: "number", label: t("Ticket"), fixed: true, cell: (row) => html`<span class="number">#${row.number}</span> ${row.subject}` },
    { key: "level", label: t("Level"), number: true, cell: (row) => row.level },
    { key: "clock", label: t("Clock"), cell: (row) => clockWord(row.kind) },
    { key: "reached", label: t("Reached"), cell: (row) => formatFull(row.reached_at) },
    { key: "done", label: t("Done"), cell: (row) => html`${doneOf(row)} ${row.withdrawn_at ? chip(t("withdrawn by a change")) : nothing}` },
  ],
  key: (row) => row.id,
  load: ({ after }) => api.get("/api/v1/escalations", after ? { before: after } : {}),
  open: (row) => `/tickets/${row.number}`,
  empty: { icon: "circle-check", title: t("Nothing was escalated"), text: t("When a promise was missed and nobody acted, the levels of its policy's ladder stand here.") },
});
