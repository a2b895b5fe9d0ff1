"""Whose it is and what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core import events
from tickets import outcomes, rules
from tickets.editing import Editing
from tickets.events import TicketAssigning
from tickets.fields import values
from tickets.models import Ticket
from tickets.services import references


def assign(
    *,
    ticket_id: int,
    person_id: int | None,
    actor_id: int | None,
    now: datetime,
    expected_version: int | None = None,
    told: Mapping[str, Any] | None = None,
) -> Ticket:
    """Give the ticket to a colleague, or None: to the queue again. `told`: why they get it, for the timeline (as `tickets.assigning.deciding`);
    without it somebody was picked by hand, and subscribers of TicketAssigning say what speaks against it, or refuse."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["assignee_id"])
    person = references.active_person(person_id)
    if told is None and person_id is not None and actor_id is not None and person_id != edit.ticket.assignee_id:
        picked = TicketAssigning(at=now, actor_id=actor_id, ticket_id=ticket_id, number=edit.ticket.number, person_id=person_id)
        events.publish(picked)
        told = picked.told
    edit.ticket.assignee, edit.ticket.assignee_id = person, person_id
    edit.finish(announce=False, data={"assigned": dict(told)} if told else None)
    return edit.ticket


def move_to_queue(*, ticket_id: int, queue_id: int, actor_id: int | None, now: datetime, expected_version: int | None = None) -> Ticket:
    """Hand the ticket to another queue; it belongs to nobody there."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["queue_id"])
    ticket = edit.ticket
    if ticket.queue_id != queue_id:
        ticket.queue, ticket.queue_id = references.active_queue(queue_id), queue_id
        ticket.assignee, ticket.assignee_id = None, None
    edit.finish(announce=False)
    return ticket


def set_priority(*, ticket_id: int, priority: str, actor_id: int | None, now: datetime, expected_version: int | None = None) -> Ticket:
    """urgent, high, normal or low."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["priority"])
    edit.ticket.priority = rules.check_priority(priority)
    edit.finish(announce=False)
    return edit.ticket


def set_kind(*, ticket_id: int, kind: str, actor_id: int | None, now: datetime, expected_version: int | None = None) -> Ticket:
    """One of `rules.KINDS`. Raises DomainError (code `outcome_missing`) when a ticket that is done would become a complaint that nobody answered."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["kind"])
    outcomes.check_told(edit.ticket, edit.ticket.status, rules.check_kind(kind))
    edit.ticket.kind = kind
    edit.finish(announce=False)
    return edit.ticket


def set_subject(*, ticket_id: int, subject: str, actor_id: int | None, now: datetime, expected_version: int | None = None) -> Ticket:
    """One line, not empty."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["subject"])
    edit.ticket.subject = rules.check_subject(subject)
    edit.finish(announce=False)
    return edit.ticket


def set_fields(
    *, ticket_id: int, fields: dict[str, Any], actor_id: int | None, now: datetime, expected_version: int | None = None
) -> Ticket:
    """Set some of the ticket's custom fields (key → value; None removes one); the others stay. Raises NotValid naming `fields.<key>`."""
    touching = [f"fields.{name}" for name in fields]
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=touching)
    ticket, before = edit.ticket, edit.ticket.fields
    after = values.checked(ticket.kind, before, fields)
    changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    if changed:
        ticket.fields = after
        edit.words = values.words_of(before, after)
        values.index(ticket, changed)
    edit.finish(announce=False)
    return ticket


def link_customer(
    *, ticket_id: int, customer_id: int | None, actor_id: int | None, now: datetime, expected_version: int | None = None
) -> Ticket:
    """Say whose ticket it is. A site or equipment of another customer is taken off it."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["customer_id"])
    references.put_customer(edit.ticket, references.known_customer(customer_id))
    edit.finish(announce=False)
    return edit.ticket


def set_equipment(
    *, ticket_id: int, equipment_id: int | None, actor_id: int | None, now: datetime, expected_version: int | None = None
) -> Ticket:
    """Say which thing is broken."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["equipment_id"])
    references.put_equipment(edit.ticket, equipment_id)
    edit.finish(announce=False)
    return edit.ticket


def set_site(*, ticket_id: int, site_id: int | None, actor_id: int | None, now: datetime, expected_version: int | None = None) -> Ticket:
    """Say where it stands."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["site_id"])
    references.put_site(edit.ticket, site_id)
    edit.finish(announce=False)
    return edit.ticket
