"""What the sessions of `bench.stock` quarrel about: a small firm on purpose, so that everybody wants the same."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from core.auth import services as accounts
from core.db import db
from customers.models import Customer, Site
from dispatch import buying
from dispatch import services as dispatch
from dispatch.materials import services as materials
from staff import services as staff
from staff.models import Skill
from staff.rules import WeeklyShift
from tickets.models import Queue
from tickets.services import open_ticket

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
TECHNICIANS, DAYS = 8, 10
PARTS, TRACKED = 12, 4  # the last ones are tracked by serial numbers
TICKETS = 280
KITS = 48
NUMBERS = 60  # serial numbers of a tracked part that are ever made up: several sessions name the same


@dataclass(frozen=True)
class World:
    """Ids, as a session's process gets them. `kits`: visits that stay booked, for reservations beside the bookings."""

    people: tuple[int, ...]
    vans: tuple[int, ...]
    warehouse: int
    staging: int
    returns: int
    supplier: int
    scrap: int
    customer: int
    parts: tuple[int, ...]
    tracked: tuple[int, ...]
    jobs: tuple[int, ...]
    tickets: tuple[int, ...]
    kits: tuple[int, ...]

    @property
    def places(self) -> tuple[int, ...]:
        """From which visits get parts."""
        return (self.warehouse, self.staging, *self.vans)

    @property
    def plain(self) -> tuple[int, ...]:
        """Parts without serial numbers."""
        return tuple(part for part in self.parts if part not in self.tracked)


def made() -> World:
    """The firm's rows, flushed."""
    accounts.ensure_roles()
    dice = random.Random(1)
    branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", now=NOW)
    skill = Skill(key="gas", name="Gas", kind="trade")
    queue = Queue(key="q", name="Q", branch=branch, position=0, active=True, skills=[])
    db.session.add_all([skill, queue])
    db.session.flush()
    warehouse = _place("Warehouse", "warehouse")
    staging = _place("Shelf", "staging")
    people, vans = _technicians(branch.id, skill.id, dice)
    parts = tuple(_part(number) for number in range(PARTS))
    for part_id in parts[: PARTS - TRACKED]:
        for place_id in (warehouse, staging, *vans):
            _bring(part_id, place_id, 60 if place_id == warehouse else 2)
    jobs = tuple(_job(number, skill.id, parts) for number in range(4))
    tickets = _tickets(queue.id, dice)
    kits = tuple(_booked(tickets[number], jobs[0], people[number % TECHNICIANS], number) for number in range(KITS))
    outside = {kind: materials.outside_place(kind=kind).id for kind in ("supplier", "scrap", "customer", "returns", "adjustment")}
    for part_id in parts[-TRACKED:]:
        buying.order(part_id=part_id, place_id=warehouse, supplier="Works", quantity=40, eta=date(2026, 3, 12), now=NOW, actor_id=None)
    return World(
        people=people,
        vans=vans,
        warehouse=warehouse,
        staging=staging,
        returns=outside["returns"],
        supplier=outside["supplier"],
        scrap=outside["scrap"],
        customer=outside["customer"],
        parts=parts,
        tracked=parts[-TRACKED:],
        jobs=jobs,
        tickets=tickets[KITS:],
        kits=kits,
    )


def _place(name: str, kind: str, person_id: int | None = None) -> int:
    latitude, longitude = (52.5, 13.4) if kind == "warehouse" else (None, None)
    return materials.create_place(
        name=name, kind=kind, person_id=person_id, latitude=latitude, longitude=longitude, now=NOW, actor_id=None
    ).id


def _technicians(branch_id: int, skill_id: int, dice: random.Random) -> tuple[tuple[int, ...], tuple[int, ...]]:
    people, vans = [], []
    week = [WeeklyShift(day, "07:00", "19:00") for day in range(7)]
    for number in range(TECHNICIANS):
        person = staff.create_person(
            email=f"t{number}@bench.test",
            name=f"Technician {number}",
            roles=("technician",),
            kind="technician",
            branch_id=branch_id,
            now=NOW,
            home_latitude=52.5 + dice.uniform(-0.05, 0.05),
            home_longitude=13.4 + dice.uniform(-0.05, 0.05),
            skills={skill_id: 2},
        )
        staff.set_shifts(person_id=person.id, shifts=week, now=NOW)
        people.append(person.id)
        vans.append(_place(f"Van {number}", "van", person.id))
    return tuple(people), tuple(vans)


def _part(number: int) -> int:
    row = materials.create_part(
        sku=f"P{number}",
        name=f"Part {number}",
        cost=1000,
        supplier="Works",
        lead_days=2,
        serial_tracked=number >= PARTS - TRACKED,
        now=NOW,
        actor_id=None,
    )
    return row.id


def _bring(part_id: int, place_id: int, quantity: int) -> None:
    materials.move_stock(
        uuid=uuid.uuid4(),
        part_id=part_id,
        from_place_id=materials.outside_place(kind="supplier").id,
        to_place_id=place_id,
        quantity=quantity,
        now=NOW,
        actor_id=None,
    )


def _job(number: int, skill_id: int, parts: tuple[int, ...]) -> int:
    kit = dict.fromkeys(random.Random(number).sample(parts, 3), 1)  # in no order, tracked ones among them
    row = dispatch.create_job_type(
        key=f"job{number}", name=f"Job {number}", minutes=30, skills={skill_id: 1}, kit=kit, now=NOW, actor_id=None
    )
    return row.id


def _tickets(queue_id: int, dice: random.Random) -> tuple[int, ...]:
    customer = Customer(kind="person", name="C", language="en", tier="standard", notes="", created_at=NOW, updated_at=NOW)
    customer.sites = [
        Site(time_zone="Europe/Berlin", latitude=52.5 + dice.uniform(-0.05, 0.05), longitude=13.4 + dice.uniform(-0.05, 0.05))
        for _number in range(20)
    ]
    db.session.add(customer)
    db.session.flush()
    rows = [
        open_ticket(
            subject="Job", channel="api", queue_id=queue_id, customer_id=customer.id, site_id=dice.choice(customer.sites).id, now=NOW
        )
        for _number in range(TICKETS)
    ]
    return tuple(row.id for row in rows)


def _booked(ticket_id: int, job_id: int, person_id: int, number: int) -> int:
    """Far away from what the sessions book."""
    start = NOW.replace(hour=8) + timedelta(days=40 + number // TECHNICIANS)
    visit = dispatch.book_visit(
        ticket_id=ticket_id,
        job_type_id=job_id,
        person_id=person_id,
        start=start,
        end=start + timedelta(minutes=30),
        promised_from=start,
        promised_until=start + timedelta(hours=2),
        now=NOW,
        actor_id=None,
        despite=("short",),
    )
    return visit.id
