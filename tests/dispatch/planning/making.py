"""Random problems with a plan that keeps every rule: the routes come first, then a problem is built around them in which they are right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from dispatch.planning.problem import Break, Job, Kind, Plan, Problem, Route, Stop, Technician, Warehouse
from dispatch.planning.timing import Order, schedule
from dispatch.planning.ways import euclidean

ALL_DAY = (0.0, 1_000_000.0)
CREW_JOB = "together"


def make(random: Random) -> tuple[Problem, Plan, dict[str, Order]]:
    """A problem, a plan without fault, and the order of stops of each technician in it."""
    places = [(random.uniform(0, 900), random.uniform(0, 900)) for _ in range(20)]
    travel = euclidean(places)
    warehouses = (Warehouse(place=18, seconds=60), Warehouse(place=19, seconds=90, stock={"p3": 50, "p4": 50}, tools=frozenset({"t4"})))
    technicians = [_technician(random, f"{name}@{random.randint(1, 3)}") for name in ("ana", "bo", "cem", "dee")[: random.randint(2, 4)]]
    orders: dict[str, Order] = {}
    jobs: list[Job] = []
    for technician in technicians:
        orders[technician.id], own = _order(random, technician, warehouses)
        jobs += own
    pair = technicians[:2] if random.random() < 0.7 else []
    if pair:
        jobs.append(_for_two(random, pair))
        for one in pair:
            orders[one.id] = [*orders[one.id], (Kind.JOB, CREW_JOB)]
    loose = Problem(travel=travel, technicians=technicians, jobs=jobs, warehouses=warehouses, change_cost=600)
    starts = {CREW_JOB: max(_route(loose, one, orders, {}).stops[-1].start for one in pair)} if pair else {}
    routes = [_route(loose, technician, orders, starts) for technician in technicians]
    problem = replace(
        loose,
        technicians=[_tightened(random, technician, route) for technician, route in zip(technicians, routes, strict=True)],
        jobs=[_bounded(random, job, routes) for job in jobs] + [Job(id="left", place=1, seconds=60)],
    )
    return problem, Plan(routes=routes, unserved=["left"]), orders


def doers(plan: Plan, job: str) -> list[Route]:
    """The routes on which a job stands."""
    return [route for route in plan.routes if any(stop.kind is Kind.JOB and stop.id == job for stop in route.stops)]


def stops_of(plan: Plan, kind: Kind) -> Iterator[tuple[Route, int, Stop]]:
    """Every stop of a kind, with its route and its place there."""
    for route in plan.routes:
        for position, stop in enumerate(route.stops):
            if stop.kind is kind:
                yield route, position, stop


def _technician(random: Random, id: str) -> Technician:
    return Technician(
        id=id,
        start_place=random.randrange(18),
        end_place=random.choice([None, random.randrange(18)]),
        shift=ALL_DAY,
        skills={"s1": 2, **{skill: random.randint(1, 3) for skill in random.sample(["s2", "s3"], random.randint(0, 2))}},
        stock={"p1": random.randint(1, 3), "p2": random.randint(0, 3)},
        tools=frozenset({"t1", *random.sample(["t2", "t3"], random.randint(0, 2))}),
        max_refills=random.randint(1, 2),
        rest=Break(window=ALL_DAY, seconds=random.randint(60, 300)),
    )


def _order(random: Random, technician: Technician, warehouses: Sequence[Warehouse]) -> tuple[Order, list[Job]]:
    """Jobs that the technician can do in this order, with a warehouse and a break among them (or not)."""
    van, tools = dict(technician.stock), set(technician.tools)
    order: list[tuple[Kind, str]] = []
    jobs: list[Job] = []
    refill_at, rest_at = random.randint(-1, 3), random.randint(-2, 3)
    wares: Mapping[str, int] = {}
    for position in range(random.randint(2, 5)):
        if position == refill_at:
            number = random.randrange(2)
            order.append((Kind.WAREHOUSE, str(number)))
            wares = warehouses[number].stock or {"p3": 9, "p5": 9}
            tools |= warehouses[number].tools or {"t4", "t5"}
        if position == rest_at:
            order.append((Kind.BREAK, ""))
        parts = {part: random.randint(1, 2) for part in random.sample(sorted(wares), random.randint(0, len(wares)))}
        for part, held in van.items():
            used = random.randint(0, held)
            van[part] -= used
            parts.update({part: used} if used else {})
        job = Job(
            id=f"{technician.person}-{position}",
            place=random.randrange(18),
            seconds=random.randint(20, 600),
            skills={skill: random.randint(1, level) for skill, level in technician.skills.items() if random.random() < 0.5},
            parts=parts,
            tools=frozenset(random.sample(sorted(tools), random.randint(0, 1))),
        )
        jobs.append(job)
        order.append((Kind.JOB, job.id))
    return order, jobs


def _for_two(random: Random, pair: Sequence[Technician]) -> Job:
    """Last of the day for both; the parts beyond both vans' stock come along on neither, so it needs none that the jobs before may have used."""
    return Job(id=CREW_JOB, place=random.randrange(18), seconds=random.randint(20, 600), skills={"s1": 1}, tools=frozenset({"t1"}), crew=2)


def _route(problem: Problem, technician: Technician, orders: Mapping[str, Order], starts: Mapping[str, float]) -> Route:
    order = orders[technician.id]
    if not any(kind is Kind.BREAK for kind, _ in order):
        technician = replace(technician, rest=None)
    route = schedule(problem, technician, order, starts=starts, brings={CREW_JOB} if technician is problem.technicians[0] else ())
    assert isinstance(route, Route), str(route)
    return route


def _tightened(random: Random, technician: Technician, route: Route) -> Technician:
    """A shift and a break's window that just hold the route."""
    shift = (route.depart - random.uniform(0, 50), route.back + random.uniform(0, 50))
    starts = [stop.start for stop in route.stops if stop.kind is Kind.BREAK]
    assert technician.rest is not None
    rest: Break | None = technician.rest
    if starts:
        rest = replace(technician.rest, window=(starts[0] - random.uniform(0, 50), starts[0] + random.uniform(0, 50)))
    else:
        rest = random.choice([None, replace(technician.rest, window=(route.back + 100, route.back + 200))])
    return replace(technician, shift=shift, rest=rest)


def _bounded(random: Random, job: Job, routes: Sequence[Route]) -> Job:
    """With a window, a lock, a due time around the start that the routes give it, each or not."""
    mine = [(route.technician, stop.start) for route in routes for stop in route.stops if stop.kind is Kind.JOB and stop.id == job.id]
    technician, start = random.choice(mine)
    return replace(
        job,
        window=random.choice([None, (start - random.uniform(0, 90), start + random.uniform(0, 90))]),
        ready_at=random.choice([0, start - random.uniform(0, 90)]),
        due=random.choice([None, start + random.uniform(-90, 90)]),
        locked_to=random.choice([None, technician]),
        locked_start=random.choice([None, None, start]),
        previous_technician=random.choice([None, technician, "somebody@1"]),
    )
