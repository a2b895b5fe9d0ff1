"""The firm's real state for one day of a branch, as a `Problem`: who is on shift, where they are by then, with what on the van; what is promised,
what has begun, what still waits for a visit.

Seconds count from midnight where the branch is. A technician is one working window of one person: `7@0`; a job is a visit (`v12`) or a ticket that
is to get one (`t9`). Ways are those that bookings reckon with, so what is planned can be booked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from core.db import db
from dispatch import unplaced
from dispatch.materials import queries as stock
from dispatch.materials.models import Part, Place
from dispatch.materials.rules import Held
from dispatch.planning.problem import Break, Job, Objective, Problem, Technician, Warehouse
from dispatch.visits import experience, pace, schedule
from dispatch.visits.insertion import GRID
from dispatch.visits.models import Assignment, JobType, Visit
from dispatch.visits.queries import day_range, forecasts_of, job_types, technician_of
from dispatch.visits.rules import ENDED, OPEN, Lock, Status
from dispatch.visits.schedule import SPARE, stamp
from dispatch.visits.travel import PICK_UP, Point, Ways, point
from staff import queries as staff
from staff.models import Branch, Person, Skill
from staff.rules import TECHNICIAN_KINDS, Window, planned, rest_span
from tickets.maintenance.models import MaintenancePlan, Occurrence
from tickets.models import Queue, Ticket
from tickets.sla.models import Clock

MOST_TICKETS = 300  # of those that wait for a visit, the first by due time
LONGEST_SHIFT = 16 * 3600  # where shifts follow each other without a gap, a day of work is cut after so long
DAYTIME = (7, 19.5)  # hours on the wall between which work begins that is not urgent
CHANGE_COST = 600.0  # a visit that another technician does costs ten minutes of driving
REFILLS = 2  # stops at warehouses in a day
PROMISED = 500_000.0  # what it costs to leave a visit that was promised
STANDING = 20_000_000.0  # one that has its technician: it is not left for others, it would stand in their way
LATE = 3.0  # a second after a promise that cannot be kept any more
# By priority: what it costs to leave it, and a second after its due time.
_WORTH = {"urgent": (120_000.0, 3.0), "high": (60_000.0, 2.0), "normal": (30_000.0, 1.0), "low": (15_000.0, 0.5)}
_DAY = 24 * 3600

Stock = dict[tuple[int, int], int]  # (part, place) → pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What a job of the problem is about. `start`: where its visit stands; `deadline`: after it, it is late: what was promised, else what is due
    (None where it is overdue already: no plan makes that good); `due`: as the ticket's clocks have it.

    `held`: kept for a caller, left alone. `away`: its technician is not there then. `broken`: nobody can come within what was promised any more.
    """

    id: str
    ticket_id: int
    visit_id: int | None = None
    job_type_id: int | None = None
    person_id: int | None = None
    start: int | None = None
    deadline: float | None = None
    due: float | None = None
    promised: bool = False
    held: bool = False
    away: bool = False
    broken: bool = False
    located: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What cannot even be put to the search, and why: `job_type` (nobody knows what work it is), `locked` (to somebody who is not there)."""

    piece: Piece
    code: str


@dataclass(slots=True, kw_only=True)
class World:
    """One day. `zero`: midnight in seconds since 1970; `begun`: work of the day has begun; `rates`: person → cost of an hour, by currency."""

    day: date
    zero: int
    problem: Problem
    pieces: dict[str, Piece]
    left: list[Left]
    begun: bool
    people: dict[str, int]  # technician → person
    stores: list[int]  # places of the problem's warehouses
    vans: dict[int, int]
    names: dict[str, str]  # of skills and parts, by the problem's names for them
    rates: dict[int, tuple[int, str]]

    def at(self, seconds: float) -> datetime:
        """As an instant."""
        return schedule.moment(self.zero + round(seconds))

    def technicians(self, person_id: int) -> list[str]:
        """A person's working windows."""
        return [id for id, person in self.people.items() if person == person_id]


def late_with(world: World, ids: Collection[str]) -> World:
    """The same day, on which these visits stay with their technicians and may be late: nobody can come within what was promised."""
    pieces = {id: replace(piece, broken=True) if id in ids else piece for id, piece in world.pieces.items()}
    jobs = [_late(job, pieces[job.id]) if job.id in ids else job for job in world.problem.jobs]
    return replace(world, pieces=pieces, problem=replace(world.problem, jobs=jobs))


def _late(job: Job, piece: Piece) -> Job:
    return replace(
        job, window=None, ready_at=job.earliest, due=piece.deadline, lateness_cost=LATE, locked_to=job.locked_to or job.previous_technician
    )


@dataclass(slots=True)
class _Shift:
    """One person's working window: `begin` is when they can leave `at`."""

    id: str
    person: Person
    window: tuple[int, int]
    begin: int
    at: Point | None
    rest: Break | None = None


@dataclass(slots=True)
class _Places:
    """Points by number. Of a place that nobody knows each use is one of its own: the way there is always the guess."""

    points: list[Point | None] = field(default_factory=list)
    known: dict[Point, int] = field(default_factory=dict)

    def number(self, at: Point | None) -> int:
        if at is not None and at in self.known:
            return self.known[at]
        self.points.append(at)
        if at is not None:
            self.known[at] = len(self.points) - 1
        return len(self.points) - 1

    def ways(self, reckoned: Ways, at: int) -> list[list[float]]:
        """Seconds between all places, at the pace of the time `at`: a plan knows no hours with other paces."""
        rows = [[0.0] * len(self.points) for _ in self.points]
        for a, here in enumerate(self.points):
            for b in range(a):
                rows[a][b] = rows[b][a] = float(reckoned.journey(here, (), self.points[b], at))
        return rows


def read_day(
    branch: Branch,
    day: date,
    *,
    now: datetime,
    lead: int = 0,
    tickets: str = "all",
    without: Collection[int] = (),
    spent: Mapping[tuple[int, int], int] | None = None,
) -> World:
    """The day as it is `now`; nothing is locked. `lead`: seconds from now within which nobody sets out anew.

    `tickets`: which of those that wait for a visit are put in: all, urgent or none; `without`: these are not. `spent`: parts that earlier days of the
    same plan take.
    """
    zone = ZoneInfo(branch.time_zone)
    begin, finish = day_range(day, branch.time_zone)
    zero = stamp(begin)
    people = {person.id: person for person in staff.people(kinds=TECHNICIAN_KINDS, branch_id=branch.id)}
    shifts, at_work = _shifts(people, begin, finish, now, zone)
    visits = _visits(people, begin, finish, shifts, at_work)
    begun = any(shift.window[0] <= stamp(now) for shift in shifts) and stamp(begin) <= stamp(now)
    _anchor(shifts, visits, begin, now=now, lead=lead)
    shifts = [shift for shift in shifts if shift.begin < shift.window[1]]
    waiting = [visit for visit in visits if visit.status in (Status.BOOKED, Status.PROPOSED)]
    wanted = [] if tickets == "none" else _wanted(branch, urgent_only=tickets == "urgent", without=without)
    work = _work_of(wanted)
    reader = _Reader(branch, day, zero, stamp(now) + lead, shifts, waiting, wanted, work)
    return reader.read(people, now, spent or {}, begun)


def _shifts(
    people: Mapping[int, Person], begin: datetime, finish: datetime, now: datetime, zone: ZoneInfo
) -> tuple[list[_Shift], dict[int, list[Window]]]:
    """Working windows that belong to the day (those that start on it, and one that is running now), and all around it by person."""
    around = staff.shift_windows_of(list(people), begin - timedelta(days=1), finish + timedelta(seconds=LONGEST_SHIFT))
    found: list[_Shift] = []
    for person_id, windows in around.items():
        number = 0
        for window in windows:
            first, last = stamp(window.start), stamp(window.end)
            if first < stamp(begin):
                if last - stamp(begin) > LONGEST_SHIFT:  # one shift follows the other: cut at midnight
                    first, last = stamp(begin), min(last, stamp(finish))
                elif not begin <= now < window.end:
                    continue
            elif first >= stamp(finish):
                continue
            last = min(last, max(first + LONGEST_SHIFT, stamp(finish)) if first == stamp(begin) else first + LONGEST_SHIFT)
            shift = _Shift(f"{person_id}@{number}", people[person_id], (first, last), first, schedule.home_of(people[person_id]))
            number += 1
            found.append(shift)
    _give_rests(found, begin, zone)
    return sorted(found, key=lambda shift: (shift.person.id, shift.window)), around


def _give_rests(shifts: Sequence[_Shift], begin: datetime, zone: ZoneInfo) -> None:
    """Breaks of the weekly shifts that start on the day, where they lie within the window."""
    day = begin.astimezone(zone).date()
    ids = {shift.person.id for shift in shifts}
    weeks, dated = staff.weekly_shifts_of(ids), staff.exceptions_of(ids, day, day)
    for shift in shifts:
        exception = dated.get(shift.person.id, {}).get(day)
        for one in planned(day, weeks.get(shift.person.id, ()), exception[0] if exception else None):
            span = rest_span(day, one, zone)
            if span is None:
                continue
            opens, closes = stamp(span.start), stamp(span.end) - 60 * one.break_minutes
            if shift.window[0] <= opens and closes <= shift.window[1]:
                zero = stamp(begin)
                shift.rest = Break(window=(opens - zero, closes - zero), seconds=60 * one.break_minutes)


def _visits(
    people: Mapping[int, Person], begin: datetime, finish: datetime, shifts: Sequence[_Shift], around: Mapping[int, Sequence[Window]]
) -> list[Visit]:
    """Visits of these people that stand in a window of the day, or on the day outside of all their windows; those that ended too."""
    last = max([stamp(finish), *(shift.window[1] for shift in shifts)])
    first = min([stamp(begin), *(shift.window[0] for shift in shifts)])
    query = (
        select(Visit)
        .join(Assignment, Assignment.visit_id == Visit.id)
        .where(Assignment.active, Assignment.person_id.in_(list(people)), Visit.status.in_((*OPEN, *ENDED)))
        .where(Visit.planned_start >= schedule.moment(first), Visit.planned_start < schedule.moment(last))
        .order_by(Visit.planned_start, Visit.id)
    )
    ours: dict[int, list[_Shift]] = defaultdict(list)
    for shift in shifts:
        ours[shift.person.id].append(shift)
    found = []
    for visit in db.session.scalars(query).unique():
        person = technician_of(visit)
        start = stamp(visit.planned_start)
        if person is None or person.id not in people:
            continue
        inside = any(shift.window[0] <= start < shift.window[1] for shift in ours[person.id])
        elsewhere = any(window.start <= visit.planned_start < window.end for window in around.get(person.id, ()))
        if inside or (not elsewhere and stamp(begin) <= start < stamp(finish)):
            found.append(visit)
    return found


def _anchor(shifts: Sequence[_Shift], visits: Sequence[Visit], begin: datetime, *, now: datetime, lead: int) -> None:
    """Where everybody is once they can do something new: after what is under way (by its forecast where that is later), else where the last visit
    ended, else at home."""
    current = stamp(now)
    under_way = [visit for visit in visits if visit.status in (Status.ON_THE_WAY, Status.ON_SITE)]
    forecasts = forecasts_of([visit.id for visit in under_way])
    for shift in shifts:
        if shift.begin < current + lead:
            shift.begin = -(-(current + lead) // GRID) * GRID if lead else current
        mine = [visit for visit in visits if (one := technician_of(visit)) is not None and one.id == shift.person.id]
        ended = [visit for visit in mine if visit.arrived_at is not None and visit.ended_at is not None]
        if ended:
            last = max(ended, key=lambda visit: visit.ended_at or begin)
            shift.at = _point(last)
        for visit in sorted((one for one in mine if one in under_way), key=lambda one: one.planned_start):
            if not shift.window[0] <= stamp(visit.planned_start) < shift.window[1]:
                continue
            length = stamp(visit.planned_end) - stamp(visit.planned_start)
            arrives = stamp(visit.arrived_at) if visit.arrived_at is not None else max(stamp(visit.planned_start), current)
            forecast = forecasts.get(visit.id)
            expected = stamp(forecast.expected_end_at) if forecast is not None and forecast.expected_end_at is not None else current
            shift.begin, shift.at = max(shift.begin, arrives + length, expected, current), _point(visit)


def _point(visit: Visit) -> Point | None:
    return point(visit.site.latitude, visit.site.longitude) if visit.site is not None else None


def _wanted(branch: Branch, *, urgent_only: bool, without: Collection[int]) -> list[Ticket]:
    """Tickets of the branch's queues that wait for a visit, the first due first; a time that is held for a caller is left to them."""
    held = exists().where(Visit.ticket_id == Ticket.id, Visit.status == Status.PROPOSED, Visit.held_until.is_not(None))
    query = select(Ticket).join(Queue, Queue.id == Ticket.queue_id).where(unplaced.wanted(), ~held, Queue.branch_id == branch.id)
    if urgent_only:
        query = query.where(Ticket.priority == "urgent")
    if without:
        query = query.where(Ticket.id.not_in(list(without)))
    return list(db.session.scalars(query.order_by(Ticket.due_at.asc().nulls_last(), Ticket.id).limit(MOST_TICKETS)).unique())


def _work_of(tickets: Sequence[Ticket]) -> dict[int, JobType]:
    """What sort of work each is: as at its last visit, as its maintenance plan says, else what is done to such equipment."""
    kinds = {row.id: row for row in job_types()}
    by_key = {row.key: row for row in kinds.values()}
    for_equipment = {name.casefold(): row for row in reversed(list(kinds.values())) for name in row.equipment_kinds}
    ids = [ticket.id for ticket in tickets]
    last = select(Visit.ticket_id, Visit.job_type_id).where(Visit.ticket_id.in_(ids), Visit.status != Status.LAPSED).order_by(Visit.id)
    before: dict[int, int] = dict(db.session.execute(last).tuples().all())
    plans = select(Occurrence.ticket_id, MaintenancePlan.job_type).join(MaintenancePlan, MaintenancePlan.id == Occurrence.plan_id)
    maintained = dict(db.session.execute(plans.where(Occurrence.ticket_id.in_(ids))).tuples().all())
    found = {}
    for ticket in tickets:
        kind = ticket.equipment.kind.casefold() if ticket.equipment is not None else ""
        row = kinds.get(before.get(ticket.id, 0)) or by_key.get(maintained.get(ticket.id, "")) or for_equipment.get(kind)
        if row is not None:
            found[ticket.id] = row
    return found


class _Reader:
    """Gathers one day's problem."""

    def __init__(
        self,
        branch: Branch,
        day: date,
        zero: int,
        soonest: int,
        shifts: Sequence[_Shift],
        visits: Sequence[Visit],
        tickets: Sequence[Ticket],
        work: Mapping[int, JobType],
    ) -> None:
        self.branch, self.day, self.zero, self.soonest = branch, day, zero, soonest - zero
        self.shifts, self.visits, self.tickets, self.work = shifts, visits, tickets, work
        self.places = _Places()
        self.pieces: dict[str, Piece] = {}
        self.left: list[Left] = []
        self.jobs: list[Job] = []

    def read(self, people: Mapping[int, Person], now: datetime, spent: Mapping[tuple[int, int], int], begun: bool) -> World:
        vans = stock.vans_of(list(people))
        stores = [one for one in stock.places() if one.kind in ("warehouse", "staging") and one.branch_id in (None, self.branch.id)]
        kits = {line.part_id for row in self.work.values() for line in row.kit}
        held = stock.held_of([visit.id for visit in self.visits])
        kits |= {line.part_id for mine in held.values() for line in mine}
        free: Stock = stock.free_of(kits) if kits else {}
        modelled = {*vans.values(), *(store.id for store in stores)}
        carried: dict[int, dict[str, int]] = {}
        for visit_id, lines in held.items():
            for line in lines:
                if line.place_id in modelled:
                    free[line.part_id, line.place_id] = free.get((line.part_id, line.place_id), 0) + line.quantity
                    parts = carried.setdefault(visit_id, {})
                    parts[str(line.part_id)] = parts.get(str(line.part_id), 0) + line.quantity
        for key, count in spent.items():
            free[key] = max(0, free.get(key, 0) - count)
        self._add_delayed(carried, held, free, vans, stores)
        stores = [store for store in stores if any(place == store.id and count > 0 for (_part, place), count in free.items())]
        self._read_visits(carried)
        self._read_tickets(now, self._ordered(kits, free, vans, stores))
        technicians = [self._technician(shift, free, vans) for shift in self.shifts]
        warehouses = [self._warehouse(store, free) for store in stores]
        problem = Problem(
            travel=self.places.ways(Ways(pace.paces(), ZoneInfo(self.branch.time_zone)), self.zero + _DAY // 2),
            technicians=technicians,
            jobs=self.jobs,
            warehouses=warehouses,
            objective=Objective.DUTY,
            change_cost=CHANGE_COST,
        )
        return World(
            day=self.day,
            zero=self.zero,
            problem=problem,
            pieces=self.pieces,
            left=self.left,
            begun=begun,
            people={shift.id: shift.person.id for shift in self.shifts},
            stores=[store.id for store in stores],
            vans=vans,
            names=_names(kits),
            rates={one.id: (one.cost_per_hour, one.cost_currency) for one in people.values() if one.cost_per_hour is not None},
        )

    def _add_delayed(
        self,
        carried: dict[int, dict[str, int]],
        held: Mapping[int, Sequence[Held]],
        free: Stock,
        vans: Mapping[int, int],
        stores: Sequence[Place],
    ) -> None:
        """Parts of orders that do not come before the day are still needed, where they can be had elsewhere; else nothing is gained by asking."""
        for visit_id, lines in held.items():
            for line in lines:
                if line.place_id is not None or (line.eta is not None and line.eta < self.day):
                    continue
                in_stores = sum(free.get((line.part_id, store.id), 0) for store in stores)
                if in_stores + max((free.get((line.part_id, van), 0) for van in vans.values()), default=0) >= line.quantity:
                    parts = carried.setdefault(visit_id, {})
                    parts[str(line.part_id)] = parts.get(str(line.part_id), 0) + line.quantity

    def _technician(self, shift: _Shift, free: Stock, vans: Mapping[int, int]) -> Technician:
        van = vans.get(shift.person.id)
        begin, end = shift.begin - self.zero, shift.window[1] - self.zero
        rest = shift.rest if shift.rest is not None and shift.rest.window[1] > begin else None
        return Technician(
            id=shift.id,
            start_place=self.places.number(shift.at),
            shift=(begin, end),
            skills={str(one.skill_id): one.level for one in shift.person.skills if one.expires_on is None or one.expires_on >= self.day},
            stock={str(part): count for (part, place), count in free.items() if place == van and count > 0},
            max_refills=REFILLS,
            rest=rest,
        )

    def _warehouse(self, place: Place, free: Stock) -> Warehouse:
        at = point(place.latitude, place.longitude)
        return Warehouse(
            place=self.places.number(at),
            seconds=PICK_UP,
            stock={str(part): count for (part, where), count in free.items() if where == place.id and count > 0},
            tools=frozenset(),
        )

    def _read_visits(self, carried: Mapping[int, Mapping[str, int]]) -> None:
        for visit in self.visits:
            person = technician_of(visit)
            assert person is not None, "read by their assignments"
            start, id = stamp(visit.planned_start) - self.zero, f"v{visit.id}"
            shift = next((one for one in self.shifts if one.person.id == person.id and self._within(one, start)), None)
            since, until = stamp(visit.promised_from) - self.zero, stamp(visit.promised_until) - self.zero
            latest = max(min(start, until), until - SPARE)
            held = visit.held_until is not None
            broken = not held and latest < self.soonest
            piece = Piece(
                id=id,
                ticket_id=visit.ticket_id,
                visit_id=visit.id,
                job_type_id=visit.job_type_id,
                person_id=person.id,
                start=start,
                deadline=None if held else until,
                promised=not held,
                held=held,
                away=shift is None,
                broken=broken,
                located=_point(visit) is not None,
            )
            fixed = held or visit.lock == Lock.TIME
            if shift is None and (fixed or visit.lock == Lock.TECHNICIAN):
                if not held:
                    self.left.append(Left(piece=piece, code="locked"))
                continue
            self.pieces[id] = piece
            self.jobs.append(
                Job(
                    id=id,
                    place=self.places.number(_point(visit)),
                    seconds=stamp(visit.planned_end) - stamp(visit.planned_start),
                    window=None if fixed or broken else (since, latest),
                    due=until if broken else None,
                    lateness_cost=LATE,
                    skills={str(line.skill_id): line.level for line in visit.job_type.skills},
                    parts=carried.get(visit.id, {}),
                    unserved_cost=PROMISED if shift is None else STANDING,
                    ready_at=since if broken and not fixed else 0,
                    locked_to=shift.id if shift is not None and (fixed or visit.lock == Lock.TECHNICIAN) else None,
                    locked_start=start if fixed else None,
                    previous_technician=shift.id if shift is not None else None,
                )
            )

    def _within(self, shift: _Shift, start: int) -> bool:
        return shift.window[0] - self.zero <= start < shift.window[1] - self.zero

    def _read_tickets(self, now: datetime, ordered: Mapping[int, frozenset[int]]) -> None:
        took = experience.durations_of(list({row.id: row for row in self.work.values()}.values()), now=now)
        due = _due([ticket.id for ticket in self.tickets])
        midnight = datetime.combine(self.day, time(), ZoneInfo(self.branch.time_zone))
        opens, closes = (stamp(midnight + timedelta(hours=hours)) - self.zero for hours in DAYTIME)
        for ticket in self.tickets:
            row = self.work.get(ticket.id)
            at = _where(ticket)
            if row is None:
                self.left.append(Left(piece=Piece(id=f"t{ticket.id}", ticket_id=ticket.id, located=at is not None), code="job_type"))
                continue
            seconds = -(-took[row.id].everybody.seconds // GRID) * GRID
            arrival, end = due.get(ticket.id, (None, None))
            dues = [stamp(one) - self.zero - minus for one, minus in ((arrival, 0), (end, seconds)) if one is not None]
            due_at = min(dues, default=None)
            first = max(self.soonest, 0)
            deadline = due_at if due_at is not None and due_at >= first else None
            value, late = _WORTH.get(ticket.priority, _WORTH["normal"])
            absent = ordered[row.id]
            piece = Piece(
                id=f"t{ticket.id}", ticket_id=ticket.id, job_type_id=row.id, deadline=deadline, due=due_at, located=at is not None
            )
            self.pieces[piece.id] = piece
            self.jobs.append(
                Job(
                    id=piece.id,
                    place=self.places.number(at),
                    seconds=seconds,
                    window=None if ticket.priority == "urgent" else (opens, closes),
                    due=None if due_at is None else max(due_at, first),
                    lateness_cost=late,
                    skills={str(line.skill_id): line.level for line in row.skills},
                    parts={str(line.part_id): line.quantity for line in row.kit if line.part_id not in absent},
                    unserved_cost=value + late * _DAY,
                )
            )

    def _ordered(self, kits: Collection[int], free: Stock, vans: Mapping[int, int], stores: Sequence[Place]) -> dict[int, frozenset[int]]:
        """By job type the parts that are nowhere to be had, but come before the day: they are booked against the order."""
        coming: Counter[int] = Counter()
        for order in stock.incoming(kits) if kits else []:
            if order.eta is not None and order.eta < self.day:
                coming[order.part_id] += order.quantity - order.received - order.reserved
        in_stores: Counter[int] = Counter()
        for (part, place), count in free.items():
            if place in {store.id for store in stores}:
                in_stores[part] += count
        found = {}
        for row in {row.id: row for row in self.work.values()}.values():
            absent = set()
            for line in row.kit:
                most = in_stores[line.part_id] + max((free.get((line.part_id, van), 0) for van in vans.values()), default=0)
                if most < line.quantity <= coming[line.part_id]:
                    absent.add(line.part_id)
            found[row.id] = frozenset(absent)
        return found


def _where(ticket: Ticket) -> Point | None:
    """Where the work is, as far as that is known: a booking goes to the ticket's own site."""
    return point(ticket.site.latitude, ticket.site.longitude) if ticket.site is not None else None


def _due(ticket_ids: Iterable[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """By ticket when its running clocks want somebody there, and the work done."""
    query = select(Clock.ticket_id, Clock.kind, func.min(Clock.due_at)).where(
        Clock.ticket_id.in_(list(ticket_ids)),
        Clock.kind.in_(("on_site", "resolution")),
        Clock.stopped_at.is_(None),
        Clock.due_at.is_not(None),
    )
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for ticket_id, kind, due_at in db.session.execute(query.group_by(Clock.ticket_id, Clock.kind)):
        if due_at is not None:
            found[ticket_id][kind] = due_at
    return {ticket_id: (kinds.get("on_site"), kinds.get("resolution")) for ticket_id, kinds in found.items()}


def _names(part_ids: Collection[int]) -> dict[str, str]:
    """Of skills as `skill:3`, of parts as `part:7`."""
    skills = {f"skill:{row.id}": row.name for row in db.session.scalars(select(Skill))}
    parts = db.session.execute(select(Part.id, Part.name).where(Part.id.in_(list(part_ids)))) if part_ids else ()
    return skills | {f"part:{part_id}": name for part_id, name in parts}
