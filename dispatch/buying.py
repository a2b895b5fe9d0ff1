"""From what visits need to what is bought: the proposals, and orders that visits wait for at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import db
from dispatch.materials import locking
from dispatch.materials import queries as stock
from dispatch.materials import services as materials
from dispatch.materials.buying import Coming, Level, Need, Purchase, Transfer, explode
from dispatch.materials.models import PurchaseLine
from dispatch.visits.models import Visit
from dispatch.visits.queries import readiness_of
from dispatch.visits.rules import OPEN


def proposals() -> tuple[list[Purchase], list[Transfer]]:
    """What is to be bought and to be carried now, for all open visits and all levels."""
    levels = [
        Level(row.part_id, row.place_id, row.reorder_at, row.fill_to, row.place.kind == "warehouse")
        for row in db.session.scalars(stock.levels())
        if row.part.active and row.place.active
    ]
    needs = [need for visit, lines in _short_visits() for need in lines]
    part_ids = {need.part_id for need in needs} | {level.part_id for level in levels}
    return explode(
        needs=needs,
        free=stock.free_of(part_ids),
        coming=[Coming(line.part_id, line.place_id, open_, line.eta) for line, open_ in stock.unpromised(part_ids)],
        levels=levels,
        warehouses=[place.id for place in stock.places(kinds=("warehouse",))],
    )


def order(*, now: datetime, actor_id: int | None, **values: Any) -> PurchaseLine:
    """`materials.order_part`; what comes with a date is promised at once to the visits that lack the part, the earliest first."""
    line = materials.order_part(now=now, actor_id=actor_id, **values)
    if line.eta is None:
        return line
    waiting = [(visit, need) for visit, lines in _short_visits() for need in lines if need.part_id == line.part_id]
    for visit_id in sorted({visit.id for visit, _need in waiting}):
        locking.lock_visit(visit_id)  # all before the first, in one order: two orders at once do not wait for each other in a circle
    for visit, need in waiting:
        materials.reserve(
            visit_id=visit.id,
            lines={need.part_id: need.quantity},
            place_ids=(),
            incoming_by=date.max,
            allow_short=True,
            now=now,
            actor_id=actor_id,
        )
    db.session.refresh(line)
    return line


def _short_visits() -> list[tuple[Visit, list[Need]]]:
    """Open visits that lack parts, the earliest first, each with what nobody promised it. Its day is counted at the branch."""
    visits = list(db.session.scalars(select(Visit).where(Visit.status.in_(OPEN)).order_by(Visit.planned_start, Visit.id)))
    ready = readiness_of(visits)
    found = []
    for visit in visits:
        day = visit.planned_start.astimezone(ZoneInfo(visit.ticket.queue.branch.time_zone)).date()
        lines = [Need(line.part_id, line.missing, visit.number, day) for line in ready[visit.id].lines if line.missing]
        if lines:
            found.append((visit, lines))
    return found
