"""From what visits need to what is bought: the proposals, and orders that visits wait for at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core.db import db
from core.errors import Conflict, NotValid
from dispatch.errors import clear_errors
from dispatch.materials import locking
from dispatch.materials import queries as stock
from dispatch.materials import services as materials
from dispatch.materials.buying import Coming, Level, Need, Purchase, Transfer, explode
from dispatch.materials.models import PurchaseLine, PurchaseOrder
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
    alternates = stock.alternates_of({need.part_id for need in needs})
    part_ids = stock.with_alternates((need.part_id for need in needs), alternates) | {level.part_id for level in levels}
    return explode(
        needs=needs,
        free=stock.free_of(part_ids),
        coming=[Coming(line.part_id, line.place_id, open_, line.eta) for line, open_ in stock.unpromised(part_ids)],
        levels=levels,
        warehouses=[place.id for place in stock.places(kinds=("warehouse",))],
        alternates=alternates,
    )


@clear_errors
def order(*, now: datetime, actor_id: int | None, **values: Any) -> PurchaseLine:
    """`materials.order_part`; what comes with a date is promised at once to the visits that lack the part, or one that it replaces, the earliest
    first."""
    line = materials.order_part(now=now, actor_id=actor_id, **values)
    if line.eta is not None:
        waiting = _lock_waiting({line.part_id})
        locking.lock_all({need.part_id for _visit, need in waiting})
        _promise(waiting, now=now, actor_id=actor_id)
        db.session.refresh(line)
    return line


@clear_errors
def order_proposed(*, supplier: str, now: datetime, actor_id: int | None) -> PurchaseOrder:
    """A draft of all that is to be bought from a supplier now. Two at once: the second finds nothing left. Raises NotValid (field supplier)."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("purchase proposals", 0))))
    bought, _carried = proposals()
    parts = stock.part_names({one.part_id for one in bought})
    lines = [
        {"part_id": one.part_id, "place_id": one.place_id, "quantity": one.quantity}
        for one in bought
        if parts[one.part_id].supplier == supplier
    ]
    if not lines:
        raise NotValid(_("Nothing is to be bought from %(supplier)s.", supplier=supplier), field="supplier")
    return materials.create_order(supplier=supplier, lines=lines, now=now, actor_id=actor_id)


@clear_errors
def send_order(*, number: int, now: datetime, actor_id: int | None, **values: Any) -> PurchaseOrder:
    """`materials.send_order`; what comes with a date is promised at once to the visits that lack it, the earliest first.

    Locks those visits before the order and its lines. Raises Conflict (code `busy`) when a part was put on the draft meanwhile.
    """
    draft = stock.order_numbered(number)
    part_ids = {line.part_id for line in draft.lines} if draft is not None else set()
    waiting = _lock_waiting(part_ids)
    wanted = {need.part_id for _visit, need in waiting}
    found = materials.send_order(number=number, now=now, actor_id=actor_id, lock_also=wanted, **values)
    if {line.part_id for line in found.lines} - part_ids:
        raise Conflict(_("Somebody is working on the same thing. Nothing was changed: try again."), code="busy")
    dated = {line.part_id for line in found.lines if line.eta is not None}
    alternates = stock.alternates_of(wanted)
    served = [(visit, need) for visit, need in waiting if dated & {need.part_id, *alternates.get(need.part_id, ())}]
    _promise(served, now=now, actor_id=actor_id)
    for line in found.lines:
        db.session.refresh(line)
    return found


def _lock_waiting(part_ids: Collection[int]) -> list[tuple[Visit, Need]]:
    """Visits that lack these parts or such as they replace, the earliest first, and what they lack; locked, in one order: two orders at once do not
    wait in a circle."""
    visit_ids = sorted({visit.id for visit, _need in _waiting(part_ids)})
    for visit_id in visit_ids:
        locking.lock_visit(visit_id)
    # Read again: somebody may have given one of them its part before it was locked.
    return [(visit, need) for visit, need in _waiting(part_ids) if visit.id in visit_ids] if visit_ids else []


def _waiting(part_ids: Collection[int]) -> list[tuple[Visit, Need]]:
    if not part_ids:
        return []
    found = [(visit, need) for visit, lines in _short_visits() for need in lines]
    alternates = stock.alternates_of({need.part_id for _visit, need in found})
    wanted = set(part_ids)
    return [(visit, need) for visit, need in found if wanted & {need.part_id, *alternates.get(need.part_id, ())}]


def _promise(waiting: Iterable[tuple[Visit, Need]], *, now: datetime, actor_id: int | None) -> None:
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
