"""Eight situations that no other help desk tests, each with its arithmetic worked out by hand."""

from datetime import datetime
from typing import Any

from tickets.sla import clocks
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import Clock, ClockKind, ClockState, Pause

MINUTE = 60
HOUR = 3600
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def calendar(zone: str, window: list[str], days: tuple[str, ...] = DAYS[:5], **more: Any) -> Calendar:
    return Calendar.from_dict({"timezone": zone, "hours": {day: [window] for day in days}, **more})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def resolution(started: str, *pauses: Pause) -> Clock:
    return Clock(ClockKind.RESOLUTION, at(started), pauses)


def test_clocks_change_inside_a_pause() -> None:
    always = calendar("Europe/Berlin", ["00:00", "24:00"], DAYS)
    # Forward. Started Sat 30 March 20:00 local (CET, 19:00Z). Paused 22:00 local (21:00Z) to Sun 05:00 local (CEST, 03:00Z):
    # seven hours on the wall, six in truth. Used before: 2 h of 6. Left: 4 h from 03:00Z → 07:00Z (09:00 local).
    forward = resolution("2024-03-30T19:00Z", Pause(at("2024-03-30T21:00Z"), at("2024-03-31T03:00Z"), "customer"))
    assert clocks.used_seconds(forward, always, at("2024-03-31T02:00Z")) == 2 * HOUR
    assert clocks.due_at(forward, always, 6 * HOUR, at("2024-03-31T04:00Z")) == at("2024-03-31T09:00+02:00")
    # Back. Started Sat 26 October 20:00 local (CEST, 18:00Z). Paused 22:00 (20:00Z) to Sun 05:00 local (CET, 04:00Z):
    # seven hours on the wall, eight in truth. Used before: 2 h. Left: 4 h from 04:00Z → 08:00Z (09:00 local).
    back = resolution("2024-10-26T18:00Z", Pause(at("2024-10-26T20:00Z"), at("2024-10-27T04:00Z"), "customer"))
    assert clocks.due_at(back, always, 6 * HOUR, at("2024-10-27T05:00Z")) == at("2024-10-27T09:00+01:00")
    # Night shift 22–06, paused 01:30–03:30 local as clocks go forward: 00:30Z–01:30Z, one hour, not two.
    # From 22:00 local (21:00Z) two hours of work: 21:00Z–23:00Z is before the pause; four: 3.5 h to 00:30Z, 0.5 h from 01:30Z → 02:00Z.
    nights = calendar("Europe/Berlin", ["22:00", "06:00"], DAYS)
    paused = resolution("2024-03-30T21:00Z", Pause(at("2024-03-31T00:30Z"), at("2024-03-31T01:30Z"), "access"))
    assert clocks.due_at(paused, nights, 2 * HOUR, at("2024-03-31T02:00Z")) == at("2024-03-30T23:00Z")
    assert clocks.due_at(paused, nights, 4 * HOUR, at("2024-03-31T02:00Z")) == at("2024-03-31T04:00+02:00")


def test_windows_run_across_midnight() -> None:
    # Mon–Fri 22:00–06:00 in Berlin (CET = Z + 1). Started Fri 12 January 23:00 local, eight hours:
    # Fri 23:00 – Sat 06:00 is 7 h of Friday's window; Saturday and Sunday have none; Mon 22:00 + 1 h = 23:00 local = 22:00Z.
    clock = resolution("2024-01-12T22:00Z")
    nights = calendar("Europe/Berlin", ["22:00", "06:00"])
    assert clocks.due_at(clock, nights, 8 * HOUR, clock.started_at) == at("2024-01-15T22:00Z")
    # A holiday on Saturday takes nothing: the window is Friday's.
    saturday = calendar("Europe/Berlin", ["22:00", "06:00"], holidays=["2024-01-13"])
    assert clocks.due_at(clock, saturday, 8 * HOUR, clock.started_at) == at("2024-01-15T22:00Z")
    # A holiday on Friday takes all of it, Saturday morning too: Mon 22:00 + 8 h = Tue 06:00 local = 05:00Z, at closing.
    friday = calendar("Europe/Berlin", ["22:00", "06:00"], holidays=["2024-01-12"])
    assert clocks.due_at(clock, friday, 8 * HOUR, clock.started_at) == at("2024-01-16T05:00Z")


def test_a_calendars_time_zone_is_changed_while_paused() -> None:
    # Mon 15 January. Started 15:00Z, paused 15:30Z.
    clock = clocks.pause(resolution("2024-01-15T15:00Z"), at("2024-01-15T15:30Z"), "part")
    night = at("2024-01-16T00:30Z")
    # In Berlin 09–17 is 08–16Z: 15:00–15:30Z used 30 min, 90 left.
    berlin = calendar("Europe/Berlin", ["09:00", "17:00"], version=1)
    assert clocks.remaining_seconds(clock, berlin, 2 * HOUR, night) == 90 * MINUTE
    # In Shanghai 09–17 is 01–09Z: 15:00Z is 23:00 there, nothing was used, 120 left. Still paused, so not due at all.
    shanghai = calendar("Asia/Shanghai", ["09:00", "17:00"], version=2)
    assert clocks.remaining_seconds(clock, shanghai, 2 * HOUR, night) == 120 * MINUTE
    assert clocks.due_at(clock, shanghai, 2 * HOUR, night) is None
    # Resumed Tue 02:00Z (10:00 in Shanghai, open): + 2 h = 04:00Z. Berlin would open at 08:00Z: + 90 min = 09:30Z.
    resumed = clocks.resume(clock, at("2024-01-16T02:00Z"))
    assert clocks.due_at(resumed, shanghai, 2 * HOUR, at("2024-01-16T02:00Z")) == at("2024-01-16T04:00Z")
    assert clocks.due_at(resumed, berlin, 2 * HOUR, at("2024-01-16T02:00Z")) == at("2024-01-16T09:30Z")


def test_two_pauses_in_one_minute() -> None:
    # 09:10:05–09:10:20 and 09:10:40–09:10:55: 15 s + 15 s. One hour from 09:00:00 is 10:00:30.
    office = calendar("UTC", ["08:00", "18:00"])
    clock = resolution("2024-01-15T09:00Z")
    for paused, resumed in (("09:10:05", "09:10:20"), ("09:10:40", "09:10:55")):
        clock = clocks.resume(clocks.pause(clock, at(f"2024-01-15T{paused}Z"), "customer"), at(f"2024-01-15T{resumed}Z"))
    assert clocks.due_at(clock, office, HOUR, at("2024-01-15T09:30Z")) == at("2024-01-15T10:00:30Z")
    # At 09:10:45 (second pause, not yet ended): 10 min 45 s − 15 s − 5 s = 625 s used.
    assert clocks.used_seconds(clock, office, at("2024-01-15T09:10:45Z")) == 625
    assert clocks.state(clock, office, HOUR, at("2024-01-15T09:10:45Z")) is ClockState.PAUSED


def test_two_paused_tickets_are_merged() -> None:
    office = calendar("UTC", ["08:00", "18:00"])
    surviving = resolution("2024-01-15T10:00Z", Pause(at("2024-01-15T10:30Z"), None, "customer"))
    other = resolution("2024-01-15T09:00Z", Pause(at("2024-01-15T09:20Z"), None, "part"))
    merged_at, later = at("2024-01-15T11:00Z"), at("2024-01-15T11:30Z")
    kept, ended = clocks.merge(surviving, other, merged_at)
    # The surviving ticket: earliest start 09:00, own pause from 10:30 only: 90 min used, 30 of 120 left, still paused.
    assert kept.started_at == at("2024-01-15T09:00Z")
    assert kept.pauses == surviving.pauses
    assert clocks.remaining_seconds(kept, office, 2 * HOUR, later) == 30 * MINUTE
    assert clocks.state(kept, office, 2 * HOUR, later) is ClockState.PAUSED
    # Resumed 12:00 → due 12:30.
    assert clocks.due_at(clocks.resume(kept, at("2024-01-15T12:00Z")), office, 2 * HOUR, at("2024-01-15T12:00Z")) == at("2024-01-15T12:30Z")
    # The other: ended at the merge with its pause, 20 min used, neither met nor breached.
    assert ended.stopped_at == merged_at
    assert ended.pauses == (Pause(at("2024-01-15T09:20Z"), merged_at, "part"),)
    assert clocks.used_seconds(ended, office, later) == 20 * MINUTE
    assert clocks.state(ended, office, 2 * HOUR, later) is ClockState.STOPPED
    # A clock that had been answered before the merge keeps that.
    answered = clocks.stop(resolution("2024-01-15T09:00Z"), at("2024-01-15T09:30Z"))
    assert clocks.merge(surviving, answered, merged_at)[1] == answered


def test_a_holiday_is_added_after_the_breach() -> None:
    # Fri 17 May 2024 17:00 in Berlin (CEST = Z + 2), two hours, 08–18: one on Friday, one on Monday → Mon 20 May 09:00 = 07:00Z.
    clock = resolution("2024-05-17T15:00Z")
    monday = at("2024-05-20T07:30Z")
    before = calendar("Europe/Berlin", ["08:00", "18:00"], version=1)
    assert clocks.due_at(clock, before, 2 * HOUR, monday) == at("2024-05-20T07:00Z")
    assert clocks.state(clock, before, 2 * HOUR, monday) is ClockState.BREACHED
    assert clocks.remaining_seconds(clock, before, 2 * HOUR, monday) == -30 * MINUTE
    # Whit Monday is entered late: due Tue 21 May 09:00 = 07:00Z, an hour is left, the clock runs: the breach was none.
    after = calendar("Europe/Berlin", ["08:00", "18:00"], version=2, holidays={"2024-05-20": "Whit Monday"})
    assert clocks.due_at(clock, after, 2 * HOUR, monday) == at("2024-05-21T07:00Z")
    assert clocks.state(clock, after, 2 * HOUR, monday) is ClockState.RUNNING
    assert clocks.remaining_seconds(clock, after, 2 * HOUR, monday) == HOUR


def test_two_machines_clocks_differ() -> None:
    office = calendar("UTC", ["08:00", "18:00"])
    created = at("2024-01-15T10:00:03Z")
    clock = Clock(ClockKind.FIRST_RESPONSE, created)
    # Looked at by a machine that is behind: nothing used, due 11:00:03 all the same.
    behind = at("2024-01-15T10:00:00Z")
    assert clocks.used_seconds(clock, office, behind) == 0
    assert clocks.due_at(clock, office, HOUR, behind) == at("2024-01-15T11:00:03Z")
    assert clocks.state(clock, office, HOUR, behind) is ClockState.RUNNING
    # Answered "before" it was created: nothing used, met, never negative.
    answered = clocks.stop(clock, at("2024-01-15T10:00:01Z"))
    assert clocks.used_seconds(answered, office, at("2024-01-15T12:00Z")) == 0
    assert clocks.state(answered, office, HOUR, at("2024-01-15T12:00Z")) is ClockState.MET
    # Resumed "before" it was paused: a pause without length, the due time stays.
    flicker = clocks.resume(clocks.pause(clock, at("2024-01-15T10:30:02Z"), "customer"), at("2024-01-15T10:30:00Z"))
    assert flicker.pauses == (Pause(at("2024-01-15T10:30:02Z"), at("2024-01-15T10:30:02Z"), "customer"),)
    assert clocks.due_at(flicker, office, HOUR, at("2024-01-15T10:45Z")) == at("2024-01-15T11:00:03Z")
    # Stored that way by somebody else: the same.
    stored = Clock(ClockKind.FIRST_RESPONSE, created, (Pause(at("2024-01-15T10:30:02Z"), at("2024-01-15T10:30:00Z"), "customer"),))
    assert clocks.due_at(stored, office, HOUR, at("2024-01-15T10:45Z")) == at("2024-01-15T11:00:03Z")
    # Re-opened "before" it was resolved: no time between, used time goes on.
    again = clocks.reopen(clocks.stop(clock, at("2024-01-15T10:20:03Z")), at("2024-01-15T10:20:00Z"))
    assert clocks.due_at(again, office, HOUR, at("2024-01-15T10:30Z")) == at("2024-01-15T11:00:03Z")


def test_the_policy_is_swapped_in_mid_pause() -> None:
    office = calendar("UTC", ["10:00", "18:00"])
    always = calendar("UTC", ["00:00", "24:00"], DAYS)
    clock = clocks.pause(resolution("2024-01-15T09:00Z"), at("2024-01-15T11:00Z"), "approval")
    swapped_at = at("2024-01-15T11:30Z")
    # Old policy: four hours, open from 10:00: 1 h used, 3 h left. New policy: three hours round the clock: 2 h used, 1 h left.
    assert clocks.remaining_seconds(clock, office, 4 * HOUR, swapped_at) == 3 * HOUR
    assert clocks.remaining_seconds(clock, always, 3 * HOUR, swapped_at) == HOUR
    # The pause goes on over the swap and is taken out once, whole: resumed 12:15:30 + 1 h = 13:15:30.
    resumed = clocks.resume(clock, at("2024-01-15T12:15:30Z"))
    assert clocks.due_at(resumed, always, 3 * HOUR, at("2024-01-15T12:20Z")) == at("2024-01-15T13:15:30Z")
    assert clocks.due_at(resumed, office, 4 * HOUR, at("2024-01-15T12:20Z")) == at("2024-01-15T15:15:30Z")
