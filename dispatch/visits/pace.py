"""How fast the firm's ways really are at what time of day: what travel the plan reckons with, times what technicians' reports (left, arrived) say.

The median of (time taken / time reckoned) of the newest ways of each class of hours, drawn towards 1 as if that had been seen five times,
between half and double. Learned twice: against the straight line, and against the road where the routing service knows the way; each is
multiplied by its own. The clock learns once an hour; who plans reads eight rows at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, or_, select

from core.db import db
from customers.models import Site
from dispatch.materials.models import Place, Reservation, StockMove
from dispatch.materials.rules import HOLDING
from dispatch.roads import known
from dispatch.roads.rules import Pair
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


def ways_of(people: Sequence[Person], pairs: Iterable[Pair] = ()) -> dict[int, Ways]:
    """How the ways of each are reckoned; a fixed number of queries for all. `pairs`: the ways that will be asked for, which may be known by road."""
    line, road = paces()
    roads = known.roads(pairs)
    return {person.id: Ways(line, ZoneInfo(person.branch.time_zone), road, roads) for person in people}


def ways_in(zone: ZoneInfo, pairs: Iterable[Pair]) -> Ways:
    """How ways are reckoned in a time zone."""
    line, road = paces()
    return Ways(line, zone, road, known.roads(pairs))


def paces() -> tuple[dict[str, float], dict[str, float]]:
    """Of ways by straight line and by road, of each class of hours of which something was learned. The same for a whole transaction."""
    return known.kept("paces", _paces)


def _paces() -> tuple[dict[str, float], dict[str, float]]:
    found: dict[str, dict[str, float]] = {"line": {}, "road": {}}
    for hours, base, ratio in db.session.execute(select(TravelPace.hours, TravelPace.base, TravelPace.ratio)):
        found[base][hours] = ratio
    return found["line"], found["road"]


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
    ways = list(_ways(now))
    roads = known.roads((way.origin, way.destination) for way in ways)
    by_line = learned((way.hours, way.took / seconds(way.origin, way.destination)) for way in ways)
    by_road = learned(
        (way.hours, way.took / roads[way.origin, way.destination]) for way in ways if roads.get((way.origin, way.destination), 0) >= _NEAR
    )
    db.session.execute(delete(TravelPace))
    for base, found in (("line", by_line), ("road", by_road)):
        for hours in HOUR_CLASSES:
            if hours in found:
                ratio, count = found[hours]
                db.session.add(TravelPace(hours=hours, base=base, ratio=ratio, ways=count, learned_at=now))
    db.session.flush()
    known.forget()


class _Driven(NamedTuple):
    """A reported way: its class of hours, and how many seconds it took."""

    hours: str
    origin: Point
    destination: Point
    took: float


def _ways(now: datetime) -> Iterable[_Driven]:
    """Each reported way that says something, from the visit before on that day, else from home.

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
        took = (arrived_at - left_at).total_seconds()
        if seconds(place, there) >= _NEAR and _SHORTEST <= took <= _LONGEST:
            yield _Driven(hour_class(arrived_at.astimezone(zone)), place, there, took)
