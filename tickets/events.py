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
class TicketAssigning(DomainEvent):
    """Sent BEFORE somebody picks `person_id` for a ticket by hand, its row locked, nothing changed yet. A subscriber refuses by raising a
    DomainError, or writes into `told` what the timeline is to keep of it (what speaks against this person)."""

    name: ClassVar[str] = "ticket.assigning"
    ticket_id: int
    number: int
    person_id: int
    told: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TicketMerged(DomainEvent):
    """Sent when a ticket was merged into another: both rows are locked, the merged one is closed, its clocks have ended. A receiver moves what
    it holds of the merged ticket along to the survivor, or refuses by raising a DomainError whose message says what stands in the way. What it
    moved it notes in `moved` under a name of its own (ids), and gets that back in `MergeUndone`."""

    name: ClassVar[str] = "ticket.merged"
    survivor_id: int
    survivor_number: int
    merged_id: int
    merged_number: int
    moved: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MergeUndone(DomainEvent):
    """Sent when a merge is taken back, both rows locked, the two tickets as they were. A receiver moves back what `moved` names, and adds to
    `entry_ids` those entries of the survivor's timeline that tell of it: they go with it."""

    name: ClassVar[str] = "ticket.merge_undone"
    survivor_id: int
    survivor_number: int
    merged_id: int
    merged_number: int
    moved: dict[str, list[int]] = field(default_factory=dict)
    entry_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class TicketResolved(DomainEvent):
    """Sent by the verb that resolved a ticket, after everybody agreed and its clocks have ended."""

    name: ClassVar[str] = "ticket.resolved"
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
    carries it to the customer through the outbox. `automatic`: a machine wrote it; no clock has stopped, and it is marked so that none answers."""

    name: ClassVar[str] = "reply.sent"
    ticket_id: int
    entry_id: int
    channel: str
    automatic: bool = False


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


@dataclass(frozen=True, kw_only=True)
class ClockEscalated(DomainEvent):
    """Sent by the sweep when a breach reaches an escalation level of its policy's ladder; once for each level, until the breach is withdrawn.
    What the level does (tell people, raise, reassign) a worker does soon after; a receiver may assume that the level stands in the log."""

    name: ClassVar[str] = "clock.escalated"
    ticket_id: int
    number: int
    clock_id: int
    kind: str
    level: int
    reached_at: datetime
    queue_id: int
    assignee_id: int | None = None
