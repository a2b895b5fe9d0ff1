// Mail: what came in, what waits in quarantine, what went out.
import { ApiError, api, pageData } from "../core/api.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t, tn } from "../core/i18n.js";
import { chip, timeTag } from "../core/parts.js";
import { dataTable } from "../core/table.js";
import { toast, toastError } from "../core/toast.js";
import { ACTIONS, INCOMING, OUTGOING, sendAgain } from "./words.js";

const place = document.getElementById("mail");
const address = new URL(location.href);
const VIEWS = {
  in: { label: () => t("In"), path: "/api/v1/mail/messages", filters: {} },
  quarantine: { label: () => t("Quarantine"), path: "/api/v1/mail/messages", filters: { state: "quarantined" }, count: "quarantined" },
  out: { label: () => t("Out"), path: "/api/v1/mail/outgoing", filters: {} },
  failed: { label: () => t("Failed"), path: "/api/v1/mail/outgoing", filters: { state: "failed" }, count: "failed" },
};
const view = address.searchParams.get("view") in VIEWS ? address.searchParams.get("view") : "in";
const incoming = view === "in" || view === "quarantine";

const ticketLink = (row) => (row.ticket ? html`<a href="/tickets/${row.ticket}">${row.ticket}</a>` : nothing);
const result = (row) => (row.state === "applied" ? ACTIONS[row.action]() : INCOMING[row.state]());
const incomingColumns = [
  { key: "subject", label: t("Subject"), fixed: true, cell: (row) => row.subject || t("(no subject)") },
  { key: "sender", label: t("From"), cell: (row) => row.sender || "–" },
  { key: "state", label: t("Result"), cell: (row) => html`${chip(result(row), { kind: row.state === "quarantined" ? "strong" : "", title: row.error ?? pageData.reasons[row.reason] ?? "" })} ${row.trouble ? html`<span class="small soft">${row.trouble}</span>` : nothing}` },
  { key: "ticket", label: t("Ticket"), number: true, cell: ticketLink },
  { key: "mailbox", label: t("Mailbox"), cell: (row) => row.mailbox },
  { key: "received_at", label: t("Received"), cell: (row) => timeTag(row.received_at) },
];
const again = (row) =>
  ["failed", "bounced"].includes(row.state)
    ? html`<button type="button" class="btn btn-sm" @click=${() => sendAgain(row.id, (fresh) => table.upsert(fresh))}>${icon("refresh", { size: "small" })}${t("Try again")}</button>`
    : nothing;
const outgoingColumns = [
  { key: "subject", label: t("Subject"), fixed: true, cell: (row) => row.subject },
  { key: "recipient", label: t("To"), cell: (row) => row.recipient },
  { key: "state", label: t("State"), cell: (row) => html`${chip(OUTGOING[row.state](), { kind: row.state === "failed" ? "strong" : "", title: row.error ?? "" })} ${again(row)}` },
  { key: "ticket", label: t("Ticket"), number: true, cell: ticketLink },
  { key: "automatic", label: t("Kind"), hidden: true, cell: (row) => (row.automatic ? t("automatic") : t("answer")) },
  { key: "attempts", label: t("Tries"), number: true, hidden: true, cell: (row) => row.attempts },
  { key: "uncertain", label: t("Uncertain tries"), number: true, hidden: true, cell: (row) => row.uncertain },
  { key: "created_at", label: t("Written"), cell: (row) => timeTag(row.created_at) },
  { key: "sent_at", label: t("Sent"), cell: (row) => timeTag(row.sent_at) },
];

let counts = pageData.counts;
let retrying = false;

/** Ten at a time, until each was tried once. */
async function retryAll() {
  let [after, applied] = [0, 0];
  retrying = true;
  draw();
  try {
    while (after !== null) {
      const answer = await api.post(`/api/v1/mail/quarantine/application?after=${after}`, {}, { timeout: 60_000 });
      [after, applied] = [answer.next, applied + answer.applied];
    }
    toast(tn("%(count)s message was read", "%(count)s messages were read", applied));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
  retrying = false;
  draw();
  table.reload();
}

const tab = ([key, one]) =>
  html`<a href="/mail?view=${key}" aria-current=${key === view ? "page" : nothing}>${one.label()}${one.count && counts[one.count] ? html` <span class="count">${counts[one.count]}</span>` : nothing}</a>`;
const retryButton = () =>
  html`<div class="row-of end table-tools"><button type="button" class="btn" ?disabled=${retrying || !counts.quarantined} @click=${retryAll}>${icon("refresh")}${retrying ? t("Trying…") : t("Try all again")}</button></div>`;

function draw() {
  render(
    html`<nav class="tab-row" aria-label=${t("Mail")}>${Object.entries(VIEWS).map(tab)}</nav>
      ${view === "quarantine" && pageData.may_manage ? retryButton() : nothing}
      <div id="mail-table"></div>`,
    place,
  );
}

place.replaceChildren(); // what the server drew until now
draw();
const EMPTY = {
  in: { icon: "mail", title: t("No mail yet"), text: t("What comes to your mailboxes stands here, with what became of it.") },
  quarantine: { icon: "circle-check", title: t("Nothing in quarantine"), text: t("Messages that could not be read wait here.") },
  out: { icon: "send", title: t("Nothing was sent yet"), text: t("Answers to customers stand here, with their fate.") },
  failed: { icon: "circle-check", title: t("Nothing failed"), text: t("Mail that could not be delivered waits here.") },
};
const table = dataTable(document.getElementById("mail-table"), {
  id: `mail-${incoming ? "in" : "out"}`,
  label: VIEWS[view].label(),
  columns: incoming ? incomingColumns : outgoingColumns,
  key: (row) => row.id,
  load: ({ after }) => api.get(VIEWS[view].path, { after, ...VIEWS[view].filters }),
  ...(incoming ? { open: (row) => `/mail/messages/${row.id}` } : {}),
  empty: EMPTY[view],
});

let asked = 0;
/** What came is announced above the rows, what changed is shown in its place, what does not belong here any more goes. */
async function follow() {
  asked += 1;
  const own = asked;
  try {
    const { items } = await api.get(VIEWS[view].path, VIEWS[view].filters);
    if (own !== asked || table.status === "loading") return;
    const there = new Set(items.map((row) => row.id));
    const oldest = items.length ? items.at(-1).id : 0;
    if (!table.rows.length) return void table.reload();
    const shown = new Map(table.rows.map((row) => [row.id, JSON.stringify(row)]));
    for (const id of shown.keys()) if (id >= oldest && !there.has(id)) table.remove(id);
    for (const row of items) if (shown.get(row.id) !== JSON.stringify(row)) table.upsert(row);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error; // the next change asks again
  }
}

let [soon, watched] = [null, null];
const changed = () => {
  if (!watched) return;
  counts = { ...counts, ...watched.tiles };
  draw();
  clearTimeout(soon);
  soon = setTimeout(follow, 300);
};
watched = channel.watch("mail", { onReset: changed, onChange: changed });
