"""What the packages let out: every event reaches a receiver with the fields that the documentation names, and nothing that is ours alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter.voice.models import Call
from callcenter.voice.services import common as calls
from core import events
from core.db import db as database
from core.db import transaction
from core.webhooks.hooks import offered
from core.webhooks.models import Endpoint
from customers import services as customers
from customers.models import Customer
from dispatch.services import move_visit
from tests.core.webhooks.conftest import Receiver, go
from tests.dispatch.conftest import Firm, berlin
from tickets import services as tickets
from tickets.events import ClockBreached, ClockWarned
from tickets.fields.services import create_field
from tickets.models import Ticket

Business = Callable[..., datetime]
NUMBER = "+4915112345667"
EMAIL = "ada.byron@example.com"
OURS = "between ourselves"


@pytest.fixture
def told(make_endpoint: Callable[..., Endpoint], receiver: Receiver, business: Business) -> Callable[[], dict[str, list[dict[str, Any]]]]:
    """`told()` → the bodies that arrived since the last time, by event."""
    make_endpoint(events=list(offered()))

    def arrived() -> dict[str, list[dict[str, Any]]]:
        go(business())
        found: dict[str, list[dict[str, Any]]] = {}
        for got in receiver.got:
            text = got.body.decode()
            assert OURS not in text, text
            assert NUMBER[-8:] not in text, text
            assert EMAIL not in text, text
            body = json.loads(text)
            found.setdefault(body["event"], []).append(body)
        receiver.got.clear()
        return found

    return arrived


@pytest.fixture
def firm(db: Any, business: Business) -> Firm:
    return Firm(business())


@pytest.fixture
def customer(firm: Firm, business: Business) -> Customer:
    site = firm.site()
    site.access = f"Key code 4711, {OURS}"
    found = database.session.get_one(Customer, site.customer_id)
    for kind, value in (("phone", NUMBER), ("email", EMAIL)):
        customers.add_contact_point(customer_id=found.id, kind=kind, value=value, now=business())
    customers.update_customer(customer_id=found.id, changes={"notes": OURS}, expected_version=found.version, now=business(), actor_id=None)
    database.session.commit()
    return found


@pytest.fixture
def ticket(firm: Firm, customer: Customer, business: Business) -> Ticket:
    create_field(key="floor", kind="text", labels={"en": "Floor"}, now=business(), actor_id=None)
    found = firm.ticket(customer.sites[0], contact_email=EMAIL, contact_phone=NUMBER, fields={"floor": "third"})
    database.session.commit()
    return found


def test_a_ticket_from_its_opening_to_its_resolution(
    firm: Firm, customer: Customer, ticket: Ticket, told: Callable[[], Any], business: Business
) -> None:
    told()
    with transaction():
        opened = firm.ticket(customer.sites[0], contact_phone=NUMBER)
    [body] = told()["ticket.opened"]
    shown = body["data"]["ticket"]
    assert (shown["number"], shown["status"], shown["queue"]["key"]) == (opened.number, "new", "repairs")
    assert shown["customer"] == {"id": customer.id, "name": customer.name, "tier": "standard"}
    common: dict[str, Any] = {"ticket_id": ticket.id, "actor_id": None}
    with transaction():
        tickets.add_note(**common, text=OURS, now=business())
    assert told() == {}  # a note of ours is nothing that others hear of
    with transaction():
        tickets.set_priority(**common, priority="urgent", now=business(minutes=1))
    [body] = told()["ticket.changed"]
    assert body["data"]["changes"] == {"priority": {"from": "normal", "to": "urgent"}}
    assert body["occurred_at"] == "2026-03-10T09:01:00Z"
    with transaction():
        tickets.set_fields(**common, fields={"floor": "fourth"}, now=business())
    [body] = told()["ticket.changed"]
    assert body["data"]["changes"] == {"fields.floor": {"from": "third", "to": "fourth"}}
    assert body["data"]["ticket"]["fields"] == {"floor": "fourth"}
    with transaction():
        tickets.receive_message(ticket_id=ticket.id, channel="email", text="It drips.", author_name="Ada", now=business())
    [body] = told()["message.received"]
    assert (body["data"]["message"]["text"], body["data"]["message"]["automatic"]) == ("It drips.", False)
    assert body["data"]["ticket"]["number"] == ticket.number
    with transaction():
        tickets.reply(**common, channel="email", text="We are coming.", now=business())
    [body] = told()["reply.sent"]
    assert body["data"]["message"]["text"] == "We are coming."
    with transaction():
        tickets.resolve(**common, now=business())
    found = told()
    assert found.keys() == {"ticket.resolved", "ticket.changed"}
    assert found["ticket.resolved"][0]["data"]["ticket"]["status"] == "resolved"
    assert found["ticket.changed"][0]["data"]["changes"]["status"]["to"] == "resolved"


@pytest.mark.parametrize("event", [ClockWarned, ClockBreached])
def test_a_clock(event: type[Any], ticket: Ticket, told: Callable[[], Any], business: Business) -> None:
    told()
    due = business() + timedelta(minutes=5)
    with transaction():
        events.publish(
            event(
                at=business(),
                ticket_id=ticket.id,
                number=ticket.number,
                clock_id=1,
                kind="resolution",
                due_at=due,
                queue_id=ticket.queue_id,
            )
        )
    [body] = told()[event.name]
    assert body["data"]["clock"] == {"kind": "resolution", "due_at": "2026-03-10T09:05:00Z"}
    assert body["data"]["ticket"]["number"] == ticket.number


def test_a_visit_and_the_stock_it_takes(firm: Firm, ticket: Ticket, told: Callable[[], Any], business: Business) -> None:
    told()
    technician = firm.technician()
    part = firm.part("Filter", "F-1")
    database.session.commit()
    told()
    with transaction():
        firm.stock(part, firm.van(technician), 3)
    [body] = told()["stock.changed"]
    van = firm.van(technician)
    assert body["data"]["stock"] == [
        {
            "part": {"id": part.id, "sku": "F-1", "name": "Filter"},
            "place": {"id": van.id, "name": van.name, "kind": "van"},
            "on_hand": 3,
            "reserved": 0,
        }
    ]
    job_type = firm.job_type(kit={part.id: 1})
    with transaction():
        visit = firm.book(technician, berlin("2026-03-11 12:00"), job_type=job_type, ticket=ticket)
    found = told()
    shown = found["visit.booked"][0]["data"]["visit"]
    assert (shown["number"], shown["technician"]["name"], shown["ticket"]["number"]) == (visit.number, "Li Wei", ticket.number)
    assert (shown["planned_start"], shown["status"]) == ("2026-03-11T11:00:00Z", "booked")
    assert found["stock.changed"][0]["data"]["stock"][0]["reserved"] == 1
    with transaction():
        move_visit(visit_id=visit.id, start=berlin("2026-03-11 14:00"), now=business(), actor_id=None)
    [body] = told()["visit.changed"]
    assert (body["data"]["what"], body["data"]["visit"]["planned_start"]) == ("moved", "2026-03-11T13:00:00Z")


def test_a_customer_with_masked_contacts_and_one_taken_away_again(customer: Customer, told: Callable[[], Any], business: Business) -> None:
    told()
    with transaction():
        customers.update_customer(
            customer_id=customer.id, changes={"name": "Ada B."}, expected_version=customer.version, now=business(), actor_id=None
        )
    [body] = told()["customer.changed"]
    assert body["data"]["what"] == "changed"
    assert body["data"]["customer"]["name"] == "Ada B."
    contacts = [point["value"] for point in body["data"]["customer"]["contact_points"]]
    assert contacts[1:] == ["+49•••••••••67", "a•••@example.com"]
    with transaction():
        made = customers.create_customer(name="Nobody", now=business())
        gone = made.id
    with transaction():
        customers.remove_customer(customer_id=gone, now=business())
    [body] = told()["customer.created"]
    assert body["data"] == {"customer": {"id": gone, "removed": True}}


def test_a_call_with_a_masked_number(firm: Firm, customer: Customer, ticket: Ticket, told: Callable[[], Any], business: Business) -> None:
    told()
    with transaction() as session:
        call = Call(
            call_sid="CA" + "0" * 32,
            direction="inbound",
            from_number=NUMBER,
            to_number="+493012345678",
            queue_id=firm.queue.id,
            customer_id=customer.id,
            ticket_id=ticket.id,
            state="waiting",
            note=OURS,
            started_at=business(),
        )
        session.add(call)
        session.flush()
        calls.changed(call, now=business())
    [body] = told()["call.changed"]
    shown = body["data"]["call"]
    assert (shown["state"], shown["number"], shown["ticket"]["number"]) == ("waiting", "+49•••••••••67", ticket.number)
    assert shown["customer"]["name"] == customer.name
