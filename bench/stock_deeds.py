"""What a session of `bench.stock` does: each deed first looks what there is, as a person does, then does it by the product's own verbs.

Between the two others have been quicker as often as not; then it is refused with a reason, which is right. Repeated uploads (the same uuid again)
and reports of a technician's phone are among them.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, select

from bench.stock_world import DAYS, NOW, NUMBERS, World
from core.db import db
from dispatch import buying
from dispatch import services as dispatch
from dispatch.materials import services as materials
from dispatch.materials.models import PurchaseLine, PurchaseOrder, Receipt, Serial, StockBalance, StockCount, StockMove
from dispatch.visits.models import Assignment, Visit

Deed = Callable[[], object] | None  # None: there is nothing to do it with
Choice = Callable[[World, random.Random], Deed]
BY: dict[str, Any] = {"now": NOW, "actor_id": None}
BEFORE = date(2026, 5, 1)
_AGAIN = uuid.UUID("3f0b3c0e-7a3c-4d3c-9a0e-5d1f0a6f3b11")  # reports that several sessions send are named within it


def book(world: World, dice: random.Random) -> Deed:
    """A visit at any quarter of an hour of ten days, mostly where somebody else wants to be too."""
    wish = _slot(world, dice) | {"ticket_id": dice.choice(world.tickets), "job_type_id": dice.choice(world.jobs)}
    despite = [one for one in ("short", "second_visit") if dice.random() < 0.5]
    return lambda: dispatch.book_visit(**wish, despite=despite, **BY)


def hold(world: World, dice: random.Random) -> Deed:
    """A time kept for a caller; others are taken or let go."""
    held = _one(select(Visit.id).where(Visit.status == "proposed"))
    if held is not None and dice.random() < 0.6:
        verb = dispatch.confirm_visit if dice.random() < 0.5 else dispatch.release_visit
        return lambda: verb(visit_id=held, **BY)
    wish = _slot(world, dice) | {"ticket_id": dice.choice(world.tickets), "job_type_id": dice.choice(world.jobs)}
    return lambda: dispatch.hold_visit(**wish, **BY)


def move(world: World, dice: random.Random) -> Deed:
    """To another technician or time."""
    visit_id = _booked(world)
    slot = _slot(world, dice)
    names = ("person_id", "start", "end", "promised_from", "promised_until")
    if visit_id is None:
        return None
    return lambda: dispatch.move_visit(visit_id=visit_id, **{name: slot[name] for name in names}, despite=("short",), **BY)


def cancel(world: World, dice: random.Random) -> Deed:
    """A visit is called off."""
    visit_id = _booked(world)
    if visit_id is None:
        return None
    return lambda: dispatch.cancel_visit(visit_id=visit_id, reason="bench", **BY)


def report(world: World, dice: random.Random) -> Deed:
    """A technician's phone: on the way, arrived, parts fetched, done with what was used. Half of all are sent twice."""
    query = select(Assignment.visit_id, Assignment.person_id).join(Visit).where(Assignment.active, Visit.id.not_in(world.kits))
    found = db.session.execute(query.where(Visit.status.in_(("booked", "on_the_way", "on_site"))).order_by(func.random()).limit(1)).first()
    if found is None:
        return None
    van = world.vans[world.people.index(found.person_id)]
    action = dice.choice(("on_my_way", "arrived", "picked_up", "done", "done", "needs_part"))
    lines = _lines(dice, world, van if action != "picked_up" else world.warehouse)
    data: dict[str, Any] = {"used": lines} if action in ("done", "needs_part") else {}
    if action == "picked_up":
        data = {"parts": [line | {"place_id": world.warehouse} for line in lines]}
    key = uuid.uuid4() if dice.random() < 0.5 else uuid.uuid5(_AGAIN, f"{found.visit_id}:{action}")
    wish = {"uuid": key, "visit_id": found.visit_id, "person_id": found.person_id, "action": action, "data": data}
    return lambda: dispatch.apply_field_update(**wish, happened_at=NOW, now=NOW)


def kit(world: World, dice: random.Random) -> Deed:
    """Parts are promised to a visit, in no order, from some places and what is on order; or all of its promises are let go or made anew."""
    visit_id = dice.choice(world.kits)
    lines = {part: dice.randint(1, 2) for part in dice.sample(world.parts, 3)}
    places = [dice.choice(world.vans), world.warehouse, world.staging]
    roll = dice.random()
    if roll < 0.35:
        return lambda: materials.release(visit_id=visit_id, **BY)
    verb = materials.reserve_anew if roll < 0.6 else materials.reserve
    short = dice.random() < 0.5
    return lambda: verb(visit_id=visit_id, lines=lines, place_ids=places, incoming_by=BEFORE, allow_short=short, **BY)


def use(world: World, dice: random.Random) -> Deed:
    """Parts go from a van to the customer."""
    place = dice.choice(world.places)
    lines = _lines(dice, world, place)
    if not lines:
        return None
    numbers = {line["part_id"]: line["serials"] for line in lines if line["serials"]}
    wanted = {line["part_id"]: line["quantity"] for line in lines}
    visit_id = dice.choice(world.kits)
    return lambda: materials.use(uuid=uuid.uuid4(), visit_id=visit_id, place_id=place, lines=wanted, serials=numbers, **BY)


def transfer(world: World, dice: random.Random) -> Deed:
    """Untracked parts from a place to another; some for a visit, whose promise goes along."""
    source, target = dice.sample(world.places, 2)
    visit_id = dice.choice(world.kits) if dice.random() < 0.3 else None
    wish: dict[str, Any] = {
        "part_id": dice.choice(world.plain),
        "from_place_id": source,
        "to_place_id": target,
        "quantity": dice.randint(1, 2),
    }
    return lambda: materials.move_stock(uuid=uuid.uuid4(), visit_id=visit_id, **wish, **BY)


def carry(world: World, dice: random.Random) -> Deed:
    """A piece with a serial number to another place, from wherever it was seen; the world outside among them."""
    row = db.session.execute(
        select(Serial.part_id, Serial.number, Serial.place_id).where(Serial.part_id == dice.choice(world.tracked)).order_by(func.random())
    ).first()
    if row is None:
        return None
    target = dice.choice((*world.places, *world.places, world.returns, world.customer, world.supplier))
    wish = {"part_id": row.part_id, "from_place_id": row.place_id, "to_place_id": target, "quantity": 1, "serials": [row.number]}
    return lambda: materials.move_stock(uuid=uuid.uuid4(), **wish, **BY)


def reverse(world: World, dice: random.Random) -> Deed:
    """A recent move is taken back, a receipt's among them."""
    latest = db.session.scalar(select(func.max(StockMove.id))) or 0
    query = select(StockMove.id).where(StockMove.id > latest - 300, StockMove.reverses_id.is_(None))
    if dice.random() < 0.4:
        query = query.where(StockMove.receipt_id.is_not(None))
    move_id = _one(query)
    if move_id is None:
        return None
    return lambda: materials.reverse_move(move_id=move_id, **BY)


def order(world: World, dice: random.Random) -> Deed:
    """Ordered with a day: visits that lack it are promised it at once."""
    wish: dict[str, Any] = {"part_id": dice.choice(world.parts), "place_id": dice.choice((world.warehouse, world.warehouse, *world.vans))}
    eta = date(2026, 3, 12) + timedelta(days=dice.randrange(20))
    return lambda: buying.order(**wish, supplier="Works", quantity=dice.randint(1, 6), eta=eta, **BY)


def document(world: World, dice: random.Random) -> Deed:
    """Purchase orders as documents: drafted, sent, cancelled."""
    number = _one(select(PurchaseOrder.number).where(PurchaseOrder.state == ("draft" if dice.random() < 0.6 else "sent")))
    if number is None or dice.random() < 0.4:
        lines = [
            {"part_id": part, "place_id": dice.choice((world.warehouse, *world.vans)), "quantity": dice.randint(1, 4)}
            for part in dice.sample(world.parts, 2)
        ]
        return lambda: materials.create_order(supplier="Works", lines=lines, **BY)
    if dice.random() < 0.6:
        return lambda: buying.send_order(number=number, mail=False, **BY)
    return lambda: materials.cancel_order(number=number, **BY)


def receive(world: World, dice: random.Random) -> Deed:
    """A delivery, also damaged or wrong, sometimes sent twice, sometimes more than was ordered."""
    left = PurchaseLine.quantity - PurchaseLine.received
    row = db.session.execute(select(PurchaseLine.id, PurchaseLine.part_id, left).where(left > 0).order_by(func.random()).limit(1)).first()
    if row is None:
        return None
    line_id, part_id, count = row
    accepted, damaged = dice.randint(1, count), dice.randrange(2)
    numbers = dice.sample([f"S{number}" for number in range(NUMBERS)], min(NUMBERS, accepted + damaged))
    wish: dict[str, Any] = {"line_id": line_id, "accepted": accepted, "damaged": damaged}
    if part_id in world.tracked:
        wish |= {"serials": numbers[:accepted], "damaged_serials": numbers[accepted:]}
    key = uuid.uuid4()
    if dice.random() < 0.2:
        earlier = db.session.execute(select(Receipt).order_by(func.random()).limit(1)).scalar()
        if earlier is not None and earlier.wrong == 0:
            key, wish = earlier.uuid, {"line_id": earlier.purchase_line_id, "accepted": earlier.accepted, "damaged": earlier.damaged}
    return lambda: materials.receive(uuid=key, **wish, **BY)


def count(world: World, dice: random.Random) -> Deed:
    """Stock-taking: a place is opened, several count its parts at once, somebody closes it."""
    place = dice.choice(world.places)
    count_id = _one(select(StockCount.id).where(StockCount.state == "open"))
    roll = dice.random()
    if count_id is None or roll < 0.1:
        return lambda: materials.open_count(place_id=place, recount_from=0, **BY)
    if roll < 0.2:
        return lambda: materials.close_count(count_id=count_id, **BY)
    part_id = dice.choice(world.plain)
    where = db.session.scalar(select(StockCount.place_id).where(StockCount.id == count_id))
    there = db.session.scalar(select(StockBalance.on_hand).where(StockBalance.part_id == part_id, StockBalance.place_id == where)) or 0
    counted = max(0, there + dice.choice((0, 0, 0, 1, -1)))
    return lambda: materials.count_part(count_id=count_id, part_id=part_id, counted=counted, **BY)


# How often each is done, among 100.
DEEDS: Mapping[str, tuple[int, Choice]] = {
    "book a visit": (3, book),
    "hold, take or let go": (2, hold),
    "move a visit": (2, move),
    "call a visit off": (2, cancel),
    "a technician reports": (4, report),
    "reserve a kit": (18, kit),
    "use parts": (8, use),
    "transfer": (25, transfer),
    "carry a numbered piece": (14, carry),
    "take a move back": (5, reverse),
    "order": (1, order),
    "purchase order": (2, document),
    "receive": (7, receive),
    "count": (7, count),
}


def _slot(world: World, dice: random.Random) -> dict[str, Any]:
    start = NOW.replace(hour=7) + timedelta(days=1 + dice.randrange(DAYS), minutes=15 * dice.randrange(40))
    return {
        "person_id": dice.choice(world.people),
        "start": start,
        "end": start + timedelta(minutes=30),
        "promised_from": start,
        "promised_until": start + timedelta(hours=2),
    }


def _lines(dice: random.Random, world: World, place_id: int) -> list[dict[str, Any]]:
    """One or two parts that were seen there, tracked ones with their numbers."""
    found: list[dict[str, Any]] = []
    query = select(StockBalance.part_id).where(StockBalance.place_id == place_id, StockBalance.on_hand > 0)
    for part_id in db.session.scalars(query.order_by(func.random()).limit(dice.randint(1, 2))):
        numbers = []
        if part_id in world.tracked:
            numbers = list(db.session.scalars(select(Serial.number).where(Serial.part_id == part_id, Serial.place_id == place_id).limit(1)))
        found.append({"part_id": part_id, "quantity": 1, "serials": numbers})
    return found


def _booked(world: World) -> int | None:
    return _one(select(Visit.id).where(Visit.status == "booked", Visit.id.not_in(world.kits)))


def _one(query: Select[int]) -> int | None:
    """Any of what was found."""
    return db.session.scalar(query.order_by(func.random()).limit(1))
