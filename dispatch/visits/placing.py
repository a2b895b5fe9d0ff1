"""Putting a visit into a technician's time and taking it out again; the ways of the next stop follow.

Callers hold the technician's lock (`lock_people`), so what is read here stays true until the end of the transaction. The exclusion constraint on
`assignment` is the last word all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import Integer, and_, cast, false, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY, Range

from core import events
from core.db import db
from core.errors import Conflict, DomainError
from customers.models import Site
from dispatch.events import VisitChanged
from dispatch.roads.rules import Pair, along, among
from dispatch.visits import insertion, pace, schedule, why
from dispatch.visits.insertion import Arrangement
from dispatch.visits.models import EXCLUSION, Assignment, Visit
from dispatch.visits.rules import Status
from dispatch.visits.schedule import Taken, moment, stamp
from dispatch.visits.travel import Point, Ways, point
from staff import queries as staff
from staff.models import Person

_LOCK_CLASS = 0x7E57  # of PostgreSQL's two-part advisory locks: a technician's time
_AROUND = timedelta(days=1)


def lock_people(person_ids: Collection[int]) -> None:
    """Lock these technicians' time until the end of the transaction, in order of id. After the ticket, before the visit."""
    for person_id in sorted(set(person_ids)):
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, person_id)))


def lock_free_people(person_ids: Collection[int]) -> list[int]:
    """Of these technicians those whose time nobody else has locked, in order of id; locked until the end of the transaction. Never waits, so it may
    be called while anything is locked."""
    asked = func.unnest(cast(sorted(set(person_ids)), ARRAY(Integer))).column_valued("person_id")
    return sorted(db.session.scalars(select(asked).where(func.pg_try_advisory_xact_lock(_LOCK_CLASS, asked))))


def lock_visits(places: Collection[tuple[int, datetime]], *, also: Collection[int] = ()) -> None:
    """Lock the rows of the visits that these people have around these times, and `also`; in order of id, read afresh. After the people, before stock:
    who gives way for a visit is written after its parts were locked."""
    near = [
        and_(Assignment.person_id == person_id, Assignment.during.overlaps(Range(at - _AROUND, at + _AROUND))) for person_id, at in places
    ]
    theirs = select(Assignment.visit_id).where(Assignment.active, or_(false(), *near))
    query = select(Visit).where(or_(Visit.id.in_(theirs), Visit.id.in_(list(also)))).order_by(Visit.id)
    db.session.scalars(query.with_for_update(of=Visit, key_share=True).execution_options(populate_existing=True)).all()


def clock_of(person: Person, at: datetime) -> str:
    """The wall clock where a technician works, HH:MM."""
    return f"{at.astimezone(ZoneInfo(person.branch.time_zone)):%H:%M}"


@dataclass(frozen=True, slots=True)
class Shifted:
    """A visit that gave way, and when it was to start before."""

    visit: Visit
    start_before: datetime


@dataclass(frozen=True, slots=True)
class _Day:
    """A technician's shift around a start: what is planned, and how the visit goes among it."""

    planned: list[Taken]
    order: Arrangement

    @property
    def before(self) -> Taken | None:
        return self.planned[self.order.count - 1] if self.order.count else None

    @property
    def after(self) -> Taken | None:
        return self.planned[self.order.count] if self.order.count < len(self.planned) else None


def check_free(
    visit: Visit | None, person: Person, start: datetime, end: datetime, *, at: Point | None, now: datetime, still: bool = False
) -> None:
    """Raises Conflict (code `taken`) naming the visit that is in the way and cannot give way; with `still` nobody is asked to.

    `at`: where the work is; `visit` itself is not counted.
    """
    day = _day(person, start, end, at=at, pickups=(), now=now, without=visit.id if visit is not None else None, still=still)
    if day.order.stuck or still:
        _refuse_overlap(person, day, start, end)


def _refuse_overlap(person: Person, day: _Day, start: datetime, end: datetime) -> None:
    for other in day.planned:
        begins = min(other.stop.start, other.stop.fixed_from or other.stop.start)
        if begins < stamp(end) and other.stop.end > stamp(start):
            raise _is_taken(person, other)


def _is_taken(person: Person, other: Taken) -> Conflict:
    visit = db.session.get_one(Visit, other.visit_id)
    begins, ends = moment(other.stop.start), moment(other.stop.end)
    return Conflict(
        _(
            "%(name)s is already taken %(start)s-%(end)s (visit %(number)s).",
            name=person.name,
            start=clock_of(person, begins),
            end=clock_of(person, ends),
            number=visit.number,
        ),
        field="start",
        code="taken",
        details={"visit": visit.number, "start": begins.isoformat(), "end": ends.isoformat()},
    )


def check_shift(person: Person, start: datetime, end: datetime) -> None:
    """Raises DomainError (code `shift`)."""
    if not staff.on_shift(person.id, start, end):
        raise DomainError(
            _("%(name)s does not work %(start)s-%(end)s.", name=person.name, start=clock_of(person, start), end=clock_of(person, end)),
            field="start",
            code="shift",
        )


def put_in(
    visit: Visit,
    person: Person,
    *,
    now: datetime,
    despite_travel: bool,
    lead: bool = True,
    crew: Collection[int] = (),
    assignment: Assignment | None = None,
) -> tuple[Assignment, list[Shifted]]:
    """Write the active assignment of a visit whose times stand and whose parts are reserved. Visits before and after it give way within what was
    promised to their customers, only as far as they must; they are told. The next stop's way begins here from now on.

    `lead`: fetches the parts that none of the `crew` has; the others of it come straight. `assignment` is used again when given (the same
    technician at another time). Raises DomainError (code `travel`) when the way from the stop before, or on to the next, takes longer than there is
    even so; with `despite_travel` nobody gives way.
    """
    start, end = visit.planned_start, visit.planned_end
    pickups = schedule.pickups_for(visit.id, {person.id, *crew}) if lead else ()
    day = _day(person, start, end, at=point_of(visit), pickups=pickups, now=now, without=visit.id, still=despite_travel)
    if day.order.stuck and not despite_travel:
        raise _unreachable(person, day, start, end)
    row = assignment or Assignment(visit_id=visit.id, resource=f"person:{person.id}", person_id=person.id)
    with _later_judged():
        shifted = _give_way(day, visit, now=now)
        if day.before is not None:
            free = day.order.starts[day.order.count - 1] + day.before.stop.seconds
        else:
            free = _free_since(person.id, stamp(start), without=visit.id)
        lower = max(stamp(start) - day.order.way, free)
        row.person, row.lead = person, lead
        row.during = Range(min(moment(lower), start), end)
        row.travel_seconds = day.order.way
        row.active = True
        if assignment is None:
            visit.assignments.append(row)
        db.session.flush()
    return row, shifted


def take_out(assignment: Assignment, *, now: datetime) -> None:
    """The technician's time is free again; the next stop's way begins at the one before."""
    visit, person = assignment.visit, assignment.person
    assignment.active = False
    db.session.flush()
    if person is None:
        return
    planned = _around(person, visit.planned_start, now=now, without=visit.id)
    count = sum(one.stop.start <= stamp(visit.planned_start) for one in planned)
    if count < len(planned):
        before, after = planned[count - 1] if count else None, planned[count]
        here = before.stop.at if before is not None else schedule.home_of(person)
        way = _ways(person, along([here, *after.stop.pickups, after.stop.at])).journey(
            here, after.stop.pickups, after.stop.at, after.stop.start
        )
        _set_way(after, after.stop.start, way, not_before=before.stop.end if before is not None else None, now=now)


def put_back(person: Person, visit: Visit, *, now: datetime) -> None:
    """Those that gave way for a visit that is taken out now, and stand where they were put, go back to their old starts; nobody does when one of
    these is not free any more. What may not give way by now (a crew's, one whose time is locked) stays."""
    wanted = {visit_id: (_stamped(before), _stamped(since)) for visit_id, before, since in visit.gave_way}
    planned = _around(person, visit.planned_start, now=now, without=visit.id) if wanted else []
    order = []
    for one in planned:
        before, since = wanted.get(one.visit_id, (0, 0))
        back = since == one.stop.start and one.stop.room is not None and before > stamp(now)
        order.append((before if back else one.stop.start, back, one))
    if not any(back for _start, back, _one in order):
        return
    order.sort(key=lambda entry: entry[0])
    here, free, ways = schedule.home_of(person), max(_bounds(person, visit.planned_start)[0], 0), []
    roads = _ways(person, among([here, *(at for _start, _back, one in order for at in (*one.stop.pickups, one.stop.at))]))
    anew = False  # the way here is another one, or shorter of time
    for start, back, one in order:
        ways.append(roads.journey(here, one.stop.pickups, one.stop.at, start))
        if (back or anew) and start < free + ways[-1]:
            return
        here, free, anew = one.stop.at, start + one.stop.seconds, back
    with _later_judged():
        done: int | None = None
        anew = False
        for (start, back, one), way in zip(order, ways, strict=True):
            if back or anew:
                _set_way(one, start, way, not_before=done, now=now)
            done, anew = start + one.stop.seconds, back


def _ways(person: Person, pairs: Iterable[Pair]) -> Ways:
    return pace.ways_of([person], pairs)[person.id]


def _stamped(moment_text: str) -> int:
    return stamp(datetime.fromisoformat(moment_text))


def _free_since(person_id: int, start: int, *, without: int) -> int:
    """When what somebody has before a start ends, also in an earlier shift; 0 without."""
    query = select(func.max(func.upper(Assignment.during))).where(
        Assignment.active, Assignment.person_id == person_id, Assignment.visit_id != without, func.upper(Assignment.during) <= moment(start)
    )
    found = db.session.scalar(query)
    return stamp(found) if found is not None else 0


@contextmanager
def _later_judged() -> Iterator[None]:
    """Visits of a day may pass through each other's time while they are moved; what stands in the end is judged at the end."""
    db.session.flush()
    db.session.execute(text(f"SET CONSTRAINTS {EXCLUSION} DEFERRED"))
    yield
    db.session.execute(text(f"SET CONSTRAINTS {EXCLUSION} IMMEDIATE"))


def _day(
    person: Person,
    start: datetime,
    end: datetime,
    *,
    at: Point | None,
    pickups: tuple[Point | None, ...],
    now: datetime,
    without: int | None,
    still: bool,
) -> _Day:
    """`still`: nobody is asked to give way."""
    planned = _around(person, start, now=now, without=without)
    begin, finish = _bounds(person, start)
    job = insertion.Job(at=at, seconds=stamp(end) - stamp(start), pickups=pickups)
    home = schedule.home_of(person)
    # Among all of them: whoever comes before or after whom, the ways of the whole day will be known by road the next time.
    pairs = among([home, at, *pickups, *(place for one in planned for place in (*one.stop.pickups, one.stop.at))])
    order = insertion.arranged(
        [one.stop for one in planned],
        home=home,
        start=stamp(start),
        job=job,
        begin=max(begin, stamp(now)),
        finish=finish,
        still=still,
        roads=_ways(person, pairs),
    )
    return _Day(planned, order)


def _give_way(day: _Day, visit: Visit, *, now: datetime) -> list[Shifted]:
    """Write the new times of those that give way, and the way of the visit's next stop."""
    order = day.order
    ways = [*order.ways[: order.count], *order.ways[order.count + 1 :]]
    shifted = []
    free: int | None = None  # when the one before is done
    for index, (other, new) in enumerate(zip(day.planned, order.starts, strict=True)):
        follows = index == order.count
        if follows:
            free = stamp(visit.planned_end)
        if new != other.stop.start or follows:
            moved = _set_way(other, new, ways[index], not_before=free, now=now)
            if moved is not None:
                shifted.append(moved)
        free = new + other.stop.seconds
    return shifted


def shorten(assignment: Assignment, ended_at: datetime) -> None:
    """A visit that ended early frees the rest of its time. One that overran keeps its planned range: what is planned after stays as it is."""
    lower, upper = assignment.during.lower, assignment.during.upper
    if lower is None or upper is None or ended_at >= upper:
        return
    assignment.during = Range(lower, max(ended_at, lower + timedelta(minutes=1)))
    db.session.flush()


def point_of(visit: Visit) -> Point | None:
    """Where the work is."""
    return site_point(visit.site)


def site_point(site: Site | None) -> Point | None:
    """None when it is not known where that is."""
    return point(site.latitude, site.longitude) if site is not None else None


def _bounds(person: Person, start: datetime) -> tuple[int, int]:
    """The shift around a start; eight hours each way where there is none."""
    windows = staff.shift_windows(person.id, start - _AROUND, start + _AROUND)
    shift = next((window for window in windows if window.start <= start < window.end), None)
    at = stamp(start)
    return (stamp(shift.start), stamp(shift.end)) if shift is not None else (at - 8 * 3600, at + 8 * 3600)


def _around(person: Person, start: datetime, *, now: datetime, without: int | None) -> list[Taken]:
    """What is planned in the shift around a start, by start."""
    mine = schedule.taken([person.id], start - _AROUND, start + _AROUND, now=now, without=[without] if without is not None else ())[
        person.id
    ]
    low, high = _bounds(person, start)
    return [one for one in mine if one.stop.end > low and one.stop.start < high]


def _set_way(other: Taken, start: int, way: int, *, not_before: int | None, now: datetime) -> Shifted | None:
    """Write when another stop starts and how long the way to it is, and tell; a technician already under way is left alone."""
    if other.status not in (Status.PROPOSED, Status.BOOKED):
        return None
    row = db.session.get_one(Assignment, other.assignment_id)
    visit = row.visit
    before = visit.planned_start
    if not_before is None:
        not_before = _free_since(row.person_id, start, without=visit.id) if row.person_id is not None else 0
    lower = max(start - way, not_before)
    row.travel_seconds = way
    row.during = Range(moment(min(lower, start)), moment(start + other.stop.seconds))
    gave_way = start != other.stop.start
    if gave_way:
        visit.planned_start, visit.planned_end, visit.updated_at = moment(start), moment(start + other.stop.seconds), now
    db.session.flush()
    events.publish(
        VisitChanged(
            at=now,
            visit_id=visit.id,
            number=visit.number,
            ticket_id=visit.ticket_id,
            ticket_number=visit.ticket.number,
            what="shifted" if gave_way else "travel",
            status=visit.status,
            person_id=row.person_id,
            planned_start=visit.planned_start,
            planned_start_before=before if gave_way else None,
        )
    )
    return Shifted(visit, before) if gave_way else None


def _unreachable(person: Person, day: _Day, start: datetime, end: datetime) -> DomainError:
    """Names the neighbour between which and the visit there is too little time."""
    other, way = day.before, day.order.way
    there_is = stamp(start) - other.stop.end if other is not None else way
    if there_is >= way and day.after is not None:
        other, way = day.after, day.order.ways[day.order.count + 1]
        there_is = other.stop.start - stamp(end)
    assert other is not None, "without neighbours nobody is in the way"
    visit = db.session.get_one(Visit, other.visit_id)
    return DomainError(
        _(
            "%(name)s cannot make it: the way between this and visit %(number)s takes %(way)s, there are %(gap)s.",
            name=person.name,
            number=visit.number,
            way=why.span(way),
            gap=why.span(max(0, there_is)),
        ),
        field="start",
        code="travel",
        details={"visit": visit.number, "travel_seconds": way, "seconds": there_is},
    )
