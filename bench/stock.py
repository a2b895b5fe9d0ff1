"""Stock and bookings under load: `script/bench stock [--sessions 40] [--seconds 5]`.

40 sessions at once reserve kits of three parts, move parts and book visits for 50 technicians on a calendar of 300 visits a day over 14 days. Prints
rates and times, and at the end what must be zero: oversold parts, technicians booked twice, deadlocks, balances that are not the sum of their moves.
Makes a database of its own and drops it.
"""

from __future__ import annotations

import argparse
import os
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.engine import make_url

import config as settings
import wsgi
from core.auth import services as accounts
from core.db import Base, db, transaction
from core.errors import DomainError
from customers.models import Customer, Site
from dispatch import services as dispatch
from dispatch.materials import queries as stock
from dispatch.materials import services as materials
from dispatch.materials.models import StockBalance
from dispatch.visits.models import Assignment, Visit
from staff import services as staff
from staff.models import Skill
from staff.rules import WeeklyShift
from tickets.models import Queue
from tickets.services import open_ticket

NOW = datetime(2026, 3, 10, 7, 0, tzinfo=UTC)
TECHNICIANS, DAYS, A_DAY = 50, 14, 300
PARTS = 20
Deed = Callable[[random.Random], None]


class World:
    """Ids of what the sessions play with."""

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


def hammer(app: Flask, deed: Deed, sessions: int, seconds: float) -> tuple[float, Counter[str], list[float]]:
    """Run `deed` in so many sessions for so long: done per second, outcomes by code, milliseconds each."""
    outcomes: Counter[str] = Counter()
    times: list[float] = []
    lock = threading.Lock()
    ends = time.monotonic() + seconds

    def session(number: int) -> None:
        dice = random.Random(number)
        mine: list[tuple[str, float]] = []
        with app.app_context():
            while time.monotonic() < ends:
                began = time.perf_counter()
                mine.append((outcome(deed, dice), (time.perf_counter() - began) * 1000))
            db.session.remove()
        with lock:
            outcomes.update(code for code, _time in mine)
            times.extend(spent for _code, spent in mine)

    threads = [threading.Thread(target=session, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes["done"] / seconds, outcomes, sorted(times)


def outcome(deed: Deed, dice: random.Random) -> str:
    try:
        with transaction():
            deed(dice)
    except DomainError as error:
        return error.code
    return "done"


def deeds(world: World, visits: list[int]) -> dict[str, Deed]:
    def kit(dice: random.Random) -> None:
        lines = dict.fromkeys(dice.sample(world.parts, 3), 1)
        places = [dice.choice(world.vans), world.warehouse]
        materials.reserve(visit_id=dice.choice(visits), lines=lines, place_ids=places, now=NOW, actor_id=None)

    def move(dice: random.Random) -> None:
        source, target = dice.sample([world.warehouse, *world.vans], 2)
        materials.move_stock(
            uuid=uuid.uuid4(),
            part_id=dice.choice(world.parts),
            from_place_id=source,
            to_place_id=target,
            quantity=1,
            now=NOW,
            actor_id=None,
        )

    def book(dice: random.Random) -> None:
        start = NOW.replace(hour=6) + timedelta(days=dice.randrange(20, 26), minutes=15 * dice.randrange(0, 36))
        dispatch.book_visit(
            ticket_id=world.ticket(dice),
            job_type_id=dice.choice(world.jobs),
            person_id=dice.choice(world.people),
            start=start,
            end=start + timedelta(minutes=45),
            promised_from=start,
            promised_until=start + timedelta(hours=2),
            now=NOW,
            actor_id=None,
        )

    return {"reserve a kit of 3": kit, "move a part": move, "book a visit": book}


def must_be_zero() -> dict[str, int]:
    """What no race may leave behind."""
    one, other = Assignment.__table__.alias("a"), Assignment.__table__.alias("b")
    twice = select(func.count()).where(
        one.c.active, other.c.active, one.c.id < other.c.id, one.c.resource == other.c.resource, one.c.during.op("&&")(other.c.during)
    )
    oversold = select(func.count()).where((StockBalance.reserved > StockBalance.on_hand) | (StockBalance.on_hand < 0))
    deadlocks = db.session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    return {
        "oversold balances": db.session.scalar(oversold) or 0,
        "technicians booked twice": db.session.scalar(twice) or 0,
        "balances that differ from their moves": len(stock.mismatches()),
        "deadlocks": deadlocks or 0,
    }


def percentile(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(len(times) * share))] if times else 0.0


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


def run(app: Flask, sessions: int, seconds: float) -> None:
    with app.app_context():
        world = made_world()
        visits = list(db.session.scalars(select(Visit.id).limit(200)))
        db.session.remove()
        print(
            f"{sessions} sessions, {seconds:g} s each; {os.cpu_count()} cores\n{'':<26}{'per second':>11}{'p50 ms':>9}{'p95 ms':>9}  outcomes"
        )
        for name, deed in deeds(world, visits).items():
            rate, outcomes, times = hammer(app, deed, sessions, seconds)
            told = ", ".join(f"{code} {count}" for code, count in outcomes.most_common())
            print(f"{name:<26}{rate:>11.0f}{percentile(times, 0.5):>9.1f}{percentile(times, 0.95):>9.1f}  {told}")
        print()
        for name, count in must_be_zero().items():
            print(f"  {name}: {count}")
        db.session.remove()
        db.engine.dispose()


@contextmanager
def own_database(connections: int) -> Iterator[Flask]:
    """The application on an empty database of its own, dropped afterwards."""
    base = settings.read()
    maintenance = create_engine(base.database_url, isolation_level="AUTOCOMMIT")
    name = f"callout_bench_stock_{os.getpid()}"
    with maintenance.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    address = make_url(base.database_url).set(database=name).render_as_string(hide_password=False)
    app = wsgi.create_app("cli", replace(base, database_url=address, log_level="ERROR"))
    with app.app_context():
        options: dict[str, Any] = {"pool_size": connections, "max_overflow": 4}
        db.engines[None] = create_engine(
            address, connect_args={"prepare_threshold": None, "options": "-c timezone=UTC -c lock_timeout=10s"}, **options
        )
    try:
        yield app
    finally:
        with maintenance.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        maintenance.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    with own_database(given.sessions) as app:
        run(app, given.sessions, given.seconds)


if __name__ == "__main__":
    main()
