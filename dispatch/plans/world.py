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
from dispatch.materials.sourcing import Alternates
from dispatch.planning.problem import Job, Objective, Problem, Technician, Warehouse
from dispatch.plans.shifts import Shift, anchor, shifts_of, visits_of
from dispatch.roads.rules import among
from dispatch.visits import experience, pace, schedule
from dispatch.visits.insertion import GRID
from dispatch.visits.models import JobType, Visit
from dispatch.visits.placing import point_of
from dispatch.visits.queries import crew_of, day_range
from dispatch.visits.rules import Lock, Status
from dispatch.visits.schedule import SPARE, stamp
from dispatch.visits.travel import PICK_UP, Point, Ways, point
from dispatch.visits.work import work_of
from staff import queries as staff
from staff.models import Branch, Person, Skill
from staff.rules import TECHNICIAN_KINDS
from tickets.models import Queue, Ticket
from tickets.sla.models import Clock

MOST_TICKETS = 300  # of those that wait for a visit, the first by due time
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

    `held`: kept for a caller, or also the visit of somebody who is not planned here: left alone. `away`: its technician, or one of its crew, is not
    there then (`missing` who). `broken`: nobody can come within what was promised any more. `person_id`: of a crew its lead, `helper_ids` the others;
    `windows`: the working windows in which it stands, the lead's first.
    """

    id: str
    ticket_id: int
    visit_id: int | None = None
    job_type_id: int | None = None
    person_id: int | None = None
    helper_ids: tuple[int, ...] = ()
    windows: tuple[str, ...] = ()
    missing: int | None = None
    start: int | None = None
    deadline: float | None = None
    due: float | None = None
    promised: bool = False
    held: bool = False
    away: bool = False
    broken: bool = False
    located: bool = True

    @property
    def people(self) -> frozenset[int]:
        """Whose it is."""
        return frozenset(self.helper_ids) | ({self.person_id} if self.person_id is not None else set())


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
        for (here, there), _road in reckoned.roads.items():  # by road it may be farther there than back
            rows[self.known[here]][self.known[there]] = float(reckoned.journey(here, (), there, at))
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
    people: Collection[int] | None = None,
) -> World:
    """The day as it is `now`; nothing is locked. `lead`: seconds from now within which nobody sets out anew.

    `tickets`: which of those that wait for a visit are put in: all, urgent or none; `without`: these are not. `spent`: parts that earlier days of the
    same plan take. `people`: only these technicians' days, of the branch's.
    """
    zone = ZoneInfo(branch.time_zone)
    begin, finish = day_range(day, branch.time_zone)
    zero = stamp(begin)
    present = {person.id: person for person in staff.people(kinds=TECHNICIAN_KINDS, branch_id=branch.id)}
    known = {id: person for id, person in present.items() if people is None or id in people}
    shifts, at_work = shifts_of(known, begin, finish, now, zone)
    visits = visits_of(known, begin, finish, shifts, at_work)
    begun = any(shift.window[0] <= stamp(now) for shift in shifts) and stamp(begin) <= stamp(now)
    anchor(shifts, visits, begin, now=now, lead=lead)
    shifts = [shift for shift in shifts if shift.begin < shift.window[1]]
    waiting = [visit for visit in visits if visit.status in (Status.BOOKED, Status.PROPOSED)]
    wanted = [] if tickets == "none" else _wanted(branch, urgent_only=tickets == "urgent", without=without)
    work = work_of(wanted, guess=True)
    reader = _Reader(branch, day, zero, stamp(now) + lead, shifts, waiting, wanted, work)
    return reader.read(known, now, spent or {}, begun)


def _wanted(branch: Branch, *, urgent_only: bool, without: Collection[int]) -> list[Ticket]:
    """Tickets of the branch's queues that wait for a visit, the first due first; a time that is held for a caller is left to them."""
    held = exists().where(Visit.ticket_id == Ticket.id, Visit.status == Status.PROPOSED, Visit.held_until.is_not(None))
    query = select(Ticket).join(Queue, Queue.id == Ticket.queue_id).where(unplaced.wanted(), ~held, Queue.branch_id == branch.id)
    if urgent_only:
        query = query.where(Ticket.priority == "urgent")
    if without:
        query = query.where(Ticket.id.not_in(list(without)))
    return list(db.session.scalars(query.order_by(Ticket.due_at.asc().nulls_last(), Ticket.id).limit(MOST_TICKETS)).unique())


class _Reader:
    """Gathers one day's problem."""

    def __init__(
        self,
        branch: Branch,
        day: date,
        zero: int,
        soonest: int,
        shifts: Sequence[Shift],
        visits: Sequence[Visit],
        tickets: Sequence[Ticket],
        work: Mapping[int, JobType],
    ) -> None:
        self.branch, self.day, self.zero, self.soonest = branch, day, zero, soonest - zero
        self.shifts, self.visits, self.tickets, self.work = shifts, visits, tickets, work
        self.places = _Places()
        self.people: Mapping[int, Person] = {}
        self.pieces: dict[str, Piece] = {}
        self.left: list[Left] = []
        self.jobs: list[Job] = []
        self.together: dict[str, set[str]] = defaultdict(set)  # technician → names of the crews that stay together

    def read(self, people: Mapping[int, Person], now: datetime, spent: Mapping[tuple[int, int], int], begun: bool) -> World:
        self.people = people
        vans = stock.vans_of(list(people))
        stores = [one for one in stock.places() if one.kind in ("warehouse", "staging") and one.branch_id in (None, self.branch.id)]
        kits = {line.part_id for row in self.work.values() for line in row.kit}
        held = stock.held_of([visit.id for visit in self.visits])
        alternates = stock.alternates_of(kits)
        kits = stock.with_alternates(kits, alternates) | {line.part_id for mine in held.values() for line in mine}
        free: Stock = stock.free_of(kits) if kits else {}
        modelled = {*vans.values(), *(store.id for store in stores)}
        carried: dict[int, dict[str, int]] = {}
        crews = {visit.id: [vans[one.id] for one in crew_of(visit) if one.id in vans] for visit in self.visits}
        for visit_id, lines in held.items():
            for line in lines:
                if line.place_id in modelled:
                    # What a helper has on the van comes along as well, but a crew's parts are asked of its lead.
                    place = crews[visit_id][0] if line.place_id in crews[visit_id] else line.place_id
                    free[line.part_id, place] = free.get((line.part_id, place), 0) + line.quantity
                    parts = carried.setdefault(visit_id, {})
                    parts[str(line.part_id)] = parts.get(str(line.part_id), 0) + line.quantity
        for key, count in spent.items():
            free[key] = max(0, free.get(key, 0) - count)
        self._add_delayed(carried, held, free, vans, stores)
        stores = [store for store in stores if any(place == store.id and count > 0 for (_part, place), count in free.items())]
        self._read_visits(carried)
        self._read_tickets(now, self._needed(kits, alternates, free, vans, stores))
        technicians = [self._technician(shift, free, vans) for shift in self.shifts]
        warehouses = [self._warehouse(store, free) for store in stores]
        problem = Problem(
            travel=self.places.ways(pace.ways_in(ZoneInfo(self.branch.time_zone), among(self.places.points)), self.zero + _DAY // 2),
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

    def _technician(self, shift: Shift, free: Stock, vans: Mapping[int, int]) -> Technician:
        van = vans.get(shift.person.id)
        begin, end = shift.begin - self.zero, shift.window[1] - self.zero
        rest = shift.rest if shift.rest is not None and shift.rest.window[1] > begin else None
        return Technician(
            id=shift.id,
            start_place=self.places.number(shift.at),
            shift=(begin, end),
            skills={str(one.skill_id): one.level for one in shift.person.skills if one.expires_on is None or one.expires_on >= self.day}
            | dict.fromkeys(self.together[shift.id], 1),
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
            crew = crew_of(visit)
            start, id = stamp(visit.planned_start) - self.zero, f"v{visit.id}"
            ours = [person for person in crew if person.id in self.people]
            found = [self._shift_at(person.id, start) for person in ours]
            shift = found[0]
            stranger = len(ours) < len(crew)  # of another branch: nobody here can say when they have time
            since, until = stamp(visit.promised_from) - self.zero, stamp(visit.promised_until) - self.zero
            latest = max(min(start, until), until - SPARE)
            held = visit.held_until is not None or stranger
            broken = not held and latest < self.soonest
            away = None in found
            piece = Piece(
                id=id,
                ticket_id=visit.ticket_id,
                visit_id=visit.id,
                job_type_id=visit.job_type_id,
                person_id=ours[0].id,
                helper_ids=tuple(person.id for person in ours[1:]),
                windows=tuple(one.id for one in found if one is not None),
                missing=ours[found.index(None)].id if away else None,
                start=start,
                deadline=None if held else until,
                promised=not held,
                held=held,
                away=away,
                broken=broken,
                located=point_of(visit) is not None,
            )
            fixed = held or visit.lock == Lock.TIME
            if away and (fixed or visit.lock == Lock.TECHNICIAN):
                if not held:
                    self.left.append(Left(piece=piece, code="locked"))
                continue
            self.pieces[id] = piece
            if len(ours) > 1 and not away:  # a crew stays together: only somebody who is not there is replaced
                for window in piece.windows:
                    self.together[window].add(f"crew {id}")
            self.jobs.append(
                Job(
                    id=id,
                    crew=len(ours),
                    place=self.places.number(point_of(visit)),
                    seconds=stamp(visit.planned_end) - stamp(visit.planned_start),
                    window=None if fixed or broken else (since, latest),
                    due=until if broken else None,
                    lateness_cost=LATE,
                    skills={str(line.skill_id): line.level for line in visit.job_type.skills}
                    | ({f"crew {id}": 1} if len(ours) > 1 and not away else {}),
                    parts=carried.get(visit.id, {}) if not stranger else {},
                    unserved_cost=PROMISED if away else STANDING,
                    ready_at=since if broken and not fixed else 0,
                    locked_to=shift.id if shift is not None and (fixed or visit.lock == Lock.TECHNICIAN) else None,
                    locked_start=start if fixed else None,
                    previous_technician=shift.id if shift is not None else None,
                )
            )

    def _shift_at(self, person_id: int, start: int) -> Shift | None:
        """Their working window in which something stands."""
        return next((one for one in self.shifts if one.person.id == person_id and self._within(one, start)), None)

    def _within(self, shift: Shift, start: int) -> bool:
        return shift.window[0] - self.zero <= start < shift.window[1] - self.zero

    def _read_tickets(self, now: datetime, needed: Mapping[int, dict[str, int]]) -> None:
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
            piece = Piece(
                id=f"t{ticket.id}", ticket_id=ticket.id, job_type_id=row.id, deadline=deadline, due=due_at, located=at is not None
            )
            self.pieces[piece.id] = piece
            self.jobs.append(
                Job(
                    id=piece.id,
                    crew=row.crew,
                    place=self.places.number(at),
                    seconds=seconds,
                    window=None if ticket.priority == "urgent" else (opens, closes),
                    due=None if due_at is None else max(due_at, first),
                    lateness_cost=late,
                    skills={str(line.skill_id): line.level for line in row.skills},
                    parts=needed[row.id],
                    unserved_cost=value + late * _DAY,
                )
            )

    def _needed(
        self, kits: Collection[int], alternates: Alternates, free: Stock, vans: Mapping[int, int], stores: Sequence[Place]
    ) -> dict[int, dict[str, int]]:
        """By job type the parts it takes along: of each the first alternate that can be had, when the part itself cannot. What is nowhere to be had
        but comes before the day is left out: it is booked against the order."""
        coming: Counter[int] = Counter()
        for order in stock.incoming(kits) if kits else []:
            if order.eta is not None and order.eta < self.day:
                coming[order.part_id] += order.quantity - order.received - order.reserved
        in_stores: Counter[int] = Counter()
        for (part, place), count in free.items():
            if place in {store.id for store in stores}:
                in_stores[part] += count

        def most(part: int) -> int:
            return in_stores[part] + max((free.get((part, van), 0) for van in vans.values()), default=0)

        found = {}
        for row in {row.id: row for row in self.work.values()}.values():
            needs: Counter[str] = Counter()
            for line in row.kit:
                eligible = (line.part_id, *alternates.get(line.part_id, ()))
                there = next((part for part in eligible if most(part) >= line.quantity), None)
                if there is not None or sum(coming[part] for part in eligible) < line.quantity:
                    needs[str(there or line.part_id)] += line.quantity
            found[row.id] = dict(needs)
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
