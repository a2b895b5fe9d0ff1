"""The outbox: all work that leaves a transaction (mail, carrier REST, webhook, live change, job) is a row written with the effect.

A row is done when the work is done, not when it was handed to Redis. `queue` says who works on it: `relay` (live changes, in the relay
itself), `fast` or `heavy` (RQ workers; the job's id is the row's). Rows handed over and not done within their lease are handed over again,
so handlers are idempotent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model, db, transaction

CHANNEL = "outbox"
QUEUES = ("relay", "fast", "heavy")
DONE_KEPT = timedelta(days=3)


class OutboxRow(Keyed, Model):
    """One piece of work to be done outside. `attempts` counts hand-overs that began; `error` is the last failure, in words."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "queue", "due_at", postgresql_where=text("done_at IS NULL AND gave_up_at IS NULL")),
        Index("ix_outbox_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )
    kind: Mapped[str]
    queue: Mapped[str]
    payload: Mapped[dict[str, Any]]
    unique_key: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    handed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    done_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Handler:
    """How one kind is worked on. `lease`: seconds until a handed row counts as lost; `attempts`: tries before giving up."""

    kind: str
    queue: str
    run: Callable[[int, dict[str, Any]], None]
    lease: int
    attempts: int
    on_give_up: Callable[[dict[str, Any], str], None] | None


handlers: dict[str, Handler] = {}


def handles(
    kind: str, *, queue: str, lease: int = 60, attempts: int = 10, on_give_up: Callable[[dict[str, Any], str], None] | None = None
) -> Callable[[Callable[[int, dict[str, Any]], None]], Callable[[int, dict[str, Any]], None]]:
    """Register `handler(row_id, payload)` for a kind. It opens its own transactions, does network between them, and may call
    `finish(row_id, now=…)` in the transaction of its effect; the runner does so afterwards if it did not."""

    def register(run: Callable[[int, dict[str, Any]], None]) -> Callable[[int, dict[str, Any]], None]:
        handlers[kind] = Handler(kind, queue, run, lease, attempts, on_give_up)
        return run

    return register


def put(*, kind: str, payload: dict[str, Any], now: datetime, due_at: datetime | None = None, unique_key: str | None = None) -> int | None:
    """Write a row in the caller's transaction and wake the relay at commit. With a `unique_key` already there: nothing, returns None."""
    queue = "relay" if kind == "live" else handlers[kind].queue
    row = insert(OutboxRow).values(
        kind=kind, queue=queue, payload=payload, created_at=now, due_at=due_at or now, unique_key=unique_key, attempts=0
    )
    wake = [func.pg_notify(CHANNEL, queue)] if due_at is None or due_at <= now else []
    made: int | None = db.session.scalar(row.on_conflict_do_nothing(index_elements=["unique_key"]).returning(OutboxRow.id, *wake))
    return made


def keep(row_id: int, *, seconds: int, now: datetime) -> None:
    """Somebody is still at it: not handed over again for so long. In the caller's transaction, for work that takes longer than its lease."""
    db.session.execute(
        update(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.done_at.is_(None)).values(due_at=now + timedelta(seconds=seconds))
    )


def finish(row_id: int, *, now: datetime) -> None:
    """Mark done in the caller's transaction."""
    db.session.execute(update(OutboxRow).where(OutboxRow.id == row_id).values(done_at=now, error=None))


def finish_all(row_ids: Iterable[int], *, now: datetime) -> None:
    """Mark many done in the caller's transaction."""
    db.session.execute(update(OutboxRow).where(OutboxRow.id.in_(list(row_ids))).values(done_at=now))


def open_rows(queue: str, *, now: datetime, limit: int) -> list[OutboxRow]:
    """Rows of a queue that are due and not with a worker, oldest first. Takes no lock: the caller holds the relay's lease."""

    query = select(OutboxRow).where(
        OutboxRow.queue == queue, OutboxRow.done_at.is_(None), OutboxRow.gave_up_at.is_(None), OutboxRow.due_at <= now
    )
    return list(db.session.scalars(query.order_by(OutboxRow.id).limit(limit)))


def mark_handed(rows: Iterable[OutboxRow], *, now: datetime) -> None:
    """The rows are with a worker until their lease ends; then `due_at` brings them back (see `open_rows`).

    A worker may have been quicker than this mark: what it wrote (done, or when to try again) stays.
    """
    leases: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        leases[handlers[row.kind].lease if row.kind in handlers else 60].append(row.id)
    for lease, ids in leases.items():
        untouched = update(OutboxRow).where(OutboxRow.id.in_(ids), OutboxRow.done_at.is_(None), OutboxRow.due_at <= now)
        db.session.execute(untouched.values(handed_at=now, due_at=now + timedelta(seconds=lease)))


def run(row_id: int, *, clock: Callable[[], datetime]) -> None:
    """Work on one row: the body of the RQ job. Returns at once when it is done, given up or gone."""
    with transaction() as session:
        row = session.get(OutboxRow, row_id, with_for_update=True)
        if row is None or row.done_at is not None or row.gave_up_at is not None:
            return
        row.attempts += 1
        handler, payload, attempts = handlers[row.kind], dict(row.payload), row.attempts
        # While it is being worked on nobody hands it over again.
        row.handed_at = clock()
        row.due_at = clock() + timedelta(seconds=handler.lease)
    try:
        handler.run(row_id, payload)
    except Exception as error:
        _failed(row_id, handler, payload, attempts, f"{type(error).__name__}: {error}"[:2000], now=clock())
        raise
    with transaction() as session:
        session.execute(update(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.done_at.is_(None)).values(done_at=clock(), error=None))


def _failed(row_id: int, handler: Handler, payload: dict[str, Any], attempts: int, problem: str, *, now: datetime) -> None:
    with transaction() as session:
        row = session.get(OutboxRow, row_id, with_for_update=True)
        if row is None or row.done_at is not None:
            return
        row.error = problem
        row.handed_at = None
        row.due_at = now + back_off(attempts)
        if attempts >= handler.attempts:
            row.gave_up_at = now
            if handler.on_give_up is not None:
                handler.on_give_up(payload, problem)


def back_off(attempts: int) -> timedelta:
    """2, 4, 8 … seconds, at most an hour."""
    return timedelta(seconds=min(3600, 2 ** min(attempts, 12)))


def retry(row_id: int, *, now: datetime) -> None:
    """Try a given-up row again, in the caller's transaction."""
    values: dict[str, Any] = {"gave_up_at": None, "attempts": 0, "due_at": now, "handed_at": None}
    db.session.execute(update(OutboxRow).where(OutboxRow.id == row_id, OutboxRow.done_at.is_(None)).values(**values))


def forget_done(*, now: datetime) -> int:
    """Delete done rows older than three days. Returns how many."""
    return db.session.execute(delete(OutboxRow).where(OutboxRow.done_at < now - DONE_KEPT)).rowcount  # type: ignore[attr-defined,no-any-return]
