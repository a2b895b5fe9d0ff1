"""The firm's settings of visits, and what customers were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Keyed, Model
from dispatch.visits.models import Visit
from staff.models import Person

CHANGE_HOURS = 24


class VisitSettings(Model):
    """One row; none while nobody changed anything. `own_booking`: customers book on their ticket's page; `own_booking_hours`: until so long before
    the promised window they change or call off themselves; `names_shown`: they are told the technician's name."""

    __tablename__ = "visit_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("own_booking_hours BETWEEN 0 AND 336", name="own_booking_hours"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    own_booking: Mapped[bool] = mapped_column(default=False)
    own_booking_hours: Mapped[int] = mapped_column(default=CHANGE_HOURS)
    names_shown: Mapped[bool] = mapped_column(default=False)


class Promise(Keyed, Model):
    """One estimate that a customer was given. `promised_from`, `promised_until`: what they were told; `estimated_at`: when we expected to be there,
    of a window the plan within it, which follows the plan until the arrival, of an arrival and a delay what was said.

    `person_id`: who was to come, after the arrival who came; `area` as in `rules.area`; `local_hour` of `estimated_at`, on the wall of the place.
    `minutes_off`: the arrival after (negative: before) `estimated_at`; `correction_minutes`: what was added to it by
    experience. `outcome` as in `rules.Outcome`; None: still to come. A later report of an
    earlier arrival judges it anew.
    """

    __tablename__ = "promise"
    __table_args__ = (
        CheckConstraint("kind IN ('booked', 'changed', 'arrival', 'delay')", name="kind"),
        CheckConstraint("channel IN ('staff', 'portal', 'field')", name="channel"),
        CheckConstraint(
            "outcome IN ('kept', 'early', 'late', 'no_access', 'cancelled', 'cancelled_by_customer', 'replaced', 'unknown')", name="outcome"
        ),
        CheckConstraint("promised_until > promised_from", name="window"),
        CheckConstraint("local_hour BETWEEN 0 AND 23", name="local_hour"),
        Index("ix_promise_visit", "visit_id"),
        Index("ix_promise_from", "promised_from", "id"),
    )
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    kind: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    promised_from: Mapped[datetime]
    promised_until: Mapped[datetime]
    estimated_at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    area: Mapped[str] = mapped_column(default="")
    local_hour: Mapped[int]
    arrived_at: Mapped[datetime | None]
    minutes_off: Mapped[int | None]
    correction_minutes: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    visit: Mapped[Visit] = relationship(lazy="joined", innerjoin=True)
    person: Mapped[Person | None] = relationship(lazy="joined")


class Lateness(Model):
    """How many minutes after the estimate arrivals usually are, learned by `dispatch.promises.lateness` from `promises` of them.

    `kind`: window, arrival; `what`: technician, hour, area; `key`: its id, hour or name."""

    __tablename__ = "lateness"
    kind: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    minutes: Mapped[float]
    promises: Mapped[int]
    learned_at: Mapped[datetime]
