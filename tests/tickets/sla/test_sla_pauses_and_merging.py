"""Pauses over a change of the clocks in every one of the twelve zones, and what holds for the clocks of any two merged tickets."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.sla.test_sla_clock_changes import CHANGES, HOUR, every_day, local
from tests.tickets.sla.test_sla_properties import calendars, near, stories, tell
from tickets.sla import clocks
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, ClockState, Pause


@pytest.mark.parametrize(("zone", "forward", "back", "shift"), CHANGES)
def test_a_pause_over_a_change_of_the_clocks_takes_what_the_wall_and_not_what_the_hands_say(
    zone: str, forward: str, back: str, shift: int
) -> None:
    """Round the clock, started 20:00, paused from 22:00 until 06:00 by the wall clock. Two hours are used before the pause. The pause lasts
    8 h less the hour skipped, or 8 h and the hour repeated; so of a target of five hours three are left at 06:00: due 09:00 by the wall."""
    always = every_day(zone, ["00:00", "24:00"])
    for evening, lasted in ((forward, 8 * HOUR - shift), (back, 8 * HOUR + shift)):
        started, paused = local(zone, evening, 20).astimezone(UTC), local(zone, evening, 22).astimezone(UTC)
        resumed = paused + timedelta(seconds=lasted)
        clock = Clock(ClockKind.RESOLUTION, started, (Pause(paused, resumed, "part"),))
        due = clocks.due_at(clock, always, 5 * HOUR, resumed)
        assert due == resumed + timedelta(hours=3)
        assert due.astimezone(always.zone).strftime("%H:%M") == "09:00"
        assert clocks.used_seconds(clock, always, resumed) == 2 * HOUR


@pytest.mark.parametrize(("zone", "forward", "back", "shift"), CHANGES)
def test_a_pause_of_the_whole_night_shift_takes_all_of_it_whichever_way_the_clocks_go(
    zone: str, forward: str, back: str, shift: int
) -> None:
    """Night shift 22–06, paused over all of it: nothing is used, so four hours are due at 02:00 of the next night."""
    nights = every_day(zone, ["22:00", "06:00"])
    for evening, length in ((forward, 8 * HOUR - shift), (back, 8 * HOUR + shift)):
        opens = local(zone, evening, 22).astimezone(UTC)
        resumed = opens + timedelta(seconds=length)
        clock = Clock(ClockKind.RESOLUTION, opens - timedelta(hours=1), (Pause(opens, resumed, "customer"),))
        due = clocks.due_at(clock, nights, 4 * HOUR, resumed)
        assert due is not None
        assert clocks.used_seconds(clock, nights, resumed) == 0
        assert due.astimezone(nights.zone).strftime("%H:%M") == "02:00"
        assert timedelta(hours=20) - timedelta(seconds=shift) <= due - resumed <= timedelta(hours=20) + timedelta(seconds=shift)


@given(calendars, near, near, stories, stories, st.integers(0, 40 * 3600))
def test_of_two_merged_clocks_one_goes_on_from_the_earlier_start_and_the_other_ends_with_what_it_used(
    calendar: Calendar,
    first: datetime,
    second: datetime,
    story: list[tuple[int, str]],
    other_story: list[tuple[int, str]],
    target: int,
) -> None:
    surviving, _used, seen = tell(calendar, first, [step for step in story if step[1] != "stop"])
    other, used, other_seen = tell(calendar, second, other_story)
    now = max(seen, other_seen)
    kept, ended = clocks.merge(surviving, other, now)
    # The surviving one: its own pauses and nothing else of the other but the start.
    assert (kept.started_at, kept.pauses, kept.stopped_at) == (min(first, second), surviving.pauses, surviving.stopped_at)
    assert clocks.used_seconds(kept, calendar, now) >= clocks.used_seconds(surviving, calendar, now)
    # The other one is over, once and for all, with the time it really used, and breached only if it had been.
    assert ended.stopped_at is not None
    assert all(entry.ended_at is not None and entry.ended_at <= max(now, entry.started_at) for entry in ended.pauses)
    assert clocks.used_seconds(ended, calendar, now + timedelta(days=9)) == clocks.used_seconds(other, calendar, now)
    if other.stopped_at is None:
        late = clocks.used_seconds(other, calendar, now) > target
        assert clocks.state(ended, calendar, target, now) is (ClockState.BREACHED if late else ClockState.STOPPED)
        assert clocks.used_seconds(other, calendar, other_seen) == used
    else:
        assert ended == other


@given(calendars, near, near, near)
def test_merging_three_tickets_gives_the_same_clock_in_either_order(
    calendar: Calendar, first: datetime, second: datetime, third: datetime
) -> None:
    surviving, *others = (Clock(ClockKind.FIRST_RESPONSE, at) for at in (first, second, third))
    now = max(first, second, third) + timedelta(days=1)
    one, another = surviving, surviving
    for clock in others:
        one, _ended = clocks.merge(one, clock, now)
    for clock in reversed(others):
        another, _ended = clocks.merge(another, clock, now)
    assert one == another
    assert clocks.used_seconds(one, calendar, now) == calendar.work_seconds(min(first, second, third), now)
