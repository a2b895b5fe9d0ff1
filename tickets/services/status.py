"""Moving a ticket through its states (`tickets.rules.MOVES`)."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _

from core import events
from core.errors import DomainError, NotValid
from tickets import outcomes, rules
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
    wait_note: str = "",
    by: Who = Who.STAFF,
    why: str = "",
    expected_version: int | None = None,
) -> Ticket:
    """Move to any status the table allows `by` this doer. The status it has already: nothing happens, but `wait_note` (what exactly it waits for)
    may be another.

    Raises NotValid for an unknown status or a missing reason, DomainError (code `move`) for an illegal move, (code `outcome_missing`) when a
    complaint or suggestion would end untold, (code `fields_missing`) when what is required by then is
    not there, and whatever a subscriber refuses with.
    """
    edit = Editing.begin(ticket_id, now=now, actor_id=actor_id, expected_version=expected_version, touching=["status", "wait_reason"])
    move(edit, status, wait_reason, by, wait_note)
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


def move(edit: Editing, status: str, wait_reason: str | None, by: Who, wait_note: str = "") -> None:
    """The move itself, clocks with it, on a locked ticket; the caller finishes the edit."""
    ticket, now = edit.ticket, edit.now
    target, reason = rules.check_status(status, wait_reason)
    note = rules.check_wait_note(wait_note)
    if note is not None and reason is None:
        raise NotValid(_("Only a waiting ticket has a reason for waiting."), field="wait_note")
    if ticket.status == target and ticket.wait_reason == reason:
        ticket.wait_note = note or ticket.wait_note
        return
    rules.check_move(ticket.status, target, by)
    outcomes.check_told(ticket, target)
    was_open = rules.is_open(ticket.status)
    if target is Status.RESOLVED:
        values.check_resolving(ticket)
        events.publish(TicketResolving(at=now, actor_id=edit.actor_id, ticket_id=ticket.id, number=ticket.number))
    ticket.status, ticket.wait_reason, ticket.wait_note = str(target), str(reason) if reason is not None else None, note
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
        outcomes.end(ticket, now)
        sla.reopened(ticket=ticket, now=now)
        ticket.resolved_at, ticket.closed_at = None, None
