// A visit is dragged to another time or technician. While it is held the server is asked what would happen there (`…/slot/trial`, the same rules as the
// move itself), and the rule in the way is named before it is let go. With the keyboard: Alt and the arrows on a visit.
import { ApiError, api, pageData } from "../core/api.js";
import { html, icon, nothing, render } from "../core/html.js";
import { formatTime, t } from "../core/i18n.js";
import { announce, toast, toastError } from "../core/toast.js";
import { crewOf, crewWord, span } from "./words.js";

const HOUR = 3600 * 1000;
const STEP = 5 * 60 * 1000;
const NUDGE = 15 * 60 * 1000; // one press of an arrow
const FAR = 5; // pixels after which a press is a drag
const PATIENCE = 120; // milliseconds at one place before the server is asked

const PASSING = new Set(["busy", "changed_meanwhile"]); // said of the moment, not of the place

const iso = (moment) => new Date(moment).toISOString();
const laneAt = (x, y) => document.elementsFromPoint(x, y).map((found) => found.closest?.(".lane[data-person]")).find(Boolean);

/** Who goes when one of them gives their place to another: of a crew only the block that was dragged changes hands. */
function peopleOf(visit, from, to) {
  const crew = crewOf(visit).map((one) => one.person_id);
  if (from === to || crew.includes(to)) return {};
  const [person_id, ...helper_ids] = crew.map((one) => (one === from ? to : one));
  return crew.length > 1 ? { person_id, helper_ids } : { person_id: to };
}

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

/** draggable(board, {visit(number), hours()}): visits that are booked can be moved on the board from now on. */
export function draggable(board, { visit: read, hours }) {
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
    place(event.clientX, event.clientY);
  };

  function begin() {
    drag.ghost = document.createElement("div");
    drag.ghost.className = "visit-ghost";
    drag.ghost.setAttribute("role", "status");
    document.body.append(drag.ghost);
    drag.block.classList.add("is-dragged");
    document.body.classList.add("dragging");
  }

  function place(x, y) {
    const lane = laneAt(x, y);
    const track = lane?.querySelector(".lane-track")?.getBoundingClientRect();
    if (!track) return;
    const { from, count } = hours();
    const raw = from + ((x - drag.offset - track.left) / track.width) * count * HOUR;
    const was = Date.parse(drag.visit.planned_start);
    const start = was + Math.round((raw - was) / STEP) * STEP; // over another lane it keeps its minutes
    const person = Number(lane.dataset.person);
    const left = track.left + ((start - from) / (count * HOUR)) * track.width;
    Object.assign(drag.ghost.style, { left: `${left}px`, top: `${track.top + 5}px`, width: `${drag.width}px`, minHeight: `${track.height - 10}px` });
    if (drag.start === start && drag.person === person) return;
    Object.assign(drag, { start, person, tried: null });
    show();
    clearTimeout(drag.timer);
    drag.timer = setTimeout(() => ask(drag, start, person), PATIENCE);
  }

  async function ask(mine, start, person) {
    try {
      const tried = await api.post(`/api/v1/visits/${mine.visit.number}/slot/trial`, { start: iso(start), ...peopleOf(mine.visit, mine.from, person) }, { key: null, retry: false });
      if (drag !== mine || mine.start !== start || mine.person !== person) return; // it is elsewhere by now
      mine.tried = tried;
      show();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // otherwise the move itself will say it
    }
  }

  function show() {
    const [lines, possible] = drag.tried ? verdict(drag.tried, drag.visit) : [[formatTime(drag.start)], true];
    drag.ghost.toggleAttribute("data-refused", !possible);
    render(html`${possible ? nothing : icon("ban", { size: "small" })}<span class="stack tight">${lines.map((line) => html`<span>${line}</span>`)}</span>`, drag.ghost);
  }

  function end() {
    if (!drag) return;
    clearTimeout(drag.timer);
    drag.ghost?.remove();
    drag.block.classList.remove("is-dragged");
    document.body.classList.remove("dragging");
    drag = null;
  }

  board.addEventListener("pointerdown", (event) => {
    const block = event.target.closest(".visit-block[data-number]");
    const visit = block && read(Number(block.dataset.number));
    if (event.button !== 0 || event.ctrlKey || event.pointerType === "touch" || visit?.status !== "booked") return;
    const box = block.getBoundingClientRect();
    const from = Number(block.closest(".lane")?.dataset.person) || visit.person_id;
    drag = { block, visit, x: event.clientX, y: event.clientY, offset: event.clientX - box.left, width: box.width, start: Date.parse(visit.planned_start), from, person: from, tried: null, timer: 0, ghost: null };
  });
  addEventListener("pointermove", moved);
  addEventListener("pointerup", (event) => {
    if (!drag) return;
    const outside = !laneAt(event.clientX, event.clientY);
    const { ghost, visit, start, from, person, tried } = drag;
    const people = peopleOf(visit, from, person);
    const unchanged = start === Date.parse(visit.planned_start) && !("person_id" in people);
    end();
    if (!ghost) return; // a click: it opens
    addEventListener("click", (event) => event.stopPropagation(), { capture: true, once: true });
    setTimeout(() => dispatchEvent(new Event("click")), 0); // when the browser sends none
    if (unchanged || outside) return;
    if (tried && !tried.possible && !PASSING.has(tried.code)) refused(tried, visit, start, people);
    else put(visit, start, people);
  });
  addEventListener("pointercancel", end);
  addEventListener("blur", end);
  addEventListener("keydown", (event) => {
    if (drag && event.key === "Escape") {
      event.stopPropagation();
      end();
    }
  }, { capture: true });

  board.addEventListener("keydown", (event) => {
    const block = event.target.closest(".visit-block[data-number]");
    const visit = block && event.altKey && read(Number(block.dataset.number));
    const [minutes, lanes] = { ArrowLeft: [-NUDGE, 0], ArrowRight: [NUDGE, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!visit || visit.status !== "booked" || (!minutes && !lanes)) return;
    event.preventDefault();
    const all = [...board.querySelectorAll(".lane[data-person]")];
    const at = all.indexOf(block.closest(".lane"));
    const lane = at < 0 ? null : all[at + lanes];
    if (!lane) return;
    const people = peopleOf(visit, Number(all[at].dataset.person), Number(lane.dataset.person));
    if (minutes || "person_id" in people) put(visit, Date.parse(visit.planned_start) + minutes, people);
  });
}

/** The rule in the way; a dispatcher may set some aside. */
function refused({ code, message, overridable }, visit, start, people) {
  const action = overridable && pageData.may.manage ? { label: t("Move it all the same"), run: () => put(visit, start, people, [code]) } : null;
  toast(message, { kind: "problem", action });
}

/** Move it, and offer to take that back. `people`: who goes instead; `despite`: rules set aside. */
async function put(visit, start, people, despite = []) {
  try {
    const now = await api.put(`/api/v1/visits/${visit.number}/slot`, { start: iso(start), ...people, version: visit.version, despite });
    const text = t("Visit %(number)s: %(time)s, %(name)s", { number: now.number, time: span(now.planned_start, now.planned_end), name: crewWord(now) });
    toast(text, { undo: () => back(visit) });
    announce(text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}

async function back(visit) {
  const was = { person_id: visit.person_id, helper_ids: visit.helpers.map((one) => one.person_id), start: visit.planned_start, end: visit.planned_end, promised_from: visit.promised_from, promised_until: visit.promised_until };
  try {
    await api.put(`/api/v1/visits/${visit.number}/slot`, was);
    toast(t("Visit %(number)s is where it was.", { number: visit.number }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toastError(error);
  }
}
