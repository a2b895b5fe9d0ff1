"""Lease rows: who is the one relay, the one clock. Not a session lock, because a frozen process would keep that for ever.

Real time, not business time: moving the demo's clock must not end a lease. The database's own clock is the only one all holders share, so this
is the one place where SQL's `now()` is right.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, db

SECONDS = 5


class Lease(Model):
    """`fence` grows with every new holder: a write guarded by an old number does nothing."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    fence: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[datetime]
    renewed_at: Mapped[datetime]


_TAKE = text(
    """
    INSERT INTO lease AS l (name, holder, fence, until, renewed_at)
    VALUES (:name, :holder, 1, clock_timestamp() + make_interval(secs => :seconds), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET
        fence = CASE WHEN l.holder = excluded.holder THEN l.fence ELSE l.fence + 1 END,
        holder = excluded.holder, until = excluded.until, renewed_at = excluded.renewed_at
    WHERE l.holder = excluded.holder OR l.until < clock_timestamp() - make_interval(secs => :patience)
    RETURNING fence
    """
)


def take(name: str, holder: str, *, patience: float = 0.0) -> int | None:
    """Take or renew for five seconds; the fence number, or None while another holds it. A standby waits `patience` seconds longer."""
    return db.session.execute(_TAKE, {"name": name, "holder": holder, "seconds": SECONDS, "patience": patience}).scalar()


def still_held(name: str, fence: int) -> bool:
    """Whether this fence is the current one and not run out; locks the row, so that nobody takes it before the caller's commit."""
    query = text("SELECT 1 FROM lease WHERE name = :name AND fence = :fence AND until > clock_timestamp() FOR SHARE")
    return db.session.execute(query, {"name": name, "fence": fence}).scalar() is not None


def give_up(name: str, holder: str) -> None:
    """End at once on a clean stop, so that the next need not wait."""
    db.session.execute(
        text("UPDATE lease SET until = clock_timestamp() WHERE name = :name AND holder = :holder"), {"name": name, "holder": holder}
    )


def alive(name: str) -> bool:
    """Whether somebody holds it now."""
    return (
        db.session.execute(text("SELECT 1 FROM lease WHERE name = :name AND until > clock_timestamp()"), {"name": name}).scalar()
        is not None
    )
