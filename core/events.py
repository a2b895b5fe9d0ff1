"""Events: how a package speaks upward. Frozen past-tense dataclasses; subscribers run in the publisher's transaction.

Who sends which event with what is said on the event's own class, in its package's `events.py`. What a subscriber has to look up only to say which
screens show it, it puts off to the transaction's end (`core.later`). Rows are written there too, in one statement, and kept 14 days.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Index, delete, insert
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from core import later
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
Follower = Callable[[list[tuple[DomainEvent, int]]], None]
_subscribers: dict[type[DomainEvent], list[Subscriber]] = defaultdict(list)
_followers: list[Follower] = []
_HELD = "events"


def subscribe(event: type[DomainEvent], subscriber: Subscriber) -> None:
    """Call `subscriber(event)` in the publisher's transaction, in the order of subscribing. Twice the same is once."""
    if subscriber not in _subscribers[event]:
        _subscribers[event].append(subscriber)


def follow(follower: Follower) -> None:
    """Call `follower([(event, its number in the feed)])` with all that a transaction published, at its end and in it. Twice the same is once."""
    if follower not in _followers:
        _followers.append(follower)


def publish(event: DomainEvent) -> None:
    """Run the event's subscribers in the caller's transaction; it is stored at the end. A subscriber refuses by raising a DomainError."""
    session = db.session()
    later.once(_store, None)
    held: list[tuple[DomainEvent, SessionTransaction | None]] = session.info.setdefault(_HELD, [])
    held.append((event, session.get_nested_transaction()))
    for subscriber in _subscribers[type(event)]:
        subscriber(event)


def _store(_once: list[None]) -> None:
    """Write what was published and not taken back."""
    published = [event for event, _savepoint in db.session().info.pop(_HELD, [])]
    if not published:
        return
    rows = (
        insert(EventRow).returning(EventRow.id, sort_by_parameter_order=True).execution_options(render_nulls=True)
    )  # one statement for all
    numbers = db.session.scalars(rows, [_row(event) for event in published]).all()
    for follower in _followers:
        follower(list(zip(published, numbers, strict=True)))


def _row(event: DomainEvent) -> dict[str, Any]:
    return {"name": event.name, "at": event.at, "actor_id": event.actor_id, "data": data_of(event)}


def data_of(event: DomainEvent) -> dict[str, Any]:
    """The event's own fields as the feed keeps them: JSON."""
    return {field.name: jsonable(getattr(event, field.name)) for field in dataclasses.fields(event) if field.name not in ("at", "actor_id")}


def _take_back(session: Session, ended: SessionTransaction) -> None:
    """What was published in a savepoint, or in the whole transaction, that was rolled back did not happen."""
    held = session.info.get(_HELD)
    if ended.parent is None:
        session.info.pop(_HELD, None)
    elif held:
        session.info[_HELD] = [(event, savepoint) for event, savepoint in held if not _within(savepoint, ended)]


def _within(savepoint: SessionTransaction | None, ended: SessionTransaction) -> bool:
    while savepoint is not None:
        if savepoint is ended:
            return True
        savepoint = savepoint.parent
    return False


sqlalchemy_event.listen(db.session, "after_soft_rollback", _take_back)


def forget_old(*, now: datetime) -> int:
    """Delete events older than 14 days. Returns how many."""
    return db.session.execute(delete(EventRow).where(EventRow.at < now - KEPT)).rowcount  # type: ignore[attr-defined,no-any-return]
