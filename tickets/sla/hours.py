"""Opening windows of one day: reading `["08:00", "18:00"]`, and refusing what cannot be meant.

A window belongs to the local date it starts on. It may end at `24:00`, and may run over midnight (its end is then not
later than its start). `23:59` as an end means the end of the day: that is how people write it who have no `24:00`.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from tickets.sla.errors import N_, CalendarError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_LAST_MINUTE = DAY_MINUTES - 1
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})")


class Window(NamedTuple):
    """Minutes after local midnight of the start date: 0 ≤ start < 1440, start < end ≤ start + 1440."""

    start: int
    end: int

    def to_list(self) -> list[str]:
        """`["22:00", "06:00"]`, as `parse_windows` reads it."""
        end = self.end if self.end <= DAY_MINUTES else self.end - DAY_MINUTES
        return [_clock_face(self.start), _clock_face(end)]

    def __str__(self) -> str:
        return "–".join(self.to_list())


def parse_windows(value: object, place: str) -> tuple[Window, ...]:
    """Read the windows of one day, sorted by their start.

    `value` is a list of `[start, end]` pairs of `"HH:MM"`; `place` names the day in errors ("mon", "2024-12-24").
    Raises CalendarError for anything else and for windows that overlap.
    """
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise CalendarError(N_("%(place)s: expected a list of [start, end] pairs, found %(value)r."), place=place, value=value)
    windows = tuple(sorted(_parse_window(pair, place) for pair in value))
    check_day(place, windows)
    return windows


def parse_week(value: object) -> tuple[tuple[Window, ...], ...]:
    """Read `{"mon": [["08:00", "18:00"]], …}` into seven tuples, Monday first; a missing day is closed."""
    if not isinstance(value, Mapping):
        raise CalendarError(N_("Expected hours by weekday, found %(value)r."), value=value)
    for day in value:
        if day not in WEEKDAYS:
            raise CalendarError(N_("Unknown weekday %(day)r: expected one of %(weekdays)s."), day=day, weekdays=", ".join(WEEKDAYS))
    week = tuple(parse_windows(value.get(day, ()), day) for day in WEEKDAYS)
    check_week(week)
    return week


def check_day(place: str, windows: Sequence[Window]) -> None:
    """Refuse windows of one day that overlap or are not in order."""
    for earlier, later in pairwise(windows):
        if later.start < earlier.end:
            raise _overlap(place, earlier, place, later)


def check_week(week: Sequence[Sequence[Window]]) -> None:
    """Refuse windows that overlap, also over midnight into the next weekday (Sunday's next is Monday)."""
    for index, day in enumerate(WEEKDAYS):
        check_day(day, week[index])
        following = (index + 1) % 7
        check_succession(day, week[index], WEEKDAYS[following], week[following])


def check_succession(place: str, windows: Sequence[Window], next_place: str, next_windows: Sequence[Window]) -> None:
    """Refuse two neighbouring days whose windows overlap across midnight."""
    if windows and next_windows and windows[-1].end - DAY_MINUTES > next_windows[0].start:
        raise _overlap(place, windows[-1], next_place, next_windows[0])


def _parse_window(pair: object, place: str) -> Window:
    if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
        raise CalendarError(N_("%(place)s: a window is a [start, end] pair, found %(value)r."), place=place, value=pair)
    start = _parse_time(pair[0], place)
    end = _parse_time(pair[1], place)
    if start == DAY_MINUTES:
        raise CalendarError(N_("%(place)s: a window cannot start at 24:00; use 00:00 of the next day."), place=place)
    if end == _LAST_MINUTE:
        end = DAY_MINUTES
    return Window(start, end if end > start else end + DAY_MINUTES)


def _parse_time(value: object, place: str) -> int:
    """Minutes after midnight of `"HH:MM"`, `"00:00"` to `"24:00"`."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is not None:
        hour, minute = int(match[1]), int(match[2])
        if minute < 60 and hour * 60 + minute <= DAY_MINUTES:
            return hour * 60 + minute
    raise CalendarError(N_("%(place)s: %(value)r is not a time from 00:00 to 24:00 (HH:MM)."), place=place, value=value)


def _overlap(place: str, window: Window, next_place: str, next_window: Window) -> CalendarError:
    return CalendarError(
        N_("Windows overlap: %(place)s %(window)s and %(next_place)s %(next_window)s."),
        place=place,
        window=str(window),
        next_place=next_place,
        next_window=str(next_window),
    )


def _clock_face(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
