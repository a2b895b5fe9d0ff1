"""The inbox: everything that enters does so in two short transactions. **received** stores the raw input under a unique key, **applied** does
the effect and marks the row with the answer. A repeat of the key gets the stored answer and has no second effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, UniqueConstraint, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model, db

KEPT = timedelta(days=30)


class InboxRow(Keyed, Model):
    """One input. `source` names the door (`mail:support`, `voice`, `api:7`, `field:12`), `key` is unique within it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source", "key"),
        Index("ix_inbox_open", "received_at", postgresql_where=text("applied_at IS NULL")),
        Index("ix_inbox_received_at", "received_at"),
    )
    source: Mapped[str]
    key: Mapped[str]
    received_at: Mapped[datetime]
    raw: Mapped[dict[str, Any]]
    applied_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(default=None)


@dataclass(frozen=True)
class Received:
    """`answer` is set when the input was already applied."""

    row_id: int
    applied: bool
    answer: dict[str, Any] | None


def receive(*, source: str, key: str, raw: dict[str, Any], now: datetime) -> Received:
    """First transaction: store the input unless its key is there already."""
    db.session.execute(
        insert(InboxRow).values(source=source, key=key, raw=raw, received_at=now).on_conflict_do_nothing(index_elements=["source", "key"])
    )
    row = db.session.execute(
        select(InboxRow.id, InboxRow.applied_at, InboxRow.answer).where(InboxRow.source == source, InboxRow.key == key)
    ).one()
    return Received(row.id, row.applied_at is not None, row.answer)


def claim(row_id: int, *, wait: bool = True) -> InboxRow | None:
    """Second transaction, first step: lock the row. None when another applied it meanwhile (read its answer then).

    A sweep does not `wait`: who has the row locked is just applying it, and None is the answer.
    """
    row = db.session.get(InboxRow, row_id, with_for_update=True if wait else {"skip_locked": True}, populate_existing=True)
    if row is None and not wait:
        return None
    if row is None:
        raise LookupError(f"inbox row {row_id}")
    return row if row.applied_at is None else None


def applied(row: InboxRow, *, answer: dict[str, Any], now: datetime) -> None:
    """Second transaction, last step: mark with the answer, in the transaction of the effect. The raw input has done its duty."""
    row.applied_at = now
    row.answer = answer
    row.error = None


def open_rows(source_prefix: str, *, older_than: datetime, limit: int = 100) -> list[InboxRow]:
    """Received but not applied for a while: a crash fell between the two steps. Oldest first."""
    query = select(InboxRow).where(
        InboxRow.applied_at.is_(None), InboxRow.source.startswith(source_prefix), InboxRow.received_at < older_than
    )
    return list(db.session.scalars(query.order_by(InboxRow.received_at).limit(limit)))


def forget_old(*, now: datetime) -> int:
    """Delete applied rows older than 30 days. Returns how many."""
    old = delete(InboxRow).where(InboxRow.applied_at.is_not(None), InboxRow.received_at < now - KEPT)
    return db.session.execute(old).rowcount  # type: ignore[attr-defined,no-any-return]
