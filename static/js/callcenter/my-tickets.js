// Left, below: tickets by due time, mine or nobody's in my queues. A click opens one in the middle; with Ctrl it opens on its own page.
import { pageData } from "../core/api.js";
import { clockChip } from "../core/clock-chip.js";
import { channel } from "../core/connection.js";
import { html, icon, nothing, render } from "../core/html.js";
import { t } from "../core/i18n.js";
import { liveList } from "../core/live-list.js";
import { CHANNEL_ICONS, channelWord, chipOf, firstClock, priorityWord, statusWord } from "../tickets/words.js";
import { agent } from "./agent.js";

const MOST = 60;
const due = (row) => (row.due_at ? Date.parse(row.due_at) : Infinity);
const byDue = (a, b) => due(a) - due(b) || a.number - b.number || 0;
const KEPT = "callout-console-list";

/** `open(number)` shows a ticket; `current()` is the number shown. */
export function myTickets(place, { open, current }) {
  const queues = pageData.queues.filter((queue) => queue.mine);
  const stores = [];
  let which = localStorage.getItem(KEPT) === "free" ? "free" : "mine";

  const mine = () => new Map([...agent.rows].filter(([key]) => key.startsWith("ticket:")));
  const free = () => new Map(stores.flatMap((store) => [...store.rows].filter(([, row]) => row.assignee_id === null)));

  render(
    html`<section class="work-list" aria-label=${t("Tickets")}>
      <h2>${t("Tickets")}</h2>
      <div class="choice" id="which" role="group" aria-label=${t("Which tickets")}></div>
      <ul class="work-items" id="tickets-mine"></ul>
      <ul class="work-items" id="tickets-free"></ul>
    </section>`,
    place,
  );
  const item = (row) => html`<a class="work-item" href=${`/tickets/${row.number}`} aria-current=${row.number === current() ? "true" : nothing} @click=${(event) => click(event, row.number)}>
    <span class="row-of apart tiny soft"><span class="number">#${row.number} · ${statusWord(row)}</span>
      <span class="row-of">${row.priority === "urgent" || row.priority === "high" ? html`<span class="chip chip-strong">${priorityWord(row.priority)}</span>` : nothing}${icon(CHANNEL_ICONS[row.channel] ?? "ticket", { size: "small", label: channelWord(row.channel) })}</span></span>
    <strong class="clip">${row.subject}</strong>
    <span class="row-of apart"><span class="small soft clip">${row.customer ?? row.contact_phone ?? row.contact_email ?? t("Unknown")}</span>${chip(row)}</span>
  </a>`;
  const chip = (row) => {
    const clock = firstClock(row);
    return clock ? clockChip({ ...chipOf(clock), explain: undefined }, { bare: true }) : nothing;
  };

  function click(event, number) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(number);
    for (const list of Object.values(lists)) list.refresh();
  }

  const lists = {
    mine: liveList(place.querySelector("#tickets-mine"), {
      rows: mine, limit: MOST, order: byDue, item,
      nothing: { icon: "circle-check", title: t("Nothing is yours"), text: t("Take one that is nobody's yet.") },
    }),
    free: liveList(place.querySelector("#tickets-free"), {
      rows: free, limit: MOST, order: byDue, item,
      nothing: { icon: "inbox", title: t("Nothing unassigned"), text: queues.length ? t("Every ticket of your queues has somebody.") : t("You have the skills of no queue.") },
    }),
  };
  for (const queue of queues) {
    stores.push(
      channel.watch(`queue:${queue.id}`, {
        onReset: () => told("free", null),
        onChange: ({ key, type }) => type !== "tiles" && told("free", key),
      }),
    );
  }
  agent.onChange((key) => (key === null || key.startsWith("ticket:") || key === "call") && told("mine", key));

  function told(name, key) {
    if (key === null || !key) lists[name].reset();
    else lists[name].changed(key);
    drawChoice();
  }

  function drawChoice() {
    const button = (name, label, count) =>
      html`<button type="button" data-list=${name} aria-pressed=${String(which === name)} @click=${() => choose(name)}>${label}<span class="count">${count}</span></button>`;
    render(html`${button("mine", t("Mine"), mine().size)}${button("free", t("Unassigned"), free().size)}`, place.querySelector("#which"));
    place.querySelector("#tickets-mine").hidden = which !== "mine";
    place.querySelector("#tickets-free").hidden = which !== "free";
  }

  function choose(name) {
    which = name;
    localStorage.setItem(KEPT, name);
    drawChoice();
  }

  drawChoice();
}
