"""What people spent their time on: written down by hand or by a timer. Calls are not stored here: they are counted from where they are known."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model
from staff.models import Person
from tickets.models import Ticket


class WorkEntry(Keyed, Model):
    """Minutes of a person's day (`day`: the local date in their branch), on a ticket or not. `activity`: one of `rules.ACTIVITIES`.

    `started_at` and `ended_at` are known when a timer ran. One that was taken away stays, with `removed_at`, and counts no more.
    """

    __tablename__ = "work_entry"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes"),
        CheckConstraint("(started_at IS NULL) = (ended_at IS NULL)", name="timed"),
        Index("ix_work_entry_person_day", "person_id", "day"),
        Index("ix_work_entry_ticket", "ticket_id", postgresql_where=text("ticket_id IS NOT NULL")),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    day: Mapped[date]
    minutes: Mapped[int]
    activity: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    ticket: Mapped[Ticket | None] = relationship(lazy="select")
    __mapper_args__ = {"version_id_col": version}


class WorkChange(Keyed, Model):
    """A correction of a work entry: who, when, and what it said before and after (`after` empty: it was taken away)."""

    __tablename__ = "work_change"
    __table_args__ = (Index("ix_work_change_entry", "entry_id", "id"),)
    entry_id: Mapped[int] = mapped_column(ForeignKey("work_entry.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class WorkTimer(Model):
    """The one running timer of a person. `confirmed_at`: when it was started, or when they last said that they are still at it."""

    __tablename__ = "work_timer"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    activity: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    ticket: Mapped[Ticket | None] = relationship(lazy="joined")
