"""How fast the firm's ways really are at what time of day: what travel the plan reckons with, times what technicians' reports (left, arrived) say.

The median of (time taken / straight-line time) of the newest ways of each class of hours, drawn towards 1 as if that had been seen five times,
between half and double. The clock learns once an hour; who plans reads four rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, or_, select

from core.db import db
from customers.models import Site
from dispatch.materials.models import Place, Reservation, StockMove
from dispatch.materials.rules import HOLDING
from dispatch.visits.models import Assignment, TravelPace, Visit
from dispatch.visits.schedule import home_of
from dispatch.visits.travel import HOUR_CLASSES, Point, Ways, hour_class, point, seconds
from staff.models import Person

SINCE = timedelta(days=120)
MOST = 2000  # ways, the newest
WEIGHT = 5
SLOWEST, FASTEST = 2.0, 0.5
_SHORTEST, _LONGEST = 120, 3 * 3600  # seconds on the road: what lies outside was not reported as it happened
_NEAR = 180  # a way that is reckoned shorter says nothing


def ways_of(people: Sequence[Person]) -> dict[int, Ways]:
    """How the ways of each are reckoned; one query for all."""
    known = paces()
    return {person.id: Ways(known, ZoneInfo(person.branch.time_zone)) for person in people}


def paces() -> Mapping[str, float]:
    """Of each class of hours of which something was learned."""
    return dict(db.session.execute(select(TravelPace.hours, TravelPace.ratio)).tuples().all())


def learned(ratios: Iterable[tuple[str, float]]) -> dict[str, tuple[float, int]]:
    """(pace, how many ways it was learned from) by class of hours, from (class, ratio)."""
    seen: dict[str, list[float]] = {}
    for hours, ratio in ratios:
        seen.setdefault(hours, []).append(ratio)
    found = {}
    for hours, mine in seen.items():
        drawn = (len(mine) * median(mine) + WEIGHT) / (len(mine) + WEIGHT)
        found[hours] = (round(min(SLOWEST, max(FASTEST, drawn)), 3), len(mine))
    return found


def learn(now: datetime) -> None:
    """Sweep: reckon anew. All rows are written, or none."""
    found = learned(_ratios(now))
    db.session.execute(delete(TravelPace))
    known = [hours for hours in HOUR_CLASSES if hours in found]
    db.session.add_all(TravelPace(hours=hours, ratio=found[hours][0], ways=found[hours][1], learned_at=now) for hours in known)
    db.session.flush()


def _ratios(now: datetime) -> Iterable[tuple[str, float]]:
    """Of each reported way, from the visit before on that day, else from home: its class, and how many times as long as reckoned it took.

    A way on which parts are fetched is longer than the direct one by what the plan adds for that: it says nothing of the roads. Nor do the ways of a
    crew's helpers: when they left is not told."""
    elsewhere = and_(Place.kind.in_(HOLDING), Place.person_id.is_distinct_from(Assignment.person_id))
    promised = exists().where(Reservation.visit_id == Visit.id, Place.id == Reservation.place_id, elsewhere)
    taken = exists().where(StockMove.visit_id == Visit.id, Place.id == StockMove.from_place_id, elsewhere)
    fetched = or_(promised, taken).label("fetched")
    query = (
        select(
            Assignment.person_id, Assignment.lead, Visit.left_at, Visit.arrived_at, Visit.ended_at, Site.latitude, Site.longitude, fetched
        )
        .join(Visit, Visit.id == Assignment.visit_id)
        .join(Site, Site.id == Visit.site_id)
        .where(Assignment.active, Assignment.person_id.is_not(None), Visit.arrived_at >= now - SINCE)
        .order_by(Visit.arrived_at.desc())
        .limit(MOST)
    )
    rows = db.session.execute(query).all()
    people = {person.id: person for person in db.session.scalars(select(Person).where(Person.id.in_({row.person_id for row in rows})))}
    here: dict[int, tuple[datetime | None, Point | None]] = {}
    for person_id, lead, left_at, arrived_at, ended_at, latitude, longitude, stops in reversed(rows):
        if person_id is None or arrived_at is None:
            continue
        person, there = people[person_id], point(latitude, longitude)
        zone = ZoneInfo(person.branch.time_zone)
        done_at, place = here.get(person_id, (None, None))
        if done_at is None or done_at.astimezone(zone).date() != (left_at or arrived_at).astimezone(zone).date():
            place = home_of(person)
        here[person_id] = (ended_at or arrived_at, there)
        if not lead or left_at is None or stops or place is None or there is None or (done_at is not None and done_at > left_at):
            continue
        reckoned, took = seconds(place, there), (arrived_at - left_at).total_seconds()
        if reckoned >= _NEAR and _SHORTEST <= took <= _LONGEST:
            yield hour_class(arrived_at.astimezone(zone)), took / reckoned
