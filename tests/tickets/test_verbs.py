"""What the verbs write, tell and refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import events, search
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, DomainError, NotFound, NotValid
from core.files import save
from customers.models import Customer, Equipment, Site
from tests.tickets.conftest import HOUR, Firm
from tickets import queries, services
from tickets.events import MessageReceived, ReplySent, TicketChanged, TicketOpened, TicketResolving
from tickets.fields.services import create_field
from tickets.models import Entry, Ticket, TicketLink
from tickets.services import Attachment

MINUTE = timedelta(minutes=1)


class Heard(list[Any]):
    """Events as they are published."""

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self if type(event) is kind]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Everything published during the test."""
    found = Heard()
    kinds = (TicketOpened, TicketChanged, TicketResolving, MessageReceived, ReplySent)
    for kind in kinds:
        events.subscribe(kind, found.append)
    yield found
    for kind in kinds:
        events._subscribers[kind].remove(found.append)


def timeline(ticket: Ticket) -> list[Entry]:
    return queries.entries_of(ticket.id)


def customer(firm: Firm, name: str = "Ada Ott") -> Customer:
    row = Customer(kind="person", name=name, created_at=firm.now, updated_at=firm.now)
    database.session.add(row)
    database.session.flush()
    return row


def test_opening_numbers_the_ticket_tells_and_makes_it_findable(firm: Firm, heard: Heard, now: datetime) -> None:
    first, second = firm.ticket(), firm.ticket(subject="水管漏水", contact_phone="+4930123456")
    assert second.number == first.number + 1
    assert [event.number for event in heard.of(TicketOpened)] == [first.number, second.number]
    assert timeline(second)[0].data["opened"] == {"channel": "email", "queue": "Repairs", "kind": "fault", "priority": "normal"}
    for text in ("漏水", "3456", str(second.number)):
        assert list(database.session.scalars(search.refs("ticket", text))) == [second.id]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": " \n "}, "subject"),
        ({"kind": "wish"}, "kind"),
        ({"priority": "asap"}, "priority"),
        ({"queue_id": 999_999}, "queue_id"),
        ({"customer_id": 999_999}, "customer_id"),
        ({"site_id": 999_999}, "site_id"),
        ({"equipment_id": 999_999}, "equipment_id"),
        ({"fields": {"nowhere": 1}}, "fields.nowhere"),
    ],
)
def test_what_cannot_be_opened_is_refused_at_its_field(firm: Firm, values: dict[str, Any], field: str) -> None:
    with pytest.raises(NotValid) as refused:
        firm.ticket(**values)
    assert refused.value.field == field
    assert database.session.scalar(database.select(database.func.count(Ticket.id))) == 0


def test_a_ticket_takes_customer_and_site_from_its_equipment(firm: Firm) -> None:
    who, other = customer(firm), customer(firm, "Bo Berg")
    site = Site(customer_id=who.id, city="Potsdam")
    database.session.add(site)
    database.session.flush()
    thing = Equipment(customer_id=who.id, site_id=site.id, kind="Lift", serial="L-77", maker="", model="", notes="")
    database.session.add(thing)
    database.session.flush()
    ticket = firm.ticket(equipment_id=thing.id)
    assert (ticket.customer_id, ticket.site_id) == (who.id, site.id)
    with pytest.raises(NotValid) as refused:
        firm.ticket(customer_id=other.id, equipment_id=thing.id)
    assert refused.value.field == "equipment_id"
    services.link_customer(ticket_id=ticket.id, customer_id=other.id, actor_id=None, now=firm.now)
    assert (ticket.site_id, ticket.equipment_id) == (None, None)


def test_a_reply_is_public_makes_a_new_ticket_open_and_tells_its_channel(
    firm: Firm, heard: Heard, make_user: Callable[..., User], now: datetime
) -> None:
    ana = make_user("agent", name="Ana")
    ticket = firm.ticket(channel="phone", contact_email="Ada@Example.org ")
    entry = services.reply(ticket_id=ticket.id, text="We come.", actor_id=ana.id, now=now + MINUTE)
    assert (entry.kind, entry.public, entry.author_name, entry.channel) == ("message_out", True, "Ana", "email")
    assert (ticket.status, ticket.contact_email) == ("open", "ada@example.org")
    (sent,) = heard.of(ReplySent)
    assert (sent.entry_id, sent.channel, sent.actor_id) == (entry.id, "email", ana.id)
    (changed,) = heard.of(TicketChanged)
    assert changed.changes == {"status": ("new", "open")}


def test_a_reply_that_moves_on_is_one_deed(firm: Firm, heard: Heard, now: datetime) -> None:
    ticket = firm.ticket()
    services.reply(ticket_id=ticket.id, text="Which one?", actor_id=None, now=now, then_status="waiting", wait_reason="customer")
    (changed,) = heard.of(TicketChanged)
    assert changed.changes == {"status": ("new", "waiting"), "wait_reason": (None, "customer")}
    with pytest.raises(NotValid):
        services.reply(ticket_id=ticket.id, text="And?", actor_id=None, now=now, then_status="waiting")


@pytest.mark.parametrize("verb", [services.reply, services.add_note])
def test_nothing_said_is_refused(firm: Firm, verb: Callable[..., Entry], now: datetime) -> None:
    ticket = firm.ticket()
    with pytest.raises(NotValid) as refused:
        verb(ticket_id=ticket.id, text="  ", actor_id=None, now=now)
    assert refused.value.field == "text"


def test_a_note_is_internal_and_answers_nobody(firm: Firm, now: datetime) -> None:
    firm.policy(first_response=HOUR)
    ticket = firm.ticket()
    services.receive_message(ticket_id=ticket.id, text="Hello?", now=now, channel="email")
    entry = services.add_note(ticket_id=ticket.id, text="Spare key under the mat: Zwiebelmuster", actor_id=None, now=now + MINUTE)
    assert (entry.public, ticket.unanswered_since, firm.clock(ticket, "first_response").state) == (False, now, "running")
    assert list(database.session.scalars(search.refs("ticket", "zwiebelmuster"))) == [ticket.id]


def test_files_go_with_their_entry(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket()
    stored = save(b"drip", name="photo.jpg", content_type="image/jpeg", now=now)
    files = [Attachment(stored.id, "cid-1")]
    entry = services.receive_message(ticket_id=ticket.id, text="See", now=now, channel="email", files=files, message_id="a@b")
    assert [(item.file.name, item.content_id) for item in entry.files] == [("photo.jpg", "cid-1")]
    assert queries.ticket_of_message(["x@y", "a@b"]) == ticket.id
    with pytest.raises(NotValid):
        services.add_note(ticket_id=ticket.id, text="gone", files=[999_999], actor_id=None, now=now)


def test_a_subscriber_that_refuses_a_resolving_leaves_everything_as_it_was(firm: Firm, now: datetime) -> None:
    def refuse(event: TicketResolving) -> None:
        raise DomainError("A visit is still open.", code="open_visit")

    firm.policy(resolution=HOUR)
    ticket = firm.ticket()
    events.subscribe(TicketResolving, refuse)
    try:
        with pytest.raises(DomainError) as refused, database.session.begin_nested():
            services.reply(ticket_id=ticket.id, text="Done.", actor_id=None, now=now, then_status="resolved")
    finally:
        events._subscribers[TicketResolving].remove(refuse)
    database.session.refresh(ticket)
    assert (refused.value.code, ticket.status, ticket.first_response_at) == ("open_visit", "new", None)
    assert [entry.kind for entry in timeline(ticket)] == ["change"]
    assert firm.clock(ticket, "resolution").state == "running"


def test_an_illegal_move_says_which_are_possible(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket()
    with pytest.raises(DomainError) as refused:
        services.close(ticket_id=ticket.id, now=now, actor_id=None)
    assert refused.value.details["possible"] == ["open", "waiting", "scheduled", "resolved"]
    with pytest.raises(DomainError):
        services.reopen(ticket_id=ticket.id, now=now, actor_id=None)
    with pytest.raises(NotFound):
        services.resolve(ticket_id=999_999, now=now, actor_id=None)


def test_a_status_it_has_already_changes_nothing(firm: Firm, heard: Heard, now: datetime) -> None:
    ticket = firm.ticket()
    services.change_status(ticket_id=ticket.id, status="open", actor_id=None, now=now)
    before = len(timeline(ticket))
    services.change_status(ticket_id=ticket.id, status="open", actor_id=None, now=now)
    assert (len(timeline(ticket)), len(heard.of(TicketChanged))) == (before, 1)


def test_a_closed_ticket_reopens_for_14_days_and_then_gets_a_linked_one(firm: Firm, now: datetime) -> None:
    ticket = firm.ticket()
    services.resolve(ticket_id=ticket.id, now=now, actor_id=None)
    services.close(ticket_id=ticket.id, now=now, actor_id=None)
    within, later = now + timedelta(days=14), now + timedelta(days=14, seconds=1)
    assert services.reopen_or_follow_up(ticket_id=ticket.id, now=within, channel="email").id == ticket.id
    with pytest.raises(Conflict) as refused:
        services.receive_message(ticket_id=ticket.id, text="Again!", now=later, channel="email")
    assert refused.value.code == "closed_for_good"
    services.receive_message(ticket_id=ticket.id, text="I am away", now=later, channel="email", automatic=True)
    assert ticket.status == "closed"
    follow_up = services.reopen_or_follow_up(ticket_id=ticket.id, now=later, channel="email", subject="Again")
    assert (follow_up.status, follow_up.subject, follow_up.queue_id) == ("new", "Again", ticket.queue_id)
    link = database.session.scalars(database.select(TicketLink)).one()
    assert (link.from_id, link.to_id, link.kind) == (follow_up.id, ticket.id, "follow_up")
    # A second late message goes to the same follow-up.
    assert services.reopen_or_follow_up(ticket_id=ticket.id, now=later + MINUTE, channel="email").id == follow_up.id
    services.receive_message(ticket_id=ticket.id, text="Again!", now=within, channel="email")
    assert (ticket.status, ticket.closed_at, ticket.reopened) == ("open", None, 1)


def test_assigning_and_moving_are_told_with_before_and_after(
    firm: Firm, heard: Heard, make_user: Callable[..., User], now: datetime
) -> None:
    person = firm.person(make_user("agent", name="Ana").id)
    other = services.create_queue(key="sales", name="Sales", branch_id=firm.branch.id, now=now, actor_id=None)
    ticket = firm.ticket()
    services.assign(ticket_id=ticket.id, person_id=person.id, actor_id=None, now=now)
    services.move_to_queue(ticket_id=ticket.id, queue_id=other.id, actor_id=None, now=now)
    taken, moved = heard.of(TicketChanged)
    assert (taken.assignee_id_before, taken.assignee_id, taken.queue_id_before) == (None, person.id, firm.queue.id)
    assert moved.changes == {"queue_id": (firm.queue.id, other.id), "assignee_id": (person.id, None)}
    told = timeline(ticket)[-1].data["changes"]
    assert told["assignee_id"] == {"from": person.id, "to": None, "from_name": "Ana", "to_name": None}
    assert told["queue_id"]["to_name"] == "Sales"


def test_nobody_who_left_and_no_queue_out_of_use_gets_a_ticket(firm: Firm, make_user: Callable[..., User], now: datetime) -> None:
    person = firm.person(make_user("agent").id)
    person.active = False
    ticket = firm.ticket()
    old = services.create_queue(key="old", name="Old", branch_id=firm.branch.id, now=now, actor_id=None)
    services.update_queue(queue_id=old.id, active=False, now=now, actor_id=None)
    for refuse in (
        lambda: services.assign(ticket_id=ticket.id, person_id=person.id, actor_id=None, now=now),
        lambda: services.move_to_queue(ticket_id=ticket.id, queue_id=old.id, actor_id=None, now=now),
    ):
        with pytest.raises(NotValid):
            refuse()


def test_a_save_over_a_colleagues_change_of_the_same_field_shows_both(firm: Firm, make_user: Callable[..., User], now: datetime) -> None:
    ana, ben = make_user("agent", name="Ana"), make_user("agent", name="Ben")
    ticket = firm.ticket()
    seen = ticket.version
    services.set_priority(ticket_id=ticket.id, priority="high", actor_id=ana.id, now=now, expected_version=seen)
    with pytest.raises(Conflict) as refused:
        services.set_priority(ticket_id=ticket.id, priority="low", actor_id=ben.id, now=now, expected_version=seen)
    assert "Ana" in str(refused.value)
    (theirs,) = refused.value.details["changes"]
    assert (theirs["field"], theirs["from"], theirs["to"], theirs["by"]) == ("priority", "normal", "high", "Ana")
    assert refused.value.details["version"] == ticket.version
    # Another field stands beside it: both are kept.
    services.set_subject(ticket_id=ticket.id, subject="Boiler leaks badly", actor_id=ben.id, now=now, expected_version=seen)
    assert (ticket.priority, ticket.subject) == ("high", "Boiler leaks badly")


def test_fields_are_merged_and_none_removes_one(firm: Firm, now: datetime) -> None:
    for key, kind in (("error", "text"), ("floor", "number"), ("water", "text")):
        create_field(key=key, kind=kind, labels={"en": key}, now=now, actor_id=None)
    ticket = firm.ticket(fields={"error": "E4", "floor": 3})
    services.set_fields(ticket_id=ticket.id, fields={"floor": None, "water": "cold"}, actor_id=None, now=now)
    assert ticket.fields == {"error": "E4", "water": "cold"}
