// A lane for each technician: shifts as light bands, ways as thin lines, visits as blocks. On a narrow screen the same as a list.
import { html, icon, ifDefined, nothing, render, repeat, vars } from "../core/html.js";
import { formatTime, t, tn, zone } from "../core/i18n.js";
import { empty } from "../core/parts.js";
import { crewOf } from "./crews.js";
import { causeWord, departs, trouble } from "./forecast.js";
import { readinessMark, readinessWord } from "./readiness.js";
import { STATUS_ICONS, span, statusWord } from "./words.js";

const HOUR = 3600 * 1000;
const STATES = { on_site: () => t("on site"), on_the_way: () => t("on the way"), free: () => "" };

const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** How far the reader's wall clock is ahead of UTC at an instant, in milliseconds. */
function ahead(instant) {
  const found = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, value]));
  return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second) - Math.floor(instant / 1000) * 1000;
}

/** Midnight of a day ("2026-03-10") on the reader's wall, in milliseconds. */
export function dayStart(day) {
  const naive = Date.parse(`${day}T00:00:00Z`);
  return naive - ahead(naive - ahead(naive));
}

/** What the lanes show: from the first to the last full hour in which somebody works, at least eight hours. */
export function hoursOf(day, people, visits) {
  const midnight = dayStart(day);
  const seen = visits.filter((visit) => visit.status !== "cancelled");
  const starts = [...people.flatMap((person) => person.shifts.map((one) => Date.parse(one.start))), ...seen.map((visit) => Date.parse(visit.planned_start) - Math.max(0, ...crewOf(visit).map((one) => one.travel_seconds)) * 1000)];
  const ends = [...people.flatMap((person) => person.shifts.map((one) => Date.parse(one.end))), ...seen.map((visit) => Math.max(Date.parse(visit.planned_end), visit.expected_end_at ? Date.parse(visit.expected_end_at) : 0))];
  const first = starts.length ? Math.floor((Math.min(...starts) - midnight) / HOUR) : 8;
  const last = ends.length ? Math.ceil((Math.max(...ends) - midnight) / HOUR) : 18;
  const from = Math.max(-6, Math.min(first, 16));
  return { from: midnight + from * HOUR, count: Math.max(8, Math.min(36, last) - from) };
}

const share = (hours, at) => `${(((at - hours.from) / (hours.count * HOUR)) * 100).toFixed(3)}%`;
const long = (hours, start, end) => `${(Math.max(0, end - start) / (hours.count * HOUR) * 100).toFixed(3)}%`;

/**
 * drawLanes(element, view). `view`: {people and visits to show, everybody (ids of all technicians), hours, now, tinted (keys), away (number of a visit, as text → name
 * of who will not be there), fits(visit): whether it is more than taken time, chosen (key of what is selected), hands (number → who has the
 * visit in hand, in words), colour(person's id): a class of theirs on the map, "" without one, none: template when no lane is left, open(number)}.
 */
export function drawLanes(element, view) {
  const { people, visits, everybody, hours, now } = view;
  const shown = visits.filter((visit) => visit.status !== "cancelled").sort((a, b) => Date.parse(a.planned_start) - Date.parse(b.planned_start));
  const lost = shown.filter((visit) => !crewOf(visit).some((one) => everybody.has(one.person_id)));
  const lanes = [...people].sort((a, b) => Number(b.shifts.length > 0) - Number(a.shifts.length > 0) || a.name.localeCompare(b.name));
  const marks = Array.from({ length: hours.count + 1 }, (_none, index) => hours.from + index * HOUR);
  const lane = (person, mine) => laneOf(person, mine, view);
  render(
    people.length || lost.length
      ? html`<div class="lanes" ${vars({ "--hours": hours.count })}>
          <div class="lane-hours" aria-hidden="true"><span></span><div class="lane-track">${marks.slice(0, -1).map((mark) => html`<span class="lane-hour" ${vars({ "--from": share(hours, mark) })}>${formatTime(mark)}</span>`)}
            <span class="now-mark" ?hidden=${now < hours.from || now > hours.from + hours.count * HOUR} ${vars({ "--from": share(hours, now) })}></span></div></div>
          ${repeat(lanes, (person) => person.id, (person) => lane(person, shown.filter((visit) => crewOf(visit).some((one) => one.person_id === person.id))))}
          ${lost.length ? lane({ id: 0, name: t("Nobody"), shifts: [], skills: [], state: "free" }, lost) : nothing}
        </div>`
      : everybody.size
        ? view.none
        : empty({ icon: "users", title: t("No technicians yet"), text: t("Add technicians with skills and shifts in the settings; their days appear here.") }),
    element,
  );
  element.dataset.from = hours.from;
  element.dataset.count = hours.count;
}

/** Bring the present (on another day: the first visit or shift) into view; true once that was possible. */
export function scrollToNow(element, now) {
  const hours = { from: Number(element.dataset.from), count: Number(element.dataset.count) };
  const inside = now > hours.from && now < hours.from + hours.count * HOUR;
  const target = inside ? element.querySelector(".now-mark") : (element.querySelector(".lane-visit") ?? element.querySelector(".lane-shift"));
  if (!target) return false;
  const name = element.querySelector(".lane-name")?.offsetWidth ?? 0;
  const left = target.getBoundingClientRect().left - element.getBoundingClientRect().left + element.scrollLeft;
  element.scrollLeft = left - name - 100;
  return true;
}

/** Put the line of the present where it belongs, without drawing anew. */
export function moveNowLine(element, now) {
  const hours = { from: Number(element.dataset.from), count: Number(element.dataset.count) };
  element.querySelector(".now-mark")?.style.setProperty("--from", share(hours, now));
}

function laneOf(person, mine, view) {
  const { hours, fits, colour } = view;
  const left = mine.filter((visit) => visit.open).length;
  const skills = person.skills.map((skill) => `${skill.name} ${skill.level}`).join(", ");
  const fitting = mine.filter(fits);
  return html`<section class="lane" aria-label=${person.name} data-person=${person.id || nothing} data-off=${person.shifts.length ? nothing : "yes"} data-quiet=${mine.length && !fitting.length ? "yes" : nothing}>
    <div class="lane-name">
      <span class="strong clip" title=${ifDefined(skills || undefined)}>${colour(person.id) ? html`<span class="swatch ${colour(person.id)}" aria-hidden="true"></span>` : nothing}${person.name}</span>
      <span class="tiny soft clip">${person.shifts.length || mine.length ? [STATES[person.state]?.(), left ? tn("%(count)s to do", "%(count)s to do", left) : mine.length ? t("all done") : t("free")].filter(Boolean).join(" · ") : t("off")}</span>
    </div>
    <ol class="lane-track">
      ${person.shifts.map((one) => html`<li class="lane-shift" aria-hidden="true" ${vars({ "--from": share(hours, Date.parse(one.start)), "--long": long(hours, Date.parse(one.start), Date.parse(one.end)) })}></li>`)}
      ${repeat(mine, (visit) => visit.number, (visit) => (fits(visit) ? block(visit, person, view) : taken(visit, person, hours)))}
    </ol>
  </section>`;
}

/** Time that is taken by a visit which the filters leave out: nobody is to seem free who is not. */
const taken = (visit, person, hours) => {
  const left = Date.parse(visit.planned_start) - (wayOf(visit, person) * 1000);
  return html`<li class="lane-taken" title=${t("Left out by the filters: %(what)s", { what: [span(visit.planned_start, visit.planned_end), visit.customer ?? visit.ticket.subject].join(" ") })} ${vars({ "--from": share(hours, left), "--long": long(hours, left, Date.parse(visit.planned_end)) })}><span class="visually-hidden">${t("taken %(time)s", { time: span(visit.planned_start, visit.planned_end) })}</span></li>`;
};

/** Seconds of that person's way to it. */
const wayOf = (visit, person) => crewOf(visit).find((one) => one.person_id === person.id)?.travel_seconds ?? visit.travel_seconds;

/** One visit in one lane: a crew's stands in each of theirs, with that person's way to it. */
function block(visit, person, { hours, now, tinted, away, chosen, hands, open }) {
  const start = Date.parse(visit.planned_start);
  const end = Date.parse(visit.planned_end);
  const others = crewOf(visit).filter((one) => one.person_id !== person.id);
  const crew = visit.helpers?.length ? t("together with %(names)s", { names: others.map((one) => one.name).join(", ") }) : "";
  const travel = wayOf(visit, person) * 1000;
  const missing = away.get(String(visit.number));
  const wrong = missing === undefined ? trouble(visit, now) : crew ? t("%(name)s is away", { name: missing }) : t("technician is away");
  const ghost = departs(visit) ? [visit.arrived_at ? end : Date.parse(visit.expected_start_at), Date.parse(visit.expected_end_at)] : null;
  const hand = hands.get(visit.number);
  const said = [statusWord(visit.status), span(start, end), crew, visit.ticket.subject, visit.customer, visit.site?.address, wrong, causeWord(visit), ghost && !visit.arrived_at ? t("expected %(window)s", { window: span(visit.expected_start_at, visit.expected_end_at) }) : "", visit.readiness?.lines.length ? readinessWord(visit.readiness) : "", hand].filter(Boolean).join(", ");
  return html`${travel ? html`<li class="lane-way" aria-hidden="true" ${vars({ "--from": share(hours, start - travel), "--long": long(hours, start - travel, start) })}></li>` : nothing}
    ${ghost && ghost[1] > ghost[0] ? html`<li class="lane-expected" aria-hidden="true" data-late=${visit.late_seconds ? "yes" : nothing} ${vars({ "--from": share(hours, ghost[0]), "--long": long(hours, ghost[0], ghost[1]) })}>${visit.arrived_at ? nothing : html`<span class="clip">${formatTime(visit.expected_start_at)} ${visit.customer ?? visit.ticket.subject}</span>`}</li>` : nothing}
    <li class=${tinted.has(`visit:${visit.number}`) ? "lane-visit changed" : "lane-visit"} ${vars({ "--from": share(hours, start), "--long": long(hours, start, end) })}>
      <button type="button" class="visit-block" data-number=${visit.number} data-status=${visit.status} data-wrong=${wrong ? "yes" : nothing} data-hand=${hand ? "yes" : nothing} aria-current=${chosen === `visit:${visit.number}` ? "true" : nothing} title=${said} @click=${() => open(visit.number)}>
        <span class="visually-hidden">${statusWord(visit.status)}</span><span class="visit-block-head">${visit.status === "booked" ? nothing : icon(STATUS_ICONS[visit.status] ?? "calendar-event", { size: "small" })}<span>${formatTime(start)}</span>${crew ? html`<span class="visit-crew">${icon("users", { size: "small" })}<span aria-hidden="true">${visit.helpers.length + 1}</span></span>` : nothing}${readinessMark(visit.readiness, { brief: true })}</span>
        <span class="clip">${visit.customer ?? visit.ticket.subject}</span>
        ${hand ? html`<span class="visit-hand clip">${icon("hand-stop", { size: "small" })}${hand}</span>` : wrong ? html`<span class="visit-wrong clip">${wrong}</span>` : html`<span class="soft clip visit-subject">${visit.ticket.subject}</span>`}
      </button>
    </li>`;
}
