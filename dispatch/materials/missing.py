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
    """A visit (its number, on that day) is not promised `missing` of a part, and `on_order` more only from orders, the last of them on `eta`."""

    visit: int
    on: date
    part_id: int
    missing: int
    on_order: int = 0
    eta: date | None = None


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
) -> dict[tuple[int, int], Outlook]:
    """(visit, part) → its outlook. The earliest visit takes first: what is `free` (part → pieces), then what is `coming` (part → [(day, pieces)])
    and promised to nobody. What arrives on a day can be used from the next day on, as booking reckons."""
    left = dict(free)
    to_come = {part: [_Coming(day, pieces) for day, pieces in sorted(lines)] for part, lines in coming.items()}
    found = {}
    for lack in sorted(lacks, key=lambda one: (one.on, one.visit, one.part_id)):
        found[lack.visit, lack.part_id] = _outlook(lack, left, to_come.get(lack.part_id, []), today)
    return found


def _outlook(lack: Lack, left: dict[int, int], to_come: list[_Coming], today: date) -> Outlook:
    in_time = lack.on_order > 0 and lack.eta is not None and lack.eta < lack.on
    wanted = lack.missing + (0 if in_time else lack.on_order)
    if wanted and left.get(lack.part_id, 0) >= wanted:
        left[lack.part_id] -= wanted
        return Outlook(Hope.FREE, today, hurts=False)
    day = lack.eta
    hope = Hope.ORDERED
    if lack.missing:
        some = min(lack.missing, left.get(lack.part_id, 0))
        left[lack.part_id] = left.get(lack.part_id, 0) - some
        last = _take(to_come, lack.missing - some)
        hope = Hope.NONE if last is None else Hope.COMING
        day = None if last is None or (lack.on_order and day is None) else max(last, day or last)
    if day is None:
        return Outlook(hope, None, hurts=True)
    there_on = day + timedelta(days=1)
    return Outlook(hope, there_on, hurts=there_on > lack.on)


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
