// The supervisors' board: columns by time left, filtered by queue; changes by itself.
import { channel } from "../core/connection.js";
import { pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatNumber, t } from "../core/i18n.js";
import { liveList } from "../core/live-list.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { rolling } from "../core/parts.js";
import { beyond, byUrgency, columnOf } from "./board-rules.js";
import { card, COLUMNS } from "./columns.js";
import { figures } from "./figures.js";

const tilesPlace = document.getElementById("tiles");
const filterPlace = document.getElementById("filters");
const beyondPlace = document.getElementById("beyond");
const board = document.getElementById("board");
const address = new URL(location.href);
let queue = Number(address.searchParams.get("queue")) || null;
let tiles = null;

render(
  COLUMNS.map(
    (column) => html`<section class="board-column" data-level=${column.level} data-column=${column.id} aria-label=${column.label()}>
      <h2 class="board-head">${icon(column.sign, { size: "small" })}${column.label()}<span class="count" data-count=${column.id}></span></h2>
      <ul class="board-cards" data-cards=${column.id}></ul>
    </section>`,
  ),
  board,
);

const belongs = (row) => queue === null || row.queue_id === queue;
const lists = COLUMNS.map((column) => ({
  column,
  list: liveList(board.querySelector(`[data-cards="${column.id}"]`), {
    channel,
    topic: "board",
    itemClass: "",
    limit: 300,
    filter: (row) => belongs(row) && columnOf(row, serverNow()) === column.id,
    order: byUrgency,
    item: card,
    nothing: { icon: "circle-check", title: column.empty() },
    tiles: (found) => {
      tiles = found;
      drawTiles();
      drawCounts();
    },
  }),
}));

function drawTiles() {
  if (tiles) render(figures(tiles, serverNow()), tilesPlace);
}

function drawCounts() {
  const rows = [...(lists[0].list.watched?.rows ?? new Map()).values()].filter(belongs);
  const now = serverNow();
  const totals = Object.entries(tiles?.open_by_queue ?? {}).filter(([id]) => queue === null || queue === Number(id));
  const missing = beyond(rows, Object.fromEntries(totals), COLUMNS.map(({ id }) => id), now);
  lists.forEach(({ column }, place) => {
    const count = rows.filter((row) => columnOf(row, now) === column.id).length;
    render(rolling(missing.count && place >= missing.from ? `${formatNumber(count)}+` : count), board.querySelector(`[data-count="${column.id}"]`));
  });
  const said = t("The %(shown)s most urgent of %(count)s open tickets", { shown: formatNumber(rows.length), count: formatNumber(rows.length + missing.count) });
  render(missing.count ? html`<a href=${listOfAll()}>${said}</a>` : nothing, beyondPlace);
}

function listOfAll() {
  if (queue === null) return "/tickets?view=open";
  const items = [{ field: "queue", op: "is", value: [queue] }, { field: "status", op: "is", value: ["new", "open", "waiting", "scheduled"] }];
  return `/tickets?conditions=${encodeURIComponent(JSON.stringify({ match: "all", items }))}`;
}

function choose(id) {
  queue = id;
  if (id === null) address.searchParams.delete("queue");
  else address.searchParams.set("queue", id);
  history.replaceState(null, "", address);
  drawFilters();
  for (const { list } of lists) list.refresh();
  drawCounts();
}

function drawFilters() {
  const choice = (id, label) =>
    html`<button type="button" class="chip chip-choice" aria-pressed=${String(queue === id)} @click=${() => choose(id)}>${label}</button>`;
  render(html`${choice(null, t("All queues"))}${pageData.queues.map((found) => choice(found.id, found.name))}`, filterPlace);
}

drawFilters();
everySecond(() => {
  // Time alone moves tickets between columns and the waiting time on.
  for (const { list } of lists) list.refresh();
  drawTiles();
  drawCounts();
});
