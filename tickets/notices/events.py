"""What notices tell the packages above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class ColleaguesWritten(DomainEvent):
    """Sent by `tell` when it is to reach people by mail too. A receiver carries it through the outbox to each of these users (active accounts), as
    mail that no person wrote; it never reaches a customer."""

    name: ClassVar[str] = "colleagues.written"
    ticket_id: int
    user_ids: tuple[int, ...]
    title: str
    text: str
