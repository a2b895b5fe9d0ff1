"""From the orders of stops that an engine proposes to a plan that the law finds sound: times, breaks, and what must be taken out for it."""

from __future__ import annotations

from bench.plan_rivals import Orders
from dispatch.planning.faults import Fault
from dispatch.planning.problem import Job, Kind, Objective, Plan, Problem, Route, Technician
from dispatch.planning.simulating import check
from dispatch.planning.timing import Timetable

Order = list[tuple[Kind, str]]


def sound(problem: Problem, orders: Orders) -> tuple[Plan, int]:
    """The plan with every break where it costs least, and how many jobs were taken out because the law forbade them. Not for crews.

    Of each route that cannot be driven the job goes whose absence costs least, or where one is not enough the one that is named.
    """
    jobs = {job.id: job for job in problem.jobs}
    timetable = Timetable(problem)
    routes, out = [], 0
    for one in problem.technicians:
        order = list(orders.get(one.id, []))
        while any(kind is Kind.JOB for kind, _ in order):
            route = _timed(problem, timetable, one, order, jobs)
            if not isinstance(route, Fault):
                routes.append(route)
                break
            out += 1
            tried = [(_without(order, at), jobs[id].unserved_cost) for at, (kind, id) in enumerate(order) if kind is Kind.JOB]
            driven = [(rest, lost, _timed(problem, timetable, one, rest, jobs)) for rest, lost in tried]
            left = [(lost + _cost(problem, done, jobs), rest) for rest, lost, done in driven if not isinstance(done, Fault)]
            if left:
                order = min(left, key=lambda entry: entry[0])[1]
            else:
                places = [at for at, stop in enumerate(order) if stop == (Kind.JOB, route.subject)]
                order = _without(order, places[0] if places else max(at for at, (kind, _) in enumerate(order) if kind is Kind.JOB))
    served = {stop.id for route in routes for stop in route.stops if stop.kind is Kind.JOB}
    plan = Plan(routes=routes, unserved=[id for id in jobs if id not in served])
    faults = check(problem, plan)
    assert not faults, str(faults[0])
    return plan, out


def _without(order: Order, at: int) -> Order:
    return order[:at] + order[at + 1 :]


def _timed(problem: Problem, timetable: Timetable, one: Technician, order: Order, jobs: dict[str, Job]) -> Route | Fault:
    """The route with its break where it costs least, and without stops at a warehouse that nothing needs."""
    work = [stop for stop in order if stop[0] is Kind.JOB]
    if not work:
        return Route(technician=one.id, depart=one.shift[0], back=one.shift[0], stops=[])
    orders = [work, order] if len(work) < len(order) else [order]
    if one.rest is not None:
        orders += [[*each[:at], (Kind.BREAK, ""), *each[at:]] for each in tuple(orders) for at in range(len(each) + 1)]
    tried = [timetable.route(one, each) for each in orders]
    driven = [route for route in tried if not isinstance(route, Fault)]
    return min(driven, key=lambda route: _cost(problem, route, jobs)) if driven else tried[-1 if one.rest is None else len(orders) // 2]


def _cost(problem: Problem, route: Route, jobs: dict[str, Job]) -> float:
    if not route.stops:
        return 0.0
    late = 0.0
    travel = 0.0
    for stop in route.stops:
        job = jobs.get(stop.id) if stop.kind is Kind.JOB else None
        if job is not None and job.due is not None:
            late += job.lateness_cost * max(0.0, stop.start - job.due)
        travel -= stop.end - stop.start
    span = route.back - route.depart
    return late + (span if problem.objective is Objective.DUTY else span + travel)
