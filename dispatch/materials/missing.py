"""When what a visit lacks will be there, and whether that is too late for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Hope(StrEnum):
    """From where a missing part may come."""

    FREE = "free"  # lies free somewhere of ours: it can be promised now
    ORDERED = "ordered"  # is promised of an order that has a day
    COMING = "coming"  # is on order and nobody's yet
    NONE = "none"  # nobody knows


@dataclass(frozen=True, slots=True)
class Lack:
    """A visit (its number, on that day) is not promised `missing` of a part, and `on_order` more only from orders, the last of them on `eta`.

    `alternates`: what may be used in its place, in order; `instead_of`: the part that this one replaces.
    """

    visit: int
    on: date
    part_id: int
    missing: int
    on_order: int = 0
    eta: date | None = None
    alternates: tuple[int, ...] = ()
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """`there_on`: the first day on which the visit could have all of it; None: nobody knows."""

    hope: Hope
    there_on: date | None
    hurts: bool

    def late_days(self, on: date) -> int | None:
        """By how many days it is too late; None when nobody knows, 0 when it is not."""
        return None if self.there_on is None else max(0, (self.there_on - on).days)


@dataclass(slots=True)
class _Coming:
    on: date
    pieces: int


def outlooks(
    lacks: Iterable[Lack], *, free: Mapping[int, int], coming: Mapping[int, Iterable[tuple[date, int]]], today: date
) -> dict[tuple[int, int, int | None], Outlook]:
    """(visit, part, instead of which) → its outlook. The earliest visit takes first: what is `free` (part → pieces), then what is `coming`
    (part → [(day, pieces)]) and promised to nobody; of both its alternates too. What arrives on a day can be used from the next day on, as booking
    reckons."""
    left = dict(free)
    to_come = {part: [_Coming(day, pieces) for day, pieces in sorted(lines)] for part, lines in coming.items()}
    found = {}
    for lack in sorted(lacks, key=lambda one: (one.on, one.visit, one.part_id)):
        lines = [line for part in (lack.part_id, *lack.alternates) for line in to_come.get(part, [])]
        found[lack.visit, lack.part_id, lack.instead_of] = _outlook(lack, left, sorted(lines, key=lambda line: line.on), today)
    return found


def _outlook(lack: Lack, left: dict[int, int], to_come: list[_Coming], today: date) -> Outlook:
    in_time = lack.on_order > 0 and lack.eta is not None and lack.eta < lack.on
    wanted = lack.missing + (0 if in_time else lack.on_order)
    eligible = (lack.part_id, *lack.alternates)
    if wanted and sum(left.get(part, 0) for part in eligible) >= wanted:
        _take_free(left, eligible, wanted)
        return Outlook(Hope.FREE, today, hurts=False)
    day = lack.eta
    hope = Hope.ORDERED
    if lack.missing:
        some = _take_free(left, eligible, lack.missing)
        last = _take(to_come, lack.missing - some)
        hope = Hope.NONE if last is None else Hope.COMING
        day = None if last is None or (lack.on_order and day is None) else max(last, day or last)
    if day is None:
        return Outlook(hope, None, hurts=True)
    there_on = day + timedelta(days=1)
    return Outlook(hope, there_on, hurts=there_on > lack.on)


def _take_free(left: dict[int, int], eligible: Iterable[int], wanted: int) -> int:
    """Take at most so many of what is free, of the first part first; how many that were."""
    taken = 0
    for part in eligible:
        some = min(wanted - taken, left.get(part, 0))
        left[part] = left.get(part, 0) - some
        taken += some
    return taken


def _take(to_come: list[_Coming], wanted: int) -> date | None:
    """Take so many of what comes, the soonest first; the day of the last. None when it is not enough: then nothing is taken."""
    if sum(line.pieces for line in to_come) < wanted:
        return None
    last: date | None = None
    for line in to_come:
        some = min(wanted, line.pieces)
        if some:
            line.pieces, wanted, last = line.pieces - some, wanted - some, line.on
    return last
