"""Between rows and the pure engine: a row's stored instants become a `clocks.Clock`, what the engine did to it goes back into the row, and
everything derived (state, due time, next firing) is computed anew from the instants. Callers hold the ticket's row lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, update

from core import events, live
from core.db import db
from tickets.events import ClockBreached
from tickets.models import Ticket
from tickets.sla import clocks
from tickets.sla.calendar import Calendar
from tickets.sla.clocks import ClockKind, ClockState
from tickets.sla.models import Clock, Escalation, EscalationNotice, Pause


def clocks_of(ticket_id: int) -> list[Clock]:
    """All clocks of a ticket with their pauses, oldest first."""
    return list(db.session.scalars(select(Clock).where(Clock.ticket_id == ticket_id).order_by(Clock.id)))


def clocks_by_ticket(ticket_ids: Collection[int]) -> dict[int, list[Clock]]:
    """`clocks_of` many tickets by two queries."""
    found: dict[int, list[Clock]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in db.session.scalars(select(Clock).where(Clock.ticket_id.in_(list(found))).order_by(Clock.id)):
        found[row.ticket_id].append(row)
    return found


def facts(row: Clock) -> clocks.Clock:
    """The stored instants of a row as the engine reads them."""
    return clocks.Clock(
        kind=ClockKind(row.kind),
        started_at=row.started_at,
        pauses=tuple(clocks.Pause(entry.starts_at, entry.ends_at, entry.reason) for entry in row.pauses),
        stopped_at=row.stopped_at,
        carried_seconds=row.carried_seconds,
        cancelled=row.cancelled,
    )


def keep(row: Clock, clock: clocks.Clock) -> None:
    """Store the engine's clock in its row. Its pauses are the row's in the same order, perhaps ended, perhaps with new ones behind them."""
    row.started_at, row.stopped_at, row.cancelled = clock.started_at, clock.stopped_at, clock.cancelled
    for stored, entry in zip(row.pauses, clock.pauses, strict=False):
        stored.reason, stored.starts_at, stored.ends_at = entry.reason, entry.started_at, entry.ended_at
    del row.pauses[len(clock.pauses) :]
    added = clock.pauses[len(row.pauses) :]
    if added and row.pauses:
        # An ended pause must be stored before a new open one: only one may be open.
        db.session.flush()
    for entry in added:
        row.pauses.append(Pause(reason=entry.reason, starts_at=entry.started_at, ends_at=entry.ended_at))


def moment_of(clock: clocks.Clock, now: datetime) -> datetime:
    """`now`, or the latest stored instant: another machine's clock may go ahead of ours, and what it stored did happen."""
    instants = [now, clock.started_at, *(entry.started_at for entry in clock.pauses)]
    instants += [entry.ended_at for entry in clock.pauses if entry.ended_at is not None]
    return max([*instants, clock.stopped_at] if clock.stopped_at is not None else instants)


def settle(ticket: Ticket, row: Clock, calendar: Calendar, *, now: datetime) -> None:
    """Compute everything derived of one row; publishes ClockBreached when it ended late before the sweep could see it."""
    clock = facts(row)
    moment = moment_of(clock, now)
    stopped = clock.stopped_at is not None
    over = clocks.state(clock, calendar, row.target_seconds, moment) is ClockState.BREACHED
    row.due_at = clocks.due_at(clock, calendar, row.target_seconds, moment)
    row.warn_at = clocks.warn_at(clock, calendar, row.target_seconds, row.warn_percent, moment) if row.warn_percent else None
    row.used_seconds = clocks.used_seconds(clock, calendar, moment) if stopped else None
    row.remaining_seconds = None
    if stopped:
        row.state = "missed" if over else "cancelled" if clock.cancelled else "met"
    elif any(entry.ended_at is None for entry in clock.pauses):
        row.state = "paused"
        row.remaining_seconds = clocks.remaining_seconds(clock, calendar, row.target_seconds, moment)
    else:
        row.state = "running"
    _withdraw(row, clock, calendar, moment)
    row.escalate_at = None if stopped else next_level_at(row, clock, calendar, moment)
    if stopped and over and not breach_stands(row):
        breach(ticket, row, now=now)
    row.fire_at = next_fire(row)


def _withdraw(row: Clock, clock: clocks.Clock, calendar: Calendar, moment: datetime) -> None:
    """A fired breach that the facts no longer bear is marked so; a warning given for a due time that moved later may come again."""
    if row.breached_at is not None and row.withdrawn_at is None:
        # Seen from the instant it fired at, should this machine's clock be behind that one's.
        seen = max(moment, row.breached_at)
        if clocks.state(clock, calendar, row.target_seconds, seen) is not ClockState.BREACHED:
            row.withdrawn_at = moment
            _withdraw_levels(row, moment)
    if row.warned_at is not None and row.warn_at is not None and row.warn_at > max(moment, row.warned_at):
        row.warned_at = None


def _withdraw_levels(row: Clock, moment: datetime) -> None:
    """The escalations of a breach that was none: they stay in the log, marked; nobody is told of them any more."""
    if not row.level:
        return
    row.level = 0
    standing = select(Escalation.id).where(Escalation.clock_id == row.id, Escalation.withdrawn_at.is_(None))
    query = select(EscalationNotice.id, EscalationNotice.user_id).where(
        EscalationNotice.escalation_id.in_(standing), EscalationNotice.seen_at.is_(None)
    )
    for notice_id, user_id in db.session.execute(query).all():
        live.touch(f"notices:{user_id}", notice_id)
    db.session.execute(update(Escalation).where(Escalation.id.in_(standing)).values(withdrawn_at=moment))


def next_level_at(row: Clock, clock: clocks.Clock, calendar: Calendar, moment: datetime) -> datetime | None:
    """When the next escalation level is reached; None while that is unknown (paused) or there is none."""
    level = row.level or 0  # None in a row that was never flushed
    if level >= len(row.ladder or ()):
        return None
    return clocks.reaches_at(clock, calendar, row.target_seconds + sum(row.ladder[: level + 1]), moment)


def breach_stands(row: Clock) -> bool:
    """Whether the clock's breach fired and was not withdrawn."""
    return row.breached_at is not None and row.withdrawn_at is None


def breach(ticket: Ticket, row: Clock, *, now: datetime) -> None:
    """Record that the breach fired and tell it."""
    row.breached_at, row.withdrawn_at = now, None
    events.publish(
        ClockBreached(
            at=now,
            ticket_id=ticket.id,
            number=ticket.number,
            clock_id=row.id,
            kind=row.kind,
            due_at=row.due_at,
            queue_id=ticket.queue_id,
            assignee_id=ticket.assignee_id,
        )
    )


def next_fire(row: Clock) -> datetime | None:
    """The next instant at which the sweep has something to do with this row."""
    if row.stopped_at is not None:
        return None
    if breach_stands(row):
        return row.escalate_at
    # While paused both are None, or past: reached before the pause and not fired yet.
    instants = [row.due_at, row.warn_at if row.warned_at is None else None]
    return min((instant for instant in instants if instant is not None), default=None)


def keep_due(ticket: Ticket, rows: Iterable[Clock]) -> None:
    """The ticket's due time: the earliest of its running clocks."""
    ticket.due_at = min((row.due_at for row in rows if row.state == "running" and row.due_at is not None), default=None)
