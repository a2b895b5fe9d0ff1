"""What a person does with a message that was put aside, or that a stranger sent."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.mail.live import touch_list
from callcenter.mail.models import RawMessage
from callcenter.mail.services import applying, writing
from core import audit
from core.db import db
from core.errors import DomainError, NotFound, NotValid
from tickets import services as tickets


def discard(*, raw_id: int, reason: str, now: datetime, actor_id: int) -> RawMessage:
    """Say that a quarantined message needs no answer, and why. It stays kept. Raises NotFound, NotValid, DomainError when it is not in quarantine."""
    row = _locked(raw_id)
    if not reason.strip():
        raise NotValid(_("Say why this message needs no answer."), field="reason")
    if row.state == "discarded":
        return row
    if row.state != "quarantined":
        raise DomainError(_("This message is not in quarantine any more."), code="not_quarantined")
    row.state, row.reason, row.applied_at = "discarded", reason.strip()[:500], now
    touch_list()
    audit.record(
        action="mail.discarded", target=f"mail:{row.id}", actor_id=actor_id, now=now, after={"reason": row.reason, "sender": row.sender}
    )
    return row


def confirm(*, raw_id: int, now: datetime, actor_id: int) -> RawMessage:
    """An agent says that a stranger's message belongs to its ticket: it becomes the customer's message. Raises NotFound, DomainError."""
    row = _locked(raw_id)
    if row.reason == "confirmed":
        return row
    if row.state != "applied" or row.reason != "stranger" or row.ticket_id is None:
        raise DomainError(_("There is nothing to confirm about this message."), code="not_unconfirmed")
    mail, _large = applying.read(row, current_app.config["CALLOUT"])
    ticket = tickets.reopen_or_follow_up(ticket_id=row.ticket_id, now=now, channel="email", actor_id=actor_id)
    entry = writing.write_message(ticket, row, mail, now=now, automatic=mail.auto_reply)
    row.reason, row.ticket_id, row.entry_id = "confirmed", ticket.id, entry.id
    return row


def _locked(raw_id: int) -> RawMessage:
    query = select(RawMessage).where(RawMessage.id == raw_id).with_for_update(of=RawMessage)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound(_("There is no such message."))
    return row
