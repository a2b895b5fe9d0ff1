"""Costs of visits, worked out by hand: time, parts, overtime, who covers it; and who may see what."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.audit import AuditEntry
from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from core.errors import NotValid
from customers.models import Contract, Equipment
from dispatch import costs, missing_parts
from dispatch.materials.costing import Coverage, Labour, Sum, Tariff, Used, coverage, for_time, overtime, sums
from dispatch.materials.services import update_part, use
from dispatch.services import move_visit, update_job_type
from dispatch.visits.models import Visit
from staff.services import update_person
from tests.dispatch.conftest import Firm, berlin

ON = date(2026, 3, 11)
UUID_1 = uuid.UUID(int=1)
HOURS = (berlin("2026-03-11 08:00"), berlin("2026-03-11 18:00"))


def test_half_a_cent_is_rounded_up_and_nothing_is_lost_in_floats() -> None:
    assert for_time(4000, 3600) == 4000
    assert for_time(1, 1800) == 1  # 0.5
    assert for_time(3333, 5400) == 5000  # 4999.5
    assert for_time(4000, 1800, percent=25) == 500
    assert for_time(10**12 + 1, 3600) == 10**12 + 1


def test_costs_and_price_by_currency() -> None:
    # 2 × 12.00 cost, 20.00 price; 1.5 h at 40.00 with half an hour of overtime at +25 %; 15 min of travel; 90.00 an hour.
    found = sums(
        used=[Used(2, 1200, 2000, "EUR"), Used(1, 500, 700, "CHF")],
        labour=[Labour(work=5400, overtime=1800, travel=900, per_hour=4000, currency="EUR")],
        work=5400,
        tariff=Tariff(None, 9000, "EUR"),
        coverage=Coverage.CHARGED,
        overtime_percent=25,
    )
    assert found == [Sum("CHF", 500, 0, 0, 700, 0), Sum("EUR", 2400, 6500, 1000, 4000, 13500)]
    assert [(one.cost, one.price, one.due) for one in found] == [(500, 700, 700), (9900, 17500, 17500)]
    fixed = sums(used=[], labour=[], work=5400, tariff=Tariff(5000, 9000, "EUR"), coverage=Coverage.WARRANTY, overtime_percent=0)
    assert [(one.price, one.due) for one in fixed] == [(5000, 0)]


def test_overtime_is_what_lies_in_no_shift() -> None:
    assert overtime(berlin("2026-03-11 17:00"), berlin("2026-03-11 18:30"), [HOURS]) == 1800
    assert overtime(berlin("2026-03-11 09:00"), berlin("2026-03-11 10:00"), [HOURS]) == 0
    assert overtime(berlin("2026-03-11 19:00"), berlin("2026-03-11 20:00"), [HOURS]) == 3600


def test_the_warranty_comes_before_the_contract_and_a_word_before_both() -> None:
    assert coverage(said=None, on=ON, warranty_until=ON, contract=True) is Coverage.WARRANTY
    assert coverage(said=None, on=ON, warranty_until=date(2026, 3, 10), contract=True) is Coverage.CONTRACT
    assert coverage(said=None, on=ON, warranty_until=None, contract=False) is Coverage.CHARGED
    assert coverage(said="charged", on=ON, warranty_until=ON, contract=True) is Coverage.CHARGED


@pytest.fixture
def visit(firm: Firm) -> Visit:
    """Done on the 11th from 17:00 to 18:30, a quarter of an hour's way before, with two pumps."""
    bo, pump = firm.technician("Bo"), firm.part("Pump")
    bo.cost_per_hour, bo.cost_currency = 4000, "EUR"
    update_part(part_id=pump.id, cost=1200, price=2000, now=firm.now, actor_id=None)
    job = firm.job_type(minutes=60)
    update_job_type(job_type_id=job.id, price_per_hour=9000, now=firm.now, actor_id=None)
    found = firm.book(bo, berlin("2026-03-11 17:00"), job_type=job)
    firm.stock(pump, firm.van(bo), 3)
    use(uuid=UUID_1, visit_id=found.id, place_id=firm.van(bo).id, lines={pump.id: 2}, now=firm.now, actor_id=None)
    found.left_at, found.arrived_at = berlin("2026-03-11 16:45"), berlin("2026-03-11 17:00")
    found.ended_at, found.status = berlin("2026-03-11 18:30"), "done"
    database.session.flush()
    database.session.expire(found)
    missing_parts.change_settings(overtime_percent=25, now=firm.now, actor_id=None)
    # Dearer since: what was used stays as it was.
    update_part(part_id=pump.id, cost=9900, price=9900, now=firm.now, actor_id=None)
    return found


def only(visit: Visit) -> dict[str, Any]:
    return costs.line(costs.of_visits([visit])[0])


def test_a_visit_that_is_done(visit: Visit) -> None:
    found = only(visit)
    assert (found["work_seconds"], found["overtime_seconds"], found["travel_seconds"], found["actual"]) == (5400, 1800, 900, True)
    (money,) = found["sums"]
    assert (money["parts_cost"], money["labour_cost"], money["travel_cost"], money["cost"]) == (2400, 6500, 1000, 9900)
    assert (money["parts_price"], money["work_price"], money["due"]) == (4000, 13500, 17500)
    assert (found["coverage"], found["covered_by"]) == ("charged", None)
    table = costs.table(costs.table_of(since=berlin("2026-03-11 00:00"), until=berlin("2026-03-12 00:00")))
    assert [str(cell) for cell in table[1][7:]] == [
        "90", "30", "15", "EUR", "24.00", "65.00", "10.00", "99.00", "40.00", "135.00", "175.00", "175.00"
    ]  # fmt: skip
    assert costs.table_of(since=berlin("2026-03-12 00:00"), until=berlin("2026-03-13 00:00")) == []
    person = visit.assignments[0].person
    assert person is not None
    update_person(person_id=person.id, changes={"cost_per_hour": 8000}, now=berlin("2026-03-12 09:00"))
    assert only(visit)["sums"] == [money], "an hour of that day costs what it cost"
    update_person(person_id=person.id, changes={}, now=berlin("2026-03-12 09:00"), cost_since=ON)
    assert only(visit)["sums"][0]["labour_cost"] == 13000


def test_the_way_is_theirs_who_did_it(firm: Firm) -> None:
    far, near = firm.technician("Far", latitude=52.9), firm.technician("Near")
    visit = firm.book(far, berlin("2026-03-11 12:00"), job_type=firm.job_type())
    move_visit(visit_id=visit.id, person_id=near.id, start=visit.planned_start, now=firm.now, actor_id=None)
    visit.ended_at, visit.status = berlin("2026-03-11 13:00"), "done"
    database.session.flush()
    database.session.expire(visit)
    assert only(visit)["travel_seconds"] == 269 < max(row.travel_seconds for row in visit.assignments)


def test_contract_and_warranty_cover_it_and_a_dispatcher_may_say_otherwise(firm: Firm, visit: Visit) -> None:
    customer_id = visit.ticket.customer_id
    assert customer_id is not None
    boiler = Equipment(customer_id=customer_id, kind="Boiler", maker="", model="", serial="", notes="")
    database.session.add_all(
        [boiler, Contract(customer_id=customer_id, name="Full service", coverage="", starts_on=ON, ends_on=ON, visits_per_year=1)]
    )
    database.session.flush()
    assert (only(visit)["coverage"], only(visit)["covered_by"], only(visit)["due"]) == ("contract", "Full service", [])
    visit.ticket.equipment = boiler
    boiler.warranty_until = ON
    database.session.flush()
    assert (only(visit)["coverage"], only(visit)["covered_by"]) == ("warranty", None)
    costs.cover(number=visit.number, coverage="charged", now=firm.now, actor_id=None)
    assert (only(visit)["coverage"], only(visit)["due"]) == ("charged", [{"amount": 17500, "currency": "EUR"}])
    told = database.session.query(AuditEntry).filter_by(action="visit.covered").one()
    assert (told.before, told.after) == ({"coverage": None}, {"coverage": "charged"})
    with pytest.raises(NotValid) as refused:
        costs.cover(number=visit.number, coverage="nobody", now=firm.now, actor_id=None)
    assert refused.value.field == "coverage"


def test_what_is_not_known_is_not_made_up(visit: Visit) -> None:
    person = visit.assignments[0].person
    assert person is not None
    person.cost_per_hour = None
    visit.arrived_at = None  # forgot to say so: an hour was planned
    database.session.flush()
    found = only(visit)
    assert (found["labour_known"], found["actual"], found["work_seconds"]) == (False, False, 3600)
    assert found["sums"][0]["labour_cost"] == 0
    visit.status = "no_access"  # nobody is charged for work that was not done
    assert only(visit)["sums"][0]["work_price"] == 0


def test_costs_are_for_dispatchers_and_price_and_coverage_for_all(
    app: Flask, make_user: Callable[..., User], visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: at)
    number = visit.number

    def ask(role: str, path: str) -> Any:
        user = make_user(role)
        token, secret = accounts.create_token(name="test", user=user, role=role, now=at - timedelta(days=1), actor_id=None)
        token.last_used_at = at
        database.session.commit()
        return app.test_client().get(f"/api/v1{path}", headers={"Authorization": f"Bearer {secret}"})

    assert ask("agent", f"/visits/{number}/costs").status_code == 403
    assert ask("agent", f"/visits/{number}/charge").get_json()["due"] == [{"amount": 17500, "currency": "EUR"}]
    assert ask("dispatcher", "/visits/costs?since=2026-03-11").get_json()["items"][0]["sums"][0]["cost"] == 9900
    refused = ask("dispatcher", "/visits/costs?since=2026-03-12&until=2026-03-11")
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["until"])
