"""What is on order, and receiving it."""

from __future__ import annotations

import uuid as uuids
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core import audit, events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.events import StockChanged
from dispatch.materials import ledger, locking
from dispatch.materials.models import PurchaseLine, StockMove
from dispatch.materials.services.catalogue import outside_place
from dispatch.materials.services.moves import record


def order_part(
    *, part_id: int, place_id: int, supplier: str, quantity: int, eta: date | None, now: datetime, actor_id: int | None
) -> PurchaseLine:
    """Note that parts are on order and will come to a place of ours by `eta` (None: the supplier gave no date). Raises NotValid."""
    part, place = ledger.known_part(part_id), ledger.known_place(place_id)
    if not ledger.holds(place):
        raise NotValid(_("Parts arrive at a warehouse or a van."), field="place_id")
    if not supplier.strip():
        raise NotValid(_("Say who delivers it."), field="supplier")
    line = PurchaseLine(
        part_id=part.id,
        place_id=place.id,
        supplier=supplier.strip()[:200],
        quantity=ledger.checked_quantity(quantity),
        received=0,
        reserved=0,
        eta=eta,
        ordered_at=now,
    )
    db.session.add(line)
    db.session.flush()
    audit.record(action="purchase.ordered", target=f"purchase_line:{line.id}", actor_id=actor_id, now=now, after=_facts(line))
    return line


@clear_errors
def update_purchase_line(*, line_id: int, now: datetime, actor_id: int | None, **values: Any) -> PurchaseLine:
    """Change eta or quantity (not below what came or is promised). Visits that wait for it show the new date. Raises NotFound, Conflict."""
    line = _locked(line_id)
    before = _facts(line)
    if "eta" in values:
        line.eta = values["eta"]
    if "quantity" in values:
        quantity = ledger.checked_quantity(values["quantity"])
        if quantity < line.received + line.reserved:
            raise Conflict(
                _("%(count)d of these came already or are promised to visits.", count=line.received + line.reserved), field="quantity"
            )
        line.quantity = quantity
    db.session.flush()
    audit.record(
        action="purchase.changed", target=f"purchase_line:{line.id}", actor_id=actor_id, now=now, before=before, after=_facts(line)
    )
    waiting = tuple(sorted({row.visit_id for row in locking.lock_held(purchase_line_id=line.id)}))
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=(), visit_ids=waiting))
    return line


@clear_errors
def receive(
    *, uuid: uuids.UUID, line_id: int, quantity: int, now: datetime, actor_id: int | None, happened_at: datetime | None = None
) -> StockMove:
    """Parts of a purchase line arrived, all or some: a move from the supplier. Visits that were promised them get them first, oldest promise first.

    The same `uuid` again returns the first move. Locks the place's balance, then the line. Raises NotFound; Conflict for more than was ordered.
    """
    ledger.checked_quantity(quantity)
    seen = db.session.get(PurchaseLine, line_id)
    if seen is None:
        raise NotFound(_("There is no such order."))
    part, place = ledger.known_part(seen.part_id), ledger.known_place(seen.place_id)
    move, fresh = record(
        uuid=uuid,
        part=part,
        source=outside_place(kind="supplier"),
        target=place,
        quantity=quantity,
        now=now,
        happened_at=happened_at,
        actor_id=actor_id,
        reason=seen.supplier,
    )
    if not fresh:
        return move
    locking.lock_balances([(part.id, place.id)])
    line = _locked(line_id)
    if quantity > line.quantity - line.received:
        raise Conflict(
            _("Only %(open)d of this order are still to come.", open=line.quantity - line.received),
            field="quantity",
            code="more_than_ordered",
            details={"open": line.quantity - line.received},
        )
    promised = ledger.carve(locking.lock_held(purchase_line_id=line.id), quantity, now=now)
    for row in promised:
        row.purchase_line_id, row.place, row.place_id = None, place, place.id
    count = sum(row.quantity for row in promised)
    line.received += quantity
    line.reserved -= count
    ledger.put(part.id, place.id, quantity, reserved=count)
    db.session.flush()
    visits = tuple(sorted({row.visit_id for row in promised}))
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=((part.id, place.id),), visit_ids=visits))
    return move


def _locked(line_id: int) -> PurchaseLine:
    found = locking.lock_purchase_lines([line_id])
    if not found:
        raise NotFound(_("There is no such order."))
    return found[0]


def _facts(line: PurchaseLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ("part_id", "place_id", "supplier", "quantity", "eta")}
