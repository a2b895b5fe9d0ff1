"""Maintenance plans: tickets that open by themselves, again and again, for a thing, a site or a customer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from core.db import Keyed, Model
from customers.models import Customer, Equipment, Site
from tickets.models import Queue, Ticket


class MaintenancePlan(Keyed, Model):
    """What is done again and again, and when. Dates are local ones of the queue's branch.

    `recurrence`: as `recurrence.checked` gives it. `base`: `plan` counts from the planned dates, `completion` from the day the last one was done.
    `lead_days` before a date's due day its ticket is opened. `job_type`: key of a job type of the room above, "" for none; `propose_visit`: ask
    that room to propose visits.
    `state`: active, paused, ended (`state_reason` says why: a person's words, or a code of `services`). `next_planned_on`: the next date by the
    rule, `next_due_on`: the day it is due on, which closed days or somebody may have moved; both None when there is none, or while it waits for a
    completion. `next_number` counts dates, skipped and missed ones too.
    `look_at`: when the sweep acts on it next. `problem`: why the last try to open a ticket failed.
    """

    __tablename__ = "maintenance_plan"
    __table_args__ = (
        CheckConstraint("base IN ('plan', 'completion')", name="base"),
        CheckConstraint("state IN ('active', 'paused', 'ended')", name="state"),
        CheckConstraint("lead_days BETWEEN 0 AND 365", name="lead_days"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_on"),
        CheckConstraint("(next_planned_on IS NULL) = (next_due_on IS NULL)", name="next"),
        Index("ix_maintenance_plan_customer", "customer_id"),
        Index("ix_maintenance_plan_equipment", "equipment_id", postgresql_where=text("equipment_id IS NOT NULL")),
        Index("ix_maintenance_plan_due", "next_due_on", "id"),
        Index("ix_maintenance_plan_look_at", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    )
    name: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    checklist: Mapped[list[str]] = mapped_column(default=list)
    kind: Mapped[str] = mapped_column(default="maintenance")
    priority: Mapped[str] = mapped_column(default="normal")
    queue_id: Mapped[int] = mapped_column(ForeignKey("queue.id"))
    job_type: Mapped[str] = mapped_column(default="")
    propose_visit: Mapped[bool] = mapped_column(default=False)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    equipment_id: Mapped[int | None] = mapped_column(ForeignKey("equipment.id"))
    recurrence: Mapped[dict[str, Any]]
    base: Mapped[str] = mapped_column(default="plan")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    lead_days: Mapped[int] = mapped_column(default=14)
    state: Mapped[str] = mapped_column(default="active")
    state_reason: Mapped[str] = mapped_column(default="")
    next_planned_on: Mapped[date | None]
    next_due_on: Mapped[date | None] = mapped_column()
    next_number: Mapped[int] = mapped_column(default=1)
    look_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    sort_due: Mapped[date] = column_property(func.coalesce(next_due_on, date(9999, 12, 31)))
    queue: Mapped[Queue] = relationship(lazy="joined", innerjoin=True)
    customer: Mapped[Customer] = relationship(lazy="joined", innerjoin=True)
    site: Mapped[Site | None] = relationship(lazy="joined")
    equipment: Mapped[Equipment | None] = relationship(lazy="joined")
    __mapper_args__ = {"version_id_col": version}


class Occurrence(Keyed, Model):
    """One date of a plan, its `number`th: what became of it. `planned_on`: by the rule; `due_on`: where closed days or somebody moved it.

    `state`: postponed (still to come), opened (`ticket_id`), skipped, missed (it passed while nothing ran; a later one stands for it).
    `completed_on`: the day its ticket was resolved.
    """

    __tablename__ = "maintenance_occurrence"
    __table_args__ = (
        UniqueConstraint("plan_id", "planned_on"),
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("state IN ('postponed', 'opened', 'skipped', 'missed')", name="state"),
        CheckConstraint("(state = 'opened') = (ticket_id IS NOT NULL)", name="ticket"),
        Index("ix_maintenance_occurrence_ticket", "ticket_id", postgresql_where=text("ticket_id IS NOT NULL")),
    )
    plan_id: Mapped[int] = mapped_column(ForeignKey("maintenance_plan.id", ondelete="CASCADE"))
    number: Mapped[int]
    planned_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    completed_on: Mapped[date | None]
    plan: Mapped[MaintenancePlan] = relationship(lazy="select")
    ticket: Mapped[Ticket | None] = relationship(lazy="select")
