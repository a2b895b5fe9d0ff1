"""Whether the customer was told what came of their ticket. Callers hold the ticket's row lock."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select, update

from core.db import db
from core.errors import DomainError
from tickets import rules
from tickets.models import Outcome, Ticket


def standing(ticket_id: int) -> Outcome | None:
    """The outcome that the customer was told since the ticket was opened, or last re-opened."""
    return db.session.scalar(select(Outcome).where(Outcome.ticket_id == ticket_id, Outcome.void_at.is_(None)))


def last_text(ticket_id: int) -> str:
    """What was told last, also before a re-opening; empty when nothing was."""
    return db.session.scalar(select(Outcome.text).where(Outcome.ticket_id == ticket_id).order_by(Outcome.id.desc()).limit(1)) or ""


def check_told(ticket: Ticket, status: str, kind: str | None = None) -> None:
    """Raises DomainError (code `outcome_missing`) when the ticket, as one of this kind (default: its own), may not be in this status yet."""
    if rules.needs_outcome(kind or ticket.kind, status) and standing(ticket.id) is None:
        raise untold(kind or ticket.kind)


def untold(kind: str) -> DomainError:
    """What is missing, and what to do."""
    return DomainError(
        _("%(kind)s: the customer was not told the outcome yet. Tell it by a message or a call first.", kind=rules.KIND_WORDS[kind]),
        field="status",
        code="outcome_missing",
    )


def end(ticket: Ticket, now: datetime) -> None:
    """The ticket is open again: what was told was not the end of it."""
    db.session.execute(update(Outcome).where(Outcome.ticket_id == ticket.id, Outcome.void_at.is_(None)).values(void_at=now))
