"""Old pieces that go back for their deposit: asked for at the end of a visit, on the van, on the shelf, back to the supplier, or left behind."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import clock
from core.audit import AuditEntry
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, NotValid
from dispatch import presenters
from dispatch.materials import presenters as stock_presenters
from dispatch.materials import queries as stock
from dispatch.materials.models import CoreLeft, Part, Place, StockMove
from dispatch.materials.rules import COUNTED, HOLDING, KINDS, may_move
from dispatch.materials.services import arrived, cores, move_stock, outside_place, reverse_move, send_back, take_in, update_part, write_off
from dispatch.services import apply_field_update
from dispatch.visits.models import Visit
from staff.models import Person
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, send
from tickets.models import Entry

NINE = berlin("2026-03-11 09:00")


def test_an_old_piece_is_counted_but_nobodys_to_promise_and_never_becomes_a_new_one() -> None:
    assert "cores" in COUNTED
    assert "cores" not in HOLDING
    into = {kind for kind in KINDS if may_move(kind, "cores")}
    out_to = {kind for kind in KINDS if may_move("cores", kind)}
    assert into == {"customer", "cores", "adjustment"}
    assert out_to == {"supplier", "cores", "scrap", "adjustment", "customer"}
    assert may_move("warehouse", "van")


@pytest.fixture
def pump(firm: Firm) -> Part:
    """With a deposit of 45.00."""
    part = firm.part("Pump")
    return update_part(part_id=part.id, core_value=4500, supplier="Acme", now=firm.now, actor_id=None)


@pytest.fixture
def bo(firm: Firm) -> Person:
    return firm.technician("Bo")


@pytest.fixture
def van(firm: Firm, bo: Person, pump: Part) -> Place:
    place = firm.van(bo)
    firm.stock(pump, place, 3)
    return place


@pytest.fixture
def visit(firm: Firm, bo: Person, van: Place, pump: Part) -> Visit:
    return firm.book(bo, NINE, job_type=firm.job_type(kit={pump.id: 2}))


def done(visit: Visit, bo: Person, pump: Part, *, key: uuid.UUID | None = None, **data: Any) -> dict[str, Any]:
    used = [{"part_id": pump.id, "quantity": 2}]
    return apply_field_update(
        person_id=bo.id,
        uuid=key or uuid.uuid4(),
        visit_id=visit.id,
        action="done",
        happened_at=NINE,
        now=NINE,
        data={"used": used, **data},
    )


def listed() -> list[tuple[str, int, int]]:
    return [(one["state"], one["quantity"], one["deposit"]) for one in stock_presenters.cores(10)["items"]]


def test_what_is_taken_along_lies_on_the_van_goes_to_the_shelf_and_back_to_the_supplier(
    firm: Firm, visit: Visit, bo: Person, van: Place, pump: Part
) -> None:
    key = uuid.uuid4()
    for _twice in range(2):
        assert done(visit, bo, pump, key=key, cores=[{"part_id": pump.id, "quantity": 2}])["result"] == "applied"
    on_van = cores.cores_of(van)
    assert (firm.balance(pump, on_van), listed()) == ((2, 0), [("van", 2, 9000)])
    assert [(one["on_hand"], one["old"], one["core"]) for one in presenters.van_parts(van)] == [(1, 2, True)]
    # It is no stock: nothing of it is free, and it cannot be put among the new ones.
    assert stock.free_of([pump.id]) == {(pump.id, van.id): 1}
    with pytest.raises(NotValid) as refused:
        move_stock(uuid=uuid.uuid4(), part_id=pump.id, from_place_id=on_van.id, to_place_id=van.id, quantity=1, now=firm.now, actor_id=None)
    assert refused.value.code == "core"

    key = uuid.uuid4()
    for _twice in range(2):
        take_in(uuid=key, part_id=pump.id, place_id=on_van.id, quantity=2, now=firm.now, actor_id=None)
    assert listed() == [("shelf", 2, 9000)]
    with pytest.raises(Conflict), database.session.begin_nested():
        take_in(uuid=uuid.uuid4(), part_id=pump.id, place_id=on_van.id, quantity=1, now=firm.now, actor_id=None)
    shelf = outside_place(kind="cores")
    key = uuid.uuid4()
    for _twice in range(2):
        send_back(uuid=key, part_id=pump.id, place_id=shelf.id, quantity=2, now=firm.now, actor_id=None)
    (audited,) = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "core.sent_back"))
    assert (audited.after or {})["deposit"] == 9000
    assert (listed(), stock.mismatches()) == ([], [])


def test_what_was_left_says_why_and_comes_in_later_or_is_written_off(firm: Firm, visit: Visit, bo: Person, van: Place, pump: Part) -> None:
    for wrong in ([{"part_id": pump.id, "quantity": 3}], [{"part_id": pump.id, "quantity": 1}], [{"part_id": pump.id}], "no"):
        answer = done(visit, bo, pump, cores=wrong)
        assert (answer["result"], answer["field"]) == ("refused", "cores"), wrong
    assert done(visit, bo, pump, cores=[{"part_id": pump.id, "quantity": 1, "why": "Customer keeps it"}])["result"] == "applied"
    assert listed() == [("van", 1, 4500), ("left", 1, 4500)]
    left = stock_presenters.cores(10)["items"][1]
    assert (left["visit"], left["technician"], left["why"]) == (visit.number, "Bo", "Customer keeps it")
    assert stock_presenters.cores(10)["totals"] == [{"supplier": "Acme", "currency": "EUR", "quantity": 2, "deposit": 9000}]
    told = database.session.scalars(select(Entry).where(Entry.ticket_id == visit.ticket_id, Entry.data["event"].astext == "done")).one()
    assert told.data["cores"] == [{"sku": pump.sku, "name": "Pump", "quantity": 1, "left": 1, "why": "Customer keeps it"}]
    for _twice in range(2):
        arrived(left_id=left["left_id"], now=firm.now, actor_id=None)
    assert [state for state, *_more in listed()] == ["shelf", "van"] or [state for state, *_more in listed()] == ["van", "shelf"]
    with pytest.raises(Conflict):
        write_off(left_id=left["left_id"], note="gone", now=firm.now, actor_id=None)


def test_an_old_phone_that_says_nothing_leaves_it_outstanding(firm: Firm, visit: Visit, bo: Person, pump: Part) -> None:
    assert done(visit, bo, pump)["result"] == "applied"
    assert listed() == [("left", 2, 9000)]
    (row,) = stock.cores_left(limit=10)
    with pytest.raises(NotValid) as refused:
        write_off(left_id=row.id, note=" ", now=firm.now, actor_id=None)
    assert refused.value.field == "note"
    write_off(left_id=row.id, note="House torn down", now=firm.now, actor_id=None)
    assert (listed(), row.state) == ([], "written_off")
    actions = database.session.scalars(select(AuditEntry.action).where(AuditEntry.target == f"core_left:{row.id}")).all()
    assert actions == ["core.written_off"]


def test_what_was_used_by_mistake_and_is_taken_back_leaves_no_old_piece_behind(firm: Firm, visit: Visit, bo: Person, pump: Part) -> None:
    done(visit, bo, pump)
    used = select(StockMove).where(StockMove.visit_id == visit.id, StockMove.to_place_id == outside_place(kind="customer").id)
    reverse_move(move_id=database.session.scalars(used).one().id, now=firm.now, actor_id=None)
    assert database.session.scalar(select(func.count()).select_from(CoreLeft)) == 0


def test_of_a_tracked_part_the_old_piece_has_no_number(firm: Firm, bo: Person) -> None:
    part = firm.part("Board")
    update_part(part_id=part.id, core_value=0, serial_tracked=True, now=firm.now, actor_id=None)
    van = firm.van(bo)
    supplier = outside_place(kind="supplier")
    move_stock(
        uuid=uuid.uuid4(), part_id=part.id, from_place_id=supplier.id, to_place_id=van.id, quantity=2, serials=["a", "b"],
        now=firm.now, actor_id=None,
    )  # fmt: skip
    visit = firm.book(bo, NINE, job_type=firm.job_type(kit={part.id: 2}))
    used = [{"part_id": part.id, "quantity": 2, "serials": ["a", "b"]}]
    answer = done(visit, bo, part, used=used, cores=[{"part_id": part.id, "quantity": 2}])
    assert answer["result"] == "applied"
    assert (listed(), stock.serial_mismatches()) == ([("van", 2, 0)], [])


def test_cores_over_http(
    firm: Firm, visit: Visit, bo: Person, pump: Part, app: Flask, make_user: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: firm.now)
    done(visit, bo, pump, cores=[{"part_id": pump.id, "quantity": 1, "why": "stuck"}])
    keeper, agent = (Caller(app.test_client(), make_user(role), role) for role in ("dispatcher", "agent"))
    shown = send(agent, "get", "/stock/cores").json
    assert [one["state"] for one in shown["items"]] == ["van", "left"]
    on_van, left = shown["items"]
    body = {"part_id": pump.id, "place_id": on_van["place_id"], "quantity": 1}
    assert send(agent, "post", "/stock/cores/arrivals", body).status_code == 403
    moved = send(keeper, "post", "/stock/cores/arrivals", body)
    assert (moved.status_code, moved.json["from_place_id"]) == (201, on_van["place_id"])
    back = send(keeper, "post", "/stock/cores/returns", {**body, "place_id": moved.json["to_place_id"]})
    assert (back.status_code, back.json["reason"]) == (201, "Acme")
    wrong = send(keeper, "post", "/stock/cores/returns", {**body, "place_id": firm.warehouse.id})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["place_id"])
    assert send(keeper, "post", f"/stock/cores/left/{left['left_id']}/write-off", {}).status_code == 422
    off = send(keeper, "post", f"/stock/cores/left/{left['left_id']}/write-off", {"note": "gone"})
    assert (off.status_code, off.json["state"]) == (200, "written_off")
    assert send(keeper, "post", f"/stock/cores/left/{left['left_id']}/arrival", {}).status_code == 409
    assert send(agent, "get", "/stock/cores").json == {"items": [], "totals": []}
