"""A small firm for the tests of dispatch: a branch in Berlin, technicians with vans, a warehouse, parts, a job type, customers with sites."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.auth import services as accounts
from core.db import db as database
from customers.models import ContactPoint, Customer, Site
from dispatch.materials.models import Part, Place, PurchaseLine, StockBalance
from dispatch.materials.services import create_part, create_place, move_stock, order_part, outside_place
from dispatch.services import book_visit, create_job_type
from dispatch.visits.models import JobType, Visit
from staff import services as staff
from staff.models import Person, Skill
from staff.rules import WeeklyShift
from tickets.models import Queue, Ticket
from tickets.services import open_ticket

# One degree of latitude is about 111 km: 0.01 are 1.1 km, 149 s of driving and 120 s fixed.
CENTRE = (52.50, 13.40)
EVERY_DAY = [WeeklyShift(day, "08:00", "18:00") for day in range(7)]


def berlin(text: str) -> datetime:
    """`berlin("2026-03-10 12:00")` (winter time) → that instant in UTC."""
    return (datetime.fromisoformat(text) - timedelta(hours=1)).replace(tzinfo=UTC)


class Firm:
    """Rows that a test builds on; all made through services, in the session at hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        accounts.ensure_roles()
        self.branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", now=now)
        self.branch.latitude, self.branch.longitude = CENTRE
        self.queue = Queue(key="repairs", name="Repairs", branch=self.branch, position=0, active=True, skills=[])
        self.gas = Skill(key="gas", name="Gas", kind="trade")
        self.cold = Skill(key="cold", name="Refrigerant", kind="trade")
        database.session.add_all([self.queue, self.gas, self.cold])
        database.session.flush()
        self.warehouse = create_place(
            name="Warehouse", kind="warehouse", now=now, actor_id=None, latitude=CENTRE[0], longitude=CENTRE[1], branch_id=self.branch.id
        )
        self._numbers = iter(range(1, 100_000))

    def technician(self, name: str = "Li Wei", *, skills: dict[int, int] | None = None, van: bool = True, **more: Any) -> Person:
        """On shift every day 08-18, at home in the centre, Gas 2, with a van."""
        person = staff.create_person(
            email=f"t{next(self._numbers)}@callout.test",
            name=name,
            roles=("technician",),
            kind="technician",
            branch_id=self.branch.id,
            now=self.now,
            home_latitude=more.pop("latitude", CENTRE[0]),
            home_longitude=more.pop("longitude", CENTRE[1]),
            skills={self.gas.id: 2} if skills is None else skills,
        )
        staff.set_shifts(person_id=person.id, shifts=more.pop("shifts", EVERY_DAY), now=self.now)
        if van:
            create_place(name=f"Van of {name} {person.id}", kind="van", person_id=person.id, now=self.now, actor_id=None)
        return person

    def van(self, person: Person) -> Place:
        found: Place = database.session.scalars(database.select(Place).filter_by(person_id=person.id)).one()
        return found

    def part(self, name: str = "Filter", sku: str = "") -> Part:
        return create_part(sku=sku or f"P-{next(self._numbers)}", name=name, now=self.now, actor_id=None)

    def stock(self, part: Part, place: Place, quantity: int) -> None:
        """Parts from the supplier."""
        move_stock(
            uuid=uuid.uuid4(),
            part_id=part.id,
            from_place_id=outside_place(kind="supplier").id,
            to_place_id=place.id,
            quantity=quantity,
            now=self.now,
            actor_id=None,
        )

    def order(self, part: Part, quantity: int, eta: Any) -> PurchaseLine:
        return order_part(
            part_id=part.id, place_id=self.warehouse.id, supplier="Acme", quantity=quantity, eta=eta, now=self.now, actor_id=None
        )

    def job_type(self, key: str = "service", *, minutes: int = 60, kit: dict[int, int] | None = None, **more: Any) -> JobType:
        return create_job_type(
            key=key,
            name=more.pop("name", "Boiler service"),
            minutes=minutes,
            crew=more.pop("crew", 1),
            skills=more.pop("skills", {self.gas.id: 2}),
            kit=kit,
            checklist=more.pop("checklist", ["Gas off", "Pressure"]),
            now=self.now,
            actor_id=None,
        )

    def site(self, latitude: float | None = 52.51, longitude: float | None = 13.40) -> Site:
        number = next(self._numbers)
        customer = Customer(
            kind="person", name=f"Customer {number}", language="en", tier="standard", notes="", created_at=self.now, updated_at=self.now
        )
        customer.contact_points = [ContactPoint(kind="phone", value=f"+4930{1000000 + number}", label="")]
        site = Site(
            street=f"Street {number}",
            postal_code="10115",
            city="Berlin",
            country="DE",
            time_zone="Europe/Berlin",
            latitude=latitude,
            longitude=longitude,
            access="Ring twice",
        )
        customer.sites = [site]
        database.session.add(customer)
        database.session.flush()
        return site

    def ticket(self, site: Site | None = None, **more: Any) -> Ticket:
        where = site or self.site()
        return open_ticket(
            subject=more.pop("subject", "Boiler leaks"),
            channel="phone",
            queue_id=self.queue.id,
            customer_id=where.customer_id,
            site_id=where.id,
            now=self.now,
            **more,
        )

    def book(self, person: Person, start: datetime, *, job_type: JobType, ticket: Ticket | None = None, **more: Any) -> Visit:
        """A visit of the job type's length with a two-hour window; a refusal leaves nothing behind, as in an entry of its own."""
        with database.session.begin_nested():
            return self._book(person, start, job_type=job_type, ticket=ticket, **more)

    def _book(self, person: Person, start: datetime, *, job_type: JobType, ticket: Ticket | None, **more: Any) -> Visit:
        return book_visit(
            ticket_id=(ticket or self.ticket()).id,
            job_type_id=job_type.id,
            person_id=person.id,
            start=start,
            end=more.pop("end", start + timedelta(minutes=job_type.minutes)),
            promised_from=more.pop("promised_from", start),
            promised_until=more.pop("promised_until", start + timedelta(hours=2)),
            now=more.pop("now", self.now),
            actor_id=more.pop("actor_id", None),
            **more,
        )

    def balance(self, part: Part, place: Place) -> tuple[int, int]:
        """(on hand, reserved), read afresh."""
        found = database.session.get(StockBalance, (part.id, place.id), populate_existing=True)
        return (found.on_hand, found.reserved) if found is not None else (0, 0)


@pytest.fixture
def firm(db: Any, now: datetime) -> Firm:
    return Firm(now)


@pytest.fixture
def committed_firm(committed_db: Any, now: datetime) -> Callable[[], Firm]:
    """`committed_firm()` → a firm whose rows the test commits."""
    return lambda: Firm(now)
