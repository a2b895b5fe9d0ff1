"""The law finds every fault that is planted into a sound plan, names it alone, and finds none in the sound one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

import pytest

from dispatch.planning.faults import Code
from dispatch.planning.problem import Kind, Plan, Problem, Route
from dispatch.planning.simulating import check, cost
from dispatch.planning.timing import Timetable
from tests.depth import DEPTH, examples
from tests.dispatch.planning.making import CREW_JOB, make
from tests.dispatch.planning.planting import PLANTS


def test_there_is_a_fault_to_plant_for_every_code() -> None:
    assert {code for code, _ in PLANTS.values()} == set(Code)


def test_plans_with_every_fault() -> None:
    """150 plans in about a second; from CALLOUT_TEST_DEPTH=2 on the whole thousand, which takes six."""
    number = 150 if DEPTH == 1 else max(1000, examples(150))
    planted = _plant_into(range(1000, 1000 + number))
    print("\n".join(f"{name:40} {count:5} planted, each named" for name, count in sorted(planted.items())))
    assert all(count > number / 10 for count in planted.values())


def _plant_into(seeds: range) -> Counter[str]:
    """By kind how many faults were planted and found, over the plans made of `seeds`."""
    counts = Counter(dict.fromkeys(PLANTS, 0))
    for seed in seeds:
        random = Random(seed)
        problem, plan, _ = make(random)
        assert check(problem, plan) == [], seed
        for name, (code, plant) in PLANTS.items():
            planted = plant(problem, plan, random)
            if planted is None:
                continue
            faults = check(planted.problem, planted.plan)
            assert {fault.code for fault in faults} == {code}, (seed, name, list(map(str, faults)))
            assert any(_meant(fault.technician, fault.subject, planted.technician, planted.subject) for fault in faults), (
                seed,
                name,
                faults,
            )
            assert all(str(fault).endswith(".") and "%(" not in str(fault) for fault in faults)
            counts[name] += 1
    return counts


def _meant(technician: str | None, subject: str, wanted: str | None, about: str) -> bool:
    return subject == about and wanted in (None, technician)


def test_what_is_scheduled_again_passes_the_law_and_is_no_later() -> None:
    for seed in range(150):
        problem, plan, again = _scheduled_again(seed)
        assert check(problem, again) == [], seed
        assert cost(problem, again).lateness <= cost(problem, plan).lateness + 1e-6, seed


def test_no_later_departure_would_do() -> None:
    for seed in range(150):
        problem, _, again = _scheduled_again(seed)
        for route in again.routes:
            late = _driven(problem, route, route.depart)
            assert late == pytest.approx((route.back, *(stop.start for stop in route.stops))), seed
            assert _worse(problem, route, _driven(problem, route, route.depart + 1)), (seed, route)


def _scheduled_again(seed: int) -> tuple[Problem, Plan, Plan]:
    """A problem, the plan around which it was built, and the plan that follows from the same orders and the problem's bounds."""
    problem, plan, orders = make(Random(seed))
    table = Timetable(problem)
    starts = {stop.id: stop.start for route in plan.routes for stop in route.stops if stop.id == CREW_JOB}
    routes = []
    for place, technician in enumerate(problem.technicians):
        route = table.route(technician, orders[technician.id], starts=starts, brings={CREW_JOB} if place == 0 else ())
        assert isinstance(route, Route), (seed, str(route))
        routes.append(route)
    return problem, plan, Plan(routes=routes, unserved=plan.unserved)


def _driven(problem: Problem, route: Route, depart: float) -> tuple[float, ...]:
    """The return and the starts of who leaves at `depart` and begins everything as soon as it may be."""
    technician = next(one for one in problem.technicians if one.id == route.technician)
    jobs = {job.id: job for job in problem.jobs}
    at, now = technician.start_place, depart
    starts = []
    for stop in route.stops:
        if stop.kind is Kind.BREAK:
            assert technician.rest is not None
            place, opens, seconds = at, technician.rest.window[0], technician.rest.seconds
        elif stop.kind is Kind.WAREHOUSE:
            warehouse = problem.warehouses[int(stop.id)]
            place, opens, seconds = warehouse.place, now, warehouse.seconds
        else:
            job = jobs[stop.id]
            place, opens, seconds = job.place, stop.start if job.crew > 1 else job.earliest, job.seconds
        start = max(now + problem.travel[at][place], opens)
        starts.append(start)
        at, now = place, start + seconds
    return now + (0 if technician.end_place is None else problem.travel[at][technician.end_place]), *starts


def _worse(problem: Problem, route: Route, driven: Sequence[float]) -> bool:
    """Whether leaving so late costs a later return, more lateness, or a bound."""
    technician = next(one for one in problem.technicians if one.id == route.technician)
    jobs = {job.id: job for job in problem.jobs}
    if driven[0] > route.back + 1e-6:
        return True
    for stop, start in zip(route.stops, driven[1:], strict=True):
        if stop.kind is Kind.JOB:
            job = jobs[stop.id]
            limit = job.latest if job.due is None else min(job.latest, max(job.due, stop.start))
            limit = stop.start if job.crew > 1 else limit
        else:
            limit = technician.rest.window[1] if stop.kind is Kind.BREAK and technician.rest else float("inf")
        if start > limit + 1e-6:
            return True
    return False
