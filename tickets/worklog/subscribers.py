"""What becomes of written-down time when its ticket is merged."""

from __future__ import annotations

from sqlalchemy import select

from core import events
from core.db import db
from tickets.events import MergeUndone, TicketChanged, TicketMerged
from tickets.models import Ticket
from tickets.worklog import services
from tickets.worklog.models import WorkEntry, WorkTimer

_ENTRIES, _TIMERS = "work_entries", "work_timers"


def subscribe() -> None:
    """Take up the subscriptions."""
    events.subscribe(TicketMerged, _on_merged)
    events.subscribe(MergeUndone, _on_undone)
    events.subscribe(TicketChanged, _on_ticket)


def _on_merged(event: TicketMerged) -> None:
    entry_ids = list(db.session.scalars(select(WorkEntry.id).where(WorkEntry.ticket_id == event.merged_id)))
    person_ids = list(db.session.scalars(select(WorkTimer.person_id).where(WorkTimer.ticket_id == event.merged_id)))
    if entry_ids or person_ids:
        services.move_all(entry_ids, person_ids, db.session.get_one(Ticket, event.survivor_id))
        event.moved[_ENTRIES], event.moved[_TIMERS] = entry_ids, person_ids


def _on_undone(event: MergeUndone) -> None:
    """Back, as far as nobody has put it elsewhere since."""
    wanted, people = event.moved.get(_ENTRIES, []), event.moved.get(_TIMERS, [])
    entry_ids = list(db.session.scalars(select(WorkEntry.id).where(WorkEntry.id.in_(wanted), WorkEntry.ticket_id == event.survivor_id)))
    query = select(WorkTimer.person_id).where(WorkTimer.person_id.in_(people), WorkTimer.ticket_id == event.survivor_id)
    services.move_all(entry_ids, list(db.session.scalars(query)), db.session.get_one(Ticket, event.merged_id))
    services.show_on({event.survivor_id})


def _on_ticket(event: TicketChanged) -> None:
    """The subject stands beside the running timer."""
    if "subject" in event.changes:
        for timer in db.session.scalars(select(WorkTimer).where(WorkTimer.ticket_id == event.ticket_id)).all():
            services.show_timer(timer.person_id)
