"""Crews in the plan of a day: booked together, kept together, completed where one of them is not there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.db import db as database
from dispatch.planning.simulating import check
from dispatch.plans import queries
from dispatch.plans.driving import present
from dispatch.plans.job import written
from dispatch.plans.presenters import row_line
from dispatch.plans.world import read_day
from dispatch.services import lock_plan, move_visit
from dispatch.visits.models import JobType, Visit
from dispatch.visits.queries import crew_of
from staff import services as staff
from staff.models import Person
from staff.queries import names_of
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.test_plan_days import TOMORROW, accept, away, business_time, planned, reasons, waiting

__all__ = ["business_time"]  # fixture
TEN = berlin("2026-03-11 10:00")
HOUR = timedelta(hours=1)


@pytest.fixture
def three(firm: Firm) -> tuple[Person, Person, Person]:
    return firm.technician("Li Wei"), firm.technician("Ana"), firm.technician("Bo")


@pytest.fixture
def pair(firm: Firm) -> JobType:
    return firm.job_type("pair", crew=2, name="Boiler exchange")


def crew(visit: Visit) -> list[str]:
    database.session.expire_all()
    return [person.name for person in crew_of(visit)]


def test_a_ticket_that_takes_two_is_booked_with_two_who_begin_together(firm: Firm, pair: JobType) -> None:
    part = firm.part()
    li, ana = firm.technician("Li Wei"), firm.technician("Ana")
    firm.stock(part, firm.van(ana), 1)
    both = firm.job_type("both", crew=2, kit={part.id: 1})
    alone = firm.book(li, berlin("2026-03-11 08:30"), job_type=firm.job_type("alone"))
    lock_plan(visit_id=alone.id, lock="time", now=firm.now, actor_id=None)
    ticket = waiting(firm, both)
    plan = planned(firm)
    (row,) = queries.rows_of(plan.id)
    assert (row.kind, row.to_person_id, row.to_helper_ids) == ("book", ana.id, [li.id])  # who has the part leads
    shown = row_line(row, names_of([li.id]), {})
    assert (shown["to_technician"], shown["to_helpers"]) == ("Ana", ["Li Wei"])
    assert plan.asked[0]["jobs"][-1]["crew"] == 2
    assert accept(plan) == {"accepted": 1}
    visit = database.session.query(Visit).filter_by(ticket_id=ticket.id).one()
    assert (crew(visit), visit.planned_start) == (["Ana", "Li Wei"], row.to_start)
    assert firm.balance(part, firm.van(ana)) == (1, 1)


def test_a_crew_that_stands_stays_together_at_its_time_and_the_days_can_be_driven(
    firm: Firm, three: tuple[Person, Person, Person], pair: JobType
) -> None:
    li, ana, _bo = three
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    firm.book(ana, TEN + 2 * HOUR, job_type=firm.job_type("alone"))
    world = read_day(firm.branch, TOMORROW, now=firm.now)
    stands = present(world)
    assert (stands.faulty, check(world.problem, stands.plan)) == ({}, [])
    assert written(world.problem)["jobs"][0]["crew"] == 2
    assert [row.kind for row in queries.rows_of(planned(firm).id)] == []
    assert crew(visit) == ["Li Wei", "Ana"]


def test_a_crew_with_somebody_of_another_branch_is_left_where_it_stands(
    firm: Firm, three: tuple[Person, Person, Person], pair: JobType, now: datetime
) -> None:
    li, ana, _bo = three
    firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    li.branch = staff.create_branch(name="Hamburg", time_zone="Europe/Berlin", country="DE", language="en", now=now)
    database.session.flush()
    world = read_day(firm.branch, TOMORROW, now=now)
    (piece,) = world.pieces.values()
    assert (piece.held, piece.person_id, world.problem.jobs[0].crew, world.problem.jobs[0].locked_start) == (True, ana.id, 1, piece.start)
    assert queries.rows_of(planned(firm).id) == []


def test_who_is_not_there_is_replaced_and_the_others_stay(firm: Firm, three: tuple[Person, Person, Person], pair: JobType) -> None:
    li, ana, bo = three
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    window = visit.promised_from, visit.promised_until
    away(ana)
    plan = planned(firm)
    (row,) = queries.rows_of(plan.id)
    assert (row.kind, row.from_helper_ids, row.to_person_id, row.to_helper_ids) == ("give", [ana.id], li.id, [bo.id])
    assert row_line(row, names_of([ana.id, bo.id]), {})["explanation"][0] == "Ana is not there then"
    move_visit(visit_id=visit.id, helper_ids=[bo.id], now=firm.now, actor_id=None, despite=[])
    assert accept(plan) == {"conflict": 1}  # somebody was quicker
    assert reasons(plan) == [f"Visit {visit.number} was moved meanwhile: Li Wei, Bo, 10:00."]
    away(bo)
    nobody = planned(firm)
    (left,) = queries.rows_of(nobody.id)
    assert (left.kind, left.facts["why"]) == ("left", "crew.few")
    assert row_line(left, names_of([bo.id]), {})["explanation"] == [
        "It takes 2 technicians together; only 1 could come. Stays with Li Wei, Bo, who cannot keep it.",
        "Bo is not there then",
    ]
    assert (visit.promised_from, visit.promised_until) == window


def test_an_accepted_replacement_moves_the_crew_as_one(firm: Firm, three: tuple[Person, Person, Person], pair: JobType) -> None:
    li, ana, _bo = three
    visit = firm.book(li, TEN, job_type=pair, helper_ids=[ana.id])
    away(li)
    plan = planned(firm)
    assert accept(plan) == {"accepted": 1}
    assert set(crew(visit)) == {"Ana", "Bo"}
    lock_plan(visit_id=visit.id, lock="technician", now=firm.now, actor_id=None)
    away(ana)
    (row,) = queries.rows_of(planned(firm).id)
    assert (row.kind, row.facts["why"], row.facts["missing"]) == ("left", "locked", ana.id)


def test_who_leads_on_keeps_the_parts_when_a_helper_is_replaced(firm: Firm, three: tuple[Person, Person, Person]) -> None:
    li, ana, _bo = three
    part = firm.part()
    firm.stock(part, firm.van(li), 1)
    visit = firm.book(li, TEN, job_type=firm.job_type("both", crew=2, kit={part.id: 1}), helper_ids=[ana.id])
    away(ana)
    plan = planned(firm)
    assert [row.kind for row in queries.rows_of(plan.id)] == ["give"]
    assert accept(plan) == {"accepted": 1}
    assert (crew(visit), firm.balance(part, firm.van(li))) == (["Li Wei", "Bo"], (1, 1))
