// What a move of a visit on the board does, by whichever way it was made: tried, done, refused with the rule's name, taken back.
import { ApiError, api, pageData } from "../core/api.js";
import { t } from "../core/i18n.js";
import { announce, toast, toastError } from "../core/toast.js";
import { crewOf } from "./crews.js";
import { crewWord, span } from "./words.js";

const KEPT = 30; // moves that can be taken back
export const SHORTEST = 10 * 60 * 1000; // of a visit
export const PASSING = new Set(["busy", "changed_meanwhile"]); // said of the moment, not of the place

export const iso = (moment) => new Date(moment).toISOString();

/** Who goes when one of them gives their place to another: of a crew only the block that was dragged changes hands. */
export function peopleOf(visit, from, to) {
  const crew = crewOf(visit).map((one) => one.person_id);
  if (from === to || crew.includes(to)) return {};
  const [person_id, ...helper_ids] = crew.map((one) => (one === from ? to : one));
  return crew.length > 1 ? { person_id, helper_ids } : { person_id: to };
}

/** Whether a visit stands as wished. */
export const stands = (visit, { start, end, person_id, helper_ids }) => {
  const crew = person_id ? [person_id, ...(helper_ids ?? crewOf(visit).slice(1).map((one) => one.person_id))] : null;
  return (!start || Date.parse(start) === Date.parse(visit.planned_start)) && (!end || Date.parse(end) === Date.parse(visit.planned_end)) && (!crew || crew.join() === crewOf(visit).map((one) => one.person_id).join());
};

/** Moving, being refused, and taking back. `read(number)`: the visit as the live channel has it. */
export function movesOf(read) {
  const done = []; // {visit: as it was, version: since}
  const last = new Map(); // as the server answered, until the live channel is as far
  let queue = Promise.resolve();

  /** Deeds one after the other: who takes a move back at once means the one that is still on its way. */
  const after = (deed) => {
    const done = queue.then(deed);
    queue = done.catch(() => {}); // what went wrong is reported; the next is done all the same
    return done;
  };

  const fresh = (number) => {
    const [row, mine] = [read(number), last.get(number)];
    return mine && row && mine.version > row.version ? { ...row, ...mine } : row;
  };
  const trial = (visit, wish) => api.post(`/api/v1/visits/${visit.number}/slot/trial`, wish, { key: null, retry: false });

  /** The rule in the way; a dispatcher may set some aside. */
  function refused({ code, message, overridable }, visit, wish) {
    const action = overridable && pageData.may.manage ? { label: t("Move it all the same"), run: () => move(visit, wish, [code]) } : null;
    toast(message, { kind: "problem", action });
  }

  /** Move it, and offer to take that back. `despite`: rules set aside. */
  async function put(visit, wish, despite = []) {
    try {
      const now = await api.put(`/api/v1/visits/${visit.number}/slot`, { ...wish, version: visit.version, despite });
      last.set(now.number, now);
      const move = { visit, version: now.version };
      done.push(move);
      done.splice(0, done.length - KEPT);
      const text = t("Visit %(number)s: %(time)s, %(name)s", { number: now.number, time: span(now.planned_start, now.planned_end), name: crewWord(now) });
      toast(text, { undo: () => after(() => back(move)) });
      announce(text);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  /** As it was before; not when a colleague moved it since. */
  async function back(move) {
    const { visit } = move;
    if (done.includes(move)) done.splice(done.indexOf(move), 1);
    const { person_id, planned_start: start, planned_end: end, promised_from, promised_until } = visit;
    const helper_ids = visit.helpers.map((one) => one.person_id);
    try {
      const now = await api.put(`/api/v1/visits/${visit.number}/slot`, { person_id, helper_ids, start, end, promised_from, promised_until, version: move.version });
      last.set(now.number, now);
      for (const other of done) if (other.visit.number === now.number && other.version === visit.version) other.version = now.version; // the one before it can be taken back too
      toast(t("Visit %(number)s is where it was.", { number: visit.number }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      toastError(error);
    }
  }

  /** One step by the keyboard after the other, each from where the one before led; what is not possible is said before it is done. */
  function one(number, wishOf) {
    after(async () => {
      const visit = fresh(number);
      const wish = visit?.status === "booked" ? wishOf(visit) : null;
      if (!wish || stands(visit, wish)) return;
      try {
        const tried = await trial(visit, wish);
        if (tried.possible || PASSING.has(tried.code)) await put(visit, wish);
        else refused(tried, visit, wish);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        toastError(error);
      }
    });
  }

  const move = (visit, wish, despite) => after(() => put(visit, wish, despite));
  const undo = () => after(() => (done.length ? back(done.at(-1)) : toast(t("There is no move of yours to take back."))));

  return { trial, move, refused, one, undo };
}
