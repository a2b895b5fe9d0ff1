"""Tracked parts: every move names its pieces, and a piece is at one place, whoever asks at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user
from sqlalchemy import select

from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, NotValid
from customers.models import Equipment
from dispatch import panels
from dispatch.materials import presenters, queries
from dispatch.materials.models import Part, Place, Serial, StockMove
from dispatch.materials.services import (
    close_count,
    correct_serial,
    count_part,
    move_stock,
    open_count,
    outside_place,
    receive,
    reverse_move,
    update_part,
)
from dispatch.services import apply_field_update
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, caller, send
from tests.dispatch.test_races import race

__all__ = ["caller"]  # fixture
TEN = berlin("2026-03-11 10:00")


def tracked(firm: Firm, *numbers: str, place: Place | None = None) -> Part:
    """A tracked part, with these pieces in the warehouse or another place."""
    part = firm.part("Board")
    update_part(part_id=part.id, serial_tracked=True, now=firm.now, actor_id=None)
    if numbers:
        move(firm, part, outside_place(kind="supplier"), place or firm.warehouse, *numbers)
    return part


def move(firm: Firm, part: Part, source: Place, target: Place, *numbers: str) -> StockMove:
    return move_stock(
        uuid=uuid.uuid4(),
        part_id=part.id,
        from_place_id=source.id,
        to_place_id=target.id,
        quantity=len(numbers),
        serials=numbers,
        now=firm.now,
        actor_id=None,
    )


def where(part: Part) -> dict[str, str]:
    """Number → kind of the place where it is."""
    rows = database.session.scalars(select(Serial).where(Serial.part_id == part.id).execution_options(populate_existing=True))
    return {row.number: row.place.kind for row in rows}


def test_pieces_go_with_their_moves_and_back(firm: Firm) -> None:
    part, van = tracked(firm, "A1", "A2", "A3"), firm.van(firm.technician())
    carried = move(firm, part, firm.warehouse, van, "A2", " A1 ")
    assert where(part) == {"A1": "van", "A2": "van", "A3": "warehouse"}
    assert presenters.moves([carried])[0]["serials"] == ["A1", "A2"]
    reverse_move(move_id=carried.id, now=firm.now, actor_id=None)
    assert set(where(part).values()) == {"warehouse"}
    assert (queries.mismatches(), queries.serial_mismatches()) == ([], [])


def test_a_piece_that_is_elsewhere_does_not_move(firm: Firm) -> None:
    part, van = tracked(firm, "A1", "A2"), firm.van(firm.technician())
    move(firm, part, firm.warehouse, van, "A1")
    for source, target, number, code in (
        (firm.warehouse, van, "A1", "serial_elsewhere"),
        (outside_place(kind="supplier"), firm.warehouse, "A1", "serial_elsewhere"),  # nobody delivers what is on the van
        (firm.warehouse, van, "A9", "serial_unknown"),
    ):
        with pytest.raises(Conflict) as caught, database.session.begin_nested():
            move(firm, part, source, target, number)
        assert (caught.value.code, caught.value.field) == (code, "serials")
    assert where(part) == {"A1": "van", "A2": "warehouse"}


def test_a_piece_in_a_customers_equipment_is_not_delivered_again(firm: Firm) -> None:
    part, customer = tracked(firm, "A1"), outside_place(kind="customer")
    move(firm, part, firm.warehouse, customer, "A1")
    with pytest.raises(Conflict) as caught, database.session.begin_nested():
        move(firm, part, outside_place(kind="supplier"), firm.warehouse, "A1")
    assert (caught.value.code, where(part)) == ("serial_elsewhere", {"A1": "customer"})
    move(firm, part, customer, firm.warehouse, "A1")
    assert where(part) == {"A1": "warehouse"}


def test_what_moved_before_it_was_tracked_is_not_taken_back_without_its_numbers(firm: Firm) -> None:
    part = firm.part("Board")
    firm.stock(part, firm.warehouse, 1)
    values = {"from_place_id": firm.warehouse.id, "to_place_id": outside_place(kind="scrap").id, "quantity": 1}
    scrapped = move_stock(uuid=uuid.uuid4(), part_id=part.id, **values, now=firm.now, actor_id=None)
    update_part(part_id=part.id, serial_tracked=True, now=firm.now, actor_id=None)
    with pytest.raises(Conflict) as caught, database.session.begin_nested():
        reverse_move(move_id=scrapped.id, now=firm.now, actor_id=None)
    assert caught.value.code == "serials"
    assert (firm.balance(part, firm.warehouse), queries.serial_mismatches()) == ((0, 0), [])


@pytest.mark.parametrize("numbers", [["A1"], ["A1", "A1"], ["A1", ""], ["A1", 7], []])
def test_as_many_different_numbers_as_pieces(firm: Firm, numbers: list[Any]) -> None:
    part = tracked(firm)
    values = {"part_id": part.id, "from_place_id": outside_place(kind="supplier").id, "to_place_id": firm.warehouse.id}
    with pytest.raises(NotValid) as caught:
        move_stock(uuid=uuid.uuid4(), quantity=2, serials=numbers, now=firm.now, actor_id=None, **values)
    assert caught.value.field == "serials"
    with pytest.raises(NotValid, match="not tracked"):
        move_stock(uuid=uuid.uuid4(), **values | {"part_id": firm.part().id}, quantity=1, serials=["A1"], now=firm.now, actor_id=None)


def test_a_receipt_names_what_was_kept_and_what_goes_back(firm: Firm) -> None:
    part = tracked(firm)
    line = firm.order(part, 3, date(2026, 3, 12))
    values = {"line_id": line.id, "accepted": 2, "damaged": 1, "serials": ["B1", "B2"], "now": firm.now, "actor_id": None}
    with pytest.raises(NotValid) as caught:
        receive(uuid=uuid.uuid4(), **values)
    assert caught.value.field == "damaged_serials"
    receive(uuid=uuid.uuid4(), damaged_serials=["B3"], **values)
    assert where(part) == {"B1": "warehouse", "B2": "warehouse", "B3": "returns"}
    # It goes back, and the supplier sends it again mended.
    move(firm, part, outside_place(kind="returns"), outside_place(kind="supplier"), "B3")
    receive(uuid=uuid.uuid4(), line_id=line.id, accepted=1, serials=["B3"], now=firm.now, actor_id=None)
    assert set(where(part).values()) == {"warehouse"}


def test_a_piece_used_at_a_visit_is_in_the_customers_equipment(app: Flask, firm: Firm, make_user: Callable[..., User]) -> None:
    li = firm.technician()
    part = tracked(firm, "C1", "C2", place=firm.van(li))
    ticket = firm.ticket()
    thing = Equipment(customer_id=ticket.customer_id, site_id=ticket.site_id, kind="Boiler", maker="Acme", model="X1", serial="", notes="")
    database.session.add(thing)
    database.session.flush()
    ticket.equipment_id = thing.id
    visit = firm.book(li, TEN, job_type=firm.job_type(), ticket=ticket)

    def report(action: str, **data: Any) -> Any:
        return apply_field_update(
            uuid=uuid.uuid4(),
            person_id=li.id,
            visit_id=visit.id,
            action=action,
            happened_at=TEN,
            data=data,
            now=TEN,
            actor_id=None,
        )

    report("on_my_way")
    report("arrived")
    refused = report("done", used=[{"part_id": part.id, "quantity": 1}])
    assert (refused["result"], refused["field"]) == ("refused", "serials")
    report("done", used=[{"part_id": part.id, "quantity": 1, "serials": ["C2"]}])
    (piece,) = presenters.serials(list(database.session.scalars(queries.serials(equipment_id=thing.id))))
    assert (piece["number"], piece["kind"], piece["visit"], piece["customer_id"]) == ("C2", "customer", visit.number, ticket.customer_id)
    assert where(part) == {"C1": "van", "C2": "customer"}
    with app.test_request_context():
        assert panels.pieces_panel(ticket.customer_id) is None  # nobody is signed in
        login_user(make_user("agent"))
        shown = panels.pieces_panel(ticket.customer_id)
    assert shown is not None
    assert "C2" in shown
    assert "C1" not in shown


def test_tracking_begins_and_ends_only_without_stock(firm: Firm) -> None:
    part, plain = tracked(firm, "D1"), firm.part()
    firm.stock(plain, firm.warehouse, 1)
    for one in (part, plain):
        with pytest.raises(Conflict) as caught, database.session.begin_nested():
            update_part(part_id=one.id, serial_tracked=not one.serial_tracked, now=firm.now, actor_id=None)
        assert (caught.value.field, caught.value.code) == ("serial_tracked", "in_stock")


def test_a_count_of_a_tracked_part_is_put_right_by_its_numbers(firm: Firm) -> None:
    part = tracked(firm, "E1", "E2")
    count = open_count(place_id=firm.warehouse.id, now=firm.now, actor_id=None)
    count_part(count_id=count.id, part_id=part.id, counted=1, now=firm.now, actor_id=None)
    with pytest.raises(Conflict) as caught, database.session.begin_nested():
        close_count(count_id=count.id, now=firm.now, actor_id=None)
    assert (caught.value.code, caught.value.details) == ("serials", {"parts": [part.id]})
    move(firm, part, firm.warehouse, outside_place(kind="adjustment"), "E2")
    count_part(count_id=count.id, part_id=part.id, counted=1, now=firm.now, actor_id=None)
    assert close_count(count_id=count.id, now=firm.now, actor_id=None).moves == ()


def test_a_number_mistyped_is_corrected_but_never_doubled(firm: Firm, caller: Callable[..., Caller]) -> None:
    part = tracked(firm, "F1", "F2")
    keeper = caller("dispatcher")
    rows = send(keeper, "get", f"/serials?part_id={part.id}").get_json()["items"]
    assert [(row["number"], row["place"]) for row in rows] == [("F1", "Warehouse"), ("F2", "Warehouse")]
    path = f"/serials/{rows[0]['id']}"
    assert send(keeper, "patch", path, {"number": "F1-B"}).get_json()["number"] == "F1-B"
    refused = send(keeper, "patch", path, {"number": "F2"})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["number"])
    assert send(caller("agent"), "patch", path, {"number": "X"}).status_code == 403
    with pytest.raises(NotValid):
        correct_serial(serial_id=rows[0]["id"], number=" ", now=firm.now, actor_id=None)


def test_of_eight_who_take_the_same_piece_or_receive_it_twice_one_does(app: Flask, committed_firm: Callable[[], Firm]) -> None:
    firm = committed_firm()
    part = tracked(firm, "G1", "G2", "G3", "G4")
    vans = [firm.van(firm.technician(f"T{number}")).id for number in range(4)]
    supplier, warehouse = outside_place(kind="supplier").id, firm.warehouse.id
    part_id, now = part.id, firm.now
    database.session.commit()

    def taking(source: int, target: int, number: str) -> Callable[[], Any]:
        values = {"from_place_id": source, "to_place_id": target, "quantity": 1, "serials": [number], "now": now, "actor_id": None}
        return lambda: move_stock(uuid=uuid.uuid4(), part_id=part_id, **values).id

    deeds = [taking(warehouse, van, "G1") for van in vans] + [taking(supplier, van, "NEW") for van in vans]
    results = race(app, deeds, threads=len(deeds))
    assert sum(isinstance(one, int) for one in results) == 2
    assert {one[0] for one in results if isinstance(one, tuple)} == {"serial_elsewhere"}
    database.session.rollback()
    assert (queries.mismatches(), queries.serial_mismatches()) == ([], [])
