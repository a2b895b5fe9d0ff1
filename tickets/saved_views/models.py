"""Saved views of the list of tickets, and changes of many tickets at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class SavedView(Keyed, Model):
    """Conditions, columns and order under a name. `owner_id`: the user who made it and sees it; `shared`: so do others, all of them or, when `roles`
    or `queue_ids` name some, those with one of the roles or who serve one of the queues.

    `conditions`: as `tickets.conditions` stores them; a field may have gone since, which its readers are told. `columns`: names in their order.
    `descending` None: the direction that is usual for the column `sort`.
    """

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_owner", "owner_id"), Index("ix_saved_view_shared", "id", postgresql_where=text("shared")))
    name: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    shared: Mapped[bool] = mapped_column(default=False)
    roles: Mapped[list[str]] = mapped_column(default=list)
    queue_ids: Mapped[list[Any]] = mapped_column(default=list)
    conditions: Mapped[dict[str, Any]]
    columns: Mapped[list[str]]
    sort: Mapped[str] = mapped_column(default="due")
    descending: Mapped[bool | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class BulkRun(Keyed, Model):
    """One change of many tickets, in batches; which ones was settled when it began (`BulkRunTicket`).

    `changes`: as `tickets.services.change_ticket` takes them. `state`: running, done, cancelled, undoing, undone.
    """

    __tablename__ = "bulk_run"
    __table_args__ = (CheckConstraint("state IN ('running', 'done', 'cancelled', 'undoing', 'undone')", name="state"),)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    changes: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="running")
    total: Mapped[int] = mapped_column(default=0)


class BulkRunTicket(Model):
    """One ticket of a run. `outcome`: waiting, changed, same (it was so already), refused (`code` and `problem` say why), undone, kept (the way back
    was refused). `back`: what takes the change back from the ticket as it is at `version`."""

    __tablename__ = "bulk_run_ticket"
    __table_args__ = (
        CheckConstraint("outcome IN ('waiting', 'changed', 'same', 'refused', 'undone', 'kept')", name="outcome"),
        Index("ix_bulk_run_ticket_outcome", "run_id", "outcome", "ticket_id"),
    )
    run_id: Mapped[int] = mapped_column(ForeignKey("bulk_run.id", ondelete="CASCADE"), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(default="waiting", server_default="waiting")
    code: Mapped[str] = mapped_column(default="", server_default="")
    problem: Mapped[str] = mapped_column(default="", server_default="")
    back: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int | None]
