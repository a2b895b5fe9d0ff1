"""The customer's pages: links that open one ticket without a password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model
from tickets.models import Ticket


class MagicLink(Keyed, Model):
    """Opens one ticket for its customer until it expires or is revoked. Only the SHA-256 of the secret is kept."""

    __tablename__ = "magic_link"
    sha256: Mapped[str] = mapped_column(unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    ticket: Mapped[Ticket] = relationship(lazy="joined", innerjoin=True)
