"""A mail as an entry of a ticket's timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from callcenter.mail import queries, rules
from callcenter.mail.models import RawMessage
from callcenter.mail.parsing import ParsedMail
from core import files
from core.errors import NotValid
from customers.rules import normal_email
from tickets import services as tickets
from tickets.models import Entry, Ticket
from tickets.services import Attachment


def normal(address: str) -> str:
    """In the form in which customers' addresses are stored, as far as it is one."""
    try:
        return normal_email(address)
    except NotValid:
        return address.strip().lower()


def sender_of(mail: ParsedMail) -> str:
    """The writer's address."""
    return normal(mail.from_email)


def contact_of(mail: ParsedMail, own: set[str]) -> str:
    """Where an answer goes: Reply-To when it names somebody else than us, else the sender."""
    for one in mail.reply_to:
        if rules.plain_address(one.email) not in own:
            return normal(one.email)
    return sender_of(mail)


def write_message(
    ticket: Ticket, row: RawMessage, mail: ParsedMail, *, now: datetime, automatic: bool, own: set[str] | None = None
) -> Entry:
    """The mail as the customer's message. `automatic`: no person wrote it; nothing is re-opened and no clock moves. `own`: our addresses, when
    the caller has them."""
    entry = tickets.receive_message(
        ticket_id=ticket.id,
        text=mail.text,
        new_text=mail.new_text,
        html=mail.html or None,
        files=_attachments(mail, now),
        now=now,
        channel="email",
        author_name=mail.from_name or mail.from_email,
        message_id=row.message_id,
        data=_facts(ticket, row, mail, queries.own_addresses() if own is None else own),
        automatic=automatic,
        happened_at=rules.sent_at(mail, now),
    )
    left_out = len(mail.attachments) - rules.MOST_ATTACHMENTS
    if left_out > 0:
        text = _(
            "%(count)d of its attachments were left out. The whole message is kept under Mail as message %(id)d.", count=left_out, id=row.id
        )
        tickets.add_note(ticket_id=ticket.id, text=text, actor_id=None, now=now)
    return entry


def write_note(ticket: Ticket, row: RawMessage, mail: ParsedMail, *, now: datetime) -> Entry:
    """The mail of somebody who is not this ticket's customer: colleagues read it, the customer does not."""
    who = f"{mail.from_name} <{mail.from_email}>" if mail.from_name else mail.from_email
    head = _("%(sender)s wrote to this ticket, who is not its customer. Confirm the message if it belongs here.", sender=who)
    text = f"{head}\n\n{mail.subject}\n\n{mail.new_text or mail.text}"
    return tickets.add_note(ticket_id=ticket.id, text=text, files=_attachments(mail, now), actor_id=None, now=now)


def write_large_note(ticket: Ticket, row: RawMessage, *, now: datetime) -> Entry:
    """Say that not all of the mail stands here."""
    text = _(
        "This mail has %(size)d MB and is too large. Its beginning was read; the rest, with its attachments, is kept under Mail as message %(id)d.",
        size=max(1, round(row.size / 1_048_576)),
        id=row.id,
    )
    return tickets.add_note(ticket_id=ticket.id, text=text, actor_id=None, now=now)


def _facts(ticket: Ticket, row: RawMessage, mail: ParsedMail, own: set[str]) -> dict[str, Any]:
    """What stands beside the text: addresses, where the whole message is, what was wrong with it."""
    sender = sender_of(mail)
    facts: dict[str, Any] = {
        "raw_id": row.id,
        "from": sender,
        "to": _others(mail.to, own),
        "cc": _others(mail.cc, own),
        "customer": queries.is_customer_of(ticket, sender),
        "problems": list(mail.problems),
    }
    if mail.auto_reply:
        facts["auto_reply"] = True
    if mail.suppress_auto_reply:
        facts["no_automatic_answer"] = True
    if mail.bounce_details is not None:
        report = mail.bounce_details
        facts["bounce"] = {"recipient": report.failed_recipient, "permanent": report.permanent, "status": report.status}
    return facts


def _others(addresses: Any, own: set[str]) -> list[str]:
    return [normal(one.email) for one in addresses if rules.plain_address(one.email) not in own][:100]


def _attachments(mail: ParsedMail, now: datetime) -> list[Attachment]:
    found = []
    for one in mail.attachments[: rules.MOST_ATTACHMENTS]:
        kept = files.save(one.content, name=one.filename, content_type=one.content_type[:200], now=now)
        found.append(Attachment(kept.id, one.content_id or None))
    return found
