"""Problems too large to be searched as one: cut into regions, each with its jobs and its share of the technicians.

Memory stays that of one region, since only the ways within it are looked up: those of 10,000 places together would be 800 MB.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dispatch.planning.problem import Job, Kind, Plan, Problem, Route, Technician
from dispatch.planning.search.tables import has_skills

MOST_TOGETHER = 1200  # jobs that are searched as one
REGION = 600  # jobs in a region, about
SAMPLE = 400  # jobs among which the middles of regions are sought
FULL = 1.25  # a region takes so many times the average

Left = list[dict[str, int] | None]


def split(problem: Problem, seed: int) -> list[Problem]:
    """The regions: every job and every technician is in exactly one. What is locked to somebody is where they are; a job goes where somebody
    has the skills for it, when anybody has."""
    count = -(-len(problem.jobs) // REGION)
    middles = _middles(problem, count, seed)
    jobs: list[list[Job]] = [[] for _ in middles]
    room = FULL * len(problem.jobs) / count
    loose = [job for job in problem.jobs if job.locked_to is None]
    for job in loose:
        order = _nearest(problem, job.place, middles)
        jobs[next((region for region in order if len(jobs[region]) < room), order[0])].append(job)
    people = _share_out(problem, middles, [len(some) for some in jobs])
    home = {technician.id: region for region, some in enumerate(people) for technician in some}
    for region, some in enumerate(jobs):
        _move_unable(problem, middles, people, jobs, region, list(some))
    for job in problem.jobs:
        if job.locked_to is not None:
            jobs[home.get(job.locked_to, 0)].append(job)
    return [replace(problem, jobs=some, technicians=who) for some, who in zip(jobs, people, strict=True)]


def _middles(problem: Problem, count: int, seed: int) -> list[int]:
    """Places of jobs far from each other: again and again the one farthest from those there are."""
    dice = random.Random(seed)
    places = [job.place for job in dice.sample(list(problem.jobs), min(SAMPLE, len(problem.jobs)))]
    middles = [places[0]]
    away = [problem.travel[middles[0]][place] for place in places]
    while len(middles) < count:
        farthest = max(range(len(places)), key=away.__getitem__)
        middles.append(places[farthest])
        away = [min(old, problem.travel[middles[-1]][place]) for old, place in zip(away, places, strict=True)]
    return middles


def _nearest(problem: Problem, place: int, middles: Sequence[int]) -> list[int]:
    """The regions, the one whose middle is nearest to `place` first."""
    return sorted(range(len(middles)), key=lambda region: problem.travel[place][middles[region]])


def _share_out(problem: Problem, middles: Sequence[int], work: Sequence[int]) -> list[list[Technician]]:
    """Technicians to regions in proportion to the work, those first who are near one."""
    people: list[list[Technician]] = [[] for _ in middles]
    total = max(1, sum(work))
    orders = {one.id: _nearest(problem, one.start_place, middles) for one in problem.technicians}
    near = sorted(problem.technicians, key=lambda one: problem.travel[one.start_place][middles[orders[one.id][0]]])
    for one in near:
        lacking = [len(problem.technicians) * work[region] / total - len(people[region]) for region in range(len(middles))]
        chosen = next((region for region in orders[one.id] if lacking[region] > 0), max(range(len(middles)), key=lacking.__getitem__))
        people[chosen].append(one)
    return people


def _move_unable(
    problem: Problem,
    middles: Sequence[int],
    people: Sequence[Sequence[Technician]],
    jobs: list[list[Job]],
    region: int,
    some: Sequence[Job],
) -> None:
    """Jobs for which too few of a region have the skills go to the nearest region that has them."""
    able: dict[tuple[int, tuple[tuple[str, int], ...], int], bool] = {}

    def can(job: Job, where: int) -> bool:
        key = where, tuple(sorted(job.skills.items())), job.crew
        if key not in able:
            able[key] = sum(has_skills(one, job) for one in people[where]) >= job.crew
        return able[key]

    for job in some:
        if can(job, region):
            continue
        better = next((other for other in _nearest(problem, job.place, middles) if can(job, other)), region)
        if better != region:
            jobs[region].remove(job)
            jobs[better].append(job)


def what_is_left(problem: Problem) -> Left:
    """By warehouse the stock before anybody took something."""
    return [None if one.stock is None else dict(one.stock) for one in problem.warehouses]


def take(left: Left, routes: Sequence[Route]) -> None:
    """Subtract what the routes of one region take; the next finds the rest."""
    for route in routes:
        for stop in route.stops:
            shelf = left[int(stop.id)] if stop.kind is Kind.WAREHOUSE else None
            for part, count in stop.take.items():
                if shelf is not None:
                    shelf[part] = shelf.get(part, 0) - count


def part_of(plan: Plan | None, problem: Problem) -> Plan | None:
    """The routes of a plan that belong to a region's technicians, in their order."""
    if plan is None:
        return None
    ours = {one.id for one in problem.technicians}
    return Plan(routes=[route for route in plan.routes if route.technician in ours])


def with_stock(problem: Problem, left: Sequence[Mapping[str, int] | None]) -> Problem:
    """The region with what the warehouses still have."""
    return replace(problem, warehouses=[replace(one, stock=stock) for one, stock in zip(problem.warehouses, left, strict=True)])
