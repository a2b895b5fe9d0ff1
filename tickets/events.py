"""What tickets tell the packages above. Each is published in the transaction of the change, after the rows were flushed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from core.events import DomainEvent


@dataclass(frozen=True, kw_only=True)
class TicketOpened(DomainEvent):
    """Sent once by `open_ticket`, when the ticket, its clocks and its first timeline entry stand. The customer's message follows as
    `MessageReceived`, if there is one. A receiver may write rows of its own that name the ticket."""

    name: ClassVar[str] = "ticket.opened"
    ticket_id: int
    number: int
    queue_id: int
    channel: str
    customer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TicketChanged(DomainEvent):
    """Sent by every verb that changed a ticket or added something to its timeline that is no message; once for each verb.

    `changes`: field → (before, after), ids for references; empty when only an entry (note, call, visit) was added. A receiver may assume
    that clocks and `due_at` stand already, and that queue and assignee before and after are given even when they did not change.
    """

    name: ClassVar[str] = "ticket.changed"
    ticket_id: int
    number: int
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    queue_id_before: int
    queue_id: int
    assignee_id_before: int | None = None
    assignee_id: int | None = None
    entry_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TicketResolving(DomainEvent):
    """Sent BEFORE a ticket becomes resolved, its row locked, nothing changed yet. A subscriber refuses by raising a DomainError whose message
    says what is still open (a visit, a promised part); then nothing of the verb happens."""

    name: ClassVar[str] = "ticket.resolving"
    ticket_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class MessageReceived(DomainEvent):
    """Sent by `receive_message` for everything a customer wrote. `automatic`: no person wrote it (out of office, delivery report): nobody waits
    for an answer and no status changed, so a receiver must not answer it either."""

    name: ClassVar[str] = "message.received"
    ticket_id: int
    number: int
    entry_id: int
    channel: str
    automatic: bool = False


@dataclass(frozen=True, kw_only=True)
class ReplySent(DomainEvent):
    """Sent by `reply`: a public answer stands in the timeline and the response clocks have stopped. The receiver of the `channel` (mail, chat, SMS)
    carries it to the customer through the outbox."""

    name: ClassVar[str] = "reply.sent"
    ticket_id: int
    entry_id: int
    channel: str


@dataclass(frozen=True, kw_only=True)
class ClockWarned(DomainEvent):
    """Sent by the sweep when the policy's percentage of a clock's target is used up; at most once until the due time moves later."""

    name: ClassVar[str] = "clock.warned"
    ticket_id: int
    number: int
    clock_id: int
    kind: str
    due_at: datetime | None
    queue_id: int
    assignee_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ClockBreached(DomainEvent):
    """Sent once when a clock's target is used up: by the sweep in that second, or by the verb that ended the clock late before the sweep saw it.
    A breach that a later change withdraws may come again at the new due time."""

    name: ClassVar[str] = "clock.breached"
    ticket_id: int
    number: int
    clock_id: int
    kind: str
    due_at: datetime | None
    queue_id: int
    assignee_id: int | None = None
