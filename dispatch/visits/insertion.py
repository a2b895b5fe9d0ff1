"""Where one more visit fits into a technician's time: cheapest insertion into the gaps of a shift. Pure; instants and durations in seconds.

A way counts before the visit; the next stop's own way then begins at this visit's site instead of the one before. Where a gap is too small the stops
around it give way as far as their customers were promised (`Stop.room`): those before start earlier, those after later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch.visits.travel import PLAIN, Point, Way, Ways

GRID = 300  # starts lie on full five minutes
LATER = 7200  # a long gap is offered again two hours later


@dataclass(frozen=True, slots=True)
class Stop:
    """Something planned: work from `start` to `end` at `at`, after fetching parts at `pickups`. `fixed_from`: already under way since then.
    `room`: the first and the last start it may have instead; None: it stays where it is."""

    start: int
    end: int
    at: Point | None
    pickups: tuple[Point | None, ...] = ()
    fixed_from: int | None = None
    room: tuple[int, int] | None = None

    @property
    def seconds(self) -> int:
        return self.end - self.start

    @property
    def soonest(self) -> int:
        """The first start there may be."""
        return self.start if self.room is None else min(self.start, self.room[0])

    @property
    def latest(self) -> int:
        """The last start there may be."""
        return self.start if self.room is None else max(self.start, self.room[1])


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be placed: `seconds` of work at `at`, after fetching parts at `pickups`, not before `ready_at`."""

    at: Point | None
    seconds: int
    pickups: tuple[Point | None, ...] = ()
    ready_at: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A start that works: `travel` seconds of way before it (pick-ups included); `extra`: how much longer the day's ways get; `shifted`: by how
    many seconds the two stops around it give way."""

    start: int
    end: int
    travel: int
    extra: int
    shifted: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two stops of a shift. `free_from`: with everybody where they are; `soonest`, `latest`: when all give way."""

    at: Point | None
    previous: int | None  # when the stop before starts
    free_from: int
    soonest: int
    following: Stop | None
    onward: int  # the way of the following stop from `at`
    latest: int  # the following stop's last start; without one the end of the shift


def gaps(*, shift: tuple[int, int], home: Point | None, stops: Sequence[Stop], not_before: int, ways: Ways = PLAIN) -> list[Gap]:
    """The gaps of a shift by time, one more than stops that touch it; `stops` in order of time. Made once, asked for many jobs."""
    begin, finish = shift
    inside = [stop for stop in stops if stop.end > begin and stop.start < finish]
    points = [home, *(stop.at for stop in inside)]
    lengths = [ways.journey(at, stop.pickups, stop.at, stop.start) for at, stop in zip(points, inside, strict=False)]
    latest = [finish] * (len(inside) + 1)
    for index in range(len(inside) - 1, -1, -1):
        stop = inside[index]
        last = finish - stop.seconds if index + 1 == len(inside) else latest[index + 1] - lengths[index + 1] - stop.seconds
        latest[index] = max(stop.start, min(stop.latest, last))
    found = []
    free_from = soonest = max(begin, not_before)
    for index, at in enumerate(points):
        following = inside[index] if index < len(inside) else None
        previous = inside[index - 1].start if index else None
        found.append(Gap(at, previous, free_from, soonest, following, lengths[index] if following is not None else 0, latest[index]))
        if following is not None:
            start = min(following.start, max(following.soonest, soonest + lengths[index]))
            soonest = max(begin, not_before, start + following.seconds)
            free_from = max(begin, not_before, following.end)
    return found


def openings(
    *,
    shift: tuple[int, int],
    home: Point | None,
    stops: Sequence[Stop],
    job: Job,
    not_before: int,
    not_after: int,
    ways: Ways = PLAIN,
) -> Iterator[Opening]:
    """All openings of one shift, by time: of each gap the earliest start, then every two hours; where nothing fits as things stand, the start at
    which the stops around it give way least.

    The work, not the way home, ends within the shift; nothing starts before `not_before` plus the way, nor after `not_after`.
    """
    for gap in gaps(shift=shift, home=home, stops=stops, not_before=not_before, ways=ways):
        yield from _openings_of(gap, shift[1], job, not_after, ways)


def _openings_of(gap: Gap, finish: int, job: Job, not_after: int, ways: Ways) -> Iterator[Opening]:
    following = gap.following
    if gap.soonest + job.seconds > (finish if following is None else following.fixed_from or gap.latest):
        return  # too small without any way already: most gaps of a full day
    way = ways.way(gap.at, job.pickups, job.at)
    more, calm, latest = _until(gap, finish, job, ways)
    earliest = _first(gap.free_from, way, job, ways)
    calm, latest = min(calm, not_after), min(latest, not_after)
    if earliest <= calm:
        for start in range(earliest, calm + 1, LATER):
            travel = ways.lasts(way, start)
            if start >= gap.free_from + travel:  # the way may be longer later in the day
                yield Opening(start, start + job.seconds, travel, travel + more)
        return
    soonest = _first(gap.soonest, way, job, ways)
    start = min(earliest, latest // GRID * GRID)
    while start in (gap.previous, following.start if following is not None else None):
        start -= GRID  # who wants the very hour of another does not get it
    if following is not None and start > following.start:
        return  # the order is that of the starts: this is the next gap's
    travel = ways.lasts(way, start)
    if start >= soonest and start >= gap.soonest + travel:
        pulled, pushed = max(0, gap.free_from + travel - start), max(0, start - calm)
        yield Opening(start, start + job.seconds, travel, travel + more, pulled + pushed)


def opening_at(found: Sequence[Gap], *, finish: int, job: Job, start: int, ways: Ways = PLAIN) -> Opening | None:
    """The opening of a shift that begins just then, on the same terms as `openings`; None where the work does not fit there. `found`: the shift's
    gaps, `finish`: its end. For work that several people begin together."""
    gap = next((one for one in found if one.following is None or start < one.following.start), None)
    if gap is None or start == gap.previous:
        return None
    more, calm, latest = _until(gap, finish, job, ways)
    if start > latest:
        return None
    travel = ways.lasts(ways.way(gap.at, job.pickups, job.at), start)
    if start < gap.soonest + travel or start < job.ready_at + (travel if job.pickups else 0):
        return None
    shifted = max(0, gap.free_from + travel - start) + max(0, start - calm)
    return Opening(start, start + job.seconds, travel, travel + more, shifted)


def _until(gap: Gap, finish: int, job: Job, ways: Ways) -> tuple[int, int, int]:
    """How much longer the way on gets; the last start with everybody where they are; the last one when all after it give way."""
    following = gap.following
    if following is None:
        return 0, finish - job.seconds, finish - job.seconds
    onward = ways.journey(job.at, following.pickups, following.at, following.start)
    calm = latest = following.fixed_from or following.start - onward
    if following.fixed_from is None:
        latest = gap.latest - onward
    return onward - gap.onward, calm - job.seconds, latest - job.seconds


def _first(free_from: int, way: Way, job: Job, ways: Ways) -> int:
    """The first start on the grid that can be reached by who is free from `free_from`, parts in hand."""
    start = _on_grid(max(free_from, job.ready_at))
    while True:
        travel = ways.lasts(way, start)
        needed = _on_grid(max(free_from + travel, job.ready_at + (travel if job.pickups else 0)))
        if needed <= start:
            return start
        start = needed


def _on_grid(moment: int) -> int:
    return -(-moment // GRID) * GRID


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Work between the first `count` stops of a shift and the others: `ways` before each of them, the work among them (the first from home); `starts`
    of the stops; `stuck`: one of them cannot give way as far as it would have to, so the starts are not to be used."""

    count: int
    ways: tuple[int, ...]
    starts: tuple[int, ...]
    stuck: bool

    @property
    def way(self) -> int:
        return self.ways[self.count]


def arranged(
    stops: Sequence[Stop],
    *,
    home: Point | None,
    start: int,
    job: Job,
    begin: int,
    finish: int,
    still: bool = False,
    roads: Ways = PLAIN,
) -> Arrangement:
    """Work on `job` from `start` among the stops of a shift. Those before it start earlier and those after it later, only as far as they must,
    without leaving before `begin` or working after `finish`; with `still` nobody moves.

    The order is that of the starts; where that does not work, the last before it comes after it, or the first after it before. Not where both
    start at the same moment: of two who want the same hour the first has it.
    """
    count = sum(stop.start <= start for stop in stops)
    first = _arranged(stops, count, home, start, job, begin, finish, still, roads)
    if still or not first.stuck:
        return first
    for other, crossed in ((count - 1, count - 1), (count + 1, count)):
        if 0 <= crossed < len(stops) and stops[crossed].start != start:
            found = _arranged(stops, other, home, start, job, begin, finish, still, roads)
            if not found.stuck:
                return found
    return first


def _arranged(
    stops: Sequence[Stop], count: int, home: Point | None, start: int, job: Job, begin: int, finish: int, still: bool, roads: Ways
) -> Arrangement:
    points = [home, *(stop.at for stop in stops[:count]), job.at, *(stop.at for stop in stops[count:])]
    fetched = [*(stop.pickups for stop in stops[:count]), job.pickups, *(stop.pickups for stop in stops[count:])]
    at = [*(stop.start for stop in stops[:count]), start, *(stop.start for stop in stops[count:])]
    ways = tuple(roads.journey(a, pickups, b, when) for a, pickups, b, when in zip(points, fetched, points[1:], at, strict=False))
    starts, stuck = [stop.start for stop in stops], False
    if not still:
        starts, stuck = _spaced(stops, count, start, start + job.seconds, ways, begin, finish)
    return Arrangement(count, ways, tuple(starts), stuck)


def _spaced(
    stops: Sequence[Stop], count: int, start: int, end: int, ways: Sequence[int], begin: int, finish: int
) -> tuple[list[int], bool]:
    """New starts of the stops around work from `start` to `end`; and whether one of them cannot give way so far."""
    starts = [stop.start for stop in stops]
    must_end = start - ways[count]
    for index in range(count - 1, -1, -1):
        stop = stops[index]
        if stop.end <= must_end:
            break
        starts[index] = must_end - stop.seconds
        if starts[index] < stop.soonest or starts[index] - ways[index] < begin:
            return starts, True
        must_end = starts[index] - ways[index]
    free_from = end
    for index in range(count, len(stops)):
        stop = stops[index]
        if stop.fixed_from is not None:
            return starts, free_from > stop.fixed_from
        needed = free_from + ways[index + 1]
        if needed <= stop.start:
            break
        starts[index] = needed
        free_from = needed + stop.seconds
        if needed > stop.latest or free_from > finish:
            return starts, True
    return starts, False
