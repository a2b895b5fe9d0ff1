"""Calendars (versioned), policies, clocks and their pauses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
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
    does not run. `running_waits`: reasons for waiting for which the clocks run on instead of standing still. `calendar_id` None: the calendar of
    the queue's branch. `ladder`: what happens after a breach, step by step, as
    `tickets.sla.ladder` says; the same for all clocks.
    """

    __tablename__ = "policy"
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(default=100)
    active: Mapped[bool] = mapped_column(default=True)
    conditions: Mapped[dict[str, Any]]
    targets: Mapped[dict[str, Any]]
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("calendar.id"))
    warn_percent: Mapped[int] = mapped_column(default=75)
    ladder: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    running_waits: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    version: Mapped[int] = mapped_column(default=1)


class Clock(Keyed, Model):
    """One promise of one ticket with its time. Instants are stored, everything else is computed from them (`tickets.sla.clocks`).

    `state`: running, paused, met, missed (ended late), cancelled. `cancelled` tells a stop that was not the aim (resolved without a visit, no
    longer covered) from one that was. `due_at` None while paused, unless it was reached before. `fire_at`: the next warning or breach to fire,
    None when nothing is left. `breached_at`: when the breach fired; it stays in the record, `withdrawn_at` says a later change made it wrong.
    `ladder`: seconds of working time from the breach to the first escalation level, from there to the second …; `level`: how many were reached
    since the breach; `escalate_at`: when the next one is, None while paused. `remaining_seconds` is working time left, kept while paused;
    `used_seconds` the whole working time used, kept when stopped. Rows are
    written only under the ticket's row lock.
    """

    __tablename__ = "clock"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kind", "started_at"),
        CheckConstraint("kind IN ('first_response', 'next_response', 'on_site', 'resolution')", name="kind"),
        CheckConstraint("state IN ('running', 'paused', 'met', 'missed', 'cancelled')", name="state"),
        Index("ix_clock_fire_at", "fire_at", postgresql_where=text("fire_at IS NOT NULL")),
        Index("ix_clock_ticket", "ticket_id"),
        Index(
            "ix_clock_breached",
            "ticket_id",
            postgresql_where=text("state IN ('running', 'paused') AND breached_at IS NOT NULL AND withdrawn_at IS NULL"),
        ),
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
    ladder: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    level: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    escalate_at: Mapped[datetime | None]
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


class Escalation(Keyed, Model):
    """One level that one clock's breach has reached: the log of the ladder. `reached_at` is the exact instant, `fired_at` when the sweep saw it.

    `actions`: what the policy's step said then; `done`: what came of it, None until the worker has done it. `withdrawn_at`: the breach was none after
    all; the level may be reached again, at most one row of a level stands.
    """

    __tablename__ = "escalation"
    __table_args__ = (
        Index("uq_escalation_standing", "clock_id", "level", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_escalation_fired_at", "fired_at", "id"),
        Index("ix_escalation_ticket", "ticket_id"),
    )
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    clock_id: Mapped[int] = mapped_column(ForeignKey("clock.id"))
    kind: Mapped[str]
    level: Mapped[int]
    reached_at: Mapped[datetime]
    fired_at: Mapped[datetime]
    actions: Mapped[list[Any]]
    done: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    withdrawn_at: Mapped[datetime | None]


class EscalationNotice(Keyed, Model):
    """Somebody is to be told of an escalation, on every screen they have open, until they have seen it or it was withdrawn. `call`: so urgent
    that they are to be called."""

    __tablename__ = "escalation_notice"
    __table_args__ = (
        UniqueConstraint("escalation_id", "user_id"),
        Index("ix_escalation_notice_unseen", "user_id", postgresql_where=text("seen_at IS NULL")),
    )
    escalation_id: Mapped[int] = mapped_column(ForeignKey("escalation.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class OnCallRota(Keyed, Model):
    """Who is on call, in turns of `turn_days` from `starts_on` on, handed over at `handover` ("HH:MM") on the clock of `time_zone`.

    `people`: ids of persons in the order of their turns. `swaps`: stand-ins, [{"person_id", "from", "until"}] with ISO 8601 instants.
    """

    __tablename__ = "on_call_rota"
    __table_args__ = (CheckConstraint("turn_days BETWEEN 1 AND 366", name="turn_days"),)
    name: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str]
    starts_on: Mapped[date]
    handover: Mapped[str] = mapped_column(default="08:00")
    turn_days: Mapped[int] = mapped_column(default=7)
    people: Mapped[list[Any]]
    swaps: Mapped[list[Any]] = mapped_column(default=list)


class PolicyTrial(Keyed, Model):
    """What a draft of a policy would have done with the tickets of the past `days`, counted in the background.

    `policy_id`: the policy it would replace, None for a new one; `draft`: its fields. `total` tickets, `done` so far, all with ids up to `place`.
    `result`: as `tickets.sla.trials` says. `state`: running, done, cancelled.
    """

    __tablename__ = "policy_trial"
    __table_args__ = (CheckConstraint("state IN ('running', 'done', 'cancelled')", name="state"),)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policy.id"))
    draft: Mapped[dict[str, Any]]
    days: Mapped[int]
    state: Mapped[str] = mapped_column(default="running")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    place: Mapped[int] = mapped_column(BigInteger, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]
