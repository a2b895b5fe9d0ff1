"""Technicians' time as the database has it, in the form `insertion` reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import aliased

from core.db import db
from customers.models import Site
from dispatch.materials.models import Place, Reservation
from dispatch.promises import lateness, rules
from dispatch.visits.insertion import Stop
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.rules import Lock, Status
from dispatch.visits.travel import Point, point
from staff.models import Person

SPARE = 1800  # seconds before the end of what was promised that no visit is put off into: roads and repairs take longer than planned


@dataclass(frozen=True, slots=True)
class Taken:
    """One active assignment: its row, its visit, and the same as a stop."""

    assignment_id: int
    visit_id: int
    person_id: int
    lower: int
    status: str
    stop: Stop


def stamp(moment: datetime) -> int:
    """Seconds since 1970."""
    return int(moment.timestamp())


def moment(seconds: int) -> datetime:
    """The other way."""
    return datetime.fromtimestamp(seconds, UTC)


def home_of(person: Person) -> Point | None:
    """Where a technician's day begins: at home, else at the branch."""
    return point(person.home_latitude, person.home_longitude) or point(person.branch.latitude, person.branch.longitude)


def taken(
    person_ids: Collection[int], start: datetime, end: datetime, *, now: datetime, without: Collection[int] = ()
) -> dict[int, list[Taken]]:
    """Active assignments of people that touch the range, by start; `without` leaves visits out. Work that overruns lasts until `now` at least.

    A crew's visit has no room: it would have to give way in all of their days at once."""
    query = (
        select(
            Assignment.id,
            Assignment.visit_id,
            Assignment.person_id,
            func.lower(Assignment.during),
            func.upper(Assignment.during),
            Visit.planned_start,
            Visit.status,
            Visit.promised_from,
            Visit.promised_until,
            Visit.lock,
            Visit.held_until,
            _in_company(),
            Site.latitude,
            Site.longitude,
            Site.postal_code,
            Site.city,
            Site.time_zone,
        )
        .join(Visit, Visit.id == Assignment.visit_id)
        .outerjoin(Site, Site.id == Visit.site_id)
        .where(Assignment.active, Assignment.person_id.in_(list(person_ids)), Assignment.during.overlaps(Range(start, end)))
    )
    if without:
        query = query.where(Assignment.visit_id.not_in(without))
    rows = db.session.execute(query.order_by(func.lower(Assignment.during))).all()
    fetched = _pickups(person_ids, start, end)
    found: dict[int, list[Taken]] = {person_id: [] for person_id in person_ids}
    current, late = stamp(now), _late()
    for (
        assignment_id,
        visit_id,
        person_id,
        lower,
        upper,
        planned,
        status,
        since,
        until,
        lock,
        held,
        in_company,
        latitude,
        longitude,
        code,
        city,
        zone,
    ) in rows:
        begins, waiting = stamp(planned), status in (Status.BOOKED, Status.PROPOSED)
        under_way = status in (Status.ON_THE_WAY, Status.ON_SITE)
        stop = Stop(
            start=begins,
            end=max(stamp(upper), current) if under_way else stamp(upper),
            at=point(latitude, longitude),
            pickups=fetched.get((visit_id, person_id), ()),
            fixed_from=None if waiting else stamp(lower),
            # A customer of a late visit may have been promised a later window than its plan has it in.
            room=(min(begins, stamp(since)), max(begins, stamp(until) - SPARE - late(person_id, planned, code, city, zone)))
            if waiting and held is None and lock != Lock.TIME and not in_company and begins >= current
            else None,
        )
        found[person_id].append(Taken(assignment_id, visit_id, person_id, stamp(lower), status, stop))
    for mine in found.values():
        mine.sort(key=lambda one: one.stop.start)
    return found


def _in_company() -> ColumnElement[bool]:
    """Whether the assignment's visit is a crew's."""
    helper = aliased(Assignment)
    mine = helper.visit_id == Assignment.visit_id, helper.active, ~helper.lead, helper.person_id.is_not(None)
    return exists().where(*mine).correlate(Assignment)


def _late() -> Callable[[int, datetime, str | None, str | None, str | None], int]:
    """Seconds that somebody's arrivals at such a time and place are usually late, kept free besides SPARE; one query for all."""
    known = lateness.usual(lateness.WINDOW)

    def seconds(person_id: int, planned: datetime, code: str | None, city: str | None, zone: str | None) -> int:
        if not known.values:
            return 0
        hour = planned.astimezone(ZoneInfo(zone or "UTC")).hour
        return 60 * max(0, known.minutes(person_id, hour, rules.area(code or "", city or "")))

    return seconds


def _pickups(person_ids: Collection[int], start: datetime, end: datetime) -> dict[tuple[int, int], tuple[Point | None, ...]]:
    """By (visit, person) where reserved parts have to be fetched: places other than the crew's vans. Of a crew the lead fetches them."""
    mate = aliased(Assignment)
    comes_along = exists().where(mate.visit_id == Reservation.visit_id, mate.active, mate.person_id == Place.person_id)
    query = (
        select(Reservation.visit_id, Assignment.person_id, Place.id, Place.latitude, Place.longitude)
        .join(Place, Place.id == Reservation.place_id)
        .join(Assignment, Assignment.visit_id == Reservation.visit_id)
        .where(
            Reservation.state == "held",
            Assignment.active,
            Assignment.lead,
            Assignment.person_id.in_(list(person_ids)),
            Assignment.during.overlaps(Range(start, end)),
            ~comes_along,
        )
        .distinct()
        .order_by(Reservation.visit_id, Place.id)
    )
    found: dict[tuple[int, int], tuple[Point | None, ...]] = {}
    for visit_id, person_id, _place_id, latitude, longitude in db.session.execute(query):
        if person_id is not None:
            found[visit_id, person_id] = (*found.get((visit_id, person_id), ()), point(latitude, longitude))
    return found


def pickups_for(visit_id: int, crew: Collection[int]) -> tuple[Point | None, ...]:
    """Where these people would have to fetch parts for a visit: what lies on a van of theirs comes along."""
    query = (
        select(Place.id, Place.latitude, Place.longitude)
        .join(Reservation, Reservation.place_id == Place.id)
        .where(Reservation.visit_id == visit_id, Reservation.state == "held")
        .where(or_(Place.person_id.is_(None), Place.person_id.not_in(crew)))
        .distinct()
        .order_by(Place.id)
    )
    return tuple(point(latitude, longitude) for _place_id, latitude, longitude in db.session.execute(query))
