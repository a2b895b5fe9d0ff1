"""What `script/bench plan` is built of: the rest of an interrupted day, published files, and what the law takes out of an engine's answer."""

from __future__ import annotations

from dataclasses import replace
from math import hypot
from pathlib import Path

import pytest

from bench.plan import orders_of, people
from bench.plan_days import URGENT, instance, interrupted, solomon
from bench.plan_judge import sound
from bench.plan_rivals import Goods, Spots, _without_break, able
from dispatch.planning.problem import Job, Kind, Plan, Problem
from dispatch.planning.reading import read_problem
from dispatch.planning.search import solve
from dispatch.planning.simulating import check, cost

AMPLE = 3600.0  # where a number of rounds ends the search
ELEVEN = 11 * 3600

FILE = """R1

VEHICLE
NUMBER     CAPACITY
  2         20

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      40         50          0          0       1236          0
    1      43         54         10         20         60         10
    2      41         51         15          0        500         10
    3      40         60          5          0        500         10
"""


def planned(day: Problem, rounds: int = 400, start: Plan | None = None) -> Plan:
    plan = solve(day, seconds=AMPLE, iterations=rounds, start=start).plan
    assert check(day, plan) == []
    return plan


def test_an_urgent_job_is_served_at_once_and_moves_two_jobs_at_most() -> None:
    for seed in (1, 2, 3):
        day = instance(25, seed)
        rest, before = interrupted(day, planned(day), ELEVEN)
        after = planned(rest, start=before)
        assert URGENT in people(after)
        then, now = people(before), people(after)
        assert sum(id in now and now[id] != who for id, who in then.items()) <= 2


def test_what_has_begun_at_eleven_is_no_longer_planned_and_the_rest_goes_on_from_there() -> None:
    day = instance(25, 1)
    plan = planned(day)
    rest, before = interrupted(day, plan, ELEVEN)
    begun = {stop.id for route in plan.routes for stop in route.stops if stop.kind is Kind.JOB and stop.start <= ELEVEN}
    left = {job.id for job in rest.jobs}
    assert begun
    assert not begun & left
    assert {job.id for job in day.jobs} - left >= begun
    assert set(people(before)) | set(before.unserved) == left
    assert all(job.previous_technician == people(before).get(job.id) for job in rest.jobs)
    kept = solve(replace(rest, jobs=[job for job in rest.jobs if job.id != URGENT]), seconds=0, start=before).plan
    assert people(kept).items() >= people(before).items()  # what was planned can still be done, with the vans and the time as they are


def test_a_published_file_is_planned_in_its_units(tmp_path: Path) -> None:
    file = tmp_path / "R1.txt"
    file.write_text(FILE)
    problem = read_problem(solomon(file))
    plan = planned(problem)
    assert plan.unserved == []
    # a van takes 20, so 1 and 2 are on two
    assert cost(problem, plan).total == min(_length((1, 3), (2,)), _length((3, 1), (2,)), _length((2, 3), (1,)), _length((3, 2), (1,)))


def _length(*routes: tuple[int, ...]) -> int:
    points = {0: (40, 50), 1: (43, 54), 2: (41, 51), 3: (40, 60)}
    legs = [leg for route in routes for leg in zip((0, *route), (*route, 0), strict=True)]
    return sum(int(10 * hypot(points[a][0] - points[b][0], points[a][1] - points[b][1]) + 1e-9) for a, b in legs)


def test_an_order_that_can_be_driven_stays_and_what_the_law_forbids_is_taken_out() -> None:
    day = instance(25, 2)
    plan = planned(day)
    again, out = sound(day, orders_of(plan))
    assert out == 0
    assert cost(day, again).total == pytest.approx(cost(day, plan).total)
    orders = orders_of(plan)
    who = next(iter(orders))
    unable = next(job for job in day.jobs if not any(one.id == who for one in _able_people(day, job)))
    orders[who].insert(0, (Kind.JOB, unable.id))
    for other in set(orders) - {who}:
        orders[other] = [stop for stop in orders[other] if stop[1] != unable.id or stop[0] is not Kind.JOB]
    without, out = sound(day, orders)
    assert out == 1
    assert unable.id in without.unserved


def _able_people(day: Problem, job: Job) -> list[object]:
    return [one for one in day.technicians if all(one.skills.get(skill, 0) >= level for skill, level in job.skills.items())]


def test_an_engine_is_asked_in_whole_seconds_that_it_cannot_be_early_by() -> None:
    day = instance(25, 1)
    spots, goods = Spots(day), Goods(day)
    assert all(
        0 <= spots.ways[a][b] - day.travel[first][second] < 1
        for a, first in enumerate(spots.places)
        for b, second in enumerate(spots.places)
    )
    for job, who in zip(day.jobs, able(day), strict=True):
        assert {day.technicians[number].id for number in who} == {one.id for one in _able_people(day, job)}  # type: ignore[attr-defined]
        assert sum(goods.needs(job)) == sum(job.parts.values()) + len(job.tools)


def test_lunch_is_cut_out_of_the_day_where_an_engine_knows_none() -> None:
    cut = _without_break(instance(25, 1))  # half an hour between half past eleven and half past one
    assert [cut(hour * 3600) / 3600 for hour in (8, 12, 13, 14, 17)] == [8, 12, 12.5, 13.5, 16.5]
    none = _without_break(replace(instance(25, 1), technicians=[replace(one, rest=None) for one in instance(25, 1).technicians]))
    assert none(61_200) == 61_200
