"""The live topics: who may watch, what rows there are, and that every change touches what it changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core import events, later
from core.db import db as database
from core.errors import DomainError, NotAllowed
from core.live import Viewer
from core.live.topics import Place, place_for
from customers.events import CustomerChanged, CustomerRemoving
from customers.models import Customer
from tests.core.live.harness import rows_of
from tests.tickets.conftest import HOUR, Firm
from tickets import services, topics
from tickets.models import Ticket
from tickets.sla import sweep
from tickets.slots import TICKET_PANELS

AGENT = Viewer(subject="1", name="Ana", user_id=1, roles=frozenset({"agent"}))
TECHNICIAN = Viewer(subject="2", name="Tom", user_id=2, roles=frozenset({"technician"}))
VISITOR = Viewer(subject="chat-1", name="Ada")


def place(address: str) -> Place:
    return place_for(AGENT, address)


def touched() -> dict[str, set[str]]:
    """What the transaction at hand touched so far of our two topics; forgets it."""
    later.settle_all()
    held = database.session().info.pop("live.touched", None) or {"touched": {}}
    return {address: keys for address, keys in held["touched"].items() if address.startswith(("ticket:", "queue:"))}


class Screen:
    """What a browser would show of a topic that it fetched once and then only heard changes of."""

    def __init__(self, address: str) -> None:
        self.place = place(address)
        self.rows = rows_of(self.place)

    def hear(self, changes: dict[str, set[str]]) -> None:
        keys = set(changes.get(self.place.address, set()))
        keys |= self.place.boundary(len(keys))
        for key, data in self.place.render(keys).items():
            if data is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = data

    def check(self) -> None:
        assert self.rows == rows_of(self.place)


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> None:
    """One package above that shows something on tickets, and no other: theirs are touched by their own subscribers and tested there."""
    monkeypatch.setattr(TICKET_PANELS, "fillers", [])
    TICKET_PANELS.fill("test", lambda ticket: ("test", {"number": ticket.number}))


@pytest.mark.parametrize("address", ["ticket:1001", "queue:1"])
def test_only_readers_of_tickets_may_watch(firm: Firm, address: str) -> None:
    assert place(address).audience == "staff"
    for viewer in (TECHNICIAN, VISITOR):
        with pytest.raises(NotAllowed):
            place_for(viewer, address)


@pytest.mark.parametrize("address", ["ticket:abc", "queue:9999999999999999999", "ticket:-1"])
def test_an_address_that_names_nothing_is_no_place(firm: Firm, address: str) -> None:
    with pytest.raises(DomainError):
        place(address)


def test_an_unknown_ticket_has_no_rows(firm: Firm) -> None:
    assert rows_of(place("ticket:99999")) == {}
    assert place("ticket:99999").render(["ticket", "entry:1", "panel:test"]) == {"ticket": None, "entry:1": None, "panel:test": None}


def test_a_screen_that_hears_changes_shows_what_a_fresh_one_does(firm: Firm, panel: None, now: datetime) -> None:
    firm.policy(first_response=HOUR, resolution=4 * HOUR)
    ticket, beside = firm.ticket(), firm.ticket()
    other = services.create_queue(key="sales", name="Sales", branch_id=firm.branch.id, now=now, actor_id=None)
    screens = [Screen(f"ticket:{ticket.number}"), Screen(f"queue:{firm.queue.id}"), Screen(f"queue:{other.id}")]
    assert screens[0].rows["panel:test"] == {"number": ticket.number}
    touched()
    later = now + timedelta(minutes=5)
    common = {"ticket_id": ticket.id, "now": later}
    deeds: list[Any] = [
        lambda: services.receive_message(text="?", channel="email", **common),
        lambda: services.reply(text="!", actor_id=None, then_status="waiting", wait_reason="customer", **common),
        lambda: services.add_note(text="n", actor_id=None, **common),
        lambda: services.receive_message(text="yes", channel="email", **common),
        lambda: services.set_priority(priority="urgent", actor_id=None, **common),
        lambda: sweep.fire_due(now + timedelta(hours=9)),
        lambda: services.move_to_queue(queue_id=other.id, actor_id=None, **common),
        lambda: services.resolve(actor_id=None, **common),
        lambda: services.reopen(actor_id=None, **common),
        lambda: services.add_visit_entry(text="booked", data={"visit_id": 3}, actor_id=None, **common),
        lambda: firm.ticket(subject="One more"),
        lambda: services.resolve(ticket_id=beside.id, now=later, actor_id=None),
    ]
    for deed in deeds:
        deed()
        changes = touched()
        for screen in screens:
            screen.hear(changes)
            screen.check()
    assert [row["subject"] for row in screens[2].rows.values()] == ["Boiler leaks"]


def test_a_queue_shows_its_most_urgent_and_refills(firm: Firm, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "MOST_URGENT", 3)
    firm.policy(resolution=HOUR)
    tickets = [firm.ticket(now + timedelta(minutes=minutes)) for minutes in range(6)]
    touched()
    screen = Screen(f"queue:{firm.queue.id}")
    assert list(screen.rows) == [str(ticket.id) for ticket in tickets[:3]]
    services.resolve(ticket_id=tickets[1].id, now=now, actor_id=None)
    screen.hear(touched())
    screen.check()
    assert set(screen.rows) == {str(tickets[place].id) for place in (0, 2, 3)}
    firm.ticket(now - timedelta(minutes=9))
    screen.hear(touched())
    screen.check()
    assert len(screen.rows) == 3
    assert screen.place.tiles() == {"open": 6, "unassigned": 6, "unanswered": 0}


def test_open_tickets_follow_their_customer(firm: Firm, now: datetime) -> None:
    row = Customer(kind="person", name="Ada Ott", created_at=now, updated_at=now)
    database.session.add(row)
    database.session.flush()
    ticket = firm.ticket(customer_id=row.id)
    touched()
    row.name = "Ada Berg"
    database.session.flush()
    events.publish(CustomerChanged(at=now, customer_id=row.id, what="changed"))
    assert touched() == {f"ticket:{ticket.number}": {"ticket"}, f"queue:{firm.queue.id}": {str(ticket.id)}}
    assert place(f"ticket:{ticket.number}").render(["ticket"])["ticket"]["customer"] == "Ada Berg"
    with pytest.raises(DomainError):
        events.publish(CustomerRemoving(at=now, customer_id=row.id))
    assert database.session.get_one(Ticket, ticket.id).customer_id == row.id
