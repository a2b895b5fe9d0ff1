"""Calendars (versioned), policies, clocks and their pauses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model


class CalendarRow(Keyed, Model):
    """Working hours under a name. The branch's own calendar names its branch; `version` is the published one."""

    __tablename__ = "calendar"
    name: Mapped[str] = mapped_column(unique=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)


class CalendarVersion(Keyed, Model):
    """One published definition, as `tickets.sla.calendar.Calendar.from_dict` reads it. Never changed: clocks name the version they used."""

    __tablename__ = "calendar_version"
    __table_args__ = (UniqueConstraint("calendar_id", "version"),)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CalendarSource(Keyed, Model):
    """Where a calendar's holidays come from by themselves, looked at every day: an iCalendar feed or a country (with region).

    `address`: the feed's URL, or "DE" or "DE-BY". `days`: what it said when it was last read, ISO date → name; so a day that a person switched off in
    the calendar stays off, and one that the source takes back goes. `problem`: why the last look failed, {"text": untranslated, "values": {…}};
    what was known stays in force until the source is well again. `due_at`: the next look.
    """

    __tablename__ = "calendar_source"
    __table_args__ = (
        UniqueConstraint("calendar_id", "kind", "address"),
        CheckConstraint("kind IN ('feed', 'country')", name="kind"),
        Index("ix_calendar_source_due_at", "due_at"),
    )
    calendar_id: Mapped[int] = mapped_column(ForeignKey("calendar.id"))
    kind: Mapped[str]
    address: Mapped[str]
    language: Mapped[str] = mapped_column(default="")
    days: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    problem: Mapped[dict[str, Any] | None]


class Policy(Keyed, Model):
    """What is promised. The first active policy by `position` whose `conditions` all match is a ticket's policy.

    `conditions`: {"queue_ids": [..], "kinds": [..], "priorities": [..], "tiers": [..]}; an absent or empty list matches everything; and
    "equipment", "contract": true (only with one named, in force) or false (only without). Those without conditions come after all others.
    `targets`: {priority: {clock kind: seconds of working time}}; the priority "default" stands for those not named; a clock kind not named
    does not run. `calendar_id` None: the calendar of the queue's branch.
    """

    __tablename__ = "policy"
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(default=100)
    active: Mapped[bool] = mapped_column(default=True)
    conditions: Mapped[dict[str, Any]]
    targets: Mapped[dict[str, Any]]
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendar.id"))
    warn_percent: Mapped[int] = mapped_column(default=75)
    version: Mapped[int] = mapped_column(default=1)


class Clock(Keyed, Model):
    """One promise of one ticket with its time. Instants are stored, everything else is computed from them (`tickets.sla.clocks`).

    `state`: running, paused, met, missed (ended late), cancelled. `cancelled` tells a stop that was not the aim (resolved without a visit, no
    longer covered) from one that was. `due_at` None while paused, unless it was reached before. `fire_at`: the next warning or breach to fire,
    None when nothing is left. `breached_at`: when the breach fired; it stays in the record, `withdrawn_at` says a later change made it wrong.
    `remaining_seconds` is working time left, kept while paused; `used_seconds` the whole working time used, kept when stopped. Rows are
    written only under the ticket's row lock.
    """

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "started_at"),
        CheckConstraint("kind IN ('first_response', 'next_response', 'on_site', 'resolution')", name="kind"),
        CheckConstraint("state IN ('running', 'paused', 'met', 'missed', 'cancelled')", name="state"),
        Index("ix_clock_fire_at", "fire_at", postgresql_where=text("fire_at IS NOT NULL")),
        Index("ix_clock_ticket", "ticket_id"),
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str]
    state: Mapped[str]
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    calendar_version_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_version.id"))
    target_seconds: Mapped[int]
    carried_seconds: Mapped[int] = mapped_column(default=0)
    cancelled: Mapped[bool] = mapped_column(default=False)
    warn_percent: Mapped[int] = mapped_column(default=75)
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    used_seconds: Mapped[int | None]
    due_at: Mapped[datetime | None]
    warn_at: Mapped[datetime | None]
    remaining_seconds: Mapped[int | None]
    fire_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    pauses: Mapped[list[Pause]] = relationship(order_by="Pause.id", cascade="all, delete-orphan", lazy="selectin")
    calendar_version: Mapped[CalendarVersion | None] = relationship(lazy="joined")


class Pause(Keyed, Model):
    """A time that does not count, with its reason; open while `ends_at` is None (at most one per clock)."""

    __tablename__ = "clock_pause"
    __table_args__ = (Index("uq_clock_pause_open", "clock_id", unique=True, postgresql_where=text("ends_at IS NULL")),)
    clock_id: Mapped[int] = mapped_column(ForeignKey("clock.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
