"""One representative or the department, who stands in, handing over with the way back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, NotValid
from customers.models import Customer
from staff import services as staff
from staff.models import Absence, Person
from tests.tickets.assigning.conftest import Desk
from tickets import services
from tickets.assigning import handing_over, presenters, setup
from tickets.assigning.models import Handover, Placement
from tickets.models import Ticket


def absent(desk: Desk, person: Person, days: int = 3, reason: str = "Leave") -> None:
    staff.add_absence(person_id=person.id, starts_at=desk.now, ends_at=desk.now + timedelta(days=days), reason=reason, now=desk.now)


def switch(desk: Desk, customer: Customer, *, move_open: bool = False, **changes: Any) -> Handover:
    database.session.refresh(customer)
    return handing_over.switch_flow(
        customer_id=customer.id, expected_version=customer.version, changes=changes, move_open=move_open, now=desk.now, actor_id=None
    )


@pytest.mark.parametrize("channel", ["phone", "email", "web", "internal"])
def test_the_representative_has_everything_by_every_door_beyond_their_capacity_too(desk: Desk, channel: str) -> None:
    vera = desk.agent("Vera", capacity=1, state="offline")
    desk.agent("Omar")
    desk.rule("least_loaded")
    customer = desk.customer(service_flow="representative", representative_id=vera.id)
    for _number in range(2):
        who, told = desk.placed(customer_id=customer.id, channel=channel)
        assert (who, told["how"]) == ("Vera", "representative")
    assert desk.placed()[0] == "Omar", "who has none goes by the rule"


def test_while_away_the_customers_deputy_then_the_persons_own_then_the_department(desk: Desk) -> None:
    vera, kim, omar = desk.agent("Vera"), desk.agent("Kim"), desk.agent("Omar")
    desk.agent("Zoe")
    customer = desk.customer(service_flow="representative", representative_id=vera.id, deputy_id=kim.id)
    staff.add_deputy(person_id=vera.id, deputy_id=omar.id, now=desk.now)
    assert desk.placed(customer_id=customer.id)[0] == "Vera", "a standing deputy has nothing to do while she is there"
    absent(desk, vera)
    who, told = desk.placed(customer_id=customer.id)
    assert (who, told["how"], told["for"]) == ("Kim", "deputy", "Vera")
    absent(desk, kim)
    assert desk.placed(customer_id=customer.id)[0] == "Omar"
    absent(desk, omar)
    rule = desk.rule("least_loaded")
    who, told = desk.placed(customer_id=customer.id)
    assert (who, told["rule"]["id"]) == ("Zoe", rule.id)
    assert [one["name"] for one in told["skipped"]][:3] == ["Vera", "Kim", "Omar"]


def test_a_deputy_by_date_stands_in_although_the_rota_knows_no_absence(desk: Desk) -> None:
    vera, omar = desk.agent("Vera"), desk.agent("Omar")
    customer = desk.customer(service_flow="representative", representative_id=vera.id)
    staff.add_deputy(person_id=vera.id, deputy_id=omar.id, starts_at=desk.now, ends_at=desk.now + timedelta(hours=2), now=desk.now)
    who, told = desk.placed(customer_id=customer.id)
    assert (who, told["skipped"][0]["code"]) == ("Omar", "stood_in")
    ticket = desk.firm.ticket(customer_id=customer.id)
    desk.place(desk.now + timedelta(hours=2))
    assert desk.told(ticket)[0] == "Vera"


def test_nobody_of_them_there_and_no_rule_supervisors_know_at_once_and_it_is_tried_again(desk: Desk) -> None:
    vera = desk.agent("Vera")
    absent(desk, vera, days=1)
    ticket = desk.firm.ticket(customer_id=desk.customer(service_flow="representative", representative_id=vera.id).id)
    desk.place()
    assert desk.told(ticket)[0] is None
    assert database.session.get_one(Placement, ticket.id).told_at == desk.now
    desk.place(desk.now + timedelta(days=1, minutes=15))
    assert desk.told(ticket)[0] == "Vera"


def test_the_firms_own_flow_holds_for_customers_without_one(desk: Desk) -> None:
    vera = desk.agent("Vera")
    theirs, other = desk.customer(representative_id=vera.id), desk.customer(representative_id=vera.id, service_flow="department")
    assert desk.placed(customer_id=theirs.id)[0] is None
    setup.save_settings(values={"flow": "representative"}, now=desk.now, actor_id=None)
    assert desk.placed(customer_id=theirs.id)[0] == "Vera"
    assert desk.placed(customer_id=other.id)[0] is None


def test_a_customer_found_later_brings_the_ticket_to_the_representative(desk: Desk) -> None:
    vera = desk.agent("Vera")
    customer = desk.customer(service_flow="representative", representative_id=vera.id)
    ticket = desk.firm.ticket()
    desk.place()
    services.link_customer(ticket_id=ticket.id, customer_id=customer.id, actor_id=None, now=desk.now)
    desk.place()
    assert desk.told(ticket)[0] == "Vera"


def test_switching_in_mid_ticket_moves_what_was_previewed_and_goes_back(desk: Desk) -> None:
    vera, omar, kim = desk.agent("Vera"), desk.agent("Omar"), desk.agent("Kim")
    customer = desk.customer()
    first, second, done = (desk.firm.ticket(customer_id=customer.id) for _number in range(3))
    services.assign(ticket_id=first.id, person_id=omar.id, actor_id=None, now=desk.now)
    services.resolve(ticket_id=done.id, now=desk.now, actor_id=None)
    wanted = {"service_flow": "representative", "representative_id": vera.id}
    assert handing_over.flow_preview(customer_id=customer.id, changes=wanted, now=desk.now) == {"open": 2, "move": 2, "to": "Vera"}
    row = switch(desk, customer, move_open=True, **wanted)
    assert [desk.told(one)[0] for one in (first, second, done)] == ["Vera", "Vera", None]
    services.assign(ticket_id=second.id, person_id=kim.id, actor_id=None, now=desk.now)
    assert handing_over.undo(handover_id=row.id, now=desk.now, actor_id=None) == {"back": 1, "kept": 1}
    assert [desk.told(one)[0] for one in (first, second)] == ["Omar", "Kim"]
    database.session.refresh(customer)
    assert (customer.service_flow, customer.representative_id) == (None, None)
    with pytest.raises(Conflict):
        handing_over.undo(handover_id=row.id, now=desk.now, actor_id=None)


def test_only_new_tickets_when_the_open_ones_are_to_stay(desk: Desk) -> None:
    vera = desk.agent("Vera")
    customer = desk.customer()
    before = desk.firm.ticket(customer_id=customer.id)
    desk.place()
    switch(desk, customer, service_flow="representative", representative_id=vera.id)
    after = desk.firm.ticket(customer_id=customer.id)
    desk.place()
    assert [desk.told(one)[0] for one in (before, after)] == [None, "Vera"]


def test_back_to_the_department_what_the_representative_has_goes_by_the_rules(desk: Desk) -> None:
    vera = desk.agent("Vera")
    desk.agent("Omar")
    customer = desk.customer(service_flow="representative", representative_id=vera.id)
    ticket = desk.firm.ticket(customer_id=customer.id)
    desk.place()
    desk.rule("least_loaded")
    switch(desk, customer, move_open=True, service_flow="department")
    assert desk.told(ticket)[0] == "Omar"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service_flow": "representative"}, "representative_id"),
        ({"representative_id": 999}, "representative_id"),
        ({"deputy_id": 999}, "deputy_id"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(desk: Desk, changes: dict[str, Any], field: str) -> None:
    customer = desk.customer()
    with pytest.raises(NotValid) as refused:
        switch(desk, customer, **changes)
    assert refused.value.field == field
    assert database.session.query(Handover).count() == 0


def test_handing_over_of_who_is_away_by_the_rules_or_to_one_and_back(desk: Desk) -> None:
    omar, vera = desk.agent("Omar"), desk.agent("Vera", capacity=2)
    tickets = [desk.firm.ticket() for _number in range(3)]
    for ticket in tickets:
        services.assign(ticket_id=ticket.id, person_id=omar.id, actor_id=None, now=desk.now)
    assert presenters.away(desk.now) == []
    absent(desk, omar)
    absent(desk, vera, days=1)
    assert [(line["name"], line["open"], line["reason"]) for line in presenters.away(desk.now)] == [("Omar", 3, "Leave")]
    staff.remove_absence(absence_id=_absence_of(vera), now=desk.now)
    desk.rule("least_loaded")
    row = handing_over.hand_over(person_id=omar.id, to_id=None, now=desk.now, actor_id=None)
    assert [desk.told(one)[0] for one in tickets] == ["Vera", "Vera", None], "Vera holds two; the third waits in its queue"
    assert handing_over.undo(handover_id=row.id, now=desk.now, actor_id=None) == {"back": 3, "kept": 0}
    handing_over.hand_over(person_id=omar.id, to_id=vera.id, ticket_ids=[tickets[0].id], now=desk.now, actor_id=None)
    assert [desk.told(one)[0] for one in tickets] == ["Vera", "Omar", "Omar"]
    with pytest.raises(Conflict):
        handing_over.hand_over(person_id=omar.id, to_id=vera.id, ticket_ids=[tickets[0].id], now=desk.now, actor_id=None)
    with pytest.raises(NotValid):
        handing_over.hand_over(person_id=omar.id, to_id=omar.id, now=desk.now, actor_id=None)
    actions = database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"person:{omar.id}"))
    assert {"tickets.handed_over", "handover.undone"} <= set(actions)


def _absence_of(person: Person) -> int:
    return int(database.session.scalars(select(Absence.id).where(Absence.person_id == person.id)).one())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"deputy_id": 0}, "deputy_id"),
        ({"starts": 0}, "ends_at"),
        ({"starts": 2, "ends": 1}, "ends_at"),
        ({"deputy_id": None}, "deputy_id"),
    ],
)
def test_a_deputy_that_cannot_be_is_refused(desk: Desk, values: dict[str, Any], field: str) -> None:
    vera, omar = desk.agent("Vera"), desk.agent("Omar")
    deputy = {0: vera.id, None: 999}.get(values.get("deputy_id", ""), omar.id)
    moments = {
        name: desk.now + timedelta(days=values[key]) for name, key in (("starts_at", "starts"), ("ends_at", "ends")) if key in values
    }
    with pytest.raises(NotValid) as refused:
        staff.add_deputy(person_id=vera.id, deputy_id=deputy, now=desk.now, **moments)
    assert refused.value.field == field


def test_a_ticket_done_meanwhile_is_not_handed_over(desk: Desk) -> None:
    omar, vera = desk.agent("Omar"), desk.agent("Vera")
    ticket: Ticket = desk.firm.ticket()
    services.assign(ticket_id=ticket.id, person_id=omar.id, actor_id=None, now=desk.now)
    row = handing_over.hand_over(person_id=omar.id, to_id=vera.id, now=desk.now, actor_id=None)
    services.resolve(ticket_id=ticket.id, now=desk.now, actor_id=None)
    assert handing_over.undo(handover_id=row.id, now=desk.now, actor_id=None) == {"back": 0, "kept": 1}
    assert desk.told(ticket)[0] == "Vera"
