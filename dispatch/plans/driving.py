"""Days as they are driven: the one that stands, the one that is proposed, and what both cost by the same law. Pure; seconds as in `world`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from dispatch.planning.faults import Code, Fault
from dispatch.planning.loading import Van
from dispatch.planning.problem import Kind, Plan, Problem, Route, Seconds, Stop, Technician
from dispatch.planning.simulating import check, cost
from dispatch.planning.timing import Timetable
from dispatch.plans.world import CHANGE_COST, LATE, Piece, World
from dispatch.visits.insertion import GRID

QUIET = 1800.0  # what it may cost in lateness that a visit stays at its time
_LONG = 10 * 24 * 3600.0
Order = list[tuple[Kind, str]]
Starts = Mapping[str, Seconds]


def drive(
    table: Timetable, technician: Technician, order: Order, starts: Starts, brings: Collection[str] = (), refills: int | None = None
) -> Route | Fault:
    """The day with these stops at these starts: a way to a warehouse is put in where parts lack, and the break where the day ends soonest. `brings`:
    the crews' jobs whose parts come on this van."""
    left = technician.max_refills if refills is None else refills
    found = _rested(table, technician, order, starts, brings)
    if isinstance(found, Route) or found.code is not Code.STOCK_VAN or not left:
        return found
    at = next((place for place, stop in enumerate(order) if stop == (Kind.JOB, found.subject)), 0)
    for number in range(len(table.problem.warehouses)):
        for place in range(at, -1, -1):
            tried = drive(table, technician, [*order[:place], (Kind.WAREHOUSE, str(number)), *order[place:]], starts, brings, left - 1)
            if isinstance(tried, Route):
                return tried
    return found


def _rested(table: Timetable, technician: Technician, order: Order, starts: Starts, brings: Collection[str]) -> Route | Fault:
    first = table.route(technician, order, starts=starts, brings=brings)
    if isinstance(first, Route) or first.code is not Code.BREAK_MISSING:
        return first
    tried = [
        table.route(technician, [*order[:at], (Kind.BREAK, ""), *order[at:]], starts=starts, brings=brings) for at in range(len(order) + 1)
    ]
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
    """Everybody's visits in the order and, where that can be, at the times they stand. Whose technician, or one of whose crew, is not there is not
    served."""
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
        brings = {piece.id for piece in mine if piece.windows[0] == technician.id}
        found = drive(table, technician, order, {piece.id: float(piece.start or 0) for piece in mine}, brings)
        if isinstance(found, Fault):
            faulty[technician.id] = found
            found = loose.route(easy[technician.id], order)
        assert isinstance(found, Route), "nothing is in the way of a loosened day"
        routes.append(found)
        served |= {piece.id for piece in mine}
    return Present(plan=Plan(routes=routes, unserved=[job.id for job in world.problem.jobs if job.id not in served]), faulty=faulty)


def in_order(world: World, technician: Technician) -> list[Piece]:
    """What stands in a technician's working window, by start."""
    mine = [piece for piece in world.pieces.values() if technician.id in piece.windows and not piece.away]
    return sorted(mine, key=lambda piece: (piece.start or 0, piece.id))


def quieter(world: World, plan: Plan) -> Plan:
    """The same order of stops at times that disturb less: who stays with their technician stays at their time where that costs little, and what is
    new begins on full five minutes. First the crews, all of one at once; where what comes out breaks a rule the plan stays as it was."""
    quiet = _Quiet(world, plan)
    common = quiet.crews()
    found = replace(plan, routes=[quiet.alone(route, common) for route in quiet.routes])
    return plan if common and check(world.problem, found) else found


class _Quiet:
    """A plan while its times are moved. `routes`: as they are by now."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world, self.table, self.routes = world, Timetable(world.problem), list(plan.routes)
        self._technicians = {one.id: one for one in world.problem.technicians}
        self._leads = leads(world, plan)
        self._jobs = {job.id: job for job in world.problem.jobs}

    def crews(self) -> dict[str, Seconds]:
        """Of each crew's job the start: where it stands, else on full five minutes, else as it was found."""
        crew = {
            stop.id: stop.start for route in self.routes for stop in route.stops if stop.kind is Kind.JOB and self._jobs[stop.id].crew > 1
        }
        common: dict[str, Seconds] = dict(crew)
        for id, now in sorted(crew.items(), key=lambda entry: (entry[1], entry[0])):
            piece = self.world.pieces[id]
            stood = [float(piece.start)] if piece.start is not None else []
            for start in (*stood, float(-(-now // GRID) * GRID), float(-(-now // 60) * 60)):
                tried = [self.timed(route, {**common, id: start}) if id in _work(route) else route for route in self.routes]
                moved = [one for one in tried if isinstance(one, Route)]
                if len(moved) == len(tried) and self._cost(moved) <= self._cost(self.routes) + QUIET:
                    self.routes, common[id] = moved, start
                    break
        return common

    def timed(self, route: Route, starts: Starts) -> Route | Fault:
        """The route with these starts, taking no more from warehouses than it did."""
        mine = {id: start for id, start in starts.items() if id in _work(route)}
        order: Order = [(stop.kind, stop.id) for stop in route.stops]
        brings = {id for id in mine if self._leads.get(id) == route.technician}
        left = _taken(self.world.problem, route)
        return self.table.route(self._technicians[route.technician], order, starts=mine, brings=brings, left=left)

    def _cost(self, routes: Iterable[Route]) -> float:
        return sum(_late(self.world, route) for route in routes)

    def alone(self, route: Route, common: Starts) -> Route:
        """One route, in which crews begin at the `common` starts."""
        starts: dict[str, Seconds] = {id: start for id, start in common.items() if id in _work(route)}
        best = route
        for id in [id for id in _work(route) if id not in common]:
            piece = self.world.pieces[id]
            if piece.start is None or piece.person_id != self.world.people[route.technician]:
                continue
            tried = self.timed(route, {**starts, id: float(piece.start)})
            if isinstance(tried, Route) and _late(self.world, tried) <= _late(self.world, best) + QUIET:
                best, starts[id] = tried, float(piece.start)
        for id in [id for id in _work(route) if id not in starts]:
            now = next(stop.start for stop in best.stops if stop.kind is Kind.JOB and stop.id == id)
            for grid in (GRID, 60):
                full = float(-(-now // grid) * grid)
                tried = self.timed(route, {**starts, id: full})
                if isinstance(tried, Route):
                    best, starts[id] = tried, full
                    break
        return best


def _work(route: Route) -> list[str]:
    return [stop.id for stop in route.stops if stop.kind is Kind.JOB]


def leads(world: World, plan: Plan) -> dict[str, str]:
    """Job → the technician who leads its crew: who did before, else one for whom the parts are at hand, else the first."""
    jobs = {job.id: job for job in world.problem.jobs}
    technicians = {one.id: one for one in world.problem.technicians}
    found: dict[str, tuple[bool, bool, str]] = {}
    for route in plan.routes:
        van = Van(technicians[route.technician], route)
        for position, stop in enumerate(route.stops):
            if stop.kind is Kind.JOB:
                before = world.people[route.technician] == world.pieces[stop.id].person_id
                rank = (not before, van.short(jobs[stop.id], position) is not None, route.technician)
                found[stop.id] = min(rank, found.get(stop.id, rank))
    return {id: technician for id, (_before, _short, technician) in found.items()}


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
        changes=sum(_changed(world, world.pieces[id], some) for id, some in crews(plan).items()),
        money=money,
        currency=currency,
        score=round(spent.total),
    )


def _changed(world: World, piece: Piece, technicians: Collection[str]) -> bool:
    return piece.person_id is not None and {world.people[one] for one in technicians} != piece.people


def served(plan: Plan) -> dict[str, tuple[str, Stop]]:
    """Job → technician and stop; of a crew the one who is there last."""
    found: dict[str, tuple[str, Stop]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is Kind.JOB and (stop.id not in found or found[stop.id][1].start < stop.start):
                found[stop.id] = route.technician, stop
    return found


def crews(plan: Plan) -> dict[str, list[str]]:
    """Job → all technicians who do it."""
    found: dict[str, list[str]] = {}
    for route in plan.routes:
        for id in _work(route):
            found.setdefault(id, []).append(route.technician)
    return found


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
