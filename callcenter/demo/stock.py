"""The demo's materials and job types."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from callcenter.demo.firm import Firm
from dispatch import services as dispatch
from dispatch.materials import queries
from dispatch.materials import services as materials
from dispatch.materials.models import Part, Place
from dispatch.promises.settings import save_settings

PARTS = [
    ("FLT-001", "Filter", 900, 1900), ("PMP-220", "Drain pump", 2400, 4900),
    ("SEA-045", "Door seal", 1300, 2900), ("HTR-180", "Heating element", 2100, 4500),
    ("THM-010", "Thermostat", 1700, 3600), ("BRD-500", "Control board", 7900, 14900), ("MOT-310", "Drum motor", 9900, 18900),
    ("VLV-024", "Gas valve", 5200, 9900), ("IGN-007", "Ignition electrode", 1100, 2500),
    ("CAP-035", "Capacitor", 600, 1500), ("FAN-120", "Fan", 3100, 6400),
    ("REF-410", "Refrigerant 1 kg", 4200, 8900), ("SEN-033", "Temperature sensor", 800, 1900),
    ("BLT-019", "Drive belt", 700, 1600), ("ANO-002", "Anode rod", 1500, 3200),
]  # fmt: skip
JOBS = [
    ("appliance-repair", "Appliance repair", 60, {"appliances": 1}, {"FLT-001": 1}, ("Washing machine", "Dishwasher", "Tumble dryer", "Oven")),
    ("pump-change", "Change of drain pump", 45, {"appliances": 2}, {"PMP-220": 1, "FLT-001": 1}, ("Washing machine", "Dishwasher")),
    ("cooling-repair", "Refrigerator repair", 75, {"cooling": 1}, {"THM-010": 1}, ("Refrigerator", "Cold room")),
    ("aircon-service", "Air conditioner service", 60, {"cooling": 2}, {"FLT-001": 1, "CAP-035": 1}, ("Air conditioner",)),
    ("boiler-repair", "Boiler repair", 90, {"heating": 2}, {"IGN-007": 1}, ("Gas boiler", "Water heater")),
    ("heating-service", "Heating service", 60, {"heating": 2}, {"FLT-001": 1, "ANO-002": 1}, ("Gas boiler", "Water heater", "Heat pump")),
    ("boiler-exchange", "Exchange of a boiler", 180, {"heating": 1}, {"ANO-002": 1}, ("Gas boiler",)),
    ("board-change", "Change of control board", 60, {"electrics": 2}, {"BRD-500": 1}, ()),
]  # fmt: skip
CREWS = {"boiler-exchange": 2}  # a boiler is carried by two
CHECKLIST = ("Power and water are off", "Leak test done", "Customer shown how it works")
ON_EVERY_VAN = ("FLT-001", "SEA-045", "THM-010", "SEN-033", "BLT-019", "CAP-035")
OPENED = timedelta(days=30)  # ago: the opening stock
RATE = 8900  # cents for an hour of work


def build(firm: Firm, *, now: datetime) -> None:
    """Parts, a warehouse, twelve vans with stock, orders under way, job types with kits. The stock was there before the visits that used it."""
    dice = random.Random(77)
    opened = now - OPENED
    parts = {
        sku: materials.create_part(
            sku=sku,
            name=name,
            cost=cost,
            price=price,
            supplier=("Elektra Parts", "Nordkälte", "Spare Depot")[place % 3],
            lead_days=2 + place % 4,
            now=now,
            actor_id=None,
        )
        for place, (sku, name, cost, price) in enumerate(PARTS)
    }
    warehouse = materials.create_place(
        name="Warehouse Torstraße",
        kind="warehouse",
        branch_id=firm.central.id,
        latitude=firm.central.latitude,
        longitude=firm.central.longitude,
        now=now,
        actor_id=None,
    )
    supplier = materials.outside_place(kind="supplier")
    for sku, part in parts.items():
        # One part has run out everywhere: it is on order.
        if sku != "BRD-500":
            _bring(part, supplier, warehouse, dice.randint(6, 40), opened)
    for technician in firm.technicians:
        van = materials.create_place(
            name=f"Van {technician.name}", kind="van", branch_id=firm.central.id, person_id=technician.id, now=now, actor_id=None
        )
        for sku in ON_EVERY_VAN:
            _bring(parts[sku], supplier, van, dice.randint(2, 5), opened)
            materials.set_level(part_id=parts[sku].id, place_id=van.id, reorder_at=2, fill_to=4, now=now, actor_id=None)
        for sku in dice.sample([sku for sku, *_rest in PARTS if sku not in (*ON_EVERY_VAN, "BRD-500")], 4):
            _bring(parts[sku], supplier, van, dice.randint(1, 2), opened)
    for part in parts.values():
        materials.set_level(part_id=part.id, place_id=warehouse.id, reorder_at=8, fill_to=20, now=now, actor_id=None)
    ordered = now - timedelta(days=1)
    board = {"part_id": parts["BRD-500"].id, "place_id": warehouse.id, "quantity": 6}
    order = materials.create_order(supplier="Elektra Parts", lines=[board], now=ordered, actor_id=firm.agents[0].user_id)
    materials.update_supplier(
        supplier_id=order.supplier_id, email="orders@elektra-parts.example", our_number="K-20417", now=now, actor_id=None
    )
    due = now.date() + timedelta(days=1)  # until the supplier names another day: `visits`
    materials.send_order(number=order.number, mail=False, expected_on=due, now=ordered, actor_id=firm.agents[0].user_id)
    _compressors(supplier, warehouse, now)
    _counting(firm, warehouse, list(parts.values()), now)
    save_settings(values={"own_booking": True, "names_shown": True}, now=now, actor_id=firm.agents[0].user_id)
    for key, name, minutes, skills, kit, kinds in JOBS:
        dispatch.create_job_type(
            key=key,
            name=name,
            minutes=minutes,
            crew=CREWS.get(key, 1),
            now=now,
            actor_id=None,
            skills={firm.skills[skill].id: level for skill, level in skills.items()},
            kit={parts[sku].id: count for sku, count in kit.items()},
            checklist=CHECKLIST,
            equipment_kinds=kinds,
            price_per_hour=RATE,
        )


def _compressors(supplier: Place, warehouse: Place, now: datetime) -> None:
    """A part whose pieces are known by their numbers."""
    part = materials.create_part(
        sku="CMP-900",
        name="Compressor",
        cost=18500,
        price=34900,
        supplier="Nordkälte",
        lead_days=6,
        serial_tracked=True,
        now=now,
        actor_id=None,
    )
    materials.move_stock(
        uuid=uuid.uuid4(),
        part_id=part.id,
        from_place_id=supplier.id,
        to_place_id=warehouse.id,
        quantity=3,
        serials=["NK24-118207", "NK24-118208", "NK24-121993"],
        now=now,
        actor_id=None,
        reason="Opening stock",
    )


def _counting(firm: Firm, warehouse: Place, parts: list[Part], now: datetime) -> None:
    """The warehouse is being counted: a third is done, one piece is missing, and one part has to be counted again."""
    count = materials.open_count(place_id=warehouse.id, now=now, actor_id=None)
    for part, differs in zip(parts, (0, 0, -1, 0, 4), strict=False):
        (there,) = queries.balances_at(warehouse.id, [part.id]).values()
        counter = firm.agents[part.id % 2].user_id
        materials.count_part(count_id=count.id, part_id=part.id, counted=there[0] + differs, now=now, actor_id=counter)


def _bring(part: Part, source: Place, target: Place, quantity: int, now: datetime) -> None:
    materials.move_stock(
        uuid=uuid.uuid4(),
        part_id=part.id,
        from_place_id=source.id,
        to_place_id=target.id,
        quantity=quantity,
        now=now,
        actor_id=None,
        reason="Opening stock",
    )
