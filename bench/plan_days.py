"""Days to plan for `bench.plan`: drawn from fixed seeds, the rest of one from a moment on, and Solomon's files."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import floor, hypot
from pathlib import Path

from dispatch.planning.problem import Break, Job, Kind, Plan, Problem, Route, Seconds, Stop, Technician, Warehouse
from dispatch.planning.ways import haversine

HOUR = 3600
JOBS_EACH = 6.25  # per technician: somewhat more than fit into a day
MIDDLE, SPREAD = (8.68, 50.11), 0.22  # degrees: about 35 km across, more for more jobs
SKILLS, TOOLS = ("electric", "gas", "cooling", "lift", "network"), ("ladder", "analyser", "crane")
PARTS = tuple(f"part-{number}" for number in range(12))
CHANGE_COST = 600.0  # seconds that another technician must save to take over a job that was promised with a name
URGENT = "urgent"


def instance(jobs: int, seed: int) -> Problem:
    """A day of `jobs` jobs with skills at levels, tools, parts, windows, some due times, lunch breaks, and one warehouse in the middle. The last
    place is where the urgent job of `interrupted` will be."""
    dice = random.Random(f"{jobs}/{seed}")
    spread = SPREAD * (jobs / 100) ** 0.25
    number = max(2, round(jobs / JOBS_EACH))
    points = [MIDDLE]
    points += [(dice.gauss(MIDDLE[0], spread), dice.gauss(MIDDLE[1], spread * 0.64)) for _ in range(number + jobs)]
    technicians = [_technician(dice, one + 1) for one in range(number)]
    planned = [_job(dice, one, number + 1 + one) for one in range(jobs)]
    points.append((dice.gauss(MIDDLE[0], spread), dice.gauss(MIDDLE[1], spread * 0.64)))
    return Problem(
        travel=haversine(points, speed_kmh=35, road_factor=1.3, fixed_s=120),
        technicians=technicians,
        jobs=planned,
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


def interrupted(problem: Problem, plan: Plan, now: Seconds) -> tuple[Problem, Plan]:
    """What is left of the day at `now`, with one urgent job more, and what was planned for it.

    What has begun, or is on its way to, stays: each technician goes on from there, with the time, the van and the stops at warehouses that are left.
    Every other job costs `CHANGE_COST` to be given to somebody else.
    """
    jobs = {job.id: job for job in problem.jobs}
    routes = {route.technician: route for route in plan.routes}
    people, rest, planned = [], [], dict[str, str]()
    done: set[str] = set()
    for one in problem.technicians:
        route = routes.get(one.id)
        stops = () if route is None else route.stops
        count = 0
        while count < len(stops) and (stops[count - 1].end if count else route.depart if route else now) <= now:
            count += 1
        done |= {stop.id for stop in stops[:count] if stop.kind is Kind.JOB}
        left = _from_there(problem, one, stops[:count], jobs, now)
        people.append(left)
        if stops[count:]:
            rest.append(Route(technician=one.id, depart=left.shift[0], back=left.shift[1], stops=stops[count:]))
        planned |= {stop.id: one.id for stop in stops[count:] if stop.kind is Kind.JOB}
    open_jobs = [replace(job, previous_technician=planned.get(job.id)) for job in problem.jobs if job.id not in done]
    urgent = Job(id=URGENT, place=len(problem.travel) - 1, seconds=45 * 60, due=now + HOUR, skills={SKILLS[0]: 1}, unserved_cost=100_000.0)
    day = replace(problem, technicians=people, jobs=[*open_jobs, urgent], change_cost=CHANGE_COST)
    return day, Plan(routes=rest, unserved=[job.id for job in day.jobs if job.id not in planned])


def _from_there(problem: Problem, one: Technician, stops: Sequence[Stop], jobs: Mapping[str, Job], now: Seconds) -> Technician:
    """The technician after these stops, or at home at `now`."""
    place, stock, refills, rest, tools = one.start_place, dict(one.stock), one.max_refills, one.rest, one.tools
    for stop in stops:
        if stop.kind is Kind.WAREHOUSE:
            place = problem.warehouses[int(stop.id)].place
            refills -= 1
            tools |= frozenset(TOOLS)
            for part, count in stop.take.items():
                stock[part] = stock.get(part, 0) + count
        elif stop.kind is Kind.BREAK:
            rest = None
        else:
            place = jobs[stop.id].place
            for part, count in jobs[stop.id].parts.items():
                stock[part] = stock.get(part, 0) - count
    free = max(now, stops[-1].end if stops else one.shift[0])
    return replace(
        one, start_place=place, shift=(min(free, one.shift[1]), one.shift[1]), stock=stock, max_refills=refills, rest=rest, tools=tools
    )


def solomon(file: Path) -> dict[str, object]:
    """A problem of Solomon's as `flask plan solve` reads it: the demand a part, the capacity the van's stock.

    The file is the published text: name, vehicles and capacity, then a line for the depot and each customer. Tenths of its units are our seconds,
    ways cut off after the first decimal as is the custom (12th DIMACS challenge); what comes out is ten times the published length.
    """
    rows = [[int(word) for word in line.split()] for line in file.read_text().splitlines() if line.replace(" ", "").strip().isdigit()]
    vehicles, capacity = rows[0]
    points = [(row[1], row[2]) for row in rows[1:]]
    ways = [[floor(10 * hypot(a[0] - b[0], a[1] - b[1]) + 1e-9) for b in points] for a in points]
    closes = 10 * rows[1][5]
    return {
        "travel": {"kind": "matrix", "seconds": ways},
        "places": [list(point) for point in points],
        "objective": "travel",
        "warehouses": [],
        "technicians": [
            {"id": f"v{one}", "start_place": 0, "end_place": 0, "shift": [0, closes], "stock": {"load": capacity}, "max_refills": 0}
            for one in range(1, vehicles + 1)
        ],
        "jobs": [
            {
                "id": str(id),
                "place": id,
                "seconds": 10 * service,
                "window": [10 * opens, 10 * until],
                "parts": {"load": demand},
                "unserved_cost": 100_000,
            }
            for id, _, _, demand, opens, until, service in rows[2:]
        ],
    }
