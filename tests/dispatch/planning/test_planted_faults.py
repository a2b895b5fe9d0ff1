"""The law finds every fault that is planted into a sound plan, names it alone, and finds none in the sound one."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from dispatch.planning.faults import Code
from dispatch.planning.problem import Plan, Route
from dispatch.planning.simulating import check, cost
from dispatch.planning.timing import Timetable
from tests.dispatch.planning.making import CREW_JOB, make
from tests.dispatch.planning.planting import PLANTS


def test_there_is_a_fault_to_plant_for_every_code() -> None:
    assert {code for code, _ in PLANTS.values()} == set(Code)


def test_sixty_plans_with_every_fault() -> None:
    assert all(planted > 0 for planted in _plant_into(range(60)).values())


@pytest.mark.slow
def test_a_thousand_plans_with_every_fault() -> None:
    planted = _plant_into(range(1000, 2000))
    print("\n".join(f"{name:40} {count:5} planted, each named" for name, count in sorted(planted.items())))
    assert all(count > 100 for count in planted.values())


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


def test_what_is_scheduled_again_passes_the_law_and_costs_no_more() -> None:
    for seed in range(150):
        problem, plan, orders = make(Random(seed))
        table = Timetable(problem)
        starts = {stop.id: stop.start for route in plan.routes for stop in route.stops if stop.id == CREW_JOB}
        routes = []
        for place, technician in enumerate(problem.technicians):
            route = table.route(technician, orders[technician.id], starts=starts, brings={CREW_JOB} if place == 0 else ())
            assert isinstance(route, Route), (seed, str(route))
            routes.append(route)
        again = Plan(routes=routes, unserved=plan.unserved)
        assert check(problem, again) == [], seed
        assert cost(problem, again).lateness <= cost(problem, plan).lateness + 1e-6, seed
