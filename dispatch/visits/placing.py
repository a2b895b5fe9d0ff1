"""Putting a visit into a technician's time and taking it out again; the ways of the next stop follow.

Callers hold the technician's lock (`lock_people`), so what is read here stays true until the end of the transaction. The exclusion constraint on
`assignment` is the last word all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range

from core import events
from core.db import db
from core.errors import Conflict, DomainError
from dispatch.events import VisitChanged
from dispatch.visits import schedule, why
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.rules import Status
from dispatch.visits.schedule import Taken, moment, stamp
from dispatch.visits.travel import Point, journey, point
from staff import queries as staff
from staff.models import Person

_LOCK_CLASS = 0x7E57  # of PostgreSQL's two-part advisory locks: a technician's time
_AROUND = timedelta(days=1)


def lock_people(person_ids: Collection[int]) -> None:
    """Lock these technicians' time until the end of the transaction, in order of id. After the ticket, before the visit."""
    for person_id in sorted(set(person_ids)):
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, person_id)))


def clock_of(person: Person, at: datetime) -> str:
    """The wall clock where a technician works, HH:MM."""
    return f"{at.astimezone(ZoneInfo(person.branch.time_zone)):%H:%M}"


def check_free(person: Person, start: datetime, end: datetime, *, now: datetime, without: int | None = None) -> None:
    """Raises Conflict (code `taken`) naming the visit that is in the way."""
    for other in schedule.taken([person.id], start - _AROUND, end + _AROUND, now=now, without=without)[person.id]:
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


def put_in(visit: Visit, person: Person, *, now: datetime, despite_travel: bool, assignment: Assignment | None = None) -> Assignment:
    """Write the active assignment of a visit whose times stand and whose parts are reserved. The next stop's way begins here from now on.

    `assignment` is used again when given (the same technician at another time). Raises DomainError (code `travel`) when the way from the stop
    before, or on to the next, takes longer than there is.
    """
    start, end = visit.planned_start, visit.planned_end
    before, after = _around(person, start, now=now, without=visit.id)
    at = point_of(visit)
    pickups = schedule.pickups_for(visit.id, person.id)
    travel = journey(_from(person, before), pickups, at)
    if before is not None and not despite_travel and before.stop.end + travel > stamp(start):
        raise _unreachable(person, before, travel, stamp(start) - before.stop.end)
    if after is not None:
        onward = journey(at, after.stop.pickups, after.stop.at)
        if not despite_travel and after.stop.fixed_from is None and stamp(end) + onward > after.stop.start:
            raise _unreachable(person, after, onward, after.stop.start - stamp(end))
        _set_way(after, onward, not_before=stamp(end), now=now)
    lower = stamp(start) - travel if before is None else max(stamp(start) - travel, before.stop.end)
    row = assignment or Assignment(visit_id=visit.id, resource=f"person:{person.id}", person_id=person.id)
    row.person = person
    row.during = Range(min(moment(lower), start), end)
    row.travel_seconds = travel
    row.active = True
    if assignment is None:
        visit.assignments.append(row)
    db.session.flush()
    return row


def take_out(assignment: Assignment, *, now: datetime) -> None:
    """The technician's time is free again; the next stop's way begins at the one before."""
    visit, person = assignment.visit, assignment.person
    assignment.active = False
    db.session.flush()
    if person is None:
        return
    before, after = _around(person, visit.planned_start, now=now, without=visit.id)
    if after is not None:
        way = journey(_from(person, before), after.stop.pickups, after.stop.at)
        _set_way(after, way, not_before=before.stop.end if before is not None else None, now=now)


def shorten(assignment: Assignment, ended_at: datetime) -> None:
    """A visit that ended early frees the rest of its time. One that overran keeps its planned range: what is planned after stays as it is."""
    lower, upper = assignment.during.lower, assignment.during.upper
    if lower is None or upper is None or ended_at >= upper:
        return
    assignment.during = Range(lower, max(ended_at, lower + timedelta(minutes=1)))
    db.session.flush()


def point_of(visit: Visit) -> Point | None:
    """Where the work is."""
    return point(visit.site.latitude, visit.site.longitude) if visit.site is not None else None


def _from(person: Person, before: Taken | None) -> Point | None:
    return schedule.home_of(person) if before is None else before.stop.at


def _around(person: Person, start: datetime, *, now: datetime, without: int) -> tuple[Taken | None, Taken | None]:
    """The stops before and after a start on the same working day (a shift's worth of hours)."""
    mine = schedule.taken([person.id], start - _AROUND, start + _AROUND, now=now, without=without)[person.id]
    at = stamp(start)
    windows = staff.shift_windows(person.id, start - _AROUND, start + _AROUND)
    shift = next((window for window in windows if window.start <= start < window.end), None)
    low, high = (stamp(shift.start), stamp(shift.end)) if shift is not None else (at - 8 * 3600, at + 8 * 3600)
    inside = [one for one in mine if one.stop.end > low and one.stop.start < high]
    before = [one for one in inside if one.stop.start <= at]
    after = [one for one in inside if one.stop.start > at]
    return (before[-1] if before else None), (after[0] if after else None)


def _set_way(following: Taken, way: int, *, not_before: int | None, now: datetime) -> None:
    """Write how long the way to the next stop is, and tell; a technician already under way is left alone."""
    if following.status not in (Status.PROPOSED, Status.BOOKED):
        return
    row = db.session.get_one(Assignment, following.assignment_id)
    lower = following.stop.start - way
    if not_before is not None:
        lower = max(lower, not_before)
    row.travel_seconds = way
    row.during = Range(moment(min(lower, following.stop.start)), row.during.upper)
    db.session.flush()
    visit = row.visit
    events.publish(
        VisitChanged(
            at=now,
            visit_id=visit.id,
            number=visit.number,
            ticket_id=visit.ticket_id,
            ticket_number=visit.ticket.number,
            what="travel",
            status=visit.status,
            person_id=row.person_id,
            planned_start=visit.planned_start,
        )
    )


def _unreachable(person: Person, other: Taken, way: int, there_is: int) -> DomainError:
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
