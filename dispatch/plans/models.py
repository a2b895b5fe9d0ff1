"""A proposal and the rows of its difference. What is proposed binds nobody until a row is accepted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.models import User
from core.db import Keyed, Model
from dispatch.visits.models import JobType, Visit
from staff.models import Branch, Person
from tickets.models import Ticket


class Plan(Keyed, Model):
    """One question to the planner, for the days of a branch from the first to the last (both included), and its answer.

    `status`: queued, running (`progress` in percent), ready, accepting (a worker does the rows `accepting`; `progress` of these), partly (some rows
    were accepted), accepted, refused, cancelled, failed (`problem` says why), superseded (the same person asked anew). `seconds`: how long the search
    may last. `asked`: by day the problem in the form of `plan solve`; `found`: by day the plan; both are large, and read only where they are wanted.
    `before`, `after`: totals as `measuring.Totals` has them.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("kind IN ('day', 'repair')", name="kind"),
        CheckConstraint(
            "status IN ('queued', 'running', 'ready', 'accepting', 'partly', 'accepted', 'refused', 'cancelled', 'failed', 'superseded')",
            name="status",
        ),
        CheckConstraint("(status = 'accepting') = (jsonb_array_length(accepting) > 0)", name="accepting"),
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint("seconds BETWEEN 0 AND 60", name="seconds"),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
        Index("ix_plan_branch", "branch_id", "first_day"),
    )
    kind: Mapped[str]
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    seconds: Mapped[int]
    status: Mapped[str]
    progress: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
    asked: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    found: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    finished_at: Mapped[datetime | None]
    accepting: Mapped[list[Any]] = mapped_column(default=list)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    branch: Mapped[Branch] = relationship(lazy="joined", innerjoin=True)
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id], lazy="joined")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id], lazy="joined")
    rows: Mapped[list[PlanRow]] = relationship(back_populates="plan", order_by="PlanRow.position", cascade="all, delete-orphan")


class PlanRow(Keyed, Model):
    """One difference. `kind`: book (a ticket gets its visit), give (a visit goes to another technician), shift (the same technician at another
    time), left (nobody can come; nothing to accept).

    `from_*`: where the visit stood when the plan was made; accepting compares. `*_person_id`: of a crew its lead, `*_helper_ids` the others.
    `promised_*`: what the customer is told from then on, None: what they were told stays. `facts`: what the explanation tells. `state`: open,
    waiting (to be accepted by a worker; with a `reason` it was tried, and is tried again after the others), accepted, refused, conflict (`reason`
    in words, `reason_code`).
    """

    __tablename__ = "plan_row"
    __table_args__ = (
        CheckConstraint("kind IN ('book', 'give', 'shift', 'left')", name="kind"),
        CheckConstraint("state IN ('open', 'waiting', 'accepted', 'refused', 'conflict')", name="state"),
        CheckConstraint("(kind = 'left') = (to_start IS NULL)", name="target"),
        Index("ix_plan_row_plan", "plan_id", "position"),
    )
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str]
    day: Mapped[date]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id", ondelete="CASCADE"), index=True)
    job_type_id: Mapped[int | None] = mapped_column(ForeignKey("job_type.id"))
    from_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    from_helper_ids: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))
    from_start: Mapped[datetime | None]
    to_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    to_helper_ids: Mapped[list[Any]] = mapped_column(default=list, server_default=sql("'[]'"))
    to_start: Mapped[datetime | None]
    to_end: Mapped[datetime | None]
    promised_from: Mapped[datetime | None]
    promised_until: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    reason_code: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    plan: Mapped[Plan] = relationship(back_populates="rows")
    ticket: Mapped[Ticket] = relationship(lazy="joined", innerjoin=True)
    visit: Mapped[Visit | None] = relationship(lazy="select")
    job_type: Mapped[JobType | None] = relationship(lazy="joined")
    from_person: Mapped[Person | None] = relationship(foreign_keys=[from_person_id], lazy="joined")
    to_person: Mapped[Person | None] = relationship(foreign_keys=[to_person_id], lazy="joined")
