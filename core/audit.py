"""Audit: changes of settings, access and security. What happened to a ticket stands in its own timeline instead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model, db
from core.jsonable import jsonable


class AuditEntry(Keyed, Model):
    """Who did what to which thing: `action` like `policy.changed`, `target` like `policy:3`, `before`/`after` only what differs."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"), Index("ix_audit_entry_target", "target"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str]
    target: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


def record(
    *,
    action: str,
    target: str,
    actor_id: int | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction; keys that are equal on both sides are left out, secrets must be by the caller."""
    old, new = jsonable(before or {}), jsonable(after or {})
    same = {key for key in old.keys() & new.keys() if old[key] == new[key]}
    db.session.add(
        AuditEntry(
            at=now,
            actor_id=actor_id,
            action=action,
            target=target,
            before={key: value for key, value in old.items() if key not in same},
            after={key: value for key, value in new.items() if key not in same},
        )
    )
