"""A small firm in the middle of its day, made by the demo's own builders: what the busy day's operations work on."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.demo import firm as firms
from callcenter.demo import stock
from callcenter.voice.models import PhoneNumber
from callcenter.web import links
from callcenter.web.live import token_for
from core.auth import services as accounts
from core.auth.models import User
from core.db import db, transaction
from customers import services as customers
from customers.models import Customer
from customers.rules import Contact
from dispatch.materials.models import Part, Place, StockCount
from dispatch.visits.models import JobType
from staff import services as staff
from staff.models import Person
from tests.callcenter.voice.conftest import Carrier
from tickets import services as tickets
from tickets.models import Ticket
from tickets.sla import policies
from tickets.sla.models import Policy

CUSTOMERS = 5
THINGS = ("Washing machine", "Refrigerator", "Gas boiler")


@dataclass
class House:
    """Ids, so that every thread reads the rows anew."""

    app: Flask
    carrier: Carrier
    agents: list[int]  # people
    technicians: list[int]
    users: dict[int, int]  # person → user
    queues: list[int]
    customers: list[int]
    phones: list[str]
    job_types: dict[str, int]  # kind of equipment → job type
    parts: list[int]
    places: list[int]
    tickets: list[int]
    supervisor: int
    count: int
    numbers: Any = field(default_factory=itertools.count)
    join_tokens: dict[tuple[int, int], str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    # One clock at a time, as its lease has it.
    clock_turn: threading.Lock = field(default_factory=threading.Lock)

    def token(self, person_id: int, role: str, now: datetime) -> dict[str, str]:
        """What somebody shows at the live channel's door."""
        with transaction():
            user = db.session.get_one(User, self.users[person_id])
            return {"token": accounts.create_token(name="live", user=user, role=role, now=now, actor_id=None)[1]}

    def visitor(self, ticket_id: int, now: datetime) -> dict[str, str]:
        """The same for a ticket's customer."""
        with transaction():
            return {"visitor": token_for(links.link_for(ticket_id, now=now))}


def built(app: Flask, monkeypatch: pytest.MonkeyPatch, *, now: datetime) -> House:
    """The demo's firm with six technicians and five customers, each with a telephone and three things that break."""
    monkeypatch.setattr(firms, "TECHNICIANS", firms.TECHNICIANS[:6])
    with transaction():
        firm = firms.build(now=now)
        stock.build(firm, now=now)
        _escalates(now)
        clients = [_customer(number, now) for number in range(CUSTOMERS)]
        for person in firm.agents[:4]:
            staff.set_presence(person_id=person.id, state="ready", now=now)
        queues = [queue.id for queue in firm.queues.values()]
        opened = [_ticket(client, queues[number % 2], number, now) for number, client in enumerate(clients * 2)]
        people = [*firm.agents, *firm.technicians]
        supervisor = db.session.scalars(select(Person).join(User, User.id == Person.user_id).where(User.name == "Daniel Osei")).one()
        job_types = {
            kind: job.id for job in db.session.scalars(select(JobType).order_by(JobType.id.desc())) for kind in job.equipment_kinds
        }
        return House(
            app=app,
            carrier=Carrier(app),
            agents=[person.id for person in firm.agents],
            technicians=[person.id for person in firm.technicians],
            users={person.id: person.user_id for person in [*people, supervisor]},
            queues=queues,
            customers=[client.id for client in clients],
            phones=[_phone(number) for number in range(CUSTOMERS)],
            job_types=job_types,
            parts=list(db.session.scalars(select(Part.id).order_by(Part.id))),
            places=list(db.session.scalars(select(Place.id).where(Place.kind.in_(("van", "warehouse"))).order_by(Place.id))),
            tickets=[ticket.id for ticket in opened],
            count=db.session.scalars(select(StockCount.id)).one(),
            supervisor=supervisor.id,
        )


def _escalates(now: datetime) -> None:
    """Every policy tells the supervisors of a breach at once."""
    step = {"after": 0, "actions": [{"do": "notify", "to": "role", "role": "supervisor"}]}
    for policy_id in db.session.scalars(select(Policy.id)).all():
        policies.update_policy(policy_id=policy_id, ladder=[step], now=now, actor_id=None)


def our_number() -> str:
    """The number of the branch that is always open."""
    return db.session.scalars(select(PhoneNumber.number).order_by(PhoneNumber.id)).first() or ""


def _phone(number: int) -> str:
    return f"+49309018{number:03d}"


def _customer(number: int, now: datetime) -> Customer:
    made = customers.create_customer(
        name=f"Ada Byron {number}", tier="gold" if number == 0 else "standard", now=now, contact_points=[Contact("phone", _phone(number))]
    )
    values = {"name": "Home", "street": f"Torstraße {number + 1}", "postal_code": "10119", "city": "Berlin", "country": "DE"}
    site = customers.add_site(
        customer_id=made.id, values={**values, "latitude": 52.52 + number / 200, "longitude": 13.40 + number / 200}, now=now
    )
    for thing in THINGS:
        customers.add_equipment(
            customer_id=made.id,
            values={"kind": thing, "maker": "Miele", "model": "X1", "serial": f"S{number}{thing[:3]}", "site_id": site.id},
            now=now,
        )
    return made


def _ticket(client: Customer, queue_id: int, number: int, now: datetime) -> Ticket:
    thing = client.equipment[number % len(THINGS)]
    ticket = tickets.open_ticket(
        subject=f"Broken {number}", channel="web", queue_id=queue_id, now=now, equipment_id=thing.id, priority=_some(number)
    )
    tickets.receive_message(ticket_id=ticket.id, text="It stays cold.", now=now, channel="web", author_name=client.name)
    return ticket


def _some(number: int) -> str:
    return ("normal", "urgent", "high")[number % 3]


def pick(chance: random.Random, found: Sequence[Any]) -> Any:
    """One of them, None of none."""
    return chance.choice(found) if found else None
