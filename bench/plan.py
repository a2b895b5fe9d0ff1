"""Day plans of 25 to 1,000 jobs with parts, ours beside plain insertion: `python -m bench.plan [jobs …] [--seconds S …]`.

Served jobs, score (duty, lateness, unserved and changes, in thousands of seconds), travel and lateness in hours, wall and processor time; every plan
is judged by the law first. The instances are the same everywhere: drawn by `instance` from fixed seeds, a little more work than there is time for.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from statistics import mean

from dispatch.planning.problem import Break, Job, Plan, Problem, Technician, Warehouse
from dispatch.planning.search import solve
from dispatch.planning.search.answers import write
from dispatch.planning.search.kernel import Kernel
from dispatch.planning.search.tables import Tables
from dispatch.planning.simulating import check, cost
from dispatch.planning.ways import haversine

HOUR = 3600
SIZES = (25, 100, 300, 1000)
SECONDS = (1.0, 5.0, 30.0)
SEEDS = (1, 2)
JOBS_EACH = 6.25  # per technician: somewhat more than fit into a day
MIDDLE, SPREAD = (8.68, 50.11), 0.22  # degrees: about 35 km across, more for more jobs
SKILLS, TOOLS = ("electric", "gas", "cooling", "lift", "network"), ("ladder", "analyser", "crane")
PARTS = tuple(f"part-{number}" for number in range(12))


def instance(jobs: int, seed: int) -> Problem:
    """A day of `jobs` jobs with skills at levels, tools, parts, windows, some due times, lunch breaks, and one warehouse in the middle."""
    dice = random.Random(f"{jobs}/{seed}")
    spread = SPREAD * (jobs / 100) ** 0.25
    number = max(2, round(jobs / JOBS_EACH))
    points = [MIDDLE]
    points += [(dice.gauss(MIDDLE[0], spread), dice.gauss(MIDDLE[1], spread * 0.64)) for _ in range(number + jobs)]
    technicians = [_technician(dice, one + 1) for one in range(number)]
    return Problem(
        travel=haversine(points, speed_kmh=35, road_factor=1.3, fixed_s=120),
        technicians=technicians,
        jobs=[_job(dice, one, number + 1 + one) for one in range(jobs)],
        warehouses=[Warehouse(place=0, seconds=600)],
    )


def _technician(dice: random.Random, place: int) -> Technician:
    begin = dice.choice([7, 8, 8, 8, 9]) * HOUR
    return Technician(
        id=f"t{place}",
        start_place=place,
        end_place=place,
        shift=(begin, begin + 9 * HOUR),
        skills={skill: dice.randint(1, 3) for skill in dice.sample(SKILLS, dice.randint(2, 4))},
        stock={part: dice.randint(1, 3) for part in dice.sample(PARTS, 6)},
        tools=frozenset(dice.sample(TOOLS, dice.randint(0, 2))),
        rest=Break(window=(11.5 * HOUR, 13.5 * HOUR), seconds=1800),
    )


def _job(dice: random.Random, number: int, place: int) -> Job:
    opens = dice.choice([8, 9, 10, 11, 13, 14, 15]) * HOUR
    kind = dice.random()
    return Job(
        id=f"j{number}",
        place=place,
        seconds=dice.choice([20, 30, 30, 45, 60, 75]) * 60,
        window=(opens, opens + 2 * HOUR) if kind < 0.5 else None,
        due=dice.randint(10, 16) * HOUR if kind > 0.8 else None,
        skills={dice.choice(SKILLS): dice.choice([1, 1, 1, 2, 2, 3])},
        parts={part: dice.randint(1, 2) for part in dice.sample(PARTS, dice.choice([0, 0, 1, 1, 2]))},
        tools=frozenset([dice.choice(TOOLS)]) if dice.random() < 0.15 else frozenset(),
        unserved_cost=dice.choice([15_000, 20_000, 20_000, 40_000]),
    )


def inserted(problem: Problem, regret: int) -> Plan:
    """Insertion alone: one by one in the order given (0), or by regret, at most 400 at a time."""
    tables = Tables(problem)
    kernel = Kernel(tables)
    step = 400 if regret else 1
    for first in range(0, len(problem.jobs), step):
        kernel.insert(range(first, min(first + step, len(problem.jobs))), regret)
    return write(problem, tables, kernel)


def measure(name: str, problems: list[Problem], plan: Callable[[Problem], Plan]) -> None:
    """Runs one way to plan over the instances of a size and prints their means."""
    rows = []
    for problem in problems:
        wall, processor = time.perf_counter(), time.process_time()
        result = plan(problem)
        spent = time.perf_counter() - wall, time.process_time() - processor
        faults = check(problem, result)
        if faults:
            raise SystemExit(f"bench: {name} broke a rule: {faults[0]}")
        costs = cost(problem, result)
        served = len(problem.jobs) - len(result.unserved)
        rows.append((served, costs.total / 1000, costs.travel / HOUR, costs.lateness / HOUR, *spent))
    served, total, travel, late, wall, processor = (mean(column) for column in zip(*rows, strict=True))
    print(f"{name:<24}{served:>9.1f}{total:>11.1f}{travel:>10.1f}{late:>8.2f}{wall:>9.2f}{processor:>9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Day plans: ours beside greedy and regret insertion.")
    parser.add_argument("jobs", nargs="*", type=int, default=SIZES)
    parser.add_argument("--seconds", nargs="+", type=float, default=SECONDS)
    parser.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
    arguments = parser.parse_args()
    for jobs in arguments.jobs:
        problems = [instance(jobs, seed) for seed in arguments.seeds]
        print(f"\n{jobs} jobs, {len(problems[0].technicians)} technicians, mean of {len(problems)} instances")
        print(f"{'':<24}{'served':>9}{'score, k':>11}{'travel h':>10}{'late h':>8}{'wall s':>9}{'cpu s':>9}")
        measure("greedy insertion", problems, lambda problem: inserted(problem, 0))
        measure("regret-2 insertion", problems, lambda problem: inserted(problem, 2))
        for seconds in arguments.seconds:
            measure(f"ours, {seconds:g} s", problems, lambda problem, seconds=seconds: solve(problem, seconds=seconds).plan)  # type: ignore[misc]


if __name__ == "__main__":
    main()
