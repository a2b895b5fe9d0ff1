"""What colleagues are told of on every page, until they have seen it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class Notice(Keyed, Model):
    """`text` in the words of whoever wrote it (a rule, a task's author); `title` names where it comes from. `kind` says what it is (rule, trouble,
    reminder …) and `address` where it leads; None: to its ticket."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_unseen", "user_id", postgresql_where=text("seen_at IS NULL")),)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    address: Mapped[str | None]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
