"""One kept message becomes part of a ticket, a new ticket, or nothing at all."""

from __future__ import annotations

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from callcenter.mail import queries, rules
from callcenter.mail.models import RawMessage
from callcenter.mail.parsing import ParsedMail, parse
from callcenter.mail.parsing.automatic import is_daemon
from callcenter.mail.services import bounces, matching, outgoing, writing
from config import Config
from core import files
from core.db import db
from customers import services as customers
from customers.models import Customer
from tickets import services as tickets
from tickets.models import Ticket

LONGEST_SUBJECT = 200
LOCKED_IDS = 8


class NoSender(ValueError):
    """Nobody can be told from the message who wrote it."""


def apply(row: RawMessage, *, config: Config, now: datetime) -> None:
    """Do what the message asks for, in the caller's transaction; the caller holds the row's lock. What goes wrong is raised: the caller puts
    the message aside."""
    mail, large = read(row, config)
    with force_locale(row.mailbox.language):
        _apply(row, mail, large=large, config=config, now=now)


def read(row: RawMessage, config: Config) -> tuple[ParsedMail, bool]:
    """The parsed message, and whether it is too large and only its beginning was read."""
    raw = files.read(row.file)
    large = row.size > config.mail_max_bytes
    return parse(raw[: rules.BEGINNING] if large else raw), large


def _apply(row: RawMessage, mail: ParsedMail, *, large: bool, config: Config, now: datetime) -> None:
    if not mail.from_email:
        raise NoSender("the message names no sender")
    own = matching.own_reason(mail, config)
    if own is not None:
        return _done(row, "ignored", now=now, reason=own)
    _one_after_another(row, mail)
    if mail.bounce:
        return _bounce(row, mail, config=config, now=now)
    twin = _twin(row, mail)
    if twin is not None:
        return _done(row, "duplicate", now=now, ticket_id=twin.ticket_id, entry_id=twin.entry_id)
    match = matching.find_ticket(mail, recipient=row.recipient, config=config, now=now)
    if match.ticket is not None and not match.is_customer:
        entry = writing.write_note(match.ticket, row, mail, now=now)
        return _done(row, "appended", now=now, ticket_id=match.ticket.id, entry_id=entry.id, reason="stranger")
    if match.ticket is not None:
        return _append(row, mail, match.ticket, large=large, now=now)
    if mail.auto_reply and is_daemon(mail.from_email):
        return _done(row, "ignored", now=now, reason="delivery_report")
    return _create(row, mail, large=large, named_another=match.named_another, now=now)


def _one_after_another(row: RawMessage, mail: ParsedMail) -> None:
    """Copies of one conversation arrive at the same moment. They wait for each other here, so that the second sees the first one's ticket."""
    ids = [row.message_id or row.key, *rules.answered_ids(mail)[: LOCKED_IDS - 2]]
    if mail.references:
        ids.append(rules.kept_id(mail.references[0]))
    keys = select(func.pg_advisory_xact_lock(func.hashtextextended(func.unnest(cast(sorted(set(ids)), ARRAY(TEXT))), 0)))
    db.session.execute(keys).all()


def _twin(row: RawMessage, mail: ParsedMail) -> RawMessage | None:
    """The same message to another of our mailboxes, already in a ticket."""
    twin = queries.same_message(row.message_id, but=row.id) if row.message_id else None
    return twin if twin is not None and twin.sent_at == row.sent_at and twin.sender == row.sender else None


def _bounce(row: RawMessage, mail: ParsedMail, *, config: Config, now: datetime) -> None:
    ticket = bounces.take_note(mail, recipient=row.recipient, config=config, now=now)
    if ticket is None:
        return _done(row, "ignored", now=now, reason="unknown_bounce")
    entry = writing.write_message(ticket, row, mail, now=now, automatic=True)
    return _done(row, "appended", now=now, ticket_id=ticket.id, entry_id=entry.id)


def _append(row: RawMessage, mail: ParsedMail, found: Ticket, *, large: bool, now: datetime) -> None:
    """An answer. One to a ticket closed long ago opens a follow-up; a machine's answer re-opens nothing."""
    ticket = found
    if not mail.auto_reply:
        ticket = tickets.reopen_or_follow_up(ticket_id=found.id, now=now, channel="email", subject=subject_of(mail))
    entry = writing.write_message(ticket, row, mail, now=now, automatic=mail.auto_reply)
    if large:
        writing.write_large_note(ticket, row, now=now)
    if ticket.customer_id is not None and not mail.auto_reply and queries.is_customer_of(ticket, writing.sender_of(mail)):
        customers.contacted(customer_id=ticket.customer_id, at=now)
    action = "created" if ticket.id != found.id else "appended"
    _done(row, action, now=now, ticket_id=ticket.id, entry_id=entry.id, reason="too_large" if large else None)


def _create(row: RawMessage, mail: ParsedMail, *, large: bool, named_another: bool, now: datetime) -> None:
    own = queries.own_addresses()
    sender, contact = writing.sender_of(mail), writing.contact_of(mail, own)
    customer = queries.newest_customer(sender)
    if customer is None and contact != sender:
        customer = queries.newest_customer(contact)
    ticket = tickets.open_ticket(
        subject=subject_of(mail),
        channel="email",
        queue_id=row.mailbox.queue_id,
        now=now,
        language=_language(customer, row),
        customer_id=customer.id if customer is not None else None,
        contact_email=contact,
    )
    row.ticket = ticket
    entry = writing.write_message(ticket, row, mail, now=now, automatic=False, own=own)
    if large:
        writing.write_large_note(ticket, row, now=now)
    if named_another:
        text = _("The subject names a ticket of another customer. If this belongs to it, link the two.")
        tickets.add_note(ticket_id=ticket.id, text=text, actor_id=None, now=now)
    if customer is not None:
        customers.contacted(customer_id=customer.id, at=now)
    outgoing.confirm_receipt(ticket=ticket, mailbox=row.mailbox, recipient=contact, answering=mail, now=now, own=own)
    reason = "too_large" if large else "other_ticket" if named_another else None
    _done(row, "created", now=now, ticket_id=ticket.id, entry_id=entry.id, reason=reason)


def _language(customer: Customer | None, row: RawMessage) -> str:
    return customer.language if customer is not None else row.mailbox.language


def subject_of(mail: ParsedMail) -> str:
    """The subject without "Re:" before it; the first words where there is none."""
    subject = matching.without_prefixes(mail.subject)
    if not subject:
        subject = next((line.strip() for line in mail.new_text.splitlines() if line.strip()), "")
    return subject[:LONGEST_SUBJECT] or _("Message from %(sender)s", sender=mail.from_name or mail.from_email)


def _done(
    row: RawMessage, action: str, *, now: datetime, ticket_id: int | None = None, entry_id: int | None = None, reason: str | None = None
) -> None:
    row.state, row.action, row.reason, row.error = "applied", action, reason, None
    row.ticket_id, row.entry_id, row.applied_at = ticket_id, entry_id, now
