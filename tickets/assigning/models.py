"""Who gets which ticket: rules, what tickets need, where they go, and what waits for somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class AssignmentRule(Keyed, Model):
    """How a queue's tickets find somebody. The first active rule by `position` that fits a ticket counts.

    `queue_id` None: all queues. `conditions`: as `tickets.conditions` stores them, {} fits every ticket. `method`: one of `rules.METHODS`.
    `skills`: [{"skill_id", "level"}] that every ticket of the rule needs, beside those of its queue; `sources`: what else of the ticket says
    which skills (`rules.SOURCES`, through the table SkillNeed). `presence` and `on_shift`: how much somebody has to be there
    (`staff.availability`). `widen_after`: minutes after which whoever serves the queue will do; `tell_after`: minutes after which supervisors
    are told; None: never. `last_person_id`: whose turn it was last.
    """

    __tablename__ = "assignment_rule"
    __table_args__ = (
        CheckConstraint(
            "method IN ('manual', 'round_robin', 'least_loaded', 'skill', 'last_contact', 'representative')",
            name="method",
        ),
        CheckConstraint("presence IN ('any', 'online', 'available')", name="presence"),
    )
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    method: Mapped[str]
    skills: Mapped[list[Any]] = mapped_column(default=list)
    sources: Mapped[list[str]] = mapped_column(default=list)
    presence: Mapped[str] = mapped_column(default="online")
    on_shift: Mapped[bool] = mapped_column(default=True)
    widen_after: Mapped[int | None]
    tell_after: Mapped[int | None]
    last_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class SkillNeed(Keyed, Model):
    """Tickets of this kind, about this category of equipment or in this language need this skill. `source`: kind, equipment, language; `value`
    as it is compared (a category folded)."""

    __tablename__ = "skill_need"
    __table_args__ = (
        UniqueConstraint("source", "value", "skill_id"),
        CheckConstraint("source IN ('kind', 'equipment', 'language')", name="source"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level"),
    )
    source: Mapped[str]
    value: Mapped[str]
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"))
    level: Mapped[int] = mapped_column(default=1)


class QueueRoute(Keyed, Model):
    """The routing table: what comes into `from_queue_id`, is of this kind and about this category of equipment goes to `queue_id`; None: any.
    The line that says most counts."""

    __tablename__ = "queue_route"
    __table_args__ = (UniqueConstraint("from_queue_id", "kind", "equipment_kind", postgresql_nulls_not_distinct=True),)
    from_queue_id: Mapped[int | None] = mapped_column(ForeignKey("queue.id"))
    kind: Mapped[str | None]
    equipment_kind: Mapped[str | None]
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))


class AssignmentSettings(Model):
    """One row. `flow`: department or representative, for customers who have none of their own. `by_hand`: warn or refuse, when somebody is picked
    who lacks a skill, is away or full. `weights`: how much an open ticket counts, {"priority": {…}, "kind": {…}, "status": {…}}, multiplied; 1
    when not named. `long_absence_hours`: from then on the open tickets of who is away are offered for handing over."""

    __tablename__ = "assignment_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("flow IN ('department', 'representative')", name="flow"),
        CheckConstraint("by_hand IN ('warn', 'refuse')", name="by_hand"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    flow: Mapped[str] = mapped_column(default="department")
    by_hand: Mapped[str] = mapped_column(default="warn")
    weights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    long_absence_hours: Mapped[int] = mapped_column(default=48)


class Placement(Model):
    """A ticket that waits for the rules to find somebody. `since`: from when the rule's minutes count; `due_at`: the next try; `tries` so far.
    `why`: what the last try found, as `deciding.Decision.told`; `told_at`: when supervisors were told."""

    __tablename__ = "placement"
    __table_args__ = (Index("ix_placement_due_at", "due_at"),)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    why: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    told_at: Mapped[datetime | None]


class Handover(Keyed, Model):
    """Many tickets given on in one go: `reason` absence (those of `person_id`) or flow (those of `customer_id`). `moves`: [{"ticket_id",
    "from", "to"}], ids of persons or None; `before`: of a flow, what stood at the customer. In force while `undone_at` is None."""

    __tablename__ = "handover"
    __table_args__ = (CheckConstraint("reason IN ('absence', 'flow')", name="reason"), Index("ix_handover_done_at", "done_at"))
    reason: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id", ondelete="SET NULL"), index=True)
    moves: Mapped[list[Any]]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done_at: Mapped[datetime]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
