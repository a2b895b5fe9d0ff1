"""Job types, visits and assignments. One assignment row per (visit, person | vehicle | tool) carries the exclusion, so crews and tools are
covered by the same constraint and double booking is refused by the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Sequence, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Keyed, Model
from customers.models import Site
from dispatch.materials.models import Part, Reservation, Usage
from staff.models import Person, Skill
from tickets.models import Ticket

EXCLUSION = "ex_assignment"  # the constraint under which nobody is in two places
visit_number = Sequence("visit_number_seq", start=5001, metadata=Base.metadata)


class JobType(Keyed, Model):
    """A sort of work: how long it takes, what it needs. `checklist`: [{"key", "text"}].

    Its work is charged at the fixed `price`, else by `price_per_hour`, in minor units of `price_currency`; None: not charged.
    """

    __tablename__ = "job_type"
    __table_args__ = (CheckConstraint("price >= 0 AND price_per_hour >= 0", name="price"),)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    minutes: Mapped[int]
    checklist: Mapped[list[Any]] = mapped_column(default=list)
    equipment_kinds: Mapped[list[Any]] = mapped_column(default=list)
    price: Mapped[int | None]
    price_per_hour: Mapped[int | None]
    price_currency: Mapped[str] = mapped_column(default="EUR")
    active: Mapped[bool] = mapped_column(default=True)
    skills: Mapped[list[JobTypeSkill]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    kit: Mapped[list[JobTypePart]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class JobTypeSkill(Model):
    """A skill, with its least level, that the technician needs."""

    __tablename__ = "job_type_skill"
    job_type_id: Mapped[int] = mapped_column(ForeignKey("job_type.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)
    skill: Mapped[Skill] = relationship(lazy="joined", innerjoin=True)


class JobTypePart(Model):
    """A line of the kit."""

    __tablename__ = "job_type_part"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)
    job_type_id: Mapped[int] = mapped_column(ForeignKey("job_type.id", ondelete="CASCADE"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("part.id"), primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1)
    part: Mapped[Part] = relationship(lazy="joined", innerjoin=True)


class Visit(Keyed, Model):
    """One trip to a site for a ticket. The promised window (what the customer was told) stands apart from planned and actual times.

    `status`: proposed, booked, on_the_way, on_site, done, needs_part, no_access, cancelled, lapsed; the first four are open. A proposed one with
    `held_until` is kept for a caller who has not said yes: it lapses then. `lock`: what planning leaves as it is; `time` is technician and time.
    `gave_way`: [[visit's id, start before, start since]] of those that moved for it, put back when it goes.
    `coverage`: who pays, as somebody said; None: as warranty and contracts say (`dispatch.costs`).
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint(
            "status IN ('proposed', 'booked', 'on_the_way', 'on_site', 'done', 'needs_part', 'no_access', 'cancelled', 'lapsed')",
            name="status",
        ),
        CheckConstraint("lock IN ('none', 'technician', 'time')", name="lock"),
        CheckConstraint("promised_until > promised_from", name="window"),
        CheckConstraint("coverage IN ('warranty', 'contract', 'goodwill', 'charged')", name="coverage"),
        Index("ix_visit_open", "ticket_id", postgresql_where=text("status IN ('proposed', 'booked', 'on_the_way', 'on_site')")),
        Index("ix_visit_planned", "planned_start"),
        Index("ix_visit_held", "held_until", postgresql_where=text("status = 'proposed' AND held_until IS NOT NULL")),
        Index("ix_visit_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_visit_done", "job_type_id", "ended_at", postgresql_where=text("status = 'done'")),
    )
    number: Mapped[int] = mapped_column(BigInteger, visit_number, unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    job_type_id: Mapped[int] = mapped_column(ForeignKey("job_type.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    status: Mapped[str] = mapped_column(default="booked")
    promised_from: Mapped[datetime]
    promised_until: Mapped[datetime]
    planned_start: Mapped[datetime]
    planned_end: Mapped[datetime]
    held_until: Mapped[datetime | None]
    lock: Mapped[str] = mapped_column(default="none", server_default="none")
    gave_way: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    left_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(default="")
    checklist: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cancel_reason: Mapped[str | None]
    coverage: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    ticket: Mapped[Ticket] = relationship(lazy="joined", innerjoin=True)
    job_type: Mapped[JobType] = relationship(lazy="joined", innerjoin=True)
    site: Mapped[Site | None] = relationship(lazy="joined")
    assignments: Mapped[list[Assignment]] = relationship(back_populates="visit", lazy="selectin")
    reservations: Mapped[list[Reservation]] = relationship(lazy="selectin", viewonly=True)
    usages: Mapped[list[Usage]] = relationship(lazy="selectin", viewonly=True)
    __mapper_args__ = {"version_id_col": version}


class Assignment(Keyed, Model):
    """A person, vehicle or tool taken for a visit. `during` is travel plus work, planned; actual times stand on the visit.

    `resource` is `person:7`, `vehicle:3` or `tool:12`; of one resource no two active ranges overlap.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        ExcludeConstraint(
            ("resource", "="),
            ("during", "&&"),
            where=text("active"),
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
            name=EXCLUSION,
        ),
        CheckConstraint("travel_seconds >= 0", name="travel"),
        Index("ix_assignment_visit", "visit_id"),
    )
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    resource: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    travel_seconds: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    visit: Mapped[Visit] = relationship(back_populates="assignments")
    person: Mapped[Person | None] = relationship(lazy="joined")
