"""What the search promises: every plan is sound, the same seed gives the same plan, and tiny problems are solved as well as they can be."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from bench.plan_days import PARTS, instance
from dispatch.planning.faults import Code, Fault
from dispatch.planning.problem import Break, Job, Kind, Objective, Plan, Problem, Technician, Warehouse
from dispatch.planning.search import Progress, replan, solve, solving, splitting
from dispatch.planning.search.replanning import changed
from dispatch.planning.simulating import check, cost
from dispatch.planning.timing import Timetable
from tests.dispatch.planning.chance import problem_by_chance

AMPLE = 3600.0  # where a number of rounds ends the search
LINE = [[abs(a - b) * 600.0 for b in range(6)] for a in range(6)]  # places on a road, ten minutes apart


def technician(id: str = "li", **facts: object) -> Technician:
    return Technician(**{"id": id, "start_place": 0, "end_place": 0, "shift": (0, 36_000), **facts})  # type: ignore[arg-type]


def job(id: str, place: int = 1, **facts: object) -> Job:
    return Job(**{"id": id, "place": place, "seconds": 1800, **facts})  # type: ignore[arg-type]


def problem(technicians: list[Technician], jobs: list[Job], **facts: object) -> Problem:
    return Problem(**{"travel": LINE, "technicians": technicians, "jobs": jobs, **facts})  # type: ignore[arg-type]


def solved(problem: Problem, rounds: int = 300, **options: object) -> Plan:
    plan = solve(problem, seconds=AMPLE, iterations=rounds, **options).plan  # type: ignore[arg-type]
    assert check(problem, plan) == []
    return plan


def times(plan: Plan) -> dict[str, list[tuple[str, float]]]:
    """By job: who starts it when."""
    found: dict[str, list[tuple[str, float]]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is Kind.JOB:
                found.setdefault(stop.id, []).append((route.technician, stop.start))
    return found


@pytest.mark.parametrize("first", range(0, 200, 25))
def test_plans_of_random_problems_are_sound_and_cost_what_the_search_thought(first: int) -> None:
    for seed in range(first, first + 25):
        random = problem_by_chance(seed, wild=seed % 3 > 0)
        at_once = solve(random, seconds=0)
        assert check(random, at_once.plan) == [], seed
        reported: list[Progress] = []
        searched = solve(random, seconds=AMPLE, iterations=60, report=reported.append)
        assert check(random, searched.plan) == [], seed
        assert cost(random, searched.plan).total <= cost(random, at_once.plan).total + 1e-6, seed
        if reported:  # where a break is best the law may find a little better
            assert cost(random, searched.plan).total <= reported[-1].cost + 1e-3, seed


def test_time_ends_a_search() -> None:
    solution = solve(instance(25, 1), seconds=0.2)
    assert check(instance(25, 1), solution.plan) == []
    assert 0.15 < solution.seconds_used < 2
    assert solution.iterations > 5
    assert not solution.partial


def test_the_same_seed_gives_the_same_plan_and_more_rounds_a_better_one() -> None:
    day = instance(25, 2)
    once, again = (solve(day, seconds=AMPLE, iterations=150).plan for _ in range(2))
    assert once == again
    assert cost(day, solve(day, seconds=AMPLE, iterations=150, seed=2).plan) != cost(day, solve(day, seconds=0).plan)
    assert cost(day, once).total < cost(day, solve(day, seconds=0).plan).total


def test_a_search_can_be_stopped_and_tells_how_far_it_is() -> None:
    reported: list[Progress] = []
    solution = solve(instance(25, 1), seconds=AMPLE, report=reported.append, stop=lambda: len(reported) == 3)
    assert len(reported) == 3
    assert [one.iterations for one in reported] == sorted(one.iterations for one in reported)
    assert check(instance(25, 1), solution.plan) == []


def test_a_plan_given_is_where_it_begins() -> None:
    day = instance(25, 1)
    good = solve(day, seconds=AMPLE, iterations=400).plan
    assert cost(day, solve(day, seconds=0, start=good).plan).total <= cost(day, good).total + 1e-3
    fewer = replace(day, technicians=day.technicians[1:])  # one is ill: the others keep what they have
    kept = solve(fewer, seconds=0, start=good).plan
    assert check(fewer, kept) == []
    before, after = times(good), times(kept)
    ill = day.technicians[0].id
    assert all(after[id][0][0] == who for id, [(who, _)] in before.items() if who != ill)


@pytest.mark.parametrize("seed", range(60))
def test_tiny_problems_are_solved_to_the_optimum(seed: int) -> None:
    tiny = problem_by_chance(1000 + seed, most_jobs=4, most_technicians=2, wild=False)
    endless = [replace(one, stock=None if one.stock else {}) for one in tiny.warehouses]  # so that routes can be looked at one by one
    tiny = replace(tiny, warehouses=endless)
    least = cheapest(tiny)
    assert cost(tiny, solved(tiny, rounds=2000)).total == pytest.approx(least, abs=1e-3)


def cheapest(tiny: Problem) -> float:
    """The cost of the best plan, all orders tried, with breaks and stops at warehouses at every place."""
    timetable = Timetable(tiny)
    best = sum(one.unserved_cost for one in tiny.jobs)
    routes: list[list[tuple[frozenset[str], list[object]]]] = []
    for one in tiny.technicians:
        found: list[tuple[frozenset[str], list[object]]] = [(frozenset(), [])]
        for size in range(1, len(tiny.jobs) + 1):
            for order in itertools.permutations(tiny.jobs, size):
                for stops in with_stops(one, [(Kind.JOB, each.id) for each in order], len(tiny.warehouses)):
                    driven = [timetable.route(one, stops)]
                    if not isinstance(driven[0], Fault) or driven[0].code is Code.BREAK_MISSING:  # a break only makes it later
                        driven += [timetable.route(one, each) for each in with_break(one, stops)]
                    found += [(frozenset(each.id for each in order), [route]) for route in driven if not isinstance(route, Fault)]
        routes.append(found)
    prices = [
        {served: min(price(tiny, taken) for done, taken in found if done == served) for served in {done for done, _ in found}}
        for found in routes
    ]
    for choice in itertools.product(*(list(one.items()) for one in prices)):
        served = [id for done, _ in choice for id in done]
        if len(served) == len(set(served)):
            left = sum(one.unserved_cost for one in tiny.jobs if one.id not in served)
            best = min(best, left + sum(paid for _, paid in choice))
    return best


def with_stops(one: Technician, order: list[tuple[Kind, str]], warehouses: int) -> list[list[tuple[Kind, str]]]:
    """The order with up to `max_refills` stops at warehouses, everywhere they can be."""
    orders, fresh = [order], [order]
    for _ in range(min(one.max_refills, warehouses and 2)):
        fresh = [
            [*each[:at], (Kind.WAREHOUSE, str(number)), *each[at:]]
            for each in fresh
            for at in range(len(each) + 1)
            for number in range(warehouses)
        ]
        orders = orders + fresh
    return orders


def with_break(one: Technician, order: list[tuple[Kind, str]]) -> list[list[tuple[Kind, str]]]:
    """The order with the break at every place, when there is one."""
    return [] if one.rest is None else [[*order[:at], (Kind.BREAK, ""), *order[at:]] for at in range(len(order) + 1)]


def price(tiny: Problem, routes: list[object]) -> float:
    plan = Plan(routes=routes, unserved=())  # type: ignore[arg-type]
    costs = cost(tiny, plan)
    return costs.total - costs.unserved


def test_a_crew_starts_together_and_one_of_it_brings_the_parts() -> None:
    heavy = job("heavy", 3, crew=2, parts={"motor": 1}, skills={"lift": 2})
    able = {"skills": {"lift": 2}}
    pair = problem([technician("li", **able), technician("wu", **able, stock={"motor": 1}), technician("an")], [heavy, job("light", 1)])
    starts = times(solved(pair))["heavy"]
    assert sorted(who for who, _ in starts) == ["li", "wu"]
    assert starts[0][1] == starts[1][1]
    alone = problem([technician("li", **able), technician("an")], [heavy])
    assert solved(alone).unserved == ["heavy"]


def test_locks_are_kept() -> None:
    locked = [
        job("a", 1, locked_to="wu"),
        job("b", 5, locked_start=9000),
        job("c", 2, crew=2, locked_to="an"),
        job("d", 1, locked_to="nobody"),
    ]
    people = [technician("li"), technician("wu"), technician("an")]
    plan = solved(problem(people, locked))
    found = times(plan)
    assert [who for who, _ in found["a"]] == ["wu"]
    assert found["b"][0][1] == 9000
    assert "an" in [who for who, _ in found["c"]]
    assert plan.unserved == ["d"]


def test_what_a_warehouse_has_is_shared() -> None:
    people = [technician("li"), technician("wu")]
    jobs = [job(str(number), number % 5 + 1, parts={"fuse": 2}) for number in range(6)]
    plan = solved(problem(people, jobs, warehouses=[Warehouse(place=0, stock={"fuse": 7})]))
    assert len(plan.unserved) == 3
    assert sum(stop.take.get("fuse", 0) for route in plan.routes for stop in route.stops) == 6


def test_tools_are_fetched() -> None:
    jobs = [job("a", 4, tools=frozenset({"crane"})), job("b", 2)]
    shop = Warehouse(place=1, tools=frozenset({"crane"}), seconds=60)
    plan = solved(problem([technician()], jobs, warehouses=[Warehouse(place=0, tools=frozenset()), shop]))
    assert not plan.unserved
    assert [stop.id for stop in plan.routes[0].stops if stop.kind is Kind.WAREHOUSE] == ["1"]
    assert solved(problem([technician(max_refills=0)], jobs, warehouses=[shop])).unserved == ["a"]


def test_a_break_is_made_where_one_is_needed() -> None:
    lunch = Break(window=(10_800, 14_400), seconds=1800)
    jobs = [job(str(number), number % 5 + 1, seconds=3000) for number in range(7)]
    plan = solved(problem([technician(rest=lunch)], jobs))
    assert [stop.kind for stop in plan.routes[0].stops].count(Kind.BREAK) == 1
    short = solved(problem([technician(rest=lunch)], jobs[:2]))
    assert Kind.BREAK not in [stop.kind for stop in short.routes[0].stops]


def test_of_breaks_that_cost_the_same_the_earlier_one_over_is_kept() -> None:
    """Before a the break would be waited for, which a later departure makes good: then c came too late."""
    lunch = Break(window=(1000, 4000), seconds=600)
    jobs = [job("a", 1, window=(0, 4000)), job("b", 2, window=(0, 5000)), job("c", 3, window=(6000, 6100))]
    assert not solved(problem([technician(rest=lunch)], jobs)).unserved


def test_the_same_person_keeps_a_job_unless_another_saves_more() -> None:
    people = [technician("li@1"), technician("wu", start_place=2, end_place=2)]
    for change_cost, who in ((3000.0, "li@1"), (10.0, "wu")):
        jobs = [job("a", 2, previous_technician="li@7")]
        assert [one for one, _ in times(solved(problem(people, jobs, change_cost=change_cost)))["a"]] == [who]


def test_no_more_jobs_change_hands_than_may_however_much_it_would_save() -> None:
    people = [technician("li@1"), technician("wu", start_place=5, end_place=5)]
    jobs = [job(str(number), 5, previous_technician="li@7") for number in range(4)]  # all are at wu's door
    day = problem(people, jobs, change_cost=10.0)
    assert len(changed(day, solved(day))) == 4
    for most in range(5):
        plan = replan(day, seconds=0.06, most_changes=most).plan
        assert check(day, plan) == []
        assert len(changed(day, plan)) <= most
        assert plan.unserved == []
    shares: list[float] = []
    replan(day, seconds=0.9, most_changes=0, report=lambda progress: shares.append(progress.share), stop=lambda: len(shares) > 6)
    assert (shares, len(shares)) == (sorted(shares), 7)
    swapped = solved(replace(day, change_cost=0.0))  # a plan given may have changed hands already
    kept = replan(day, seconds=0, most_changes=0, start=swapped).plan
    assert not changed(day, kept)
    assert kept.unserved == []


def test_what_would_have_to_change_hands_is_left_rather_than_given_away() -> None:
    ill = problem([technician("wu")], [job("a", previous_technician="li"), job("b")], change_cost=0.0)
    assert replan(ill, seconds=0.04, most_changes=0).plan.unserved == ["a"]
    assert replan(ill, seconds=0.04, most_changes=1).plan.unserved == []


def test_a_crew_has_changed_when_nobody_is_the_one_who_was_to_come() -> None:
    people = [technician("li"), technician("wu"), technician("an")]
    for before, moved in (("li@2", set()), ("eve", {"heavy"})):
        day = problem(people[:2], [job("heavy", crew=2, previous_technician=before)])
        assert changed(day, solved(day)) == moved


def test_the_departure_waits_for_the_first_window() -> None:
    plan = solved(problem([technician()], [job("a", 2, window=(9000, 9000))]))
    assert (plan.routes[0].depart, plan.routes[0].back) == (7800, 12_000)


@pytest.mark.parametrize("objective", list(Objective))
def test_nothing_to_do_and_nobody_to_do_it(objective: Objective) -> None:
    assert solve(problem([technician()], [], objective=objective), seconds=0.1).plan == Plan(routes=[], unserved=[])
    assert solve(problem([], [job("a"), job("b")], objective=objective), seconds=0.1).plan.unserved == ["a", "b"]
    assert solve(problem([], [], objective=objective), seconds=0.1).plan.unserved == []


def test_large_problems_are_cut_into_regions_that_share_what_is_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting, "MOST_TOGETHER", 40)
    monkeypatch.setattr(splitting, "REGION", 25)
    day = instance(100, 1)
    locked = [replace(one, locked_to=day.technicians[at].id, skills={}) for at, one in enumerate(day.jobs[:3])]
    scarce = [replace(one, stock=dict.fromkeys(PARTS, 2)) for one in day.warehouses]
    day = replace(day, jobs=[*locked, *day.jobs[3:]], warehouses=scarce)
    reported: list[Progress] = []
    solution = solve(day, seconds=AMPLE, iterations=100, report=reported.append)
    assert check(day, solution.plan) == []
    assert len(solution.plan.unserved) < 40
    assert not solution.partial
    assert [one.share for one in reported] == sorted(one.share for one in reported)
    again = solve(day, seconds=AMPLE, iterations=100, start=solution.plan)
    assert check(day, again.plan) == []
    assert cost(day, again.plan).total <= cost(day, solution.plan).total + 1e-3


def test_an_answer_that_is_cut_short_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "MOST_BY_REGRET", 10)
    day = instance(100, 1)
    solution = solve(day, seconds=AMPLE, stop=lambda: True)
    assert solution.partial
    assert check(day, solution.plan) == []
    monkeypatch.setattr(splitting, "MOST_TOGETHER", 40)
    assert solve(day, seconds=AMPLE, stop=lambda: True).plan.unserved == [job.id for job in day.jobs]
