"""The firm of the simulated month (`bench.month`): twelve technicians of a city, four kinds of work, parts on every van."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from flask import Flask

import config as settings
import wsgi
from bench.databases import own_database
from core.auth import services as accounts
from core.db import Base, db
from customers.models import Customer, Equipment, Site
from dispatch import services as dispatch
from dispatch.materials import services as materials
from staff import services as staff
from staff.models import Skill
from staff.rules import WeeklyShift
from tickets.models import Queue
from tickets.services import open_ticket

TECHNICIANS = 12
CENTRE = (52.5, 13.4)
SPREAD = (0.09, 0.14)  # degrees around it: a city of some 20 km
SHIFT = ("07:30", "16:30")
SKILLS = ("boiler", "heat pump", "cooling", "washing machine")
MINUTES = (45, 60, 75, 105)
ON_VAN = 200  # of each part: what is missing on site is drawn, not stocked


class Firm:
    """Ids of what the month plays with. Made in the caller's transaction, at business time `now`."""

    def __init__(self, seed: int, now: datetime) -> None:
        dice = random.Random(seed)
        self.now = now
        accounts.ensure_roles()
        branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", now=now)
        skills = [Skill(key=name.replace(" ", "_"), name=name, kind="trade") for name in SKILLS]
        queue = Queue(key="repairs", name="Repairs", branch=branch, position=0, active=True, skills=[])
        db.session.add_all([*skills, queue])
        db.session.flush()
        self.branch_id, self.queue_id, self.time_zone = branch.id, queue.id, branch.time_zone
        self.parts = [materials.create_part(sku=f"P{number}", name=f"Part {number}", now=now, actor_id=None).id for number in range(4)]
        self.jobs = [
            dispatch.create_job_type(
                key=skill.key,
                name=f"Repair a {skill.name}",
                minutes=minutes,
                skills={skill.id: 1},
                kit={part_id: 1},
                equipment_kinds=[skill.name],
                now=now,
                actor_id=None,
            ).id
            for skill, minutes, part_id in zip(skills, MINUTES, self.parts, strict=True)
        ]
        self.people = [self._technician(number, [skill.id for skill in skills], dice) for number in range(TECHNICIANS)]
        self.sites = self._sites(dice)

    def _technician(self, number: int, skills: list[int], dice: random.Random) -> int:
        """Three of the four trades."""
        able = dict.fromkeys(dice.sample(skills, 3), 2)
        person = staff.create_person(
            email=f"t{number}@bench.test",
            name=f"Technician {number}",
            roles=("technician",),
            kind="technician",
            branch_id=self.branch_id,
            now=self.now,
            home_latitude=CENTRE[0] + dice.uniform(-SPREAD[0], SPREAD[0]),
            home_longitude=CENTRE[1] + dice.uniform(-SPREAD[1], SPREAD[1]),
            skills=able,
        )
        staff.set_shifts(person_id=person.id, shifts=[WeeklyShift(day, *SHIFT) for day in range(5)], now=self.now)
        van = materials.create_place(name=f"Van {number}", kind="van", person_id=person.id, now=self.now, actor_id=None)
        supplier = materials.outside_place(kind="supplier").id
        for part_id in self.parts:
            materials.move_stock(
                uuid=uuid.UUID(int=dice.getrandbits(128)),
                part_id=part_id,
                from_place_id=supplier,
                to_place_id=van.id,
                quantity=ON_VAN,
                now=self.now,
                actor_id=None,
            )
        return person.id

    def _sites(self, dice: random.Random) -> list[tuple[int, int, list[int]]]:
        """(customer, site, what stands there: one of each kind)."""
        customer = Customer(
            kind="organisation", name="Homes", language="en", tier="standard", notes="", created_at=self.now, updated_at=self.now
        )
        customer.sites = [
            Site(
                time_zone=self.time_zone,
                latitude=CENTRE[0] + dice.uniform(-SPREAD[0], SPREAD[0]),
                longitude=CENTRE[1] + dice.uniform(-SPREAD[1], SPREAD[1]),
            )
            for _number in range(300)
        ]
        db.session.add(customer)
        db.session.flush()
        things = {site.id: [Equipment(customer_id=customer.id, site_id=site.id, kind=name) for name in SKILLS] for site in customer.sites}
        db.session.add_all(one for some in things.values() for one in some)
        db.session.flush()
        return [(customer.id, site.id, [one.id for one in things[site.id]]) for site in customer.sites]

    def ticket(self, dice: random.Random, now: datetime, *, priority: str = "normal") -> tuple[int, int]:
        """(ticket, job type) of somebody who calls now."""
        customer_id, site_id, things = dice.choice(self.sites)
        kind = dice.randrange(len(SKILLS))
        ticket = open_ticket(
            subject=SKILLS[kind],
            channel="api",
            queue_id=self.queue_id,
            customer_id=customer_id,
            site_id=site_id,
            equipment_id=things[kind],
            priority=priority,
            now=now,
        )
        return ticket.id, self.jobs[kind]


@contextmanager
def application(name: str) -> Iterator[Flask]:
    """The application on an empty database of its own with all tables, in its context; dropped afterwards."""
    with own_database(name) as address:
        app = wsgi.create_app("cli", replace(settings.read(), database_url=address, log_level="CRITICAL"))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            yield app
            db.session.remove()
            db.engine.dispose()
