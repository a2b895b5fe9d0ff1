"""Who can come, when, with what: the openings of everybody with the skills, the parts told from where they come, the best first. Where a crew is
needed, the starts at which so many can begin together: the one for whom the parts are nearest leads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from dispatch.roads.rules import Pair, along
from dispatch.visits import experience, insertion, pace, schedule, why
from dispatch.visits.durations import Durations
from dispatch.visits.insertion import Gap, Job, Opening, Stop
from dispatch.visits.models import JobType, Visit
from dispatch.visits.queries import held_visits, members_of
from dispatch.visits.queries import job_type as known_job_type
from dispatch.visits.rules import WINDOW
from dispatch.visits.schedule import Taken, moment, stamp
from dispatch.visits.travel import Point, Ways, point, seconds
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
_LOOKED = 32  # starts of crews between two looks at whether there is enough to choose from


@dataclass(frozen=True, slots=True)
class Helper:
    """Who goes along."""

    person_id: int
    name: str
    travel_seconds: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A visit that works. Times are UTC; `arrival` is when the technician is expected at the door (by experience), `promised_*` what to
    tell the customer. `person_id`: of a crew its lead, `helpers` the others; `arrival` is then that of the last of them.

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
    helpers: tuple[Helper, ...] = ()

    @property
    def helper_ids(self) -> list[int]:
        return [one.person_id for one in self.helpers]

    @property
    def names(self) -> str:
        """All who come."""
        return ", ".join((self.technician, *(one.name for one in self.helpers)))

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

    def pickups(self, sourcing: Sourcing) -> tuple[Point | None, ...]:
        """Where parts are fetched on the way."""
        return tuple(place_point(self.places[place_id]) for place_id in sourcing.fetch_at if place_id in self.places)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One opening of one technician with its cost (seconds), what the parts say, and how many minutes after the plan they usually come; of a crew the
    lead's, with the others' openings at the same start, and the cost and the minutes of all."""

    cost: int
    person: Person
    opening: Opening
    sourcing: Sourcing
    late: int
    helpers: tuple[tuple[Person, Opening], ...] = ()

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
    only: Collection[int] | None = None,
) -> Found:
    """Technicians who have every skill at its level, are on shift and free for way and work, with the parts on the van or fetched on the way; so many
    at once as the job type says.

    Between `earliest` (not before `now`) and `latest` (14 days after). Reads only; nothing is held: booking checks again. `moving` names a
    visit that keeps its length and as many people, and whose own time and parts count as free, as do those that are held for the ticket. `only`:
    nobody else than these.
    When nobody can, the obstacles say why. Raises NotFound.
    """
    ticket = db.session.get(Ticket, ticket_id)
    if ticket is None:
        raise NotFound(_("There is no such ticket."))
    job_type = known_job_type(job_type_id)
    start = max(now, earliest or now)
    end = max(start, latest or start + AHEAD)
    people = [one for one in skilled(job_type, on=start.date()) if only is None or one.id in only]
    if not people:
        return Found((), tuple(_who_lacks(job_type, start.date())))
    crew = _crew(job_type, moving)
    if len(people) < crew:
        return Found((), (why.too_few(crew, len(people)),))
    site = point(ticket.site.latitude, ticket.site.longitude) if ticket.site is not None else None
    leaving = [*([moving] if moving is not None else []), *(visit.id for visit in held_visits(ticket.id))]
    material = material_for(job_type, site, before=end, leaving=leaving)
    length = _length(job_type, moving)
    search = _search(people, job_type, length, material, start, end, now, leaving, ticket)
    due = due_of(ticket.id)
    candidates = list(_alone(search)) if crew == 1 else _together(search, crew, due, count)
    if not candidates:
        return Found((), tuple(_why_none(people, crew, length, material, start, end)))
    chosen = _spread(candidates, due, count)
    parts = stock.part_names(stock.with_alternates(material.kit, material.alternates))
    took = experience.durations_of([job_type], now=now)[job_type.id]
    return Found(tuple(_suggestion(candidate, job_type, material, due, parts, took, now) for candidate in chosen))


def _length(job_type: JobType, moving: int | None) -> timedelta:
    visit = db.session.get(Visit, moving) if moving is not None else None
    return visit.planned_end - visit.planned_start if visit is not None else timedelta(minutes=job_type.minutes)


def _crew(job_type: JobType, moving: int | None) -> int:
    """So many go together."""
    visit = db.session.get(Visit, moving) if moving is not None else None
    return max(1, len(members_of(visit))) if visit is not None else job_type.crew


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


@dataclass(frozen=True, slots=True)
class _Searched:
    """One technician: when they work, what they have to do, and how this job would be theirs. `job` None: a part is short for them; `plain`: the same
    without parts, as a helper does it."""

    person: Person
    shifts: Sequence[tuple[int, int]]
    stops: Sequence[Stop]
    ways: Ways
    job: Job | None
    plain: Job
    sourcing: Sourcing


@dataclass(frozen=True, slots=True)
class _Search:
    """What is asked of all; read once. Seconds since 1970."""

    people: Sequence[_Searched]
    job_type: JobType
    since: int
    until: int
    urgent: bool
    late: Callable[[Person, Opening], int]

    def openings(self, one: _Searched, job: Job, shift: tuple[int, int]) -> Iterator[Opening]:
        """Of one technician in a shift."""
        home, ways = schedule.home_of(one.person), one.ways
        return insertion.openings(shift=shift, home=home, stops=one.stops, job=job, not_before=self.since, not_after=self.until, ways=ways)

    def price(self, one: _Searched, opening: Opening) -> int:
        """Of whoever brings the parts."""
        return _cost(opening, one.sourcing) + _at_night(opening, ZoneInfo(one.person.branch.time_zone), self.urgent)


def _search(
    people: Sequence[Person],
    job_type: JobType,
    length: timedelta,
    material: Material,
    start: datetime,
    end: datetime,
    now: datetime,
    leaving: Collection[int],
    ticket: Ticket,
) -> _Search:
    ids = [person.id for person in people]
    shifts = staff.shift_windows_of(ids, start, end + timedelta(hours=16))
    taken = schedule.taken(ids, start - timedelta(days=1), end + timedelta(days=1), now=now, without=leaving)
    vans = stock.vans_of(ids)
    sourced = {van_id: material.sourcing(van_id) for van_id in dict.fromkeys(vans.get(person.id) for person in people)}
    fetched = {van_id: material.pickups(sourcing) for van_id, sourcing in sourced.items()}
    ways = pace.ways_of(people, _pairs(people, taken, {(), *fetched.values()}, material.site))
    plain = Job(at=material.site, seconds=int(length.total_seconds()))
    found = []
    for person in people:
        van_id = vans.get(person.id)
        sourcing = sourced[van_id]
        short = any(line.state == LineState.SHORT for line in sourcing.readiness.lines)
        job = None if short else replace(plain, pickups=fetched[van_id], ready_at=_ready_at(sourcing.eta, person))
        windows = [(stamp(shift.start), stamp(shift.end)) for shift in shifts.get(person.id, ())]
        stops = [one.stop for one in taken[person.id]]
        found.append(_Searched(person, windows, stops, ways[person.id], job, plain, sourcing))
    return _Search(found, job_type, stamp(start), stamp(end), ticket.priority == "urgent", _usually_late(ticket))


def _alone(search: _Search) -> Iterator[Candidate]:
    """Every opening of everybody who has the parts."""
    for one in search.people:
        if one.job is None:
            continue
        for shift in one.shifts:
            for opening in search.openings(one, one.job, shift):
                if _still_certified(one.person, search.job_type, opening):
                    cost = search.price(one, opening)
                    yield Candidate(cost, one.person, opening, one.sourcing, search.late(one.person, opening))


def _together(search: _Search, size: int, due: Due, count: int) -> list[Candidate]:
    """Of each start that suits one of them best the cheapest crew, where one is free then. It ends when no later start can be among the best."""
    days: list[tuple[_Searched, tuple[int, int], list[Gap]]] = []
    starts: set[int] = set()
    for one in search.people:
        for shift in one.shifts:
            home, ways = schedule.home_of(one.person), one.ways
            days.append((one, shift, insertion.gaps(shift=shift, home=home, stops=one.stops, not_before=search.since, ways=ways)))
            for job in (one.plain, *((one.job,) if one.job is not None else ())):
                starts |= {opening.start for opening in search.openings(one, job, shift)}
    found: list[Candidate] = []
    for number, start in enumerate(sorted(starts)):
        present = [(one, shift[1], gaps) for one, shift, gaps in days if shift[0] <= start < shift[1]]
        best = _crew_at(search, present, size, start) if len(present) >= size else None
        if best is not None:
            found.append(best)
        if number % _LOOKED == 0 and len(chosen := _spread(found, due, count)) == count and start > max(one.cost for one in chosen):
            break
    return found


def _crew_at(search: _Search, present: Sequence[tuple[_Searched, int, list[Gap]]], size: int, start: int) -> Candidate | None:
    """Who could begin then: each way of choosing the lead, with the others who cost least."""
    plain: list[tuple[int, _Searched, Opening]] = []
    leads: list[tuple[int, _Searched, Opening]] = []
    for one, finish, gaps in present:
        opening = insertion.opening_at(gaps, finish=finish, job=one.plain, start=start, ways=one.ways)
        if opening is None or not _still_certified(one.person, search.job_type, opening):
            continue
        plain.append((_DRIVING * max(0, opening.extra) + _GIVING_WAY * opening.shifted, one, opening))
        if one.job is not None:
            own = insertion.opening_at(gaps, finish=finish, job=one.job, start=start, ways=one.ways)
            if own is not None:
                leads.append((search.price(one, own), one, own))
    plain.sort(key=lambda entry: (entry[0], entry[1].person.id))
    best: Candidate | None = None
    for cost, lead, opening in leads:
        others = [entry for entry in plain if entry[1] is not lead][: size - 1]
        total = cost + sum(price for price, _one, _opening in others)
        if len(others) == size - 1 and (best is None or total < best.cost):
            late = max(search.late(one.person, own) for one, own in ((lead, opening), *((one, own) for _price, one, own in others)))
            helpers = tuple((one.person, own) for _price, one, own in others)
            best = Candidate(total, lead.person, opening, lead.sourcing, late, helpers)
    return best


def _pairs(
    people: Sequence[Person], taken: Mapping[int, Sequence[Taken]], fetched: Collection[tuple[Point | None, ...]], site: Point | None
) -> Iterator[Pair]:
    """The ways that `insertion` asks for: along everybody's visits as they stand, from each of these places to the work, past where parts are
    `fetched`, and from the work to each of them."""
    ends: dict[Point | None, None] = {}
    for person in people:
        home = here = schedule.home_of(person)
        ends[home] = None
        for one in taken[person.id]:
            yield from along([here, *one.stop.pickups, one.stop.at])
            yield from along([home, *one.stop.pickups, one.stop.at])  # of the first one of a shift
            ends |= dict.fromkeys((*one.stop.pickups, one.stop.at))
            here = one.stop.at
    for pickups in fetched:
        yield from along([*pickups, site])
        for at in ends:
            yield from along([at, (*pickups, site)[0]])
    for at in ends:
        yield from along([site, at])


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
    shifted = opening.shifted + sum(own.shifted for _person, own in candidate.helpers)
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
        shifted_seconds=shifted,
        expected_seconds=took.of(candidate.person.id).seconds,
        helpers=tuple(Helper(person.id, person.name, own.travel) for person, own in candidate.helpers),
        readiness=found.readiness,
        sla_holds=None if spare is None else spare >= 0,
        spare_seconds=spare,
        reasons=(
            *why.promise(spare),
            *why.company([person.name for person, _own in candidate.helpers]),
            *why.lateness(candidate.late),
            *why.skills(job_type),
            *why.materials(found.readiness, parts),
            *why.experience(took.planned, took.of(candidate.person.id)),
            *why.ways(opening.travel, opening.extra, known=material.site is not None, fetches=fetches),
            *why.giving_way(shifted),
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


def _why_none(
    people: Sequence[Person], crew: int, length: timedelta, material: Material, start: datetime, end: datetime
) -> Iterator[Reason]:
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
    yield why.all_taken(len(people), length) if crew == 1 else why.never_together(crew, len(people), length)


def _vans(people: Sequence[Person]) -> list[int | None]:
    found = stock.vans_of([person.id for person in people])
    return [found.get(person.id) for person in people]
