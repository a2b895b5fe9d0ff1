"""What conditions on tickets can ask about visits."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _
from sqlalchemy import and_, exists, func, select

from dispatch.visits.models import Visit
from tickets.conditions.fields import Field, MomentField, YesNoField
from tickets.models import Ticket

# As the index over open visits says it.
_OPEN = and_(Visit.status.in_(("proposed", "booked", "on_the_way", "on_site")), Visit.held_until.is_(None))
_NEXT = select(func.min(Visit.planned_start)).where(Visit.ticket_id == Ticket.id, _OPEN).correlate(Ticket).scalar_subquery()
_FIELDS: tuple[Field, ...] = (
    YesNoField(
        name="open_visit", label=_("Has an open visit"), column=exists().where(Visit.ticket_id == Ticket.id, _OPEN).correlate(Ticket)
    ),
    MomentField(name="next_visit", label=_("Next visit"), column=_NEXT, nullable=True),
)


def fields() -> Iterable[Field]:
    """The provider."""
    return _FIELDS
