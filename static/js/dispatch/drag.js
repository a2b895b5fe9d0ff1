// A visit is dragged to another time or technician, or at its end to be longer or shorter. While it is held the server is asked what would happen there
// (`…/slot/trial`, the same rules as the move itself), and the rule in the way is named before it is let go. With the keyboard: board-keys.js.
import { ApiError } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatTime, t } from "../core/i18n.js";
import { PASSING, SHORTEST, iso, peopleOf, stands } from "./moves.js";
import { crewWord, span } from "./words.js";

const HOUR = 3600 * 1000;
const STEP = 5 * 60 * 1000;
const FAR = 5; // pixels after which a press is a drag
const GRIP = 9; // pixels at a block's end that change its length
const PATIENCE = 120; // milliseconds at one place before the server is asked

const laneAt = (x, y) => document.elementsFromPoint(x, y).map((found) => found.closest?.(".lane[data-person]")).find(Boolean);

/** What a move would do, in words: [lines, whether it is possible]. */
function verdict(tried, before) {
  if (!tried.possible) return [[tried.message], false];
  const visit = tried.visit;
  const lines = [`${span(visit.planned_start, visit.planned_end)} · ${crewWord(visit)}`];
  if (visit.travel_seconds) lines.push(t("%(minutes)s min on the way", { minutes: Math.ceil(visit.travel_seconds / 60) }));
  if (Date.parse(visit.promised_from) !== Date.parse(before.promised_from)) lines.push(t("The customer is to be told: %(window)s", { window: span(visit.promised_from, visit.promised_until) }));
  for (const other of tried.shifted) lines.push(t("%(customer)s: %(start)s instead of %(before)s", { customer: other.customer ?? t("Visit %(number)s", { number: other.number }), start: formatTime(other.start), before: formatTime(other.start_before) }));
  return [lines, true];
}

/** draggable(board, {moves, visit(number), hours(), hold(deed, number)}): booked visits can be moved on the board from now on; `hold` tells colleagues and
 * returns what ends it. */
export function draggable(board, { moves, visit: read, hours, hold }) {
  let drag = null;

  const moved = (event) => {
    if (!drag) return;
    if (!event.buttons) {
      end(); // let go where the page could not hear it
      return;
    }
    if (!drag.ghost) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR) return;
      begin();
    }
    event.preventDefault();
    if (drag.resize) stretch(event.clientX);
    else place(event.clientX, event.clientY);
  };

  function begin() {
    drag.ghost = document.createElement("div");
    drag.ghost.className = "visit-ghost";
    drag.ghost.setAttribute("role", "status");
    document.body.append(drag.ghost);
    drag.block.classList.add("is-dragged");
    document.body.classList.add("dragging");
    document.body.classList.toggle("stretching", drag.resize);
    drag.free = hold("moving", drag.visit.number);
  }

  function place(x, y) {
    const lane = laneAt(x, y);
    const track = lane?.querySelector(".lane-track")?.getBoundingClientRect();
    if (!track) return;
    const { from, count } = hours();
    const raw = from + ((x - drag.offset - track.left) / track.width) * count * HOUR;
    const was = Date.parse(drag.visit.planned_start);
    const start = was + Math.round((raw - was) / STEP) * STEP; // over another lane it keeps its minutes
    const left = track.left + ((start - from) / (count * HOUR)) * track.width;
    ghostAt(track, left, drag.width);
    aim({ start: iso(start), ...peopleOf(drag.visit, drag.from, Number(lane.dataset.person)) });
  }

  function stretch(x) {
    const track = drag.block.closest(".lane-track").getBoundingClientRect();
    const { from, count } = hours();
    const [start, was] = [Date.parse(drag.visit.planned_start), Date.parse(drag.visit.planned_end)];
    const far = ((x - drag.x) / track.width) * count * HOUR;
    const until = Math.max(start + SHORTEST, was + Math.round(far / STEP) * STEP);
    const pixels = (time) => (time / (count * HOUR)) * track.width;
    ghostAt(track, track.left + pixels(start - from), pixels(until - start));
    aim({ end: iso(until) });
  }

  const ghostAt = (track, left, width) => Object.assign(drag.ghost.style, { left: `${left}px`, top: `${track.top + 5}px`, width: `${width}px`, minHeight: `${track.height - 10}px` });

  /** It is held over a place: ask what would happen there when it stays. */
  function aim(wish) {
    if (JSON.stringify(wish) === JSON.stringify(drag.wish)) return;
    Object.assign(drag, { wish, tried: null });
    show();
    clearTimeout(drag.timer);
    drag.timer = setTimeout(() => ask(drag, wish), PATIENCE);
  }

  async function ask(mine, wish) {
    try {
      const tried = await moves.trial(mine.visit, wish);
      if (drag !== mine || mine.wish !== wish) return; // it is elsewhere by now
      mine.tried = tried;
      show();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // otherwise the move itself will say it
    }
  }

  function show() {
    const [lines, possible] = drag.tried ? verdict(drag.tried, drag.visit) : [[formatTime(drag.wish.start ?? drag.wish.end)], true];
    drag.ghost.toggleAttribute("data-refused", !possible);
    render(html`${possible ? nothing : icon("ban", { size: "small" })}<span class="stack tight">${lines.map((line) => html`<span>${line}</span>`)}</span>`, drag.ghost);
  }

  function end() {
    if (!drag) return;
    clearTimeout(drag.timer);
    drag.free?.();
    drag.ghost?.remove();
    drag.block.classList.remove("is-dragged");
    document.body.classList.remove("dragging", "stretching");
    drag = null;
  }

  board.addEventListener("pointerdown", (event) => {
    const block = event.target.closest(".visit-block[data-number]");
    const visit = block && read(Number(block.dataset.number));
    if (event.button !== 0 || event.ctrlKey || event.pointerType === "touch" || visit?.status !== "booked") return;
    const box = block.getBoundingClientRect();
    const from = Number(block.closest(".lane")?.dataset.person) || visit.person_id;
    const resize = box.width > 3 * GRIP && event.clientX > box.right - GRIP;
    drag = { block, visit, from, resize, x: event.clientX, y: event.clientY, offset: event.clientX - box.left, width: box.width, wish: null, tried: null, timer: 0, ghost: null, free: null };
  });
  addEventListener("pointermove", moved);
  addEventListener("pointerup", (event) => {
    if (!drag) return;
    const { ghost, visit, wish, tried, resize } = drag;
    const outside = !resize && !laneAt(event.clientX, event.clientY);
    end();
    if (!ghost) return; // a click: it opens
    addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
    setTimeout(() => dispatchEvent(new Event("click")), 0); // when the browser sends none
    if (outside || !wish || stands(visit, wish)) return;
    if (tried && !tried.possible && !PASSING.has(tried.code)) moves.refused(tried, visit, wish);
    else moves.move(visit, wish);
  });
  addEventListener("pointercancel", end);
  addEventListener("blur", end);
  addEventListener("keydown", (event) => {
    if (drag && event.key === "Escape") {
      event.stopPropagation();
      end();
    }
  }, { capture: true });
}
