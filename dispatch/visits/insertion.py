"""Where one more visit fits into a technician's time: cheapest insertion into the gaps of a shift. Pure; instants and durations in seconds.

A way counts before the visit; the next stop's own way then begins at this visit's site instead of the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from dispatch.visits.travel import Point, journey

GRID = 300  # starts lie on full five minutes
LATER = 7200  # a long gap is offered again two hours later


@dataclass(frozen=True, slots=True)
class Stop:
    """Something planned: work from `start` to `end` at `at`, after fetching parts at `pickups`. `fixed_from`: already under way since then."""

    start: int
    end: int
    at: Point | None
    pickups: tuple[Point | None, ...] = ()
    fixed_from: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be placed: `seconds` of work at `at`, after fetching parts at `pickups`, not before `ready_at`."""

    at: Point | None
    seconds: int
    pickups: tuple[Point | None, ...] = ()
    ready_at: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A start that works: `travel` seconds of way before it (pick-ups included); `extra`: how much longer the day's ways get."""

    start: int
    end: int
    travel: int
    extra: int


def openings(
    *, shift: tuple[int, int], home: Point | None, stops: Sequence[Stop], job: Job, not_before: int, not_after: int
) -> Iterator[Opening]:
    """All openings of one shift, by time: of each gap the earliest start, then every two hours. `stops` touch the shift, in order of time.

    The work, not the way home, ends within the shift; nothing starts before `not_before` plus the way, nor after `not_after`.
    """
    begin, finish = shift
    inside = [stop for stop in stops if stop.end > begin and stop.start < finish]
    for previous, following in zip([None, *inside], [*inside, None], strict=True):
        start_at = home if previous is None else previous.at
        free_from = max(begin, not_before, begin if previous is None else previous.end)
        travel = journey(start_at, job.pickups, job.at)
        earliest = _on_grid(max(free_from + travel, job.ready_at + travel if job.pickups else job.ready_at))
        latest = min(finish, _must_leave(job.at, following)) - job.seconds if following else finish - job.seconds
        start = earliest
        while start <= min(latest, not_after):
            yield Opening(start, start + job.seconds, travel, _extra(start_at, travel, job, following))
            start += LATER


def _on_grid(moment: int) -> int:
    return -(-moment // GRID) * GRID


def _must_leave(at: Point | None, following: Stop) -> int:
    """When work at `at` has to end so that the next stop is reached."""
    if following.fixed_from is not None:
        return following.fixed_from
    return following.start - journey(at, following.pickups, following.at)


def _extra(start_at: Point | None, travel: int, job: Job, following: Stop | None) -> int:
    if following is None:
        return travel
    before = journey(start_at, following.pickups, following.at)
    return travel + journey(job.at, following.pickups, following.at) - before


def neighbours(stops: Sequence[Stop], start: int) -> tuple[Stop | None, Stop | None]:
    """The stops before and after a start, by their own starts."""
    ordered = sorted(stops, key=attrgetter("start"))
    before = [stop for stop in ordered if stop.start <= start]
    after = [stop for stop in ordered if stop.start > start]
    return (before[-1] if before else None), (after[0] if after else None)
