// Each technician's stops in order, and where they are by their last report. Pure.

import { crewOf } from "./crews.js";

/** Whether a map can show it: a site, or a job to place. */
export const located = (place) => Number.isFinite(place?.latitude) && Number.isFinite(place?.longitude);

/** The place a technician is at by their last report of the day, from their visits: {visit, at, status}; null when there is none. */
export function whereabouts(visits) {
  const last = (at) => visits.filter((visit) => visit[at]).sort((a, b) => Date.parse(b[at]) - Date.parse(a[at]))[0];
  const there = visits.find((visit) => visit.status === "on_site");
  if (there) return { visit: there, at: there.arrived_at, status: "on_site" };
  const going = visits.find((visit) => visit.status === "on_the_way");
  if (going) return { visit: going, at: going.left_at, status: "on_the_way" };
  const ended = last("ended_at");
  return ended ? { visit: ended, at: ended.ended_at, status: "ended" } : null;
}

/** By technician the stops in the order of the day: {visit, order}; the order counts stops that the filters leave out or that have no place. */
export function stopsOf(visits, everything) {
  const shown = new Set(visits.map((visit) => visit.number));
  const days = new Map();
  for (const visit of [...everything].sort((a, b) => Date.parse(a.planned_start) - Date.parse(b.planned_start) || a.number - b.number)) {
    for (const { person_id: id } of crewOf(visit)) days.set(id, [...(days.get(id) ?? []), visit]);
  }
  return new Map([...days].map(([id, mine]) => [id, mine.map((visit, index) => ({ visit, order: index + 1 })).filter(({ visit }) => shown.has(visit.number))]));
}
