"""From the kernel's routes to a plan with exact times and takes, and from a plan to the kernel's routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dispatch.planning.faults import Fault
from dispatch.planning.problem import Job, Kind, Objective, Plan, Problem, Route, Seconds, Technician
from dispatch.planning.search.kernel import Kernel
from dispatch.planning.search.tables import Tables
from dispatch.planning.timing import Timetable

Stops = list[tuple[Kind, str]]
Shelf = dict[str, int] | None


def write(problem: Problem, tables: Tables, kernel: Kernel) -> Plan:
    """The plan the kernel has in work, timed by `timing`. What that refuses is left out: the kernel should offer none, but it is not the law."""
    orders, brings, starts = _orders(problem, tables, kernel)
    shelves = [_shelves(tables, kernel, technician) for technician in range(tables.technicians)]
    timetable = Timetable(problem)
    while True:
        routes, refused = _time(problem, timetable, shelves, orders, brings, starts)
        if refused is None:
            break
        orders = [[stop for stop in order if stop != (Kind.JOB, refused)] for order in orders]
    served = {id for order in orders for kind, id in order if kind is Kind.JOB}
    return Plan(routes=routes, unserved=[job.id for job in problem.jobs if job.id not in served])


def _orders(problem: Problem, tables: Tables, kernel: Kernel) -> tuple[list[Stops], list[set[str]], dict[str, Seconds]]:
    """By technician: the stops, and the crew jobs whose parts come on this van. The common starts of crew jobs."""
    orders: list[Stops] = []
    brings: list[set[str]] = []
    starts: dict[str, Seconds] = {}
    for route in kernel.routes():
        order: Stops = []
        bring: set[str] = set()
        for node, store in route:
            if store >= 0:
                order.append((Kind.WAREHOUSE, str(store)))
                continue
            job = problem.jobs[tables.job_of[node]]
            order.append((Kind.JOB, job.id))
            if job.crew > 1:
                starts[job.id] = kernel.pin(node)
                if node < tables.jobs:
                    bring.add(job.id)
        orders.append(order)
        brings.append(bring)
    return orders, brings, starts


def _shelves(tables: Tables, kernel: Kernel, technician: int) -> list[Shelf]:
    """What the warehouses hold for this technician: the kernel has shared it out."""
    names = {column: name for (sort, name), column in tables.columns.items() if sort == "part"}
    shelves: list[Shelf] = [None if one.stock is None else {} for one in tables.problem.warehouses]
    for store, column, count in kernel.takes(technician):
        shelf = shelves[store]
        if shelf is not None and column in names:
            shelf[names[column]] = shelf.get(names[column], 0) + count
    return shelves


def _time(
    problem: Problem,
    timetable: Timetable,
    shelves: Sequence[Sequence[Shelf]],
    orders: Sequence[Stops],
    brings: Sequence[set[str]],
    starts: Mapping[str, Seconds],
) -> tuple[list[Route], str | None]:
    """All routes, or the id of a job that keeps one from being driven."""
    jobs = {job.id: job for job in problem.jobs}
    routes = []
    for technician, order, bring, left in zip(problem.technicians, orders, brings, shelves, strict=True):
        work = [id for kind, id in order if kind is Kind.JOB]
        if not work:
            continue
        route = _best_break(problem, timetable, technician, order, bring, starts, left, jobs)
        if isinstance(route, Fault):
            return [], route.subject if route.subject in work else work[-1]
        routes.append(route)
    return routes, None


def _best_break(
    problem: Problem,
    timetable: Timetable,
    technician: Technician,
    order: Stops,
    bring: set[str],
    starts: Mapping[str, Seconds],
    left: Sequence[Shelf],
    jobs: Mapping[str, Job],
) -> Route | Fault:
    """The route with its break where it costs least, or with none when it needs none."""
    orders = [order]
    if technician.rest is not None:
        orders += [[*order[:at], (Kind.BREAK, ""), *order[at:]] for at in range(len(order) + 1)]
    best: Route | None = None
    least = float("inf")
    refused: Fault | None = None
    for tried in orders:
        route = timetable.route(technician, tried, starts=starts, brings=bring, left=left)
        if isinstance(route, Fault):
            refused = refused or route
            continue
        costs = _lateness(route, jobs) + (route.back - route.depart if problem.objective is Objective.DUTY else 0.0)
        if costs < least:
            best, least = route, costs
    if best is None:
        assert refused is not None
        return refused
    return best


def _lateness(route: Route, jobs: Mapping[str, Job]) -> float:
    total = 0.0
    for stop in route.stops:
        job = jobs[stop.id] if stop.kind is Kind.JOB else None
        if job is not None and job.due is not None and stop.start > job.due:
            total += job.lateness_cost * (stop.start - job.due)
    return total


def read(problem: Problem, tables: Tables, kernel: Kernel, plan: Plan) -> None:
    """Put what `plan` has into the kernel's plan in work, route by route in its order, as far as that is sound; who of a crew is first named brings
    the parts. What is unknown or cannot be is left out."""
    jobs = {job.id: number for number, job in enumerate(problem.jobs)}
    technicians = {technician.id: number for number, technician in enumerate(problem.technicians)}
    copies: dict[int, int] = {}
    for route in plan.routes:
        technician = technicians.get(route.technician)
        for stop in route.stops if technician is not None else ():
            if stop.kind is Kind.WAREHOUSE and stop.id.isdecimal() and int(stop.id) < tables.warehouses:
                kernel.put_last(technician, -1, int(stop.id))
            number = jobs.get(stop.id) if stop.kind is Kind.JOB else None
            if number is None:
                continue
            present = copies.get(number, 0)
            if present == problem.jobs[number].crew:
                continue
            if problem.jobs[number].crew > 1 and not present:
                if not tables.early[number] <= stop.start <= tables.latest[number]:
                    continue
                kernel.set_pin(number, stop.start)
            node = number if not present else tables.first_copy[number] + present - 1
            if kernel.put_last(technician, node, -1):
                copies[number] = present + 1
    for number, present in copies.items():
        if present < problem.jobs[number].crew:
            kernel.take_out(number)
    kernel.settle()
