"""What this package does when something happens: everybody's screen shows it, and tickets follow their customer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from core import events, live
from core.errors import DomainError
from customers.events import CustomerChanged, CustomerRemoving
from staff.events import PersonLeaving
from tickets import queries, topics
from tickets.assigning import placing
from tickets.events import ClockBreached, ClockWarned, MessageReceived, ReplySent, TicketChanged, TicketOpened
from tickets.services import assign
from tickets.sla import recompute

# What of a customer decides on policy and calendar.
_PROMISED_BY = ("changed", "contract")
_SHOWN = ("changed", "archived", "restored")
# What of a ticket stands on the pages of those it is linked with.
_SHOWN_ON_LINKED = {"subject", "status"}


def subscribe() -> None:
    """Take up all subscriptions of this package."""
    events.subscribe(TicketOpened, _on_opened)
    events.subscribe(TicketChanged, _on_changed)
    events.subscribe(MessageReceived, _on_message)
    events.subscribe(ReplySent, _on_reply)
    events.subscribe(ClockWarned, _on_clock)
    events.subscribe(ClockBreached, _on_clock)
    events.subscribe(CustomerChanged, _on_customer)
    events.subscribe(CustomerRemoving, _on_customer_removing)
    events.subscribe(PersonLeaving, _on_person_leaving)


def _on_opened(event: TicketOpened) -> None:
    topics.touch_ticket(event.ticket_id, event.number, event.queue_id)


def _on_changed(event: TicketChanged) -> None:
    topics.touch_ticket(event.ticket_id, event.number, event.queue_id_before, event.queue_id)
    if event.changes.keys() & _SHOWN_ON_LINKED:
        for number in queries.linked_numbers(event.ticket_id):
            live.touch(f"ticket:{number}", topics.TICKET)


def _on_message(event: MessageReceived) -> None:
    _touch(event.ticket_id)


def _on_reply(event: ReplySent) -> None:
    _touch(event.ticket_id)


def _on_person_leaving(event: PersonLeaving) -> None:
    """Their open tickets go back to the queues, so that nothing waits for somebody who is gone."""
    ticket_ids = queries.open_ids_of_assignee(event.person_id)
    for ticket_id in ticket_ids:
        assign(ticket_id=ticket_id, person_id=None, actor_id=event.actor_id, now=event.at)
    placing.request(ticket_ids, now=event.at)


def _touch(ticket_id: int) -> None:
    ticket = queries.loaded(ticket_id)
    topics.touch_ticket(ticket.id, ticket.number, ticket.queue_id)


def _on_clock(event: ClockWarned | ClockBreached) -> None:
    topics.touch_ticket(event.ticket_id, event.number, event.queue_id)


def _on_customer(event: CustomerChanged) -> None:
    """Their tickets show the new name; the open ones stand under the terms of the new tier and contract."""
    if event.what in _SHOWN:
        for number in queries.numbers_of_customer(event.customer_id):
            live.touch(f"ticket:{number}", topics.TICKET)
    tickets = queries.open_ids_of_customer(event.customer_id) if event.what in {*_PROMISED_BY, *_SHOWN} else []
    for ticket_id, number, queue_id in tickets:
        topics.touch_ticket(ticket_id, number, queue_id)
    if tickets and event.what in _PROMISED_BY:
        recompute.request(now=event.at, scope={"customer_id": event.customer_id}, why={"customer": event.customer_id})


def _on_customer_removing(event: CustomerRemoving) -> None:
    if queries.has_tickets(event.customer_id):
        raise DomainError(_("This customer has tickets."), code="has_tickets")
