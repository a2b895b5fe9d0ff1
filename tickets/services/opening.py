"""Opening tickets, and finding the one that a late message belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events
from core.db import db
from core.errors import Conflict
from tickets import finding, rules, timeline
from tickets.assigning import routing
from tickets.events import TicketOpened
from tickets.fields import values
from tickets.locking import lock_survivor
from tickets.models import Ticket, TicketLink
from tickets.queries import loaded
from tickets.services import references
from tickets.services.messages import closed_for_good
from tickets.sla import services as sla

FOLLOW_UPS_AT_MOST = 100


def open_ticket(
    *,
    subject: str,
    channel: str,
    queue_id: int | None,
    now: datetime,
    actor_id: int | None = None,
    kind: str = "fault",
    priority: str = "normal",
    language: str = "en",
    customer_id: int | None = None,
    contact_email: str | None = None,
    contact_phone: str | None = None,
    site_id: int | None = None,
    equipment_id: int | None = None,
    fields: dict[str, Any] | None = None,
    since: datetime | None = None,
    asked: bool = False,
) -> Ticket:
    """A new ticket with its clocks, in the status new. Give it the customer's words with `receive_message` (or `add_call`) next. `since`: the clocks
    count from then, because the customer asked before there was a ticket for it.

    `queue_id`: where the door leads to; without a person behind it (no actor), and when it is None, the routing table has the last word.
    `fields`: custom fields, key → value. `asked`: somebody filled in the kind's opening form, so what it requires must be there; a mail or a call
    cannot be asked. `channel`: phone, email, web, chat, sms, api or internal. A ticket without customer takes that of its site or equipment.
    Raises NotValid naming the field.
    """
    given, queue_id = queue_id, routing.queue_for(queue_id, kind=kind, equipment_id=equipment_id, by_hand=actor_id is not None)
    queue = references.active_queue(queue_id)
    ticket = Ticket(
        subject=rules.check_subject(subject),
        kind=rules.check_kind(kind),
        status="new",
        wait_reason=None,
        priority=rules.check_priority(priority),
        channel=channel,
        language=language,
        queue=queue,
        queue_id=queue.id,
        contact_email=contact_email.strip().lower() or None if contact_email else None,
        contact_phone=contact_phone.strip() or None if contact_phone else None,
        fields=values.checked(kind, {}, fields or {}),
        created_at=since or now,
        created_by_id=actor_id,
        updated_at=now,
        reopened=0,
    )
    references.put_customer(ticket, references.known_customer(customer_id))
    references.put_site(ticket, site_id)
    references.put_equipment(ticket, equipment_id)
    if asked:
        with db.session.no_autoflush:
            values.check_opening(ticket)
    db.session.add(ticket)
    db.session.flush()
    values.index(ticket, set(ticket.fields))
    opened: dict[str, Any] = {"channel": channel, "queue": queue.name, "kind": kind, "priority": priority}
    if queue_id != given:
        opened["routed"] = True
    timeline.write(
        ticket,
        kind="change",
        now=now,
        actor_id=actor_id,
        data={"opened": opened, "changes": {}, "version": 0},
    )
    sla.start(ticket=ticket, now=now)
    finding.index(ticket)
    db.session.flush()
    events.publish(
        TicketOpened(
            at=now,
            actor_id=actor_id,
            ticket_id=ticket.id,
            number=ticket.number,
            queue_id=queue.id,
            channel=channel,
            customer_id=ticket.customer_id,
        )
    )
    return ticket


def reopen_or_follow_up(*, ticket_id: int, now: datetime, channel: str, subject: str | None = None, actor_id: int | None = None) -> Ticket:
    """The ticket that a customer's late message belongs to, locked: this one, or when it was closed more than 14 days ago its newest
    follow-up, opened now if there is none that still takes messages. A merged ticket stands for its survivor. Nothing is re-opened yet:
    `receive_message` on the result does that.
    """
    ticket = lock_survivor(ticket_id)
    for _step in range(FOLLOW_UPS_AT_MOST):
        if not closed_for_good(ticket, now):
            return ticket if _step or ticket.id == ticket_id else loaded(ticket_id)
        newer = newest_follow_up(ticket.id)
        if newer is None:
            return _follow_up(ticket, now=now, channel=channel, subject=subject, actor_id=actor_id)
        ticket = lock_survivor(newer)
    raise Conflict(_("This ticket has too many follow-ups."), code="follow_ups")


def newest_follow_up(ticket_id: int) -> int | None:
    """Id of the newest ticket opened as an answer to this one."""
    query = select(TicketLink.from_id).where(TicketLink.to_id == ticket_id, TicketLink.kind == "follow_up")
    return db.session.scalar(query.order_by(TicketLink.id.desc()).limit(1))


def like(ticket: Ticket) -> dict[str, Any]:
    """What a ticket that comes out of another one has from it, as arguments of `open_ticket`: whose it is, what about, how urgent."""
    names = ("kind", "priority", "language", "customer_id", "contact_email", "contact_phone", "site_id", "equipment_id")
    return {name: getattr(ticket, name) for name in names}


def _follow_up(ticket: Ticket, *, now: datetime, channel: str, subject: str | None, actor_id: int | None) -> Ticket:
    made = open_ticket(
        subject=subject or ticket.subject,
        channel=channel,
        queue_id=ticket.queue_id,
        now=now,
        actor_id=actor_id,
        **like(ticket),
    )
    db.session.add(TicketLink(from_id=made.id, to_id=ticket.id, kind="follow_up", created_at=now))
    db.session.flush()
    return made
