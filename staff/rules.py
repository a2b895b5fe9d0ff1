"""Rules of staff, without a database: which presence follows which, and when a weekly shift lies in real time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _

from core.errors import NotValid

KINDS = ("agent", "technician", "both")
AGENT_KINDS = ("agent", "both")
TECHNICIAN_KINDS = ("technician", "both")
STATES = ("offline", "ready", "on_call", "wrap_up", "break")

# From which state which may follow. A repeat of the same state is no change and always fine.
PRESENCE: dict[str, frozenset[str]] = {
    "offline": frozenset({"ready", "break", "on_call"}),
    "ready": frozenset({"on_call", "break", "offline", "wrap_up"}),
    "on_call": frozenset({"wrap_up", "ready", "break", "offline"}),
    "wrap_up": frozenset({"ready", "on_call", "break", "offline"}),
    "break": frozenset({"ready", "on_call", "offline"}),
}
# What somebody may choose for themselves; the others come from calls.
CHOSEN = frozenset({"ready", "break", "offline"})
BREAK_REASONS = ("break", "lunch", "meeting", "training", "other")
AWAY = "away"  # the reason of a break that the machine set because no page of a ready agent answered any more
COMES_BACK_WITHIN = timedelta(minutes=5)  # so long after that, a page that answers again makes them ready by itself

_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """`weekday` 0 is Monday; `starts`/`ends` "HH:MM" on the wall; `ends` not after `starts` runs into the next day."""

    weekday: int
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: `start` included, `end` not. Both aware, in UTC."""

    start: datetime
    end: datetime


def may_follow(before: str, after: str) -> bool:
    """Whether presence may go from one state to the other."""
    return before == after or after in PRESENCE.get(before, frozenset())


def wall_time(text: str) -> time:
    """ "HH:MM" as a time of day. Raises NotValid."""
    found = _CLOCK.match(text)
    if found is None:
        raise NotValid(_("Write a time like 08:30, not “%(text)s”.", text=text[:20]), field="starts")
    return time(int(found[1]), int(found[2]))


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the wall clock in `zone` shows this, in UTC: the first of two when clocks go back, the end of the gap when they go forward.

    The same reading as the calendars of `tickets.sla`, so that shifts and working hours agree.
    """
    local = datetime.combine(day, at)
    first, second = local.replace(tzinfo=zone), local.replace(tzinfo=zone, fold=1)
    early, late = first.astimezone(UTC), second.astimezone(UTC)
    if early <= late:
        return early
    # In a gap: `late` (read with the later offset) lies before the change, `early` after it.
    low, high, offset = late, early, first.utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high.replace(microsecond=0)


def shift_windows(
    shifts: Iterable[WeeklyShift], *, zone: ZoneInfo, start: datetime, end: datetime, absences: Iterable[Window] = ()
) -> list[Window]:
    """The working windows between two instants: sorted, joined where they touch, cut to the range, absences taken out."""
    weekly = list(shifts)
    found: list[Window] = []
    day = start.astimezone(zone).date() - _DAY  # yesterday's shift may reach into today
    last = end.astimezone(zone).date()
    while day <= last:
        for shift in weekly:
            if shift.weekday == day.weekday():
                starts, ends = wall_time(shift.starts), wall_time(shift.ends)
                until = day + _DAY if ends <= starts else day
                found.append(Window(instant(day, starts, zone), instant(until, ends, zone)))
        day += _DAY
    cut = [Window(max(window.start, start), min(window.end, end)) for window in found]
    return without(joined(cut), absences)


def joined(windows: Iterable[Window]) -> list[Window]:
    """Sorted; overlapping and touching ones made one; empty ones left out."""
    result: list[Window] = []
    for window in sorted((window for window in windows if window.end > window.start), key=lambda window: window.start):
        if result and window.start <= result[-1].end:
            result[-1] = Window(result[-1].start, max(result[-1].end, window.end))
        else:
            result.append(window)
    return result


def without(windows: list[Window], absences: Iterable[Window]) -> list[Window]:
    """What is left of joined windows outside the absences."""
    result = windows
    for away in joined(absences):
        result = [
            part
            for window in result
            for part in (Window(window.start, min(window.end, away.start)), Window(max(window.start, away.end), window.end))
            if part.end > part.start
        ]
    return result
