"""How long the ways between places take. All are `travel[a][b]` in seconds, as `Problem.travel` has it; none grows beyond what memory bears."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from math import asin, cos, dist, radians, sin, sqrt
from typing import overload

EARTH_KM = 6371.0088
MOST_STORED = 2000  # places whose ways are all computed beforehand: 32 MB; of more, each way is computed when it is asked for

Point = tuple[float, float]
Rule = Callable[[int, int], float]


def euclidean(points: Sequence[Point]) -> Sequence[Sequence[float]]:
    """The straight line in the plane; its length counts as seconds."""
    return _ways(len(points), lambda a, b: dist(points[a], points[b]))


def haversine(points: Sequence[Point], *, speed_kmh: float, road_factor: float, fixed_s: float) -> Sequence[Sequence[float]]:
    """Along the earth's surface × `road_factor` at `speed_kmh`, and `fixed_s` to get in and out; nothing where both are the same point.
    `points` are (longitude, latitude) in degrees."""
    seconds_per_half = 2 * EARTH_KM * road_factor / speed_kmh * 3600
    spots = [(radians(longitude), radians(latitude), cos(radians(latitude))) for longitude, latitude in points]

    def seconds(a: int, b: int) -> float:
        if points[a] == points[b]:
            return 0.0
        (x_a, y_a, width_a), (x_b, y_b, width_b) = spots[a], spots[b]
        h = sin((y_b - y_a) / 2) ** 2 + width_a * width_b * sin((x_b - x_a) / 2) ** 2
        return asin(min(1.0, sqrt(h))) * seconds_per_half + fixed_s

    return _ways(len(points), seconds)


def _ways(count: int, rule: Rule) -> Sequence[Sequence[float]]:
    if count > MOST_STORED:
        return _Computed(count, rule)
    rows = [array("d", bytes(8 * count)) for _ in range(count)]
    for a in range(count):
        for b in range(a):  # as far there as back
            rows[a][b] = rows[b][a] = rule(a, b)
    return rows


class _Computed(Sequence[Sequence[float]]):
    """Rows whose entries are computed when they are asked for, and forgotten."""

    def __init__(self, count: int, rule: Rule) -> None:
        self._count, self._rule = count, rule

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Sequence[float]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[float]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[float] | Sequence[Sequence[float]]:
        if isinstance(index, slice):
            return [self[a] for a in range(*index.indices(self._count))]
        return _Row(self._count, self._rule, range(self._count)[index])


class _Row(Sequence[float]):
    """The ways from one place."""

    __slots__ = ("_a", "_count", "_rule")

    def __init__(self, count: int, rule: Rule, a: int) -> None:
        self._count, self._rule, self._a = count, rule, a

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[float]:
        return (self._rule(self._a, b) for b in range(self._count))

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[float]: ...
    def __getitem__(self, index: int | slice) -> float | Sequence[float]:
        if isinstance(index, slice):
            return [self._rule(self._a, b) for b in range(*index.indices(self._count))]
        return self._rule(self._a, range(self._count)[index])
