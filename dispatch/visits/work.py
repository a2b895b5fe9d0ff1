"""What sort of work a ticket is, as far as that is known without asking anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from core.db import db
from dispatch.visits.models import JobType, Visit
from dispatch.visits.queries import job_types
from dispatch.visits.rules import Status
from tickets.maintenance.models import MaintenancePlan, Occurrence
from tickets.models import Ticket


def work_of(tickets: Sequence[Ticket], *, guess: bool = False) -> dict[int, JobType]:
    """By ticket the active job type: what its last visit was for, what its maintenance plan says, or the only kind of job for this category of
    equipment. `guess`: where several fit, or the last visit's work is not done any more, the first by name. Tickets of which nothing is known are
    missing."""
    found: dict[int, JobType] = {}
    for ticket_id, (known, fitting, visited) in _read(tickets).items():
        row = known
        if row is None and (guess or (not visited and len(fitting) == 1)):
            row = next(iter(fitting), None)
        if row is not None:
            found[ticket_id] = row
    return found


def kinds_for(ticket: Ticket) -> list[JobType]:
    """What somebody who does not know our work may choose from: the one that is known, else all kinds for this category of equipment, by name."""
    known, fitting, visited = _read([ticket])[ticket.id]
    if known is not None:
        return [known]
    return [] if visited else list(fitting)


class _Signs(NamedTuple):
    """What speaks for the work of a ticket: it is `known`; kinds of jobs `fitting` its equipment, by name; it was `visited` before."""

    known: JobType | None
    fitting: Sequence[JobType]
    visited: bool


def _read(tickets: Sequence[Ticket]) -> dict[int, _Signs]:
    kinds = job_types()
    by_id, by_key = {row.id: row for row in kinds}, {row.key: row for row in kinds}
    for_equipment: dict[str, list[JobType]] = defaultdict(list)
    for row in kinds:
        for category in {name.casefold() for name in row.equipment_kinds}:
            for_equipment[category].append(row)
    ids = [ticket.id for ticket in tickets]
    visits = select(Visit.ticket_id, Visit.job_type_id).where(Visit.ticket_id.in_(ids), Visit.status != Status.LAPSED)
    last: dict[int, int] = dict(db.session.execute(visits.order_by(Visit.planned_start, Visit.id)).tuples().all())
    plans = select(Occurrence.ticket_id, MaintenancePlan.job_type).join(MaintenancePlan, MaintenancePlan.id == Occurrence.plan_id)
    maintained = dict(db.session.execute(plans.where(Occurrence.ticket_id.in_(ids))).tuples().all())
    found: dict[int, _Signs] = {}
    for ticket in tickets:
        fitting = for_equipment[ticket.equipment.kind.casefold()] if ticket.equipment is not None else []
        known = by_id.get(last[ticket.id]) if ticket.id in last else by_key.get(maintained.get(ticket.id, ""))
        found[ticket.id] = _Signs(known, fitting, ticket.id in last)
    return found
