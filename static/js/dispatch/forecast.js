// What is expected of a visit beside its plan, in words: how late, why, and when instead. Pure.
import { formatDuration, formatTime, t } from "../core/i18n.js";

const NEWS = 5 * 60; // seconds beside the plan that are worth a word
const LATE = NEWS * 1000;
const away = (visit) => visit.cause === "absent";

/** By how many seconds work is expected to begin after its plan; 0 when it has begun, or nothing is known. */
export function shiftOf(visit) {
  if (!visit.open || visit.arrived_at || !visit.expected_start_at) return 0;
  return (Date.parse(visit.expected_start_at) - Date.parse(visit.planned_start)) / 1000;
}

/** Whether its expected time is drawn beside its planned one. */
export const departs = (visit) =>
  Boolean(visit.open && visit.expected_start_at && visit.expected_end_at) &&
  (Math.abs(shiftOf(visit)) > NEWS || (visit.status === "on_site" && Math.abs(Date.parse(visit.expected_end_at) - Date.parse(visit.planned_end)) > NEWS * 1000));

/** How bad it is, in a word or two; "" when it goes as promised. */
export function forecastWord(visit) {
  if (!visit.open) return "";
  if (visit.late_seconds >= 60) return t("late by %(time)s", { time: formatDuration(visit.late_seconds) });
  if (visit.cause === "part") return t("the part comes too late");
  if (away(visit)) return t("technician is away");
  if (visit.overtime_seconds >= 60) return t("%(time)s beyond the shift", { time: formatDuration(visit.overtime_seconds) });
  if (visit.status === "on_site" && visit.cause) return t("until about %(time)s", { time: formatTime(visit.expected_end_at) });
  return shiftOf(visit) > NEWS ? t("expected %(time)s", { time: formatTime(visit.expected_start_at) }) : "";
}

/** What is wrong with a visit's time, in words: what is expected of it, late to leave, or planned after the ticket is due. */
export function trouble(visit, now) {
  const expected = forecastWord(visit);
  if (expected) return expected;
  const start = Date.parse(visit.planned_start);
  if (visit.status === "booked" && now > start + LATE) return t("late by %(time)s", { time: formatDuration((now - start) / 1000) });
  if (visit.status === "on_site" && now > Date.parse(visit.planned_end) + LATE) return t("over by %(time)s", { time: formatDuration((now - Date.parse(visit.planned_end)) / 1000) });
  const due = visit.open && visit.due_at ? Date.parse(visit.due_at) : Infinity;
  return due > now && due < start ? t("will be late: due %(time)s", { time: formatTime(due) }) : "";
}

const OWN = {
  overrun: () => t("takes longer than planned"),
  late_start: () => t("was begun late"),
  road: () => t("the way takes longer than planned"),
  not_left: () => t("nobody has left for it yet"),
  break: () => t("the break comes before it"),
  tight: () => t("the plan leaves too little time for work and way"),
  absent: () => t("technician is away"),
  part: () => t("a part comes after the visit"),
  crew: () => t("another of the crew is there later"),
};
const OTHER = {
  overrun: (number) => t("visit %(number)s takes longer", { number }),
  late_start: (number) => t("visit %(number)s was begun late", { number }),
  road: (number) => t("the way to visit %(number)s takes longer", { number }),
  not_left: (number) => t("nobody has left for visit %(number)s yet", { number }),
  crew: (number) => t("visit %(number)s waits for another of the crew", { number }),
};

/** Why, as a sentence's part; "" when there is nothing to say. */
export const causeWord = (visit) =>
  visit.because_of ? (OTHER[visit.cause] ?? ((number) => t("visit %(number)s before it takes longer", { number })))(visit.because_of) : (OWN[visit.cause]?.() ?? "");
