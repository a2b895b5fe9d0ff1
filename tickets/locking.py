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


def lock_survivor(ticket_id: int) -> Ticket:
    """As `lock_ticket`; of a merged ticket the one that it was merged into, over any number of merges.

    Only that row is locked: who merges locks both in the order of ids. While we hold it nothing that leads to it changes, so it is enough to
    look again whether it is still a survivor. Raises NotFound.
    """
    wanted = ticket_id
    while True:
        into = db.session.scalar(select(Ticket.merged_into_id).where(Ticket.id == wanted))
        if into is not None:
            wanted = into
            continue
        ticket = lock_ticket(wanted)
        if ticket.merged_into_id is None:
            return ticket
