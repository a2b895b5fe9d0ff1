// Which visits, technicians and jobs to place the dispatch board shows. Pure: the state lives in the address and, for the next time, with the reader.

import { crewOf } from "./crews.js";

export const GROUPS = ["branch", "technician", "skill", "work", "state"];
export const STATES = ["at_risk", "not_ready", "unconfirmed"];

/** When the ticket is due before somebody is there. */
const tooLate = ({ open, arrived_at: arrived, due_at: due, expected_start_at: expected, planned_start: planned }) =>
  Boolean(open && !arrived && due) && Date.parse(due) < Date.parse(expected ?? planned);

/** `world`: {people: Map id → technician, troubled: Set of numbers, as text, of the visits that stand under "At risk today" or "To place anew"}. */
const STATE = {
  at_risk: (visit, { troubled }) => troubled.has(String(visit.number)) || visit.late_seconds > 0 || visit.overtime_seconds > 0 || visit.cause === "part" || tooLate(visit),
  not_ready: (visit) => visit.open && Boolean(visit.readiness?.lines.length) && visit.readiness.state !== "ready",
  unconfirmed: (visit) => visit.status === "proposed",
};
const among = (chosen, value) => chosen.includes(String(value));
const needs = (job, chosen) => job.skills.some((skill) => among(chosen, skill.id));
/** Of a visit or a job whose branch or work nobody knows it cannot be said that it does not fit. */
const known = (value, test) => value === null || value === undefined || test(value);

const VISIT = {
  branch: (visit, chosen, world) => crewOf(visit).some((one) => known(world.people.get(one.person_id)?.branch_id, (id) => among(chosen, id))) || !visit.person_id,
  technician: (visit, chosen) => crewOf(visit).some((one) => among(chosen, one.person_id)),
  skill: (visit, chosen) => needs(visit.job_type, chosen),
  work: (visit, chosen) => among(chosen, visit.job_type.id),
  state: (visit, chosen, world) => chosen.some((state) => STATE[state](visit, world)),
};
const PERSON = {
  branch: (person, chosen) => among(chosen, person.branch_id),
  technician: (person, chosen) => among(chosen, person.id),
  skill: (person, chosen) => person.skills.some((skill) => among(chosen, skill.id)),
};
const JOB = {
  branch: (line, chosen) => known(line.branch_id, (id) => among(chosen, id)),
  skill: (line, chosen) => known(line.job_type, (job) => needs(job, chosen)),
  work: (line, chosen) => known(line.job_type, (job) => among(chosen, job.id)),
};

const fits = (tests, row, filters, world, without) => GROUPS.every((group) => group === without || !filters[group].length || (tests[group]?.(row, filters[group], world) ?? true));

export const visitFits = (visit, filters, world, without) => fits(VISIT, visit, filters, world, without);
export const personFits = (person, filters) => fits(PERSON, person, filters);
/** A ticket that waits for a visit; by technician and state nothing can be said of it. */
export const jobFits = (line, filters) => fits(JOB, line, filters);

export const none = () => Object.fromEntries(GROUPS.map((group) => [group, []]));
export const count = (filters) => GROUPS.reduce((sum, group) => sum + filters[group].length, 0);
/** Filters that the lists of jobs to place go by as well. */
export const countOfJobs = (filters) => Object.keys(JOB).reduce((sum, group) => sum + filters[group].length, 0);

/** The filters of an address; what is no value is left out. */
export function readFilters(search) {
  const query = new URLSearchParams(search);
  const valid = (group, value) => (group === "state" ? STATES.includes(value) : /^\d{1,15}$/.test(value));
  return Object.fromEntries(GROUPS.map((group) => [group, [...new Set(query.getAll(group))].filter((value) => valid(group, value))]));
}

/** The other way round; `more`: what else stands in the address. */
export function addressOf(filters, more = {}) {
  const query = new URLSearchParams(more);
  for (const group of GROUPS) for (const value of filters[group]) query.append(group, value);
  return `?${query}`;
}

/** The filters with one value more, or without it. */
export const toggled = (filters, group, value) => ({ ...filters, [group]: filters[group].includes(value) ? filters[group].filter((one) => one !== value) : [...filters[group], value] });

/**
 * What can be chosen: by group [{value, label, count}], by label; `count`: how many visits there are of it among those that fit the other groups.
 * States have no label: they are words. What is chosen and not there (any more) stays, so that it can be taken away.
 */
export function choices({ visits, people, lines, filters, world }) {
  const jobs = [...visits, ...lines].map((row) => row.job_type).filter(Boolean);
  const found = {
    branch: people.map((person) => [person.branch_id, person.branch]),
    technician: people.map((person) => [person.id, person.name]),
    skill: [...people, ...jobs].flatMap((row) => row.skills.map((skill) => [skill.id, skill.name])),
    work: jobs.map((job) => [job.id, job.name]),
    state: STATES.map((state) => [state, ""]),
  };
  return Object.fromEntries(
    GROUPS.map((group) => {
      const rest = visits.filter((visit) => visitFits(visit, filters, world, group));
      const named = new Map([...filters[group].map((value) => [value, `#${value}`]), ...found[group].map(([value, label]) => [String(value), label])]);
      const options = [...named].map(([value, label]) => ({ value, label, count: rest.filter((visit) => VISIT[group](visit, [value], world)).length }));
      return [group, options.sort((a, b) => a.label.localeCompare(b.label))];
    }),
  );
}

const keptAs = (reader) => `callout-board-filters:${reader}`;

/** What this person chose last on this device; null when there is nothing. */
export function remembered(reader) {
  try {
    const kept = localStorage.getItem(keptAs(reader));
    return kept ? readFilters(kept) : null;
  } catch {
    return null;
  }
}

export function remember(reader, filters) {
  try {
    localStorage.setItem(keptAs(reader), addressOf(filters));
  } catch {
    // a browser that keeps nothing: the address still does
  }
}
