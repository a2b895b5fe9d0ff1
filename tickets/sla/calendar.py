"""Business calendars: when work is done, how much of it lies between two instants, when a budget is used up.

A Calendar is an immutable value. Reading it from stored data validates it, so one that exists can be computed with.
Instants are aware datetimes (results in UTC), durations whole seconds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tickets.sla.blocks import DAY_SECONDS, Block, block_range, build_block
from tickets.sla.errors import N_, CalendarError
from tickets.sla.hours import WEEKDAYS, Window, check_day, check_succession, check_week, parse_week, parse_windows
from tickets.sla.instants import NEVER, PauseSpan, join_pauses, to_datetime, to_seconds

# Nothing promised lies farther away; without a bound one mistyped budget would keep a process busy for minutes.
HORIZON_YEARS = 200
_HORIZON_SECONDS = HORIZON_YEARS * 366 * DAY_SECONDS
_KEYS = ("timezone", "hours", "holidays", "exceptions", "version")
_ONE_DAY = timedelta(days=1)

__all__ = ["HORIZON_YEARS", "Calendar", "CalendarError", "WorkSpan"]


class WorkSpan(NamedTuple):
    """A stretch of working time in UTC, and the local date of the window it is cut from."""

    day: date
    start: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        return to_seconds(self.end) - to_seconds(self.start)


@dataclass(frozen=True)
class Calendar:
    """Weekly windows in one time zone, minus holidays, with single dates replaced.

    `weekly` holds seven tuples of windows, Monday first. A window belongs to the local date it starts on: a holiday takes
    away all windows that start on it and nothing of one that runs into it. `exceptions` replace the windows of a date
    (an empty tuple closes it) and are the last word: also on a holiday. `version` names the published version.
    Raises CalendarError when made of what cannot be: an unknown zone, overlapping windows.
    """

    timezone: str
    weekly: tuple[tuple[Window, ...], ...]
    holidays: frozenset[date] = frozenset()
    exceptions: tuple[tuple[date, tuple[Window, ...]], ...] = ()
    version: int = 1
    holiday_names: tuple[tuple[date, str], ...] = ()
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _exceptions: dict[date, tuple[Window, ...]] = field(init=False, repr=False, compare=False)
    _blocks: dict[int, Block] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", _load_zone(self.timezone))
        object.__setattr__(self, "_exceptions", dict(self.exceptions))
        object.__setattr__(self, "_blocks", {})
        if len(self.weekly) != len(WEEKDAYS):
            raise CalendarError(N_("A week has seven days, found %(count)s."), count=len(self.weekly))
        check_week(self.weekly)
        for day, _windows in self.exceptions:
            self._check_neighbours(day)

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "Calendar":
        """Read `{"timezone", "hours", "holidays", "exceptions", "version"}`; all but the first two may be missing.

        `hours`: weekday (`mon` … `sun`) → list of `["HH:MM", "HH:MM"]`. `holidays`: list of ISO dates, or ISO date → name.
        `exceptions`: ISO date → list of windows. `version`: a whole number. Raises CalendarError saying what is wrong.
        """
        if not isinstance(data, Mapping):
            raise CalendarError(N_("Expected a calendar, found %(value)r."), value=data)
        for key in data:
            if key not in _KEYS:
                raise CalendarError(N_("Unknown key %(key)r in the calendar: expected %(keys)s."), key=key, keys=", ".join(_KEYS))
        version = data.get("version", 1)
        if not isinstance(version, int) or isinstance(version, bool):
            raise CalendarError(N_("The calendar's version is a whole number, found %(value)r."), value=version)
        names = _parse_holidays(data.get("holidays", ()))
        return cls(
            timezone=_zone_name(data.get("timezone")),
            weekly=parse_week(data.get("hours", {})),
            holidays=frozenset(names),
            exceptions=_parse_exceptions(data.get("exceptions", {})),
            version=version,
            holiday_names=tuple(sorted((day, name) for day, name in names.items() if name)),
        )

    def to_dict(self) -> dict[str, object]:
        """The calendar as `from_dict` reads it, fit for JSON."""
        names = dict(self.holiday_names)
        return {
            "timezone": self.timezone,
            "hours": {day: [window.to_list() for window in windows] for day, windows in zip(WEEKDAYS, self.weekly, strict=True) if windows},
            "holidays": {day.isoformat(): names.get(day, "") for day in sorted(self.holidays)},
            "exceptions": {day.isoformat(): [window.to_list() for window in windows] for day, windows in self.exceptions},
            "version": self.version,
        }

    @property
    def zone(self) -> ZoneInfo:
        return self._zone

    @property
    def is_empty(self) -> bool:
        """Whether there is no working time, ever."""
        return not any(self.weekly) and not any(windows for _day, windows in self.exceptions)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows that start on a local date, after holidays and exceptions."""
        replaced = self._exceptions.get(day)
        if replaced is not None:
            return replaced
        return () if day in self.holidays else self.weekly[day.weekday()]

    def spans_between(self, start: datetime, end: datetime) -> list[WorkSpan]:
        """Working time between two instants, in order, cut to them; empty when `end` is not after `start`."""
        first, last = to_seconds(start), to_seconds(end)
        _check_horizon(first, last)
        return [
            WorkSpan(day, to_datetime(max(opens, first)), to_datetime(min(closes, last)))
            for block in map(self._block, block_range(first, last))
            for day, opens, closes in zip(block.days, block.starts, block.ends, strict=True)
            if max(opens, first) < min(closes, last)
        ]

    def windows_between(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """As `spans_between`, as plain (start, end) pairs in UTC."""
        return [(span.start, span.end) for span in self.spans_between(start, end)]

    def work_seconds(self, start: datetime, end: datetime, pauses: Iterable[PauseSpan] = ()) -> int:
        """Working seconds between two instants minus pauses; 0 when `end` is not after `start`.

        Pauses may come in any order and overlap; an open one (until None) lasts to `end`.
        """
        first, last = to_seconds(start), to_seconds(end)
        worked = self._work(first, last)
        for paused, resumed in join_pauses(pauses):
            worked -= self._work(max(paused, first), min(resumed, last))
        return worked

    def due(self, start: datetime, seconds: int, pauses: Iterable[PauseSpan] = ()) -> datetime | None:
        """The first instant at which `seconds` of working time have passed since `start`, pauses not counted.

        Used up exactly at closing time it is due at closing time; a budget of 0 is due at `start`. None when it is never
        used up: no working time is left in the calendar, or a pause has not ended. Raises CalendarError for a negative
        budget and for one that lasts longer than HORIZON_YEARS.
        """
        if seconds < 0:
            raise CalendarError(N_("A budget cannot be negative: %(seconds)s s."), seconds=seconds)
        position = to_seconds(start)
        for paused, resumed in join_pauses(pauses):
            if resumed <= position:
                continue
            worked = self._work(position, paused)
            if worked >= seconds:
                break
            if resumed == NEVER:
                return None
            seconds -= worked
            position = resumed
        reached = self._reach(position, seconds)
        return None if reached is None else to_datetime(reached)

    def _work(self, start: int, end: int) -> int:
        if end <= start:
            return 0
        _check_horizon(start, end)
        blocks = map(self._block, block_range(start, end))
        return sum(block.work_until(end) - block.work_until(start) for block in blocks)

    def _reach(self, start: int, seconds: int) -> int | None:
        if seconds == 0:
            return start
        last = start + _HORIZON_SECONDS if any(self.weekly) else self._last_exception()
        for number in block_range(start, last):
            block = self._block(number)
            done = block.work_until(start)
            if block.total - done >= seconds:
                return block.second_of(done + seconds)
            seconds -= block.total - done
        if any(self.weekly):
            raise CalendarError(N_("The budget is not used up within %(years)s years."), years=HORIZON_YEARS)
        return None

    def _block(self, number: int) -> Block:
        # Two threads may build the same block; both build the same value, so the last one to store it does no harm.
        block = self._blocks.get(number)
        if block is None:
            block = self._blocks[number] = build_block(number, self._zone, self.windows_on)
        return block

    def _last_exception(self) -> int:
        """Seconds since 1970 after which only the week counts; 0 when there are no exceptions."""
        latest = max((day for day, windows in self.exceptions if windows), default=date.min)
        return (latest.toordinal() - date(1970, 1, 1).toordinal()) * DAY_SECONDS

    def _check_neighbours(self, day: date) -> None:
        """Refuse an exception that overlaps the day before or after it across midnight."""
        windows = self.windows_on(day)
        check_day(day.isoformat(), windows)
        if day > date.min:
            before = day - _ONE_DAY
            check_succession(before.isoformat(), self.windows_on(before), day.isoformat(), windows)
        if day < date.max:
            after = day + _ONE_DAY
            check_succession(day.isoformat(), windows, after.isoformat(), self.windows_on(after))


def _check_horizon(start: int, end: int) -> None:
    if end - start > _HORIZON_SECONDS:
        raise CalendarError(N_("The two instants lie more than %(years)s years apart."), years=HORIZON_YEARS)


def _zone_name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise CalendarError(N_("The calendar names no time zone."))
    return value


def _load_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # not found, not a name at all, or a folder such as "Europe"
        raise CalendarError(N_("Unknown time zone %(zone)r."), zone=name) from error


def _parse_date(value: object) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise CalendarError(N_("%(value)r is not a date (YYYY-MM-DD)."), value=value)


def _parse_holidays(value: object) -> dict[date, str]:
    if isinstance(value, Mapping):
        return {_parse_date(day): str(name) for day, name in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return {_parse_date(day): "" for day in value}
    raise CalendarError(N_("Holidays are a list of dates or dates with names, found %(value)r."), value=value)


def _parse_exceptions(value: object) -> tuple[tuple[date, tuple[Window, ...]], ...]:
    if not isinstance(value, Mapping):
        raise CalendarError(N_("Exceptions are windows by date, found %(value)r."), value=value)
    return tuple(sorted((_parse_date(day), parse_windows(windows, str(day))) for day, windows in value.items()))
