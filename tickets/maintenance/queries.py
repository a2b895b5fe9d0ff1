"""Questions about maintenance plans: one, a list, its dates, what a ticket belongs to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import joinedload

from core import api
from core.auth.models import User
from core.db import db
from core.errors import NotFound
from customers.models import Contract, Equipment
from tickets import queries
from tickets.maintenance.models import MaintenancePlan, Occurrence
from tickets.models import Ticket

SOON = timedelta(days=30)
DUE = ("overdue", "soon", "missed")
SHOWN_DATES = 200


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to. `due`: overdue (its date passed and the ticket is not done), soon (30 days), missed (dates that passed while
    nothing ran, in the last 30 days)."""

    customer_id: int | None = None
    equipment_id: int | None = None
    queue_id: int | None = None
    state: str | None = None
    due: str | None = None
    trouble: bool | None = None


def plan(plan_id: int) -> MaintenancePlan:
    """Raises NotFound."""
    found = db.session.get(MaintenancePlan, plan_id)
    if found is None:
        raise NotFound(_("There is no such maintenance plan."))
    return found


def plans_page(filters: Filters, *, today: date, after: str | None, limit: int) -> tuple[list[MaintenancePlan], str | None]:
    """A page of the list, what is due first, and the mark of the next."""
    query = narrowed(filters, today=today)
    return api.page(query, order=[MaintenancePlan.sort_due, MaintenancePlan.id], after=after, limit=limit)  # type: ignore[list-item]


def plans(filters: Filters, *, today: date, limit: int) -> list[MaintenancePlan]:
    """As many of the list."""
    query = narrowed(filters, today=today).order_by(MaintenancePlan.sort_due, MaintenancePlan.id)
    return list(db.session.scalars(query.limit(limit)))


def narrowed(filters: Filters, *, today: date) -> Select[Any]:
    """The list's query, with all that a line names."""
    query = select(MaintenancePlan).where(*_conditions(filters, today))
    return query.execution_options(populate_existing=True)


def _conditions(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (MaintenancePlan.customer_id, filters.customer_id),
        (MaintenancePlan.equipment_id, filters.equipment_id),
        (MaintenancePlan.queue_id, filters.queue_id),
        (MaintenancePlan.state, filters.state),
    ):
        if value is not None:
            found.append(column == value)
    if filters.trouble:
        found.append(MaintenancePlan.problem != "")
    if filters.due == "soon":
        found.append(MaintenancePlan.next_due_on <= today + SOON)
        found.append(MaintenancePlan.state == "active")
    elif filters.due == "overdue":
        found.append(_overdue(today))
    elif filters.due == "missed":
        missed = exists().where(Occurrence.plan_id == MaintenancePlan.id, Occurrence.state == "missed", Occurrence.due_on >= today - SOON)
        found.append(missed)
    return found


def _overdue(today: date) -> ColumnElement[bool]:
    waiting = (MaintenancePlan.state == "active") & (MaintenancePlan.next_due_on < today)
    undone = exists().where(
        Occurrence.plan_id == MaintenancePlan.id,
        Occurrence.ticket_id == Ticket.id,
        Occurrence.due_on < today,
        Ticket.status.not_in(("resolved", "closed")),
    )
    return waiting | undone


def newest_of(plan_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """The newest opened date of each plan with its ticket, by plan."""
    query = (
        select(
            Occurrence.plan_id, Occurrence.number, Occurrence.due_on, Occurrence.completed_on, Ticket.number.label("ticket"), Ticket.status
        )
        .join(Ticket, Ticket.id == Occurrence.ticket_id)
        .where(Occurrence.plan_id.in_(list(plan_ids)))
        .distinct(Occurrence.plan_id)
        .order_by(Occurrence.plan_id, Occurrence.number.desc())
    )
    return {row.plan_id: dict(row._mapping) for row in db.session.execute(query)} if plan_ids else {}


def dates_of(plan_id: int) -> list[dict[str, Any]]:
    """What became of a plan's dates, the newest first, at most 200."""
    query = (
        select(
            Occurrence.id,
            Occurrence.number,
            Occurrence.planned_on,
            Occurrence.due_on,
            Occurrence.state,
            Occurrence.reason,
            Occurrence.at,
            Occurrence.completed_on,
            User.name.label("actor"),
            Ticket.number.label("ticket"),
            Ticket.status,
        )
        .outerjoin(User, User.id == Occurrence.actor_id)
        .outerjoin(Ticket, Ticket.id == Occurrence.ticket_id)
        .where(Occurrence.plan_id == plan_id)
        .order_by(Occurrence.number.desc())
        .limit(SHOWN_DATES)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def last_date(plan_id: int) -> Occurrence | None:
    """The newest date that is settled: opened, skipped or missed."""
    query = select(Occurrence).where(Occurrence.plan_id == plan_id, Occurrence.state != "postponed")
    return db.session.scalar(query.order_by(Occurrence.number.desc()).limit(1))


def postponed(plan_id: int) -> Occurrence | None:
    """The date still to come that somebody moved, if any."""
    return db.session.scalar(select(Occurrence).where(Occurrence.plan_id == plan_id, Occurrence.state == "postponed"))


def of_ticket(ticket_id: int) -> list[dict[str, Any]]:
    """Which plans' dates a ticket stands for, with those merged into it."""
    query = (
        select(Occurrence.number, Occurrence.due_on, MaintenancePlan.id, MaintenancePlan.name, MaintenancePlan.recurrence)
        .join(MaintenancePlan, MaintenancePlan.id == Occurrence.plan_id)
        .where(Occurrence.ticket_id.in_(queries.family_ids(ticket_id)))
        .order_by(Occurrence.due_on, Occurrence.id)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def due_plans(now: datetime, limit: int) -> list[MaintenancePlan]:
    """Plans that the sweep is to look at, the longest overdue first, their rows locked; those that another transaction holds are left out."""
    query = (
        select(MaintenancePlan)
        .where(MaintenancePlan.look_at <= now, MaintenancePlan.state == "active")
        .order_by(MaintenancePlan.look_at, MaintenancePlan.id)
        .limit(limit)
        .with_for_update(of=MaintenancePlan, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def equipment_of(
    *, customer_id: int | None, kind: str | None, maker: str | None, model: str | None, contract_id: int | None, today: date, limit: int
) -> list[Equipment]:
    """Equipment in use of a sort (compared without case), or under a contract; by customer."""
    query = select(Equipment).where(Equipment.retired_on.is_(None) | (Equipment.retired_on > today)).options(joinedload(Equipment.customer))
    for column, value in ((Equipment.kind, kind), (Equipment.maker, maker), (Equipment.model, model)):
        if value:
            query = query.where(column.ilike(value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")))
    if customer_id is not None:
        query = query.where(Equipment.customer_id == customer_id)
    if contract_id is not None:
        contract = db.session.get(Contract, contract_id)
        if contract is None:
            raise NotFound(_("There is no such contract."))
        query = query.where(Equipment.customer_id == contract.customer_id)
        if contract.equipment_id is not None:
            query = query.where(Equipment.id == contract.equipment_id)
    found = db.session.scalars(query.order_by(Equipment.customer_id, Equipment.id).limit(limit))
    return [thing for thing in found if thing.customer.archived_at is None]


def planned_equipment(name: str, equipment_ids: Collection[int]) -> set[int]:
    """Those of this equipment that have a plan of this name already, ended ones aside."""
    query = select(MaintenancePlan.equipment_id).where(
        MaintenancePlan.equipment_id.in_(list(equipment_ids)), MaintenancePlan.name == name, MaintenancePlan.state != "ended"
    )
    return {found for found in db.session.scalars(query) if found is not None}
