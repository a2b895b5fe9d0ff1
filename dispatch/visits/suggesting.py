"""Who can come, when, with what: the openings of everybody with the skills, the parts told from where they come, the best first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotFound
from dispatch.materials import queries as stock
from dispatch.materials.models import Part, Place
from dispatch.materials.rules import LineState, VisitReadiness
from dispatch.materials.sourcing import Alternates, Incoming, Sourcing, Spot, in_order, source
from dispatch.promises import lateness
from dispatch.promises.rules import area
from dispatch.visits import experience, insertion, pace, schedule, why
from dispatch.visits.durations import Durations
from dispatch.visits.insertion import Job, Opening
from dispatch.visits.models import JobType, Visit
from dispatch.visits.queries import held_visits
from dispatch.visits.queries import job_type as known_job_type
from dispatch.visits.rules import WINDOW
from dispatch.visits.schedule import moment, stamp
from dispatch.visits.travel import Point, point, seconds
from dispatch.visits.why import Reason
from staff import queries as staff
from staff.models import Person
from staff.rules import TECHNICIAN_KINDS
from tickets.models import Ticket
from tickets.sla.models import Clock

AHEAD = timedelta(days=14)
_HALF_HOUR = 1800
# What a second costs beside waiting one second longer for the visit: driving is three times as bad, a stop to fetch parts half an hour.
_DRIVING = 3
_FETCHING = 1800
_GIVING_WAY = 1  # others start earlier or later by as much
_NIGHT = 24 * 3600
_DAYTIME = (7, 20)  # hours on the wall


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A visit that works. Times are UTC; `arrival` is when the technician is expected at the door (by experience), `promised_*` what to
    tell the customer.

    `expected_seconds`: how long the work is likely to take this technician (`experience`); `start` to `end` are the job type's own minutes, of a
    visit that is moved its own length.
    `sla_holds`: None when nothing is due; `spare_seconds` until the first due time (negative: late).
    """

    person_id: int
    technician: str
    start: datetime
    end: datetime
    arrival: datetime
    promised_from: datetime
    promised_until: datetime
    travel_seconds: int
    extra_seconds: int
    shifted_seconds: int
    expected_seconds: int
    readiness: VisitReadiness
    sla_holds: bool | None
    spare_seconds: int | None
    reasons: tuple[Reason, ...]

    @property
    def travel_minutes(self) -> int:
        return why.minutes(self.travel_seconds)


@dataclass(frozen=True, slots=True)
class Found:
    """Suggestions, the best first; when there are none, what stands in the way."""

    suggestions: tuple[Suggestion, ...]
    obstacles: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """When the ticket's running clocks want somebody there, and the work done; seconds since 1970."""

    arrival: int | None
    end: int | None

    def spare(self, candidate: Candidate) -> int | None:
        """Seconds until the first, from when somebody is expected there and the planned end; negative: late."""
        opening = candidate.opening
        spares = [due - at for due, at in ((self.arrival, candidate.expected), (self.end, opening.end)) if due is not None]
        return min(spares, default=None)


@dataclass(frozen=True, slots=True)
class Material:
    """What is known of the parts, read once for all technicians."""

    kit: Mapping[int, int]
    places: Mapping[int, Place]
    free: Mapping[tuple[int, int], int]
    incoming: Sequence[Incoming]
    site: Point | None
    alternates: Alternates

    def sourcing(self, van_id: int | None) -> Sourcing:
        spots = in_order((spot_of(place, self.site) for place in self.places.values()), van_id)
        return source(self.kit, van_id=van_id, spots=spots, free=self.free, incoming=self.incoming, alternates=self.alternates)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One opening of one technician with its cost (seconds), what the parts say, and how many minutes after the plan they usually come."""

    cost: int
    person: Person
    opening: Opening
    sourcing: Sourcing
    late: int

    @property
    def expected(self) -> int:
        """When somebody is expected at the door; seconds since 1970."""
        return self.opening.start + 60 * self.late


def suggest(
    *,
    ticket_id: int,
    job_type_id: int,
    now: datetime,
    earliest: datetime | None = None,
    latest: datetime | None = None,
    count: int = 6,
) -> list[Suggestion]:
    """The best visits for a ticket, the best first: see `find`."""
    return list(find(ticket_id=ticket_id, job_type_id=job_type_id, now=now, earliest=earliest, latest=latest, count=count).suggestions)


def find(
    *,
    ticket_id: int,
    job_type_id: int,
    now: datetime,
    earliest: datetime | None = None,
    latest: datetime | None = None,
    count: int = 6,
    moving: int | None = None,
    person_id: int | None = None,
) -> Found:
    """Technicians who have every skill at its level, are on shift and free for way and work, with the parts on the van or fetched on the way.

    Between `earliest` (not before `now`) and `latest` (14 days after). Reads only; nothing is held: booking checks again. `moving` names a
    visit that keeps its length and whose own time and parts count as free, as do those that are held for the ticket. `person_id`: nobody else.
    When nobody can, the obstacles say why. Raises NotFound.
    """
    ticket = db.session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound(_("There is no such ticket."))
    job_type = known_job_type(job_type_id)
    start = max(now, earliest or now)
    end = max(start, latest or start + AHEAD)
    people = [one for one in skilled(job_type, on=start.date()) if person_id in (None, one.id)]
    if not people:
        return Found((), tuple(_who_lacks(job_type, start.date())))
    site = point(ticket.site.latitude, ticket.site.longitude) if ticket.site is not None else None
    leaving = [*([moving] if moving is not None else []), *(visit.id for visit in held_visits(ticket.id))]
    material = material_for(job_type, site, before=end, leaving=leaving)
    length = _length(job_type, moving)
    candidates = list(_candidates(people, job_type, length, material, start, end, now, leaving, ticket))
    if not candidates:
        return Found((), tuple(_why_none(people, length, material, start, end)))
    due = due_of(ticket.id)
    chosen = _spread(candidates, due, count)
    parts = stock.part_names(stock.with_alternates(material.kit, material.alternates))
    took = experience.durations_of([job_type], now=now)[job_type.id]
    return Found(tuple(_suggestion(candidate, job_type, material, due, parts, took, now) for candidate in chosen))


def _length(job_type: JobType, moving: int | None) -> timedelta:
    visit = db.session.get(Visit, moving) if moving is not None else None
    return visit.planned_end - visit.planned_start if visit is not None else timedelta(minutes=job_type.minutes)


def _usually_late(ticket: Ticket) -> Callable[[Person, Opening], int]:
    """Minutes after the plan that somebody is to be expected there, by experience; one query for all."""
    known = lateness.usual(lateness.WINDOW)
    site = ticket.site
    zone = ZoneInfo(site.time_zone if site is not None else ticket.queue.branch.time_zone)
    place = area(site.postal_code, site.city) if site is not None else ""

    def minutes(person: Person, opening: Opening) -> int:
        return known.minutes(person.id, moment(opening.start).astimezone(zone).hour, place)

    return minutes


def skilled(job_type: JobType, *, on: date) -> list[Person]:
    """Active technicians with everything the job asks for."""
    return staff.with_skills({line.skill_id: line.level for line in job_type.skills}, on=on, kinds=TECHNICIAN_KINDS)


def due_of(ticket_id: int) -> Due:
    """From the running clocks; those that are paused say nothing."""
    query = select(Clock.kind, Clock.due_at).where(Clock.ticket_id == ticket_id, Clock.stopped_at.is_(None), Clock.due_at.is_not(None))
    found = {kind: stamp(due_at) for kind, due_at in db.session.execute(query) if due_at is not None}
    return Due(found.get("on_site"), found.get("resolution"))


def material_for(job_type: JobType, site: Point | None, *, before: datetime, leaving: Collection[int] = ()) -> Material:
    """Stock and orders for a kit; orders that come before a day. What the visits `leaving` hold counts as free."""
    kit = {line.part_id: line.quantity for line in job_type.kit}
    places = {place.id: place for place in stock.places()} if kit else {}
    alternates = stock.alternates_of(kit)
    eligible = stock.with_alternates(kit, alternates)
    lines = stock.incoming(eligible) if kit else []
    coming = [
        Incoming(line.id, line.part_id, line.quantity - line.received - line.reserved, line.eta, line.place_id)
        for line in lines
        if line.eta is not None and line.eta < before.date()
    ]
    free = stock.free_of(eligible) if kit else {}
    for held in (one for mine in stock.held_of(leaving).values() for one in mine) if leaving else ():
        if held.place_id is not None:
            free[held.part_id, held.place_id] = free.get((held.part_id, held.place_id), 0) + held.quantity
    return Material(kit, places, free, coming, site, alternates)


def spot_of(place: Place, site: Point | None) -> Spot:
    """A place as a source; nearer to the site is better."""
    return Spot(place.id, place.kind, seconds(point(place.latitude, place.longitude), site))


def place_point(place: Place) -> Point | None:
    """Where parts are fetched. A van without coordinates of its own stands where its technician lives."""
    own = point(place.latitude, place.longitude)
    return own if own is not None or place.person is None else schedule.home_of(place.person)


def _candidates(
    people: Sequence[Person],
    job_type: JobType,
    length: timedelta,
    material: Material,
    start: datetime,
    end: datetime,
    now: datetime,
    leaving: Collection[int],
    ticket: Ticket,
) -> Iterator[Candidate]:
    ids = [person.id for person in people]
    shifts = staff.shift_windows_of(ids, start, end + timedelta(hours=16))
    taken = schedule.taken(ids, start - timedelta(days=1), end + timedelta(days=1), now=now, without=leaving)
    vans = stock.vans_of(ids)
    ways = pace.ways_of(people)
    urgent, late = ticket.priority == "urgent", _usually_late(ticket)
    sourced: dict[int | None, Sourcing] = {}
    for person in people:
        van_id = vans.get(person.id)
        if van_id not in sourced:
            sourced[van_id] = material.sourcing(van_id)
        sourcing = sourced[van_id]
        if any(line.state == LineState.SHORT for line in sourcing.readiness.lines):
            continue
        job = Job(
            at=material.site,
            seconds=int(length.total_seconds()),
            pickups=tuple(place_point(material.places[place_id]) for place_id in sourcing.fetch_at if place_id in material.places),
            ready_at=_ready_at(sourcing.eta, person),
        )
        stops = [one.stop for one in taken[person.id]]
        zone = ZoneInfo(person.branch.time_zone)
        for shift in shifts.get(person.id, ()):
            for opening in insertion.openings(
                shift=(stamp(shift.start), stamp(shift.end)),
                home=schedule.home_of(person),
                stops=stops,
                job=job,
                not_before=stamp(start),
                not_after=stamp(end),
                ways=ways[person.id],
            ):
                if _still_certified(person, job_type, opening):
                    cost = _cost(opening, sourcing) + _at_night(opening, zone, urgent)
                    yield Candidate(cost, person, opening, sourcing, late(person, opening))


def _ready_at(eta: date | None, person: Person) -> int:
    """Parts due on a day are there the next morning."""
    if eta is None:
        return 0
    return stamp(datetime.combine(eta + timedelta(days=1), datetime.min.time(), ZoneInfo(person.branch.time_zone)))


def _still_certified(person: Person, job_type: JobType, opening: Opening) -> bool:
    wanted = {line.skill_id for line in job_type.skills}
    last = min((skill.expires_on for skill in person.skills if skill.skill_id in wanted and skill.expires_on is not None), default=None)
    return last is None or moment(opening.start).date() <= last


def _cost(opening: Opening, sourcing: Sourcing) -> int:
    return opening.start + _DRIVING * max(0, opening.extra) + _FETCHING * len(sourcing.fetch_at) + _GIVING_WAY * opening.shifted


def _at_night(opening: Opening, zone: ZoneInfo, urgent: bool) -> int:
    """Whoever works at night can come at night, but few customers want that: it is offered after the next day's hours."""
    hour = datetime.fromtimestamp(opening.start, zone).hour
    return 0 if urgent or _DAYTIME[0] <= hour < _DAYTIME[1] else _NIGHT


def _spread(candidates: Sequence[Candidate], due: Due, count: int) -> list[Candidate]:
    """The cheapest, but no two within an hour of each other before all other windows were offered: a customer chooses among times."""

    def rank(candidate: Candidate) -> tuple[bool, int, int]:
        spare = due.spare(candidate)
        return (spare is not None and spare < 0, candidate.cost, candidate.person.id)

    ordered = sorted(candidates, key=rank)
    chosen: list[Candidate] = []
    passed: list[Candidate] = []
    for candidate in ordered:
        near = any(abs(candidate.opening.start - other.opening.start) < 3600 for other in chosen)
        (passed if near else chosen).append(candidate)
        if len(chosen) == count:
            break
    people = {(candidate.person.id, candidate.opening.start) for candidate in chosen}
    fresh = [one for one in passed if (one.person.id, one.opening.start) not in people]
    return sorted(chosen + fresh[: count - len(chosen)], key=rank)


def _suggestion(
    candidate: Candidate,
    job_type: JobType,
    material: Material,
    due: Due,
    parts: Mapping[int, Part],
    took: Durations,
    now: datetime,
) -> Suggestion:
    opening, found = candidate.opening, candidate.sourcing
    spare = due.spare(candidate)
    soonest = min(opening.start, candidate.expected)  # the window begins before both the plan and the expected arrival
    promised_from = max(moment(soonest // _HALF_HOUR * _HALF_HOUR), now.replace(second=0, microsecond=0))
    fetches = [material.places[place_id].name for place_id in found.fetch_at if place_id in material.places]
    return Suggestion(
        person_id=candidate.person.id,
        technician=candidate.person.name,
        start=moment(opening.start),
        end=moment(opening.end),
        arrival=moment(candidate.expected),
        promised_from=promised_from,
        promised_until=promised_from + WINDOW,
        travel_seconds=opening.travel,
        extra_seconds=opening.extra,
        shifted_seconds=opening.shifted,
        expected_seconds=took.of(candidate.person.id).seconds,
        readiness=found.readiness,
        sla_holds=None if spare is None else spare >= 0,
        spare_seconds=spare,
        reasons=(
            *why.promise(spare),
            *why.lateness(candidate.late),
            *why.skills(job_type),
            *why.materials(found.readiness, parts),
            *why.experience(took.planned, took.of(candidate.person.id)),
            *why.ways(opening.travel, opening.extra, known=material.site is not None, fetches=fetches),
            *why.giving_way(opening.shifted),
        ),
    )


def _who_lacks(job_type: JobType, on: date) -> Iterator[Reason]:
    """No technician has all the skills: which one is it."""
    if not staff.with_skills({}, on=on, kinds=TECHNICIAN_KINDS):
        yield why.nobody_at_all()
        return
    missing = [line for line in job_type.skills if not staff.with_skills({line.skill_id: line.level}, on=on, kinds=TECHNICIAN_KINDS)]
    for line in missing:
        yield why.nobody_has(line.skill.name, line.level)
    if not missing:
        yield why.nobody_has_all(job_type)


def _why_none(people: Sequence[Person], length: timedelta, material: Material, start: datetime, end: datetime) -> Iterator[Reason]:
    parts = stock.part_names(stock.with_alternates(material.kit, material.alternates))
    shortest = min((material.sourcing(van) for van in _vans(people)), key=lambda one: sum(line.missing for line in one.readiness.lines))
    short = [line for line in shortest.readiness.lines if line.state == LineState.SHORT]
    for line in short:
        yield why.part_short(parts[line.part_id], line.missing)
    if short:
        return
    for line in shortest.readiness.lines:
        if line.state == LineState.ON_ORDER:
            yield why.part_too_late(parts[line.part_id], line)
    if not any(staff.shift_windows_of([person.id for person in people], start, end).values()):
        yield why.nobody_on_shift(len(people))
        return
    yield why.all_taken(len(people), length)


def _vans(people: Sequence[Person]) -> list[int | None]:
    found = stock.vans_of([person.id for person in people])
    return [found.get(person.id) for person in people]
