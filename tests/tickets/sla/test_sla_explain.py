"""Explanations: every due time as the sum it is."""

import json
from datetime import date, datetime

from tickets.sla import clocks
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, Pause
from tickets.sla.explain import CountedWindow, ReplacedDay, SkippedHoliday, SubtractedPause, explain

HOUR = 3600
MINUTE = 60
BERLIN = Calendar.from_dict(
    {
        "timezone": "Europe/Berlin",
        "hours": {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
        "holidays": {"2024-12-25": "Christmas Day", "2024-12-28": "a Saturday", "2024-12-27": "", "2025-01-01": "New Year"},
        "exceptions": {"2024-12-24": [["09:00", "12:00"]]},
        "version": 4,
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_due_time_is_explained_by_windows_holidays_pauses_and_the_version() -> None:
    # Mon 23 Dec 16:00 in Berlin (CET = Z + 1), eight hours. Monday 16–17: 1 h. Tuesday 09–12 by exception: 3 h, of which 10:00–10:30
    # paused. Wednesday Christmas. Thursday 08–12: 4 h = 7.5 h counted. Half an hour from 13:00 → Thu 13:30 = 12:30Z.
    clock = Clock(ClockKind.RESOLUTION, at("2024-12-23T15:00Z"), (Pause(at("2024-12-24T09:00Z"), at("2024-12-24T09:30Z"), "part"),))
    shown = explain(clock, BERLIN, 8 * HOUR, at("2024-12-24T10:00Z"))
    assert shown.windows == (
        CountedWindow(date(2024, 12, 23), at("2024-12-23T15:00Z"), at("2024-12-23T16:00Z"), HOUR),
        CountedWindow(date(2024, 12, 24), at("2024-12-24T08:00Z"), at("2024-12-24T11:00Z"), 3 * HOUR),
        CountedWindow(date(2024, 12, 26), at("2024-12-26T07:00Z"), at("2024-12-26T11:00Z"), 4 * HOUR),
        CountedWindow(date(2024, 12, 26), at("2024-12-26T12:00Z"), at("2024-12-26T12:30Z"), HOUR // 2),
    )
    assert shown.pauses == (SubtractedPause(at("2024-12-24T09:00Z"), at("2024-12-24T09:30Z"), "part", 30 * MINUTE),)
    assert shown.holidays == (SkippedHoliday(date(2024, 12, 25), "Christmas Day"),)
    assert shown.replaced_days == (ReplacedDay(date(2024, 12, 24), (("09:00", "12:00"),)),)
    assert shown.due_at == shown.counted_until == at("2024-12-26T12:30Z")
    assert (shown.counted_seconds, shown.remaining_seconds, shown.calendar_version) == (8 * HOUR, 0, 4)


def test_a_holiday_on_a_free_day_is_not_listed_and_one_without_a_name_is() -> None:
    clock = Clock(ClockKind.RESOLUTION, at("2024-12-26T15:30Z"))
    shown = explain(clock, BERLIN, HOUR, clock.started_at)
    # Thu 26th 16:30–17:00; Fri 27th holiday; weekend; Mon 30th 08:00–08:30.
    assert shown.due_at == at("2024-12-30T07:30Z")
    assert shown.holidays == (SkippedHoliday(date(2024, 12, 27), ""),)


def test_while_paused_the_count_so_far_is_explained() -> None:
    clock = clocks.pause(Clock(ClockKind.RESOLUTION, at("2024-12-16T08:00Z"), carried_seconds=600), at("2024-12-16T09:00Z"), "customer")
    shown = explain(clock, BERLIN, 8 * HOUR, at("2024-12-16T10:30Z"))
    assert shown.due_at is None
    assert shown.counted_until == at("2024-12-16T10:30Z")
    assert shown.pauses == (SubtractedPause(at("2024-12-16T09:00Z"), None, "customer", 90 * MINUTE),)
    assert shown.counted_seconds == HOUR + 600
    assert shown.remaining_seconds == 7 * HOUR - 600


def test_where_pauses_overlap_the_first_takes_the_time() -> None:
    clock = Clock(
        ClockKind.RESOLUTION,
        at("2024-12-16T08:00Z"),
        (
            Pause(at("2024-12-16T08:45Z"), at("2024-12-16T09:15Z"), "part"),
            Pause(at("2024-12-16T08:30Z"), at("2024-12-16T09:00Z"), "customer"),
            Pause(at("2024-12-16T08:50Z"), at("2024-12-16T08:55Z"), "access"),
        ),
    )
    shown = explain(clock, BERLIN, HOUR, at("2024-12-16T10:00Z"))
    assert [(pause.reason, pause.seconds) for pause in shown.pauses] == [("customer", 30 * MINUTE), ("part", 15 * MINUTE)]
    assert shown.due_at == at("2024-12-16T09:45Z")


def test_a_pause_at_night_is_shown_and_costs_nothing() -> None:
    clock = Clock(ClockKind.RESOLUTION, at("2024-12-16T15:00Z"), (Pause(at("2024-12-16T20:00Z"), at("2024-12-17T04:00Z"), "customer"),))
    shown = explain(clock, BERLIN, 2 * HOUR, at("2024-12-17T05:00Z"))
    assert [pause.seconds for pause in shown.pauses] == [0]
    assert shown.due_at == at("2024-12-17T08:00Z")


def test_an_explanation_is_data_fit_for_json() -> None:
    clock = Clock(ClockKind.FIRST_RESPONSE, at("2024-12-24T10:30Z"), (Pause(at("2024-12-24T10:40Z"), None, "customer"),))
    told = json.loads(json.dumps(explain(clock, BERLIN, HOUR, at("2024-12-24T10:45Z")).to_dict()))
    assert told == {
        "kind": "first_response",
        "time_zone": "Europe/Berlin",
        "calendar_version": 4,
        "started_at": "2024-12-24T10:30:00+00:00",
        "target_seconds": 3600,
        "carried_seconds": 0,
        "windows": [{"day": "2024-12-24", "start": "2024-12-24T10:30:00+00:00", "end": "2024-12-24T10:45:00+00:00", "seconds": 900}],
        "pauses": [{"start": "2024-12-24T10:40:00+00:00", "end": None, "reason": "customer", "seconds": 300}],
        "holidays": [],
        "replaced_days": [{"day": "2024-12-24", "windows": [["09:00", "12:00"]]}],
        "counted_until": "2024-12-24T10:45:00+00:00",
        "counted_seconds": 600,
        "remaining_seconds": 3000,
        "due_at": None,
    }
