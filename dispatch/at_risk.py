"""Visits of the present day that are not going to happen as promised: late, beyond the shift, after the ticket is due, or without their part. Those
whose technician is away meanwhile stand in `displaced`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from core.db import db
from dispatch import displaced, presenters
from dispatch.visits import queries
from dispatch.visits.forecast import Cause
from dispatch.visits.models import Visit, VisitForecast
from dispatch.visits.rules import OPEN
from dispatch.visits.services import delays
from tickets.sla.models import Clock

SHOWN = 100


def _found(*columns: Any) -> Select[Any]:
    """What is due is what the ticket's running clocks want: somebody there by the start, or the work done by its end."""
    running = and_(Clock.ticket_id == Visit.ticket_id, Clock.state == "running")
    there = exists().where(running, Clock.kind == "on_site", Clock.due_at < VisitForecast.expected_start_at, Visit.arrived_at.is_(None))
    done = exists().where(running, Clock.kind == "resolution", Clock.due_at < VisitForecast.expected_end_at)
    late = or_(VisitForecast.late_seconds > 0, VisitForecast.overtime_seconds > 0, VisitForecast.cause == Cause.PART, there, done)
    query = select(*columns).join(VisitForecast, VisitForecast.visit_id == Visit.id)
    return query.where(late, or_(VisitForecast.cause != Cause.ABSENT, ~displaced.shown()), Visit.status.in_(OPEN))


def visits(*, start: int = 0, stop: int = SHOWN, numbers: Collection[int] | None = None) -> list[Visit]:
    """Those at these places of the order by planned start. `numbers`: of these only those."""
    first = _found(Visit.id).order_by(Visit.planned_start, Visit.id).offset(start).limit(stop - start).subquery()
    query = select(Visit).join(first, first.c.id == Visit.id).order_by(Visit.planned_start, Visit.id)
    return list(db.session.scalars(query if numbers is None else query.where(Visit.number.in_(list(numbers)))))


def lines(*, start: int = 0, stop: int = SHOWN, numbers: Collection[int] | None = None) -> dict[str, dict[str, Any]]:
    """The same by number, as boards show a visit, with the technician's branch."""
    found = visits(start=start, stop=stop, numbers=numbers)
    drafts = delays.prepared_for([visit.id for visit in found])
    shown = {}
    for line, visit in zip(presenters.visit_lines(found), found, strict=True):
        person = queries.technician_of(visit)
        branch = person.branch if person is not None else visit.ticket.queue.branch
        draft = drafts.get(visit.id)
        shown[str(visit.number)] = line | {
            "branch": {"id": branch.id, "name": branch.name},
            "notice": presenters.delay_notice(draft) if draft is not None else None,
        }
    return shown


def count() -> int:
    """How many there are."""
    return db.session.scalar(_found(func.count(Visit.id))) or 0
