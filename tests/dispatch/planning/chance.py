"""Small problems by chance, with everything a problem can have; most have jobs that nobody can do."""

from __future__ import annotations

import math
import random

from dispatch.planning.problem import Break, Job, Objective, Problem, Technician, Warehouse

PARTS, SKILLS, TOOLS = ["p1", "p2", "p3"], ["a", "b"], ["t1", "t2"]


def problem_by_chance(seed: int, *, most_jobs: int = 14, most_technicians: int = 5, wild: bool = True) -> Problem:
    """The same for the same seed. `wild`: also crews, locks, tight windows, detours."""
    dice = random.Random(seed)
    points = [(dice.randint(0, 3000), dice.randint(0, 3000)) for _ in range(dice.randint(2, 20))]
    travel = [[0.0 if a == b else math.dist(a, b) + dice.choice([0] * 9 + [200 * wild]) for b in points] for a in points]
    places = range(len(points))
    warehouses = [
        Warehouse(
            place=dice.choice(places),
            seconds=dice.choice([0, 300]),
            stock=None if dice.random() < 0.5 else {part: dice.randint(0, 4) for part in dice.sample(PARTS, dice.randint(0, 3))},
            tools=None if dice.random() < 0.5 else frozenset(dice.sample(TOOLS, 1)),
            open=None if dice.random() < 0.6 else (dice.randint(0, 9000), dice.randint(9000, 25_000)),
        )
        for _ in range(dice.randint(0, 3))
    ]
    technicians = [_technician(dice, number, places) for number in range(dice.randint(1, most_technicians))]
    jobs = [_job(dice, number, places, technicians, wild) for number in range(dice.randint(1, most_jobs))]
    return Problem(
        travel=travel,
        technicians=technicians,
        jobs=jobs,
        warehouses=warehouses,
        objective=dice.choice(list(Objective)),
        change_cost=dice.choice([0, 600]),
    )


def _technician(dice: random.Random, number: int, places: range) -> Technician:
    begin = dice.randint(0, 8000)
    lunch = begin + dice.randint(0, 10_000)
    rest = Break(window=(lunch, lunch + dice.randint(0, 7000)), seconds=dice.choice([900, 1800, 3600]))
    return Technician(
        id=dice.choice([f"x{number}", f"li@{number}"]),
        start_place=dice.choice(places),
        end_place=None if dice.random() < 0.3 else dice.choice(places),
        shift=(begin, begin + dice.randint(8000, 28_000)),
        skills={skill: dice.randint(1, 3) for skill in SKILLS if dice.random() < 0.8},
        stock={part: dice.randint(0, 3) for part in PARTS if dice.random() < 0.6},
        tools=frozenset(tool for tool in TOOLS if dice.random() < 0.5),
        max_refills=dice.choice([0, 1, 1, 2]),
        rest=None if dice.random() < 0.5 else rest,
    )


def _job(dice: random.Random, number: int, places: range, technicians: list[Technician], wild: bool) -> Job:
    opens = dice.randint(0, 20_000)
    gone = Technician(id="gone", start_place=0, shift=(0, 1))
    return Job(
        id=f"j{number}",
        place=dice.choice(places),
        seconds=dice.choice([0, 600, 1800, 3600]),
        window=None if dice.random() < 0.3 else (opens, opens + dice.choice([0, 1800, 7200, 20_000] if wild else [7200, 20_000])),
        due=None if dice.random() < 0.6 else dice.randint(0, 25_000),
        lateness_cost=dice.choice([0, 1, 1, 2, 5]),
        skills={skill: dice.randint(1, 3 if wild else 1) for skill in SKILLS if dice.random() < 0.3},
        parts={part: dice.randint(1, 3) for part in PARTS if dice.random() < 0.25},
        tools=frozenset(tool for tool in TOOLS if dice.random() < 0.15),
        unserved_cost=dice.choice([500, 20_000, 20_000, 50_000]),
        ready_at=0 if dice.random() < 0.8 else dice.randint(0, 15_000),
        crew=dice.choice([1] * 8 + [2, 2, 3]) if wild else 1,
        locked_to=None if not wild or dice.random() < 0.9 else dice.choice(technicians).id,
        locked_start=None if not wild or dice.random() < 0.93 else dice.randint(5000, 20_000),
        previous_technician=None if dice.random() < 0.6 else dice.choice([*technicians, gone]).id,
    )
