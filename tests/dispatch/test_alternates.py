"""Alternates: B may be used in place of A. Booking, readiness, what is missing, what to buy, and the report from the road know it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock
from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.errors import NotValid
from dispatch import buying, missing_parts, presenters
from dispatch.materials import queries as stock
from dispatch.materials.buying import Coming, Need, explode
from dispatch.materials.missing import Hope, Lack, outlooks
from dispatch.materials.models import Part, Place, Usage
from dispatch.materials.services import move_stock, receive, update_part
from dispatch.materials.sourcing import Incoming, Pick, pick
from dispatch.services import apply_field_update
from dispatch.visits import suggesting
from dispatch.visits.queries import readiness_of
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, send
from tickets.models import Entry

A, B, C = 1, 2, 3
VAN, STORE = 10, 11
NINE = berlin("2026-03-11 09:00")  # the day after `now`
TENTH, ELEVENTH = date(2026, 3, 10), date(2026, 3, 11)


def chosen(lines: dict[int, int], free: dict[tuple[int, int], int], *incoming: Incoming) -> list[tuple[int, int, int | None, int | None]]:
    """(part, quantity, place, instead of)."""
    found: list[Pick] = pick(lines, alternates={A: (B, C)}, place_ids=[VAN, STORE], free=free, incoming=incoming)
    return [(one.part_id, one.quantity, one.place_id, one.instead_of) for one in found]


def test_the_part_itself_is_taken_first_then_the_first_alternate_that_is_there() -> None:
    assert chosen({A: 1}, {(A, STORE): 1, (B, VAN): 1}) == [(A, 1, STORE, None)]
    assert chosen({A: 3}, {(A, STORE): 1, (B, STORE): 1, (C, VAN): 5}) == [(A, 1, STORE, None), (B, 1, STORE, A), (C, 1, VAN, A)]
    # Not the other way round.
    assert chosen({B: 1}, {(A, VAN): 1}) == []


def test_an_alternate_that_is_there_beats_waiting_but_the_part_itself_is_rather_waited_for_than_the_alternate() -> None:
    orders = [Incoming(7, B, 1, TENTH, STORE), Incoming(8, A, 1, TENTH, STORE)]
    assert chosen({A: 1}, {(B, VAN): 1}, *orders) == [(B, 1, VAN, A)]
    assert chosen({A: 2}, {}, *orders) == [(A, 1, None, None), (B, 1, None, A)]


def test_an_alternate_does_not_take_what_another_line_of_the_kit_needs() -> None:
    assert chosen({A: 1, B: 1}, {(B, VAN): 1}) == [(B, 1, VAN, None)]
    assert chosen({A: 1, B: 1}, {(B, VAN): 2}) == [(B, 1, VAN, None), (B, 1, VAN, A)]


def test_what_an_alternate_replaces_is_not_bought_and_not_given_away_twice() -> None:
    def bought(*needs: Need, free: int = 0, coming: int = 0) -> list[tuple[int, int]]:
        to_come = [Coming(B, STORE, coming, TENTH)] if coming else []
        found, _carried = explode(needs=needs, free={(B, STORE): free}, coming=to_come, levels=[], warehouses=[STORE], alternates={A: (B,)})
        return [(one.part_id, one.quantity) for one in found]

    first, second = Need(A, 1, 5001, TENTH), Need(B, 1, 5002, ELEVENTH)
    assert bought(first) == [(A, 1)]
    assert bought(first, free=1) == bought(first, coming=1) == []
    assert bought(first, second, free=1) == [(B, 1)]
    # Whose need is for B alone is not served by A's: there is one piece too few, whoever is first.
    assert bought(second, first, free=2) == []


def test_a_free_alternate_is_hope_and_the_earliest_visit_has_it() -> None:
    first, second = (Lack(number, ELEVENTH, A, 1, alternates=(B,)) for number in (1, 2))
    found = outlooks([first, second], free={B: 1}, coming={B: [(TENTH, 1)]}, today=TENTH)
    assert [(found[number, A, None].hope, found[number, A, None].there_on) for number in (1, 2)] == [
        (Hope.FREE, TENTH),
        (Hope.COMING, ELEVENTH),
    ]


@pytest.fixture
def pump(firm: Firm) -> Part:
    return firm.part("Pump")


@pytest.fixture
def better(firm: Firm, pump: Part) -> Part:
    """May be used in place of the pump."""
    part = firm.part("Better pump")
    update_part(part_id=pump.id, alternates=[part.id], now=firm.now, actor_id=None)
    return part


@pytest.fixture
def bo(firm: Firm) -> Person:
    return firm.technician("Bo")


@pytest.fixture
def van(firm: Firm, bo: Person) -> Place:
    return firm.van(bo)


def end(firm: Firm, visit: Any, bo: Person, **data: Any) -> dict[str, Any]:
    return apply_field_update(person_id=bo.id, uuid=uuid.uuid4(), visit_id=visit.id, action="done", happened_at=NINE, now=NINE, data=data)


def test_a_visit_gets_the_alternate_on_the_van_and_the_report_says_in_whose_place_it_was_used(
    firm: Firm, pump: Part, better: Part, bo: Person, van: Place
) -> None:
    firm.stock(better, van, 1)
    job = firm.job_type(kit={pump.id: 1})
    best = suggesting.suggest(ticket_id=firm.ticket().id, job_type_id=job.id, now=firm.now)[0]
    assert [str(one.text) for one in best.reasons if one.code in ("parts_on_van", "part")] == [
        "Has all parts on the van",
        "Better pump instead of Pump: on the van",
    ]
    visit = firm.book(bo, NINE, job_type=job)
    assert firm.balance(better, van) == (1, 1)
    (line,) = presenters.visit_lines([visit])[0]["readiness"]["lines"]
    assert (line["part_id"], line["name"], line["state"], line["instead_of"]) == (better.id, "Better pump", "on_van", "Pump")
    assert str(readiness_of([visit])[visit.id].state) == "ready"
    assert missing_parts.lines(firm.now) == []
    (door,) = presenters.field_visits([visit], bo)
    assert door["alternates"] == [{"part_id": better.id, "instead_of": "Pump", "instead_of_names": {}}]

    assert end(firm, visit, bo, used=[{"part_id": better.id, "quantity": 1}])["result"] == "applied"
    usage = database.session.scalars(select(Usage).where(Usage.visit_id == visit.id)).one()
    assert (usage.part_id, usage.instead_of_id) == (better.id, pump.id)
    query = select(Entry).where(Entry.ticket_id == visit.ticket_id, Entry.data["event"].astext == "done")
    assert database.session.scalars(query).one().data["used"] == [
        {"sku": better.sku, "name": "Better pump", "quantity": 1, "instead_of": "Pump"}
    ]


def test_a_part_that_the_kit_has_itself_stands_instead_of_none(firm: Firm, pump: Part, better: Part, bo: Person, van: Place) -> None:
    visit = firm.book(bo, NINE, job_type=firm.job_type(kit={pump.id: 1, better.id: 1}), despite=["short"])
    (door,) = presenters.field_visits([visit], bo)
    assert door["alternates"] == []


def test_what_was_used_without_being_promised_is_matched_with_the_kit(firm: Firm, pump: Part, better: Part, bo: Person, van: Place) -> None:
    for part in (pump, better):
        firm.stock(part, van, 2)
    visit = firm.book(bo, NINE, job_type=firm.job_type(kit={pump.id: 1}))
    end(firm, visit, bo, used=[{"part_id": better.id, "quantity": 2}])
    assert database.session.scalars(select(Usage.instead_of_id).where(Usage.visit_id == visit.id)).all() == [pump.id]
    other = firm.book(bo, NINE.replace(day=12), job_type=firm.job_type("other", kit={pump.id: 1}))
    firm.stock(better, van, 1)
    end(firm, other, bo, used=[{"part_id": better.id, "quantity": 1}, {"part_id": pump.id, "quantity": 1}])
    query = select(Usage.part_id, Usage.instead_of_id).where(Usage.visit_id == other.id).order_by(Usage.part_id)
    assert database.session.execute(query).tuples().all() == [(pump.id, None), (better.id, None)]


def test_a_waiting_visit_hopes_for_the_alternate_and_is_promised_it(firm: Firm, pump: Part, better: Part, bo: Person) -> None:
    visit = firm.book(bo, NINE, job_type=firm.job_type(kit={pump.id: 2}), despite=["short"])
    assert [(one.part_id, one.quantity) for one in buying.proposals()[0]] == [(pump.id, 2)]
    firm.stock(better, firm.warehouse, 2)
    assert buying.proposals()[0] == []
    (line,) = missing_parts.lines(firm.now)
    assert (line["hurts"], line["lines"][0]["hope"], line["lines"][0]["free"]) == (False, "free", [])
    (other,) = line["lines"][0]["alternates"]
    assert (other["part"], [one["free"] for one in other["free"]]) == ("Better pump", [2])
    missing_parts.promise(number=visit.number, now=firm.now, actor_id=None)
    assert firm.balance(better, firm.warehouse) == (2, 2)
    # What is carried to the van goes along in its place.
    van = firm.van(bo)
    move_stock(
        uuid=uuid.uuid4(), part_id=better.id, from_place_id=firm.warehouse.id, to_place_id=van.id, quantity=1,
        visit_id=visit.id, now=firm.now, actor_id=None,
    )  # fmt: skip
    ready = readiness_of([visit])[visit.id]
    assert [(one.part_id, one.quantity, one.instead_of, str(one.state)) for one in ready.lines] == [(better.id, 2, pump.id, "warehouse")]
    assert (firm.balance(better, van), missing_parts.lines(firm.now)) == ((1, 1), [])


def test_an_order_of_the_alternate_is_promised_to_who_lacks_the_part_and_stays_in_its_place_when_it_arrives(
    firm: Firm, pump: Part, better: Part, bo: Person
) -> None:
    visit = firm.book(bo, NINE, job_type=firm.job_type(kit={pump.id: 1}), despite=["short"])
    line = buying.order(part_id=better.id, place_id=firm.warehouse.id, supplier="Acme", quantity=3, eta=TENTH, now=firm.now, actor_id=None)
    assert line.reserved == 1
    (row,) = stock.held_of([visit.id])[visit.id]
    assert (row.part_id, row.instead_of, row.eta) == (better.id, pump.id, TENTH)
    (shown,) = missing_parts.lines(firm.now)
    assert [(one["part"], one["instead_of"], one["hope"]) for one in shown["lines"]] == [("Better pump", "Pump", "ordered")]
    receive(uuid=uuid.uuid4(), line_id=line.id, accepted=3, now=firm.now, actor_id=None)
    assert str(readiness_of([visit])[visit.id].state) == "pickup"
    assert [(one.part_id, one.instead_of) for one in readiness_of([visit])[visit.id].lines] == [(better.id, pump.id)]


def test_an_alternate_no_longer_in_use_is_not_taken(firm: Firm, pump: Part, better: Part, bo: Person, van: Place) -> None:
    firm.stock(better, van, 1)
    update_part(part_id=better.id, active=False, now=firm.now, actor_id=None)
    visit = firm.book(bo, NINE, job_type=firm.job_type(kit={pump.id: 1}), despite=["short"])
    assert str(readiness_of([visit])[visit.id].state) == "short"


def test_alternates_are_other_parts_each_once_in_order(firm: Firm, pump: Part, better: Part) -> None:
    third = firm.part("Third")
    for wrong in ([pump.id], [better.id, better.id], [10**6]):
        with pytest.raises(NotValid) as refused, database.session.begin_nested():
            update_part(part_id=pump.id, alternates=wrong, now=firm.now, actor_id=None)
        assert refused.value.field == "alternates"
    update_part(part_id=pump.id, alternates=[third.id, better.id], now=firm.now, actor_id=None)
    assert stock.alternates_of([pump.id, better.id]) == {pump.id: (third.id, better.id)}
    audited = select(AuditEntry).where(AuditEntry.target == f"part:{pump.id}").order_by(AuditEntry.id.desc()).limit(1)
    entry = database.session.scalars(audited).one()
    assert (entry.before or {})["alternates"] == [better.sku]
    assert (entry.after or {})["alternates"] == [third.sku, better.sku]


@pytest.fixture
def caller(app: Flask, make_user: Callable[..., User]) -> Callable[[str], Caller]:
    return lambda role: Caller(app.test_client(), make_user(role), role)


def test_alternates_over_http(
    firm: Firm, pump: Part, better: Part, caller: Callable[[str], Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: firm.now)
    admin = caller("admin")
    body = {"sku": "N-1", "name": "New", "alternates": [{"part_id": better.id}, {"part_id": pump.id}]}
    made = send(admin, "post", "/parts", body).json
    assert [one["name"] for one in made["alternates"]] == ["Better pump", "Pump"]
    changed = send(admin, "patch", f"/parts/{made['id']}", {"alternates": [{"part_id": pump.id}]})
    assert [one["sku"] for one in changed.json["alternates"]] == [pump.sku]
    kept = send(admin, "patch", f"/parts/{made['id']}", {"name": "Newer"})
    assert len(kept.json["alternates"]) == 1
    refused = send(admin, "patch", f"/parts/{made['id']}", {"alternates": [{"part_id": made["id"]}]})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["alternates"])
    assert send(caller("technician"), "patch", f"/parts/{made['id']}", {"alternates": []}).status_code == 403
