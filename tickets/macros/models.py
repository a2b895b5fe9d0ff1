"""What is done or said again and again: macros and canned answers, everybody's or one's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class Macro(Keyed, Model):
    """Named steps for a ticket. `owner_id`: the user whose own it is, None: everybody's. `steps`: as `tickets.macros.rules.checked_steps`. `folder`:
    "" for none. `used`: how often it was run, `used_at` the last time."""

    __tablename__ = "macro"
    __table_args__ = (Index("ix_macro_owner", "owner_id"),)
    name: Mapped[str]
    folder: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    steps: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    used: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class CannedAnswer(Keyed, Model):
    """A text with variables, by language, to be put into an answer. `shortcut`: what is typed after a slash to find it, "" for none; the rest as for
    a macro."""

    __tablename__ = "canned_answer"
    __table_args__ = (Index("ix_canned_answer_owner", "owner_id"),)
    name: Mapped[str]
    folder: Mapped[str] = mapped_column(default="")
    shortcut: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    texts: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    used: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
