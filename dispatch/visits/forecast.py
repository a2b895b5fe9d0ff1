"""How a technician's day is likely to go on, from what was reported so far. Pure; seconds since 1970 everywhere.

Nobody is asked anything: what is known is the plan, when somebody left, arrived and was done, and the time. What is under way comes first, what is to
come stands in the order of the plan, nothing is begun before its plan. Times that hang on the present are rounded up to five minutes, so that a
forecast changes when there is news, not with every look.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dispatch.visits.durations import remaining
from dispatch.visits.rules import Status
from dispatch.visits.travel import PLAIN, Point, Ways

GRID = 300  # seconds to which what hangs on the present is rounded up
TOLERANCE = 300  # seconds beside the plan that are no news
MOST_ROUNDS = 10  # until everybody of every crew waits for the last one
ROAD_SHARE, ROAD_LEAST = 5, 300  # who should have arrived comes within a fifth of the way, at least five minutes
Span = tuple[int, int]


class Cause(StrEnum):
    """Why a visit departs from its plan."""

    OVERRUN = "overrun"  # the work takes longer than expected
    LATE_START = "late_start"  # the technician arrived late
    ROAD = "road"  # on the way later, or longer, than planned
    NOT_LEFT = "not_left"  # nobody said that they are on the way, and it is time
    BREAK = "break"
    TIGHT = "tight"  # the plan leaves less time than work and way are likely to take
    ABSENT = "absent"
    PART = "part"  # comes later than the visit
    CREW = "crew"  # another of the crew is there later


@dataclass(frozen=True, slots=True)
class Rest:
    """A break of `seconds`, to be taken between `first` and `last`."""

    first: int
    last: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """A visit that is open. `seconds`: how long the work is likely to take; `seen`: how long finished work of its sort took; `waits`: a part of it
    comes too late. Of a crew's visit `meet` is when the last of them is there; `off`: one of them will not be there on this day."""

    id: int
    status: str
    planned: Span
    promised: Span
    seconds: int
    at: Point | None
    pickups: tuple[Point | None, ...] = ()
    left: int | None = None
    arrived: int | None = None
    seen: Sequence[float] = ()
    waits: bool = False
    meet: int | None = None
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One technician's: free since `free` at `at` (where the last visit ended, else where the day begins). `away`: absences; `shifts`: from the first
    to the last hour of work of each date that is of this day (a night that still runs, and the next one), by time; none when nobody expected them to
    work."""

    visits: Sequence[Remaining]
    at: Point | None
    free: int
    shifts: Sequence[Span] = ()
    rests: Sequence[Rest] = ()
    away: Sequence[Span] = ()
    ways: Ways = PLAIN

    def shift_end(self, planned: int) -> int | None:
        """Of the shift to which what is planned then belongs."""
        begun = [last for first, last in self.shifts if first <= planned]
        return begun[-1] if begun else self.shifts[0][1] if self.shifts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """`start` and `end` None: not on this day. `late`: beyond the promised window; `overtime`: beyond shift and plan. `cause` None: as planned, or
    better; `because_of`: the earlier visit that is the cause."""

    id: int
    start: int | None
    end: int | None
    late: int = 0
    overtime: int = 0
    cause: Cause | None = None
    because_of: int | None = None


def project(day: Day, *, now: int) -> list[Expected]:
    """What to expect of each open visit, in the order in which they come."""
    road = _Road(day, now)
    return [road.visit(one) for one in sorted(day.visits, key=_order)]


def project_together(days: Sequence[Day], *, now: int) -> list[list[Expected]]:
    """The same of several people's days, of which a crew's visit is in more than one: nobody begins it before all are there, and what comes after it
    comes later for all of them."""
    days = list(days)
    shared = {id for id, times in Counter(one.id for day in days for one in day.visits).items() if times > 1}
    found = [project(day, now=now) for day in days]
    for _round in range(MOST_ROUNDS if shared else 0):
        last: dict[int, int] = {}
        off: set[int] = set()
        for one in (expected for mine in found for expected in mine if expected.id in shared):
            if one.start is not None:
                last[one.id] = max(one.start, last.get(one.id, one.start))
            else:
                off.add(one.id)
        met = [_met(day, last, off) for day in days]
        if met == days:
            break
        days, found = met, [project(day, now=now) for day in met]
    return found


def _met(day: Day, last: Mapping[int, int], off: Collection[int]) -> Day:
    """With what is known of the others now; nothing ever becomes earlier."""
    visits = [
        replace(one, off=one.id in off, meet=last.get(one.id, one.meet)) if one.id in last or one.id in off else one for one in day.visits
    ]
    return replace(day, visits=visits)


def _order(visit: Remaining) -> tuple[int, int, int]:
    """On site, then on the way, then as planned."""
    rank = {Status.ON_SITE: 0, Status.ON_THE_WAY: 1}.get(Status(visit.status), 2)
    return rank, visit.planned[0], visit.id


def _up(seconds: int) -> int:
    return -(-seconds // GRID) * GRID


@dataclass(slots=True)
class _Road:
    """The technician as the day goes on: where, free since when, and why that is later than planned (cause, visit)."""

    day: Day
    now: int
    at: Point | None = None
    free: int = 0
    why: tuple[Cause, int] | None = None
    rests: list[Rest] = field(default_factory=list)
    fetched: set[Point] = field(default_factory=set)  # where the parts of the visits so far were

    def __post_init__(self) -> None:
        self.at, self.free = self.day.at, self.day.free
        # Nobody reports a break: one whose time is over counts as taken.
        self.rests = sorted((rest for rest in self.day.rests if rest.last > self.now), key=lambda rest: rest.first)

    def visit(self, one: Remaining) -> Expected:
        """What to expect of the next one; the technician is there afterwards."""
        if one.status == Status.ON_SITE and one.arrived is not None:
            found = self._on_site(one, one.arrived)
        elif one.waits:
            return Expected(id=one.id, start=None, end=None, cause=Cause.PART)
        elif one.status == Status.ON_THE_WAY and one.left is not None:
            found = self._on_the_way(one, one.left)
        else:
            found = self._to_come(one)
        if found.end is None or one.off:
            return found if found.end is None else Expected(id=one.id, start=None, end=None, cause=Cause.CREW)
        self.at, self.free = one.at, found.end
        self.fetched.update(stop for stop in one.pickups if stop is not None)
        delayed = found.end > one.planned[1] + TOLERANCE
        self.why = (found.cause or Cause.TIGHT, found.because_of or one.id) if delayed else None
        shift_end = self.day.shift_end(one.planned[0])
        return replace(found, overtime=0 if shift_end is None else max(0, found.end - max(shift_end, one.planned[1])))

    def _way(self, one: Remaining, at: int) -> int:
        """To a visit, past where its parts are. Who fetched parts there for a visit before took these along, as plans have it."""
        stops = tuple(stop for stop in one.pickups if stop not in self.fetched)
        return self.day.ways.journey(self.at, stops, one.at, at)

    def _on_site(self, one: Remaining, arrived: int) -> Expected:
        so_far = max(0, self.now - arrived)
        end, cause = arrived + one.seconds, Cause.TIGHT
        if end <= self.now:
            end, cause = _up(self.now + remaining(one.seconds, so_far, one.seen)), Cause.OVERRUN
        elif arrived > one.planned[0] + TOLERANCE:
            cause = Cause.LATE_START
        return Expected(id=one.id, start=arrived, end=end, cause=cause if end > one.planned[1] + TOLERANCE else None)

    def _on_the_way(self, one: Remaining, left: int) -> Expected:
        way = self._way(one, left)
        arrival = left + way
        if arrival <= self.now:
            arrival = _up(self.now + max(ROAD_LEAST, way // ROAD_SHARE))
        return self._begun(one, max(arrival, one.promised[0]), Cause.ROAD, None)

    def _to_come(self, one: Remaining) -> Expected:
        planned = one.planned[0]
        way = self._way(one, planned)
        out, rested = self._rest(one, way)
        cause, because_of = self.why or (Cause.TIGHT, None)
        if rested and max(planned, self.free + way) < max(planned, out + way):
            cause, because_of = Cause.BREAK, None
        if out < self.now:
            out = self.now
            if out + way > planned:
                out, cause, because_of = _up(out + way) - way, Cause.NOT_LEFT, None
        for since, until in sorted(self.day.away):
            begins = max(out, planned - way)
            if begins < until and begins + way + one.seconds > since:
                out, cause, because_of = max(out, until), Cause.ABSENT, None
        shift_end = self.day.shift_end(planned)
        if cause is Cause.ABSENT and (shift_end is None or out >= shift_end):
            return Expected(id=one.id, start=None, end=None, cause=Cause.ABSENT)
        return self._begun(one, max(planned, out + way), cause, because_of)

    def _begun(self, one: Remaining, start: int, cause: Cause, because_of: int | None) -> Expected:
        if one.meet is not None and one.meet > start:
            start, cause, because_of = one.meet, Cause.CREW, None
        end = start + one.seconds
        news = start > one.planned[0] + TOLERANCE
        return Expected(
            id=one.id,
            start=start,
            end=end,
            late=max(0, start - one.promised[1]),
            cause=cause if news else None,
            because_of=because_of if news else None,
        )

    def _rest(self, one: Remaining, way: int) -> tuple[int, bool]:
        """When the technician leaves for a visit, and whether a break came before: in a gap that has room for it, else before a visit after which it
        could not be begun in time."""
        out, rested = self.free, False
        for rest in list(self.rests):
            start, begins = max(one.planned[0], out + way), max(out, rest.first)
            fits = begins + rest.seconds + way <= start
            if fits or start + one.seconds > rest.last - rest.seconds:
                out, rested = begins + rest.seconds, True
                self.rests.remove(rest)
        return out, rested
