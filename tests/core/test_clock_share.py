"""How full the bar of a clock is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.javascript import evaluate

NIGHT = {
    # Two hours of working time from 17:00, closed from 18:00 to 8:00: three quarters are used at 8:30, all at 9:00.
    "state": "running",
    "budget": 7200,
    "used": 0,
    "as_of": "2026-03-10T17:00:00Z",
    "warn_at": "2026-03-11T08:30:00Z",
    "due_at": "2026-03-11T09:00:00Z",
}


def shares(clock: dict[str, Any], *moments: str) -> list[float]:
    found: list[float] = evaluate(
        "core/clock-share.js", "given.moments.map((at) => it.shareUsed(given.clock, Date.parse(at)))", {"clock": clock, "moments": moments}
    )
    return [round(share, 3) for share in found]


def test_closed_hours_never_turn_a_clock_amber_too_early() -> None:
    before = shares(NIGHT, "2026-03-10T17:00:00Z", "2026-03-10T23:00:00Z", "2026-03-11T08:29:59Z")
    assert before[0] == 0
    assert 0 < before[1] < before[2] <= 0.75
    assert shares(NIGHT, "2026-03-11T08:30:00Z", "2026-03-11T08:45:00Z", "2026-03-11T09:00:00Z") == [0.75, 0.875, 1]


@pytest.mark.parametrize("moment", ["2026-03-11T08:59:59.900Z"])
def test_only_what_is_over_is_full(moment: str) -> None:
    assert shares(NIGHT, moment) == [0.99]


def test_a_moment_before_the_start_is_empty() -> None:
    assert shares(NIGHT, "2026-03-10T16:00:00Z") == [0]


def test_a_warning_at_the_due_time_or_the_start_divides_by_nothing() -> None:
    assert shares(NIGHT | {"warn_at": NIGHT["due_at"]}, "2026-03-11T01:00:00Z", "2026-03-11T09:00:00Z") == [0.375, 1]
    assert shares(NIGHT | {"warn_at": NIGHT["as_of"]}, "2026-03-11T01:00:00Z") == [0.875]


def test_a_clock_that_stands_still_shows_what_was_used() -> None:
    assert shares(NIGHT | {"state": "paused", "due_at": None, "used": 1800}, "2026-03-11T12:00:00Z") == [0.25]
    assert shares(NIGHT | {"state": "met", "used": 3600}, "2026-03-12T12:00:00Z") == [0.5]


def test_without_a_warning_the_windows_are_counted() -> None:
    windows = [[1773162000, 1773165600], [1773216000, 1773219600]]  # 17:00-18:00 and 8:00-9:00 UTC
    assert shares(NIGHT | {"warn_at": None, "windows": windows}, "2026-03-10T17:30:00Z", "2026-03-11T03:00:00Z") == [0.25, 0.5]
