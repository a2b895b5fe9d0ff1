"""After a policy, calendar or queue was changed: every open ticket it touches is put under the new terms, in the background.

One outbox row on the queue `heavy`. It works in batches, each a transaction that also notes how far it came in the row's payload, so a killed
worker's successor goes on from there. Doing a ticket twice gives the same clocks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select

from core import clock, events, outbox
from core.db import among, db, transaction
from core.jsonable import jsonable
from tickets import timeline
from tickets.events import TicketChanged
from tickets.models import Queue, Ticket
from tickets.sla.choosing import Book
from tickets.sla.models import CalendarRow, CalendarVersion, Clock, Policy
from tickets.sla.services import realign
from tickets.sla.timekeeping import clocks_by_ticket

log = structlog.get_logger()
KIND = "sla.recompute"
# Whoever works on a ticket of the batch waits until its commit: under a second, also when every due time moves.
BATCH = 100
ASKED = 10_000  # ids looked up at once: finding a calendar's tickets reads the clocks of all open ones
LEASE = 300


def request(*, now: datetime, scope: dict[str, int], why: dict[str, Any]) -> None:
    """Ask for it in the transaction of the change. `scope`: {"policy_id": 3}, {"calendar_id": 3}, {"queue_id": 3}, {"customer_id": 3}, or {} for
    all open tickets. `why` goes into the timeline of each ticket whose due time moves, as {"policy": "Gold", "version": 4}."""
    outbox.put(kind=KIND, payload={"scope": scope, "why": why, "after": 0}, now=now)


@outbox.handles(KIND, queue="heavy", lease=LEASE, attempts=50)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler."""
    work(row_id, payload, now=clock.now)


def work(row_id: int, payload: dict[str, Any], *, now: Callable[[], datetime]) -> int:
    """All batches from the noted place on. Returns how many tickets were looked at."""
    after, looked_at = int(payload.get("after", 0)), 0
    while True:
        with transaction():
            ids = open_ids(payload["scope"], after)
            if not ids:
                outbox.finish(row_id, now=now())
                break
        for start in range(0, len(ids), BATCH):
            with transaction():
                chosen = ids[start : start + BATCH]
                batch(payload, chosen, now=now())
                after = chosen[-1]
                _note(row_id, {**payload, "after": after}, now())
        looked_at += len(ids)
    log.info("open tickets recomputed", scope=payload["scope"], tickets=looked_at)
    return looked_at


def open_ids(scope: dict[str, int], after: int) -> list[int]:
    """The next touched tickets behind the id `after`. Who comes into the scope later is computed by the new terms then."""
    query = select(Ticket.id).where(Ticket.id > after, Ticket.is_open, *touched(scope))
    return list(db.session.scalars(query.order_by(Ticket.id).limit(ASKED)))


def batch(payload: dict[str, Any], ticket_ids: list[int], *, now: datetime) -> None:
    """Recompute those of these tickets that are open, in the caller's transaction."""
    query = select(Ticket).where(among(Ticket.id, ticket_ids), Ticket.is_open).order_by(Ticket.id)
    # Without a key lock on the ticket others could compute by what we replace; they wait for this batch only.
    query = query.with_for_update(of=Ticket).execution_options(populate_existing=True)
    tickets = list(db.session.scalars(query))
    book, clocks = Book(), clocks_by_ticket([ticket.id for ticket in tickets])
    moved: list[tuple[Ticket, datetime | None]] = []
    # One flush for all rows of the batch, not one for each query in between.
    with db.session.no_autoflush:
        for ticket in tickets:
            due, seen = ticket.due_at, _picture(clocks[ticket.id])
            realign(ticket=ticket, now=now, recount_ended=True, book=book, rows=clocks[ticket.id])
            if _picture(clocks[ticket.id]) != seen:
                moved.append((ticket, due))
    db.session.flush()
    _tell(moved, payload["why"], now)
    db.session.flush()


def _tell(moved: list[tuple[Ticket, datetime | None]], why: dict[str, Any], now: datetime) -> None:
    """Something moved on these tickets. Where it is the due time, the old one (beside the ticket) stays in the ticket's timeline."""
    entries = {
        ticket.id: timeline.draft(
            ticket,
            kind="change",
            now=now,
            data={"changes": {"due_at": {"from": due, "to": ticket.due_at}}, "version": ticket.version, "why": why},
        )
        for ticket, due in moved
        if ticket.due_at != due
    }
    timeline.add((ticket, entries[ticket.id]) for ticket, _due in moved if ticket.id in entries)
    for ticket, due in moved:
        entry = entries.get(ticket.id)
        events.publish(
            TicketChanged(
                at=now,
                ticket_id=ticket.id,
                number=ticket.number,
                changes={"due_at": (jsonable(due), jsonable(ticket.due_at))} if entry is not None else {},
                queue_id_before=ticket.queue_id,
                queue_id=ticket.queue_id,
                assignee_id_before=ticket.assignee_id,
                assignee_id=ticket.assignee_id,
                entry_id=entry.id if entry is not None else None,
            )
        )


def touched(scope: dict[str, int]) -> list[ColumnElement[bool]]:
    """Conditions on open tickets: whose clocks may look different now."""
    if "policy_id" in scope:
        return [Ticket.policy_id == scope["policy_id"]]
    if "customer_id" in scope:
        return [Ticket.customer_id == scope["customer_id"]]
    if "queue_id" in scope:
        return [Ticket.queue_id == scope["queue_id"]]
    if "calendar_id" in scope:
        return [_uses_calendar(scope["calendar_id"])]
    return []


def _uses_calendar(calendar_id: int) -> ColumnElement[bool]:
    """By a clock that was counted with it, by the policy, or by the queue's branch."""
    versions = select(CalendarVersion.id).where(CalendarVersion.calendar_id == calendar_id)
    # Of each ticket, by the index: a million clocks fit no hash, and PostgreSQL would read all of them for every ticket.
    by_clock = select(Clock.id).where(Clock.ticket_id == Ticket.id, Clock.calendar_version_id.in_(versions))
    policies = select(Policy.id).where(Policy.calendar_id == calendar_id)
    branches = select(CalendarRow.branch_id).where(CalendarRow.id == calendar_id, CalendarRow.branch_id.is_not(None))
    queues = select(Queue.id).where(Queue.branch_id.in_(branches))
    return or_(by_clock.exists(), Ticket.policy_id.in_(policies), Ticket.queue_id.in_(queues))


def _picture(rows: list[Clock]) -> list[tuple[Any, ...]]:
    return [
        (row.kind, row.state, row.started_at, row.target_seconds, row.due_at, row.remaining_seconds, row.withdrawn_at, row.calendar_version)
        for row in rows
    ]


def _note(row_id: int, payload: dict[str, Any], now: datetime) -> None:
    """How far we came; and nobody takes the row over while we go on."""
    row = db.session.get(outbox.OutboxRow, row_id, with_for_update=True)
    if row is not None:
        row.payload = payload
        row.due_at = now + timedelta(seconds=LEASE)
