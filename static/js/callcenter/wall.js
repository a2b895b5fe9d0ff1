// The wallboard: the same data, dark and large, without controls; it turns through the queues by itself.
import { channel } from "../core/connection.js";
import { pageData } from "../core/api.js";
import { html, icon, render, repeat } from "../core/html.js";
import { formatTime, t } from "../core/i18n.js";
import { serverNow } from "../core/live.js";
import { everySecond } from "../core/ticker.js";
import { rolling } from "../core/parts.js";
import { byUrgency, card, COLUMNS, columnOf } from "./columns.js";
import { figures } from "./figures.js";

const TURN = 15_000; // milliseconds per page
const CARDS = 8;

document.documentElement.dataset.bsTheme = "dark";
document.documentElement.dataset.theme = "dark";
const watched = channel.watch("board", {});
const pages = [null, ...pageData.queues.map((queue) => queue.id)];
const nameOf = (id) => (id === null ? t("All queues") : pageData.queues.find((queue) => queue.id === id)?.name);

function draw(now) {
  const shown = pages[Math.floor(now / TURN) % pages.length];
  const rows = [...watched.rows.values()].filter((row) => shown === null || row.queue_id === shown).sort(byUrgency);
  const moment = serverNow();
  render(html`<div class="tile"><span class="tile-label">${nameOf(shown)}</span><span class="tile-value">${formatTime(moment)}</span></div>${watched.tiles ? figures(watched.tiles, moment) : ""}`, document.getElementById("tiles"));
  render(
    COLUMNS.map((column) => {
      const found = rows.filter((row) => columnOf(row, moment) === column.id);
      return html`<section class="board-column" data-level=${column.level}>
        <h2 class="board-head">${icon(column.sign)}${column.label()}<span class="count">${rolling(found.length)}</span></h2>
        <ul class="board-cards">${repeat(found.slice(0, CARDS), (row) => row.id, (row) => html`<li>${card(row)}</li>`)}</ul>
      </section>`;
    }),
    document.getElementById("board"),
  );
}

everySecond(draw);
