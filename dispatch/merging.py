"""Visits of tickets that are merged: they move along to the surviving ticket, and back when the merge is undone.

Both tickets' rows are locked by who merges, and a visit changes only under its ticket's lock, so nobody is at work on these visits.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events, live
from core.db import db
from core.errors import DomainError
from dispatch import topics
from dispatch.visits import queries
from dispatch.visits.models import Visit
from dispatch.visits.services import finding
from tickets.events import MergeUndone, TicketMerged
from tickets.models import Entry, Ticket
from tickets.sla import services as sla

_MOVED = "visits"


def subscribe() -> None:
    """Take up the subscriptions."""
    events.subscribe(TicketMerged, on_merged)
    events.subscribe(MergeUndone, on_undone)


def on_merged(event: TicketMerged) -> None:
    """All visits become the survivor's. Raises DomainError (code `open_visit`) when one is still to do for another customer than the survivor's: its
    technician would stand at the wrong door, or before the wrong name."""
    survivor, merged = db.session.get_one(Ticket, event.survivor_id), db.session.get_one(Ticket, event.merged_id)
    still_open = queries.open_visits(merged.id)
    if still_open and merged.customer_id != survivor.customer_id:
        raise DomainError(
            _("Visit %(number)s goes to another customer. Finish it or call it off first.", number=still_open[0].number),
            code="open_visit",
            details={"visit": still_open[0].number},
        )
    visits = queries.visits_of_ticket(merged.id)
    _move(visits, survivor, now=event.at)
    if visits:
        event.moved[_MOVED] = [visit.id for visit in visits]
        _touch(visits, survivor, merged)
    if still_open:
        _agree(survivor.id, now=event.at)


def on_undone(event: MergeUndone) -> None:
    """Those that moved go back, with what the survivor's timeline tells of them."""
    survivor, merged = db.session.get_one(Ticket, event.survivor_id), db.session.get_one(Ticket, event.merged_id)
    moved = event.moved.get(_MOVED, [])
    visits = list(db.session.scalars(select(Visit).where(Visit.id.in_(moved), Visit.ticket_id == survivor.id).order_by(Visit.id)))
    if not visits:
        return
    _move(visits, merged, now=event.at)
    numbers = [visit.number for visit in visits]
    told = select(Entry.id).where(Entry.ticket_id == survivor.id, Entry.kind == "visit", Entry.data["visit"].as_integer().in_(numbers))
    event.entry_ids.extend(db.session.scalars(told))
    _touch(visits, survivor, merged)
    for ticket in (survivor, merged):
        _agree(ticket.id, now=event.at)


def _move(visits: list[Visit], ticket: Ticket, *, now: datetime) -> None:
    for visit in visits:
        visit.ticket, visit.ticket_id, visit.updated_at = ticket, ticket.id, now
    db.session.flush()
    for visit in visits:
        finding.index(visit)


def _agree(ticket_id: int, *, now: datetime) -> None:
    """The clock until a technician is there counts from the window that was agreed for the first visit still to do."""
    visits = queries.open_visits(ticket_id)
    if visits:
        sla.appointment_agreed(ticket_id=ticket_id, ends_at=visits[0].promised_until, now=now)


def _touch(visits: list[Visit], *tickets: Ticket) -> None:
    for visit in visits:
        topics.touch_visit(visit)
    for ticket in tickets:
        live.touch(f"ticket:{ticket.number}", "panel:visits")
        live.touch(topics.UNPLACED, ticket.number, tiles=True)
