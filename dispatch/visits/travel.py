"""How long a way takes: by road where a routing service said it (`dispatch.roads`), else straight line × 1.3 at 35 km/h, plus two minutes to get in
and out, times the firm's own pace at that time of day (`dispatch.visits.pace` learns it, of both sorts of ways). Pure; seconds everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo

EARTH_KM = 6371.0088
ROAD_FACTOR = 1.3
SPEED_KMH = 35.0
FIXED = 120
UNKNOWN = 1800  # a way to or from a place without coordinates
PICK_UP = 600  # at a warehouse: park, find, sign

_UTC = ZoneInfo("UTC")
_QUARTER = 900
HOUR_CLASSES = ("rush", "day", "night", "weekend")

Point = tuple[float, float]  # latitude, longitude in degrees


def kilometres(a: Point, b: Point) -> float:
    """Along the earth's surface."""
    lat_a, lon_a, lat_b, lon_b = radians(a[0]), radians(a[1]), radians(b[0]), radians(b[1])
    h = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(h)))


def seconds(a: Point | None, b: Point | None) -> int:
    """From one place to the other; none at all within a place."""
    if a is None or b is None:
        return UNKNOWN
    if a == b:
        return 0
    return round(kilometres(a, b) * ROAD_FACTOR / SPEED_KMH * 3600) + FIXED


def hour_class(local: datetime) -> str:
    """What traffic is to be expected at a time on the wall of the place: one of HOUR_CLASSES."""
    if not 6 <= local.hour < 20:
        return "night"
    if local.weekday() >= 5:
        return "weekend"
    return "rush" if local.hour in (7, 8, 16, 17, 18) else "day"


@lru_cache(maxsize=1 << 14)  # two weeks of a handful of zones are asked for thousands of times by one question
def _class_of(quarter: int, zone: ZoneInfo) -> str:
    """Of a quarter of an hour since 1970; every zone's clock is full quarters off."""
    return hour_class(datetime.fromtimestamp(quarter * _QUARTER, zone))


class Way(NamedTuple):
    """A way as it is reckoned: by straight line, by road, and at the pick-ups."""

    line: int
    road: int
    pickups: int


@dataclass(frozen=True, slots=True)
class Ways:
    """How long somebody's ways take. `paces`: by class of hours, what ways by straight line are multiplied by; of others 1. The class is that of the
    hour in which the work at the way's end starts, so that who suggests and who books reckon alike. `roads`: the ways that are known by road;
    `road_paces`: what those are multiplied by."""

    paces: Mapping[str, float] = field(default_factory=dict)
    zone: ZoneInfo = _UTC
    road_paces: Mapping[str, float] = field(default_factory=dict)
    roads: Mapping[tuple[Point, Point], int] = field(default_factory=dict)

    def way(self, a: Point | None, stops: Sequence[Point | None], b: Point | None) -> Way:
        """From `a` to `b` with a pick-up at each of the stops."""
        pickups = len(stops) * PICK_UP
        if not self.roads:
            return Way(journey(a, stops, b) - pickups, 0, pickups)
        line = road = 0
        for here, there in pairwise((a, *stops, b)):
            known = self.roads.get((here, there)) if here is not None and there is not None else None
            if known is None:
                line += seconds(here, there)
            else:
                road += known
        return Way(line, road, pickups)

    def lasts(self, way: Way, start: int) -> int:
        """Seconds, when the work at its end starts at `start`."""
        if not self.paces and not self.road_paces:
            return sum(way)
        hours = _class_of(start // _QUARTER, self.zone)
        return round(way.line * self.paces.get(hours, 1.0) + way.road * self.road_paces.get(hours, 1.0)) + way.pickups

    def journey(self, a: Point | None, stops: Sequence[Point | None], b: Point | None, start: int) -> int:
        """Both in one."""
        if not self.paces and not self.roads:
            return journey(a, stops, b)
        return self.lasts(self.way(a, stops, b), start)


def journey(a: Point | None, stops: Sequence[Point | None], b: Point | None) -> int:
    """From `a` to `b` with a pick-up at each of the stops."""
    total, at = 0, a
    for stop in stops:
        total += seconds(at, stop) + PICK_UP
        at = stop
    return total + seconds(at, b)


def point(latitude: float | None, longitude: float | None) -> Point | None:
    """None when a coordinate is not known."""
    return None if latitude is None or longitude is None else (latitude, longitude)


PLAIN = Ways()  # nothing was learned yet
