"""What a ticket's timeline says about its clocks: when it waited and when it was resolved. For a clock that begins to matter only later (the
policy changed), so that it knows the pauses it would have had."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from core.db import db
from tickets import rules
from tickets.models import Entry, Ticket
from tickets.sla.clocks import RESOLVED, ClockKind, Pause


def pauses_of(ticket: Ticket, kind: ClockKind, now: datetime, running_waits: Collection[str] = ()) -> tuple[Pause, ...]:
    """All stretches in which a clock of this kind stood still, the last one perhaps open; in order of time. `running_waits`: as the policy has them.

    The ticket's status counts from `now` when it differs from the timeline's last: the verb at work writes its entry at its end.
    """
    pauses: list[Pause] = []
    for at, status, reason in [*_states(ticket), (now, ticket.status, ticket.wait_reason)]:
        why = _pause_reason(status, reason, kind, running_waits)
        if pauses and pauses[-1].ended_at is None:
            if pauses[-1].reason == why:
                continue
            pauses[-1] = pauses[-1]._replace(ended_at=max(at, pauses[-1].started_at))
        if why is not None:
            pauses.append(Pause(at, None, why))
    return tuple(pauses)


def _pause_reason(status: str, wait_reason: str | None, kind: ClockKind, running_waits: Collection[str]) -> str | None:
    if not rules.is_open(status):
        return RESOLVED
    return wait_reason if kind in rules.paused_clocks(status, wait_reason, running_waits) else None


def _states(ticket: Ticket) -> list[tuple[datetime, str, str | None]]:
    """(since, status, wait reason) of the ticket in the order it took them."""
    status, reason = str(rules.Status.NEW), None
    found: list[tuple[datetime, str, str | None]] = [(ticket.created_at, status, reason)]
    query = select(Entry.recorded_at, Entry.data).where(Entry.ticket_id == ticket.id, Entry.kind == "change").order_by(Entry.id)
    for at, data in db.session.execute(query):
        changes = data.get("changes", {})
        if "status" in changes or "wait_reason" in changes:
            status = changes["status"]["to"] if "status" in changes else status
            reason = changes["wait_reason"]["to"] if "wait_reason" in changes else reason
            found.append((at, status, reason))
    return found
