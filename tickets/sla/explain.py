"""Why a clock is due when it is: the sum behind a due time, as data.

The sum is exact: carried + windows − pauses = counted, and counted + remaining = target.
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile

from tickets.sla.calendar import Calendar, WorkSpan
from tickets.sla.clocks import Clock, Pause, as_of, due_at
from tickets.sla.hours import Window
from tickets.sla.instants import to_datetime, to_seconds


@dataclass(frozen=True, slots=True)
class CountedWindow:
    """Working time of one window in UTC; `day` is the local date the window belongs to."""

    day: date
    start: datetime
    end: datetime
    seconds: int


@dataclass(frozen=True, slots=True)
class SubtractedPause:
    """A pause as far as it falls into the counted time; `seconds` is the working time it takes away.

    Where pauses overlap, the time is taken away by the one that began first. `end` is None while the pause is open.
    """

    start: datetime
    end: datetime | None
    reason: str
    seconds: int


@dataclass(frozen=True, slots=True)
class SkippedHoliday:
    """A holiday on a day that would have had windows. The name is empty when the calendar holds none."""

    day: date
    name: str


@dataclass(frozen=True, slots=True)
class ReplacedDay:
    """A date with windows of its own: `windows` as [start, end] pairs of local "HH:MM", empty when closed."""

    day: date
    windows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """How `due_at` comes about, or how far the count is when it is unknown (paused) or never comes.

    `counted_until` is the due time, else the instant the count was taken at.
    """

    kind: str
    time_zone: str
    calendar_version: int
    started_at: datetime
    target_seconds: int
    carried_seconds: int
    windows: tuple[CountedWindow, ...]
    pauses: tuple[SubtractedPause, ...]
    holidays: tuple[SkippedHoliday, ...]
    replaced_days: tuple[ReplacedDay, ...]
    counted_until: datetime
    counted_seconds: int
    remaining_seconds: int
    due_at: datetime | None

    def to_dict(self) -> dict[str, object]:
        """The same as JSON-ready data: instants and dates in ISO 8601 (UTC)."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def explain(clock: Clock, calendar: Calendar, target_seconds: int, now: datetime) -> Explanation:
    """Explain the clock's due time as known at `now`; a window is listed whole, what pauses take from it apart."""
    known = as_of(clock, now)
    due = due_at(known, calendar, target_seconds, now)
    until = due or max(known.stopped_at or now, known.started_at)
    windows = tuple(_counted(span) for span in calendar.spans_between(known.started_at, until))
    pauses = _subtracted(known, calendar, until)
    counted = known.carried_seconds + sum(entry.seconds for entry in windows) - sum(entry.seconds for entry in pauses)
    days = _local_days(calendar, known.started_at, until)
    return Explanation(
        kind=known.kind.value,
        time_zone=calendar.timezone,
        calendar_version=calendar.version,
        started_at=_in_utc(known.started_at),
        target_seconds=target_seconds,
        carried_seconds=known.carried_seconds,
        windows=windows,
        pauses=pauses,
        holidays=_skipped(calendar, days),
        replaced_days=_replaced(calendar, days),
        counted_until=_in_utc(until),
        counted_seconds=counted,
        remaining_seconds=target_seconds - counted,
        due_at=due,
    )


def _counted(span: WorkSpan) -> CountedWindow:
    return CountedWindow(span.day, span.start, span.end, span.seconds)


def _subtracted(known: Clock, calendar: Calendar, until: datetime) -> tuple[SubtractedPause, ...]:
    lines = []
    position = known.started_at
    for entry in takewhile(lambda pause: pause.started_at < until, sorted(known.pauses, key=_pause_start)):
        start = max(entry.started_at, position)
        end = until if entry.ended_at is None else min(entry.ended_at, until)
        if end > start:
            shown_end = None if entry.ended_at is None else _in_utc(end)
            seconds = calendar.work_seconds(start, end)
            lines.append(SubtractedPause(_in_utc(start), shown_end, entry.reason, seconds))
            position = end
    return tuple(lines)


def _pause_start(entry: Pause) -> datetime:
    return entry.started_at


def _local_days(calendar: Calendar, start: datetime, end: datetime) -> tuple[date, date]:
    return start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()


def _skipped(calendar: Calendar, days: tuple[date, date]) -> tuple[SkippedHoliday, ...]:
    """Holidays that took windows away: not those on a closed weekday, nor those an exception overrules."""
    names = dict(calendar.holiday_names)
    replaced = {day for day, _windows in calendar.exceptions}
    return tuple(
        SkippedHoliday(day, names.get(day, ""))
        for day in sorted(calendar.holidays)
        if days[0] <= day <= days[1] and day not in replaced and calendar.weekly[day.weekday()]
    )


def _replaced(calendar: Calendar, days: tuple[date, date]) -> tuple[ReplacedDay, ...]:
    return tuple(
        ReplacedDay(day, tuple(_pair(window) for window in windows)) for day, windows in calendar.exceptions if days[0] <= day <= days[1]
    )


def _pair(window: Window) -> tuple[str, str]:
    start, end = window.to_list()
    return start, end


def _in_utc(instant: datetime) -> datetime:
    return to_datetime(to_seconds(instant))


def _plain(value: object) -> object:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
