"""Calendars: what they refuse, and what their windows mean."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tickets.sla.calendar import Calendar, CalendarError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
HOUR = 3600


def calendar(hours: dict[str, Any], zone: str = "UTC", **more: Any) -> Calendar:
    return Calendar.from_dict({"timezone": zone, "hours": hours, **more})


def office(zone: str = "UTC", **more: Any) -> Calendar:
    return calendar({day: [["09:00", "17:00"]] for day in WEEKDAYS}, zone, **more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"timezone": "Mars/Olympus", "hours": {}}, "Unknown time zone 'Mars/Olympus'."),
        ({"timezone": "Europe", "hours": {}}, "Unknown time zone 'Europe'."),
        ({"timezone": "../etc/passwd", "hours": {}}, "Unknown time zone '../etc/passwd'."),
        ({"hours": {}}, "The calendar names no time zone."),
        ({"timezone": "UTC", "hours": {"monday": []}}, "Unknown weekday 'monday': expected one of mon, tue, wed, thu, fri, sat, sun."),
        ({"timezone": "UTC", "hours": {"mon": [["9:00", "17:00"]]}}, "mon: '9:00' is not a time from 00:00 to 24:00 (HH:MM)."),
        ({"timezone": "UTC", "hours": {"mon": [["09:00", "24:01"]]}}, "mon: '24:01' is not a time from 00:00 to 24:00 (HH:MM)."),
        ({"timezone": "UTC", "hours": {"mon": [["09:60", "10:00"]]}}, "mon: '09:60' is not a time from 00:00 to 24:00 (HH:MM)."),
        ({"timezone": "UTC", "hours": {"mon": [[540, "10:00"]]}}, "mon: 540 is not a time from 00:00 to 24:00 (HH:MM)."),
        ({"timezone": "UTC", "hours": {"mon": [["24:00", "01:00"]]}}, "mon: a window cannot start at 24:00; use 00:00 of the next day."),
        ({"timezone": "UTC", "hours": {"mon": ["09:00-17:00"]}}, "mon: a window is a [start, end] pair, found '09:00-17:00'."),
        ({"timezone": "UTC", "hours": {"mon": [["09:00"]]}}, "mon: a window is a [start, end] pair, found ['09:00']."),
        ({"timezone": "UTC", "hours": {"mon": "09:00-17:00"}}, "mon: expected a list of [start, end] pairs, found '09:00-17:00'."),
        ({"timezone": "UTC", "hours": []}, "Expected hours by weekday, found []."),
        (
            {"timezone": "UTC", "hours": {"tue": [["13:00", "18:00"], ["08:00", "13:01"]]}},
            "Windows overlap: tue 08:00–13:01 and tue 13:00–18:00.",
        ),
        (
            {"timezone": "UTC", "hours": {"mon": [["22:00", "06:00"]], "tue": [["05:00", "12:00"]]}},
            "Windows overlap: mon 22:00–06:00 and tue 05:00–12:00.",
        ),
        (
            {"timezone": "UTC", "hours": {"sun": [["20:00", "08:30"]], "mon": [["08:00", "12:00"]]}},
            "Windows overlap: sun 20:00–08:30 and mon 08:00–12:00.",
        ),
        (
            {"timezone": "UTC", "hours": {"mon": [["22:00", "06:00"]]}, "exceptions": {"2024-01-16": [["05:00", "09:00"]]}},
            "Windows overlap: 2024-01-15 22:00–06:00 and 2024-01-16 05:00–09:00.",
        ),
        (
            {"timezone": "UTC", "hours": {"tue": [["05:00", "09:00"]]}, "exceptions": {"2024-01-15": [["22:00", "06:00"]]}},
            "Windows overlap: 2024-01-15 22:00–06:00 and 2024-01-16 05:00–09:00.",
        ),
        ({"timezone": "UTC", "hours": {}, "holidays": ["2024-02-30"]}, "'2024-02-30' is not a date (YYYY-MM-DD)."),
        (
            {"timezone": "UTC", "hours": {}, "holidays": "2024-02-01"},
            "Holidays are a list of dates or dates with names, found '2024-02-01'.",
        ),
        ({"timezone": "UTC", "hours": {}, "exceptions": {"tomorrow": []}}, "'tomorrow' is not a date (YYYY-MM-DD)."),
        ({"timezone": "UTC", "hours": {}, "exceptions": ["2024-02-01"]}, "Exceptions are windows by date, found ['2024-02-01']."),
        ({"timezone": "UTC", "hours": {}, "version": "2"}, "The calendar's version is a whole number, found '2'."),
        (
            {"timezone": "UTC", "hours": {}, "hollidays": []},
            "Unknown key 'hollidays' in the calendar: expected timezone, hours, holidays, exceptions, version.",
        ),
    ],
)
def test_refuses_what_cannot_be_meant_and_says_what_is_wrong(data: dict[str, Any], message: str) -> None:
    with pytest.raises(CalendarError) as refused:
        Calendar.from_dict(data)
    assert str(refused.value) == message
    assert refused.value.message_id % refused.value.values == message


def test_is_read_back_from_what_it_writes() -> None:
    written = calendar(
        {"mon": [["13:00", "23:59"], ["08:00", "12:00"]], "fri": [["22:00", "06:00"]]},
        "Asia/Shanghai",
        holidays={"2024-10-01": "National Day", "2024-10-02": ""},
        exceptions={"2024-10-07": [["10:00", "15:00"]], "2024-10-08": []},
        version=7,
    )
    assert Calendar.from_dict(written.to_dict()) == written
    assert written.to_dict()["hours"] == {"mon": [["08:00", "12:00"], ["13:00", "24:00"]], "fri": [["22:00", "06:00"]]}


def test_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        office().version = 2  # type: ignore[misc]


@pytest.mark.parametrize("end", ["24:00", "23:59", "00:00"])
def test_three_ways_to_write_the_end_of_the_day_mean_the_same(end: str) -> None:
    assert calendar({"mon": [["18:00", end]]}).windows_between(at("2024-01-15T00:00Z"), at("2024-01-17T00:00Z")) == [
        (at("2024-01-15T18:00Z"), at("2024-01-16T00:00Z"))
    ]


def test_a_window_from_a_time_to_itself_lasts_a_day() -> None:
    whole = calendar({"mon": [["09:00", "09:00"]]})
    assert whole.work_seconds(at("2024-01-15T00:00Z"), at("2024-01-20T00:00Z")) == 24 * HOUR


def test_adjacent_windows_are_no_overlap_and_leave_no_gap() -> None:
    joined = calendar({"mon": [["12:00", "18:00"], ["08:00", "12:00"]]})
    assert joined.due(at("2024-01-15T11:00Z"), 2 * HOUR) == at("2024-01-15T13:00Z")


def test_windows_are_cut_to_what_is_asked_for_and_come_in_utc() -> None:
    berlin = calendar({"mon": [["08:00", "12:00"], ["13:00", "18:00"]]}, "Europe/Berlin")
    found = berlin.windows_between(at("2024-01-15T11:00+01:00"), at("2024-01-15T14:30+01:00"))
    assert found == [(at("2024-01-15T10:00Z"), at("2024-01-15T11:00Z")), (at("2024-01-15T12:00Z"), at("2024-01-15T13:30Z"))]
    assert all(instant.tzinfo is UTC for window in found for instant in window)


def test_a_budget_used_up_exactly_at_closing_is_due_at_closing() -> None:
    assert office().due(at("2024-01-15T15:00Z"), 2 * HOUR) == at("2024-01-15T17:00Z")
    assert office().due(at("2024-01-15T15:00Z"), 2 * HOUR + 1) == at("2024-01-16T09:00:01Z")


def test_a_budget_of_nothing_is_due_at_once_even_at_night() -> None:
    assert office().due(at("2024-01-14T03:00Z"), 0) == at("2024-01-14T03:00Z")


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(CalendarError, match="A budget cannot be negative: -1 s"):
        office().due(at("2024-01-15T15:00Z"), -1)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match="2024-01-15T15:00:00 has no time zone"):
        office().work_seconds(datetime(2024, 1, 15, 15), at("2024-01-15T16:00Z"))


def test_parts_of_a_second_are_cut_off() -> None:
    assert office().work_seconds(at("2024-01-15T10:00:00.900Z"), at("2024-01-15T10:00:02.100Z")) == 2
    assert office().due(at("2024-01-15T10:00:00.900Z"), 5) == at("2024-01-15T10:00:05Z")


def test_swapped_start_and_end_give_nothing() -> None:
    assert office().work_seconds(at("2024-01-16T12:00Z"), at("2024-01-15T12:00Z")) == 0
    assert office().windows_between(at("2024-01-16T12:00Z"), at("2024-01-15T12:00Z")) == []


def test_an_empty_calendar_never_comes_due() -> None:
    empty = calendar({"mon": []}, holidays=["2024-01-15"], exceptions={"2024-01-16": []})
    assert empty.is_empty
    assert empty.due(at("2024-01-15T15:00Z"), 1) is None
    assert empty.work_seconds(at("2024-01-15T15:00Z"), at("2025-01-15T15:00Z")) == 0


def test_a_calendar_of_single_dates_comes_due_as_long_as_they_last() -> None:
    fair = calendar({}, exceptions={"2024-06-01": [["10:00", "12:00"]], "2024-06-02": [["10:00", "12:00"]]})
    assert not fair.is_empty
    assert fair.due(at("2024-01-01T00:00Z"), 3 * HOUR) == at("2024-06-02T11:00Z")
    assert fair.due(at("2024-01-01T00:00Z"), 4 * HOUR) == at("2024-06-02T12:00Z")
    assert fair.due(at("2024-01-01T00:00Z"), 4 * HOUR + 1) is None
    assert fair.due(at("2024-06-03T00:00Z"), 1) is None


def test_a_holiday_takes_the_windows_that_start_on_it_and_no_others() -> None:
    # Mon 15 January 22:00 – Tue 06:00 belongs to Monday.
    nights = {day: [["22:00", "06:00"]] for day in ("mon", "tue")}
    monday, wednesday = at("2024-01-15T00:00Z"), at("2024-01-17T12:00Z")
    assert calendar(nights).work_seconds(monday, wednesday) == 16 * HOUR
    assert calendar(nights, holidays=["2024-01-15"]).windows_between(monday, wednesday) == [
        (at("2024-01-16T22:00Z"), at("2024-01-17T06:00Z"))
    ]
    assert calendar(nights, holidays=["2024-01-16"]).windows_between(monday, wednesday) == [
        (at("2024-01-15T22:00Z"), at("2024-01-16T06:00Z"))
    ]
    assert calendar(nights, holidays=["2024-01-17"]).work_seconds(monday, wednesday) == 16 * HOUR


def test_a_holiday_is_a_date_of_the_calendars_zone() -> None:
    # 1 May in Shanghai begins on 30 April at 16:00Z.
    shanghai = calendar({day: [["00:00", "24:00"]] for day in ("tue", "wed", "thu")}, "Asia/Shanghai", holidays=["2024-05-01"])
    assert shanghai.due(at("2024-04-30T15:00Z"), 2 * HOUR) == at("2024-05-01T17:00Z")


def test_an_exception_replaces_the_day_and_is_the_last_word_on_a_holiday() -> None:
    christmas = office(holidays=["2024-12-24", "2024-12-25"], exceptions={"2024-12-24": [["09:00", "12:00"]], "2024-12-26": []})
    # Tue 24th: 3 h by exception; Wed 25th holiday; Thu 26th closed by exception; Fri 27th 1 h.
    assert christmas.due(at("2024-12-24T00:00Z"), 4 * HOUR) == at("2024-12-27T10:00Z")
    assert [span.day for span in christmas.spans_between(at("2024-12-24T00:00Z"), at("2024-12-28T00:00Z"))] == [
        date(2024, 12, 24),
        date(2024, 12, 27),
    ]


def test_pauses_are_taken_out_with_second_precision_and_only_where_work_is_done() -> None:
    # 16:30–09:30 is paused: half an hour on Monday, half an hour on Tuesday, the night costs nothing.
    pause = (at("2024-01-15T16:30Z"), at("2024-01-16T09:30:07Z"))
    assert office().due(at("2024-01-15T16:00Z"), HOUR, [pause]) == at("2024-01-16T10:00:07Z")
    assert office().work_seconds(at("2024-01-15T16:00Z"), at("2024-01-16T10:00:07Z"), [pause]) == HOUR


def test_a_pause_that_begins_when_the_budget_is_used_up_changes_nothing() -> None:
    pause = (at("2024-01-15T11:00Z"), at("2024-01-15T12:00Z"))
    assert office().due(at("2024-01-15T10:00Z"), HOUR, [pause]) == at("2024-01-15T11:00Z")


def test_an_open_pause_lets_nothing_come_due_after_it_began() -> None:
    pause = (at("2024-01-15T11:00Z"), None)
    assert office().due(at("2024-01-15T10:00Z"), HOUR, [pause]) == at("2024-01-15T11:00Z")
    assert office().due(at("2024-01-15T10:00Z"), HOUR + 1, [pause]) is None
    assert office().work_seconds(at("2024-01-15T10:00Z"), at("2024-01-20T10:00Z"), [pause]) == HOUR


def test_a_pause_before_the_start_counts_from_the_start() -> None:
    pause = (at("2024-01-15T09:00Z"), at("2024-01-15T10:30Z"))
    assert office().due(at("2024-01-15T10:00Z"), HOUR, [pause]) == at("2024-01-15T11:30Z")


def test_a_budget_of_more_than_two_hundred_years_is_refused() -> None:
    minute_a_week = calendar({"mon": [["09:00", "09:01"]]})
    assert minute_a_week.due(at("2024-01-15T09:00Z"), 60 * 60) == at("2025-03-03T09:01Z")  # the 60th Monday
    with pytest.raises(CalendarError, match="not used up within 200 years"):
        minute_a_week.due(at("2024-01-15T09:00Z"), 60 * 53 * 201)
    with pytest.raises(CalendarError, match="more than 200 years apart"):
        office().work_seconds(at("1700-01-01T00:00Z"), at("2024-01-01T00:00Z"))


@pytest.mark.parametrize("window", [["00:00", "24:00"], ["23:45", "23:45"], ["12:00", "12:00"]])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_round_the_clock_has_no_gap_in_any_hour_of_two_months_at_both_ends_of_the_world(zone: str, window: list[str]) -> None:
    always = calendar({day: [window] for day in (*WEEKDAYS, "sat", "sun")}, zone)
    for hour in range(60 * 24):
        start = at("2024-01-01T00:00Z") + timedelta(hours=hour)
        assert always.work_seconds(start, start + timedelta(hours=1)) == HOUR
        assert always.due(start, HOUR) == start + timedelta(hours=1)


def test_the_ends_of_time_are_no_accident() -> None:
    always = calendar({day: [["00:00", "24:00"]] for day in (*WEEKDAYS, "sat", "sun")}, "Pacific/Auckland")
    assert always.work_seconds(at("0001-01-10T00:00Z"), at("0001-01-11T00:00Z")) == 24 * HOUR
    assert always.due(at("9999-12-20T00:00Z"), HOUR) == at("9999-12-20T01:00Z")
    with pytest.raises(CalendarError):
        always.due(at("9999-12-20T00:00Z"), 30 * 24 * HOUR)


def test_twenty_thousand_due_times_take_less_than_a_second() -> None:
    warm = office("Europe/Berlin")
    starts = [at("2024-01-01T00:00Z") + timedelta(minutes=17 * step) for step in range(20_000)]
    for start in starts[::1000]:
        warm.due(start, 8 * HOUR)
    began = time.process_time()
    for start in starts:
        warm.due(start, 8 * HOUR)
    assert time.process_time() - began < 1.0
