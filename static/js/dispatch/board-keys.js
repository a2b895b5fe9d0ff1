// The board by the keyboard: everything that a drag does, and the way from visit to visit.
import { t } from "../core/i18n.js";
import { list } from "../core/keys.js";
import { isOf } from "./crews.js";
import { SHORTEST, iso, peopleOf } from "./moves.js";

const NUDGE = 15 * 60 * 1000; // one press of an arrow
const [MINUTES, LANES] = [{ ArrowLeft: -NUDGE, ArrowRight: NUDGE }, { ArrowUp: -1, ArrowDown: 1 }];

/** boardKeys(board, {moves, visit(number)}). Returns {drawn()}, to be called after each drawing of the board. */
export function boardKeys(board, { moves, visit: read }) {
  let moved = null; // {number, person, been}: whose block of a visit the keyboard moves, and in whose lanes it has been: in another lane it is another block
  addEventListener("pointerdown", () => (moved = null), { capture: true });

  /** The visit as an arrow would have it; null when the arrow means nothing here. */
  function nudged(visit, mine, { key, shiftKey }) {
    const [minutes, lanes] = [MINUTES[key] ?? 0, LANES[key] ?? 0];
    if (shiftKey) return minutes ? { end: iso(Math.max(Date.parse(visit.planned_start) + SHORTEST, Date.parse(visit.planned_end) + minutes)) } : null;
    if (!lanes) return { start: iso(Date.parse(visit.planned_start) + minutes) };
    if (!isOf(visit, mine.person)) mine.person = [...mine.been].findLast((one) => isOf(visit, one)) ?? visit.person_id; // it was refused, or a colleague was quicker
    const all = [...board.querySelectorAll(".lane[data-person]")].map((lane) => Number(lane.dataset.person));
    const other = all[all.indexOf(mine.person) + lanes]; // of somebody who has no lane here: the first
    if (!other) return null;
    const people = peopleOf(visit, mine.person, other);
    if (people.person_id) {
      mine.person = other;
      mine.been.add(other);
    }
    return { start: visit.planned_start, ...people };
  }

  /** The next block in the lane, or the one nearest in time in the lane above or below. */
  function neighbour(block, key) {
    const lane = block.closest(".lane");
    const mine = [...lane.querySelectorAll(".visit-block")];
    if (key === "ArrowLeft" || key === "ArrowRight") return mine[mine.indexOf(block) + (key === "ArrowLeft" ? -1 : 1)];
    const lanes = [...board.querySelectorAll(".lane")].filter((one) => one === lane || one.querySelector(".visit-block"));
    const other = lanes[lanes.indexOf(lane) + (key === "ArrowUp" ? -1 : 1)];
    const away = (one) => Math.abs(one.getBoundingClientRect().left - block.getBoundingClientRect().left);
    return [...(other?.querySelectorAll(".visit-block") ?? [])].sort((a, b) => away(a) - away(b))[0];
  }

  board.addEventListener("keydown", (event) => {
    const block = event.target.closest(".visit-block[data-number]");
    if (!block || !event.key.startsWith("Arrow") || event.ctrlKey || event.metaKey) return;
    if (!event.altKey) {
      const next = event.shiftKey ? null : neighbour(block, event.key);
      if (next) event.preventDefault();
      next?.focus();
      return;
    }
    event.preventDefault(); // Alt with an arrow is also the browser's Back
    const number = Number(block.dataset.number);
    if (read(number)?.status !== "booked") return;
    const whose = Number(block.closest(".lane").dataset.person) || 0;
    if (moved?.number !== number || !moved.been.has(whose)) moved = { number, person: whose, been: new Set([whose]) };
    const mine = moved;
    moves.one(number, (visit) => nudged(visit, mine, event));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.isComposing) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]:modal")) return;
    event.preventDefault();
    moves.undo();
  });
  const group = t("A visit on the board");
  list("←", t("The visit before, in this lane"), { group });
  list("→", t("The visit after, in this lane"), { group });
  list("↑ ↓", t("A visit of the technician above or below"), { group });
  list("Alt ←", t("A quarter of an hour earlier"), { group });
  list("Alt →", t("A quarter of an hour later"), { group });
  list("Alt ↑", t("To the technician above"), { group });
  list("Alt ↓", t("To the technician below"), { group });
  list("Alt Shift →", t("A quarter of an hour longer"), { group });
  list("Alt Shift ←", t("A quarter of an hour shorter"), { group });
  list("Ctrl Z", t("Take the last move back"), { group });

  return {
    drawn() {
      if (!moved || (document.activeElement && document.activeElement !== document.body)) return;
      const block = `.visit-block[data-number="${moved.number}"]`;
      (board.querySelector(`.lane[data-person="${moved.person}"] ${block}`) ?? board.querySelector(block))?.focus();
    },
  };
}
