"""Questions about stock: what is where, what is free, what is promised, what is on order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, text, tuple_
from sqlalchemy.orm import aliased

from core.db import db
from core.i18n import LANGUAGES
from customers.models import Equipment
from dispatch.materials.models import (
    CoreLeft,
    Part,
    PartAlternate,
    Place,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Reservation,
    Serial,
    StockBalance,
    StockLevel,
    StockMove,
    StockMoveSerial,
    Supplier,
)
from dispatch.materials.rules import COUNTED, HOLDING, Held
from staff.models import Branch, Person


def parts(*, text: str = "", active_only: bool = False) -> Select[Part]:
    """The catalogue as a select; `text` is looked for in number and name."""
    query = select(Part)
    if text.strip():
        query = query.where(_named(text))
    return query.where(Part.active) if active_only else query


def _named(text: str) -> ColumnElement[bool]:
    """The text is in a part's number or in its name in any language."""
    pattern = like(text)
    names = (Part.names[language].astext for language in LANGUAGES)
    return or_(Part.sku.ilike(pattern), Part.name.ilike(pattern), *(name.ilike(pattern) for name in names))


def like(text: str) -> str:
    """A pattern that finds the text anywhere, its own % and _ meant literally."""
    return "%" + text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def places(*, kinds: Collection[str] = HOLDING, active_only: bool = True) -> list[Place]:
    """Warehouses first, then what is set aside, then vans; by name."""
    query = select(Place).where(Place.kind.in_(list(kinds)))
    if active_only:
        query = query.where(Place.active)
    order = {kind: position for position, kind in enumerate(("warehouse", "staging", "returns", "cores", "van"))}
    return sorted(db.session.scalars(query), key=lambda place: (order.get(place.kind, 9), place.name.casefold(), place.id))


def van_of(person_id: int) -> Place | None:
    """A technician's van, if it is in use."""
    return db.session.scalar(select(Place).where(Place.person_id == person_id, Place.active))


def vans_of(person_ids: Collection[int]) -> dict[int, int]:
    """Person → place of their van."""
    query = select(Place.person_id, Place.id).where(Place.person_id.in_(list(person_ids)), Place.active)
    return {person_id: place_id for person_id, place_id in db.session.execute(query) if person_id is not None}


def balances(
    *, place_id: int | None = None, part_id: int | None = None, text: str = "", with_empty: bool = False
) -> Select[StockBalance, Part, Place]:
    """What is where, as a select of (balance, part, place) in no order."""
    query = (
        select(StockBalance, Part, Place).join(Part, Part.id == StockBalance.part_id).join(Place, Place.id == StockBalance.place_id)
    ).where(Place.kind.in_(COUNTED))
    if place_id is not None:
        query = query.where(StockBalance.place_id == place_id)
    if part_id is not None:
        query = query.where(StockBalance.part_id == part_id)
    if text.strip():
        query = query.where(_named(text))
    return query if with_empty else query.where(StockBalance.on_hand > 0)


def van_stock(place_id: int, part_ids: Collection[int] | None = None) -> list[tuple[Part, int, int]]:
    """(part, on hand, reserved) of a place, by name; of all parts there or of these."""
    query = select(Part, StockBalance.on_hand, StockBalance.reserved).join(StockBalance, StockBalance.part_id == Part.id)
    query = query.where(StockBalance.place_id == place_id, StockBalance.on_hand > 0)
    if part_ids is not None:
        query = query.where(Part.id.in_(list(part_ids)))
    return [(part, on_hand, reserved) for part, on_hand, reserved in db.session.execute(query.order_by(Part.name, Part.id))]


def free_of(part_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """(part, place) → how many are free, where something is, at active places. Nothing is locked: what is read may be gone."""
    query = (
        select(StockBalance.part_id, StockBalance.place_id, StockBalance.on_hand - StockBalance.reserved)
        .join(Place, Place.id == StockBalance.place_id)
        .where(
            StockBalance.part_id.in_(list(part_ids)),
            StockBalance.on_hand > StockBalance.reserved,
            Place.active,
            Place.kind.in_(HOLDING),
        )
    )
    return {(part, place): free for part, place, free in db.session.execute(query)}


def incoming(part_ids: Collection[int]) -> list[PurchaseLine]:
    """Purchase lines with something to come that nobody was promised, and a date; soonest first."""
    query = select(PurchaseLine).where(
        PurchaseLine.part_id.in_(list(part_ids)),
        PurchaseLine.eta.is_not(None),
        PurchaseLine.received + PurchaseLine.reserved < PurchaseLine.quantity,
    )
    return list(db.session.scalars(query.order_by(PurchaseLine.eta, PurchaseLine.id)))


def unpromised(part_ids: Collection[int]) -> list[tuple[PurchaseLine, int]]:
    """Purchase lines with something to come that nobody was promised, with how much, those without a date too."""
    left = PurchaseLine.quantity - PurchaseLine.received - PurchaseLine.reserved
    query = select(PurchaseLine, left).where(PurchaseLine.part_id.in_(list(part_ids)), left > 0)
    return [(line, count) for line, count in db.session.execute(query.order_by(PurchaseLine.id))]


def alternates_of(part_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Part → the active parts that may be used in its place, in order; those without any are left out."""
    query = (
        select(PartAlternate.part_id, PartAlternate.alternate_id)
        .join(Part, Part.id == PartAlternate.alternate_id)
        .where(PartAlternate.part_id.in_(list(part_ids)), Part.active)
        .order_by(PartAlternate.part_id, PartAlternate.position)
    )
    found: dict[int, tuple[int, ...]] = {}
    for part_id, alternate_id in db.session.execute(query) if part_ids else ():
        found[part_id] = (*found.get(part_id, ()), alternate_id)
    return found


def with_alternates(part_ids: Iterable[int], alternates: Mapping[int, Collection[int]]) -> set[int]:
    """These parts and all that may be used in their place."""
    parts = set(part_ids)
    return parts.union(*(alternates.get(part_id, ()) for part_id in parts))


def levels(*, place_id: int | None = None) -> Select[StockLevel]:
    """Levels as a select, in no order; all or those of a place."""
    query = select(StockLevel)
    return query.where(StockLevel.place_id == place_id) if place_id is not None else query


def held_of(visit_ids: Collection[int]) -> dict[int, list[Held]]:
    """What is promised to each visit."""
    query = (
        select(
            Reservation.visit_id,
            Reservation.part_id,
            Reservation.quantity,
            Place.kind,
            Place.id,
            PurchaseLine.eta,
            Reservation.instead_of_id,
        )
        .outerjoin(Place, Place.id == Reservation.place_id)
        .outerjoin(PurchaseLine, PurchaseLine.id == Reservation.purchase_line_id)
        .where(Reservation.visit_id.in_(list(visit_ids)), Reservation.state == "held")
        .order_by(Reservation.id)
    )
    found: dict[int, list[Held]] = {}
    for visit_id, part_id, quantity, kind, place_id, eta, instead_of in db.session.execute(query):
        found.setdefault(visit_id, []).append(Held(part_id, quantity, kind, place_id, eta, instead_of))
    return found


def part_names(part_ids: Iterable[int]) -> dict[int, Part]:
    """Parts by id."""
    return {part.id: part for part in db.session.scalars(select(Part).where(Part.id.in_(list(part_ids))))}


def moves(*, part_id: int | None = None, place_id: int | None = None, visit_id: int | None = None) -> Select[StockMove]:
    """Moves as a select, of all or of these."""
    query = select(StockMove)
    if part_id is not None:
        query = query.where(StockMove.part_id == part_id)
    if place_id is not None:
        query = query.where(or_(StockMove.from_place_id == place_id, StockMove.to_place_id == place_id))
    return query.where(StockMove.visit_id == visit_id) if visit_id is not None else query


def mismatches(limit: int = 100) -> list[dict[str, Any]]:
    """Where a balance is not the sum of its moves, or its reserved not the sum of what is held. One statement: one picture."""
    arrived = select(StockMove.part_id, StockMove.to_place_id.label("place_id"), StockMove.quantity.label("moved"))
    left = select(StockMove.part_id, StockMove.from_place_id, -StockMove.quantity)
    changes = arrived.union_all(left).subquery()
    summed = (
        select(changes.c.part_id, changes.c.place_id, func.sum(changes.c.moved).label("moved"))
        .join(Place, Place.id == changes.c.place_id)
        .where(Place.kind.in_(COUNTED))
        .group_by(changes.c.part_id, changes.c.place_id)
        .subquery()
    )
    promised = (
        select(Reservation.part_id, Reservation.place_id, func.sum(Reservation.quantity).label("held"))
        .where(Reservation.state == "held", Reservation.place_id.is_not(None))
        .group_by(Reservation.part_id, Reservation.place_id)
        .subquery()
    )
    keyed = select(
        func.coalesce(StockBalance.part_id, summed.c.part_id),
        func.coalesce(StockBalance.place_id, summed.c.place_id),
        func.coalesce(StockBalance.on_hand, 0),
        func.coalesce(summed.c.moved, 0),
        func.coalesce(StockBalance.reserved, 0),
        func.coalesce(promised.c.held, 0),
    ).select_from(
        StockBalance.__table__.outerjoin(
            summed, (summed.c.part_id == StockBalance.part_id) & (summed.c.place_id == StockBalance.place_id), full=True
        ).outerjoin(promised, (promised.c.part_id == StockBalance.part_id) & (promised.c.place_id == StockBalance.place_id))
    )
    differing = keyed.where(
        or_(
            func.coalesce(StockBalance.on_hand, 0) != func.coalesce(summed.c.moved, 0),
            func.coalesce(StockBalance.reserved, 0) != func.coalesce(promised.c.held, 0),
        )
    )
    names = ("part_id", "place_id", "on_hand", "moved", "reserved", "held")
    return [dict(zip(names, (int(value) for value in row), strict=True)) for row in db.session.execute(differing.limit(limit))]


def stocked_parts(*, text: str = "", place_id: int | None = None, nothing_free: bool = False) -> Select[Part]:
    """Active parts, and others of which something is left; those at a place; those of which nothing is free anywhere."""
    anywhere = select(StockBalance.part_id).join(Place, Place.id == StockBalance.place_id)
    there = anywhere.where(StockBalance.on_hand > 0, Place.kind.in_(COUNTED))
    query = parts(text=text).where(or_(Part.active, Part.id.in_(there)))
    if place_id is not None:
        query = query.where(Part.id.in_(there.where(StockBalance.place_id == place_id)))
    if nothing_free:
        query = query.where(Part.id.not_in(anywhere.where(StockBalance.on_hand > StockBalance.reserved, Place.kind.in_(HOLDING))))
    return query


def held(*, part_id: int | None = None, place_id: int | None = None) -> Select[Reservation]:
    """Held reservations as a select."""
    query = select(Reservation).where(Reservation.state == "held")
    if part_id is not None:
        query = query.where(Reservation.part_id == part_id)
    return query.where(Reservation.place_id == place_id) if place_id is not None else query


def purchases(*, open_only: bool, part_id: int | None = None) -> Select[PurchaseLine]:
    """Purchase lines as a select."""
    query = select(PurchaseLine)
    if part_id is not None:
        query = query.where(PurchaseLine.part_id == part_id)
    return query.where(PurchaseLine.received < PurchaseLine.quantity) if open_only else query


def receipts(*, line_id: int) -> Select[Receipt]:
    """What arrived of a purchase line, as a select."""
    return select(Receipt).where(Receipt.purchase_line_id == line_id)


def refused_of(line_ids: Collection[int]) -> dict[int, int]:
    """Purchase line → how many came damaged or wrong, where any did."""
    count = func.sum(Receipt.damaged + Receipt.wrong)
    query = select(Receipt.purchase_line_id, count).where(Receipt.purchase_line_id.in_(list(line_ids))).group_by(Receipt.purchase_line_id)
    return {line_id: int(found) for line_id, found in db.session.execute(query.having(count > 0))}


def visits_with(keys: Collection[tuple[int, int]]) -> set[int]:
    """Visits that are promised something at these (part, place)."""
    query = select(Reservation.visit_id).where(Reservation.state == "held", tuple_(Reservation.part_id, Reservation.place_id).in_(keys))
    return set(db.session.scalars(query)) if keys else set()


def latest_first(rows: Sequence[Reservation]) -> list[Reservation]:
    """The visits planned last first. (By name: visits stand above materials.)"""
    found = db.session.execute(text("SELECT id, planned_start FROM visit WHERE id = ANY(:ids)"), {"ids": [row.visit_id for row in rows]})
    starts: dict[int, datetime] = dict(found.tuples().all())
    return sorted(rows, key=lambda row: (starts[row.visit_id], row.id), reverse=True)


def balances_at(place_id: int, part_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Part → (on hand, reserved) at a place."""
    query = select(StockBalance.part_id, StockBalance.on_hand, StockBalance.reserved)
    query = query.where(StockBalance.place_id == place_id, StockBalance.part_id.in_(list(part_ids)))
    return {part_id: (on_hand, reserved) for part_id, on_hand, reserved in db.session.execute(query)}


def place_of(place_id: int) -> Place | None:
    """A place by its id."""
    return db.session.get(Place, place_id)


def serials(
    *, text: str = "", part_id: int | None = None, place_id: int | None = None, visit_id: int | None = None, equipment_id: int | None = None
) -> Select[Serial]:
    """Pieces with serial numbers as a select; the text is looked for in the number."""
    query = select(Serial)
    if text.strip():
        query = query.where(Serial.number.ilike(like(text)))
    for column, value in (
        (Serial.part_id, part_id),
        (Serial.place_id, place_id),
        (Serial.visit_id, visit_id),
        (Serial.equipment_id, equipment_id),
    ):
        if value is not None:
            query = query.where(column == value)
    return query


def serials_at(place_id: int) -> dict[int, list[str]]:
    """Part → serial numbers of the pieces at a place."""
    found: dict[int, list[str]] = {}
    query = select(Serial.part_id, Serial.number).where(Serial.place_id == place_id).order_by(Serial.part_id, Serial.number)
    for part_id, number in db.session.execute(query):
        found.setdefault(part_id, []).append(number)
    return found


def serials_of_moves(move_ids: Collection[int]) -> dict[int, list[str]]:
    """Move → serial numbers that went along."""
    found: dict[int, list[str]] = {}
    query = (
        select(StockMoveSerial.move_id, Serial.number)
        .join(Serial, Serial.id == StockMoveSerial.serial_id)
        .where(StockMoveSerial.move_id.in_(list(move_ids)))
        .order_by(StockMoveSerial.move_id, Serial.number)
    )
    for move_id, number in db.session.execute(query):
        found.setdefault(move_id, []).append(number)
    return found


def equipment_of_visit(visit_id: int) -> int | None:
    """What the visit's ticket is about. (By name: visits stand above materials.)"""
    query = text("SELECT t.equipment_id FROM visit v JOIN ticket t ON t.id = v.ticket_id WHERE v.id = :id")
    found: int | None = db.session.execute(query, {"id": visit_id}).scalar()
    return found


def serial_mismatches(limit: int = 100) -> list[dict[str, Any]]:
    """Where there are not as many serial numbers of a tracked part as pieces."""
    pieces = select(Serial.part_id, Serial.place_id, func.count().label("serials")).group_by(Serial.part_id, Serial.place_id).subquery()
    query = (
        select(StockBalance.part_id, StockBalance.place_id, StockBalance.on_hand, func.coalesce(pieces.c.serials, 0))
        .join(Part, Part.id == StockBalance.part_id)
        .outerjoin(pieces, (pieces.c.part_id == StockBalance.part_id) & (pieces.c.place_id == StockBalance.place_id))
        .join(Place, Place.id == StockBalance.place_id)
        .where(Part.serial_tracked, Place.kind != "cores", StockBalance.on_hand != func.coalesce(pieces.c.serials, 0))
    )
    names = ("part_id", "place_id", "on_hand", "serials")
    return [dict(zip(names, (int(value) for value in row), strict=True)) for row in db.session.execute(query.limit(limit))]


def equipment_of(ids: Collection[int]) -> dict[int, Equipment]:
    """Customers' equipment by id."""
    return {row.id: row for row in db.session.scalars(select(Equipment).where(Equipment.id.in_(list(ids))))} if ids else {}


def order_numbered(number: int) -> PurchaseOrder | None:
    """A purchase order."""
    return db.session.scalar(select(PurchaseOrder).where(PurchaseOrder.number == number))


def orders(*, state: str = "", supplier: str = "") -> Select[PurchaseOrder]:
    """Purchase orders as a select; the supplier by a part of its name."""
    query = select(PurchaseOrder).join(Supplier, Supplier.id == PurchaseOrder.supplier_id)
    if state:
        query = query.where(PurchaseOrder.state == state)
    return query.where(Supplier.name.ilike(like(supplier))) if supplier.strip() else query


def suppliers() -> Select[Supplier]:
    """Suppliers of purchase orders as a select."""
    return select(Supplier)


def visits_waiting_for(line_ids: Collection[int]) -> set[int]:
    """Visits that are promised something of these purchase lines."""
    query = select(Reservation.visit_id).where(Reservation.state == "held", Reservation.purchase_line_id.in_(list(line_ids)))
    return set(db.session.scalars(query)) if line_ids else set()


def orders_of(ids: Collection[int]) -> dict[int, PurchaseOrder]:
    """Purchase orders by id."""
    return {row.id: row for row in db.session.scalars(select(PurchaseOrder).where(PurchaseOrder.id.in_(list(ids))))} if ids else {}


def branches_of(place_ids: Collection[int]) -> list[Branch]:
    """Branches of ours to which these places belong, by name."""
    query = select(Branch).where(Branch.id.in_(select(Place.branch_id).where(Place.id.in_(list(place_ids)))))
    return list(db.session.scalars(query.order_by(Branch.name)))


def time_zones_of(place_ids: Iterable[int]) -> dict[int, str]:
    """Place → time zone of its branch, a van's of its driver's; those of no branch are left out."""
    branch_id = func.coalesce(Place.branch_id, Person.branch_id)
    query = select(Place.id, Branch.time_zone).outerjoin(Person, Person.id == Place.person_id).join(Branch, Branch.id == branch_id)
    return dict(db.session.execute(query.where(Place.id.in_(list(place_ids)))).tuples().all())


def serials_of_customer(customer_id: int, *, limit: int) -> list[Serial]:
    """Pieces in a customer's equipment, those of the latest visit first."""
    query = select(Serial).join(Equipment, Equipment.id == Serial.equipment_id).where(Equipment.customer_id == customer_id)
    return list(db.session.scalars(query.order_by(Serial.visit_id.desc(), Serial.id).limit(limit)))


def cores() -> list[tuple[StockBalance, Part, Place, Place | None]]:
    """Old pieces that lie on vans and shelves, with the van; by supplier, place and part."""
    van = aliased(Place)
    query = (
        select(StockBalance, Part, Place, van)
        .join(Part, Part.id == StockBalance.part_id)
        .join(Place, Place.id == StockBalance.place_id)
        .outerjoin(van, van.id == Place.van_id)
        .where(Place.kind == "cores", StockBalance.on_hand > 0)
        .order_by(Part.supplier, Place.name, Part.name, Part.id)
    )
    return [(balance, part, place, on) for balance, part, place, on in db.session.execute(query)]


def cores_on(van_id: int) -> list[tuple[Part, int]]:
    """Old pieces on a van, by name."""
    query = (
        select(Part, StockBalance.on_hand)
        .join(StockBalance, StockBalance.part_id == Part.id)
        .join(Place, Place.id == StockBalance.place_id)
        .where(Place.van_id == van_id, StockBalance.on_hand > 0)
        .order_by(Part.name, Part.id)
    )
    return [(part, count) for part, count in db.session.execute(query)]


def cores_left(*, limit: int) -> list[CoreLeft]:
    """Old pieces that still are at customers', the latest first."""
    return list(db.session.scalars(select(CoreLeft).where(CoreLeft.state == "left").order_by(CoreLeft.id.desc()).limit(limit)))
