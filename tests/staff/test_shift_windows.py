"""Weekly shifts in real time: midnight, clocks that change, absences."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotValid
from staff import queries, services
from staff.models import Person
from staff.rules import WeeklyShift, Window, instant, joined, shift_windows, without

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from([ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")])
WALL = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))
SHIFTS = st.lists(st.builds(WeeklyShift, st.integers(0, 6), WALL, WALL), max_size=8)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)).map(lambda moment: moment.replace(microsecond=0, tzinfo=UTC))
WINDOWS = st.builds(lambda start, minutes: Window(start, start + timedelta(minutes=minutes)), MOMENTS, st.integers(1, 20_000))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_night_shift_over_the_change_to_summer_time_is_an_hour_shorter() -> None:
    night = [WeeklyShift(5, "22:00", "06:00")]
    found = shift_windows(night, zone=BERLIN, start=utc("2026-03-28 00:00"), end=utc("2026-03-30 00:00"))
    assert found == [Window(utc("2026-03-28 21:00"), utc("2026-03-29 04:00"))]


def test_a_night_shift_over_the_change_to_winter_time_is_an_hour_longer() -> None:
    night = [WeeklyShift(5, "22:00", "06:00")]
    found = shift_windows(night, zone=BERLIN, start=utc("2026-10-24 00:00"), end=utc("2026-10-26 00:00"))
    assert found == [Window(utc("2026-10-24 20:00"), utc("2026-10-25 05:00"))]


def test_a_time_that_the_clock_leaves_out_is_the_end_of_the_gap() -> None:
    assert instant(date(2026, 3, 29), time(2, 30), BERLIN) == utc("2026-03-29 01:00")


def test_a_time_shown_twice_is_the_first() -> None:
    assert instant(date(2026, 10, 25), time(2, 30), BERLIN) == utc("2026-10-25 00:30")


def test_yesterdays_night_shift_reaches_into_the_range() -> None:
    found = shift_windows([WeeklyShift(0, "22:00", "06:00")], zone=BERLIN, start=utc("2026-03-10 02:00"), end=utc("2026-03-10 12:00"))
    assert found == [Window(utc("2026-03-10 02:00"), utc("2026-03-10 05:00"))]


def test_touching_shifts_are_one_window_and_an_absence_splits_it() -> None:
    day = [WeeklyShift(1, "08:00", "12:00"), WeeklyShift(1, "12:00", "16:00")]
    away = [Window(utc("2026-03-10 09:00"), utc("2026-03-10 10:00"))]
    found = shift_windows(day, zone=BERLIN, start=utc("2026-03-10 00:00"), end=utc("2026-03-11 00:00"), absences=away)
    assert found == [
        Window(utc("2026-03-10 07:00"), utc("2026-03-10 09:00")),
        Window(utc("2026-03-10 10:00"), utc("2026-03-10 15:00")),
    ]


@given(shifts=SHIFTS, zone=ZONES, start=MOMENTS, hours=st.integers(1, 400), absences=st.lists(WINDOWS, max_size=4), probe=st.floats(0, 1))
def test_a_moment_is_working_time_when_the_wall_clock_lies_in_a_shift_and_nobody_is_away(
    shifts: list[WeeklyShift], zone: ZoneInfo, start: datetime, hours: int, absences: list[Window], probe: float
) -> None:
    end = start + timedelta(hours=hours)
    found = shift_windows(shifts, zone=zone, start=start, end=end, absences=absences)
    assert all(start <= window.start < window.end <= end for window in found)
    assert all(first.end < second.start for first, second in itertools.pairwise(found))
    moment = start + timedelta(seconds=int(probe * (hours * 3600 - 1)))
    local = moment.astimezone(zone)
    near = [(moment + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-3, 3)]
    if near[0] != near[1]:
        return  # about a change of clocks the wall reads twice or not at all; the examples above say what holds then
    away = any(window.start <= moment < window.end for window in absences)
    wall = f"{local.hour:02}:{local.minute:02}"
    working = any(_shows(shift, local.weekday(), wall) for shift in shifts)
    assert any(window.start <= moment < window.end for window in found) == (working and not away)


def _shows(shift: WeeklyShift, weekday: int, wall: str) -> bool:
    if shift.ends > shift.starts:
        return weekday == shift.weekday and shift.starts <= wall < shift.ends
    return (weekday == shift.weekday and wall >= shift.starts) or (weekday == (shift.weekday + 1) % 7 and wall < shift.ends)


@given(st.lists(WINDOWS, max_size=6), st.lists(WINDOWS, max_size=6))
def test_nothing_is_lost_or_won_by_taking_absences_out(windows: list[Window], absences: list[Window]) -> None:
    def total(parts: list[Window]) -> timedelta:
        return sum((part.end - part.start for part in parts), timedelta())

    whole = joined(windows)
    left = without(whole, absences)
    taken = without(whole, left)
    assert total(left) + total(taken) == total(whole)


def test_shift_windows_of_a_person_read_the_branchs_zone_and_the_absences(make_person: Callable[..., Person], now: datetime) -> None:
    person = make_person()
    services.set_shifts(person_id=person.id, shifts=[WeeklyShift(1, "08:00", "16:00")], now=now)
    services.add_absence(person_id=person.id, starts_at=utc("2026-03-10 14:00"), ends_at=utc("2026-03-12 00:00"), reason="Doctor", now=now)
    found = queries.shift_windows(person.id, utc("2026-03-09 00:00"), utc("2026-03-18 00:00"))
    assert found == [
        Window(utc("2026-03-10 07:00"), utc("2026-03-10 14:00")),
        Window(utc("2026-03-17 07:00"), utc("2026-03-17 15:00")),
    ]
    assert queries.on_shift(person.id, utc("2026-03-10 07:00"), utc("2026-03-10 14:00"))
    assert not queries.on_shift(person.id, utc("2026-03-10 13:00"), utc("2026-03-10 14:01"))
    assert queries.on_shift(person.id, utc("2026-03-10 07:00"), utc("2026-03-10 07:00"))
    assert not queries.on_shift(person.id, utc("2026-03-10 14:00"), utc("2026-03-10 14:00"))


@pytest.mark.parametrize(
    "week",
    [
        [WeeklyShift(0, "08:00", "12:00"), WeeklyShift(0, "11:00", "14:00")],
        [WeeklyShift(6, "22:00", "06:00"), WeeklyShift(0, "05:00", "09:00")],
        [WeeklyShift(0, "08:00", "25:00")],
        [WeeklyShift(7, "08:00", "12:00")],
    ],
)
def test_a_week_with_overlaps_or_strange_times_is_refused(make_person: Callable[..., Person], now: datetime, week: list[Any]) -> None:
    person = make_person()
    with pytest.raises(NotValid):
        services.set_shifts(person_id=person.id, shifts=week, now=now)
    assert queries.shifts(person.id) == []
