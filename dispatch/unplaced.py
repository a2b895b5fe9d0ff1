"""Open tickets that need somebody to come and have no visit yet."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from core.db import db
from dispatch.visits.models import Visit
from dispatch.visits.rules import OPEN
from tickets.models import Ticket

SHOWN = 100
# Sorts of tickets that are work at a site.
WORK = ("fault", "installation", "maintenance")


def wanted() -> ColumnElement[bool]:
    """A condition on Ticket. Waiting tickets wait for somebody else; those that wait for access or a part are to be placed again."""
    on_a_site = or_(Ticket.site_id.is_not(None), Ticket.equipment_id.is_not(None))
    to_do = or_(
        Ticket.status.in_(("new", "open")),
        and_(Ticket.status == "waiting", Ticket.wait_reason.in_(("part", "access"))),
    )
    return and_(
        Ticket.status.not_in(("resolved", "closed")),
        to_do,
        Ticket.kind.in_(WORK),
        on_a_site,
        ~exists().where(Visit.ticket_id == Ticket.id, Visit.status.in_(OPEN), Visit.held_until.is_(None)),
    )


def urgent(*, start: int, stop: int) -> list[Ticket]:
    """Those at these places of the order by due time (without due time last)."""
    query = select(Ticket).where(wanted()).order_by(Ticket.due_at.asc().nulls_last(), Ticket.id)
    return list(db.session.scalars(query.offset(start).limit(stop - start)))


def count() -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(Ticket).where(wanted())) or 0
