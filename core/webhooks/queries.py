"""Questions about endpoints and deliveries."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, and_, exists, func, or_, select

from core.db import db
from core.errors import NotFound
from core.webhooks.hooks import TEST
from core.webhooks.models import Attempt, Delivery, Endpoint

STATES = ("waiting", "delivered", "failed")


def endpoints() -> list[Endpoint]:
    """All, by name."""
    return list(db.session.scalars(select(Endpoint).order_by(func.lower(Endpoint.name), Endpoint.id)))


def endpoint(endpoint_id: int) -> Endpoint:
    """Raises NotFound."""
    found = db.session.get(Endpoint, endpoint_id)
    if found is None:
        raise NotFound(_("There is no such webhook."))
    return found


def delivery(endpoint_id: int, delivery_id: int) -> Delivery:
    """One of this endpoint. Raises NotFound."""
    found = db.session.get(Delivery, delivery_id)
    if found is None or found.endpoint_id != endpoint_id:
        raise NotFound(_("There is no such delivery. They are kept for 14 days."))
    return found


def deliveries(endpoint_id: int, *, state: str | None = None, event: str | None = None) -> Select[Delivery]:
    """The log of an endpoint, to be paged by id."""
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if state:
        query = query.where(Delivery.state == state)
    return query.where(Delivery.event == event) if event else query


def counts(endpoint_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Deliveries kept, by endpoint and state."""
    query = select(Delivery.endpoint_id, Delivery.state, func.count()).where(Delivery.endpoint_id.in_(list(endpoint_ids)))
    found: dict[int, dict[str, int]] = {}
    for endpoint_id, state, count in db.session.execute(query.group_by(Delivery.endpoint_id, Delivery.state)):
        found.setdefault(endpoint_id, {})[state] = count
    return found


def last_attempts(delivery_ids: Iterable[int]) -> dict[int, Attempt]:
    """The newest attempt of each delivery that had one."""
    query = select(Attempt).where(Attempt.delivery_id.in_(list(delivery_ids)))
    query = query.distinct(Attempt.delivery_id).order_by(Attempt.delivery_id, Attempt.id.desc())
    return {row.delivery_id: row for row in db.session.scalars(query)}


def subscribed(events: Collection[str]) -> Select[int, list[str]]:
    """Id and events of the endpoints that want one of these now; locked so that none is removed before the caller's rows name it."""
    wanted = or_(*(Endpoint.events.contains([name]) for name in sorted(events)))
    query = select(Endpoint.id, Endpoint.events).where(Endpoint.paused_at.is_(None), wanted).order_by(Endpoint.id)
    return query.with_for_update(read=True, key_share=True)


def due(now: datetime) -> Any:
    """Condition on a Delivery joined with its Endpoint: may be sent now. A paused endpoint is sent tests only."""
    return and_(
        Delivery.state == "waiting",
        Delivery.next_at <= now,
        or_(Delivery.event == TEST, and_(Endpoint.paused_at.is_(None), or_(Endpoint.rest_until.is_(None), Endpoint.rest_until <= now))),
    )


def endpoints_due(now: datetime) -> list[int]:
    """Ids of the endpoints that have something to be sent now."""
    waiting = exists().where(Delivery.endpoint_id == Endpoint.id, due(now))
    return list(db.session.scalars(select(Endpoint.id).where(waiting).order_by(Endpoint.id)))


def any_gave_in() -> bool:
    """Whether some endpoint was paused by itself and nobody has looked at it since."""
    return bool(db.session.scalar(select(exists().where(Endpoint.paused_because.in_(("gone", "failing"))))))
