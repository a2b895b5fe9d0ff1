"""Parts promised to a visit: from a place, or from what a supplier will bring."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events
from core.db import db
from core.errors import Conflict
from dispatch.errors import clear_errors
from dispatch.events import StockChanged
from dispatch.materials import ledger, locking, queries
from dispatch.materials.models import PurchaseLine, Reservation
from dispatch.materials.naming import title
from dispatch.materials.sourcing import Incoming, Pick, pick


@dataclass(frozen=True, slots=True)
class Shortage:
    """So many of a part could not be promised."""

    part_id: int
    missing: int


@clear_errors
def reserve(
    *,
    visit_id: int,
    lines: Mapping[int, int],
    place_ids: Sequence[int],
    now: datetime,
    actor_id: int | None,
    incoming_by: date | None = None,
    allow_short: bool = False,
) -> tuple[list[Reservation], list[Shortage]]:
    """Promise parts (part → quantity) to a visit, hard: from the places in the order given (van first), then from purchase lines whose ETA is
    before `incoming_by` (None: from none). An alternate that is there beats waiting for the part itself (`sourcing.pick`).

    The last part asked for twice at once goes to one; the other gets a Conflict (code `short`, details with the missing lines), unless `allow_short`
    takes what there is. All free balances of these parts are locked in order first, so kits never wait for each other in a circle.
    """
    for quantity in lines.values():
        ledger.checked_quantity(quantity)
    locking.lock_visit(visit_id)
    alternates = queries.alternates_of(lines)
    eligible = queries.with_alternates(lines, alternates)
    free = locking.lock_free(eligible, place_ids) if place_ids else {}
    incoming = _lock_incoming(eligible, incoming_by)
    picks = pick(lines, alternates=alternates, place_ids=place_ids, free=free, incoming=incoming)
    made = [_hold(visit_id, one, now) for one in picks]
    left = dict(lines)
    for one in picks:
        left[one.part_id if one.instead_of is None else one.instead_of] -= one.quantity
    shortages = [Shortage(part_id, missing) for part_id, missing in sorted(left.items()) if missing]
    if shortages and not allow_short:
        raise _short(shortages, lines)
    db.session.flush()
    _tell(made, now, actor_id)
    return made, shortages


def _hold(visit_id: int, one: Pick, now: datetime) -> Reservation:
    """What was chosen of what is locked."""
    if one.line is not None:
        held = ledger.hold_incoming(one.line.id, one.quantity)
        source = {"purchase_line_id": one.line.id}
    else:
        assert one.place_id is not None, "a pick is from a place or from an order"
        held = ledger.hold(one.part_id, one.place_id, one.quantity)
        source = {"place_id": one.place_id}
    assert held, "what is free was locked before it was chosen"
    return ledger.add_reservation(visit_id, one.part_id, one.quantity, now=now, instead_of_id=one.instead_of, **source)


def _lock_incoming(part_ids: Collection[int], before: date | None) -> list[Incoming]:
    if before is None:
        return []
    query = select(PurchaseLine.id).where(
        PurchaseLine.part_id.in_(list(part_ids)),
        PurchaseLine.eta < before,
        PurchaseLine.received + PurchaseLine.reserved < PurchaseLine.quantity,
    )
    found = locking.lock_purchase_lines(db.session.scalars(query))
    return [
        Incoming(line.id, line.part_id, line.quantity - line.received - line.reserved, line.eta, line.place_id)
        for line in sorted(found, key=lambda line: (line.eta or date.max, line.id))
        if line.eta is not None
    ]


def _short(shortages: Sequence[Shortage], lines: Mapping[int, int]) -> Conflict:
    first = shortages[0]
    part = ledger.known_part(first.part_id)
    found = lines[first.part_id] - first.missing
    details: dict[str, Any] = {
        "short": [{"part_id": one.part_id, "missing": one.missing, "needed": lines[one.part_id]} for one in shortages]
    }
    text = _(
        "%(part)s is short: %(needed)d needed, %(found)d left. Somebody else may just have taken the last one.",
        part=title(part),
        needed=lines[first.part_id],
        found=found,
    )
    return Conflict(text, code="short", details=details)


@clear_errors
def release(*, visit_id: int, now: datetime, actor_id: int | None) -> list[Reservation]:
    """Let go of everything still held for a visit; the rows released. Locks the visit, the balances, the purchase lines."""
    locking.lock_visit(visit_id)
    locking.lock_held_stock(visit_id)
    rows = locking.lock_held(visit_id=visit_id)
    for row in rows:
        ledger.let_go(row, now=now)
    db.session.flush()
    _tell(rows, now, actor_id)
    return rows


@clear_errors
def reserve_anew(
    *,
    visit_id: int,
    lines: Mapping[int, int],
    place_ids: Sequence[int],
    now: datetime,
    actor_id: int | None,
    incoming_by: date | None = None,
    allow_short: bool = False,
) -> tuple[list[Reservation], list[Shortage]]:
    """`release` and `reserve` in one, for a visit that moved to another van or day. Everything both need is locked first, in order."""
    locking.lock_visit(visit_id)
    parts = set(lines) | set(db.session.scalars(select(Reservation.part_id).where(Reservation.visit_id == visit_id)))
    locking.lock_all(parts)
    release(visit_id=visit_id, now=now, actor_id=actor_id)
    return reserve(
        visit_id=visit_id,
        lines=lines,
        place_ids=place_ids,
        now=now,
        actor_id=actor_id,
        incoming_by=incoming_by,
        allow_short=allow_short,
    )


def _tell(rows: Sequence[Reservation], now: datetime, actor_id: int | None) -> None:
    if rows:
        balances = tuple(sorted({(row.part_id, row.place_id) for row in rows if row.place_id is not None}))
        visits = tuple(sorted({row.visit_id for row in rows}))
        events.publish(StockChanged(at=now, actor_id=actor_id, balances=balances, visit_ids=visits))
