"""Bounds of the ways by road, and how places are named in the table. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, permutations

from dispatch.visits.travel import Point, kilometres

Pair = tuple[Point, Point]  # from, to
Cell = tuple[int | None, int | None]  # seconds, metres of one way; None: there is none, or nobody said

GRID = 10_000  # places within a ten-thousandth of a degree (eleven metres) are one
_AROUND = 4_000_000

KEPT = timedelta(days=90)
KEPT_WITHOUT = timedelta(days=7)  # that there is no way: roads are built, and maps are mended
MOST_ROADS = 1_000_000  # rows, the newest
MOST_WISHES = 300  # rows, the newest
MOST_PAIRS = 20_000  # of one wish; more are wished when they are reckoned with again
LIMIT = 50  # places on a side of one table: what services answer as they come
SMALL = 20  # tables of fewer places are put together
FARTHEST = 300.0  # kilometres in a straight line; longer ways are nobody's day
QUICKEST = 250.0  # km/h: a way that is quicker was snapped to some other place
LONGEST = 24 * 3600  # seconds
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=10)


def key(at: Point) -> int:
    """A place as one number."""
    return round((at[0] + 90) * GRID) * _AROUND + round((at[1] + 180) * GRID)


def place(number: int) -> Point:
    """The other way, within the grid."""
    north, east = divmod(number, _AROUND)
    return round(north / GRID - 90, 4), round(east / GRID - 180, 4)


def among(points: Iterable[Point | None]) -> list[Pair]:
    """All ways between these places, there and back; unknown ones have none."""
    return list(permutations({point: None for point in points if point is not None}, 2))


def along(points: Sequence[Point | None]) -> list[Pair]:
    """The ways of a journey."""
    return [(a, b) for a, b in pairwise(points) if a is not None and b is not None]


def usable(cell: Cell, a: int, b: int) -> Cell:
    """What a service said of the way between two places, nothing where it cannot be: a place at sea is put on a road somewhere."""
    seconds, metres = cell
    if seconds is None or seconds > LONGEST or seconds < kilometres(place(a), place(b)) / QUICKEST * 3600:
        return None, None
    return seconds, metres


def too_far(a: int, b: int) -> bool:
    """Whether nobody is asked for this way."""
    return kilometres(place(a), place(b)) > FARTHEST


def rest(failures: int, *, now: datetime) -> datetime:
    """Until when a service is left alone after so many failures in a row: 5, 10, 20 … seconds, at most ten minutes."""
    return now + min(LONGEST_REST, FIRST_REST * (1 << min(failures - 1, 10)))
