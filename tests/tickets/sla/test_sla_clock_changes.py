"""Clocks set forward and back in twelve zones, and the local times that do not exist or exist twice."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tickets.sla.calendar import Calendar

HOUR = 3600
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Zone, evening before clocks go forward, evening before they go back, by how much. A night shift of eight hours by the
# wall clock is shorter or longer by that. Five of the zones change at midnight itself.
CHANGES = [
    ("Europe/Berlin", "2024-03-30", "2024-10-26", HOUR),
    ("Europe/London", "2024-03-30", "2024-10-26", HOUR),
    ("America/New_York", "2024-03-09", "2024-11-02", HOUR),
    ("America/St_Johns", "2024-03-09", "2024-11-02", HOUR),
    ("America/Sao_Paulo", "2017-10-14", "2018-02-17", HOUR),  # at midnight
    ("America/Santiago", "2023-09-02", "2023-04-01", HOUR),  # at midnight
    ("Australia/Sydney", "2024-10-05", "2024-04-06", HOUR),
    ("Australia/Lord_Howe", "2024-10-05", "2024-04-06", HOUR // 2),  # by half an hour
    ("Pacific/Auckland", "2024-09-28", "2024-04-06", HOUR),
    ("Asia/Tehran", "2021-03-21", "2021-09-21", HOUR),  # at midnight
    ("Asia/Beirut", "2022-03-26", "2022-10-29", HOUR),  # at midnight
    ("Africa/Cairo", "2024-04-25", "2024-10-31", HOUR),  # at midnight
]


def every_day(zone: str, *windows: list[str]) -> Calendar:
    return Calendar.from_dict({"timezone": zone, "hours": {day: list(windows) for day in DAYS}})


def local(zone: str, day: str, hour: int) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone)).replace(hour=hour)


def seconds_by_the_wall(zone: str, start: datetime, end: datetime) -> int:
    """Count, minute by minute, how long the wall clock shows a time from 22:00 to 06:00 or from 08:00 to 18:00."""
    minutes = int((end - start).total_seconds()) // 60
    shown = ((start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)).hour for minute in range(minutes))
    return 60 * sum(1 for hour in shown if hour >= 22 or hour < 6 or 8 <= hour < 18)


def test_there_are_twelve_zones() -> None:
    assert len({zone for zone, *_ in CHANGES}) == 12


@pytest.mark.parametrize(("zone", "forward", "back", "shift"), CHANGES)
def test_a_night_shift_is_shorter_as_clocks_go_forward_and_longer_as_they_go_back(zone: str, forward: str, back: str, shift: int) -> None:
    nights = every_day(zone, ["22:00", "06:00"])
    for evening, expected in ((forward, 8 * HOUR - shift), (back, 8 * HOUR + shift)):
        start = local(zone, evening, 20)
        assert nights.work_seconds(start, start + timedelta(hours=18)) == expected
        (window,) = nights.windows_between(start, start + timedelta(hours=18))
        assert nights.due(start, expected) == window[1]
        assert nights.due(start, expected - 1) == window[1] - timedelta(seconds=1)


@pytest.mark.parametrize(("zone", "forward", "back", "_shift"), CHANGES)
def test_round_the_clock_loses_and_doubles_nothing(zone: str, forward: str, back: str, _shift: int) -> None:
    always = every_day(zone, ["00:00", "24:00"])
    for evening in (forward, back):
        start = local(zone, evening, 12).astimezone(UTC)
        assert always.work_seconds(start, start + timedelta(days=3)) == 72 * HOUR
        assert always.due(start, 72 * HOUR) == start + timedelta(days=3)


@pytest.mark.parametrize(("zone", "forward", "back", "_shift"), CHANGES)
def test_agrees_with_looking_at_the_wall_clock_every_minute(zone: str, forward: str, back: str, _shift: int) -> None:
    shifts = every_day(zone, ["22:00", "06:00"], ["08:00", "18:00"])
    for evening in (forward, back):
        start = local(zone, evening, 3).astimezone(UTC)
        for first, last in ((0, 60), (19, 21), (20, 26), (23, 47)):
            begin, end = start + timedelta(hours=first), start + timedelta(hours=last, minutes=7)
            assert shifts.work_seconds(begin, end) == seconds_by_the_wall(zone, begin, end)


def berlin_on(day: str, *windows: list[str]) -> list[tuple[str, str]]:
    """The windows of one date in Berlin, as UTC "HH:MM" pairs."""
    calendar = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": {}, "exceptions": {day: list(windows)}})
    noon = datetime.fromisoformat(f"{day}T12:00Z")
    found = calendar.windows_between(noon - timedelta(days=1), noon + timedelta(days=1))
    return [(start.strftime("%H:%M"), end.strftime("%H:%M")) for start, end in found]


def test_a_local_time_that_is_skipped_becomes_the_first_valid_instant_after_it() -> None:
    # 31 March 2024: 02:00 CET is 03:00 CEST, at 01:00Z.
    assert berlin_on("2024-03-31", ["02:30", "05:00"]) == [("01:00", "03:00")]
    assert berlin_on("2024-03-31", ["00:00", "02:30"]) == [("23:00", "01:00")]
    assert berlin_on("2024-03-31", ["01:00", "02:15"], ["02:45", "04:00"]) == [("00:00", "01:00"), ("01:00", "02:00")]


def test_a_window_inside_the_skipped_hour_has_no_length() -> None:
    assert berlin_on("2024-03-31", ["02:00", "03:00"]) == []


def test_a_local_time_that_happens_twice_means_the_first() -> None:
    # 27 October 2024: 03:00 CEST is 02:00 CET, at 01:00Z; 02:30 is shown at 00:30Z and at 01:30Z.
    assert berlin_on("2024-10-27", ["02:30", "04:00"]) == [("00:30", "03:00")]
    assert berlin_on("2024-10-27", ["01:00", "02:30"]) == [("23:00", "00:30")]


def test_a_date_left_out_of_the_calendar_has_no_working_time() -> None:
    # Samoa went from 29 to 31 December 2011. 29th: 09–17 at UTC-10; 31st: 09–17 at UTC+14.
    samoa = every_day("Pacific/Apia", ["09:00", "17:00"])
    start = datetime.fromisoformat("2011-12-29T00:00-10:00")
    assert samoa.windows_between(start, start + timedelta(days=2)) == [
        (datetime(2011, 12, 29, 19, tzinfo=UTC), datetime(2011, 12, 30, 3, tzinfo=UTC)),
        (datetime(2011, 12, 30, 19, tzinfo=UTC), datetime(2011, 12, 31, 3, tzinfo=UTC)),
    ]
