"""Which queue a new ticket goes to."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotValid
from customers.models import Equipment
from tickets.assigning import queries
from tickets.models import Queue


def queue_for(queue_id: int | None, *, kind: str, equipment_id: int | None, by_hand: bool) -> int:
    """Who names a queue by hand gets it. Else the routing table's, else the one that the door leads to, else the first in use. Raises NotValid when
    there is none at all."""
    if queue_id is not None and by_hand:
        return queue_id
    equipment = db.session.get(Equipment, equipment_id) if equipment_id is not None else None
    first = queue_id or db.session.scalar(select(Queue.id).where(Queue.active).order_by(Queue.position, Queue.id).limit(1))
    if first is None:
        raise NotValid(_("There is no queue yet."), field="queue_id")
    return queries.route_of(queue_id=first, kind=kind, equipment_kind=equipment.kind if equipment is not None else "") or first
