"""Mail as screens and the API show it: codes, ids and times."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import select

from callcenter.mail import queries, rules
from callcenter.mail.models import Mailbox, Outgoing, RawMessage
from callcenter.mail.services import outgoing
from callcenter.mail.services.mailboxes import open_settings
from core.db import db
from core.i18n import LANGUAGES
from tickets.models import Entry, Ticket


def raw_row(row: RawMessage) -> dict[str, Any]:
    """A message that came in. `ticket` is its number."""
    return {
        "id": row.id,
        "mailbox_id": row.mailbox_id,
        "mailbox": row.mailbox.name,
        "sender": row.sender,
        "subject": row.subject,
        "size": row.size,
        "state": row.state,
        "action": row.action,
        "reason": row.reason,
        "error": row.error,
        "trouble": rules.trouble(row.error) if row.error and row.state == "quarantined" else None,
        "attempts": row.attempts,
        "ticket": row.ticket.number if row.ticket is not None else None,
        "received_at": row.received_at,
        "applied_at": row.applied_at,
    }


def outgoing_row(mail: Outgoing) -> dict[str, Any]:
    """A mail of ours. `waits_for_server`: no SMTP_OUT is set, so nothing sends it."""
    return {
        "id": mail.id,
        "entry_id": mail.entry_id,
        "ticket": mail.ticket.number,
        "mailbox": mail.mailbox.name,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "automatic": mail.automatic,
        "state": mail.state,
        "attempts": mail.attempts,
        "uncertain": mail.uncertain,
        "error": mail.error,
        "waits_for_server": mail.state == "queued" and not current_app.config["CALLOUT"].smtp_out,
        "created_at": mail.created_at,
        "sent_at": mail.sent_at,
    }


def mailbox_row(mailbox: Mailbox) -> dict[str, Any]:
    """A mailbox without what is secret; `has_password`, `has_client_secret` say that there is one, `connected` that its provider permitted it."""
    fetch = {"auth": "password", **open_settings(mailbox.fetch)} if mailbox.fetch else {}
    has = {"has_password": "password_sealed", "has_client_secret": "client_secret_sealed", "connected": "refresh_sealed"}
    return {
        "id": mailbox.id,
        "name": mailbox.name,
        "address": mailbox.address,
        "sender_name": mailbox.sender_name,
        "queue_id": mailbox.queue_id,
        "queue": mailbox.queue.name,
        "signature": mailbox.signature,
        "language": mailbox.language if mailbox.language in LANGUAGES else "en",
        "confirm": mailbox.confirm,
        "active": mailbox.active,
        "fetch": {**fetch, **{name: key in mailbox.fetch for name, key in has.items()}} if fetch else {},
        "checked_at": mailbox.checked_at,
        "problem": mailbox.problem,
    }


def ticket_panel(ticket: Ticket) -> tuple[str, dict[str, Any]] | None:
    """Fills TICKET_PANELS as `mail`: {outgoing: [row], unconfirmed: [row of a stranger's message], unsent: [id of an answer that has no way out],
    why_unsent: no_address | no_mailbox | None}."""
    sent = queries.outgoing_of_ticket(ticket.id)
    strangers = select(RawMessage).where(RawMessage.ticket_id == ticket.id, RawMessage.reason == "stranger").order_by(RawMessage.id)
    unconfirmed = [raw_row(row) for row in db.session.scalars(strangers)]
    carried = {mail.entry_id for mail in sent}
    answers = select(Entry.id).where(Entry.ticket_id == ticket.id, Entry.kind == "message_out", Entry.channel == "email")
    unsent = [entry_id for entry_id in db.session.scalars(answers.order_by(Entry.id)) if entry_id not in carried]
    if not sent and not unconfirmed and not unsent:
        return None
    why = None
    if unsent:
        why = "no_address" if outgoing.recipient_of(ticket) is None else "no_mailbox"
    return outgoing.PANEL, {
        "outgoing": [outgoing_row(mail) for mail in sent],
        "unconfirmed": unconfirmed,
        "unsent": unsent,
        "why_unsent": why,
    }
