"""Calls: numbers, menus, calls with their legs, the queue entry, callbacks, offers to agents, recordings. The carrier's queue only holds the
caller; order, priority and skills are ours (notes/voice.md §4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model
from customers.models import Customer
from staff.models import Branch, Person
from tickets.models import Queue, Ticket


class Menu(Keyed, Model):
    """A voice menu. `definition`: {"greeting": {language: text}, "options": [{"digit", "label", "queue_id"}], "closed": {language: text}, …}."""

    __tablename__ = "voice_menu"
    name: Mapped[str] = mapped_column(unique=True)
    definition: Mapped[dict[str, Any]]


class PhoneNumber(Keyed, Model):
    """A number of ours (E.164) that the carrier routes to us, and what happens to its calls."""

    __tablename__ = "phone_number"
    number: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    menu_id: Mapped[int | None] = mapped_column(ForeignKey("voice_menu.id"))
    language: Mapped[str] = mapped_column(default="en")
    record_calls: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    branch: Mapped[Branch] = relationship(lazy="joined", innerjoin=True)
    menu: Mapped[Menu | None] = relationship(lazy="joined")


class Callback(Keyed, Model):
    """A caller's place that they kept by asking to be called back: their number, the queue, what their place was worth and since when.

    `state`: open, reached, cancelled, failed (called often enough in vain). While it is open exactly one outbound Call of it has a place in the
    queue; each try is a Call of its own. `attempts`: tries that were dialled. `reason`: why it was cancelled; `called_in`: they called again.
    """

    __tablename__ = "callback"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'reached', 'cancelled', 'failed')", name="state"),
        Index("uq_callback_open", "number", "queue_id", unique=True, postgresql_where=text("state = 'open'")),
    )
    number: Mapped[str]
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    priority: Mapped[int]
    enqueued_at: Mapped[datetime]
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    attempts: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(default="")


class Call(Keyed, Model):
    """One conversation with a customer, from the first ring to the wrap-up. `call_sid` is the customer's leg; None: not dialled yet.

    Whoever dials: `from_number` is the customer's, `to_number` ours. `callback_id`: the callback it asked for, ended, or is a try of.
    `answered_by`: `machine` when the carrier heard one.
    `state`: ringing, menu, waiting, talking, voicemail, wrap_up, ended (sticks). What happens to its place in a queue stands there.
    `outcome`: how its waiting ended: answered, abandoned, voicemail, callback, overflow. `sequence`: highest SequenceNumber of a status
    callback seen. `recording_consent`: None while nobody asked. `recording_state`: what the carrier last said (on, paused, None: not recorded),
    `recording_wanted`: what it was last told; they differ while that is under way.
    """

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("direction IN ('inbound', 'outbound')", name="direction"),
        Index("ix_call_running", "started_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_call_customer", "customer_id", "started_at"),
        Index("ix_call_ticket", "ticket_id"),
        Index("ix_call_callback", "callback_id", postgresql_where=text("callback_id IS NOT NULL")),
    )
    call_sid: Mapped[str | None] = mapped_column(unique=True)
    direction: Mapped[str]
    from_number: Mapped[str | None]
    to_number: Mapped[str]
    number_id: Mapped[int | None] = mapped_column(ForeignKey("phone_number.id"))
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    callback_id: Mapped[int | None] = mapped_column(ForeignKey("callback.id"))
    language: Mapped[str] = mapped_column(default="en")
    menu_choice: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="ringing")
    outcome: Mapped[str | None]
    carrier_status: Mapped[str | None]
    answered_by: Mapped[str | None]
    sequence: Mapped[int] = mapped_column(default=-1)
    conference_sid: Mapped[str | None]
    on_hold_since: Mapped[datetime | None]
    hold_seconds: Mapped[int] = mapped_column(default=0)
    recording_consent: Mapped[bool | None]
    recording_consent_at: Mapped[datetime | None]
    recording_sid: Mapped[str | None]
    recording_state: Mapped[str | None]
    recording_wanted: Mapped[str | None]
    disposition: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    wrapped_up_at: Mapped[datetime | None]
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    queue: Mapped[Queue | None] = relationship(lazy="joined")
    ticket: Mapped[Ticket | None] = relationship(lazy="select")
    callback: Mapped[Callback | None] = relationship(lazy="select")
    legs: Mapped[list[Leg]] = relationship(order_by="Leg.id", lazy="select")


class Leg(Keyed, Model):
    """An agent's part in a call. `label` is the conference's participantLabel (`agent-7`).

    `state`: joining, joined, lost (went without saying so), wrap_up, released (never talked, or gave the call away), done.
    """

    __tablename__ = "call_leg"
    __table_args__ = (Index("ix_call_leg_call", "call_id"), Index("ix_call_leg_person", "person_id", "joined_at"))
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    label: Mapped[str]
    call_sid: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="joining")
    muted: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class QueueEntry(Keyed, Model):
    """A caller's place in a queue; ends in exactly one outcome.

    `target_person_id`: a transfer's addressee, or the caller's representative, alone asked until `target_until`.
    When an agent is lost and the caller comes back, `enqueued_at` stays the original one; so it does for a callback, whose turn does not come
    before `not_before`.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'offered', 'joining', 'ended')", name="state"),
        CheckConstraint("(state = 'ended') = (outcome IS NOT NULL)", name="outcome"),
        Index("ix_queue_entry_enqueued_at", "enqueued_at"),
        Index("uq_queue_entry_open", "call_id", unique=True, postgresql_where=text("state <> 'ended'")),
        Index("ix_queue_entry_waiting", "queue_id", text("priority DESC"), "enqueued_at", postgresql_where=text("state = 'waiting'")),
    )
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"))
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    priority: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(default="waiting")
    outcome: Mapped[str | None]
    enqueued_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    skip_person_ids: Mapped[list[Any]] = mapped_column(default=list)
    target_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    target_until: Mapped[datetime | None]
    carrier_queue_sid: Mapped[str | None]
    call: Mapped[Call] = relationship(lazy="joined", innerjoin=True)
    queue: Mapped[Queue] = relationship(lazy="joined", innerjoin=True)


class Offer(Keyed, Model):
    """A waiting call offered to one agent: at most one open per entry and one per agent. `token_sha256`: the winner's one-time join token."""

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')", name="state"),
        Index("uq_offer_entry_open", "entry_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("uq_offer_person_open", "person_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_offer_deadline", "deadline_at", postgresql_where=text("state = 'open'")),
    )
    entry_id: Mapped[int] = mapped_column(ForeignKey("queue_entry.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(default="open")
    offered_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    token_sha256: Mapped[str | None]
    token_used_at: Mapped[datetime | None]
    entry: Mapped[QueueEntry] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Recording(Keyed, Model):
    """A message or a talk (`kind` voicemail or conversation); `file_id` once fetched from the carrier. `seconds` long."""

    __tablename__ = "recording"
    __table_args__ = (UniqueConstraint("recording_sid"),)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    kind: Mapped[str]
    recording_sid: Mapped[str]
    url: Mapped[str]
    seconds: Mapped[int] = mapped_column(default=0)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    created_at: Mapped[datetime]
