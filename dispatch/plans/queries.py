"""Questions about plans."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from core.db import db
from core.errors import NotFound
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.rules import DECIDABLE, UNDER_WAY, RowState

SHOWN = 50


def plan(plan_id: int) -> Plan:
    """Raises NotFound."""
    found = db.session.get(Plan, plan_id) if 0 < plan_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such plan."))
    return found


def rows_of(plan_id: int) -> list[PlanRow]:
    """The difference, read afresh."""
    query = select(PlanRow).where(PlanRow.plan_id == plan_id).order_by(PlanRow.position)
    query = query.options(selectinload(PlanRow.visit)).execution_options(populate_existing=True)
    return list(db.session.scalars(query).unique())


def waiting_rows(plan_id: int, ids: Collection[int] | None = None) -> list[PlanRow]:
    """Those that a worker has still to accept, read afresh. `ids`: of these only those."""
    query = select(PlanRow).where(PlanRow.plan_id == plan_id, PlanRow.state == RowState.WAITING).order_by(PlanRow.position)
    if ids is not None:
        query = query.where(PlanRow.id.in_(list(ids)))
    return list(db.session.scalars(query.options(selectinload(PlanRow.visit)).execution_options(populate_existing=True)).unique())


def count_waiting(plan_id: int) -> int:
    """How many a worker has still to accept."""
    query = select(func.count()).select_from(PlanRow).where(PlanRow.plan_id == plan_id, PlanRow.state == RowState.WAITING)
    return db.session.scalar(query) or 0


def plans(*, branch_id: int | None = None, status: str = "") -> Select[Plan]:
    """Plans as a select."""
    query = select(Plan)
    if branch_id is not None:
        query = query.where(Plan.branch_id == branch_id)
    return query.where(Plan.status == status) if status else query


def latest(ids: Collection[int] | None = None) -> list[Plan]:
    """The newest `SHOWN`, the newest first; of them only these."""
    newest = select(Plan.id).order_by(Plan.id.desc()).limit(SHOWN)
    query = select(Plan).where(Plan.id.in_(newest.scalar_subquery())).order_by(Plan.id.desc())
    return list(db.session.scalars(query if ids is None else query.where(Plan.id.in_(list(ids)))))


def newest_ids(*, start: int, stop: int) -> list[int]:
    """Of all plans from the newest on: ids at these places."""
    return list(db.session.scalars(select(Plan.id).order_by(Plan.id.desc()).offset(start).limit(stop - start)))


def undecided_of(user_id: int, *, branch_id: int, first_day: date, last_day: date) -> list[Plan]:
    """What a person asked for these days and has not decided on."""
    query = select(Plan).where(
        Plan.created_by_id == user_id,
        Plan.branch_id == branch_id,
        Plan.first_day <= last_day,
        Plan.last_day >= first_day,
        Plan.status.in_((*UNDER_WAY, *DECIDABLE)),
    )
    return list(db.session.scalars(query.order_by(Plan.id)))
