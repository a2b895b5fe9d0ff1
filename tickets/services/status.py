"""Moving a ticket through its states (`tickets.rules.MOVES`)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _

from core import events
from core.errors import DomainError
from tickets import rules
from tickets.editing import Editing
from tickets.events import TicketResolved, TicketResolving
from tickets.fields import values
from tickets.models import Ticket
from tickets.rules import Status, Who
from tickets.sla import services as sla


def change_status(
    *,
    ticket_id: int,
    status: str,
    now: datetime,
    actor_id: int | None,
    wait_reason: str | None = None,
    by: Who = Who.STAFF,
    why: str = "",
    expected_version: int | None = None,
) -> Ticket:
    """Move to any status the table allows `by` this doer. The status it has already: nothing happens.

    Raises NotValid for an unknown status or a missing reason, DomainError (code `move`) for an illegal move, and whatever a subscriber refuses
    a resolving with.
    """
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["status", "wait_reason"])
    move(edit, status, wait_reason, by)
    edit.finish(announce=False, data={"why": why} if why else None)
    return edit.ticket


def resolve(*, ticket_id: int, now: datetime, actor_id: int | None, why: str = "", expected_version: int | None = None) -> Ticket:
    """Done in our eyes. Subscribers of TicketResolving may refuse."""
    return change_status(
        ticket_id=ticket_id, status=Status.RESOLVED, now=now, actor_id=actor_id, why=why, expected_version=expected_version
    )


def close(*, ticket_id: int, now: datetime, actor_id: int | None, by: Who = Who.STAFF, expected_version: int | None = None) -> Ticket:
    """Done for good; only a resolved ticket closes."""
    return change_status(ticket_id=ticket_id, status=Status.CLOSED, now=now, actor_id=actor_id, by=by, expected_version=expected_version)


def reopen(
    *, ticket_id: int, now: datetime, actor_id: int | None, by: Who = Who.STAFF, why: str = "", expected_version: int | None = None
) -> Ticket:
    """A resolved or closed ticket is open again. Raises DomainError (code `move`) for one that is open."""
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["status"])
    if rules.is_open(edit.ticket.status):
        raise DomainError(_("The ticket is open."), code="move", details={"status_now": edit.ticket.status})
    move(edit, Status.OPEN, None, by)
    edit.finish(announce=False, data={"why": why} if why else None)
    return edit.ticket


def move(edit: Editing, status: str, wait_reason: str | None, by: Who) -> None:
    """The move itself, clocks with it, on a locked ticket; the caller finishes the edit."""
    ticket, now = edit.ticket, edit.now
    target, reason = rules.check_status(status, wait_reason)
    if ticket.status == target and ticket.wait_reason == reason:
        return
    rules.check_move(ticket.status, target, by)
    was_open = rules.is_open(ticket.status)
    if target is Status.RESOLVED:
        values.check_resolving(ticket)
        events.publish(TicketResolving(at=now, actor_id=edit.actor_id, ticket_id=ticket.id, number=ticket.number))
    ticket.status, ticket.wait_reason = str(target), str(reason) if reason is not None else None
    if target is Status.RESOLVED:
        ticket.resolved_at = now
        sla.resolved(ticket=ticket, now=now)
        events.publish(TicketResolved(at=now, actor_id=edit.actor_id, ticket_id=ticket.id, number=ticket.number))
    elif target is Status.CLOSED:
        ticket.closed_at = now
    elif was_open:
        sla.status_changed(ticket=ticket, now=now)
    else:
        ticket.reopened += 1
        sla.reopened(ticket=ticket, now=now)
        ticket.resolved_at, ticket.closed_at = None, None
