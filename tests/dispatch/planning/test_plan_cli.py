"""`flask plan solve` and `flask plan check`: JSON in, JSON out, a clear word when it cannot be. No database, no configuration."""

from __future__ import annotations

import json
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dispatch import cli
from dispatch.cli import plan_cli
from dispatch.planning.problem import Kind, Plan, Route, Stop
from dispatch.planning.reading import read_plan, read_problem, write_plan
from dispatch.planning.search import Solution
from dispatch.planning.simulating import check

# Home at 0, a at 100, b at 250. Ana leaves at 0 for a (100-160), goes 150 on to b (310-410) and 250 home: 660.
PROBLEM: dict[str, Any] = {
    "travel": {"kind": "euclidean"},
    "places": [[0, 0], [100, 0], [250, 0]],
    "objective": "duty",
    "warehouses": [],
    "technicians": [{"id": "ana", "start_place": 0, "end_place": 0, "shift": [0, 2000], "skills": {"gas": 1}}],
    "jobs": [
        {"id": "a", "place": 1, "seconds": 60},
        {"id": "b", "place": 2, "seconds": 100, "skills": {"gas": 1}},
        {"id": "c", "place": 2, "seconds": 100, "skills": {"gas": 2}, "unserved_cost": 900},
    ],
}
DAY = {
    "technician": "ana",
    "depart": 0,
    "return": 660,
    "stops": [
        {"kind": "job", "id": "a", "arrive": 100, "start": 100, "end": 160},
        {"kind": "job", "id": "b", "arrive": 310, "start": 310, "end": 410},
    ],
}
ON_FOOT = {"kind": "job", "id": "a", "arrive": 1, "start": 1, "end": 61}


def run(*arguments: str, given: object = None) -> Result:
    return CliRunner().invoke(plan_cli, list(arguments), input=given if isinstance(given, str | bytes) else json.dumps(given))


def solved(given: object, seconds: str = "0") -> dict[str, Any]:
    result = run("solve", "--seconds", seconds, given=given)
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_most_changes_keeps_jobs_with_their_people() -> None:
    ben = {"id": "ben", "start_place": 2, "end_place": 2, "shift": [0, 2000]}
    jobs = [{"id": id, "place": 2, "seconds": 60, "previous_technician": "ana"} for id in "ab"]
    day = {**PROBLEM, "technicians": [*PROBLEM["technicians"], ben], "jobs": jobs, "change_cost": 1}
    assert [route["technician"] for route in solved(day)["routes"]] == ["ben"]
    kept = run("solve", "--seconds", "0", "--most-changes", "0", given=day)
    assert [route["technician"] for route in json.loads(kept.stdout)["routes"]] == ["ana"]
    wrong = run("solve", "--seconds", "0", "--most-changes", "-1", given=day)
    assert wrong.exit_code == 2
    assert "--most-changes" in wrong.output


def test_a_plan_with_its_cost_and_the_reasons_of_what_is_left() -> None:
    answer = solved(PROBLEM)
    assert answer["cost"] == 660 + 900
    assert answer["costs"] == {"objective": "duty", "duty": 660, "travel": 500, "lateness": 0, "unserved": 900, "changes": 0}
    assert [route["technician"] for route in answer["routes"]] == ["ana"]
    assert {stop["id"] for stop in answer["routes"][0]["stops"]} == {"a", "b"}
    reason = "No one has the skill gas at level 2; the best found is level 1, by ana."
    facts = {"skill": "gas", "needed": 2, "best": 1, "by": "ana"}
    assert answer["unserved"] == [{"id": "c", "reason": reason, "code": "skill.level", "facts": facts}]
    assert answer["engine"]
    assert answer["seconds_used"] >= 0
    assert answer["partial"] is False


def test_no_seconds_answer_at_once_and_a_second_takes_about_one() -> None:
    began = time.monotonic()
    solved(PROBLEM)
    assert time.monotonic() - began < 1
    assert solved(PROBLEM, "0.2")["cost"] == 1560


def test_the_answer_can_be_checked(tmp_path: Path) -> None:
    file = tmp_path / "both.json"
    file.write_text(json.dumps({"problem": PROBLEM, "plan": solved(PROBLEM)}))
    result = run("check", str(file))
    assert (result.exit_code, json.loads(result.stdout)["faults"], json.loads(result.stdout)["cost"]) == (0, [], 1560)


def test_what_a_plan_breaks_is_printed_and_the_status_says_so() -> None:
    plan = {"routes": [{**DAY, "return": 650}], "unserved": [{"id": "c"}]}
    result = run("check", given={"problem": PROBLEM, "plan": plan})
    assert result.exit_code == 1
    assert json.loads(result.stdout)["faults"] == [
        {
            "code": "travel.back",
            "technician": "ana",
            "subject": "",
            "facts": {"time": 650, "limit": 660},
            "sentence": "ana is back at 650; the way allows 660 at the earliest.",
        }
    ]


def test_random_problems_are_solved_without_fault() -> None:
    for seed in range(20):
        given = _as_json(seed)
        answer = solved(given)
        assert check(read_problem(given), read_plan(answer)) == []
        assert answer["cost"] >= 0


def _as_json(seed: int) -> dict[str, Any]:
    random = Random(seed)
    jobs = [
        {
            "id": f"j{number}",
            "place": random.randrange(12),
            "seconds": random.randint(60, 3600),
            "window": random.choice([None, [random.randint(0, 9000), random.randint(9000, 20000)]]),
            "due": random.choice([None, random.randint(0, 20000)]),
            "skills": random.choice([{}, {"s1": random.randint(1, 3)}]),
            "parts": random.choice([{}, {"p1": random.randint(1, 3)}, {"p2": 1}]),
            "tools": random.choice([[], ["t1"], ["t2"]]),
            "crew": random.choice([1, 1, 1, 2]),
            "ready_at": random.choice([0, random.randint(0, 15000)]),
            "locked_to": random.choice([None, None, None, "t0"]),
            "previous_technician": random.choice([None, "t1"]),
        }
        for number in range(random.randint(0, 14))
    ]
    technicians = [
        {
            "id": f"t{number}",
            "start_place": random.randrange(12),
            "end_place": random.choice([None, random.randrange(12)]),
            "shift": [random.randint(0, 5000), random.randint(10000, 30000)],
            "skills": random.choice([{}, {"s1": random.randint(1, 3)}]),
            "stock": {"p1": random.randint(0, 3)},
            "tools": random.choice([[], ["t1"]]),
            "max_refills": random.randint(0, 2),
            "break": random.choice([None, {"window": [8000, 11000], "seconds": 1800}]),
        }
        for number in range(random.randint(1, 4))
    ]
    return {
        "travel": random.choice([{"kind": "euclidean"}, {"kind": "haversine"}]),
        "places": [[random.uniform(13, 13.5), random.uniform(52.3, 52.7)] for _ in range(12)],
        "objective": random.choice(["duty", "travel"]),
        "warehouses": [
            {"place": 0, "seconds": 300, "stock": random.choice([None, {"p1": 3, "p2": 2}]), "tools": random.choice([None, ["t2"]])},
        ],
        "technicians": technicians,
        "jobs": jobs,
        "change_cost": 600,
    }


@pytest.mark.parametrize("count", [0, 3])
def test_without_technicians_all_is_left_and_without_jobs_nothing(count: int) -> None:
    answer = solved({**PROBLEM, "technicians": [], "jobs": PROBLEM["jobs"][:count]})
    assert answer["routes"] == []
    assert [left["reason"] for left in answer["unserved"]] == ["There are no technicians."] * count


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("", "The input is not JSON"),
        ("{", "The input is not JSON"),
        (b"\xff\xfe\x00", "The input is not JSON"),
        ("[" * 100_000, "The input is not JSON"),
        ([], "Error: must be an object."),
        (
            {**PROBLEM, "jobs": [{"id": "a", "place": 1, "seconds": 1, "window": [5, 4]}]},
            "Error: jobs[0].window: must not end before it starts",
        ),
        (
            '{"travel": {"kind": "euclidean"}, "places": [[NaN, 0]], "technicians": [], "jobs": []}',
            "Error: places[0]: must be two finite numbers",
        ),
    ],
)
def test_what_cannot_be_planned_ends_with_one_line(given: object, sentence: str) -> None:
    result = run("solve", "--seconds", "0", given=given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "soon", "1e9"])
def test_what_is_no_time_is_refused(seconds: str) -> None:
    result = run("solve", "--seconds", seconds, given=PROBLEM)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--seconds" in result.stderr


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "The input is an object with the keys problem and plan."),
        ({"problem": PROBLEM}, "The input is an object with the keys problem and plan."),
        ({"problem": {**PROBLEM, "jobs": 7}, "plan": {}}, "problem.jobs: must be a list."),
        ({"problem": PROBLEM, "plan": {}}, "plan.routes: is missing."),
        (
            {"problem": PROBLEM, "plan": {"routes": [{**DAY, "stops": [{**ON_FOOT, "end": "late"}]}]}},
            "plan.routes[0].stops[0].end: must be",
        ),
    ],
)
def test_what_cannot_be_checked_ends_with_one_line(given: object, sentence: str) -> None:
    result = run("check", given=given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr


def test_a_search_that_breaks_a_rule_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    beamed = Route(technician="ana", depart=0, back=0, stops=[Stop(kind=Kind.JOB, id="a", arrive=0, start=0, end=60)])
    plan = Plan(routes=[beamed], unserved=["b", "c"])
    broken = Solution(plan=plan, engine="daydream", seconds_used=0, partial=False, iterations=0)
    monkeypatch.setattr(cli, "solve", lambda problem, seconds: broken)
    result = run("solve", "--seconds", "0", given=PROBLEM)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: Internal error: The plan of daydream breaks 2 rules. ana arrives at job a at 0; the way allows 100 at the earliest.\n"
    )
    assert write_plan(plan)["unserved"] == [{"id": "b"}, {"id": "c"}]
