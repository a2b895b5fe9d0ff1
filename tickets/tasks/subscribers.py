"""What becomes of tasks when their ticket is merged or their person leaves, and whose list a change of a colleague changes."""

from __future__ import annotations

from sqlalchemy import select

from core import events, live
from core.db import db
from staff.events import PersonChanged, PersonLeaving
from tickets.events import MergeUndone, TicketChanged, TicketMerged
from tickets.models import Ticket
from tickets.tasks import services
from tickets.tasks.models import Task

_MOVED = "tasks"


def subscribe() -> None:
    """Take up the subscriptions."""
    events.subscribe(TicketMerged, _on_merged)
    events.subscribe(MergeUndone, _on_undone)
    events.subscribe(PersonLeaving, _on_leaving)
    events.subscribe(PersonChanged, _on_person)
    events.subscribe(TicketChanged, _on_ticket)


def _on_merged(event: TicketMerged) -> None:
    tasks = list(db.session.scalars(select(Task).where(Task.ticket_id == event.merged_id).order_by(Task.id)))
    if tasks:
        services.move_all(tasks, db.session.get_one(Ticket, event.survivor_id), now=event.at)
        event.moved[_MOVED] = [task.id for task in tasks]


def _on_undone(event: MergeUndone) -> None:
    moved = event.moved.get(_MOVED, [])
    query = select(Task).where(Task.id.in_(moved), Task.ticket_id == event.survivor_id).order_by(Task.id)
    services.move_all(list(db.session.scalars(query)), db.session.get_one(Ticket, event.merged_id), now=event.at)


def _on_leaving(event: PersonLeaving) -> None:
    services.hand_over(event.person_id, now=event.at, actor_id=event.actor_id)


def _on_person(event: PersonChanged) -> None:
    """Other skills: other queues' tasks."""
    live.touch_all(f"work:{event.user_id}")


def _on_ticket(event: TicketChanged) -> None:
    """The subject stands beside each of its tasks."""
    if "subject" in event.changes:
        for task in db.session.scalars(select(Task).where(Task.ticket_id == event.ticket_id, Task.done_at.is_(None))).all():
            services.show(task, event.at)
