"""What is on order, and receiving it."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import audit, events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.events import StockChanged
from dispatch.materials import ledger, locking
from dispatch.materials.models import Part, PurchaseLine, Receipt
from dispatch.materials.rules import REFUSED_TO
from dispatch.materials.services import serials as pieces
from dispatch.materials.services.catalogue import outside_place
from dispatch.materials.services.moves import derived, record


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
        cost=part.cost,
        currency=part.currency,
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
    if line.order is not None and line.order.state == "draft" and values.get("eta") is not None:
        raise Conflict(_("This order is a draft: the day is set when it is sent."), field="eta", code="draft")
    if line.order is not None and line.order.state == "cancelled":
        raise Conflict(_("This order is cancelled."), code="cancelled")
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
    *,
    uuid: uuids.UUID,
    line_id: int,
    accepted: int,
    now: datetime,
    actor_id: int | None,
    damaged: int = 0,
    wrong: int = 0,
    wrong_part_id: int | None = None,
    refused_to: str = "returns",
    note: str = "",
    happened_at: datetime | None = None,
    serials: Sequence[str] = (),
    damaged_serials: Sequence[str] = (),
    wrong_serials: Sequence[str] = (),
) -> Receipt:
    """Parts of a purchase line arrived, all or some: a move each for what was accepted, damaged and wrong.

    Visits that were promised them get them first, oldest promise first. Damaged and wrong ones go to `refused_to` (returns or scrap), where no visit
    gets them, and stay to come. Of a tracked part the serial numbers of each are named. The same `uuid` again returns the first receipt. Locks the
    balances, then the line, then the serials. Raises NotFound; NotValid naming the field; Conflict (code `more_than_ordered`) when more of the
    ordered part came than is to come, `serial_elsewhere` when a piece is here already.
    """
    _check_counts(accepted=accepted, damaged=damaged, wrong=wrong)
    if refused_to not in REFUSED_TO:
        raise NotValid(_("What is not kept goes back to the supplier or to scrap."), field="refused_to")
    seen = db.session.get(PurchaseLine, line_id)
    if seen is None:
        raise NotFound(_("There is no such order."))
    part, place = ledger.known_part(seen.part_id), ledger.known_place(seen.place_id)
    instead = _wrong_part(part, wrong, wrong_part_id)
    counts = {"accepted": accepted, "damaged": damaged, "wrong": wrong, "wrong_part_id": wrong_part_id, "refused_to": refused_to}
    numbers = {
        "accepted": pieces.named(part, accepted, serials),
        "damaged": pieces.named(part, damaged, damaged_serials, field="damaged_serials"),
        "wrong": pieces.named(instead, wrong, wrong_serials, field="wrong_serials"),
    }
    happened = min(happened_at or now, now)
    receipt, fresh = _written(uuid, seen.id, counts, note=note.strip()[:500], actor_id=actor_id, happened_at=happened, recorded_at=now)
    if not fresh:
        return receipt
    source, refused = outside_place(kind="supplier"), outside_place(kind=refused_to)
    moves = [("accepted", part, place, accepted), ("damaged", part, refused, damaged), ("wrong", instead, refused, wrong)]
    made = {}
    for what, moved, target, quantity in moves:
        if quantity:
            made[what], _fresh = record(
                uuid=derived(uuid, what),
                part=moved,
                source=source,
                target=target,
                quantity=quantity,
                now=now,
                happened_at=happened,
                actor_id=actor_id,
                reason=_reason(seen.supplier, what),
                receipt_id=receipt.id,
            )
    keys = sorted({(moved.id, target.id) for _what, moved, target, quantity in moves if quantity and ledger.counts(target)})
    locking.lock_balances(keys)
    line = _locked(line_id)
    _check_open(line, accepted, damaged)
    promised = ledger.carve(locking.lock_held(purchase_line_id=line.id), accepted, now=now)
    for row in promised:
        row.purchase_line_id, row.place, row.place_id = None, place, place.id
    count = sum(row.quantity for row in promised)
    line.received += accepted
    line.reserved -= count
    for what, moved, target, quantity in moves:
        if quantity and ledger.counts(target):
            ledger.put(moved.id, target.id, quantity, reserved=count if what == "accepted" else 0)
        if quantity:
            pieces.carry(made[what], moved, source, target, numbers[what], field="serials" if what == "accepted" else f"{what}_serials")
    db.session.flush()
    audit.record(
        action="purchase.received", target=f"purchase_line:{line.id}", actor_id=actor_id, now=now, after={**counts, "note": receipt.note}
    )
    visits = tuple(sorted({row.visit_id for row in promised}))
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=tuple(keys), visit_ids=visits))
    return receipt


def _check_counts(**counts: Any) -> None:
    for name, count in counts.items():
        if count != 0 or isinstance(count, bool):
            ledger.checked_quantity(count, field=name)
    if not any(counts.values()):
        raise NotValid(_("Say how many arrived."), field="accepted")


def _wrong_part(part: Part, wrong: int, wrong_part_id: int | None) -> Part:
    """What came instead of the part."""
    if wrong_part_id is None:
        return part
    if not wrong:
        raise NotValid(_("Say how many of the wrong part came."), field="wrong")
    found = db.session.get(Part, wrong_part_id)
    if found is None:
        raise NotValid(_("There is no such part."), field="wrong_part_id")
    if found.id == part.id:
        raise NotValid(_("This is the part that was ordered."), field="wrong_part_id")
    return found


def _check_open(line: PurchaseLine, accepted: int, damaged: int) -> None:
    """Raises Conflict: of a draft nothing comes; otherwise naming the field that is too much."""
    if line.order is not None and line.order.state == "draft":
        raise Conflict(_("This order is a draft. Send it first."), code="draft")
    left = line.quantity - line.received
    if accepted + damaged > left:
        raise Conflict(
            _("Only %(open)d of this order are still to come.", open=left),
            field="accepted" if accepted > left or not damaged else "damaged",
            code="more_than_ordered",
            details={"open": left},
        )


def _written(uuid: uuids.UUID, line_id: int, counts: dict[str, Any], **facts: Any) -> tuple[Receipt, bool]:
    """The receipt of this uuid, and whether it is new. Raises NotValid (`key_reused`) when it was sent with other contents."""
    values = {"uuid": uuid, "purchase_line_id": line_id, **counts}
    made = db.session.scalar(
        insert(Receipt).values(**values, **facts).on_conflict_do_nothing(index_elements=["uuid"]).returning(Receipt.id)
    )
    row = db.session.scalars(select(Receipt).where(Receipt.uuid == uuid)).one()
    if made is None and any(getattr(row, name) != value for name, value in values.items()):
        raise NotValid(_("This receipt was sent before with other contents."), field="uuid", code="key_reused")
    return row, made is not None


def _reason(supplier: str, what: str) -> str:
    """Why a move was made, in the list of moves: the supplier, and what was wrong. Kept in English; `presenters.moves` translates it."""
    return supplier if what == "accepted" else f"{supplier}: {what}"


def _locked(line_id: int) -> PurchaseLine:
    found = locking.lock_purchase_lines([line_id])
    if not found:
        raise NotFound(_("There is no such order."))
    return found[0]


def _facts(line: PurchaseLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ("part_id", "place_id", "supplier", "quantity", "eta")}
