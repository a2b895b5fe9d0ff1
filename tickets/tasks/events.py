"""What tasks tell the packages above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TaskReminded(DomainEvent):
    """Sent once by the sweep when a task's reminder is due; again only after the task was moved. `mail_to`: ids of the accounts that want it by
    mail; a receiver writes to them, with a key that names the task and `remind_at` (ISO, UTC)."""

    name: ClassVar[str] = "task.reminded"
    task_id: int
    remind_at: str
    mail_to: tuple[int, ...] = ()
