"""The law by hand: one small day, what each rule makes of it, what it costs. Places lie on a line: a way is the difference of two numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from dispatch.planning.faults import Code
from dispatch.planning.problem import Break, Job, Kind, Objective, Plan, Problem, Route, Stop, Technician, Warehouse
from dispatch.planning.simulating import before, check, cost
from dispatch.planning.ways import euclidean

# Places: 0 home at 0, 1 at 100, 2 at 250, 3 the warehouse at 300.
LINE = euclidean([(0, 0), (100, 0), (250, 0), (300, 0)])
ANA = Technician(id="ana@1", start_place=0, end_place=0, shift=(0, 2000), skills={"gas": 2}, stock={"p1": 1}, tools=frozenset({"ladder"}))
A = Job(id="a", place=1, seconds=60, parts={"p1": 1})
B = Job(id="b", place=2, seconds=100, parts={"p2": 2})
DEPOT = Warehouse(place=3, seconds=30, stock={"p2": 2}, tools=frozenset({"pump"}))
PROBLEM = Problem(travel=LINE, technicians=[ANA], jobs=[A, B], warehouses=[DEPOT])

# Leaves at 0; 100 to a, works 100-160; 200 to the warehouse, there 360-390; 50 back to b, works 440-540; 250 home: 790.
AT_A = Stop(kind=Kind.JOB, id="a", arrive=100, start=100, end=160)
AT_DEPOT = Stop(kind=Kind.WAREHOUSE, id="0", arrive=360, start=360, end=390, take={"p2": 2})
AT_B = Stop(kind=Kind.JOB, id="b", arrive=440, start=440, end=540)
DAY = Route(technician="ana@1", depart=0, back=790, stops=[AT_A, AT_DEPOT, AT_B])
PLAN = Plan(routes=[DAY])


def codes(problem: Problem, plan: Plan) -> list[tuple[Code, str | None, str]]:
    return [(fault.code, fault.technician, fault.subject) for fault in check(problem, plan)]


def with_stops(*stops: Stop, **changes: Any) -> Plan:
    return Plan(routes=[replace(DAY, stops=stops, **changes)])


def with_jobs(a: dict[str, Any] | None = None, b: dict[str, Any] | None = None, **changes: Any) -> Problem:
    return replace(PROBLEM, jobs=[replace(A, **(a or {})), replace(B, **(b or {}))], **changes)


def with_ana(**changes: Any) -> Problem:
    return replace(PROBLEM, technicians=[replace(ANA, **changes)])


def test_a_day_that_keeps_every_rule() -> None:
    assert check(PROBLEM, PLAN) == []
    spent = cost(PROBLEM, PLAN)
    assert (spent.duty, spent.travel) == (790, 600)  # 100 + 200 + 50 + 250
    assert spent.total == 790
    assert cost(replace(PROBLEM, objective=Objective.TRAVEL), PLAN).total == 600


@pytest.mark.parametrize(
    ("problem", "plan", "fault", "sentence"),
    [
        (
            with_jobs({"skills": {"weld": 1}}),
            PLAN,
            (Code.SKILL_MISSING, "ana@1", "a"),
            "ana@1 does job a without having the skill weld (level 1).",
        ),
        (with_jobs({"skills": {"gas": 3}}), PLAN, (Code.SKILL_LEVEL, "ana@1", "a"), "ana@1 has gas at level 2; job a needs level 3."),
        (with_ana(shift=(1, 2000)), PLAN, (Code.SHIFT_EARLY, "ana@1", ""), "ana@1 departs at 0, before the shift begins at 1."),
        (with_ana(shift=(0, 789.5)), PLAN, (Code.SHIFT_LATE, "ana@1", ""), "ana@1 is back at 790, after the shift ends at 789.5."),
        (
            with_jobs({"window": (101, 200)}),
            PLAN,
            (Code.WINDOW_EARLY, "ana@1", "a"),
            "Job a starts at 100, before its window opens at 101.",
        ),
        (with_jobs({"window": (-10, 99)}), PLAN, (Code.WINDOW_LATE, "ana@1", "a"), "Job a starts at 100, after its window closes at 99."),
        (with_jobs(b={"ready_at": 441}), PLAN, (Code.READY_AT, "ana@1", "b"), "Job b starts at 440, but is not ready before 441."),
        (
            with_jobs({"parts": {"p1": 2}}),
            PLAN,
            (Code.STOCK_VAN, "ana@1", "a"),
            "Job a needs 2 of part p1; the van of ana@1 holds 1 then.",
        ),
        # The parts are fetched after a: what comes later does not help.
        (with_jobs({"parts": {"p2": 1}}, {"parts": {}}), PLAN, (Code.STOCK_VAN, "ana@1", "a"), "holds 0 then."),
        (
            replace(PROBLEM, warehouses=[replace(DEPOT, stock={"p2": 1})]),
            PLAN,
            (Code.STOCK_WAREHOUSE, "ana@1", "0"),
            "Warehouse 0 has 1 of part p2; with what ana@1 takes it would give 2.",
        ),
        (
            replace(PROBLEM, warehouses=[replace(DEPOT, stock={})]),
            PLAN,
            (Code.STOCK_UNKNOWN, "ana@1", "0"),
            "Warehouse 0 does not keep part p2, of which ana@1 takes 2.",
        ),
        (
            PROBLEM,
            with_stops(AT_A, replace(AT_DEPOT, take={"p2": 2, "p1": -1}), AT_B),
            (Code.STOCK_NEGATIVE, "ana@1", "0"),
            "ana@1 takes -1 of part p1 at warehouse 0: less than nothing.",
        ),
        (
            with_jobs({"tools": frozenset({"pump"})}),
            PLAN,
            (Code.TOOL_MISSING, "ana@1", "a"),
            "Job a needs the tool pump; ana@1 does not have it then.",
        ),
        (with_jobs({"locked_start": 99}), PLAN, (Code.LOCK_START, "ana@1", "a"), "Job a is locked to the start 99; ana@1 starts at 100."),
        (with_jobs({"locked_to": "bo"}), PLAN, (Code.LOCK_TECHNICIAN, "ana@1", "a"), "Job a is locked to bo and planned without."),
        (
            PROBLEM,
            with_stops(AT_A, AT_DEPOT, replace(AT_B, arrive=380, start=380)),
            (Code.OVERLAP, "ana@1", "b"),
            "ana@1 starts job b at 380, before the stop before it ends at 390.",
        ),
        (
            PROBLEM,
            with_stops(AT_A, AT_DEPOT, replace(AT_B, arrive=439, start=439)),
            (Code.TRAVEL_ARRIVES, "ana@1", "b"),
            "ana@1 arrives at job b at 439; the way allows 440 at the earliest.",
        ),
        (
            PROBLEM,
            with_stops(AT_A, AT_DEPOT, replace(AT_B, start=430)),
            (Code.TRAVEL_STARTS, "ana@1", "b"),
            "ana@1 starts job b at 430, before arriving at 440.",
        ),
        (
            PROBLEM,
            with_stops(*DAY.stops, back=789),
            (Code.TRAVEL_BACK, "ana@1", ""),
            "ana@1 is back at 789; the way allows 790 at the earliest.",
        ),
        (
            PROBLEM,
            with_stops(AT_A, AT_DEPOT, replace(AT_B, end=539)),
            (Code.DURATION, "ana@1", "b"),
            "ana@1 ends job b after 99 seconds; it takes 100.",
        ),
        (with_ana(max_refills=0), PLAN, (Code.REFILLS, "ana@1", ""), "ana@1 stops at warehouses 1 times; 0 are allowed."),
        (
            replace(PROBLEM, warehouses=[replace(DEPOT, open=(0, 359))]),
            PLAN,
            (Code.WAREHOUSE_CLOSED, "ana@1", "0"),
            "ana@1 starts at warehouse 0 at 360; it is open from 0 to 359.",
        ),
        (
            PROBLEM,
            with_stops(AT_A, replace(AT_DEPOT, id="1"), AT_B),
            (Code.WAREHOUSE_UNKNOWN, "ana@1", "1"),
            "ana@1 stops at warehouse '1', which does not exist.",
        ),
        (
            with_ana(rest=Break(window=(300, 400), seconds=60)),
            PLAN,
            (Code.BREAK_MISSING, "ana@1", ""),
            "ana@1 is under way from 0 to 790 without the break that begins by 400.",
        ),
        (
            PROBLEM,
            with_stops(AT_A, Stop(kind=Kind.BREAK, id="", arrive=160, start=160, end=160), AT_DEPOT, AT_B),
            (Code.BREAK_NONE, "ana@1", ""),
            "ana@1 has no break, but one is planned.",
        ),
        (PROBLEM, replace(PLAN, unserved=["c"]), (Code.JOB_UNKNOWN, None, "c"), "Job 'c' does not exist."),
        (PROBLEM, replace(PLAN, unserved=["a"]), (Code.JOB_BOTH, "ana@1", "a"), "Job a is done and also among those not done."),
        (
            replace(PROBLEM, jobs=[A, B, Job(id="c", place=1, seconds=1)]),
            PLAN,
            (Code.JOB_NEITHER, None, "c"),
            "Job c is neither done nor among those not done.",
        ),
        (
            PROBLEM,
            Plan(routes=[replace(DAY, technician="eve")]),
            (Code.TECHNICIAN_UNKNOWN, "eve", ""),
            "Technician 'eve' does not exist.",
        ),
    ],
)
def test_each_rule_is_named(problem: Problem, plan: Plan, fault: tuple[Code, str | None, str], sentence: str) -> None:
    assert codes(problem, plan) == [fault]
    assert str(check(problem, plan)[0]).endswith(sentence)


def test_a_locked_start_wins_over_window_and_readiness() -> None:
    assert check(with_jobs({"locked_start": 100, "window": (500, 600), "ready_at": 300}), PLAN) == []


def test_rounding_is_forgiven_seconds_are_not() -> None:
    assert check(with_jobs({"window": (100.00001, 200)}), PLAN) == []
    assert not before(1.7e9, 1.7e9 + 0.0005)  # instants of our days, as seconds since 1970: a millisecond at most
    assert before(1.7e9, 1.7e9 + 0.002)


def test_a_break_needs_no_way_and_the_next_way_begins_where_it_was() -> None:
    # Work at a until 160; break 160-220 there; the 200 to the warehouse count from there: 420-450, b 500-600, home 850.
    problem = with_ana(rest=Break(window=(150, 200), seconds=60))
    pause = Stop(kind=Kind.BREAK, id="", arrive=160, start=160, end=220)
    depot, b = replace(AT_DEPOT, arrive=420, start=420, end=450), replace(AT_B, arrive=500, start=500, end=600)
    assert check(problem, with_stops(AT_A, pause, depot, b, back=850)) == []
    assert cost(problem, with_stops(AT_A, pause, depot, b, back=850)).travel == 600
    too_soon = replace(depot, arrive=419, start=419)
    assert codes(problem, with_stops(AT_A, pause, too_soon, b, back=850)) == [(Code.TRAVEL_ARRIVES, "ana@1", "0")]
    assert codes(with_ana(rest=Break(window=(170, 200), seconds=60)), with_stops(AT_A, pause, depot, b, back=850)) == [
        (Code.BREAK_EARLY, "ana@1", "")
    ]
    assert codes(with_ana(rest=Break(window=(150, 159), seconds=60)), with_stops(AT_A, pause, depot, b, back=850)) == [
        (Code.BREAK_LATE, "ana@1", "")
    ]
    assert codes(with_ana(rest=Break(window=(150, 200), seconds=61)), with_stops(AT_A, pause, depot, b, back=850)) == [
        (Code.DURATION, "ana@1", "")
    ]


def test_no_break_is_needed_by_who_is_back_or_leaves_when_its_window_closes() -> None:
    assert check(with_ana(rest=Break(window=(700, 790), seconds=60)), PLAN) == []
    later = [replace(stop, arrive=stop.arrive + 50, start=stop.start + 50, end=stop.end + 50) for stop in DAY.stops]
    assert check(with_ana(rest=Break(window=(0, 50), seconds=60)), with_stops(*later, depart=50, back=840)) == []


def test_an_unlimited_warehouse_gives_any_part_and_every_tool() -> None:
    problem = with_jobs(b={"parts": {"p9": 70}, "tools": frozenset({"crane"})}, warehouses=[replace(DEPOT, stock=None, tools=None)])
    assert check(problem, with_stops(AT_A, replace(AT_DEPOT, take={"p9": 70}), AT_B)) == []
    assert codes(problem, with_stops(AT_A, replace(AT_DEPOT, take={"p9": 69}), AT_B)) == [(Code.STOCK_VAN, "ana@1", "b")]


def test_the_stock_of_a_warehouse_is_shared_by_all_routes() -> None:
    # Bo takes the last 1 of p2 (2 in stock, Ana has 2 at 360): whoever comes second is named.
    bo = Technician(id="bo", start_place=3, shift=(0, 2000))
    late = Route(technician="bo", depart=400, back=430, stops=[replace(AT_DEPOT, arrive=400, start=400, end=430, take={"p2": 1})])
    problem = replace(PROBLEM, technicians=[ANA, bo])
    assert codes(problem, Plan(routes=[late, DAY])) == [(Code.STOCK_WAREHOUSE, "bo", "0")]
    early = Route(technician="bo", depart=0, back=30, stops=[replace(AT_DEPOT, arrive=0, start=0, end=30, take={"p2": 1})])
    assert codes(problem, Plan(routes=[early, DAY])) == [(Code.STOCK_WAREHOUSE, "ana@1", "0")]


def test_the_day_of_who_goes_nowhere_afterwards_ends_at_the_last_stop() -> None:
    problem = with_ana(end_place=None)
    assert check(problem, with_stops(*DAY.stops, back=540)) == []
    assert cost(problem, with_stops(*DAY.stops, back=540)).travel == 350
    assert codes(problem, with_stops(*DAY.stops, back=530)) == [(Code.TRAVEL_BACK, "ana@1", "")]


def test_a_route_without_stops_costs_nothing_and_breaks_nothing() -> None:
    plan = Plan(routes=[Route(technician="ana@1", depart=-50, back=9000, stops=[])], unserved=["a", "b"])
    assert check(PROBLEM, plan) == []
    assert cost(PROBLEM, plan).total == 40_000  # two jobs not done


def test_nobody_and_nothing_is_a_plan() -> None:
    assert check(Problem(travel=[], technicians=[], jobs=[]), Plan(routes=[])) == []


# Crews: Ana and Bo both start at place 1 and do one job there from 0 to 60.
PAIR = [Technician(id=id, start_place=1, shift=(0, 2000), skills={"gas": 1}) for id in ("ana", "bo")]
TOGETHER = Job(id="c", place=1, seconds=60, crew=2, skills={"gas": 1})


def crewed(stops: Sequence[Sequence[Stop]]) -> Plan:
    return Plan(
        routes=[
            Route(technician=one.id, depart=own[0].start, back=own[-1].end, stops=own) for one, own in zip(PAIR, stops, strict=False) if own
        ]
    )


def at(id: str, start: float) -> Stop:
    return Stop(kind=Kind.JOB, id=id, arrive=start, start=start, end=start + 60)


def test_a_crew_starts_together_and_is_complete() -> None:
    problem = Problem(travel=LINE, technicians=PAIR, jobs=[TOGETHER])
    assert check(problem, crewed([[at("c", 0)], [at("c", 0)]])) == []
    assert codes(problem, crewed([[at("c", 0)], []])) == [(Code.CREW_NUMBER, None, "c")]
    assert codes(problem, crewed([[at("c", 5)], [at("c", 0)]])) == [(Code.CREW_START, "ana", "c")]
    assert codes(problem, crewed([[at("c", 0), at("c", 60)], []])) == [(Code.CREW_START, "ana", "c"), (Code.JOB_TWICE, "ana", "c")]


def test_each_of_a_crew_has_the_skills() -> None:
    problem = Problem(travel=LINE, technicians=[PAIR[0], replace(PAIR[1], skills={})], jobs=[TOGETHER])
    assert codes(problem, crewed([[at("c", 0)], [at("c", 0)]])) == [(Code.SKILL_MISSING, "bo", "c")]


def test_one_of_a_crew_brings_all_parts_and_tools() -> None:
    both = crewed([[at("c", 0)], [at("c", 0)]])
    job = replace(TOGETHER, parts={"p1": 1, "p2": 1}, tools=frozenset({"pump"}))
    laden = replace(PAIR[1], stock={"p1": 1, "p2": 1}, tools=frozenset({"pump"}))
    assert check(Problem(travel=LINE, technicians=[PAIR[0], laden], jobs=[job]), both) == []
    # Each brings one of two parts: nobody brings all.
    halves = [replace(PAIR[0], stock={"p1": 1}), replace(laden, stock={"p2": 1})]
    assert codes(Problem(travel=LINE, technicians=halves, jobs=[job]), both) == [(Code.CREW_PARTS, None, "c")]
    toolless = [PAIR[0], replace(laden, tools=frozenset())]
    assert codes(Problem(travel=LINE, technicians=toolless, jobs=[job]), both) == [(Code.CREW_TOOLS, None, "c")]


def test_who_brings_the_parts_of_a_crew_is_chosen_so_that_the_later_jobs_have_theirs() -> None:
    # Both have one p1. c needs one; Ana's own job d another afterwards, so Bo brings c's.
    jobs = [replace(TOGETHER, parts={"p1": 1}), Job(id="d", place=1, seconds=60, parts={"p1": 1})]
    people = [replace(one, stock={"p1": 1}) for one in PAIR]
    plan = crewed([[at("c", 0), at("d", 60)], [at("c", 0)]])
    assert check(Problem(travel=LINE, technicians=people, jobs=jobs), plan) == []
    assert codes(Problem(travel=LINE, technicians=[people[0], PAIR[1]], jobs=jobs), plan) == [(Code.CREW_PARTS, None, "c")]


def test_every_choice_of_who_brings_is_tried_when_the_obvious_one_fails() -> None:
    # Ana has 2 p1, Bo 1. Whoever has most left brings c's p1: Ana, who then has 1 p1. e needs 2 p1: only Ana could bring them.
    jobs = [replace(TOGETHER, parts={"p1": 1}), replace(TOGETHER, id="e", parts={"p1": 2})]
    people = [replace(PAIR[0], stock={"p1": 2}), replace(PAIR[1], stock={"p1": 1})]
    plan = crewed([[at("c", 0), at("e", 60)], [at("c", 0), at("e", 60)]])
    assert check(Problem(travel=LINE, technicians=people, jobs=jobs), plan) == []


def test_what_a_plan_costs() -> None:
    # a is 20 late at 3 each; b was to be done by somebody else; c is not done: 700.
    jobs = [
        replace(A, due=80, lateness_cost=3, previous_technician="ana@7"),
        replace(B, due=440, previous_technician="bo@1"),
        Job(id="c", place=1, seconds=1, unserved_cost=700, previous_technician="bo@1"),
    ]
    spent = cost(replace(PROBLEM, jobs=jobs, change_cost=50), replace(PLAN, unserved=["c"]))
    assert (spent.lateness, spent.changes, spent.unserved) == (60, 50, 700)  # ana@7 is Ana on another day: no change
    assert spent.total == 790 + 60 + 50 + 700


def test_the_lateness_of_a_crew_counts_once_and_one_known_face_is_enough() -> None:
    job = replace(TOGETHER, due=10, previous_technician="bo")
    problem = Problem(travel=LINE, technicians=PAIR, jobs=[job], change_cost=50)
    spent = cost(problem, crewed([[at("c", 40)], [at("c", 40)]]))
    assert (spent.lateness, spent.changes, spent.duty) == (30, 0, 120)
