"""Repairing the day: what cannot be kept, what is late, what is still to be known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from core import clock
from core.db import db as database
from core.errors import DomainError
from core.live.topics import places
from dispatch.plans import applying, queries
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.services import make_plan
from dispatch.plans.world import read_day
from dispatch.visits import queries as queries_of_visits
from staff.rules import WeeklyShift
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_forecasting import at, look, report
from tests.dispatch.test_plan_days import accept, away, business_time, planned, proposal, reasons  # noqa: F401


def test_what_may_not_change_hands_stays_late_with_its_technician(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Li is busy until after all three promises of the afternoon; two may be given away."""
    long, short = firm.job_type(minutes=300), firm.job_type("short", minutes=30)
    shifts = [WeeklyShift(day, "08:00", "20:00") for day in range(7)]
    li, _wu, _xi = (firm.technician(name, shifts=shifts) for name in ("Li", "Wu", "Xi"))
    first = firm.book(li, at("09:00"), job_type=long)
    for hour in (14, 15, 16):
        firm.book(li, at(f"{hour}:30"), job_type=short, promised_from=at(f"{hour}:00"), promised_until=at(f"{hour + 1}:00"))
    report(first, li, "on_my_way", "11:50")
    report(first, li, "arrived", "12:25")
    monkeypatch.setattr(clock, "now", lambda: at("12:30"))
    plan = planned(firm, kind="repair", first=None)
    rows = queries.rows_of(plan.id)
    assert sorted(row.kind for row in rows) == ["give", "give", "shift"]
    (late,) = (row for row in rows if row.kind == "shift")
    assert (late.to_person_id, late.facts["because"], late.facts["promise"]) == (li.id, "late", "moved")
    assert late.to_start is not None
    assert late.promised_from is not None
    assert late.promised_from <= late.to_start
    assert late.to_start >= at("17:25")
    assert plan.after["late"] == 1
    assert plan.after["served"] == plan.before["served"]


def test_what_a_search_says_each_second_reads_only_its_own_plan(firm: Firm) -> None:
    made = [make_plan(kind="day", branch_id=firm.branch.id, first_day=None, now=firm.now, actor_id=None) for _ in range(queries.SHOWN + 1)]
    oldest, other, last = made[0].id, made[1].id, made[-1].id
    database.session.expunge_all()
    (place,) = places("plans")
    statements: list[str] = []
    listen = lambda _connection, _cursor, statement, *_rest: statements.append(statement)  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        found = place.render({str(oldest), str(last)} | place.boundary(1))
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)
    assert {key for key, data in found.items() if data is not None} == {str(other), str(last)}
    assert found[str(oldest)] is None  # it has made room
    assert not any(name in statement for statement in statements for name in ("plan.asked", "plan.found"))
    assert len([one for one in database.session if isinstance(one, Plan)]) <= 2


def test_who_is_held_up_is_free_when_the_forecast_says(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    long, short = firm.job_type(minutes=300), firm.job_type("short", minutes=30)
    shifts = [WeeklyShift(day, "08:00", "20:00") for day in range(7)]
    li, wu = (firm.technician(name, shifts=shifts) for name in ("Li", "Wu"))
    first = firm.book(li, at("10:00"), job_type=long)
    firm.book(li, at("15:20"), job_type=short, promised_from=at("15:00"), promised_until=at("15:30"), despite=("travel",))
    report(first, li, "on_my_way", "10:00")
    report(first, li, "arrived", "10:05")
    look("15:07")
    forecast = queries_of_visits.forecasts_of([first.id])[first.id]
    assert forecast.expected_end_at is not None
    assert forecast.expected_end_at > at("15:10")
    monkeypatch.setattr(clock, "now", lambda: at("15:07"))
    world = read_day(firm.branch, at("15:07").date(), now=at("15:07"), tickets="none")
    begins = {world.people[one.id]: world.at(one.shift[0]) for one in world.problem.technicians}
    assert begins == {li.id: forecast.expected_end_at, wu.id: at("15:07")}


def test_a_part_whose_order_is_late_is_looked_for_elsewhere(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    part = firm.part()
    job_type = firm.job_type(kit={part.id: 1})
    li, wu = firm.technician("Li"), firm.technician("Wu")
    order = firm.order(part, 1, date(2026, 3, 11))
    visit = firm.book(li, berlin("2026-03-12 11:00"), job_type=job_type)
    order.eta = date(2026, 3, 20)
    now = berlin("2026-03-12 08:30")
    monkeypatch.setattr(clock, "now", lambda: now)
    day = now.date()
    assert [job.parts for job in read_day(firm.branch, day, now=now, tickets="none").problem.jobs] == [{}]  # it is nowhere: nothing to gain
    firm.stock(part, firm.van(wu), 1)
    plan = planned(firm, kind="repair", first=None)
    (row,) = queries.rows_of(plan.id)
    assert (row.kind, row.visit_id, row.to_person_id, row.facts["parts"]) == ("give", visit.id, wu.id, "van")
    assert accept(plan) == {"accepted": 1}


def test_what_can_be_refused_beforehand_does_not_have_the_rest_done_anew(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    job_type = firm.job_type()
    li, mia, zoe = (firm.technician(name) for name in ("Li", "Mia", "Zoe"))
    visits = [firm.book(li, berlin(f"2026-03-11 {hour}:00"), job_type=job_type) for hour in ("09", "11", "13")]
    plan = proposal(firm, [(visit, who, visit.planned_start) for visit, who in zip(visits, (zoe, mia, zoe), strict=True)])
    away(zoe)
    tries: list[int] = []
    really = applying._try

    def counted(rows: list[PlanRow], **more: Any) -> dict[int, DomainError]:
        tries.append(len(rows))
        return really(rows, **more)

    monkeypatch.setattr(applying, "_try", counted)
    assert accept(plan) == {"conflict": 2, "accepted": 1}
    assert reasons(plan) == ["Zoe does not work 09:00-10:00.", "Zoe does not work 13:00-14:00."]
    assert tries == [1]
