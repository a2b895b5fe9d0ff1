"""Parts promised to a visit: from a place, or from what a supplier will bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from dispatch.materials import ledger, locking
from dispatch.materials.models import PurchaseLine, Reservation


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
    before `incoming_by` (None: from none).

    The last part asked for twice at once goes to one; the other gets a Conflict (code `short`, details with the missing lines), unless `allow_short`
    takes what there is. All free balances of these parts are locked in order first, so kits never wait for each other in a circle.
    """
    for quantity in lines.values():
        ledger.checked_quantity(quantity)
    locking.lock_visit(visit_id)
    free = locking.lock_free(lines, place_ids) if place_ids else {}
    incoming = _lock_incoming(lines, incoming_by)
    made: list[Reservation] = []
    shortages: list[Shortage] = []
    for part_id in sorted(lines):
        wanted = lines[part_id]
        for place_id in place_ids:
            some = min(wanted, free.get((part_id, place_id), 0))
            if some > 0 and ledger.hold(part_id, place_id, some):
                made.append(ledger.add_reservation(visit_id, part_id, some, now=now, place_id=place_id))
                wanted -= some
        for line in incoming:
            some = min(wanted, line.quantity - line.received - line.reserved) if line.part_id == part_id else 0
            if some > 0 and ledger.hold_incoming(line.id, some):
                made.append(ledger.add_reservation(visit_id, part_id, some, now=now, purchase_line_id=line.id))
                wanted -= some
        if wanted:
            shortages.append(Shortage(part_id, wanted))
    if shortages and not allow_short:
        raise _short(shortages, lines)
    db.session.flush()
    _tell(made, now, actor_id)
    return made, shortages


def _lock_incoming(lines: Mapping[int, int], before: date | None) -> list[PurchaseLine]:
    if before is None:
        return []
    query = select(PurchaseLine.id).where(
        PurchaseLine.part_id.in_(list(lines)),
        PurchaseLine.eta < before,
        PurchaseLine.received + PurchaseLine.reserved < PurchaseLine.quantity,
    )
    found = locking.lock_purchase_lines(db.session.scalars(query))
    return sorted(found, key=lambda line: (line.eta or date.max, line.id))


def _short(shortages: Sequence[Shortage], lines: Mapping[int, int]) -> Conflict:
    first = shortages[0]
    part = ledger.known_part(first.part_id)
    found = lines[first.part_id] - first.missing
    details: dict[str, Any] = {
        "short": [{"part_id": one.part_id, "missing": one.missing, "needed": lines[one.part_id]} for one in shortages]
    }
    text = _(
        "%(part)s is short: %(needed)d needed, %(found)d left. Somebody else may just have taken the last one.",
        part=part.name,
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
