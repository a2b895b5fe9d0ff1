"""Orders for what visits lack, and levels: what the storekeeper sees, and what the visits get."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.audit import AuditEntry
from core.db import db as database
from core.errors import NotValid
from dispatch import buying
from dispatch.materials.buying import Purchase, Transfer
from dispatch.materials.models import Part, Reservation
from dispatch.materials.rules import Readiness
from dispatch.materials.services import remove_level, set_level, update_part
from dispatch.visits.models import Visit
from dispatch.visits.queries import readiness_of
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, caller, send

__all__ = ["caller"]  # fixture

WEDNESDAY, FRIDAY = berlin("2026-03-11 10:00"), berlin("2026-03-13 10:00")


@pytest.fixture
def short(firm: Firm) -> tuple[Part, Visit, Visit]:
    """A part that nobody has, and two visits that lack it: three on Friday (booked first), two on Wednesday."""
    part = firm.part("Pump")
    update_part(part_id=part.id, supplier="Elektra", lead_days=2, cost=2400, now=firm.now, actor_id=None)
    later = firm.book(firm.technician("Li"), FRIDAY, job_type=firm.job_type("three", kit={part.id: 3}), despite=["short"])
    sooner = firm.book(firm.technician("Bo"), WEDNESDAY, job_type=firm.job_type("two", kit={part.id: 2}), despite=["short"])
    return part, sooner, later


def test_what_visits_lack_is_proposed_and_vanishes_when_it_is_ordered(firm: Firm, short: tuple[Part, Visit, Visit]) -> None:
    part, sooner, later = short
    assert buying.proposals() == ([Purchase(part.id, firm.warehouse.id, 5, date(2026, 3, 11), (sooner.number, later.number), 0)], [])
    # Four come on the 12th: two for Wednesday's visit, which is then known to be late, two of three for Friday's.
    buying.order(
        part_id=part.id, place_id=firm.warehouse.id, supplier="Elektra", quantity=4, eta=date(2026, 3, 12), now=firm.now, actor_id=None
    )
    held = {row.visit_id: row.quantity for row in database.session.scalars(select(Reservation).where(Reservation.state == "held"))}
    assert held == {sooner.id: 2, later.id: 2}
    ready = readiness_of([sooner, later])
    assert (ready[sooner.id].state, ready[sooner.id].eta) == (Readiness.WAITING, date(2026, 3, 12))
    assert ready[later.id].state is Readiness.SHORT
    assert buying.proposals()[0] == [Purchase(part.id, firm.warehouse.id, 1, date(2026, 3, 13), (later.number,), 0)]


def test_an_order_without_a_date_is_promised_to_nobody_but_not_bought_twice(firm: Firm, short: tuple[Part, Visit, Visit]) -> None:
    part, sooner, _later = short
    buying.order(part_id=part.id, place_id=firm.warehouse.id, supplier="Elektra", quantity=5, eta=None, now=firm.now, actor_id=None)
    assert readiness_of([sooner])[sooner.id].state is Readiness.SHORT
    assert buying.proposals() == ([], [])


def test_a_van_below_its_level_is_filled_from_the_warehouse(firm: Firm) -> None:
    part, van = firm.part("Filter"), firm.van(firm.technician())
    firm.stock(part, firm.warehouse, 3)
    firm.stock(part, van, 1)
    set_level(part_id=part.id, place_id=van.id, reorder_at=1, fill_to=3, now=firm.now, actor_id=None)
    assert buying.proposals() == ([], [Transfer(part.id, firm.warehouse.id, van.id, 2)])
    remove_level(part_id=part.id, place_id=van.id, now=firm.now, actor_id=None)
    assert buying.proposals() == ([], [])
    actions = database.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("stock_level.%")).order_by(AuditEntry.id))
    assert list(actions) == ["stock_level.set", "stock_level.removed"]


@pytest.mark.parametrize(("reorder_at", "fill_to", "field"), [(-1, 2, "reorder_at"), (2, 2, "fill_to"), (0, 0, "fill_to")])
def test_a_level_that_makes_no_sense_is_refused_by_its_field(firm: Firm, reorder_at: int, fill_to: int, field: str) -> None:
    with pytest.raises(NotValid) as caught:
        set_level(part_id=firm.part().id, place_id=firm.warehouse.id, reorder_at=reorder_at, fill_to=fill_to, now=firm.now, actor_id=None)
    assert caught.value.field == field


def test_the_storekeeper_sees_by_whom_and_until_when(
    firm: Firm, short: tuple[Part, Visit, Visit], caller: Callable[..., Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: firm.now)
    part, sooner, later = short
    keeper = caller("dispatcher")
    found: dict[str, Any] = send(keeper, "get", "/stock/proposals").get_json()
    (line,) = found["purchases"]
    # Needed on the 11th, two days on its way: ordered by the 9th; five at 24.00.
    wanted = {"supplier": "Elektra", "quantity": 5, "needed_on": "2026-03-11", "order_by": "2026-03-09", "cost": 12_000}
    assert {key: line[key] for key in wanted} == wanted
    assert line["visits"] == [sooner.number, later.number]
    order = {"part_id": part.id, "place_id": line["place_id"], "supplier": "Elektra", "quantity": 5, "eta": "2026-03-11"}
    ordered = send(keeper, "post", "/purchase-lines", order)
    assert ordered.status_code == 201
    assert ordered.get_json()["reserved"] == 5
    assert send(keeper, "get", "/stock/proposals").get_json() == {"purchases": [], "transfers": []}


def test_levels_over_the_api(firm: Firm, caller: Callable[..., Caller]) -> None:
    part = firm.part("Filter")
    firm.stock(part, firm.warehouse, 3)
    keeper = caller("dispatcher")
    level = {"part_id": part.id, "place_id": firm.warehouse.id, "reorder_at": 3, "fill_to": 9}
    assert send(keeper, "put", "/stock/levels", level).get_json() == level | {
        "sku": part.sku, "part": "Filter", "place": firm.warehouse.name, "kind": "warehouse", "free": 3,
    }  # fmt: skip
    assert send(keeper, "put", "/stock/levels", level | {"fill_to": 12}).get_json()["fill_to"] == 12
    assert [one["fill_to"] for one in send(keeper, "get", "/stock/levels").get_json()["items"]] == [12]
    refused = send(keeper, "put", "/stock/levels", level | {"fill_to": 2})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["fill_to"])
    assert send(keeper, "delete", f"/stock/levels/{part.id}/{firm.warehouse.id}").status_code == 204
    assert send(keeper, "delete", f"/stock/levels/{part.id}/{firm.warehouse.id}").status_code == 404
    assert send(caller("agent"), "put", "/stock/levels", level).status_code == 403
