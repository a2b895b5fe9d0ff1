"""Calls and wrap-up as work that nobody need write down (`tickets.worklog.slots.COUNTED`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select

from callcenter.voice.events import CallChanged
from callcenter.voice.models import Call, Leg
from core.db import db
from staff.models import Presence
from tickets.worklog import services
from tickets.worklog.rules import Counted

_OVER = ("waiting", "wrap_up", "ended")


def counted(
    person_ids: Collection[int] | None, ticket_ids: Collection[int] | None, start: datetime | None, end: datetime | None
) -> list[Counted]:
    """Talks that are over, and the wrap-ups after them. A wrap-up is the presence that began in the second in which the talk ended."""
    wrap_up = and_(
        Presence.person_id == Leg.person_id, Presence.since == Leg.left_at, Presence.state == "wrap_up", Presence.until.is_not(None)
    )
    query = (
        select(Leg.person_id, Call.ticket_id, Leg.joined_at, Leg.left_at, Presence.until)
        .join(Call, Call.id == Leg.call_id)
        .outerjoin(Presence, wrap_up)
        .where(*_narrowed(person_ids, ticket_ids, start, end))
        .order_by(Leg.joined_at, Leg.id)
    )
    found = []
    for row in db.session.execute(query):
        found.append(Counted(row.person_id, row.ticket_id, "call", row.joined_at, row.left_at))
        if row.until is not None:
            found.append(Counted(row.person_id, row.ticket_id, "wrap_up", row.left_at, row.until))
    return found


def _narrowed(
    person_ids: Collection[int] | None, ticket_ids: Collection[int] | None, start: datetime | None, end: datetime | None
) -> list[ColumnElement[bool]]:
    conditions = [Leg.joined_at.is_not(None), Leg.left_at > Leg.joined_at]
    if person_ids is not None:
        conditions.append(Leg.person_id.in_(list(person_ids)))
    if ticket_ids is not None:
        conditions.append(Call.ticket_id.in_(list(ticket_ids)))
    if start is not None:
        conditions.append(Leg.joined_at >= start)
    if end is not None:
        conditions.append(Leg.joined_at < end)
    return conditions


def on_call_changed(event: CallChanged) -> None:
    """Somebody's part in it is over (given away, or all of it): its ticket took more."""
    if event.ticket_id is not None and event.state in _OVER:
        services.show_on({event.ticket_id})
