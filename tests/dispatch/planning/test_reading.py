"""The JSON of `plan solve`: what is read, what is written again, and what is refused in which words."""

from __future__ import annotations

import json
import tracemalloc
from copy import deepcopy
from random import Random
from typing import Any

import pytest

from dispatch.planning.problem import Break, Job, Objective, Technician, Warehouse
from dispatch.planning.reading import PlanInputError, read_plan, read_problem, write_plan
from tests.dispatch.planning.making import make

WHOLE: dict[str, Any] = {
    "travel": {"kind": "euclidean"},
    "places": [[0, 0], [3, 4], [0, 1.5]],
    "objective": "travel",
    "warehouses": [{"place": 2, "seconds": 30, "stock": {"p1": 4}, "tools": ["t1"], "open": [0, 900]}],
    "technicians": [
        {
            "id": "li@2",
            "start_place": 0,
            "end_place": 0,
            "shift": [0, 1000],
            "skills": {"s1": 2},
            "stock": {"p1": 2},
            "tools": ["t1"],
            "max_refills": 2,
            "break": {"window": [400, 500], "seconds": 60},
        }
    ],
    "jobs": [
        {
            "id": "a",
            "place": 1,
            "seconds": 100,
            "window": [-50, 600],
            "due": 300,
            "lateness_cost": 2,
            "skills": {"s1": 1},
            "parts": {"p1": 1},
            "tools": ["t2"],
            "unserved_cost": 500,
            "ready_at": 10,
            "crew": 2,
            "locked_to": "li@2",
            "locked_start": 120.5,
            "previous_technician": "wu@1",
        },
        {"id": "b", "place": 0, "seconds": 0},
    ],
    "change_cost": 600,
}
SMALL: dict[str, Any] = {"travel": {"kind": "euclidean"}, "places": [[0, 0]], "technicians": [], "jobs": []}


def changed(path: str, value: object) -> dict[str, Any]:
    """WHOLE with the value at a path as `jobs.0.window`; `…` takes the key away."""
    data = deepcopy(WHOLE)
    at: Any = data
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        at = at[step]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return data


def test_everything_is_read() -> None:
    problem = read_problem(WHOLE)
    assert problem.travel[0][1] == problem.travel[1][0] == 5  # 3, 4, 5
    assert problem.travel[2][2] == 0
    assert problem.objective is Objective.TRAVEL
    assert problem.change_cost == 600
    assert problem.warehouses == [Warehouse(place=2, seconds=30, stock={"p1": 4}, tools=frozenset({"t1"}), open=(0, 900))]
    assert problem.technicians == [
        Technician(
            id="li@2",
            start_place=0,
            end_place=0,
            shift=(0, 1000),
            skills={"s1": 2},
            stock={"p1": 2},
            tools=frozenset({"t1"}),
            max_refills=2,
            rest=Break(window=(400, 500), seconds=60),
        )
    ]
    assert problem.jobs[0] == Job(
        id="a",
        place=1,
        seconds=100,
        window=(-50, 600),
        due=300,
        lateness_cost=2,
        skills={"s1": 1},
        parts={"p1": 1},
        tools=frozenset({"t2"}),
        unserved_cost=500,
        ready_at=10,
        crew=2,
        locked_to="li@2",
        locked_start=120.5,
        previous_technician="wu@1",
    )
    assert problem.jobs[1] == Job(id="b", place=0, seconds=0)


def test_what_has_a_default_may_be_left_out_and_null_means_unlimited() -> None:
    data = {**SMALL, "warehouses": [{"place": 0, "stock": None, "tools": None, "open": None}]}
    problem = read_problem(data)
    assert problem.warehouses == [Warehouse(place=0)]
    assert (problem.objective, problem.change_cost, len(problem.technicians), len(problem.jobs)) == (Objective.DUTY, 0, 0, 0)
    assert len(read_problem({**SMALL, "places": []}).travel) == 0


def test_ways_along_the_earth_have_defaults() -> None:
    # One degree of latitude: 6371.0088 km × π / 180 = 111.195 km; × 1.3 / 35 km/h × 3600 = 14,868.4 s; + 120 s.
    data = {**SMALL, "travel": {"kind": "haversine"}, "places": [[13, 52], [13, 53], [13, 52]]}
    problem = read_problem(data)
    assert problem.travel[0][1] == pytest.approx(14_988.4, abs=0.1)
    assert problem.travel[0][2] == 0  # the same house
    quick = {**data, "travel": {"kind": "haversine", "speed_kmh": 70, "road_factor": 1, "fixed_s": 0}}
    assert read_problem(quick).travel[1][0] == pytest.approx(111.195 / 70 * 3600, abs=0.1)
    with pytest.raises(PlanInputError, match=r"^places\[0\]: must be \[longitude, latitude\] in degrees, found \[13.0, 95.0\]\.$"):
        read_problem({**data, "places": [[13, 95]]})


def test_a_matrix_is_taken_as_it_is() -> None:
    data = {"travel": {"kind": "matrix", "seconds": [[0, 7.5], [9, 0]]}, "technicians": [], "jobs": [{"id": "a", "place": 1, "seconds": 1}]}
    problem = read_problem(data)
    assert (problem.travel[0][1], problem.travel[1][0]) == (7.5, 9)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("travel", ..., "travel: is missing."),
        ("travel", "euclidean", "travel: must be an object, found 'euclidean'."),
        ("travel.kind", "flying", "travel.kind: must be 'euclidean' or 'haversine' or 'matrix', found 'flying'."),
        ("travel.speed_kmh", 3, "travel.speed_kmh: is not a key that is known here."),
        ("travel", {"kind": "haversine", "speed_kmh": 0}, "travel.speed_kmh: must be more than 0, found 0."),
        ("travel", {"kind": "matrix"}, "travel.seconds: is missing."),
        ("travel", {"kind": "matrix", "seconds": [[0]]}, "travel.seconds: must have as many rows as there are places, 3, found 1."),
        (
            "travel",
            {"kind": "matrix", "seconds": [[0, 1], [2]]},
            "travel.seconds[1]: must be a row of 2 numbers, as many as there are rows, found [2].",
        ),
        ("travel", {"kind": "matrix", "seconds": [[0, -1], [2, 0]]}, "travel.seconds[0][1]: must be a finite number, 0 or more, found -1."),
        (
            "travel",
            {"kind": "matrix", "seconds": [[0, None], [2, 0]]},
            "travel.seconds[0][1]: must be a finite number, 0 or more, found None.",
        ),
        ("places", ..., "places: is missing."),
        ("places", [[0, 0], [1]], "places[1]: must be two finite numbers [x, y], found [1]."),
        ("places", [[0, 0], [1, float("nan")]], "places[1]: must be two finite numbers [x, y], found [1, nan]."),
        ("objective", "money", "objective: must be 'duty' or 'travel', found 'money'."),
        ("colour", "red", "colour: is not a key that is known here."),
        ("change_cost", -1, "change_cost: must be 0 or more, found -1."),
        ("technicians", ..., "technicians: is missing."),
        ("technicians", {}, "technicians: must be a list."),
        ("technicians.0", 7, "technicians[0]: must be an object."),
        ("technicians.0.id", 7, "technicians[0].id: must be a text that is not empty, found 7."),
        ("technicians.0.shift", None, "technicians[0].shift: must not be null."),
        ("technicians.0.shift", [5, 4], "technicians[0].shift: must not end before it starts, found [5, 4]."),
        ("technicians.0.start_place", 3, "technicians[0].start_place: must be the number of one of the 3 places, counted from 0, found 3."),
        ("technicians.0.end_place", -1, "technicians[0].end_place: must be a whole number, 0 or more, found -1."),
        ("technicians.0.break.minutes", 3, "technicians[0].break.minutes: is not a key that is known here."),
        ("technicians.0.stock", {"p1": -2}, "technicians[0].stock.p1: must be a whole number, 0 or more, found -2."),
        ("technicians.0.stock", {"p1": 0.5}, "technicians[0].stock.p1: must be a whole number, 0 or more, found 0.5."),
        ("technicians.0.max_refills", True, "technicians[0].max_refills: must be a whole number, 0 or more, found True."),
        ("warehouses.0.place", 9, "warehouses[0].place: must be the number of one of the 3 places, counted from 0, found 9."),
        ("warehouses.0.tools", "t1", "warehouses[0].tools: must be a list of names, found 't1'."),
        ("jobs.0.id", "b", "jobs[1].id: must be an id of its own, jobs[0] has the same, found 'b'."),
        ("jobs.0.place", "here", "jobs[0].place: must be a whole number, 0 or more, found 'here'."),
        ("jobs.0.seconds", -1, "jobs[0].seconds: must be 0 or more, found -1."),
        ("jobs.0.seconds", float("inf"), "jobs[0].seconds: must be a finite number, found inf."),
        ("jobs.0.due", float("nan"), "jobs[0].due: must be a finite number, found nan."),
        ("jobs.0.due", 10**400, "jobs[0].due: must be a finite number, found 1" + "0" * 76 + "…."),
        ("jobs.0.window", [600, 599], "jobs[0].window: must not end before it starts, found [600, 599]."),
        ("jobs.0.window", [1, 2, 3], "jobs[0].window: must be two finite numbers [from, until], found [1, 2, 3]."),
        ("jobs.0.parts", ["p1"], "jobs[0].parts: must be an object of names and whole numbers, found ['p1']."),
        ("jobs.0.crew", 0, "jobs[0].crew: must be a whole number, 1 or more, found 0."),
        ("jobs.0.locked_to", "nobody", "jobs[0].locked_to: must be the id of one of the technicians, found 'nobody'."),
        ("jobs.1.locked_to", "", "jobs[1].locked_to: must be a text that is not empty, found ''."),
        ("jobs.1.color", "red", "jobs[1].color: is not a key that is known here."),
    ],
)
def test_what_cannot_be_planned_is_refused_by_its_place(path: str, value: object, sentence: str) -> None:
    with pytest.raises(PlanInputError) as refused:
        read_problem(changed(path, value))
    assert str(refused.value) == sentence


def test_two_technicians_of_one_id_are_refused() -> None:
    with pytest.raises(PlanInputError, match=r"^problem\.technicians\[1\]\.id: must be an id of its own, technicians\[0\] has the same"):
        read_problem({**WHOLE, "technicians": WHOLE["technicians"] * 2}, at="problem")


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_only_an_object_is_read(data: object) -> None:
    with pytest.raises(PlanInputError, match=r"^must be an object\.$"):
        read_problem(data)
    with pytest.raises(PlanInputError, match=r"^plan: must be an object\.$"):
        read_plan(data, at="plan")


def test_plans_come_back_as_they_were_written() -> None:
    for seed in range(50):
        _, plan, _ = make(Random(seed))
        written = write_plan(plan, {"left": {"reason": "No room left.", "code": "room"}})
        assert written["unserved"] == [{"id": "left", "reason": "No room left.", "code": "room"}]
        assert read_plan(json.loads(json.dumps({"cost": 3, "engine": "ours", **written}))) == plan


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "lunch"}, "routes[0].stops[0].kind: must be 'job' or 'warehouse' or 'break', found 'lunch'."),
        ({"start": None}, "routes[0].stops[0].start: must not be null."),
        ({"take": {"p1": 1.5}}, "routes[0].stops[0].take.p1: must be a whole number, found 1.5."),
        ({"where": 3}, "routes[0].stops[0].where: is not a key that is known here."),
    ],
)
def test_what_is_no_plan_is_refused_by_its_place(change: dict[str, object], sentence: str) -> None:
    stop = {"kind": "job", "id": "a", "arrive": 0, "start": 0, "end": 1, **change}
    with pytest.raises(PlanInputError) as refused:
        read_plan({"routes": [{"technician": "li", "depart": 0, "return": 1, "stops": [stop]}]})
    assert str(refused.value) == sentence


def test_ten_thousand_jobs_in_as_many_places_need_little_memory() -> None:
    jobs = [{"id": str(number), "place": number, "seconds": 60, "parts": {"p1": 1}} for number in range(10_000)]
    data = {**SMALL, "places": [[number % 100, number // 100] for number in range(10_000)], "jobs": jobs}
    tracemalloc.start()
    try:
        problem = read_problem(data)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    assert len(problem.travel) == len(problem.travel[7]) == 10_000
    assert problem.travel[0][9_999] == problem.travel[9_999][0] == pytest.approx(99 * 2**0.5)
    assert list(problem.travel[3])[:5] == [3, 2, 1, 0, 1]
    assert list(problem.travel[3][3:6]) == [0, 1, 2]
