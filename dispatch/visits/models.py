"""Job types, visits and assignments. One assignment row per (visit, person | vehicle | tool) carries the exclusion, so crews and tools are
covered by the same constraint and double booking is refused by the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Sequence
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Keyed, Model
from customers.models import Site
from dispatch.materials.models import Part, Reservation, Usage
from dispatch.visits.rules import MOST_CREW
from staff.models import Person, Skill
from tickets.models import Ticket

EXCLUSION = "ex_assignment"  # the constraint under which nobody is in two places
visit_number = Sequence("visit_number_seq", start=5001, metadata=Base.metadata)


class JobType(Keyed, Model):
    """A sort of work: how long it takes, what it needs. `crew`: so many technicians start together. `checklist`: [{"key", "text"}].

    Its work is charged at the fixed `price`, else by `price_per_hour`, in minor units of `price_currency`; None: not charged.
    """

    __tablename__ = "job_type"
    __table_args__ = (
        CheckConstraint("price >= 0 AND price_per_hour >= 0", name="price"),
        CheckConstraint(f"crew BETWEEN 1 AND {MOST_CREW}", name="crew"),
    )
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    minutes: Mapped[int]
    crew: Mapped[int] = mapped_column(default=1, server_default="1")
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
    """One trip to a site for a ticket, by one technician or a crew that starts and ends together. The promised window (what the customer was
    told) stands apart from planned and actual times.

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
        Index("ix_visit_open", "ticket_id", postgresql_where=sql("status IN ('proposed', 'booked', 'on_the_way', 'on_site')")),
        Index("ix_visit_planned", "planned_start"),
        Index("ix_visit_held", "held_until", postgresql_where=sql("status = 'proposed' AND held_until IS NOT NULL")),
        Index("ix_visit_ended", "ended_at", postgresql_where=sql("ended_at IS NOT NULL")),
        Index("ix_visit_done", "job_type_id", "ended_at", postgresql_where=sql("status = 'done'")),
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
    gave_way: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))
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


class VisitForecast(Model):
    """How an open visit of the present day departs from its plan (`dispatch.visits.forecast`); without a row it goes as planned, or better.

    `expected_*` None: not on this day. `late_seconds`: beyond the promised window; `overtime_seconds`: beyond shift and plan; `cause`: a
    `forecast.Cause`, "" when it only starts or ends earlier; `because_of_id`: the earlier visit that is the cause; `person_id`: whose day it was, of
    a crew theirs who is there last.
    """

    __tablename__ = "visit_forecast"
    __table_args__ = (
        CheckConstraint("late_seconds >= 0 AND overtime_seconds >= 0", name="seconds"),
        Index("ix_visit_forecast_person", "person_id"),
    )
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    expected_start_at: Mapped[datetime | None]
    expected_end_at: Mapped[datetime | None]
    late_seconds: Mapped[int] = mapped_column(default=0)
    overtime_seconds: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str] = mapped_column(default="")
    because_of_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id", ondelete="SET NULL"))
    computed_at: Mapped[datetime]


class Assignment(Keyed, Model):
    """A person, vehicle or tool taken for a visit. `during` is travel plus work, planned; actual times stand on the visit.

    `resource` is `person:7`, `vehicle:3` or `tool:12`; of one resource no two active ranges overlap. `lead`: of a visit's people the one who brings
    the parts and speaks for it; the others are helpers. A visit has at most one active lead.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        ExcludeConstraint(
            ("resource", "="),
            ("during", "&&"),
            where=sql("active"),
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
            name=EXCLUSION,
        ),
        CheckConstraint("travel_seconds >= 0", name="travel"),
        CheckConstraint("person_id IS NOT NULL OR NOT lead", name="lead"),
        Index("ix_assignment_visit", "visit_id"),
        Index("ix_assignment_helper", "visit_id", postgresql_where=sql("active AND NOT lead")),
        Index("uq_assignment_lead", "visit_id", unique=True, postgresql_where=sql("active AND lead")),
    )
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    resource: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    during: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)
    travel_seconds: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    lead: Mapped[bool] = mapped_column(default=True, server_default=sql("true"))
    visit: Mapped[Visit] = relationship(back_populates="assignments")
    person: Mapped[Person | None] = relationship(lazy="joined")


class DelayNotice(Keyed, Model):
    """What a customer is to be told of a visit that will not be as promised: drafted by the machine, sent or dismissed by a dispatcher.

    `kind`: late (expected after its promised window), away (its technician is not there, and who comes instead is not known: it has no times).
    `state`: prepared, sent, dismissed, withdrawn (the delay was gone before anybody told it). `expected_at`: the start it speaks of;
    `promised_from`, `promised_until`: the window that a customer who agrees is promised instead; `text`: as it was sent, until then it follows
    from the rest; `told_at`: the time that the sent text named, None for none.
    """

    __tablename__ = "delay_notice"
    __table_args__ = (
        CheckConstraint("kind IN ('late', 'away')", name="kind"),
        CheckConstraint("state IN ('prepared', 'sent', 'dismissed', 'withdrawn')", name="state"),
        CheckConstraint("promised_until > promised_from", name="window"),
        CheckConstraint(
            "(kind = 'away') = (expected_at IS NULL) AND (kind = 'away') = (promised_from IS NULL) AND (kind = 'away') = (promised_until IS NULL)",
            name="times",
        ),
        Index("uq_delay_notice_prepared", "visit_id", unique=True, postgresql_where=sql("state = 'prepared'")),
        Index("ix_delay_notice_visit", "visit_id", "id"),
    )
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    kind: Mapped[str] = mapped_column(default="late")
    state: Mapped[str] = mapped_column(default="prepared")
    expected_at: Mapped[datetime | None]
    promised_from: Mapped[datetime | None]
    promised_until: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime | None]
    channel: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    visit: Mapped[Visit] = relationship(lazy="joined", innerjoin=True)


class TravelPace(Model):
    """How much longer than reckoned ways take in a class of hours (`travel.HOUR_CLASSES`), learned from `ways` of them. `base`: reckoned by straight
    `line`, or by `road` as the routing service says."""

    __tablename__ = "travel_pace"
    __table_args__ = (CheckConstraint("ratio BETWEEN 0.5 AND 2", name="ratio"), CheckConstraint("base IN ('line', 'road')", name="base"))
    hours: Mapped[str] = mapped_column(primary_key=True)
    base: Mapped[str] = mapped_column(primary_key=True, default="line", server_default="line")
    ratio: Mapped[float]
    ways: Mapped[int]
    learned_at: Mapped[datetime]
