"""Instants as whole seconds since 1970 (UTC), local wall time turned into them, and pauses joined.

The engine counts whole seconds: a fraction is cut off every instant that comes in, so that sums are exact.
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from tickets.sla.errors import N_, CalendarError

# (from, until) or (from, until, reason); until None: not ended yet.
PauseSpan: TypeAlias = tuple[datetime, datetime | None] | tuple[datetime, datetime | None, str]

# The end of a pause that has none yet: later than every instant there is.
NEVER = 1 << 62

_ZERO = timedelta(0)


def to_seconds(instant: datetime) -> int:
    """Whole seconds since 1970 of an aware datetime; raises CalendarError for one without a time zone."""
    if instant.tzinfo is None:
        raise CalendarError(N_("%(instant)s has no time zone."), instant=instant.isoformat())
    return math.floor(instant.timestamp())


def to_datetime(seconds: int) -> datetime:
    """The aware UTC datetime of whole seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def local_to_seconds(local: datetime, zone: ZoneInfo) -> int:
    """The instant at which clocks in `zone` show the naive `local` time.

    A time shown twice (clocks set back) is the first of the two; a time never shown (clocks set forward, or a date left
    out) is the first instant after the gap.
    """
    first = local.replace(tzinfo=zone)
    before, after = first.utcoffset() or _ZERO, first.replace(fold=1).utcoffset() or _ZERO
    if before >= after:
        return math.floor(first.timestamp())
    return _end_of_gap(local.replace(tzinfo=UTC), before, after, zone)


def _end_of_gap(local: datetime, before: timedelta, after: timedelta, zone: ZoneInfo) -> int:
    """The second at which the offset of `zone` changes from `before` to `after`, by bisection.

    Read with the later offset the time lies before the change, read with the earlier one it lies after it.
    """
    low = math.floor((local - after).timestamp())
    high = math.floor((local - before).timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


def join_pauses(pauses: Iterable[PauseSpan]) -> list[tuple[int, int]]:
    """Sort pauses and join those that touch or overlap, as (from, until) seconds; an open one ends NEVER.

    A pause that ends before it starts (two machines whose clocks differ) or at once has no length and is left out.
    """
    spans = sorted((to_seconds(pause[0]), NEVER if pause[1] is None else to_seconds(pause[1])) for pause in pauses)
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
