"""PyVRP, OR-Tools and VROOM on our problems. `main` runs in their environment: from a pickled `Question` to an `Answer`, standard input to output.

`bench.plan` asks and judges. Every model is as faithful as the engine allows:

              skills            parts, tools          warehouse stops   breaks            lateness          objective
    PyVRP     profiles          load dimensions       reload depots     time cut out      two-step prizes   duration
    OR-Tools  allowed vehicles  dimensions with slack optional nodes    break intervals   soft bounds       travel and waiting
    VROOM     skills            amounts, skills       none              breaks            window ends       travel

All times are whole seconds, ways rounded up and windows inwards, so that what the engine holds for sound mostly is. Each engine has one thread.
"""

from __future__ import annotations

import pickle
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil, floor, inf

from dispatch.planning.problem import Job, Kind, Objective, Problem, Technician, person_of

Orders = dict[str, list[tuple[Kind, str]]]  # by technician the stops one after the other, without breaks
FAR = 40_000  # seconds of a way that no shift has room for; far more than that ruins PyVRP's penalties
END = 10**7  # seconds: after everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`seconds` of processor time from `start`, or from nothing."""

    engine: str
    problem: Problem
    seconds: float
    start: Orders | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`note`: what is to be known beside the figures."""

    orders: Orders
    wall: float
    processor: float
    note: str = ""


@dataclass(slots=True)
class Goods:
    """Parts and tools as columns: what each van has, each job needs (a tool like a part that is never used up)."""

    problem: Problem
    names: list[tuple[str, str]] = field(default_factory=list)
    all_needed: list[int] = field(default_factory=list)  # by column what all jobs together need

    def __post_init__(self) -> None:
        people = self.problem.technicians
        parts: dict[str, int] = {}
        for job in self.problem.jobs:
            for part, count in job.parts.items():
                parts[part] = parts.get(part, 0) + count
        tools = {tool for job in self.problem.jobs for tool in job.tools}
        self.names = [("part", part) for part, count in sorted(parts.items()) if any(one.stock.get(part, 0) < count for one in people)]
        self.names += [("tool", tool) for tool in sorted(tools) if any(tool not in one.tools for one in people)]
        self.all_needed = [sum(column) for column in zip(*map(self.needs, self.problem.jobs), strict=True)]

    def on_van(self, technician: Technician) -> list[int]:
        """By column what is on the van, as far as it could be needed."""
        return [
            min(most, technician.stock.get(name, 0) if sort == "part" else most * (name in technician.tools))
            for (sort, name), most in zip(self.names, self.all_needed, strict=True)
        ]

    def needs(self, job: Job) -> list[int]:
        """By column what the job needs."""
        return [job.parts.get(name, 0) if sort == "part" else int(name in job.tools) for sort, name in self.names]


class Spots:
    """Locations of a matrix: jobs first, each its own, then the other places that count."""

    def __init__(self, problem: Problem) -> None:
        others = {one.start_place for one in problem.technicians} | {one.place for one in problem.warehouses}
        others |= {one.end_place for one in problem.technicians if one.end_place is not None}
        self.places = [job.place for job in problem.jobs] + sorted(others)
        self._at = {place: len(problem.jobs) + number for number, place in enumerate(sorted(others))}
        self.ways = [[ceil(problem.travel[a][b] - 1e-9) for b in self.places] for a in self.places]

    def of(self, place: int) -> int:
        """The location of a place that is no job's."""
        return self._at[place]


def able(problem: Problem) -> list[set[int]]:
    """By job the numbers of the technicians who may do it."""
    return [
        {
            number
            for number, one in enumerate(problem.technicians)
            if all(one.skills.get(skill, 0) >= level for skill, level in job.skills.items()) and job.locked_to in (None, one.id)
        }
        for job in problem.jobs
    ]


def change(problem: Problem, job: Job, technician: Technician) -> int:
    """What it costs that this technician does the job."""
    before = job.previous_technician
    return round(problem.change_cost) if before is not None and person_of(before) != technician.person else 0


def pyvrp(question: Question) -> tuple[Orders, str]:
    """Iterated local search over jobs as prizes. A break is cut out of the day: times after its middle come `seconds` earlier, for everybody."""
    import numpy  # noqa: PLC0415 - each engine is there only in the environment of its own
    from pyvrp import (  # noqa: PLC0415
        Activity,
        ActivityType,
        Client,
        ClientGroup,
        Depot,
        Location,
        ProblemData,
        Route,
        Solution,
        SolveParams,
        VehicleType,
        solve,
    )

    problem = question.problem
    goods, spots, skilled = Goods(problem), Spots(problem), able(problem)
    cut = _without_break(problem)
    by_duty = problem.objective is Objective.DUTY
    job_of: list[int] = []
    clients: list[Client] = []
    groups: list[ClientGroup] = []
    for number, job in enumerate(problem.jobs):
        early, late = max(0, cut(ceil(job.earliest - 1e-9))), cut(floor(min(job.latest, END)))
        prize = round(job.unserved_cost)
        steps = [(early, late, prize)]
        if job.due is not None and job.lateness_cost > 0 and job.due < job.latest:
            # soft lateness is unknown here: on time for the whole prize, later for what is left of it after half an hour, an hour and a half …
            due = max(early, cut(floor(job.due)))
            steps = [(early, due, prize)]
            for first, last, minutes in ((0, 60, 30), (60, 180, 120)):
                if due + 60 * first < late:
                    worth = prize - round(job.lateness_cost * 60 * minutes)
                    steps.append((due + 60 * first, min(late, due + 60 * last), max(1, worth)))
        group = None
        if len(steps) > 1:
            group = len(groups)
            groups.append(ClientGroup(list(range(len(clients), len(clients) + len(steps))), required=False))
        for first, last, worth in steps:
            job_of.append(number)
            clients.append(
                Client(
                    number,
                    delivery=goods.needs(job),
                    service_duration=ceil(job.seconds),
                    tw_early=first,
                    tw_late=max(first, last),
                    prize=worth,
                    required=False,
                    group=group,
                )
            )
    depots: list[Depot] = []
    for one in problem.warehouses:
        opens, closes = one.open or (0, END)
        depots.append(
            Depot(spots.of(one.place), service_duration=ceil(one.seconds), tw_early=max(0, cut(ceil(opens))), tw_late=cut(floor(closes)))
        )
    homes: dict[int, int] = {}
    for place in sorted({place for one in problem.technicians for place in (one.start_place, one.end_place) if place is not None}):
        homes[place] = len(depots)
        depots.append(Depot(spots.of(place)))
    ways = numpy.array(spots.ways, dtype=numpy.int64)
    durations, distances, profiles = [], [], {}
    types: list[VehicleType] = []
    alike: dict[tuple[int, int, tuple[int, int], int, int, tuple[int, ...]], list[int]] = {}  # technicians who are one type of vehicle
    for number, one in enumerate(problem.technicians):
        changes = [change(problem, job, one) for job in problem.jobs]
        key = tuple(job for job, who in enumerate(skilled) if number not in who), tuple(changes), one.end_place is None
        if key not in profiles:
            profiles[key] = len(durations)
            duration = ways.copy()
            duration[:, list(key[0])] = FAR
            distance = numpy.zeros_like(ways) if by_duty else duration.copy()
            distance[:, : len(changes)] += numpy.array(changes, dtype=numpy.int64)
            numpy.fill_diagonal(duration, 0)
            numpy.fill_diagonal(distance, 0)
            durations.append(duration)
            distances.append(distance)
        ends_at = homes[one.start_place if one.end_place is None else one.end_place]
        shift = cut(max(0, ceil(one.shift[0]))), cut(floor(one.shift[1]))
        alike.setdefault((homes[one.start_place], ends_at, shift, profiles[key], one.max_refills, tuple(goods.on_van(one))), []).append(
            number
        )
    for (begins, ends_at, shift, profile, refills, on_van), some in alike.items():
        types.append(
            VehicleType(
                len(some),
                capacity=goods.all_needed,  # of which what is not on the van is there only after a stop at a warehouse
                start_depot=begins,
                end_depot=ends_at,
                tw_early=shift[0],
                tw_late=shift[1],
                unit_distance_cost=1,
                unit_duration_cost=1 if by_duty else 0,
                profile=profile,
                initial_load=[full - has for full, has in zip(goods.all_needed, on_van, strict=True)],
                reload_depots=list(range(len(problem.warehouses))),
                max_reloads=refills if problem.warehouses else 0,
            )
        )
    data = ProblemData([Location(0, 0) for _ in spots.places], clients, depots, types, distances, durations, groups)
    initial = None
    if question.start is not None:
        first_of = {problem.jobs[number].id: at for at, number in reversed(list(enumerate(job_of)))}
        routes = []
        type_of = {number: kind for kind, some in enumerate(alike.values()) for number in some}
        for number, one in enumerate(problem.technicians):
            stops = [
                Activity(ActivityType.CLIENT, first_of[id]) if kind is Kind.JOB else Activity(ActivityType.DEPOT, int(id))
                for kind, id in question.start.get(one.id, [])
                if kind is Kind.WAREHOUSE or id in first_of
            ]
            if stops:
                routes.append(Route(data, stops, type_of[number]))
        initial = Solution(data, routes)
    ends = time.process_time() + question.seconds
    best = solve(
        data, lambda _: time.process_time() >= ends, seed=1, collect_stats=False, params=SolveParams(), initial_solution=initial
    ).best
    orders: Orders = {}
    free = [list(some) for some in alike.values()]
    for route in best.routes():
        stops = route.schedule()[1:-1]
        orders[problem.technicians[free[route.vehicle_type()].pop()].id] = [
            (Kind.WAREHOUSE, str(stop.idx)) if stop.is_depot() else (Kind.JOB, problem.jobs[job_of[stop.idx]].id) for stop in stops
        ]
    return orders, "" if best.is_feasible() else "ends infeasible by its own model"


def _without_break(problem: Problem) -> Callable[[int], int]:
    """Maps a time to that of a day from which the lunch is cut out: exact where all have the same, for the longest of them otherwise."""
    rests = [one.rest for one in problem.technicians if one.rest is not None]
    if not rests:
        return lambda moment: moment
    longest = max(rests, key=lambda rest: rest.seconds)
    middle, seconds = round(sum(longest.window) / 2), ceil(longest.seconds)
    return lambda moment: moment if moment <= middle or moment >= END else max(middle, moment - seconds)


def ortools(question: Question) -> tuple[Orders, str]:
    """Local cheapest insertion, then guided local search. Waiting and breaks cost what they last, so that the cost is the duty."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2  # noqa: PLC0415

    problem = question.problem
    goods, spots, skilled = Goods(problem), Spots(problem), able(problem)
    jobs, people = problem.jobs, problem.technicians
    by_duty = problem.objective is Objective.DUTY
    # nodes: jobs, then each technician's stops at warehouses, then starts and ends
    places = list(range(len(jobs)))
    refill: list[tuple[int, int]] = []
    for number, one in enumerate(people):
        refill += [(number, store) for store in range(len(problem.warehouses)) for _ in range(one.max_refills)]
    places += [spots.of(problem.warehouses[store].place) for _, store in refill]
    starts = list(range(len(places), len(places) + len(people)))
    places += [spots.of(one.start_place) for one in people]
    ends = list(range(len(places), len(places) + len(people)))
    places += [-1 if one.end_place is None else spots.of(one.end_place) for one in people]
    service = (
        [ceil(job.seconds) for job in jobs] + [ceil(problem.warehouses[store].seconds) for _, store in refill] + [0] * (2 * len(people))
    )
    ways = [[0 if a < 0 or b < 0 else spots.ways[a][b] for b in places] for a in places]
    manager = pywrapcp.RoutingIndexManager(len(places), len(people), starts, ends)
    model = pywrapcp.RoutingModel(manager)
    at = manager.NodeToIndex
    extra = [service[node] if len(jobs) <= node < starts[0] and by_duty else 0 for node in range(len(places))]
    paid = [[way + extra[a] for way in row] for a, row in enumerate(ways)]
    if problem.change_cost:
        for number, one in enumerate(people):
            moved = [change(problem, job, one) for job in jobs] + [0] * (len(places) - len(jobs))
            model.SetArcCostEvaluatorOfVehicle(
                model.RegisterTransitMatrix([[way + more for way, more in zip(row, moved, strict=True)] for row in paid]), number
            )
    else:
        model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(paid))
    lasting = model.RegisterTransitMatrix([[way + service[a] for way in row] for a, row in enumerate(ways)])
    model.AddDimension(lasting, END, END, False, "time")
    moment = model.GetDimensionOrDie("time")
    if by_duty:
        moment.SetSlackCostCoefficientForAllVehicles(1)
    for number, one in enumerate(people):
        shift = max(0, ceil(one.shift[0] - 1e-9)), floor(one.shift[1])
        moment.CumulVar(model.Start(number)).SetRange(*shift)
        moment.CumulVar(model.End(number)).SetRange(*shift)
        model.AddVariableMinimizedByFinalizer(moment.CumulVar(model.End(number)))
        model.AddVariableMaximizedByFinalizer(moment.CumulVar(model.Start(number)))
        if one.rest is not None:
            opens, closes = ceil(one.rest.window[0]), floor(one.rest.window[1])
            rest = model.solver().FixedDurationIntervalVar(opens, closes, ceil(one.rest.seconds), False, f"rest {number}")
            moment.SetBreakIntervalsOfVehicle([rest], number, [service[manager.IndexToNode(index)] for index in range(model.Size())])
    for number, job in enumerate(jobs):
        index = at(number)
        moment.CumulVar(index).SetRange(max(0, ceil(job.earliest - 1e-9)), floor(min(job.latest, END)))
        if job.due is not None and job.lateness_cost > 0:
            moment.SetCumulVarSoftUpperBound(index, floor(job.due), max(1, round(job.lateness_cost)))
        # done, it would cost its duration too: that is taken off what it costs undone
        model.AddDisjunction([index], max(0, round(job.unserved_cost) - (service[number] if by_duty else 0)))
        model.VehicleVar(index).SetValues([-1, *sorted(skilled[number])])  # SetAllowedVehiclesForIndex of 9.15 takes no list
    for place, (number, store) in enumerate(refill):
        index = at(len(jobs) + place)
        opens, closes = problem.warehouses[store].open or (0, END)
        moment.CumulVar(index).SetRange(max(0, ceil(opens)), floor(closes))
        model.AddDisjunction([index], 0)
        model.VehicleVar(index).SetValues([-1, number])
    for column, (sort, name) in enumerate(goods.names):
        used = [-goods.needs(job)[column] if sort == "part" else 0 for job in jobs] + [0] * (len(places) - len(jobs))
        model.AddDimension(
            model.RegisterUnaryTransitVector(used), goods.all_needed[column], goods.all_needed[column], False, f"{sort} {name}"
        )
        held = model.GetDimensionOrDie(f"{sort} {name}")
        for number, one in enumerate(people):
            held.CumulVar(model.Start(number)).SetValue(goods.on_van(one)[column])
            held.SlackVar(model.Start(number)).SetValue(0)
        for number, job in enumerate(jobs):
            held.SlackVar(at(number)).SetValue(0)
            if goods.needs(job)[column]:
                held.CumulVar(at(number)).SetMin(goods.needs(job)[column])
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromTimedelta(timedelta(seconds=20 * question.seconds + 60))
    ends_at = time.process_time() + question.seconds
    limit = model.solver().CustomLimit(lambda: time.process_time() >= ends_at)
    model.AddSearchMonitor(limit)
    model.CloseModelWithParameters(asked)
    found = None
    if question.start is not None:
        free = {
            (number, store): [at(len(jobs) + p) for p, which in enumerate(refill) if which == (number, store)] for number, store in refill
        }
        numbers = {job.id: number for number, job in enumerate(jobs)}
        warm = [
            [
                at(numbers[id]) if kind is Kind.JOB else free[number, int(id)].pop()
                for kind, id in question.start.get(one.id, [])
                if kind is Kind.WAREHOUSE or id in numbers
            ]
            for number, one in enumerate(people)
        ]
        given = model.ReadAssignmentFromRoutes(warm, True)
        if given is not None:
            found = model.SolveFromAssignmentWithParameters(given, asked)
    if found is None:
        found = model.SolveWithParameters(asked)
    if found is None:
        return {}, "found nothing in its time"
    orders: Orders = {}
    for number, one in enumerate(people):
        index, stops = found.Value(model.NextVar(model.Start(number))), []
        while not model.IsEnd(index):
            node = manager.IndexToNode(index)
            stops.append((Kind.JOB, jobs[node].id) if node < len(jobs) else (Kind.WAREHOUSE, str(refill[node - len(jobs)][1])))
            index = found.Value(model.NextVar(index))
        orders[one.id] = stops
    return orders, ""


def vroom(question: Question) -> tuple[Orders, str]:
    """Everything must be on the van from the start: no stop at a warehouse. Its time-out is by the wall, and it may be done before."""
    import vroom as engine  # noqa: PLC0415

    problem = question.problem
    goods, spots = Goods(problem), Spots(problem)
    parts = [column for column, (sort, _) in enumerate(goods.names) if sort == "part"]
    most = max((job.unserved_cost for job in problem.jobs), default=1.0)
    numbers: dict[object, int] = {}

    def known(*thing: object) -> int:
        return numbers.setdefault(thing, len(numbers) + 1)

    levels = max((level for one in problem.technicians for level in one.skills.values()), default=0)
    asked = engine.Input()
    asked.set_durations_matrix("car", spots.ways)
    for number, one in enumerate(problem.technicians):
        has = {known("skill", skill, level) for skill, top in one.skills.items() for level in range(1, min(top, levels) + 1)}
        has |= {known("tool", tool) for tool in one.tools} | {known("is", one.id)}
        rest = one.rest
        asked.add_vehicle(
            engine.Vehicle(
                number + 1,
                start=spots.of(one.start_place),
                end=None if one.end_place is None else spots.of(one.end_place),
                capacity=[goods.on_van(one)[column] for column in parts],
                skills=has,
                time_window=(max(0, ceil(one.shift[0])), floor(one.shift[1])),
                breaks=[engine.Break(1, [(ceil(rest.window[0]), floor(rest.window[1]))], ceil(rest.seconds))] if rest else [],
            )
        )
    for number, job in enumerate(problem.jobs):
        wants = {known("skill", skill, level) for skill, level in job.skills.items() if level > 0}
        wants |= {known("tool", tool) for tool in job.tools} | ({known("is", job.locked_to)} if job.locked_to is not None else set())
        opens = max(0, ceil(job.earliest - 1e-9))
        closes = floor(min(job.latest, END, inf if job.due is None or job.lateness_cost == 0 else max(job.due, opens)))
        asked.add_job(
            engine.Job(
                number + 1,
                location=number,
                default_service=ceil(job.seconds),
                delivery=[goods.needs(job)[column] for column in parts],
                skills=wants,
                priority=max(1, min(100, round(100 * job.unserved_cost / most))),
                time_windows=[(opens, max(opens, closes))],
            )
        )
    began = time.perf_counter()
    found = asked.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=question.seconds))
    done = time.perf_counter() - began < 0.95 * question.seconds
    orders: Orders = {}
    steps = found.routes[found.routes["type"] == "job"]
    for number, job in zip(steps["vehicle_id"], steps["id"], strict=True):
        orders.setdefault(problem.technicians[int(number) - 1].id, []).append((Kind.JOB, problem.jobs[int(job) - 1].id))
    return orders, "was done by itself" if done else ""


ENGINES: Mapping[str, Callable[[Question], tuple[Orders, str]]] = {"pyvrp": pyvrp, "ortools": ortools, "vroom": vroom}


def main() -> None:
    question: Question = pickle.load(sys.stdin.buffer)
    wall, processor = time.perf_counter(), time.process_time()
    orders, note = ENGINES[question.engine](question)
    answer = Answer(orders=orders, wall=time.perf_counter() - wall, processor=time.process_time() - processor, note=note)
    sys.stdout.buffer.write(pickle.dumps(answer))
