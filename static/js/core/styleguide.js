// Brings the style guide to life: every part with invented data, changing when its button is pressed.
import { ApiError, pageData } from "./api.js";
import { clockChip, reading } from "./clock-chip.js";
import { confirmDialog, openDialog } from "./dialog.js";
import { drawConnection } from "./connection.js";
import { everySecond } from "./ticker.js";
import { formatDuration } from "./i18n.js";
import { html, render } from "./html.js";
import { liveList } from "./live-list.js";
import { problem, tile } from "./parts.js";
import { serverNow } from "./live.js";
import { showErrors } from "./form.js";
import { dataTable } from "./table.js";
import { toast } from "./toast.js";

const byId = (id) => document.getElementById(id);
const on = (id, run) => byId(id).addEventListener("click", run);
const clocks = pageData.clocks;

render(html`${clocks.map((clock) => clockChip(clock))} ${clockChip(clocks[0], { bare: true })}`, byId("chips"));
render(clockChip(clocks[1], { large: true }), byId("large-chip"));

const now = Date.now();
for (const state of [{ name: "live" }, { name: "connecting" }, { name: "reconnecting", since: now - 5000 }, { name: "stale", since: now - 700_000 }]) {
  const element = document.createElement("div");
  element.className = "connection";
  drawConnection(element, state, now);
  byId("connections").append(element);
}

const counts = { waiting: 7, longest: 128, level: 94, risk: 3 };
const drawTiles = () =>
  render(
    html`${tile({ label: "Waiting calls", value: counts.waiting, hint: "longest 2:08" })}
    ${tile({ label: "Over", value: counts.risk, level: counts.risk ? "over" : "" })}
    ${tile({ label: "Service level today", value: counts.level, unit: "%", level: "near", href: "#tiles-part" })}
    ${tile({ label: "Open tickets", value: counts.longest * 9 })}`,
    byId("tiles"),
  );
drawTiles();
on("roll", () => {
  for (const key of Object.keys(counts)) counts[key] = Math.max(0, counts[key] + Math.ceil(Math.random() * 9) - 4);
  drawTiles();
});

const SUBJECTS = ["Boiler shows E 133", "No hot water on the 3rd floor", "Heat pump is loud at night", "Leak below the sink", "Yearly service"];
const rows = new Map(clocks.map((clock, index) => [String(index), { number: 4211 + index, subject: SUBJECTS[index % 5], clock }]));
const left = (row) => reading(row.clock, serverNow()).left ?? Infinity;
const level = (row) => reading(row.clock, serverNow()).level;
const item = (row) => html`<a class="clip strong" href="#live-part">${row.number} ${row.subject}</a>
  <div class="small soft clip">Karin Öztürk · Ana Kovač</div>
  <div>${clockChip(row.clock)}</div>
  ${row.number % 4 === 0 ? html`<div class="forecast">will be late: visit 16:40, due 16:00</div>` : ""}`;
const column = (id, wanted, none) =>
  liveList(byId(id), { rows, item, filter: (row) => wanted.includes(level(row)), order: (a, b) => left(a) - left(b), itemClass: "board-card", nothing: { icon: "circle-check", title: none } });
const lists = [column("over", ["over", "missed"], "Nothing is over"), column("near", ["near"], "Nothing"), column("ok", ["ok", "done"], "Nothing"), column("paused", ["paused"], "Nothing")];
const count = () => (byId("over-count").textContent = lists[0].shown().length);
count();
let next = 100;
on("add-row", () => {
  next += 1;
  rows.set(String(next), { number: 4211 + next, subject: SUBJECTS[next % 5], clock: { ...clocks[0], due_at: new Date(serverNow() - next * 6000).toISOString() } });
  lists.forEach((list) => list.changed(String(next)));
  requestAnimationFrame(() => requestAnimationFrame(count));
});
on("change-row", () => {
  const row = rows.get("3");
  rows.set("3", { ...row, subject: `${SUBJECTS[Math.floor(Math.random() * 5)]} (again)` });
  lists[0].changed("3");
});

const offer = { ends: serverNow() + 18_000 };
everySecond((at) => {
  const seconds = Math.max(0, Math.round((offer.ends - at) / 1000));
  byId("offer-left").textContent = formatDuration(seconds);
  byId("offer").style.setProperty("--share", String(seconds / 18));
});

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  showErrors(event.currentTarget, new ApiError(422, { title: "Some of what was sent cannot be used.", errors: { phone: ["This is not a phone number."], queue: ["You are not in this queue."], other: ["The ticket was changed by Ana Kovač meanwhile."] } }));
});
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  toast("Sent.");
});

const people = ["Ana Kovač", "王小明", "Karin Öztürk", "J. van der Berg"];
const tickets = Array.from({ length: 34 }, (_none, index) => ({ id: index, number: 4211 + index, subject: SUBJECTS[index % 5], customer: people[index % 4], queue: ["North", "South"][index % 2], amount: (index * 7919) % 9000, clock: clocks[index % clocks.length] }));
const loaded = ({ sort, after, filters }) => {
  const wanted = tickets.filter((row) => !filters.queue || row.queue === filters.queue);
  const key = sort.replace("-", "");
  if (key) wanted.sort((a, b) => (a[key] > b[key] ? 1 : a[key] < b[key] ? -1 : 0) * (sort.startsWith("-") ? -1 : 1));
  const from = Number(after ?? 0);
  return Promise.resolve({ items: wanted.slice(from, from + 8), next: from + 8 < wanted.length ? String(from + 8) : null });
};
dataTable(byId("table"), {
  id: "styleguide",
  label: "Tickets",
  sort: "number",
  columns: [
    { key: "number", label: "Number", sort: true, fixed: true, cell: (row) => row.number },
    { key: "subject", label: "Subject", sort: true, cell: (row) => row.subject },
    { key: "customer", label: "Customer", cell: (row) => row.customer },
    { key: "queue", label: "Queue", hidden: true, cell: (row) => row.queue },
    { key: "amount", label: "Amount", number: true, sort: true, cell: (row) => row.amount },
    { key: "clock", label: "Clock", cell: (row) => clockChip(row.clock) },
  ],
  key: (row) => row.id,
  load: loaded,
  open: (row) => `#table-part-${row.number}`,
  tools: (table) => html`${["North", "South"].map((queue) => html`<button type="button" class="chip chip-choice" aria-pressed=${table.state.filters.queue === queue} @click=${() => table.setFilters({ queue: table.state.filters.queue === queue ? "" : queue })}>${queue}</button>`)}`,
  actions: () => html`<button type="button" class="btn btn-sm">Assign</button><button type="button" class="btn btn-sm">Resolve</button>`,
});

render(problem(new ApiError(0, { title: "No connection. Nothing is lost: try again in a moment." }), () => {}), byId("failed"));
on("primary", () => toast("The primary action."));
on("toast-undo", () => toast("Assigned to Ana Kovač.", { undo: () => toast("Taken back.") }));
on("toast-problem", () => toast("The ticket has an open visit. Finish or cancel it first.", { kind: "problem" }));
const content = (close) => html`<div class="stack"><div class="field"><label class="form-label" for="reason">Reason</label><input class="form-control" id="reason" /></div><div class="form-actions"><button type="button" class="btn btn-primary" @click=${() => close("yes")}>Pause</button></div></div>`;
on("open-dialog", () => openDialog({ title: "Pause the clock", content }));
on("open-side", () => openDialog({ title: "Equipment", content, side: true }));
on("open-confirm", async () => toast((await confirmDialog({ title: "Delete the mailbox?", text: "Its messages stay with their tickets.", yes: "Delete mailbox" })) ? "Deleted." : "Kept."));
