"""How long a way takes: straight line × 1.3 at 35 km/h, plus two minutes to get in and out. Pure; seconds everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0088
ROAD_FACTOR = 1.3
SPEED_KMH = 35.0
FIXED = 120
UNKNOWN = 1800  # a way to or from a place without coordinates
PICK_UP = 600  # at a warehouse: park, find, sign

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
