"""Booked visits whose technician, or one of whose crew, will not be there: they stay booked, and are to be placed anew. What an absence would do
to visits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.dialects.postgresql import Range

from core.db import db
from dispatch import presenters
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.queries import absent, real
from dispatch.visits.rules import Status
from dispatch.visits.services import delays
from staff.models import Absence
from staff.queries import names_of
from staff.slots import Hit

SHOWN = 100
# Nobody is on the way yet.
_WAITING = (Status.PROPOSED, Status.BOOKED)


def hits(person_id: int, start: datetime, end: datetime) -> list[Hit]:
    """Visits that a person is booked for and that an absence between two instants touches, with the way there; soonest first."""
    query = (
        select(Visit)
        .join(Assignment, Assignment.visit_id == Visit.id)
        .where(Assignment.active, Assignment.person_id == person_id, Visit.status.in_(_WAITING), real())
        .where(Assignment.during.overlaps(Range(start, end)))
        .order_by(Visit.planned_start, Visit.id)
    )
    return [_hit(visit) for visit in db.session.scalars(query).unique()]


def _hit(visit: Visit) -> Hit:
    customer = visit.ticket.customer.name if visit.ticket.customer is not None else ""
    return Hit(
        kind="visit",
        number=visit.number,
        title=" · ".join(part for part in (customer, visit.ticket.subject) if part),
        start=visit.planned_start,
        end=visit.planned_end,
        address=f"/tickets/{visit.ticket.number}#visit-{visit.number}",
    )


def shown() -> ColumnElement[bool]:
    """A condition on Visit: it stands here."""
    away = exists().where(Assignment.visit_id == Visit.id, Assignment.active, absent()).correlate(Visit)
    return and_(Visit.status.in_(_WAITING), real(), away)


def lines(*, start: int = 0, stop: int = SHOWN, numbers: Collection[int] | None = None) -> dict[str, dict[str, Any]]:
    """By visit number, those at these places of the order by planned start: the visit as boards show it, with why its technician is away and
    what its customer is to be told. `numbers`: of these only those."""
    first = (
        select(Visit.id, func.min(Absence.id).label("absence_id"), Visit.planned_start)
        .join(Assignment, and_(Assignment.visit_id == Visit.id, Assignment.active))
        .join(Absence, absent())
        .where(Visit.status.in_(_WAITING), real())
        .group_by(Visit.id)
        .order_by(Visit.planned_start, Visit.id)
        .offset(start)
        .limit(stop - start)
        .subquery()
    )
    query = select(Visit, Absence.reason, Absence.ends_at, Absence.person_id).join(first, first.c.id == Visit.id)
    query = query.join(Absence, Absence.id == first.c.absence_id).order_by(Visit.planned_start, Visit.id)
    if numbers is not None:
        query = query.where(Visit.number.in_(list(numbers)))
    found = db.session.execute(query).tuples().all()
    drafts = delays.prepared_for([visit.id for visit, *_away in found])
    boards = presenters.visit_lines([visit for visit, *_away in found])
    names = names_of({person_id for *_visit, person_id in found})
    return {
        str(line["number"]): line
        | {
            "away": {"name": names.get(person_id, ""), "reason": reason, "until": until},
            "notice": presenters.delay_notice(drafts[visit.id]) if visit.id in drafts else None,
        }
        for line, (visit, reason, until, person_id) in zip(boards, found, strict=True)
    }


def count() -> int:
    """How many there are."""
    return db.session.scalar(select(func.count(Visit.id)).where(shown())) or 0
