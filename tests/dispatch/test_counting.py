"""Stock-taking: what a counted line means, what closing does to balances and promises, who may."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.audit import AuditEntry
from core.db import db as database
from core.errors import Conflict, NotValid
from dispatch.materials import count_presenters, count_queries, presenters, queries
from dispatch.materials.models import Part, Place, StockMove
from dispatch.materials.services import cancel_count, close_count, count_part, move_stock, open_count, outside_place, reverse_move
from dispatch.visits.queries import readiness_of
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_api import Caller, caller, send

__all__ = ["caller"]  # fixture

LATER = timedelta(minutes=10)


def opened(firm: Firm, **more: Any) -> Any:
    return open_count(place_id=firm.warehouse.id, now=firm.now, actor_id=None, **more)


def counted(count: Any, part: Part, quantity: int, now: Any, **more: Any) -> Any:
    return count_part(count_id=count.id, part_id=part.id, counted=quantity, now=now, actor_id=None, **more)


def moved(firm: Firm, part: Part, target: Place, quantity: int, **more: Any) -> None:
    move_stock(
        uuid=uuid.uuid4(),
        part_id=part.id,
        from_place_id=firm.warehouse.id,
        to_place_id=target.id,
        quantity=quantity,
        actor_id=None,
        **more,
    )


def test_closing_puts_right_what_was_counted_with_the_count_as_its_reason(firm: Firm) -> None:
    few, many, same, uncounted = (firm.part(name) for name in ("Few", "Many", "Same", "Uncounted"))
    for part in (few, many, same, uncounted):
        firm.stock(part, firm.warehouse, 5)
    count = opened(firm)
    for part, quantity in ((few, 3), (many, 7), (same, 5)):
        counted(count, part, quantity, firm.now)
    assert count_queries.count_sums([count])[count.id] == {"counted": 3, "left": 1, "recount": 0}
    closed = close_count(count_id=count.id, now=firm.now + LATER, actor_id=None)
    assert [firm.balance(part, firm.warehouse)[0] for part in (few, many, same, uncounted)] == [3, 7, 5, 5]
    assert [one["reason"] for one in presenters.moves(closed.moves)] == [f"Stock-taking {count.id}"] * 2
    assert queries.mismatches() == []
    (entry,) = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "stock_count.closed"))
    assert entry.after["differences"] == {few.sku: -2, many.sku: 2}
    with pytest.raises(Conflict) as caught:
        close_count(count_id=count.id, now=firm.now, actor_id=None)
    assert caught.value.code == "count_over"


def test_what_moves_while_the_place_is_counted_makes_no_difference(firm: Firm) -> None:
    part, van = firm.part(), firm.van(firm.technician())
    firm.stock(part, firm.warehouse, 10)
    count = opened(firm)
    moved(firm, part, van, 2, now=firm.now + LATER)  # before it is counted
    counted(count, part, 8, firm.now + 2 * LATER)
    moved(firm, part, van, 3, now=firm.now + 3 * LATER)  # after it
    # Was taken before the counting, but the phone had no network until now: the counter did not see it.
    moved(firm, part, van, 1, now=firm.now + 4 * LATER, happened_at=firm.now + LATER)
    assert [(one["expected"], one["difference"]) for one in count_presenters.count_review(count)["differences"]] == [(7, 1)]
    close_count(count_id=count.id, now=firm.now + 5 * LATER, actor_id=None)
    assert (firm.balance(part, firm.warehouse), queries.mismatches()) == ((5, 0), [])


def test_a_mistake_taken_back_while_the_place_is_counted_is_put_right_once(firm: Firm) -> None:
    part, van = firm.part(), firm.van(firm.technician())
    firm.stock(part, firm.warehouse, 5)
    moved(firm, part, van, 1, now=firm.now)  # nobody took it
    (mistake,) = database.session.scalars(select(StockMove).where(StockMove.to_place_id == van.id))
    count = opened(firm)
    counted(count, part, 5, firm.now + LATER)
    reverse_move(move_id=mistake.id, now=firm.now + 2 * LATER, actor_id=None)
    assert close_count(count_id=count.id, now=firm.now + 3 * LATER, actor_id=None).moves == ()
    assert firm.balance(part, firm.warehouse) == (5, 0)


def test_more_taken_since_than_was_there_is_counted_again(firm: Firm) -> None:
    part, van = firm.part(), firm.van(firm.technician())
    firm.stock(part, firm.warehouse, 2)
    count = opened(firm)
    counted(count, part, 0, firm.now)
    moved(firm, part, van, 1, now=firm.now + LATER)
    with pytest.raises(Conflict) as caught:
        close_count(count_id=count.id, now=firm.now + LATER, actor_id=None)
    assert (caught.value.code, caught.value.details) == ("recount", {"parts": [part.id]})


def test_a_large_difference_is_counted_twice(firm: Firm) -> None:
    part = firm.part()
    firm.stock(part, firm.warehouse, 10)
    count = opened(firm, recount_from=4)
    counted(count, part, 6, firm.now)
    assert count_queries.count_sums([count])[count.id]["recount"] == 1
    with pytest.raises(Conflict, match="Count again before closing: Filter") as caught, database.session.begin_nested():
        close_count(count_id=count.id, now=firm.now, actor_id=None)
    assert caught.value.code == "recount"
    line = counted(count, part, 5, firm.now + LATER)
    assert (line.first_counted, line.times) == (6, 2)
    close_count(count_id=count.id, now=firm.now + LATER, actor_id=None)
    assert firm.balance(part, firm.warehouse) == (5, 0)


def test_fewer_than_promised_takes_it_from_the_latest_visit_which_is_short_then(firm: Firm) -> None:
    part = firm.part()
    firm.stock(part, firm.warehouse, 5)
    job = firm.job_type(kit={part.id: 2})
    later = firm.book(firm.technician("Li"), berlin("2026-03-13 10:00"), job_type=job)
    sooner = firm.book(firm.technician("Bo"), berlin("2026-03-11 10:00"), job_type=job)
    count = opened(firm, recount_from=0)
    counted(count, part, 3, firm.now)
    (line,) = count_presenters.count_review(count)["differences"]
    assert (line["short"], [(one["number"], one["quantity"]) for one in line["visits"]]) == (1, [(later.number, 1)])
    closed = close_count(count_id=count.id, now=firm.now, actor_id=None)
    assert [(row.visit_id, row.quantity, row.state) for row in closed.released] == [(later.id, 1, "released")]
    assert (firm.balance(part, firm.warehouse), queries.mismatches()) == ((3, 3), [])
    ready = readiness_of([sooner, later])
    assert [ready[one.id].state for one in (sooner, later)] == ["pickup", "short"]


def test_two_who_count_the_same_part_see_each_other(firm: Firm) -> None:
    part = firm.part()
    count = opened(firm)
    counted(count, part, 3, firm.now, times=0)
    with pytest.raises(Conflict) as caught:
        counted(count, part, 4, firm.now, times=0)
    assert (caught.value.code, caught.value.details) == ("counted_meanwhile", {"counted": 3})
    assert counted(count, part, 4, firm.now, times=1).counted == 4


@pytest.mark.parametrize("quantity", [-1, 1.5, True, "2", 10_000_000])
def test_what_is_counted_is_a_whole_number(firm: Firm, quantity: Any) -> None:
    count = opened(firm)
    with pytest.raises(NotValid) as caught:
        counted(count, firm.part(), quantity, firm.now)
    assert caught.value.field == "counted"


def test_a_place_is_counted_once_at_a_time_and_only_where_we_count(firm: Firm) -> None:
    count = opened(firm)
    with pytest.raises(Conflict) as caught:
        opened(firm)
    assert (caught.value.code, caught.value.details) == ("count_open", {"id": count.id})
    with pytest.raises(NotValid):
        open_count(place_id=outside_place(kind="scrap").id, now=firm.now, actor_id=None)
    cancel_count(count_id=count.id, now=firm.now, actor_id=None)
    assert opened(firm).id != count.id
    assert database.session.scalars(select(StockMove)).all() == []


def test_a_blind_count_over_the_api_shows_what_is_expected_only_to_who_closes_it(firm: Firm, caller: Callable[..., Caller]) -> None:
    part, unexpected = firm.part("Valve"), firm.part("Vent")
    firm.stock(part, firm.warehouse, 5)
    keeper = caller("dispatcher")
    count = send(keeper, "post", "/stock/counts", {"place_id": firm.warehouse.id, "blind": True}).get_json()
    path = f"/stock/counts/{count['id']}"
    assert [(one["part"], one["expected"]) for one in send(keeper, "get", f"{path}/lines").get_json()["items"]] == [("Valve", None)]
    found = send(keeper, "get", f"{path}/lines?text=ve").get_json()["items"]
    assert [one["part"] for one in found] == ["Valve", "Vent"]
    line = send(keeper, "put", f"{path}/lines/{part.id}", {"counted": 4, "times": 0}).get_json()
    assert (line["counted"], line["expected"], line["difference"], line["recount"]) == (4, None, None, False)
    refused = send(keeper, "put", f"{path}/lines/{part.id}", {"counted": -1})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["counted"])
    send(keeper, "put", f"{path}/lines/{unexpected.id}", {"counted": 1})
    review = send(keeper, "get", f"{path}/review").get_json()
    assert [(one["part"], one["difference"]) for one in review["differences"]] == [("Valve", -1), ("Vent", 1)]
    closed = send(keeper, "post", f"{path}/closure")
    assert (closed.status_code, len(closed.get_json()["moves"])) == (201, 2)
    assert [one["state"] for one in send(keeper, "get", "/stock/counts").get_json()["items"]] == ["closed"]


def test_a_technician_counts_the_own_van_and_nothing_else(firm: Firm, caller: Callable[..., Caller]) -> None:
    li, bo, part = firm.technician("Li"), firm.technician("Bo"), firm.part()
    firm.stock(part, firm.van(li), 2)
    on_road = caller("technician", user=li.user)
    own = send(on_road, "post", "/stock/counts", {"place_id": firm.van(li).id})
    assert own.status_code == 201
    path = f"/stock/counts/{own.get_json()['id']}"
    assert send(on_road, "put", f"{path}/lines/{part.id}", {"counted": 1}).status_code == 200
    assert send(on_road, "post", f"{path}/closure").status_code == 403  # who keeps the stock closes
    for other in (firm.van(bo), firm.warehouse):
        refused = send(on_road, "post", "/stock/counts", {"place_id": other.id})
        assert (refused.status_code, list(refused.get_json()["errors"])) == (404, ["place_id"])
    assert send(caller("technician", user=bo.user), "get", path).status_code == 404
    assert send(caller("agent"), "get", path).status_code == 403


def test_a_technician_does_not_change_how_the_own_van_is_counted(firm: Firm, caller: Callable[..., Caller]) -> None:
    li = firm.technician("Li")
    van, keeper, on_road = firm.van(li).id, caller("dispatcher"), caller("technician", user=li.user)
    blind = send(keeper, "post", "/stock/counts", {"place_id": van, "blind": True}).get_json()["id"]
    assert send(on_road, "post", f"/stock/counts/{blind}/cancellation").status_code == 403
    assert send(keeper, "post", f"/stock/counts/{blind}/cancellation").status_code == 201
    own = send(on_road, "post", "/stock/counts", {"place_id": van, "blind": True, "recount_from": 0}).get_json()
    assert (own["blind"], own["recount_from"]) == (False, 3)
    assert send(on_road, "post", f"/stock/counts/{own['id']}/cancellation").status_code == 201
