// The board by the keyboard: everything that a drag does, and the way from visit to visit.
import { t } from "../core/i18n.js";
import { list } from "../core/keys.js";
import { crewOf } from "./crews.js";
import { SHORTEST, iso, peopleOf } from "./moves.js";

const NUDGE = 15 * 60 * 1000; // one press of an arrow
const [MINUTES, LANES] = [{ ArrowLeft: -NUDGE, ArrowRight: NUDGE }, { ArrowUp: -1, ArrowDown: 1 }];

/** boardKeys(board, {moves, visit(number)}). Returns {drawn()}, to be called after each drawing of the board. */
export function boardKeys(board, { moves, visit: read }) {
  let focusAgain = 0; // number of the visit that the keyboard moves: in another lane its block is another
  addEventListener("pointerdown", () => (focusAgain = 0), { capture: true });

  /** The lane in which a visit is moved: the one that was looked at, else its technician's, when it is elsewhere by now. */
  const laneOf = (visit, whose) => board.querySelector(`.lane[data-person="${crewOf(visit).some((one) => one.person_id === whose) ? whose : visit.person_id}"]`);

  /** The visit as an arrow would have it; null when the arrow means nothing here. */
  function nudged(visit, lane, { key, shiftKey }) {
    const [minutes, lanes] = [MINUTES[key] ?? 0, LANES[key] ?? 0];
    if (shiftKey) return minutes ? { end: iso(Math.max(Date.parse(visit.planned_start) + SHORTEST, Date.parse(visit.planned_end) + minutes)) } : null;
    const all = [...board.querySelectorAll(".lane[data-person]")];
    const other = lanes ? all[all.indexOf(lane) + lanes] : null;
    if (lanes) return other ? { start: visit.planned_start, ...peopleOf(visit, Number(lane.dataset.person), Number(other.dataset.person)) } : null;
    return { start: iso(Date.parse(visit.planned_start) + minutes) };
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
    focusAgain = number;
    const whose = Number(block.closest(".lane").dataset.person); // of a crew that one's block
    moves.one(number, (visit) => nudged(visit, laneOf(visit, whose), event));
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
      if (!focusAgain || (document.activeElement && document.activeElement !== document.body)) return;
      board.querySelector(`.visit-block[data-number="${focusAgain}"]`)?.focus();
    },
  };
}
