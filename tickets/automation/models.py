"""Rules with their versions, what they did, and what they wait for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class Rule(Keyed, Model):
    """One rule. `definition`: as `tickets.automation.rules.checked` gives it; `trigger` is its WHEN's name, for finding it. Tried in the order of
    `position`, then id. `look_at`: when a rule that looks every quarter of an hour looks next. `removed_at`: gone, but for its log."""

    __tablename__ = "automation_rule"
    __table_args__ = (Index("ix_automation_rule_trigger", "trigger", postgresql_where=text("active AND removed_at IS NULL")),)
    name: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool]
    trigger: Mapped[str]
    definition: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    look_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    removed_at: Mapped[datetime | None]


class RuleVersion(Keyed, Model):
    """What a rule was from `at` on, and who made it so."""

    __tablename__ = "automation_rule_version"
    __table_args__ = (UniqueConstraint("rule_id", "version"),)
    rule_id: Mapped[int] = mapped_column(ForeignKey("automation_rule.id"))
    version: Mapped[int]
    name: Mapped[str]
    active: Mapped[bool]
    definition: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class RuleFiring(Keyed, Model):
    """A rule fired on a ticket, or was kept from it: the log, kept 90 days. `key` names the occasion: a rule fires once for each.

    `state`: done, failed (at least one action was refused or given up), retrying (one is tried again), stopped (by the loop protection; `reason`:
    itself, depth, rate). `chain`: ids of the rules that led here, this one last. `results`: for each action what came of it:
    {"do", …, "state": done | failed | retrying | waiting | skipped, "problem"?, "names"?}.
    """

    __tablename__ = "automation_firing"
    __table_args__ = (
        UniqueConstraint("rule_id", "key"),
        CheckConstraint("state IN ('done', 'failed', 'retrying', 'stopped')", name="state"),
        Index("ix_automation_firing_rule", "rule_id", "id"),
        Index("ix_automation_firing_ticket", "ticket_id", "rule_id", "at"),
        Index("ix_automation_firing_at", "at"),
    )
    rule_id: Mapped[int] = mapped_column(ForeignKey("automation_rule.id"))
    version: Mapped[int]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    key: Mapped[str]
    chain: Mapped[list[Any]]
    at: Mapped[datetime]
    state: Mapped[str]
    reason: Mapped[str | None]
    results: Mapped[list[Any]]


class RuleMark(Keyed, Model):
    """A rule that looks at tickets from time to time has found this one; it does not find it again until the ticket no longer matches."""

    __tablename__ = "automation_mark"
    __table_args__ = (UniqueConstraint("rule_id", "ticket_id"),)
    rule_id: Mapped[int] = mapped_column(ForeignKey("automation_rule.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    since: Mapped[datetime]


class RuleTimer(Keyed, Model):
    """A rule that comes some time after an event: at `due_at`, unless the event happens again before, which begins the time anew."""

    __tablename__ = "automation_timer"
    __table_args__ = (UniqueConstraint("rule_id", "ticket_id"), Index("ix_automation_timer_due_at", "due_at"))
    rule_id: Mapped[int] = mapped_column(ForeignKey("automation_rule.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    key: Mapped[str]
    chain: Mapped[list[Any]]
    due_at: Mapped[datetime]


class RulePause(Keyed, Model):
    """A rule fired so often on a ticket that it does not fire there any more, until an administrator says so."""

    __tablename__ = "automation_pause"
    __table_args__ = (UniqueConstraint("rule_id", "ticket_id"),)
    rule_id: Mapped[int] = mapped_column(ForeignKey("automation_rule.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    at: Mapped[datetime]
