"""What sets the rules going: a new ticket, one that comes to another queue, somebody who has room again."""

from __future__ import annotations

from core import events, live
from staff.events import PersonChanged, PresenceChanged
from tickets.assigning import by_hand, placing
from tickets.events import MergeUndone, TicketAssigning, TicketChanged, TicketOpened

# What of a ticket decides on who could get it. Who puts it back to the queue by hand wants it to stay there: the assignee is none of these.
_DECIDING = {"queue_id", "customer_id", "kind", "priority", "equipment_id", "fields", "tags"}
_DONE = {"resolved", "closed"}


def subscribe() -> None:
    """Take up all subscriptions."""
    events.subscribe(TicketOpened, _on_opened)
    events.subscribe(TicketChanged, _on_changed)
    events.subscribe(MergeUndone, _on_merge_undone)
    events.subscribe(TicketAssigning, by_hand.on_assigning)
    events.subscribe(PresenceChanged, _on_presence)
    events.subscribe(PersonChanged, _on_person)


def _on_opened(event: TicketOpened) -> None:
    placing.request([event.ticket_id], now=event.at)


def _on_changed(event: TicketChanged) -> None:
    fields = event.changes.keys()
    if fields & {"assignee_id", "queue_id", "customer_id", "status"}:
        live.touch(f"ticket:{event.number}", placing.PANEL)
    before, after = event.changes.get("status", ("", ""))
    if before in _DONE or (event.assignee_id is None and fields & _DECIDING):
        placing.request([event.ticket_id], now=event.at)
    if (after in _DONE or "assignee_id" in fields) and event.assignee_id_before is not None:
        placing.kick(now=event.at)


def _on_merge_undone(event: MergeUndone) -> None:
    placing.request([event.merged_id], now=event.at)


def _on_presence(event: PresenceChanged) -> None:
    if event.after in ("ready", "on_call") and event.before in ("offline", "break"):
        placing.kick(now=event.at)


def _on_person(event: PersonChanged) -> None:
    """Skills, capacity, absences: somebody may be able now."""
    placing.kick(now=event.at)
