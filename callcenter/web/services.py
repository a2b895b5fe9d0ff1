"""What customers do through their pages. Everything enters by the inbox: kept first, then applied."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from callcenter.mail import queries as mails
from callcenter.mail.services import confirm_receipt
from callcenter.mail.services.outgoing import recipient_of
from callcenter.web import links
from callcenter.web.models import MagicLink
from core import inbox
from core.db import db
from core.errors import DomainError, NotValid
from core.phones import parse_phone
from customers import queries as customers
from customers import services as customer_services
from customers.models import Customer, Equipment
from customers.rules import normal_email
from tickets import services as tickets
from tickets.models import Queue

log = structlog.get_logger()
REQUEST, MESSAGE = "web:request", "web:message"
LEFT_OVER_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A checked help form. `email` or `phone` is there. `fields`: custom fields, key → value."""

    queue_id: int
    kind: str
    subject: str
    text: str
    name: str
    email: str | None
    phone: str | None
    serial: str
    language: str
    file_ids: list[int]
    fields: dict[str, Any] = field(default_factory=dict)


def help_queue(key: str | None) -> Queue | None:
    """Where requests of the form go: the queue named in the address (`/help?queue=repairs`), else the first one. None: there is none yet."""
    query = select(Queue).where(Queue.active)
    named = db.session.scalar(query.where(Queue.key == key)) if key else None
    return named or db.session.scalar(query.order_by(Queue.position, Queue.id).limit(1))


def checked_contact(*, email: str, phone: str, country: str) -> tuple[str | None, str | None]:
    """Both in the form in which they are stored; None where nothing was typed. Raises NotValid on the field."""
    found_email = normal_email(email) if email.strip() else None
    found_phone = parse_phone(phone, country).e164 if phone.strip() else None
    if found_email is None and found_phone is None:
        raise NotValid(_("Write an email address or a phone number, so that we can answer."), field="email")
    return found_email, found_phone


def keep_request(*, request: Request, key: str, now: datetime) -> int:
    """First transaction: the inbox row's id. A form sent twice has one row."""
    return inbox.receive(source=REQUEST, key=key, raw=asdict(request), now=now).row_id


def keep_message(*, link: MagicLink, text: str, file_ids: list[int], key: str, now: datetime) -> int:
    """First transaction of a customer's message on their page."""
    raw = {"ticket_id": link.ticket_id, "text": text, "file_ids": file_ids}
    return inbox.receive(source=MESSAGE, key=f"{link.id}:{key}", raw=raw, now=now).row_id


def apply(row_id: int, *, now: datetime) -> MagicLink:
    """Second transaction: do it, once. Returns the link to the ticket."""
    row = inbox.claim(row_id)
    if row is None:
        done = db.session.get_one(inbox.InboxRow, row_id)
        return db.session.get_one(MagicLink, (done.answer or {})["link_id"])
    link = _open_request(row.raw, now) if row.source == REQUEST else _add_message(row.raw, now)
    inbox.applied(row, answer={"link_id": link.id}, now=now)
    return link


def apply_left_over(now: datetime) -> None:
    """Sweep: what was kept and, after a crash, never applied."""
    for row in inbox.open_rows("web:", older_than=now - LEFT_OVER_AFTER, limit=20):
        row_id = row.id
        try:
            with db.session.begin_nested():
                apply(row_id, now=now)
        except DomainError as error:
            # A queue or file is gone: the row stays, with the reason, and the others go on.
            log.error("a web message cannot be applied", row_id=row_id, error=str(error))


def _open_request(raw: dict[str, Any], now: datetime) -> MagicLink:
    request = Request(**raw)
    customer = _customer(request)
    thing = _equipment(request.serial, customer)
    ticket = tickets.open_ticket(
        subject=request.subject,
        channel="web",
        queue_id=request.queue_id,
        now=now,
        kind=request.kind,
        language=request.language,
        customer_id=customer.id if customer is not None else None,
        contact_email=request.email,
        contact_phone=request.phone,
        equipment_id=thing.id if thing is not None else None,
        fields=request.fields,
    )
    tickets.receive_message(
        ticket_id=ticket.id,
        text=request.text,
        now=now,
        channel="web",
        author_name=request.name,
        files=request.file_ids,
        data={"from": request.email, "phone": request.phone, **({"serial": request.serial} if request.serial and thing is None else {})},
    )
    if customer is not None:
        customer_services.contacted(customer_id=customer.id, at=now)
    link = links.link_for(ticket.id, now=now)
    mailbox = mails.mailbox_for_ticket(ticket)
    if request.email and mailbox is not None:
        confirm_receipt(ticket=ticket, mailbox=mailbox, recipient=request.email, answering=None, now=now)
    return link


def _customer(request: Request) -> Customer | None:
    """Who it is by the address, else by the number; of several the one in contact last."""
    found = customers.by_email(request.email) if request.email else []
    if not found and request.phone:
        found = customers.by_phone(request.phone)
    return next(iter(found), None)


def _equipment(serial: str, customer: Customer | None) -> Equipment | None:
    """Their thing with this serial number. Somebody else's is nobody's business here."""
    if not serial or customer is None:
        return None
    query = select(Equipment).where(Equipment.customer_id == customer.id, func.lower(Equipment.serial) == serial.lower())
    return db.session.scalar(query.order_by(Equipment.id).limit(1))


def _add_message(raw: dict[str, Any], now: datetime) -> MagicLink:
    ticket = tickets.reopen_or_follow_up(ticket_id=raw["ticket_id"], now=now, channel="web")
    name = ticket.customer.name if ticket.customer is not None else ticket.contact_email or ticket.contact_phone or ""
    tickets.receive_message(
        ticket_id=ticket.id,
        text=raw["text"],
        now=now,
        channel="web",
        author_name=name,
        files=raw["file_ids"],
        data={"from": recipient_of(ticket)},
    )
    if ticket.customer_id is not None:
        customer_services.contacted(customer_id=ticket.customer_id, at=now)
    return links.link_for(ticket.id, now=now)
