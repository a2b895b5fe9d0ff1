"""Follow-up tasks: what somebody is still to do, on a ticket or free-standing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.models import User
from core.db import Keyed, Model
from staff.models import Person
from tickets.models import Queue, Ticket

_OPEN = text("done_at IS NULL")


class Task(Keyed, Model):
    """Something to do, by one person or by whoever serves a queue. `source`: who made it, "" a person, else a word of the machine's (`rule`).

    `remind_before` seconds before `due_at` its people are reminded: `remind_at` is that instant, `reminded_at` when it was done, `seen_at` when
    somebody said that they had seen it. All three begin anew when the task is moved. `version` guards a save over a colleague's change.
    """

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (queue_id IS NULL)", name="for_whom"),
        CheckConstraint("remind_at IS NULL OR due_at IS NOT NULL", name="remind_at"),
        Index("ix_task_ticket", "ticket_id", postgresql_where=text("ticket_id IS NOT NULL")),
        Index("ix_task_person_open", "person_id", "due_at", "id", postgresql_where=_OPEN),
        Index("ix_task_queue_open", "queue_id", "due_at", "id", postgresql_where=_OPEN),
        Index("ix_task_remind_at", "remind_at", postgresql_where=text("remind_at IS NOT NULL AND reminded_at IS NULL AND done_at IS NULL")),
    )
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    text: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    due_at: Mapped[datetime | None]
    remind_before: Mapped[int | None]
    remind_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    source: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    version: Mapped[int] = mapped_column(default=1)
    person: Mapped[Person | None] = relationship(lazy="joined")
    queue: Mapped[Queue | None] = relationship(lazy="joined")
    ticket: Mapped[Ticket | None] = relationship(lazy="select")
    done_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[done_by_id])
    created_by: Mapped[User | None] = relationship(lazy="select", foreign_keys=[created_by_id])
    __mapper_args__ = {"version_id_col": version}


class TaskChange(Keyed, Model):
    """What was done to a task, when and by whom. `what`: created, changed, moved, done, undone, reminded. `data`: field → [before, after]."""

    __tablename__ = "task_change"
    __table_args__ = (Index("ix_task_change_task", "task_id", "id"),)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    what: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class ReminderWish(Model):
    """That a user wants reminders by mail too."""

    __tablename__ = "reminder_wish"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    by_mail: Mapped[bool] = mapped_column(default=False)
