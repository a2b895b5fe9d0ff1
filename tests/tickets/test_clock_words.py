"""The sum behind a clock, from the server's answer to the words of the chip's panel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.javascript import evaluate
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, Pause
from tickets.sla.explain import explain

WEEK = {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
CALENDAR = {"timezone": "Europe/Berlin", "version": 3, "hours": WEEK, "holidays": {"2026-03-13": "Founders' Day"}, "exceptions": {}}
THURSDAY = datetime(2026, 3, 12, 15, 0, tzinfo=UTC)  # Thursday 16:00 in Berlin


def answer(hours: int, *, pauses: tuple[Pause, ...] = (), calendar: dict[str, Any] = CALENDAR, **more: Any) -> dict[str, Any]:
    """As `GET /api/v1/clocks/<id>/explanation` answers."""
    clock = Clock(kind=ClockKind.RESOLUTION, started_at=THURSDAY, pauses=pauses)
    told = explain(clock, Calendar.from_dict(calendar), hours * 3600, THURSDAY.replace(hour=17))
    base = {"state": "running", "policy": "Standard", "calendar": "Berlin", "stopped_at": None, "breached_at": None, "withdrawn_at": None}
    return {**told.to_dict(), **base, **more}


def lines(given: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = evaluate("tickets/sum-of-clock.js", "it.sumOf(given)", given)
    return found


def words(given: dict[str, Any]) -> list[str]:
    steps = evaluate("tickets/explanation.js", "it.stepsOf(given)", given)
    return [f"{step['label']}: {step.get('text') or step.get('at')}" for step in steps]


def test_windows_and_holidays_stand_in_the_order_of_time() -> None:
    found = lines(answer(4))
    assert [line["kind"] for line in found] == ["start", "window", "holiday", "window", "total", "due"]
    assert [line["seconds"] for line in found if line["kind"] == "window"] == [7200, 7200]
    assert found[-1]["at"].startswith("2026-03-16T09:00:00")


def test_many_windows_are_told_as_one_line_and_nothing_is_lost() -> None:
    given = answer(100)
    found = [line for line in lines(given) if line["kind"] in ("window", "more")]
    assert len(found) == 7
    assert found[3]["kind"] == "more"
    assert sum(line["seconds"] for line in found) == sum(window["seconds"] for window in given["windows"]) == 360_000


def test_a_pause_is_told_with_what_it_takes_away() -> None:
    pause = Pause(THURSDAY, THURSDAY.replace(hour=16), "customer")
    found = [line for line in lines(answer(4, pauses=(pause,))) if line["kind"] == "pause"]
    assert [(line["reason"], line["seconds"]) for line in found] == [("customer", 3600)]


def test_the_end_says_how_the_clock_ended() -> None:
    ended = {"stopped_at": "2026-03-16T08:00:00Z"}
    kinds = [lines(answer(4, **more))[-1]["kind"] for more in ({**ended, "state": "met"}, {**ended, "state": "missed"})]
    kinds += [lines(answer(4, **more))[-1]["kind"] for more in ({**ended, "state": "cancelled"}, {"withdrawn_at": "2026-03-16T08:00:00Z"})]
    assert kinds == ["kept", "late", "cancelled", "withdrawn"]


def test_the_panel_says_it_in_words() -> None:
    assert words(answer(4)) == [
        "Started: 2026-03-12T15:00:00+00:00",
        "Thu, Mar 12: 16:00–18:00 · 2 h",
        "Fri, Mar 13: not counted: Founders' Day",
        "Mon, Mar 16: 08:00–10:00 · 2 h",
        "Together: 4 h of 4 h",
        "Due: 2026-03-16T09:00:00+00:00",
        "Hours: “Berlin”, version 3",
        "Policy: Standard",
    ]


def test_hours_of_another_zone_say_so_and_windows_over_midnight_name_both_days() -> None:
    shanghai = {**CALENDAR, "timezone": "Asia/Shanghai", "hours": {"thu": [["22:00", "06:00"]]}, "holidays": {}}
    found = words(answer(4, calendar=shanghai))
    assert "Thu, Mar 12: 23:00–Fri, Mar 13 03:00 · 4 h" in found
    assert "Hours: “Berlin”, version 3, times of Asia/Shanghai" in found
