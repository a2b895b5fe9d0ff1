"""The law: which rules a plan breaks with the times it gives (`check`), and what it costs (`cost`).

No solver's answer, no drop on the board and no accepted proposal is believed before `check` found nothing. It looks at the plan alone: how it came
about does not matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.planning.faults import Code, Fault
from dispatch.planning.loading import Attendance, ToolBag, Van, not_brought, shortest
from dispatch.planning.problem import Job, Kind, Objective, Plan, Problem, Route, Seconds, Stop, Technician, Warehouse, person_of


def before(a: Seconds, b: Seconds) -> bool:
    """Whether `a` is before `b` by more than rounding: a millionth, a millisecond at most."""
    return a < b - min(1e-3, 1e-6 * max(1.0, abs(a), abs(b)))


def check(problem: Problem, plan: Plan) -> list[Fault]:
    """All broken rules, route by route, then crews, warehouses and the whole. Empty: the plan can be driven as it stands."""
    law = _Law(problem)
    for route in plan.routes:
        law.drive(route)
    law.judge_crews()
    law.judge_warehouses()
    law.judge_whole(plan)
    return law.faults


def skill_faults(technician: Technician, job: Job) -> Iterator[Fault]:
    """One for each skill that `technician` lacks for `job`, or has at too low a level."""
    for skill, needed in job.skills.items():
        has = technician.skills.get(skill)
        if (has or 0) >= needed:
            continue
        facts = {"skill": skill, "needed": needed}
        if has is None:
            yield Fault(code=Code.SKILL_MISSING, technician=technician.id, subject=job.id, facts=facts)
        else:
            yield Fault(code=Code.SKILL_LEVEL, technician=technician.id, subject=job.id, facts={**facts, "has": has})


def start_fault(technician: Technician, job: Job, start: Seconds) -> Fault | None:
    """Why `job` may not start at `start`: a locked start alone decides where there is one, the window and `ready_at` otherwise."""

    def fault(code: Code, limit: Seconds) -> Fault:
        return Fault(code=code, technician=technician.id, subject=job.id, facts={"time": start, "limit": limit})

    if job.locked_start is not None:
        wrong = before(start, job.locked_start) or before(job.locked_start, start)
        return fault(Code.LOCK_START, job.locked_start) if wrong else None
    if before(start, job.ready_at):
        return fault(Code.READY_AT, job.ready_at)
    if job.window is not None and before(start, job.window[0]):
        return fault(Code.WINDOW_EARLY, job.window[0])
    if job.window is not None and before(job.window[1], start):
        return fault(Code.WINDOW_LATE, job.window[1])
    return None


def break_faults(technician: Technician, depart: Seconds, back: Seconds, starts: Sequence[Seconds]) -> Iterator[Fault]:
    """What is wrong with the breaks of a route that begin at `starts`: one is needed when the route is under way as the window closes."""

    def fault(code: Code, **facts: object) -> Fault:
        return Fault(code=code, technician=technician.id, facts=facts)

    rest = technician.rest
    if rest is None:
        if starts:
            yield fault(Code.BREAK_NONE)
        return
    opens, closes = rest.window
    if len(starts) > 1:
        yield fault(Code.BREAK_TWICE, has=len(starts))
    if not starts and before(depart, closes) and before(closes, back):
        yield fault(Code.BREAK_MISSING, departs=depart, back=back, limit=closes)
    for start in starts:
        if before(start, opens):
            yield fault(Code.BREAK_EARLY, time=start, limit=opens)
        elif before(closes, start):
            yield fault(Code.BREAK_LATE, time=start, limit=closes)


def warehouses_by_id(problem: Problem) -> dict[str, Warehouse]:
    """As stops name them: by their number among the problem's, as text."""
    return {str(number): warehouse for number, warehouse in enumerate(problem.warehouses)}


class _Law:
    """What is gathered of a plan while its routes are driven."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.faults: list[Fault] = []
        self._jobs = {job.id: job for job in problem.jobs}
        self._technicians = {technician.id: technician for technician in problem.technicians}
        self._warehouses = warehouses_by_id(problem)
        self._attended: defaultdict[str, list[Attendance]] = defaultdict(list)
        self._taken: list[tuple[Stop, str]] = []
        self._routes: Counter[str] = Counter()

    def drive(self, route: Route) -> None:
        """One route alone: everything but crews and what is shared."""
        self._routes[route.technician] += 1
        technician = self._technicians.get(route.technician)
        if technician is None:
            self._add(Code.TECHNICIAN_UNKNOWN, route.technician)
            for position, stop in enumerate(route.stops):
                if stop.kind is Kind.JOB:
                    self._attended[stop.id].append(Attendance(route.technician, stop, position, [], None))
            return
        if not route.stops:
            return
        self._drive_times(technician, route)
        self._drive_goods(technician, route)
        breaks = [stop.start for stop in route.stops if stop.kind is Kind.BREAK]
        self.faults.extend(break_faults(technician, route.depart, route.back, breaks))

    def _drive_times(self, technician: Technician, route: Route) -> None:
        """Shift, ways, overlaps, durations, windows."""
        if before(route.depart, technician.shift[0]):
            self._add(Code.SHIFT_EARLY, technician.id, time=route.depart, limit=technician.shift[0])
        if before(technician.shift[1], route.back):
            self._add(Code.SHIFT_LATE, technician.id, time=route.back, limit=technician.shift[1])
        at: int | None = technician.start_place
        free = route.depart
        for stop in route.stops:
            place, takes = self._place_and_seconds(technician, stop, at)
            way = self.problem.travel[at][place] if at is not None and place is not None else 0
            named = {"stop": f"{stop.kind.value} {stop.id}".rstrip()}
            if before(stop.start, free):
                self._add(Code.OVERLAP, technician.id, stop.id, **named, time=stop.start, limit=free)
            elif before(stop.arrive, free + way):
                self._add(Code.TRAVEL_ARRIVES, technician.id, stop.id, **named, time=stop.arrive, limit=free + way)
            elif before(stop.start, stop.arrive):
                self._add(Code.TRAVEL_STARTS, technician.id, stop.id, **named, time=stop.start, limit=stop.arrive)
            if before(stop.end, stop.start + takes):
                self._add(Code.DURATION, technician.id, stop.id, **named, has=stop.end - stop.start, needed=takes)
            self._judge_start(technician, stop)
            at, free = place, stop.end
        way = self.problem.travel[at][technician.end_place] if at is not None and technician.end_place is not None else 0
        if before(route.back, free + way):
            self._add(Code.TRAVEL_BACK, technician.id, time=route.back, limit=free + way)

    def _place_and_seconds(self, technician: Technician, stop: Stop, at: int | None) -> tuple[int | None, Seconds]:
        """Where a stop is and how long it takes; a break is where one is already. Place None: not known, so no way can be asked for."""
        if stop.kind is Kind.BREAK:
            return at, technician.rest.seconds if technician.rest else 0
        if stop.kind is Kind.WAREHOUSE:
            warehouse = self._warehouses.get(stop.id)
            return (warehouse.place, warehouse.seconds) if warehouse else (None, 0)
        job = self._jobs.get(stop.id)
        return (job.place, job.seconds) if job else (None, 0)

    def _judge_start(self, technician: Technician, stop: Stop) -> None:
        if stop.kind is Kind.JOB and stop.id in self._jobs:
            fault = start_fault(technician, self._jobs[stop.id], stop.start)
            if fault:
                self.faults.append(fault)
        if stop.kind is Kind.WAREHOUSE and stop.id in self._warehouses:
            hours = self._warehouses[stop.id].open
            if hours and (before(stop.start, hours[0]) or before(hours[1], stop.start)):
                self._add(Code.WAREHOUSE_CLOSED, technician.id, stop.id, time=stop.start, opens=hours[0], closes=hours[1])

    def _drive_goods(self, technician: Technician, route: Route) -> None:
        """Skills, tools, takes, refills, and the parts of jobs that one person does."""
        van, bag = Van(technician, route), ToolBag(technician)
        refills = 0
        for position, stop in enumerate(route.stops):
            if stop.kind is Kind.WAREHOUSE:
                refills += 1
                self._visit_warehouse(technician, stop, bag)
                continue
            for part, quantity in stop.take.items():
                self._add(Code.STOCK_ELSEWHERE, technician.id, stop.id, part=part, taken=quantity)
            if stop.kind is Kind.BREAK:
                continue
            job = self._jobs.get(stop.id)
            self._attended[stop.id].append(Attendance(technician.id, stop, position, bag.missing(job) if job else [], van))
            if job is not None:
                self.faults.extend(skill_faults(technician, job))
                if job.crew == 1:
                    self._work_alone(technician, job, position, van, bag)
        if refills > technician.max_refills:
            self._add(Code.REFILLS, technician.id, has=refills, needed=technician.max_refills)

    def _visit_warehouse(self, technician: Technician, stop: Stop, bag: ToolBag) -> None:
        warehouse = self._warehouses.get(stop.id)
        if warehouse is None:
            self._add(Code.WAREHOUSE_UNKNOWN, technician.id, stop.id)
            return
        bag.fetch(warehouse)
        for part, quantity in stop.take.items():
            if quantity < 0:
                self._add(Code.STOCK_NEGATIVE, technician.id, stop.id, part=part, taken=quantity)
            elif quantity and warehouse.stock is not None and part not in warehouse.stock:
                self._add(Code.STOCK_UNKNOWN, technician.id, stop.id, part=part, taken=quantity)
        self._taken.append((stop, technician.id))

    def _work_alone(self, technician: Technician, job: Job, position: int, van: Van, bag: ToolBag) -> None:
        for tool in bag.missing(job):
            self._add(Code.TOOL_MISSING, technician.id, job.id, tool=tool)
        short = van.short(job, position)
        if short is None:
            van.use(job, position)
        else:
            part, has = short
            self._add(Code.STOCK_VAN, technician.id, job.id, part=part, has=has, needed=job.parts[part])

    def judge_crews(self) -> None:
        """Numbers, common starts, and that one of each crew brings everything."""
        carried: list[tuple[Job, list[Attendance]]] = []
        for job in self.problem.jobs:
            crew = self._attended.get(job.id, [])
            if job.crew == 1 or not crew:
                continue
            if len(crew) != job.crew and len({one.technician for one in crew}) == len(crew):  # somebody twice: JOB_TWICE
                self._add(Code.CREW_NUMBER, None, job.id, has=len(crew), needed=job.crew)
            first = min(one.stop.start for one in crew)
            for one in crew:
                if before(first, one.stop.start):
                    self._add(Code.CREW_START, one.technician, job.id, time=one.stop.start, limit=first)
            equipped = [one for one in crew if not one.missing_tools]
            if not equipped:
                fewest = min((one.missing_tools for one in crew), key=len)
                self._add(Code.CREW_TOOLS, None, job.id, tool=fewest[0])
            elif job.parts:
                carried.append((job, [one for one in equipped if one.van is not None]))
        for job, carriers in not_brought(carried):
            part, has = shortest(job, carriers)
            self._add(Code.CREW_PARTS, None, job.id, part=part, has=has, needed=job.parts[part])

    def judge_warehouses(self) -> None:
        """That no finite stock gives more than it has: the first who takes too much is named."""
        given: Counter[tuple[str, str]] = Counter()
        named = set()
        for stop, technician in sorted(self._taken, key=lambda entry: (entry[0].start, entry[1])):
            stock = self._warehouses[stop.id].stock
            for part, quantity in stop.take.items():
                if stock is None or part not in stock or quantity <= 0:
                    continue
                key = (stop.id, part)
                given[key] += quantity
                if given[key] > stock[part] and key not in named:
                    named.add(key)
                    self._add(Code.STOCK_WAREHOUSE, technician, stop.id, part=part, has=stock[part], needed=given[key])

    def judge_whole(self, plan: Plan) -> None:
        """Every job once, every technician once, and nothing that does not exist."""
        for technician, routes in self._routes.items():
            if routes > 1:
                self._add(Code.TECHNICIAN_TWICE, technician, has=routes)
        left = Counter(plan.unserved)
        for id in dict.fromkeys([*self._attended, *left]):
            if id not in self._jobs:
                self._add(Code.JOB_UNKNOWN, self._attended[id][0].technician if id in self._attended else None, id)
        for job in self.problem.jobs:
            crew = self._attended.get(job.id, [])
            people = list(dict.fromkeys(one.technician for one in crew))
            if len(crew) > len(people) or (job.crew == 1 and len(crew) > 1) or left[job.id] > 1:
                self._add(Code.JOB_TWICE, people[-1] if people else None, job.id, has=max(len(crew), left[job.id]))
            if crew and left[job.id]:
                self._add(Code.JOB_BOTH, people[0], job.id)
            elif not crew and not left[job.id]:
                self._add(Code.JOB_NEITHER, None, job.id)
            if people and job.locked_to is not None and job.locked_to not in people:
                self._add(Code.LOCK_TECHNICIAN, people[0], job.id, locked=job.locked_to)

    def _add(self, code: Code, technician: str | None, subject: str = "", **facts: object) -> None:
        self.faults.append(Fault(code=code, technician=technician, subject=subject, facts=facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds, or what counts as such. `duty`: from departures to returns; `travel`: ways only; one of them counts, by the objective."""

    objective: Objective
    duty: Seconds
    travel: Seconds
    lateness: float
    unserved: float
    changes: float

    @property
    def total(self) -> float:
        """What a better plan has less of."""
        return (self.duty if self.objective is Objective.DUTY else self.travel) + self.lateness + self.unserved + self.changes


def cost(problem: Problem, plan: Plan) -> Cost:
    """What a plan costs. A crew's lateness counts once; a job is changed when nobody of those who do it is the person who was to do it.
    A person who is planned on several days (`li@1`, `li@2`) is the same person. Unknown jobs and technicians cost nothing."""
    jobs = {job.id: job for job in problem.jobs}
    technicians = {technician.id: technician for technician in problem.technicians}
    tally = _Tally()
    for route in plan.routes:
        technician = technicians.get(route.technician)
        if technician is None or not route.stops:
            continue
        tally.duty += route.back - route.depart
        tally.travel += _ways(problem, technician, route, jobs)
        for stop in route.stops:
            if stop.kind is Kind.JOB and stop.id in jobs:
                tally.starts[stop.id] = max(stop.start, tally.starts.get(stop.id, stop.start))
                tally.people[stop.id].add(technician.person)
    lateness = unserved = changes = 0.0
    for job in problem.jobs:
        if job.id not in tally.starts:
            unserved += job.unserved_cost
            continue
        if job.due is not None:
            lateness += job.lateness_cost * max(0.0, tally.starts[job.id] - job.due)
        if job.previous_technician is not None and person_of(job.previous_technician) not in tally.people[job.id]:
            changes += problem.change_cost
    return Cost(objective=problem.objective, duty=tally.duty, travel=tally.travel, lateness=lateness, unserved=unserved, changes=changes)


@dataclass(slots=True)
class _Tally:
    """Sums over the routes; by job: the last start, and who does it."""

    duty: float = 0.0
    travel: float = 0.0
    starts: dict[str, Seconds] = field(default_factory=dict)
    people: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def _ways(problem: Problem, technician: Technician, route: Route, jobs: Mapping[str, Job]) -> Seconds:
    warehouses = warehouses_by_id(problem)
    at, total = technician.start_place, 0.0
    for stop in route.stops:
        there = jobs.get(stop.id) if stop.kind is Kind.JOB else warehouses.get(stop.id) if stop.kind is Kind.WAREHOUSE else None
        if there is not None:
            total += problem.travel[at][there.place]
            at = there.place
    return total + (0.0 if technician.end_place is None else problem.travel[at][technician.end_place])
