"""Endpoints (who is told), deliveries (what each is told), attempts (how it went)."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model


class Endpoint(Keyed, Model):
    """A receiver. Its secret is made from the installation's SECRET_KEY and `seed`, so it stands nowhere (`signing.secret_of`).

    `previous_seed` signs too until `previous_until`. `failing_since`: nothing was accepted since then, None when the last attempt was.
    `rest_until`: it did not answer, nothing is sent before. `paused_because`: by_hand, gone (it said 410), failing (a day of failures).
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        CheckConstraint("paused_because IN ('by_hand', 'gone', 'failing')", name="paused_because"),
        CheckConstraint("(paused_at IS NULL) = (paused_because IS NULL)", name="paused"),
    )
    name: Mapped[str]
    url: Mapped[str]
    events: Mapped[list[str]]
    seed: Mapped[str]
    previous_seed: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_because: Mapped[str | None]
    failing_since: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class Delivery(Keyed, Model):
    """One event for one endpoint: the outbox row of a webhook, written in the effect's transaction. `key` is its Callout-Delivery, the same in all
    attempts and replays. `event_id`: the row in the feed, None for a test. `body`: what was sent, rendered before the first attempt.

    `state`: waiting (until `next_at`), delivered, failed. `attempts` since it was made or last replayed.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
        CheckConstraint("(state = 'waiting') = (next_at IS NOT NULL)", name="next_at"),
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_webhook_delivery_waiting", "endpoint_id", "next_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_webhook_delivery_endpoint", "endpoint_id", "id"),
        Index("ix_webhook_delivery_created_at", "created_at"),
    )
    key: Mapped[uuid.UUID] = mapped_column(unique=True, default=uuid.uuid4)
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    event: Mapped[str]
    body: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[list[Attempt]] = relationship(order_by="Attempt.id", lazy="select", passive_deletes=True)


class Attempt(Keyed, Model):
    """One try. `status`: the HTTP status, None when no answer came; then `problem` says why (`sending.PROBLEMS`). `answer`: the first 2 kB of the
    response, or the error in words."""

    __tablename__ = "webhook_attempt"
    __table_args__ = (Index("ix_webhook_attempt_delivery", "delivery_id"),)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_delivery.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str | None]
    answer: Mapped[str] = mapped_column(default="")
