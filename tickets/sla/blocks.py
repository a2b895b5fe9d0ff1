"""Four weeks of working windows in UTC with their running sum: where a calendar's speed comes from.

A calendar turns its local windows into UTC one block at a time and keeps the blocks. Counting inside a block is a
bisection, passing over one is a subtraction; years are 13 subtractions each.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tickets.sla.hours import Window
from tickets.sla.instants import local_to_seconds

BLOCK_DAYS = 28
DAY_SECONDS = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# Windows must be computable two days around every date, also at the ends of the calendar Python knows.
_FIRST_ORDINAL = date.min.toordinal() + 3
_LAST_ORDINAL = date.max.toordinal() - 3


class Block(NamedTuple):
    """Windows that start on 28 consecutive local dates, in order, never overlapping, never empty.

    `starts` and `ends` are seconds since 1970, `before[i]` the working seconds of the block before window i,
    `days[i]` the local date window i belongs to.
    """

    starts: Sequence[int]
    ends: Sequence[int]
    before: Sequence[int]
    days: Sequence[date]
    total: int

    def work_until(self, second: int) -> int:
        """Working seconds of this block that lie before `second`."""
        index = bisect_right(self.starts, second) - 1
        if index < 0:
            return 0
        return self.before[index] + min(second, self.ends[index]) - self.starts[index]

    def second_of(self, work: int) -> int:
        """The first second at which `work` (0 < work ≤ total) is done; at closing time it is closing time, not the next opening."""
        index = bisect_left(self.before, work) - 1
        return self.starts[index] + work - self.before[index]


def block_range(start: int, end: int) -> range:
    """Numbers of all blocks that can hold windows between two seconds since 1970.

    A window of local date d lies in UTC between d - 1 and d + 3 whole days: zones reach 15 hours either way, and a
    window may end 48 hours after its date began.
    """
    return range((_ordinal(start) - 3) // BLOCK_DAYS, (_ordinal(end) + 1) // BLOCK_DAYS + 1)


def build_block(number: int, zone: ZoneInfo, windows_on: Callable[[date], Sequence[Window]]) -> Block:
    """Turn the windows of block `number` into UTC, each for its own date."""
    starts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    days: list[date] = []
    total = 0
    first = number * BLOCK_DAYS
    for ordinal in range(max(first, _FIRST_ORDINAL), min(first + BLOCK_DAYS, _LAST_ORDINAL)):
        day = date.fromordinal(ordinal)
        for window in windows_on(day):
            start, end = window_seconds(day, window, zone)
            if end > start:  # a window that lies inside the hour a clock change leaves out has no length
                starts.append(start)
                ends.append(end)
                before.append(total)
                days.append(day)
                total += end - start
    return Block(starts, ends, before, days, total)


def window_seconds(day: date, window: Window, zone: ZoneInfo) -> tuple[int, int]:
    """Start and end of one day's window in seconds since 1970."""
    midnight = datetime.combine(day, time())
    return (
        local_to_seconds(midnight + timedelta(minutes=window.start), zone),
        local_to_seconds(midnight + timedelta(minutes=window.end), zone),
    )


def _ordinal(second: int) -> int:
    return second // DAY_SECONDS + _EPOCH_ORDINAL
