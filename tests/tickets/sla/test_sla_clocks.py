"""The four clocks: numbers from peers' tests tried by hand, states, warnings, the ladder, re-opening."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.sla import clocks
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, ClockState, Pause
from tickets.sla.errors import SlaInputError

MINUTE = 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": {day: [["08:00", "18:00"]] for day in DAYS[:5]}})
EVERY_DAY = Calendar.from_dict({"timezone": "Europe/Berlin", "hours": {day: [["09:00", "18:00"]] for day in DAYS}})
EMPTY = Calendar.from_dict({"timezone": "UTC", "hours": {}})


def on(time: str) -> datetime:
    """A time (UTC) on Thursday 21 March 2013, when Berlin is an hour ahead."""
    return datetime.fromisoformat(f"2013-03-21T{time}Z")


def clock(kind: ClockKind = ClockKind.RESOLUTION, started: str = "09:30", *pauses: Pause) -> Clock:
    return Clock(kind, on(started), pauses)


@pytest.mark.parametrize(
    ("kind", "target", "due"),
    [
        (ClockKind.FIRST_RESPONSE, 60 * MINUTE, "10:30"),
        (ClockKind.NEXT_RESPONSE, 120 * MINUTE, "11:30"),
        (ClockKind.RESOLUTION, 180 * MINUTE, "12:30"),
    ],
)
def test_each_kind_is_due_by_its_own_target(kind: ClockKind, target: int, due: str) -> None:
    assert clocks.due_at(clock(kind), OFFICE, target, on("09:30")) == on(due)


@pytest.mark.parametrize(
    ("kind", "target", "stopped", "used", "left", "state"),
    [
        # Answered after 30 of 60 minutes.
        (ClockKind.FIRST_RESPONSE, 60, "10:00", 30, 30, ClockState.MET),
        # Answered at 14:00Z: 09:30–14:00 are 270 minutes, over by 210.
        (ClockKind.FIRST_RESPONSE, 60, "14:00", 270, -210, ClockState.BREACHED),
        # Closed at 11:30Z: 120 of 180. Closed at 13:00Z: 210 of 180, over by 30.
        (ClockKind.RESOLUTION, 180, "11:30", 120, 60, ClockState.MET),
        (ClockKind.RESOLUTION, 180, "13:00", 210, -30, ClockState.BREACHED),
    ],
)
def test_what_was_used_and_left_when_it_stopped(
    kind: ClockKind, target: int, stopped: str, used: int, left: int, state: ClockState
) -> None:
    ended = clocks.stop(clock(kind), on(stopped))
    later = on("16:00")
    assert clocks.used_seconds(ended, OFFICE, later) == used * MINUTE
    assert clocks.remaining_seconds(ended, OFFICE, target * MINUTE, later) == left * MINUTE
    assert clocks.state(ended, OFFICE, target * MINUTE, later) is state


def test_two_pauses_move_the_due_time_by_their_working_time() -> None:
    # 4 June 2013, 120 minutes from 09:00Z: 15 + 30 minutes paused give 11:45Z.
    day = datetime(2013, 6, 4, tzinfo=UTC)
    paused = Clock(
        ClockKind.RESOLUTION,
        day.replace(hour=9),
        (
            Pause(day.replace(hour=9, minute=30), day.replace(hour=9, minute=45), "customer"),
            Pause(day.replace(hour=10), day.replace(hour=10, minute=30), "part"),
        ),
    )
    assert clocks.due_at(paused, EVERY_DAY, 120 * MINUTE, day.replace(hour=11)) == day.replace(hour=11, minute=45)


def test_while_paused_there_is_no_due_time_and_the_rest_is_frozen() -> None:
    waiting = clocks.pause(clock(), on("10:00"), "part")
    for now in ("10:00", "10:01", "13:00"):
        assert clocks.due_at(waiting, OFFICE, 60 * MINUTE, on(now)) is None
        assert clocks.remaining_seconds(waiting, OFFICE, 60 * MINUTE, on(now)) == 30 * MINUTE
        assert clocks.state(waiting, OFFICE, 60 * MINUTE, on(now)) is ClockState.PAUSED
    running = clocks.resume(waiting, on("13:00:07"))
    assert clocks.due_at(running, OFFICE, 60 * MINUTE, on("13:01")) == on("13:30:07")
    assert clocks.state(running, OFFICE, 60 * MINUTE, on("13:01")) is ClockState.RUNNING


def test_a_second_reason_for_waiting_takes_over_from_the_first() -> None:
    waiting = clocks.pause(clocks.pause(clock(), on("10:00"), "customer"), on("10:20"), "part")
    assert waiting.pauses == (Pause(on("10:00"), on("10:20"), "customer"), Pause(on("10:20"), None, "part"))


def test_breaches_in_the_second_it_is_due_and_is_met_when_stopped_in_it() -> None:
    assert clocks.state(clock(), OFFICE, 60 * MINUTE, on("10:29:59.999")) is ClockState.RUNNING
    assert clocks.state(clock(), OFFICE, 60 * MINUTE, on("10:30")) is ClockState.BREACHED
    assert clocks.state(clocks.stop(clock(), on("10:30:00.900")), OFFICE, 60 * MINUTE, on("11:00")) is ClockState.MET
    assert clocks.state(clocks.stop(clock(), on("10:30:01")), OFFICE, 60 * MINUTE, on("11:00")) is ClockState.BREACHED


def test_a_breach_stays_one_when_the_clock_is_paused_later() -> None:
    late = clocks.pause(clock(), on("11:00"), "customer")
    assert clocks.due_at(late, OFFICE, 60 * MINUTE, on("12:00")) == on("10:30")
    assert clocks.state(late, OFFICE, 60 * MINUTE, on("12:00")) is ClockState.BREACHED


def test_a_clock_ended_without_its_aim_is_stopped_unless_it_had_breached() -> None:
    merged = clocks.stop(clock(), on("10:00"), cancelled=True)
    assert clocks.state(merged, OFFICE, 60 * MINUTE, on("15:00")) is ClockState.STOPPED
    assert clocks.state(merged, OFFICE, 20 * MINUTE, on("15:00")) is ClockState.BREACHED


def test_a_calendar_without_working_time_never_breaches() -> None:
    assert clocks.due_at(clock(), EMPTY, 1, on("15:00")) is None
    assert clocks.state(clock(), EMPTY, 1, on("15:00")) is ClockState.RUNNING


def test_warnings_come_at_percentages_of_the_budget() -> None:
    # 75 % of 60 minutes are 45; of 10 seconds 7.5, rounded up to whole seconds.
    assert clocks.warn_at(clock(), OFFICE, 60 * MINUTE, 75, on("09:30")) == on("10:15")
    assert clocks.warn_at(clock(), OFFICE, 10, 75, on("09:30")) == on("09:30:08")
    assert clocks.warn_at(clock(), OFFICE, 60 * MINUTE, 100, on("09:30")) == on("10:30")
    waiting = clocks.pause(clock(), on("10:00"), "part")
    assert clocks.warn_at(waiting, OFFICE, 60 * MINUTE, 75, on("10:05")) is None
    assert clocks.warn_at(waiting, OFFICE, 60 * MINUTE, 50, on("10:05")) == on("10:00")


def test_the_ladder_climbs_in_working_time_and_stands_still_with_the_clock() -> None:
    # Due 16:30Z (17:30 in Berlin); +15 min 16:45Z; +30 min more: 15 until closing, 15 on Friday from 07:00Z.
    late = clock(ClockKind.RESOLUTION, "16:00")
    steps = [15 * MINUTE, 30 * MINUTE]
    friday = on("07:15") + timedelta(days=1)
    assert clocks.ladder_at(late, OFFICE, 30 * MINUTE, steps, on("16:00")) == [on("16:45"), friday]
    waiting = clocks.pause(late, on("16:50"), "customer")
    assert clocks.ladder_at(waiting, OFFICE, 30 * MINUTE, steps, on("16:55")) == [on("16:45"), None]


def test_reopening_goes_on_with_the_time_already_used() -> None:
    # 09:30–10:30 used 60 minutes; resolved until 13:00; 30 minutes more reach 90 at 13:30.
    resolved = clocks.stop(clock(), on("10:30"))
    again = clocks.reopen(resolved, on("13:00"))
    assert again.stopped_at is None
    assert clocks.used_seconds(again, OFFICE, on("13:10")) == 70 * MINUTE
    assert clocks.due_at(again, OFFICE, 90 * MINUTE, on("13:00")) == on("13:30")
    assert clocks.state(again, OFFICE, 90 * MINUTE, on("13:10")) is ClockState.RUNNING


def test_reopening_a_clock_that_was_resolved_while_paused_ends_that_pause() -> None:
    # Used 09:30–10:00; waiting 10:00–11:00; resolved 11:00–12:00; 30 minutes more reach 60 at 12:30.
    waiting = Clock(ClockKind.RESOLUTION, on("09:30"), (Pause(on("10:00"), None, "customer"),), on("11:00"))
    again = clocks.reopen(waiting, on("12:00"))
    assert again.pauses == (Pause(on("10:00"), on("11:00"), "customer"), Pause(on("11:00"), on("12:00"), clocks.RESOLVED))
    assert clocks.due_at(again, OFFICE, 60 * MINUTE, on("12:00")) == on("12:30")


def test_a_reopened_clock_counts_its_first_run_anew_when_the_calendar_changes() -> None:
    again = clocks.reopen(clocks.stop(clock(), on("10:30")), on("13:00"))
    assert clocks.used_seconds(again, OFFICE, on("13:10")) == 70 * MINUTE
    # Open only from 11:00 local (10:00Z): 10:00–10:30 and 13:00–13:10.
    reread = Calendar.from_dict({**OFFICE.to_dict(), "exceptions": {"2013-03-21": [["11:00", "18:00"]]}, "version": 2})
    assert clocks.used_seconds(again, reread, on("13:10")) == 40 * MINUTE


def test_time_carried_in_from_elsewhere_counts_as_used() -> None:
    imported = Clock(ClockKind.RESOLUTION, on("09:30"), carried_seconds=45 * MINUTE)
    assert clocks.due_at(imported, OFFICE, 60 * MINUTE, on("09:30")) == on("09:45")
    assert clocks.due_at(imported, OFFICE, 30 * MINUTE, on("09:30")) == on("09:30")
    assert clocks.state(imported, OFFICE, 30 * MINUTE, on("09:30")) is ClockState.BREACHED


def test_a_past_instant_can_be_replayed() -> None:
    story = clocks.stop(clocks.resume(clocks.pause(clock(), on("10:00"), "part"), on("11:00")), on("12:00"))
    seen = [clocks.state(story, OFFICE, 100 * MINUTE, on(time)) for time in ("09:59", "10:30", "11:30", "12:30")]
    assert seen == [ClockState.RUNNING, ClockState.PAUSED, ClockState.RUNNING, ClockState.MET]
    assert clocks.due_at(story, OFFICE, 100 * MINUTE, on("09:59")) == on("11:10")
    assert clocks.due_at(story, OFFICE, 100 * MINUTE, on("10:30")) is None
    assert clocks.due_at(story, OFFICE, 100 * MINUTE, on("12:30")) == on("12:10")


def test_a_clock_that_was_stopped_while_paused_tells_when_it_would_have_been_due() -> None:
    # 30 minutes used before the pause, 30 left at 11:00 when it stopped.
    ended = clocks.stop(clocks.pause(clock(), on("10:00"), "customer"), on("11:00"))
    assert clocks.due_at(ended, OFFICE, 60 * MINUTE, on("15:00")) == on("11:30")
    # Stored with the pause still open or ended later than the stop: the same.
    for until in (None, on("13:00")):
        stored = Clock(ClockKind.RESOLUTION, on("09:30"), (Pause(on("10:00"), until, "customer"),), on("11:00"))
        assert clocks.due_at(stored, OFFICE, 60 * MINUTE, on("15:00")) == on("11:30")


def test_what_cannot_happen_to_a_clock_is_refused() -> None:
    ended = clocks.stop(clock(), on("10:00"))
    with pytest.raises(SlaInputError, match="stopped already"):
        clocks.stop(ended, on("11:00"))
    with pytest.raises(SlaInputError, match="stopped already"):
        clocks.pause(ended, on("11:00"), "part")
    with pytest.raises(SlaInputError, match="not stopped"):
        clocks.reopen(clock(), on("11:00"))
