"""What is due: warnings, breaches and escalation levels, found by the index over `fire_at` every half second.

Safe when two run at once: both the clock's and the ticket's row are locked (a ticket somebody works on is taken at the next turn), and a row
that another sweep has fired meanwhile no longer meets the condition when its lock is got.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from core import events, outbox
from core.db import db
from tickets.events import ClockBreached, ClockEscalated, ClockWarned
from tickets.models import Queue, Ticket
from tickets.sla.choosing import calendar_of
from tickets.sla.models import Clock, Escalation, Policy
from tickets.sla.timekeeping import breach_stands, facts, moment_of, next_fire, next_level_at

NAME = "sla"
EVERY = 0.5
# Whoever works on a ticket of the batch waits until its commit, with all that subscribers do: so not too many at a time.
BATCH = 100


def fire_due(now: datetime) -> bool:
    """Fire one batch in the caller's transaction, the longest overdue first; True when there may be more."""
    found = _due(now)
    told = [_fire(row, now) for row in found]
    # All rows by one statement, before subscribers ask for anything.
    db.session.flush()
    for event in told:
        events.publish(event)
    db.session.flush()
    return len(found) == BATCH


def _due(now: datetime) -> Sequence[Any]:
    query = (
        select(Clock, Ticket.number, Ticket.queue_id, Ticket.assignee_id)
        .join(Ticket, Ticket.id == Clock.ticket_id)
        .where(Clock.fire_at <= now)
        .order_by(Clock.fire_at)
        .limit(BATCH)
        .options(lazyload("*"))
        .with_for_update(of=[Clock, Ticket], skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return db.session.execute(query).all()


def _fire(row: Any, now: datetime) -> ClockBreached | ClockWarned | ClockEscalated:
    """Note in the row what fires now; the event that tells it."""
    clock: Clock = row.Clock
    if breach_stands(clock):
        return _escalate(row, now)
    over = clock.due_at is not None and clock.due_at <= now and not breach_stands(clock)
    kind = ClockBreached if over else ClockWarned
    if over:
        clock.breached_at, clock.withdrawn_at = now, None
    else:
        clock.warned_at = now
    clock.fire_at = next_fire(clock)
    return kind(
        at=now,
        ticket_id=clock.ticket_id,
        number=row.number,
        clock_id=clock.id,
        kind=clock.kind,
        due_at=clock.due_at,
        queue_id=row.queue_id,
        assignee_id=row.assignee_id,
    )


def _escalate(row: Any, now: datetime) -> ClockEscalated:
    """The next level is reached: log it, and have a worker do what the policy's step says."""
    clock: Clock = row.Clock
    reached_at, level = clock.escalate_at or now, clock.level + 1
    policy = db.session.get(Policy, clock.policy_id) if clock.policy_id is not None else None
    actions = policy.ladder[level - 1]["actions"] if policy is not None and level <= len(policy.ladder) else []
    escalation = Escalation(
        ticket_id=clock.ticket_id, clock_id=clock.id, kind=clock.kind, level=level, reached_at=reached_at, fired_at=now, actions=actions
    )
    db.session.add(escalation)
    db.session.flush()
    outbox.put(kind="sla.escalate", payload={"escalation_id": escalation.id}, now=now, unique_key=f"escalation:{escalation.id}")
    branch = db.session.get_one(Queue, row.queue_id).branch
    told = facts(clock)
    clock.level = level
    clock.escalate_at = next_level_at(clock, told, calendar_of(clock.calendar_version, branch), moment_of(told, now))
    clock.fire_at = next_fire(clock)
    return ClockEscalated(
        at=now,
        ticket_id=clock.ticket_id,
        number=row.number,
        clock_id=clock.id,
        kind=clock.kind,
        level=level,
        reached_at=reached_at,
        queue_id=row.queue_id,
        assignee_id=row.assignee_id,
    )
