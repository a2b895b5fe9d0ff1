"""The four clocks of a ticket, computed anew each time from what is stored: when it started, paused, stopped.

Everything is a function of stored instants, a calendar and a target, never of an earlier result: whatever changes
(policy, calendar, holiday, contract), computing again gives the right answer. `now` means "as known at this instant":
what is stamped later is not seen, so a past day can be replayed. Durations are whole working seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tickets.sla.calendar import Calendar
from tickets.sla.errors import N_, SlaInputError
from tickets.sla.instants import to_seconds

# The pause a re-opened clock gets for the time it was resolved.
RESOLVED = "resolved"


class ClockKind(StrEnum):
    """What is measured: from when, until what."""

    FIRST_RESPONSE = "first_response"  # from creation until the first public answer by staff
    NEXT_RESPONSE = "next_response"  # from the oldest unanswered customer message until the next answer
    ON_SITE = "on_site"  # from creation, or the end of the agreed window, until a technician arrives
    RESOLUTION = "resolution"  # from creation until resolved


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"  # stopped within its target
    BREACHED = "breached"  # its target is used up, whether it still runs, is paused or was stopped too late
    STOPPED = "stopped"  # ended within its target without its aim being reached (merged, no longer covered)


class Pause(NamedTuple):
    """From when until when (None: still) a clock stands still, and why (waiting for customer, part, access, approval …)."""

    started_at: datetime
    ended_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The stored instants of one clock, all aware datetimes.

    `carried_seconds` is working time used before `started_at` that is not stored as instants (an imported ticket).
    `cancelled` tells a stop that was not the aim (the ticket was merged) from one that was (answered, arrived, resolved).
    """

    kind: ClockKind
    started_at: datetime
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    carried_seconds: int = 0
    cancelled: bool = False


# What happens to a clock. Each returns the changed clock; an instant before the one it follows (machines whose clocks
# differ) makes a stretch without length, never a negative one.


def pause(clock: Clock, at: datetime, reason: str) -> Clock:
    """Let the clock stand still from `at`; one that stands still already gets the new reason from then on."""
    _refuse_stopped(clock)
    return replace(clock, pauses=(*_ended(clock.pauses, at), Pause(at, None, reason)))


def resume(clock: Clock, at: datetime) -> Clock:
    """Let the clock run again from `at`."""
    return replace(clock, pauses=_ended(clock.pauses, at))


def stop(clock: Clock, at: datetime, *, cancelled: bool = False) -> Clock:
    """End the clock at `at`, and a pause with it."""
    _refuse_stopped(clock)
    return replace(clock, pauses=_ended(clock.pauses, at), stopped_at=at, cancelled=cancelled)


def reopen(clock: Clock, at: datetime) -> Clock:
    """Re-arm a stopped clock with the time already used.

    The time it was resolved becomes a pause rather than a number, so a later change of calendar recounts the first run too.
    """
    if clock.stopped_at is None:
        raise SlaInputError(N_("The clock is not stopped."))
    resolved = Pause(clock.stopped_at, max(at, clock.stopped_at), RESOLVED)
    return replace(clock, pauses=(*_ended(clock.pauses, clock.stopped_at), resolved), stopped_at=None, cancelled=False)


def merge(surviving: Clock, merged: Clock, at: datetime) -> tuple[Clock, Clock]:
    """Both clocks after their tickets are merged: the surviving one with the earliest start and its own pauses, the other ended."""
    earliest = min(surviving.started_at, merged.started_at)
    ended = merged if merged.stopped_at is not None else stop(merged, at, cancelled=True)
    return replace(surviving, started_at=earliest), ended


# What a clock shows.


def as_of(clock: Clock, now: datetime) -> Clock:
    """The clock as it was known at `now`: without what is stamped later, and with its pauses cut at its stop."""
    stopped_at = clock.stopped_at if clock.stopped_at is not None and clock.stopped_at <= now else None
    pauses = tuple(
        entry if entry.ended_at is not None and entry.ended_at <= now else entry._replace(ended_at=None)
        for entry in clock.pauses
        if entry.started_at <= now
    )
    if stopped_at is not None:
        pauses = _ended(pauses, stopped_at)
    return replace(clock, pauses=pauses, stopped_at=stopped_at, cancelled=clock.cancelled and stopped_at is not None)


def used_seconds(clock: Clock, calendar: Calendar, now: datetime) -> int:
    """Working seconds used until the clock's stop, or until `now`; never negative."""
    known = as_of(clock, now)
    return known.carried_seconds + calendar.work_seconds(known.started_at, known.stopped_at or now, known.pauses)


def remaining_seconds(clock: Clock, calendar: Calendar, target_seconds: int, now: datetime) -> int:
    """Working seconds left of the target, frozen while paused or stopped; negative when over it."""
    return target_seconds - used_seconds(clock, calendar, now)


def reaches_at(clock: Clock, calendar: Calendar, seconds: int, now: datetime) -> datetime | None:
    """The instant in UTC at which the used time reaches `seconds`.

    None while that is unknown (a pause that began before is still open) or never comes (no working time). A stopped clock
    tells when it would have been. Time carried in that is more than `seconds` reaches them at the start.
    """
    known = as_of(clock, now)
    return calendar.due(known.started_at, max(0, seconds - known.carried_seconds), known.pauses)


def due_at(clock: Clock, calendar: Calendar, target_seconds: int, now: datetime) -> datetime | None:
    """When the target is used up, in UTC; None while paused, unless it was used up before the pause."""
    return reaches_at(clock, calendar, target_seconds, now)


def warn_at(clock: Clock, calendar: Calendar, target_seconds: int, percent: int, now: datetime) -> datetime | None:
    """When `percent` of the target is used up (a part of a second counts as one), in UTC; None as for `due_at`."""
    return reaches_at(clock, calendar, -(-target_seconds * percent // 100), now)


def ladder_at(clock: Clock, calendar: Calendar, target_seconds: int, steps: Sequence[int], now: datetime) -> list[datetime | None]:
    """When each escalation level is reached: `steps` are working seconds, the first after the breach, each further after the one before.

    The ladder stands still with the clock: nobody is called out for a ticket that waits for the customer.
    """
    instants = []
    reached = target_seconds
    for step in steps:
        reached += step
        instants.append(reaches_at(clock, calendar, reached, now))
    return instants


def state(clock: Clock, calendar: Calendar, target_seconds: int, now: datetime) -> ClockState:
    """What the clock is in at `now`.

    A clock breaches in the second it is due; stopped in that very second it is met. A breach stays one through a later
    pause; it is undone only by stored facts that change (see `as_of`), which the caller records as withdrawn.
    """
    known = as_of(clock, now)
    if known.stopped_at is not None:
        if used_seconds(known, calendar, now) > target_seconds:
            return ClockState.BREACHED
        return ClockState.STOPPED if known.cancelled else ClockState.MET
    due = due_at(known, calendar, target_seconds, now)
    if due is not None and to_seconds(due) <= to_seconds(now):
        return ClockState.BREACHED
    return ClockState.PAUSED if _is_paused(known) else ClockState.RUNNING


def _is_paused(known: Clock) -> bool:
    return any(entry.ended_at is None for entry in known.pauses)


def _ended(pauses: tuple[Pause, ...], at: datetime) -> tuple[Pause, ...]:
    """The pauses with every one that is open, or ends later, ended at `at` (at its own start when that is later still)."""
    return tuple(
        entry._replace(ended_at=max(at, entry.started_at)) if entry.ended_at is None or entry.ended_at > at else entry for entry in pauses
    )


def _refuse_stopped(clock: Clock) -> None:
    if clock.stopped_at is not None:
        raise SlaInputError(N_("The clock is stopped already."))
