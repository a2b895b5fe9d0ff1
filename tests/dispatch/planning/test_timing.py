"""Times for an order of stops, by hand. All places lie on a line, so that a way is the difference of two numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dispatch.planning.faults import Code, Fault
from dispatch.planning.problem import Break, Job, Kind, Plan, Problem, Route, Technician, Warehouse
from dispatch.planning.simulating import check, cost
from dispatch.planning.timing import Order, schedule
from dispatch.planning.ways import euclidean

# Places: 0 home at 0, 1 at 100, 2 at 250, 3 the warehouse at 300.
LINE = euclidean([(0, 0), (100, 0), (250, 0), (300, 0)])
ANA = Technician(id="ana", start_place=0, end_place=0, shift=(0, 2000), stock={"p1": 1})
A, B = Job(id="a", place=1, seconds=60), Job(id="b", place=2, seconds=100)
DEPOT = Warehouse(place=3, seconds=30, stock={"p1": 2, "p2": 5}, tools=frozenset({"pump"}))
JOB_A, JOB_B, AT_DEPOT, PAUSE = (Kind.JOB, "a"), (Kind.JOB, "b"), (Kind.WAREHOUSE, "0"), (Kind.BREAK, "")


def problem(a: dict[str, Any] | None = None, b: dict[str, Any] | None = None, **ana: Any) -> Problem:
    jobs = [replace(A, **(a or {})), replace(B, **(b or {}))]
    return Problem(travel=LINE, technicians=[replace(ANA, **ana)], jobs=jobs, warehouses=[DEPOT])


def times(given: Problem, order: Order, **options: Any) -> tuple[float, list[float], float]:
    """Departure, starts, return; the law agrees with them."""
    route = schedule(given, given.technicians[0], order, **options)
    assert isinstance(route, Route), str(route)
    left = [job.id for job in given.jobs if (Kind.JOB, job.id) not in order]
    assert [fault for fault in check(given, Plan(routes=[route], unserved=left)) if fault.rule != "crew"] == []
    return route.depart, [stop.start for stop in route.stops], route.back


def refusal(given: Problem, order: Order, **options: Any) -> Fault:
    fault = schedule(given, given.technicians[0], order, **options)
    assert isinstance(fault, Fault)
    return fault


def test_everything_as_early_as_it_can_be() -> None:
    # 100 to a, works until 160; 150 to b: 310-410; 250 home: 660.
    assert times(problem(), [JOB_A, JOB_B]) == (0, [100, 310], 660)


def test_the_departure_waits_for_the_first_window() -> None:
    # a opens at 500: leaves at 400 rather than standing before the door. 560 + 150 = 710, until 810, home 1060.
    assert times(problem({"window": (500, 900)}), [JOB_A, JOB_B]) == (400, [500, 710], 1060)


def test_an_early_stop_moves_towards_a_later_window() -> None:
    # b opens at 1000: a may start at 1000 - 150 - 60 = 790, and Ana leave at 690; back at 1100 + 250 = 1350 as before.
    assert times(problem(b={"window": (1000, 1100)}), [JOB_A, JOB_B]) == (690, [790, 1000], 1350)


def test_an_early_stop_moves_only_until_its_own_window_closes() -> None:
    given = problem({"window": (0, 600)}, {"window": (1000, 1100)})
    assert times(given, [JOB_A, JOB_B]) == (500, [600, 1000], 1350)


def test_an_early_stop_moves_only_until_it_is_due_and_not_at_all_when_it_is_late() -> None:
    assert times(problem({"due": 300}, {"window": (1000, 1100)}), [JOB_A, JOB_B]) == (200, [300, 1000], 1350)
    late = problem({"due": 80}, {"window": (1000, 1100)})
    assert times(late, [JOB_A, JOB_B]) == (0, [100, 1000], 1350)  # 20 late, not more
    free = problem({"due": 80, "lateness_cost": 0}, {"window": (1000, 1100)})
    assert times(free, [JOB_A, JOB_B]) == (690, [790, 1000], 1350)  # its lateness costs nothing


def test_a_locked_start_is_kept() -> None:
    assert times(problem({"locked_start": 400}), [JOB_A, JOB_B]) == (300, [400, 610], 960)
    assert refusal(problem(b={"locked_start": 300}), [JOB_A, JOB_B]).code is Code.LOCK_START  # there at 310


def test_a_break_is_made_where_it_stands_in_the_order() -> None:
    # a until 160, break 200-260 beside it (and a moves to 140 for it), then 150 to b: 410-510, home 760.
    given = problem(rest=Break(window=(200, 400), seconds=60))
    assert times(given, [JOB_A, PAUSE, JOB_B]) == (40, [140, 200, 410], 760)
    assert refusal(given, [JOB_A, JOB_B]).code is Code.BREAK_MISSING
    assert refusal(given, [JOB_A, JOB_B, PAUSE]).code is Code.BREAK_LATE  # b ends at 410
    assert refusal(problem(), [JOB_A, PAUSE]).code is Code.BREAK_NONE


def test_who_need_not_leave_before_the_breaks_window_has_closed_needs_none() -> None:
    given = problem({"window": (600, 900)}, rest=Break(window=(200, 400), seconds=60))
    assert times(given, [JOB_A]) == (500, [600], 760)


def test_exactly_what_is_missing_is_taken() -> None:
    given = problem({"parts": {"p1": 1}}, {"parts": {"p1": 2, "p2": 3}})
    route = schedule(given, given.technicians[0], [JOB_A, AT_DEPOT, JOB_B])
    assert isinstance(route, Route)
    assert route.stops[1].take == {"p1": 2, "p2": 3}  # the van's own p1 went into a
    route = schedule(given, given.technicians[0], [AT_DEPOT, JOB_B])
    assert isinstance(route, Route)
    assert route.stops[0].take == {"p1": 1, "p2": 3}
    assert refusal(given, [JOB_B, AT_DEPOT]).facts == {"part": "p1", "needed": 2, "has": 1}


def test_what_others_took_is_not_there_any_more() -> None:
    given = problem(b={"parts": {"p2": 3}})
    assert times(given, [AT_DEPOT, JOB_B], left=[{"p2": 3}])
    assert refusal(given, [AT_DEPOT, JOB_B], left=[{"p2": 2}]).code is Code.STOCK_VAN
    assert times(given, [AT_DEPOT, JOB_B], left=[None])


def test_what_one_warehouse_has_too_few_of_comes_from_the_one_before() -> None:
    given = replace(problem(b={"parts": {"p2": 7}}, max_refills=2), warehouses=[DEPOT, Warehouse(place=1, stock={"p2": 3})])
    route = schedule(given, given.technicians[0], [AT_DEPOT, (Kind.WAREHOUSE, "1"), JOB_B])
    assert isinstance(route, Route)
    assert [stop.take for stop in route.stops] == [{"p2": 4}, {"p2": 3}, {}]
    assert check(given, Plan(routes=[route], unserved=["a"])) == []


def test_the_day_ends_where_the_technician_stays() -> None:
    assert times(problem(end_place=None), [JOB_A, JOB_B]) == (0, [100, 310], 410)


def test_an_empty_day_is_a_route_without_stops() -> None:
    given = problem()
    route = schedule(given, given.technicians[0], [])
    assert isinstance(route, Route)
    assert cost(given, Plan(routes=[route], unserved=["a", "b"])).duty == 0


@pytest.mark.parametrize(
    ("given", "order", "code"),
    [
        (problem({"skills": {"weld": 1}}), [JOB_A], Code.SKILL_MISSING),
        (problem({"skills": {"weld": 2}}, skills={"weld": 1}), [JOB_A], Code.SKILL_LEVEL),
        (problem({"tools": frozenset({"pump"})}), [JOB_A], Code.TOOL_MISSING),
        (problem({"tools": frozenset({"crane"})}), [AT_DEPOT, JOB_A], Code.TOOL_MISSING),
        (problem({"locked_to": "bo"}), [JOB_A], Code.LOCK_TECHNICIAN),
        (problem({"window": (0, 99)}), [JOB_A], Code.WINDOW_LATE),
        (problem({"window": (0, 300), "ready_at": 301}), [JOB_A], Code.WINDOW_LATE),
        (problem(shift=(0, 659)), [JOB_A, JOB_B], Code.SHIFT_LATE),
        (problem(max_refills=0), [AT_DEPOT], Code.REFILLS),
        (problem(), [(Kind.WAREHOUSE, "1")], Code.WAREHOUSE_UNKNOWN),
        (problem(), [(Kind.JOB, "z")], Code.JOB_UNKNOWN),
        (problem(), [JOB_A, JOB_A], Code.JOB_TWICE),
        (replace(problem(), warehouses=[replace(DEPOT, open=(0, 299))]), [AT_DEPOT], Code.WAREHOUSE_CLOSED),
    ],
)
def test_what_stops_a_day_is_named(given: Problem, order: Order, code: Code) -> None:
    assert refusal(given, order).code is code


def test_the_common_start_of_a_crew_is_kept_and_one_brings_the_parts() -> None:
    given = problem({"crew": 2, "parts": {"p1": 2}}, {"window": (1000, 1100)})
    assert times(given, [JOB_A, JOB_B], starts={"a": 500}) == (400, [500, 1000], 1350)
    assert refusal(given, [JOB_A, JOB_B], starts={"a": 50}).code is Code.CREW_START
    assert refusal(given, [JOB_A], starts={"a": 500}, brings={"a"}).code is Code.STOCK_VAN
    assert refusal(problem({"crew": 2, "window": (0, 400)}), [JOB_A], starts={"a": 500}).code is Code.WINDOW_LATE
