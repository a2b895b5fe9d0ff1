"""The locks of stock, always in this order: visit → purchase order → balances by (part, place) → purchase lines → reservations.

Nobody waits in a circle. Visits and purchase lines are locked FOR NO KEY UPDATE (`key_share`): a row that names one (a receipt, a reservation
split in two) does not wait for who holds it.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _
from sqlalchemy import select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from core.db import db
from core.errors import NotFound
from dispatch.materials.models import PartAlternate, Place, PurchaseLine, Reservation, StockBalance

Key = tuple[int, int]  # (part, place)


def lock_balances(keys: Iterable[Key]) -> dict[Key, tuple[int, int]]:
    """Lock these balances, making those that are missing; (on hand, reserved) of each. One statement, in the order of the keys."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = insert(StockBalance).values([{"part_id": part, "place_id": place, "on_hand": 0, "reserved": 0} for part, place in wanted])
    # An update that changes nothing: unlike DO NOTHING it locks the row, and unlike SELECT … FOR UPDATE it makes a missing one.
    locked = rows.on_conflict_do_update(index_elements=["part_id", "place_id"], set_={"on_hand": StockBalance.on_hand}).returning(
        StockBalance.part_id, StockBalance.place_id, StockBalance.on_hand, StockBalance.reserved
    )
    found = db.session.execute(locked, execution_options={"populate_existing": True}).all()
    return {(part, place): (on_hand, reserved) for part, place, on_hand, reserved in found}


def lock_free(part_ids: Iterable[int], place_ids: Iterable[int]) -> dict[Key, int]:
    """Lock all balances of these parts at these places that have something free; how much is free at each."""
    query = (
        select(StockBalance.part_id, StockBalance.place_id, StockBalance.on_hand - StockBalance.reserved)
        .where(
            StockBalance.part_id.in_(list(part_ids)),
            StockBalance.place_id.in_(list(place_ids)),
            StockBalance.on_hand > StockBalance.reserved,
        )
        .order_by(StockBalance.part_id, StockBalance.place_id)
        .with_for_update()
    )
    return {(part, place): free for part, place, free in db.session.execute(query)}


def lock_all(part_ids: Iterable[int]) -> None:
    """Lock every balance of these parts and of their alternates, then every purchase line with something to come: for a verb that gives back and
    takes again.

    A line may be on its way to a place that has no balance of the part yet. Receiving makes that one before it locks the line, so it is made here.
    """
    parts = list(part_ids)
    parts += db.session.scalars(select(PartAlternate.alternate_id).where(PartAlternate.part_id.in_(parts)))
    coming = PurchaseLine.part_id.in_(parts), PurchaseLine.received < PurchaseLine.quantity
    keys = {(part, place) for part, place in db.session.execute(select(PurchaseLine.part_id, PurchaseLine.place_id).where(*coming))}
    known = {
        (part, place)
        for part, place in db.session.execute(select(StockBalance.part_id, StockBalance.place_id).where(StockBalance.part_id.in_(parts)))
    }
    if keys <= known:
        rows = select(StockBalance.part_id).where(StockBalance.part_id.in_(parts)).order_by(StockBalance.part_id, StockBalance.place_id)
        db.session.execute(rows.with_for_update()).all()
    else:
        lock_balances(keys | known)
    lines = select(PurchaseLine.id).where(*coming).order_by(PurchaseLine.id)
    db.session.execute(lines.with_for_update(key_share=True)).all()


def lock_purchase_lines(ids: Iterable[int]) -> list[PurchaseLine]:
    """Lock these lines, by id; read afresh."""
    query = select(PurchaseLine).where(PurchaseLine.id.in_(sorted(set(ids)))).order_by(PurchaseLine.id)
    return list(db.session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)))


def lock_held(*, visit_id: int | None = None, purchase_line_id: int | None = None, keys: Iterable[Key] | None = None) -> list[Reservation]:
    """Lock the held reservations of a visit, of a purchase line, or both; with `keys` only those at these (part, place). By id, read afresh."""
    query = select(Reservation).where(Reservation.state == "held")
    if visit_id is not None:
        query = query.where(Reservation.visit_id == visit_id)
    if purchase_line_id is not None:
        query = query.where(Reservation.purchase_line_id == purchase_line_id)
    if keys is not None:
        query = query.where(tuple_(Reservation.part_id, Reservation.place_id).in_(list(keys)))
    query = query.order_by(Reservation.id).with_for_update(of=Reservation).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def lock_held_stock(visit_id: int, *, also: Iterable[Key] = ()) -> None:
    """Lock all that the visit's held reservations stand on, and the balances `also`: balances first, then purchase lines."""
    query = (
        select(Reservation.part_id, Reservation.place_id, Reservation.purchase_line_id, PurchaseLine.place_id)
        .outerjoin(PurchaseLine, PurchaseLine.id == Reservation.purchase_line_id)
        .where(Reservation.visit_id == visit_id, Reservation.state == "held")
    )
    found = db.session.execute(query).all()
    # Receiving turns what is on order into a reservation at the line's place: that balance is locked too, so it cannot happen meanwhile.
    lock_balances([*also, *((part, at if at is not None else later) for part, at, _line, later in found)])
    lock_purchase_lines(line for _part, _at, line, _later in found if line is not None)


def lock_place(place_id: int) -> None:
    """Lock a place's row: one count of it begins at a time."""
    db.session.execute(select(Place.id).where(Place.id == place_id).with_for_update())


def lock_visit(visit_id: int) -> None:
    """Lock a visit's row: its reservations are moved only by whoever holds it. Raises NotFound. (By name: visits stand above materials.)"""
    found = db.session.execute(text("SELECT 1 FROM visit WHERE id = :id FOR NO KEY UPDATE"), {"id": visit_id}).scalar()
    if found is None:
        raise NotFound(_("There is no such visit."))
