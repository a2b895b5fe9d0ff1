"""`replan`: a plan during the day, in which no more than so many jobs change hands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from dispatch.planning.problem import Job, Kind, Plan, Problem, person_of
from dispatch.planning.search.solving import Progress, Solution, solve

STEEPER = 4.0  # so many times what a change costs from one try to the next
TRIES = 3  # with growing prices; then only so many may change as are wanted
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

    First each change costs what the problem says. Where too many are worth that, the search is repeated with dearer ones. Where too many are worth
    those as well, the ones that are dearest to leave may change and the others stay with who was to do them, or are left. `start`, `report`, `stop`,
    `seed`, `clock`: as for `solve`; stopped early, too many may have changed hands.
    """
    dearest = sum(job.unserved_cost for job in problem.jobs) + 1.0
    dear = problem.change_cost or dearest / max(1, len(problem.jobs)) / STEEPER**TRIES
    dearer = [min(dearest, dear * STEEPER**steps) for steps in range(1, TRIES)]
    asked, used, rounds = problem, 0.0, 0
    for number in range(TRIES + 1):
        share = FIRST if number == 0 else (1 - FIRST) / TRIES
        found = solve(
            asked,
            seconds=seconds * share,
            start=start,
            report=None if report is None else _among(report, FIRST + (1 - FIRST) * (number - 1) / TRIES if number else 0.0, share),
            stop=stop,
            seed=seed,
            clock=clock,
        )
        used, rounds = used + found.seconds_used, rounds + found.iterations
        if len(changed(problem, found.plan)) <= most_changes or (stop is not None and stop()):
            break
        if number < len(dearer):
            asked = replace(problem, change_cost=dearer[number])
        else:
            asked, start = _held(problem, found.plan, most_changes)
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


def _held(problem: Problem, plan: Plan, most_changes: int) -> tuple[Problem, Plan]:
    """The problem in which only the `most_changes` dearest of the jobs that have changed hands may do so, and the plan without the others.

    Whom a job is held for is the only one with a skill that it needs, in all of their working windows; a crew is held by one of them.
    """
    cost = {job.id: job.unserved_cost for job in problem.jobs}
    moved = sorted(changed(problem, plan), key=lambda id: (-cost[id], id))
    may, back = set(moved[:most_changes]), set(moved[most_changes:])
    jobs = [
        job if job.id in may or job.previous_technician is None else _held_for(job, job.previous_technician, problem)
        for job in problem.jobs
    ]
    technicians = [replace(one, skills={**one.skills, _skill(one.id): 1}) for one in problem.technicians]
    routes = [
        replace(route, stops=[stop for stop in route.stops if stop.kind is not Kind.JOB or stop.id not in back]) for route in plan.routes
    ]
    return replace(problem, jobs=jobs, technicians=technicians), Plan(routes=routes, unserved=[*plan.unserved, *sorted(back)])


def _held_for(job: Job, technician: str, problem: Problem) -> Job:
    if job.crew == 1:
        return replace(job, skills={**job.skills, _skill(technician): 1})
    windows = [one.id for one in problem.technicians if one.person == person_of(technician)]
    return (
        job
        if job.locked_to is not None
        else replace(job, locked_to=technician if technician in windows else next(iter(windows), technician))
    )


def _skill(technician: str) -> str:
    return f"is {person_of(technician)}"
