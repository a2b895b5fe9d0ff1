"""Events: how a package speaks upward. Frozen past-tense dataclasses; subscribers run in the publisher's transaction and may refuse.

Who sends which event with what is said on the event's own class, in its package's `events.py`. Rows are kept 14 days.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Index, delete
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model, db
from core.jsonable import jsonable

KEPT = timedelta(days=14)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DomainEvent:
    """Base of all events. `at` is business time in UTC; `actor_id` the user who caused it, None for a machine."""

    name: ClassVar[str] = "event"
    at: datetime
    actor_id: int | None = None


class EventRow(Keyed, Model):
    """What happened, as published: the message between packages and the feed for webhooks."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_at", "at"),)
    name: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    data: Mapped[dict[str, Any]] = mapped_column()


Subscriber = Callable[[Any], None]
_subscribers: dict[type[DomainEvent], list[Subscriber]] = defaultdict(list)


def subscribe(event: type[DomainEvent], subscriber: Subscriber) -> None:
    """Call `subscriber(event)` in the publisher's transaction, in the order of subscribing. Twice the same is once."""
    if subscriber not in _subscribers[event]:
        _subscribers[event].append(subscriber)


def publish(event: DomainEvent) -> None:
    """Store the event and run its subscribers in the caller's transaction. A subscriber refuses by raising a DomainError."""
    data = {field.name: jsonable(getattr(event, field.name)) for field in dataclasses.fields(event) if field.name not in ("at", "actor_id")}
    db.session.add(EventRow(name=event.name, at=event.at, actor_id=event.actor_id, data=data))
    for subscriber in _subscribers[type(event)]:
        subscriber(event)


def forget_old(*, now: datetime) -> int:
    """Delete events older than 14 days. Returns how many."""
    return db.session.execute(delete(EventRow).where(EventRow.at < now - KEPT)).rowcount  # type: ignore[attr-defined,no-any-return]
