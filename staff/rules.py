"""Rules of staff, without a database: which presence follows which, and when a weekly shift lies in real time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
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
# What a date has in place of, or beside, the weekly shifts.
EXCEPTION_KINDS = ("extra", "hours", "off")
AWAY = "away"  # the reason of a break that the machine set because no page of a ready agent answered any more
COMES_BACK_WITHIN = timedelta(minutes=5)  # so long after that, a page that answers again makes them ready by itself

_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)$")
_DAY = timedelta(days=1)
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class WeeklyShift:
    """`weekday` 0 is Monday; `starts`/`ends` "HH:MM" on the wall; `ends` not after `starts` runs into the next day. It holds for the dates on
    which it starts from `valid_from` to `valid_until`, both included; None: without bound. `break_minutes` (0: none) of rest are taken within
    `break_from` to `break_until` on the wall."""

    weekday: int
    starts: str
    ends: str
    valid_from: date | None = None
    valid_until: date | None = None
    break_from: str | None = None
    break_until: str | None = None
    break_minutes: int = 0

    def starts_on(self, day: date) -> bool:
        """Whether it begins on this local date."""
        return (
            self.weekday == day.weekday()
            and (self.valid_from is None or self.valid_from <= day)
            and (self.valid_until is None or day <= self.valid_until)
        )

    @property
    def rest(self) -> tuple[int, int] | None:
        """Where its break lies, as minutes in the way of `minutes`: after midnight when the shift is."""
        if not (self.break_minutes and self.break_from and self.break_until):
            return None
        first, last = (_minutes(text, field) for text, field in ((self.break_from, "break_from"), (self.break_until, "break_until")))
        start = self.minutes[0]
        first += _DAY_MINUTES if first < start else 0
        return first, last + (_DAY_MINUTES if last < first else 0)

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end as minutes on the wall since the midnight before it; the end is up to a day later."""
        start, end = _minutes(self.starts, "starts"), _minutes(self.ends, "ends")
        return start, end if end > start else end + _DAY_MINUTES


def weekly(row: Any) -> WeeklyShift:
    """The same as a value, of a row that has its columns."""
    return WeeklyShift(**{column.name: getattr(row, column.name) for column in fields(WeeklyShift)})


@dataclass(frozen=True, slots=True)
class DateShifts:
    """One date of somebody that is not as every week. `kind`: `extra` (these windows beside the weekly ones), `hours` (in their place), `off`
    (none). `windows`: ("HH:MM", "HH:MM") as in a weekly shift."""

    kind: str
    windows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open: `start` included, `end` not. Both aware, in UTC."""

    start: datetime
    end: datetime


def may_follow(before: str, after: str) -> bool:
    """Whether presence may go from one state to the other."""
    return before == after or after in PRESENCE.get(before, frozenset())


def wall_time(text: str, *, field: str = "starts") -> time:
    """ "HH:MM" as a time of day. Raises NotValid naming the field."""
    found = _CLOCK.match(text)
    if found is None:
        raise NotValid(_("Write a time like 08:30, not “%(text)s”.", text=text[:20]), field=field)
    return time(int(found[1]), int(found[2]))


def check_date(day: date, *, field: str) -> None:
    """Raises NotValid naming the field for a date at an end of the calendar, where there is no day before or after to reckon with."""
    if not 1970 <= day.year <= 2200:
        raise NotValid(_("There is no rota for this date."), field=field)


def _minutes(text: str, field: str) -> int:
    at = wall_time(text, field=field)
    return at.hour * 60 + at.minute


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


def planned(day: date, weekly: Iterable[WeeklyShift], exception: DateShifts | None = None) -> list[WeeklyShift]:
    """What somebody works on a local date, absences not looked at: the shifts that start on it, by start."""
    usual = [shift for shift in weekly if shift.starts_on(day)]
    if exception is None:
        found = usual
    else:
        own = [WeeklyShift(day.weekday(), starts, ends) for starts, ends in exception.windows]
        found = {"extra": usual + own, "hours": own, "off": []}[exception.kind]
    return sorted(found, key=lambda shift: (shift.starts, shift.ends))


def span(day: date, shift: WeeklyShift, zone: ZoneInfo) -> Window:
    """Where a shift that starts on a local date lies in real time."""
    starts, ends = wall_time(shift.starts), wall_time(shift.ends)
    return Window(instant(day, starts, zone), instant(day + _DAY if ends <= starts else day, ends, zone))


def rest_span(day: date, shift: WeeklyShift, zone: ZoneInfo) -> Window | None:
    """Within what the break of a shift that starts on a local date is taken, in real time; None: it has none."""
    if shift.rest is None:
        return None
    first, last = (divmod(minutes, _DAY_MINUTES) for minutes in shift.rest)
    ends = [instant(day + days * _DAY, time(*divmod(minutes, 60)), zone) for days, minutes in (first, last)]
    return Window(ends[0], ends[1])


def shift_windows(
    shifts: Iterable[WeeklyShift],
    *,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    absences: Iterable[Window] = (),
    exceptions: Mapping[date, DateShifts] | None = None,
) -> list[Window]:
    """The working windows between two instants: sorted, joined where they touch, cut to the range, absences taken out. `exceptions`: by the
    local date on which their windows start."""
    weekly, dated = list(shifts), exceptions or {}
    found: list[Window] = []
    day = start.astimezone(zone).date() - _DAY  # yesterday's shift may reach into today
    last = end.astimezone(zone).date()
    while day <= last:
        found += [span(day, shift, zone) for shift in planned(day, weekly, dated.get(day))]
        day += _DAY
    cut = [Window(max(window.start, start), min(window.end, end)) for window in found]
    return without(joined(cut), absences)


def overlapping(windows: Iterable[tuple[int, int]]) -> bool:
    """Whether two of these (start, end) share time."""
    ordered = sorted(windows)
    return any(end > following for (_start, end), (following, _end) in itertools.pairwise(ordered))


def clash(one: WeeklyShift, other: WeeklyShift) -> bool:
    """Whether two weekly shifts ever share time on the wall: on the same date, or over midnight, Sunday's into Monday too."""
    for days in (-1, 0, 1):
        if (other.weekday - one.weekday - days) % 7 == 0 and _both_hold(one, other, days):
            (start, end), (first, last) = one.minutes, other.minutes
            if start < last + days * _DAY_MINUTES and first + days * _DAY_MINUTES < end:
                return True
    return False


def _both_hold(one: WeeklyShift, other: WeeklyShift, days: int) -> bool:
    """Whether there is a date on which `one` starts while `other` starts so many days later."""
    later = timedelta(days=days)
    froms = [one.valid_from, other.valid_from - later if other.valid_from is not None else None]
    untils = [one.valid_until, other.valid_until - later if other.valid_until is not None else None]
    first = max((day for day in froms if day is not None), default=None)
    last = min((day for day in untils if day is not None), default=None)
    if first is None or last is None:
        return True
    return first + timedelta(days=(one.weekday - first.weekday()) % 7) <= last


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
