"""Stock-taking: what lies at a place is counted part by part, by several people at once; closing puts the balances right."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit, events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.events import StockChanged, StockCounted
from dispatch.materials import count_queries, ledger, locking, queries
from dispatch.materials.counting import Finding, finding
from dispatch.materials.models import Part, Place, Reservation, StockCount, StockCountLine, StockMove
from dispatch.materials.naming import title
from dispatch.materials.services.catalogue import outside_place
from dispatch.materials.services.moves import derived, record

_MOVES = uuids.UUID("0c9d6a52-9a55-4a5b-8f0e-6f1c7f9d2b41")  # the moves of each count's lines are named within it


@dataclass(frozen=True, slots=True)
class Closed:
    """What closing did: the moves it made, and what was promised to visits and is not any more."""

    count: StockCount
    moves: tuple[StockMove, ...]
    released: tuple[Reservation, ...]


@clear_errors
def open_count(*, place_id: int, now: datetime, actor_id: int | None, blind: bool = False, recount_from: int = 3) -> StockCount:
    """Begin to count a place. `blind`: who counts is not shown what is expected; a difference of `recount_from` pieces or more is to be counted
    twice (0: never). Raises NotValid; Conflict (code `count_open`, details id) when the place is being counted."""
    place = ledger.known_place(place_id)
    if not ledger.counts(place):
        raise NotValid(_("Only warehouses, vans and what is set aside are counted."), field="place_id")
    if recount_from != 0:
        ledger.checked_quantity(recount_from, field="recount_from")
    locking.lock_place(place.id)
    if (other := db.session.scalar(select(StockCount.id).where(StockCount.place_id == place.id, StockCount.state == "open"))) is not None:
        raise Conflict(
            _("%(place)s is being counted already.", place=place.name), field="place_id", code="count_open", details={"id": other}
        )
    count = StockCount(place=place, blind=blind, recount_from=recount_from, state="open", opened_at=now, opened_by_id=actor_id)
    db.session.add(count)
    db.session.flush()
    facts = {"place": place.name, "blind": blind, "recount_from": recount_from}
    audit.record(action="stock_count.opened", target=f"stock_count:{count.id}", actor_id=actor_id, now=now, after=facts)
    return count


@clear_errors
def count_part(
    *, count_id: int, part_id: int, counted: int, now: datetime, actor_id: int | None, times: int | None = None
) -> StockCountLine:
    """So many of a part lie there. What is expected is read at this moment; what moves later does not make a difference.

    `times`: how often the sender saw it counted (0: not yet); when somebody else counted it meanwhile it is a Conflict (code `counted_meanwhile`).
    Locks the count (shared), then the balance. Raises NotFound, NotValid, Conflict.
    """
    if counted != 0 or isinstance(counted, bool):
        ledger.checked_quantity(counted, field="counted")
    count = _open(count_id, shared=True)
    part = ledger.known_part(part_id)
    on_hand, _reserved = locking.lock_balances([(part.id, count.place_id)])[part.id, count.place_id]
    line = db.session.get(StockCountLine, (count.id, part.id), populate_existing=True)
    if times is not None and times != (line.times if line is not None else 0):
        found = line.counted if line is not None else None
        raise Conflict(
            _("Somebody else counted this just now: %(count)s.", count=found), code="counted_meanwhile", details={"counted": found}
        )
    if line is None:
        line = StockCountLine(count_id=count.id, part_id=part.id, first_counted=counted, times=0)
        db.session.add(line)
    line.counted, line.expected, line.counted_at, line.counted_by_id = counted, on_hand, now, actor_id
    line.times += 1
    db.session.flush()
    events.publish(StockCounted(at=now, actor_id=actor_id, count_id=count.id))
    return line


@clear_errors
def cancel_count(*, count_id: int, now: datetime, actor_id: int | None) -> StockCount:
    """Stop counting; nothing is put right. Raises NotFound, Conflict."""
    count = _open(count_id)
    count.state, count.ended_at, count.ended_by_id = "cancelled", now, actor_id
    audit.record(action="stock_count.cancelled", target=f"stock_count:{count.id}", actor_id=actor_id, now=now)
    db.session.flush()
    events.publish(StockCounted(at=now, actor_id=actor_id, count_id=count.id))
    return count


@clear_errors
def close_count(*, count_id: int, now: datetime, actor_id: int | None) -> Closed:
    """Put right what was counted: one move from or to the stock-taking differences for each. What was not counted stays.

    When less is there than is promised, visits lose their promise, the latest visit first: they are short then. Locks the count, the visits that
    may lose something, the balances in order. Raises NotFound; Conflict (code `recount`, details parts) when something has to be counted again,
    `busy` when somebody promised some of it meanwhile.
    """
    count = _open(count_id)
    place = count.place
    lines = list(db.session.scalars(count_queries.count_lines(count.id).order_by(StockCountLine.part_id)))
    keys = [(line.part_id, place.id) for line in lines]
    visit_ids = queries.visits_with(keys)
    for visit_id in sorted(visit_ids):
        locking.lock_visit(visit_id)
    balances = locking.lock_balances(keys)
    late = count_queries.moved_before_counted(count)
    found = [(line, finding(line, late.get(line.part_id, 0), *balances[line.part_id, place.id])) for line in lines]
    _check_counted([(line.part, one) for line, one in found], count)
    held = locking.lock_held(keys=keys) if keys else []
    if {row.visit_id for row in held} - visit_ids:
        raise Conflict(_("Somebody is working on the same thing. Nothing was changed: try again."), code="busy")
    later_first = queries.latest_first(held)
    moves: list[StockMove] = []
    released: list[Reservation] = []
    for line, one in found:
        rows = ledger.carve([row for row in later_first if row.part_id == line.part_id], one.short, now=now)
        for row in rows:
            ledger.let_go(row, now=now)
        released += rows
        if one.difference:
            move = _put_right(count, line.part, one.difference, now=now, actor_id=actor_id)
            line.move_id = move.id
            moves.append(move)
    count.state, count.ended_at, count.ended_by_id = "closed", now, actor_id
    db.session.flush()
    differences = {line.part.sku: one.difference for line, one in found if one.difference}
    after = {"counted": len(lines), "differences": differences, "lost": [[row.visit_id, row.part_id, row.quantity] for row in released]}
    audit.record(action="stock_count.closed", target=f"stock_count:{count.id}", actor_id=actor_id, now=now, after=after)
    changed = tuple((move.part_id, place.id) for move in moves)
    visits = tuple(sorted({row.visit_id for row in released}))
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=changed, visit_ids=visits))
    events.publish(StockCounted(at=now, actor_id=actor_id, count_id=count.id))
    return Closed(count, tuple(moves), tuple(released))


def _put_right(count: StockCount, part: Part, difference: int, *, now: datetime, actor_id: int | None) -> StockMove:
    """The balance is locked, and what is promised of it leaves room."""
    outside = outside_place(kind="adjustment")
    place: Place = count.place
    source, target = (outside, place) if difference > 0 else (place, outside)
    move, _fresh = record(
        uuid=derived(_MOVES, f"{count.id}:{part.id}"),
        part=part,
        source=source,
        target=target,
        quantity=abs(difference),
        now=now,
        happened_at=now,
        actor_id=actor_id,
        count_id=count.id,
    )
    if part.serial_tracked:
        raise Conflict(
            _(
                "%(part)s is tracked: move what differs to or from the stock-taking differences by its numbers, then count it again.",
                part=title(part),
            ),
            code="serials",
            details={"parts": [part.id]},
        )
    if difference > 0:
        ledger.put(part.id, place.id, difference)
    elif not ledger.take(part.id, place.id, -difference):
        raise ledger.too_few(part, place)
    return move


def _check_counted(found: Iterable[tuple[Part, Finding]], count: StockCount) -> None:
    """Raises Conflict naming the parts that have to be counted again."""
    again = [part for part, one in found if one.recount]
    if again:
        names = ", ".join(title(part) for part in again[:5])
        details: dict[str, Any] = {"parts": [part.id for part in again]}
        raise Conflict(_("Count again before closing: %(parts)s.", parts=names), code="recount", details=details)


def _open(count_id: int, *, shared: bool = False) -> StockCount:
    query = select(StockCount).where(StockCount.id == count_id).with_for_update(read=shared, of=StockCount)
    count = db.session.scalar(query.execution_options(populate_existing=True))
    if count is None:
        raise NotFound(_("There is no such count."))
    if count.state != "open":
        raise Conflict(_("This count is over."), code="count_over")
    return count
