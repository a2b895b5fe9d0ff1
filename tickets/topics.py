"""The live topics `ticket:<number>`, `queue:<id>` and `tickets` (that something changed at all), and who touches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core import live
from core.db import db
from core.errors import NotFound
from core.live import Argument, Topic, Viewer
from tickets import presenters, queries
from tickets.composing import presenters as composing
from tickets.models import Ticket

STAFF = "staff"
MOST_URGENT = 200
TICKET, TICKETS = "ticket", "tickets"


def register() -> None:
    """Make the topics known."""
    live.register(Topic(name=TICKETS, audiences=(STAFF,), audience_of=_staff, rows=lambda _argument, _audience: {}, tiles=_changed))
    live.register(
        Topic(
            name="ticket",
            audiences=(STAFF,),
            audience_of=_audience,
            rows=_ticket_rows,
            render=_ticket_render,
            argument=Argument.NAMED,
            hints={STAFF: (STAFF,)},
        )
    )
    live.register(
        Topic(
            name="queue",
            audiences=(STAFF,),
            audience_of=_audience,
            rows=_queue_rows,
            render=_queue_render,
            tiles=_queue_tiles,
            boundary=_queue_boundary,
            argument=Argument.NAMED,
        )
    )


def _changed(_argument: str, _audience: str) -> dict[str, Any]:
    """When a ticket last changed: whoever shows counts of theirs counts again."""
    return {"changed_at": changed_at()}


def changed_at() -> datetime | None:
    """When a ticket last changed, as far as this transaction sees."""
    return db.session.scalar(select(func.max(Ticket.updated_at)))


def touch_ticket(ticket_id: int, number: int, *queue_ids: int) -> None:
    """The ticket's line may look different, come or go, on its page and in these queues."""
    live.touch(f"ticket:{number}", TICKET)
    live.touch(TICKETS, tiles=True)
    for queue_id in set(queue_ids):
        live.touch(f"queue:{queue_id}", ticket_id, tiles=True)


def _staff(viewer: Viewer, _argument: str) -> str | None:
    return STAFF if viewer.may("tickets.read") else None


def _audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if argument.isascii() and argument.isdigit() and len(argument) < 18 and viewer.may("tickets.read") else None


def _found(argument: str) -> Ticket | None:
    try:
        return queries.by_number(int(argument))
    except NotFound:
        return None


def _ticket_rows(argument: str, _audience: str) -> dict[str, Any]:
    """Keys: `ticket`, `entry:<id>`, `held:<id>` (a reply about to be sent), `panel:<name>`. The newest 300 entries, with those of
    the tickets merged into it."""
    ticket = _found(argument)
    if ticket is None:
        return {}
    rows: dict[str, Any] = {TICKET: presenters.ticket(ticket)}
    rows |= {f"entry:{entry.id}": presenters.entry(entry) for entry in queries.entries_of(ticket.id, together=True)}
    rows |= composing.rows_of(ticket.id)
    return rows | {f"panel:{name}": data for name, data in presenters.panels(ticket).items()}


def _ticket_render(argument: str, _audience: str, keys: frozenset[str]) -> Mapping[str, Any]:
    ticket = _found(argument)
    if ticket is None:
        return {}
    rows: dict[str, Any] = {}
    if TICKET in keys:
        rows[TICKET] = presenters.ticket(ticket)
    entry_ids = [int(key.removeprefix("entry:")) for key in keys if key.startswith("entry:")]
    if entry_ids:
        rows |= {f"entry:{entry.id}": presenters.entry(entry) for entry in queries.entries_named(ticket.id, entry_ids)}
    if any(key.startswith("held:") for key in keys):
        rows |= {key: row for key, row in composing.rows_of(ticket.id).items() if key in keys}
    if any(key.startswith("panel:") for key in keys):
        rows |= {f"panel:{name}": data for name, data in presenters.panels(ticket).items() if f"panel:{name}" in keys}
    return rows


def _queue_rows(argument: str, _audience: str) -> dict[str, Any]:
    """Keys: ids of the 200 most urgent open tickets."""
    return _lines(queries.urgent_ids(int(argument), start=0, stop=MOST_URGENT))


def _queue_render(argument: str, _audience: str, keys: frozenset[str]) -> Mapping[str, Any]:
    shown = queries.urgent_ids(int(argument), start=0, stop=MOST_URGENT)
    return _lines([ticket_id for ticket_id in shown if str(ticket_id) in keys])


def _queue_tiles(argument: str, _audience: str) -> dict[str, Any]:
    return dict(queries.counts_of(int(argument)))


def _queue_boundary(argument: str, _audience: str, count: int) -> Iterable[str]:
    places = queries.urgent_ids(int(argument), start=max(0, MOST_URGENT - count), stop=MOST_URGENT + count)
    return [str(ticket_id) for ticket_id in places]


def _lines(ticket_ids: list[int]) -> dict[str, Any]:
    return {str(ticket_id): line for ticket_id, line in presenters.lines_of(ticket_ids).items()}
