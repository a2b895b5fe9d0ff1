"""`replan`: a plan during the day, in which no more than so many jobs change hands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from dispatch.planning.problem import Kind, Plan, Problem, person_of
from dispatch.planning.search.solving import Progress, Solution, solve

STEEPER = 4.0  # so many times what a change costs from one try to the next
TRIES = 3  # with growing prices; then none may change
FIRST = 0.5  # share of the time for the price that was asked for


def replan(
    problem: Problem,
    *,
    seconds: float,
    most_changes: int,
    start: Plan | None = None,
    report: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    seed: int = 1,
    clock: Callable[[], float] = time.monotonic,
) -> Solution:
    """The best plan found within `seconds` in which at most `most_changes` jobs are done by another person than their `previous_technician`.

    First each change costs what the problem says. Where too many are worth that, the search is repeated with dearer ones, at last so dear that a job
    is rather left. `start`, `report`, `stop`, `seed`, `clock`: as for `solve`; stopped early, too many may have changed hands.
    """
    dearest = sum(job.unserved_cost for job in problem.jobs) + 1.0
    dear = problem.change_cost or dearest / max(1, len(problem.jobs)) / STEEPER**TRIES
    prices = [problem.change_cost] + [min(dearest, dear * STEEPER**steps) for steps in range(1, TRIES)] + [dearest]
    used, rounds = 0.0, 0
    for number, price in enumerate(prices):
        last = number == len(prices) - 1
        share = FIRST if number == 0 else (1 - FIRST) / (len(prices) - 1)
        found = solve(
            replace(problem, change_cost=price),
            seconds=seconds * share,
            start=_kept(problem, start) if last and start is not None else start,
            report=None
            if report is None
            else _among(report, FIRST + (1 - FIRST) * (number - 1) / (len(prices) - 1) if number else 0.0, share),
            stop=stop,
            seed=seed,
            clock=clock,
        )
        used, rounds = used + found.seconds_used, rounds + found.iterations
        if len(changed(problem, found.plan)) <= most_changes or (stop is not None and stop()):
            break
    return replace(found, seconds_used=used, iterations=rounds)


def _among(report: Callable[[Progress], None], before: float, share: float) -> Callable[[Progress], None]:
    """Reports of one try as reports of the whole."""

    def told(progress: Progress) -> None:
        report(replace(progress, share=before + share * progress.share))

    return told


def changed(problem: Problem, plan: Plan) -> set[str]:
    """The jobs that somebody else does than the person who was to do them; of a crew nobody is that person."""
    wanted = {job.id: person_of(job.previous_technician) for job in problem.jobs if job.previous_technician is not None}
    people: dict[str, set[str]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is Kind.JOB and stop.id in wanted:
                people.setdefault(stop.id, set()).add(person_of(route.technician))
    return {id for id, some in people.items() if wanted[id] not in some}


def _kept(problem: Problem, plan: Plan) -> Plan:
    """The plan without the jobs that have changed hands in it."""
    moved = changed(problem, plan)
    routes = [
        replace(route, stops=[stop for stop in route.stops if stop.kind is not Kind.JOB or stop.id not in moved]) for route in plan.routes
    ]
    return Plan(routes=routes, unserved=[*plan.unserved, *moved])
