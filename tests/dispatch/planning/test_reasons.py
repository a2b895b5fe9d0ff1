"""Why nobody does a job, by hand. Places lie on a line: 0 home at 0, 1 at 100, 2 the warehouse at 300."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dispatch.planning.problem import Break, Job, Problem, Technician, Warehouse
from dispatch.planning.reasons import ReasonCode, reasons
from dispatch.planning.ways import euclidean

LINE = euclidean([(0, 0), (100, 0), (300, 0)])
ANA = Technician(
    id="ana", start_place=0, end_place=0, shift=(0, 1000), skills={"gas": 1, "weld": 1}, stock={"p1": 1}, tools=frozenset({"ladder"})
)
BO = Technician(id="bo", start_place=0, end_place=0, shift=(0, 500), skills={"gas": 2, "lift": 1}, stock={"p1": 2})
DEPOT = Warehouse(place=2, seconds=30, stock={"p2": 3}, tools=frozenset({"pump"}), open=(0, 400))


def reason(technicians: list[Technician] | None = None, **job: Any) -> tuple[ReasonCode, str]:
    problem = Problem(
        travel=LINE,
        technicians=[ANA, BO] if technicians is None else technicians,
        jobs=[Job(**{"id": "a", "place": 1, "seconds": 60, **job})],
        warehouses=[DEPOT],
    )
    found = reasons(problem, ["a", "ghost"])
    assert list(found) == ["a"]
    assert json.loads(json.dumps(found["a"].written()))["reason"] == str(found["a"])
    return found["a"].code, str(found["a"])


@pytest.mark.parametrize(
    ("job", "code", "sentence"),
    [
        ({}, ReasonCode.ROOM, "No room left: somebody could do it alone, but not beside what is planned."),
        ({"skills": {"roof": 2}}, ReasonCode.SKILL_NOBODY, "No one has the skill roof; level 2 is needed."),
        ({"skills": {"gas": 3}}, ReasonCode.SKILL_LEVEL, "No one has the skill gas at level 3; the best found is level 2, by bo."),
        ({"skills": {"lift": 1, "weld": 1}}, ReasonCode.SKILL_TOGETHER, "No one has all its skills together: lift 1, weld 1."),
        (
            {"skills": {"gas": 2}, "locked_to": "ana"},
            ReasonCode.SKILL_LEVEL,
            "No one who may go (it is locked to ana) has the skill gas at level 2; the best found is level 1, by ana.",
        ),
        ({"tools": frozenset({"crane"})}, ReasonCode.TOOL, "No one has the tool crane or can fetch it from a warehouse."),
        ({"tools": frozenset({"ladder"})}, ReasonCode.ROOM, "No room left"),
        ({"tools": frozenset({"pump", "ladder"})}, ReasonCode.ROOM, "No room left"),
        ({"parts": {"p1": 3}}, ReasonCode.PART, "No one can bring 3 of part p1; the most there are for one person is 2."),
        ({"parts": {"p2": 4}}, ReasonCode.PART, "No one can bring 4 of part p2; the most there are for one person is 3."),
        ({"parts": {"p2": 3}}, ReasonCode.ROOM, "No room left"),
        ({"window": (500, 600), "ready_at": 601}, ReasonCode.READY_AFTER_WINDOW, "It is ready at 601, after its window closes at 600."),
        ({"window": (2000, 3000)}, ReasonCode.OUTSIDE_SHIFTS, "No one is on shift when it may start, from 2000 to 3000."),
        ({"window": (-3000, -2000)}, ReasonCode.OUTSIDE_SHIFTS, "No one is on shift when it may start, from -3000 to -2000."),
        ({"ready_at": 1001}, ReasonCode.OUTSIDE_SHIFTS, "No one is on shift when it may start, from 1001 to any time."),
        (
            {"locked_to": "bo", "locked_start": 700},
            ReasonCode.OUTSIDE_SHIFTS,
            "No one who may go (it is locked to bo) is on shift when it may start, from 700 to 700.",
        ),
        ({"seconds": 1001}, ReasonCode.TOO_LONG, "It takes 1001 seconds; the longest shift that could take it has 1000."),
        # Ana: 100 there, 900 of work, 100 home: 1100; Bo would be back 600 after the end of the shift.
        (
            {"seconds": 900},
            ReasonCode.ALONE,
            "No one can do it, even with nothing else to do. The closest: ana is back at 1100, after the shift ends at 1000.",
        ),
        (
            {"window": (0, 99)},
            ReasonCode.ALONE,
            "No one can do it, even with nothing else to do. The closest: Job a starts at 100, after its window closes at 99.",
        ),
    ],
)
def test_what_leaves_nobody_is_told(job: dict[str, Any], code: ReasonCode, sentence: str) -> None:
    found, text = reason(**job)
    assert (found, text[: len(sentence)]) == (code, sentence)


def test_without_technicians_that_is_the_reason() -> None:
    assert reason([]) == (ReasonCode.NO_TECHNICIANS, "There are no technicians.")


def test_the_way_to_the_warehouse_counts() -> None:
    # To the warehouse 300, there 30, back 200 to the job: 530, after 500.
    code, text = reason(parts={"p2": 1}, window=(0, 500))
    assert code is ReasonCode.ALONE
    assert text.endswith("Job a starts at 530, after its window closes at 500.")


def test_no_stop_at_a_warehouse_may_be_allowed() -> None:
    homely = [replace(ANA, max_refills=0)]
    assert reason(homely, parts={"p2": 1})[0] is ReasonCode.PART
    assert reason(homely, tools=frozenset({"pump"}))[0] is ReasonCode.TOOL


def test_the_break_is_thought_of() -> None:
    # Back after 100 + 700 + 100 = 900; with 100 of break 1000, just in time; with 101 too late.
    resting = [replace(ANA, rest=Break(window=(0, 850), seconds=100))]
    assert reason(resting, seconds=700)[0] is ReasonCode.ROOM
    code, text = reason([replace(ANA, rest=Break(window=(0, 850), seconds=101))], seconds=700)
    assert code is ReasonCode.ALONE
    assert text.endswith("The closest: ana is back at 1001, after the shift ends at 1000.")


def test_a_crew_needs_enough_people_at_the_same_time() -> None:
    assert reason(crew=2)[0] is ReasonCode.ROOM
    assert reason(crew=3) == (ReasonCode.CREW_FEW, "It needs 3 technicians at once; 2 could come.")
    assert reason(crew=2, skills={"weld": 1}) == (ReasonCode.CREW_FEW, "It needs 2 technicians at once; 1 could come.")
    late = replace(BO, shift=(900, 2000))
    assert reason([ANA, late], crew=2) == (
        ReasonCode.CREW_TIME,
        "It needs 2 technicians at once; those who could come cannot at the same time.",
    )
    assert reason(crew=2, parts={"p1": 2})[0] is ReasonCode.ROOM  # on Bo's van
    assert reason(crew=2, parts={"p1": 3})[0] is ReasonCode.PART
    assert reason(crew=2, locked_to="ana", skills={"gas": 2})[0] is ReasonCode.SKILL_LEVEL
