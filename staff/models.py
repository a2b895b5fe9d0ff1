"""Who we are: branches, people, teams, skills, rota, absence, presence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.models import User
from core.db import Keyed, Model
from core.files import File


class Branch(Keyed, Model):
    """One of our locations. Its working hours are a calendar of `tickets.sla` that names the branch; `time_zone` is an IANA name."""

    __tablename__ = "branch"
    name: Mapped[str] = mapped_column(unique=True)
    time_zone: Mapped[str]
    country: Mapped[str] = mapped_column(default="DE")
    language: Mapped[str] = mapped_column(default="en")
    address: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    active: Mapped[bool] = mapped_column(default=True)


class Team(Keyed, Model):
    """People who work together, for routing and boards."""

    __tablename__ = "team"
    name: Mapped[str] = mapped_column(unique=True)
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"))


class Person(Keyed, Model):
    """Somebody who works here. `kind` is agent, technician or both; `capacity` the tickets one agent holds at a time.

    `overtime_minutes`: how long after a shift they may still work; `cost_per_hour` in minor units of `cost_currency`, None: not known; what it was
    on an earlier day: HourlyCost.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("kind IN ('agent', 'technician', 'both')", name="kind"),
        CheckConstraint("overtime_minutes BETWEEN 0 AND 720", name="overtime"),
        CheckConstraint("cost_per_hour >= 0", name="cost"),
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)
    kind: Mapped[str]
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    phone: Mapped[str | None]
    home_latitude: Mapped[float | None]
    home_longitude: Mapped[float | None]
    capacity: Mapped[int] = mapped_column(default=20)
    overtime_minutes: Mapped[int] = mapped_column(default=0)
    cost_per_hour: Mapped[int | None]
    cost_currency: Mapped[str] = mapped_column(default="EUR")
    active: Mapped[bool] = mapped_column(default=True)
    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)
    branch: Mapped[Branch] = relationship(lazy="joined", innerjoin=True)
    skills: Mapped[list[PersonSkill]] = relationship(back_populates="person", cascade="all, delete-orphan")

    @property
    def name(self) -> str:
        return self.user.name


class HourlyCost(Model):
    """What an hour of somebody costs from a day on, where that changed; before the first of these days it cost the same as on it. The last one is the
    person's own `cost_per_hour`."""

    __tablename__ = "hourly_cost"
    __table_args__ = (CheckConstraint("cost_per_hour >= 0", name="cost"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    cost_per_hour: Mapped[int | None]
    cost_currency: Mapped[str]


class Skill(Keyed, Model):
    """Something a person can do: a trade, a product, a language for calls. `key` is stable, `name` shown."""

    __tablename__ = "skill"
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="trade")


class PersonSkill(Model):
    """A person's level (1 to 5) of a skill, until the certificate's last day if there is one; the certificate itself as a file.

    `reminded_for`: the last day that supervisors were told of.
    """

    __tablename__ = "person_skill"
    __table_args__ = (CheckConstraint("level BETWEEN 1 AND 5", name="level"),)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    skill_id: Mapped[int] = mapped_column(ForeignKey("skill.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)
    expires_on: Mapped[date | None] = mapped_column(index=True)
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("file.id"))
    reminded_for: Mapped[date | None]
    proof: Mapped[File | None] = relationship(lazy="joined")
    person: Mapped[Person] = relationship(back_populates="skills")
    skill: Mapped[Skill] = relationship(lazy="joined", innerjoin=True)


class Shift(Keyed, Model):
    """A weekly working window in the branch's time zone: `weekday` 0 is Monday, `starts`/`ends` "HH:MM"; ends ≤ starts runs over midnight.

    It holds for the dates on which it starts from `valid_from` to `valid_until`, both included; None: without bound. `break_minutes` (0: none) are
    taken within the wall's `break_from` to `break_until`, which lie in the shift.
    """

    __tablename__ = "shift"
    __table_args__ = (
        UniqueConstraint("person_id", "weekday", "starts", "valid_from", postgresql_nulls_not_distinct=True),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("valid_until >= valid_from", name="validity"),
        CheckConstraint("break_minutes >= 0 AND (break_minutes = 0) = (break_from IS NULL)", name="rest"),
        CheckConstraint("(break_from IS NULL) = (break_until IS NULL)", name="rest_window"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    weekday: Mapped[int]
    starts: Mapped[str]
    ends: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    break_from: Mapped[str | None]
    break_until: Mapped[str | None]
    break_minutes: Mapped[int] = mapped_column(default=0)


class ShiftException(Model):
    """One date on which somebody does not work as every week. `kind`: extra (the windows beside the weekly ones), hours (in their place), off.

    `windows`: [["HH:MM", "HH:MM"]] in the branch's time zone, by start; they belong to the date on which they start.
    """

    __tablename__ = "shift_exception"
    __table_args__ = (
        CheckConstraint("kind IN ('extra', 'hours', 'off')", name="kind"),
        CheckConstraint("(kind = 'off') = (jsonb_array_length(windows) = 0)", name="windows"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    windows: Mapped[list[Any]] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(default="")


class Absence(Keyed, Model):
    """A time when somebody is not there (leave, illness, training)."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"), Index("ix_absence_person_ends", "person_id", "ends_at"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str]


class LeaveRequest(Keyed, Model):
    """Somebody asks not to work from the first day to the last, both included, in the branch's time zone; with `starts` ("HH:MM") only from then on
    the first day, with `ends` only until then on the last. Approved it has an absence; `answer` is the word of who decided."""

    __tablename__ = "leave_request"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'approved', 'refused', 'cancelled')", name="state"),
        CheckConstraint("last_day >= first_day", name="days"),
        Index("ix_leave_request_person", "person_id", "first_day"),
        Index("ix_leave_request_waiting", "first_day", postgresql_where=text("state = 'requested'")),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts: Mapped[str | None]
    ends: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="requested")
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(default="")
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id", ondelete="SET NULL"), index=True)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    decided_by: Mapped[User | None] = relationship(lazy="joined")


class Deputy(Keyed, Model):
    """Who does somebody's work while they are away. With both times: in that time, whatever the rota says; with none: always while they are
    absent (at most one such)."""

    __tablename__ = "deputy"
    __table_args__ = (
        CheckConstraint("person_id <> deputy_id", name="not_oneself"),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="both_times"),
        CheckConstraint("ends_at > starts_at", name="order"),
        Index("uq_deputy_standing", "person_id", unique=True, postgresql_where=text("starts_at IS NULL")),
        Index("ix_deputy_person", "person_id", "ends_at"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]


class Presence(Keyed, Model):
    """What an agent is doing, as a history: the row without `until` is the current one.

    `state`: offline, ready, on_call, wrap_up, break. `reason` says which break; a machine's are `away` (staff.services.attendance) and those
    of calls. A restart of any process changes nobody's state.
    """

    __tablename__ = "presence"
    __table_args__ = (
        CheckConstraint("state IN ('offline', 'ready', 'on_call', 'wrap_up', 'break')", name="state"),
        Index("uq_presence_current", "person_id", unique=True, postgresql_where=text("until IS NULL")),
        Index("ix_presence_since", "since"),
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    state: Mapped[str]
    reason: Mapped[str | None]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
