"""Days as they are driven: the one that stands, the one that is proposed, and what both cost by the same law. Pure; seconds as in `world`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dispatch.planning.faults import Code, Fault
from dispatch.planning.problem import Kind, Plan, Problem, Route, Seconds, Stop, Technician, person_of
from dispatch.planning.simulating import cost
from dispatch.planning.timing import Timetable
from dispatch.plans.world import CHANGE_COST, LATE, Piece, World
from dispatch.visits.insertion import GRID

QUIET = 1800.0  # what it may cost in lateness that a visit stays at its time
_LONG = 10 * 24 * 3600.0
Order = list[tuple[Kind, str]]
Starts = Mapping[str, Seconds]


def drive(table: Timetable, technician: Technician, order: Order, starts: Starts, refills: int | None = None) -> Route | Fault:
    """The day with these stops at these starts: a way to a warehouse is put in where parts lack, and the break where the day ends soonest."""
    left = technician.max_refills if refills is None else refills
    found = _rested(table, technician, order, starts)
    if isinstance(found, Route) or found.code is not Code.STOCK_VAN or not left:
        return found
    at = next((place for place, stop in enumerate(order) if stop == (Kind.JOB, found.subject)), 0)
    for number in range(len(table.problem.warehouses)):
        for place in range(at, -1, -1):
            tried = drive(table, technician, [*order[:place], (Kind.WAREHOUSE, str(number)), *order[place:]], starts, left - 1)
            if isinstance(tried, Route):
                return tried
    return found


def _rested(table: Timetable, technician: Technician, order: Order, starts: Starts) -> Route | Fault:
    first = table.route(technician, order, starts=starts)
    if isinstance(first, Route) or first.code is not Code.BREAK_MISSING:
        return first
    tried = [table.route(technician, [*order[:at], (Kind.BREAK, ""), *order[at:]], starts=starts) for at in range(len(order) + 1)]
    routes = [route for route in tried if isinstance(route, Route)]
    return min(routes, key=lambda route: route.back) if routes else first


def loosened(world: World) -> Problem:
    """The same day with promises that may be broken at a price, and nothing else in the way: to say what becomes of a day that cannot be kept."""
    jobs = [
        replace(
            job,
            window=None,
            ready_at=job.earliest,
            due=piece.deadline if piece.promised else job.due,
            lateness_cost=LATE if piece.promised else job.lateness_cost,
            skills={},
            parts={},
            locked_to=None,
            locked_start=None,
        )
        for job in world.problem.jobs
        for piece in [world.pieces[job.id]]
    ]
    technicians = [replace(one, shift=(one.shift[0], one.shift[1] + _LONG), rest=None) for one in world.problem.technicians]
    return replace(world.problem, jobs=jobs, technicians=technicians, change_cost=CHANGE_COST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The day as it stands. `faulty`: technicians whose day cannot be driven as it is planned; of them the plan tells what becomes of it."""

    plan: Plan
    faulty: Mapping[str, Fault]


def present(world: World) -> Present:
    """Everybody's visits in the order and, where that can be, at the times they stand. Whose technician is not there is not served."""
    table, loose = Timetable(world.problem), Timetable(loosened(world))
    easy = {one.id: one for one in loose.problem.technicians}
    routes: list[Route] = []
    faulty: dict[str, Fault] = {}
    served: set[str] = set()
    for technician in world.problem.technicians:
        mine = in_order(world, technician)
        if not mine:
            continue
        order: Order = [(Kind.JOB, piece.id) for piece in mine]
        found = drive(table, technician, order, {piece.id: float(piece.start or 0) for piece in mine})
        if isinstance(found, Fault):
            faulty[technician.id] = found
            found = loose.route(easy[technician.id], order)
        assert isinstance(found, Route), "nothing is in the way of a loosened day"
        routes.append(found)
        served |= {piece.id for piece in mine}
    return Present(plan=Plan(routes=routes, unserved=[job.id for job in world.problem.jobs if job.id not in served]), faulty=faulty)


def in_order(world: World, technician: Technician) -> list[Piece]:
    """What stands in a technician's working window, by start."""
    windows = {one.id: one for one in world.problem.technicians}
    previous = {job.id: job.previous_technician for job in world.problem.jobs}
    mine = [piece for piece in world.pieces.values() if previous[piece.id] in windows and previous[piece.id] == technician.id]
    return sorted(mine, key=lambda piece: (piece.start or 0, piece.id))


def quieter(world: World, plan: Plan) -> Plan:
    """The same order of stops at times that disturb less: who stays with their technician stays at their time where that costs little, and what is
    new begins on full five minutes."""
    table = Timetable(world.problem)
    technicians = {one.id: one for one in world.problem.technicians}
    return replace(plan, routes=[_quieter(world, table, technicians[route.technician], route) for route in plan.routes])


def _quieter(world: World, table: Timetable, technician: Technician, route: Route) -> Route:
    order: Order = [(stop.kind, stop.id) for stop in route.stops]
    left = _taken(world.problem, route)
    starts: dict[str, Seconds] = {}
    best = route
    for id in [stop.id for stop in route.stops if stop.kind is Kind.JOB]:
        piece = world.pieces[id]
        if piece.start is None or piece.person_id != world.people[technician.id]:
            continue
        tried = table.route(technician, order, starts={**starts, id: float(piece.start)}, left=left)
        if isinstance(tried, Route) and _late(world, tried) <= _late(world, best) + QUIET:
            best, starts[id] = tried, float(piece.start)
    for id in [stop.id for stop in route.stops if stop.kind is Kind.JOB and stop.id not in starts]:
        now = next(stop.start for stop in best.stops if stop.kind is Kind.JOB and stop.id == id)
        for grid in (GRID, 60):
            full = float(-(-now // grid) * grid)
            tried = table.route(technician, order, starts={**starts, id: full}, left=left)
            if isinstance(tried, Route):
                best, starts[id] = tried, full
                break
    return best


def _taken(problem: Problem, route: Route) -> list[dict[str, int]]:
    """What this route takes from each warehouse: the others' share is left alone."""
    shelves: list[dict[str, int]] = [{} for _ in problem.warehouses]
    for stop in route.stops:
        for part, count in stop.take.items() if stop.kind is Kind.WAREHOUSE else ():
            shelf = shelves[int(stop.id)]
            shelf[part] = shelf.get(part, 0) + count
    return shelves


def _late(world: World, route: Route) -> float:
    """Seconds after what was promised or is due, priced."""
    jobs = {job.id: job for job in world.problem.jobs}
    return sum(
        jobs[stop.id].lateness_cost * max(0.0, stop.start - due)
        for stop in route.stops
        if stop.kind is Kind.JOB and (due := jobs[stop.id].due) is not None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a day gives and costs; seconds. `late`: visits after their deadline. `money`: of the working time in minor units, None where somebody's
    hour has no price; `score`: what the search makes less of."""

    served: int
    left: int
    late: int
    lateness: int
    travel: int
    duty: int
    changes: int
    money: int | None
    currency: str
    score: int

    def written(self) -> dict[str, Any]:
        return asdict(self)


def totals(world: World, plan: Plan) -> Totals:
    """Of the plan, by the law, on the day with promises that may be broken: so what stands and what is proposed can be compared."""
    spent = cost(loosened(world), plan)
    stops = served(plan)
    ours = {id: piece for id, piece in world.pieces.items() if not piece.held}
    late = [stop.start - limit for id, (_who, stop) in stops.items() if id in ours and (limit := ours[id].deadline) is not None]
    over = [seconds for seconds in late if seconds > 0]
    money, currency = _money(world, plan)
    return Totals(
        served=sum(id in ours for id in stops),
        left=sum(id not in stops for id in ours) + len(world.left),
        late=len(over),
        lateness=round(sum(over)),
        travel=round(spent.travel),
        duty=round(spent.duty),
        changes=sum(_changed(world, id, who) for id, (who, _stop) in stops.items()),
        money=money,
        currency=currency,
        score=round(spent.total),
    )


def _changed(world: World, id: str, technician: str) -> bool:
    piece = world.pieces[id]
    return piece.person_id is not None and str(piece.person_id) != person_of(technician)


def served(plan: Plan) -> dict[str, tuple[str, Stop]]:
    """Job → technician and stop."""
    return {stop.id: (route.technician, stop) for route in plan.routes for stop in route.stops if stop.kind is Kind.JOB}


def _money(world: World, plan: Plan) -> tuple[int | None, str]:
    """What the working time costs, where everybody who works has a price in one currency."""
    rates = [(world.rates.get(world.people[route.technician]), route.back - route.depart) for route in plan.routes if route.stops]
    known = [(rate, seconds) for rate, seconds in rates if rate is not None]
    currencies = {currency for (_cents, currency), _seconds in known}
    if len(known) < len(rates) or len(currencies) != 1:
        return None, ""
    return round(sum(cents * seconds / 3600 for (cents, _currency), seconds in known)), currencies.pop()


def summed(parts: Sequence[Totals]) -> dict[str, Any]:
    """Several days as one."""
    numbers = ("served", "left", "late", "lateness", "travel", "duty", "changes", "score")
    found: dict[str, Any] = {name: sum(getattr(one, name) for one in parts) for name in numbers}
    busy = [one for one in parts if one.duty]
    currencies = {one.currency for one in busy}
    priced = len(currencies) == 1 and all(one.money is not None for one in busy)
    money = sum(one.money or 0 for one in busy) if priced else None
    return {**found, "money": money, "currency": currencies.pop() if priced else ""}
