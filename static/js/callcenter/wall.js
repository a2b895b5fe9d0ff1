// The wallboard: the same data, dark and large, without controls; it turns through the queues by itself.
import { channel, showConnection } from "../core/connection.js";
import { pageData } from "../core/api.js";
import { html, icon, render, repeat } from "../core/html.js";
import { formatNumber, formatTime, t, tn } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { empty, rolling } from "../core/parts.js";
import { beyond, byUrgency, columnOf } from "./board-rules.js";
import { card, COLUMNS } from "./columns.js";
import { figures } from "./figures.js";

const TURN = 15_000; // milliseconds per page
const MOST_CARDS = 14;
let fitting = 6; // cards that a column holds on this screen, measured after each drawing; drawn again at once when it was wrong

document.documentElement.dataset.bsTheme = "dark";
document.documentElement.dataset.theme = "dark";
const watched = channel.watch("board", {});
const pages = [null, ...pageData.queues.map((queue) => queue.id)];
const nameOf = (id) => (id === null ? t("All queues") : pageData.queues.find((queue) => queue.id === id)?.name);

function draw(now) {
  const shown = pages[Math.floor(now / TURN) % pages.length];
  const rows = [...watched.rows.values()].filter((row) => shown === null || row.queue_id === shown).sort(byUrgency);
  const moment = serverNow();
  const totals = Object.entries(watched.tiles?.open_by_queue ?? {}).filter(([id]) => shown === null || shown === Number(id));
  const missing = beyond(rows, Object.fromEntries(totals), COLUMNS.map(({ id }) => id), moment);
  render(html`<div class="tile"><span class="tile-label">${nameOf(shown)}</span><span class="tile-value">${formatTime(moment)}</span></div>${watched.tiles ? figures(watched.tiles, moment) : ""}`, document.getElementById("tiles"));
  render(
    COLUMNS.map((column, place) => {
      const found = rows.filter((row) => columnOf(row, moment) === column.id);
      const count = missing.count && place >= missing.from ? `${formatNumber(found.length)}+` : found.length;
      return html`<section class="board-column" data-level=${column.level}>
        <h2 class="board-head">${icon(column.sign)}${column.label()}<span class="count">${rolling(count)}</span></h2>
        <ul class="board-cards">${repeat(found.slice(0, fitting), (row) => row.id, (row) => html`<li>${card(row)}</li>`)}${found.length > fitting ? html`<li class="wall-more">${tn("and %(count)s more", "and %(count)s more", found.length - fitting)}</li>` : ""}${found.length ? "" : html`<li class="list-empty">${empty({ icon: "circle-check", title: column.empty() })}</li>`}</ul>
      </section>`;
    }),
    document.getElementById("board"),
  );
  const before = fitting;
  measure();
  if (fitting < before) draw(now);
}

/** How many cards fit, by the highest there is: none is cut at the lower edge. */
function measure() {
  const list = document.querySelector(".board-cards");
  const heights = [...document.querySelectorAll(".board-cards > li:not(.list-empty, .wall-more)")].map((item) => item.offsetHeight);
  if (!list || !heights.length) return;
  const gap = parseFloat(getComputedStyle(list).rowGap) || 0;
  const line = 2 * parseFloat(getComputedStyle(list).fontSize);
  fitting = Math.max(1, Math.min(MOST_CARDS, Math.floor((list.clientHeight - line) / (Math.max(...heights) + gap))));
}

showConnection(document.getElementById("connection"));
everySecond(draw);
draw(serverNow());
