"""The clocks of two tickets that are merged, and as they were when that is undone. Callers hold both tickets' locks.

The merged ticket's clocks end; the surviving one keeps the earliest start of each kind and its own pauses (`sla.clocks.merge`). What was stored
before is kept as JSON, instants in ISO 8601, so that undoing restores the instants and everything else follows from them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.db import db
from core.jsonable import jsonable
from tickets import rules
from tickets.models import Ticket
from tickets.sla import clocks
from tickets.sla import services as sla
from tickets.sla.choosing import calendar_of
from tickets.sla.clocks import ClockKind
from tickets.sla.models import Clock
from tickets.sla.timekeeping import clocks_of, facts, keep, keep_due, settle

# Each unanswered message has a clock of its own of this kind; one that ended is no start for another.
_REPEATED = ClockKind.NEXT_RESPONSE


def picture(ticket: Ticket) -> list[dict[str, Any]]:
    """The stored instants of the ticket's clocks that run or stand still."""
    return [_kept(row) for row in clocks_of(ticket.id) if row.stopped_at is None]


def merge(*, survivor: Ticket, merged: Ticket, unanswered: datetime | None, now: datetime) -> list[int]:
    """End the merged ticket's clocks and give the survivor's the earliest start. `unanswered`: since when the customer waits for an answer, on
    either ticket. Returns the ids of clocks that this began on the survivor."""
    own, other = clocks_of(survivor.id), clocks_of(merged.id)
    before = {row.id for row in own}
    survivor.unanswered_since = unanswered
    if rules.is_open(survivor.status):
        for row in own:
            if row.stopped_at is None:
                _take_earliest(survivor, row, own, other, now)
        sla.realign(ticket=survivor, now=now)
    for row in other:
        if row.stopped_at is None:
            keep(row, clocks.stop(facts(row), now, cancelled=True))
            _settle(merged, row, now)
    keep_due(merged, other)
    db.session.flush()
    return [row.id for row in clocks_of(survivor.id) if row.id not in before]


def _take_earliest(ticket: Ticket, row: Clock, own: list[Clock], other: list[Clock], now: datetime) -> None:
    counted = [
        each for each in other if each.kind == row.kind and (each.stopped_at is None or (row.kind != _REPEATED and not each.cancelled))
    ]
    if row.kind == _REPEATED and ticket.unanswered_since is not None:
        start = min(row.started_at, ticket.unanswered_since)
    else:
        start = min([row.started_at, *(clocks.merge(facts(row), facts(each), now)[0].started_at for each in counted)])
    _begin_at(row, start, own)
    _settle(ticket, row, now)


def restore(ticket: Ticket, kept: list[dict[str, Any]], *, now: datetime) -> None:
    """The merged ticket's clocks as they stood, running on as if nothing had happened."""
    rows = {row.id: row for row in clocks_of(ticket.id)}
    for picture_of in kept:
        row = rows.get(picture_of["id"])
        if row is None:
            continue
        pauses = tuple(clocks.Pause(_moment(start), _moment(end) if end else None, reason) for start, end, reason in picture_of["pauses"])
        keep(row, clocks.Clock(ClockKind(row.kind), _moment(picture_of["started_at"]), pauses, None, row.carried_seconds))
        for name in ("warned_at", "breached_at", "withdrawn_at"):
            setattr(row, name, _moment(picture_of[name]) if picture_of[name] else None)
        _settle(ticket, row, now)
    keep_due(ticket, rows.values())


def separate(ticket: Ticket, kept: list[dict[str, Any]], begun: list[int], *, now: datetime) -> None:
    """The survivor's clocks with their own starts again. One that the merge began and that still runs goes, unless the customer waits for an answer
    to something that was said here (`unanswered_since`): then it counts from that."""
    rows = clocks_of(ticket.id)
    starts = {each["id"]: _moment(each["started_at"]) for each in kept}
    for row in list(rows):
        if row.kind == _REPEATED and row.stopped_at is None:
            if ticket.unanswered_since is not None:
                _begin_at(row, ticket.unanswered_since, rows)
                _settle(ticket, row, now)
                continue
            if row.id not in begun:
                keep(row, clocks.stop(facts(row), now, cancelled=True))
                _settle(ticket, row, now)
                continue
        if row.id in begun and row.stopped_at is None:
            rows.remove(row)
            db.session.delete(row)
        elif row.id in starts and row.kind != _REPEATED:
            _begin_at(row, starts[row.id], rows)
            _settle(ticket, row, now)
    db.session.flush()
    if rules.is_open(ticket.status):
        sla.realign(ticket=ticket, now=now)
    else:
        keep_due(ticket, rows)


def _begin_at(row: Clock, start: datetime, rows: list[Clock]) -> None:
    """No two clocks of a kind begin at one instant (the table's own rule)."""
    if not any(other is not row and other.kind == row.kind and other.started_at == start for other in rows):
        row.started_at = start


def _settle(ticket: Ticket, row: Clock, now: datetime) -> None:
    settle(ticket, row, calendar_of(row.calendar_version, ticket.queue.branch), now=now)


def _kept(row: Clock) -> dict[str, Any]:
    clock = facts(row)
    found: dict[str, Any] = jsonable(
        {
            "id": row.id,
            "started_at": clock.started_at,
            "pauses": [[pause.started_at, pause.ended_at, pause.reason] for pause in clock.pauses],
            "warned_at": row.warned_at,
            "breached_at": row.breached_at,
            "withdrawn_at": row.withdrawn_at,
        }
    )
    return found


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
