"""Whose it is and what it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from core.jsonable import jsonable
from tickets import rules
from tickets.editing import Editing
from tickets.models import Ticket
from tickets.services import references

FIELDS_AT_MOST = 100


def assign(*, ticket_id: int, person_id: int | None, actor_id: int | None, now: datetime, expected_version: int | None = None) -> Ticket:
    """Give the ticket to a colleague, or None: to the queue again."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["assignee_id"])
    edit.ticket.assignee = references.active_person(person_id)
    edit.ticket.assignee_id = person_id
    edit.finish(announce=False)
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
    """One of `rules.KINDS`."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["kind"])
    edit.ticket.kind = rules.check_kind(kind)
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
    """Set some of the ticket's own fields (name → value; None removes one); the others stay."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["fields"])
    edit.ticket.fields = checked_fields(edit.ticket.fields, fields)
    edit.finish(announce=False)
    return edit.ticket


def checked_fields(before: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Both together without the None. Raises NotValid when they are too many."""
    fields = {name: value for name, value in {**before, **jsonable(given)}.items() if value is not None}
    if len(fields) > FIELDS_AT_MOST:
        raise NotValid(_("A ticket holds at most %(count)d fields.", count=FIELDS_AT_MOST), field="fields")
    return fields


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
