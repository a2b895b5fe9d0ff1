"""What somebody is writing: drafts, and replies that go out in a moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class Draft(Model):
    """What a person has written on a ticket and not sent: one reply and one note each."""

    __tablename__ = "draft"
    __table_args__ = (CheckConstraint("kind IN ('reply', 'note')", name="kind"),)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    updated_at: Mapped[datetime]


class HeldReply(Keyed, Model):
    """A reply that is sent at `send_at` unless its author takes it back before. `body`: the other arguments of `services.reply`. `refused`: why
    it could not be sent when its time came (somebody changed the ticket); it stays then until its author takes it back."""

    __tablename__ = "held_reply"
    __table_args__ = (Index("ix_held_reply_ticket", "ticket_id"), Index("ix_held_reply_send_at", "send_at"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    send_at: Mapped[datetime]
    refused: Mapped[str | None]
