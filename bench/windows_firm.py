"""The firm of `bench.windows`: 50 technicians with vans, kits of three parts, and a calendar that is full."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from core.auth import services as accounts
from core.db import Base, db, transaction
from customers.models import Customer, Site
from dispatch import services as dispatch
from dispatch.materials import services as materials
from dispatch.visits.models import Assignment, Visit
from staff import services as staff
from staff.models import Skill
from staff.rules import WeeklyShift
from tickets.models import Queue
from tickets.services import open_ticket

NOW = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
TECHNICIANS, DAYS, A_DAY = 50, 14, 300
PARTS = 20


class World:
    """Ids of what the questions are about."""

    def __init__(self) -> None:
        accounts.ensure_roles()
        branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", now=NOW)
        skill = Skill(key="gas", name="Gas", kind="trade")
        queue = Queue(key="q", name="Q", branch=branch, position=0, active=True, skills=[])
        db.session.add_all([skill, queue])
        db.session.flush()
        self.queue_id = queue.id
        dice = random.Random(1)
        week = [WeeklyShift(day, "07:00", "17:00") for day in range(7)]
        self.people, self.vans = [], []
        warehouse = materials.create_place(name="Warehouse", kind="warehouse", now=NOW, actor_id=None, latitude=52.5, longitude=13.4)
        self.warehouse = warehouse.id
        for number in range(TECHNICIANS):
            person = staff.create_person(
                email=f"t{number}@bench.test",
                name=f"Technician {number}",
                roles=("technician",),
                kind="technician",
                branch_id=branch.id,
                now=NOW,
                home_latitude=52.5 + dice.uniform(-0.15, 0.15),
                home_longitude=13.4 + dice.uniform(-0.25, 0.25),
                skills={skill.id: 2},
            )
            staff.set_shifts(person_id=person.id, shifts=week, now=NOW)
            van = materials.create_place(name=f"Van {number}", kind="van", person_id=person.id, now=NOW, actor_id=None)
            self.people.append(person.id)
            self.vans.append(van.id)
        self.parts = [materials.create_part(sku=f"P{number}", name=f"Part {number}", now=NOW, actor_id=None).id for number in range(PARTS)]
        for part_id in self.parts:
            for place_id in (self.warehouse, *self.vans):
                self._bring(part_id, place_id, 400 if place_id == self.warehouse else 3)
        self.jobs = [
            dispatch.create_job_type(
                key=f"job{number}",
                name=f"Job {number}",
                minutes=45,
                skills={skill.id: 1},
                kit=dict.fromkeys(self.parts[number * 3 : number * 3 + 3], 1),
                now=NOW,
                actor_id=None,
            ).id
            for number in range(4)
        ]
        self.sites = self._sites(dice)

    def _bring(self, part_id: int, place_id: int, quantity: int) -> None:
        materials.move_stock(
            uuid=uuid.uuid4(),
            part_id=part_id,
            from_place_id=materials.outside_place(kind="supplier").id,
            to_place_id=place_id,
            quantity=quantity,
            now=NOW,
            actor_id=None,
        )

    def _sites(self, dice: random.Random) -> list[tuple[int, int]]:
        customer = Customer(kind="person", name="C", language="en", tier="standard", notes="", created_at=NOW, updated_at=NOW)
        customer.sites = [
            Site(time_zone="Europe/Berlin", latitude=52.5 + dice.uniform(-0.15, 0.15), longitude=13.4 + dice.uniform(-0.25, 0.25))
            for _number in range(200)
        ]
        db.session.add(customer)
        db.session.flush()
        return [(customer.id, site.id) for site in customer.sites]

    def ticket(self, dice: random.Random) -> int:
        customer_id, site_id = dice.choice(self.sites)
        return open_ticket(subject="Job", channel="api", queue_id=self.queue_id, customer_id=customer_id, site_id=site_id, now=NOW).id

    def fill_calendar(self) -> None:
        """300 visits a day, written directly: this is what a busy firm looks like, not what is measured."""
        dice = random.Random(2)
        tickets = [self.ticket(dice) for _number in range(20)]
        for day in range(DAYS):
            for number in range(A_DAY):
                person = self.people[number % TECHNICIANS]
                start = NOW.replace(hour=6) + timedelta(days=day, minutes=95 * (number // TECHNICIANS) + dice.randrange(0, 20))
                end = start + timedelta(minutes=45)
                visit = Visit(
                    ticket_id=dice.choice(tickets),
                    job_type_id=self.jobs[0],
                    site_id=dice.choice(self.sites)[1],
                    status="booked",
                    promised_from=start,
                    promised_until=start + timedelta(hours=2),
                    planned_start=start,
                    planned_end=end,
                    created_at=NOW,
                    updated_at=NOW,
                )
                during = Range(start - timedelta(minutes=10), end)
                visit.assignments = [
                    Assignment(resource=f"person:{person}", person_id=person, during=during, travel_seconds=600, active=True)
                ]
                db.session.add(visit)
        db.session.flush()


def made_world() -> World:
    """Tables and rows, committed."""
    Base.metadata.create_all(db.engine)
    with transaction():
        world = World()
    with transaction():
        world.fill_calendar()
    db.session.execute(text("ANALYZE"))
    db.session.remove()
    return world
