"""The one lock of this package: a ticket's row. Its clocks and its timeline are written only by whoever holds it."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotFound
from tickets.models import Ticket


def lock_ticket(ticket_id: int) -> Ticket:
    """The ticket, read afresh, its row locked until the transaction ends. Raises NotFound."""
    query = select(Ticket).where(Ticket.id == ticket_id).with_for_update(of=Ticket).execution_options(populate_existing=True)
    ticket = db.session.scalar(query)
    if ticket is None:
        raise NotFound(_("There is no such ticket."))
    return ticket
