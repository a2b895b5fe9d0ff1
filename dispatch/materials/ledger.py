"""The only writes to balances and reservations. Callers hold the locks (`locking`); each write also guards itself in its WHERE, and the table's
constraints are the last word."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import update

from core.db import db
from core.errors import Conflict, NotValid
from dispatch.materials.models import Part, Place, PurchaseLine, Reservation, StockBalance
from dispatch.materials.naming import title
from dispatch.materials.rules import COUNTED, HOLDING

MOST = 1_000_000  # of one part in one move: a scanner's bar code typed as a quantity is a mistake


def checked_quantity(quantity: Any, *, field: str = "quantity") -> int:
    """A whole number from 1 to a million. Raises NotValid."""
    if isinstance(quantity, bool) or not isinstance(quantity, int) or not 0 < quantity <= MOST:
        raise NotValid(_("Write a whole number of at least 1."), field=field)
    return quantity


def known_part(part_id: int) -> Part:
    """Raises NotValid."""
    part = db.session.get(Part, part_id)
    if part is None:
        raise NotValid(_("There is no such part."), field="part_id")
    return part


def known_place(place_id: int, *, field: str = "place_id") -> Place:
    """Raises NotValid."""
    place = db.session.get(Place, place_id)
    if place is None:
        raise NotValid(_("There is no such place."), field=field)
    return place


def holds(place: Place) -> bool:
    """Whether visits may get what is there."""
    return place.kind in HOLDING


def counts(place: Place) -> bool:
    """Whether we count what is there."""
    return place.kind in COUNTED


def tracks(part: Part, source: Place, target: Place) -> bool:
    """Whether a move names the pieces: old ones that come back have no number of ours."""
    return part.serial_tracked and "cores" not in (source.kind, target.kind)


def take(part_id: int, place_id: int, quantity: int, *, reserved: int = 0) -> bool:
    """Take away, of which `reserved` were promised. False when there is not so much free."""
    return _changed(
        update(StockBalance)
        .where(
            StockBalance.part_id == part_id,
            StockBalance.place_id == place_id,
            StockBalance.reserved >= reserved,
            StockBalance.on_hand - quantity >= StockBalance.reserved - reserved,
        )
        .values(on_hand=StockBalance.on_hand - quantity, reserved=StockBalance.reserved - reserved)
    )


def put(part_id: int, place_id: int, quantity: int, *, reserved: int = 0) -> None:
    """Add, of which `reserved` are promised."""
    values = {"on_hand": StockBalance.on_hand + quantity, "reserved": StockBalance.reserved + reserved}
    _changed(update(StockBalance).where(StockBalance.part_id == part_id, StockBalance.place_id == place_id).values(**values))


def hold(part_id: int, place_id: int, quantity: int) -> bool:
    """Promise some of what is free. False when there is not so much."""
    return _changed(
        update(StockBalance)
        .where(StockBalance.part_id == part_id, StockBalance.place_id == place_id, StockBalance.on_hand - StockBalance.reserved >= quantity)
        .values(reserved=StockBalance.reserved + quantity)
    )


def hold_incoming(line_id: int, quantity: int) -> bool:
    """Promise some of what is still to come of a purchase line."""
    return _changed(
        update(PurchaseLine)
        .where(PurchaseLine.id == line_id, PurchaseLine.quantity - PurchaseLine.received - PurchaseLine.reserved >= quantity)
        .values(reserved=PurchaseLine.reserved + quantity)
    )


def let_go(row: Reservation, *, now: datetime) -> None:
    """End a held reservation; what it held is free again."""
    if row.place_id is not None:
        where = (StockBalance.part_id == row.part_id, StockBalance.place_id == row.place_id)
        _changed(update(StockBalance).where(*where).values(reserved=StockBalance.reserved - row.quantity))
    else:
        line = PurchaseLine.id == row.purchase_line_id
        _changed(update(PurchaseLine).where(line).values(reserved=PurchaseLine.reserved - row.quantity))
    row.state, row.ended_at = "released", now


def add_reservation(visit_id: int, part_id: int, quantity: int, *, now: datetime, **source: int | None) -> Reservation:
    """A held one; the caller has written its balance. `source`: place_id or purchase_line_id; instead_of_id."""
    row = Reservation(
        visit_id=visit_id,
        part_id=part_id,
        quantity=quantity,
        state="held",
        created_at=now,
        place_id=source.get("place_id"),
        purchase_line_id=source.get("purchase_line_id"),
        instead_of_id=source.get("instead_of_id"),
    )
    db.session.add(row)
    return row


def carve(rows: Iterable[Reservation], quantity: int, *, now: datetime) -> list[Reservation]:
    """Of held reservations as many as together make at most `quantity`, the last one split if need be. Balances stay as they are."""
    found: list[Reservation] = []
    for row in rows:
        if quantity <= 0:
            break
        if row.quantity > quantity:
            rest = row.quantity - quantity
            source = {"place_id": row.place_id, "purchase_line_id": row.purchase_line_id, "instead_of_id": row.instead_of_id}
            add_reservation(row.visit_id, row.part_id, rest, now=now, **source)
            row.quantity = quantity
        found.append(row)
        quantity -= row.quantity
    return found


def too_few(part: Part, place: Place) -> Conflict:
    """What is (still) free of a part at a place, in words."""
    balance = db.session.get(StockBalance, (part.id, place.id), populate_existing=True)
    free = balance.on_hand - balance.reserved if balance is not None else 0
    reserved = balance.reserved if balance is not None else 0
    details = {"part_id": part.id, "place_id": place.id, "free": free, "reserved": reserved}
    if reserved:
        text = _(
            "%(place)s has %(free)d free of %(part)s; %(reserved)d more are promised to visits.",
            place=place.name,
            free=free,
            part=title(part),
            reserved=reserved,
        )
    else:
        text = _("%(place)s has only %(free)d of %(part)s.", place=place.name, free=free, part=title(part))
    return Conflict(text, field="quantity", code="short", details=details)


def _changed(statement: Any) -> bool:
    found = db.session.execute(statement, execution_options={"synchronize_session": False})
    return bool(found.rowcount)  # type: ignore[attr-defined]
