"""Times for an order of stops: when to leave, when to be where, what to take along. What comes out always passes `simulating.check`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from dispatch.planning.faults import Code, Fault
from dispatch.planning.loading import ToolBag
from dispatch.planning.problem import Job, Kind, Problem, Route, Seconds, Stop, Technician, Warehouse
from dispatch.planning.simulating import before, break_faults, skill_faults, start_fault, warehouses_by_id

Order = Sequence[tuple[Kind, str]]  # what happens one after the other, each with its id as `Stop` has it
Left = Sequence[Mapping[str, int] | None]  # by warehouse what may still be taken; None: any quantity


def schedule(
    problem: Problem,
    technician: Technician,
    order: Order,
    *,
    starts: Mapping[str, Seconds] | None = None,
    brings: Collection[str] = (),
    left: Left | None = None,
) -> Route | Fault:
    """`Timetable(problem).route(…)` for a single question."""
    return Timetable(problem).route(technician, order, starts=starts, brings=brings, left=left)


@dataclass(slots=True)
class _Call:
    """One stop while it is being timed: `earliest` and `latest` bound its start, `due` is where lateness begins to cost."""

    kind: Kind
    id: str
    place: int | None  # None: wherever the technician is
    seconds: Seconds
    earliest: Seconds
    latest: Seconds
    due: Seconds = float("inf")
    job: Job | None = None
    way: Seconds = 0.0
    start: Seconds = 0.0


class _Refused(Exception):
    """Carries the fault out of the steps below."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Timetable:
    """Routes of one problem. Making it reads the problem once; each route then takes time by its stops only."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._jobs = {job.id: job for job in problem.jobs}
        self._warehouses = warehouses_by_id(problem)
        self._stocks: Left = [warehouse.stock for warehouse in problem.warehouses]

    def route(
        self,
        technician: Technician,
        order: Order,
        *,
        starts: Mapping[str, Seconds] | None = None,
        brings: Collection[str] = (),
        left: Left | None = None,
    ) -> Route | Fault:
        """The day of `technician` with `order`, or the first fault that stops it.

        Every start is as early as possible; then the departure is delayed, and early stops with it, as far as neither the return nor any lateness
        grows. At warehouses exactly those parts are taken that later jobs need beyond the van's stock, from `left` (the problem's stocks when not
        given). Of jobs for a crew `starts` gives the common start (as early as possible when it does not), `brings` names those whose parts and
        tools come on this van; who calls sees to the others of the crew. A break is made where `order` has one.
        """
        try:
            calls = [self._call(technician, kind, id, starts or {}) for kind, id in order]
            takes = self._takes(technician, calls, brings, self._stocks if left is None else left)
            back = self._earliest(technician, calls)
            depart = _delay(technician, calls)
            breaks = [call.start for call in calls if call.kind is Kind.BREAK]
            for fault in break_faults(technician, depart, back, breaks):
                raise _Refused(fault)
        except _Refused as refused:
            return refused.fault
        return Route(technician=technician.id, depart=depart, back=back, stops=_stops(depart, calls, takes))

    def _call(self, technician: Technician, kind: Kind, id: str, starts: Mapping[str, Seconds]) -> _Call:
        """The bounds of one stop, and whether this technician may do it at all."""
        if kind is Kind.BREAK:
            if technician.rest is None:
                raise _Refused(Fault(code=Code.BREAK_NONE, technician=technician.id))
            opens, closes = technician.rest.window
            return _Call(kind, id, None, technician.rest.seconds, opens, closes)
        if kind is Kind.WAREHOUSE:
            warehouse = self._warehouses.get(id)
            if warehouse is None:
                raise _Refused(Fault(code=Code.WAREHOUSE_UNKNOWN, technician=technician.id, subject=id))
            opens, closes = warehouse.open or (technician.shift[0], float("inf"))
            return _Call(kind, id, warehouse.place, warehouse.seconds, opens, closes)
        job = self._jobs.get(id)
        if job is None:
            raise _Refused(Fault(code=Code.JOB_UNKNOWN, technician=technician.id, subject=id))
        for fault in skill_faults(technician, job):
            raise _Refused(fault)
        if job.crew == 1 and job.locked_to not in (None, technician.id):
            raise _Refused(Fault(code=Code.LOCK_TECHNICIAN, technician=technician.id, subject=id, facts={"locked": job.locked_to}))
        due = job.due if job.due is not None and job.lateness_cost > 0 else float("inf")
        if id not in starts:
            return _Call(kind, id, job.place, job.seconds, job.earliest, job.latest, due, job)
        start = starts[id]
        wrong = start_fault(technician, job, start)
        if wrong:
            raise _Refused(wrong)
        return _Call(kind, id, job.place, job.seconds, start, start, due, job)

    def _takes(self, technician: Technician, calls: Sequence[_Call], brings: Collection[str], left: Left) -> dict[int, dict[str, int]]:
        """By the position of a warehouse stop what is taken there. What a job lacks comes from the last stop before it that still has some: which one
        does not matter for the jobs after it, they can choose among the same stops and more."""
        refills = sum(call.kind is Kind.WAREHOUSE for call in calls)
        if refills > technician.max_refills:
            facts = {"has": refills, "needed": technician.max_refills}
            raise _Refused(Fault(code=Code.REFILLS, technician=technician.id, facts=facts))
        van, bag = dict(technician.stock), ToolBag(technician)
        shelves = {str(number): None if stock is None else dict(stock) for number, stock in enumerate(left)}
        takes: dict[int, dict[str, int]] = {}
        seen: set[str] = set()
        for position, call in enumerate(calls):
            if call.kind is Kind.WAREHOUSE:
                takes[position] = {}
                bag.fetch(self._warehouses[call.id])
            if call.job is None:
                continue
            if call.id in seen:
                raise _Refused(Fault(code=Code.JOB_TWICE, technician=technician.id, subject=call.id, facts={"has": 2}))
            seen.add(call.id)
            if call.job.crew > 1 and call.id not in brings:
                continue
            for tool in bag.missing(call.job):
                raise _Refused(Fault(code=Code.TOOL_MISSING, technician=technician.id, subject=call.id, facts={"tool": tool}))
            for part, needed in call.job.parts.items():
                has = van.get(part, 0)
                lacking = _fetch(part, max(0, needed - has), calls, takes, shelves)
                if lacking:
                    short = {"part": part, "needed": needed, "has": needed - lacking}
                    raise _Refused(Fault(code=Code.STOCK_VAN, technician=technician.id, subject=call.id, facts=short))
                van[part] = max(0, has - needed)
        return takes

    def _earliest(self, technician: Technician, calls: Sequence[_Call]) -> Seconds:
        """Sets ways and earliest starts; the return. Refuses what cannot start in time or not be back in time."""
        at, now = technician.start_place, technician.shift[0]
        for call in calls:
            place = at if call.place is None else call.place
            call.way = 0.0 if call.place is None else self.problem.travel[at][place]
            call.start = max(now + call.way, call.earliest)
            if before(call.latest, call.start):
                raise _Refused(_too_late(technician, call, self._warehouses))
            at, now = place, call.start + call.seconds
        back = now + (self.problem.travel[at][technician.end_place] if calls and technician.end_place is not None else 0.0)
        if before(technician.shift[1], back):
            facts = {"time": back, "limit": technician.shift[1]}
            raise _Refused(Fault(code=Code.SHIFT_LATE, technician=technician.id, facts=facts))
        return back


def _fetch(
    part: str,
    lacking: int,
    calls: Sequence[_Call],
    takes: dict[int, dict[str, int]],
    shelves: Mapping[str, dict[str, int] | None],
) -> int:
    """Adds `lacking` of `part` to the takes so far, latest stop first; returns what could not be had."""
    for position in reversed(takes):
        if not lacking:
            break
        shelf = shelves[calls[position].id]
        taken = lacking if shelf is None else min(lacking, shelf.get(part, 0))
        if taken:
            takes[position][part] = takes[position].get(part, 0) + taken
            lacking -= taken
            if shelf is not None:
                shelf[part] -= taken
    return lacking


def _too_late(technician: Technician, call: _Call, warehouses: Mapping[str, Warehouse]) -> Fault:
    """The fault of a stop that cannot start before `call.start`."""
    if call.kind is Kind.WAREHOUSE:
        opens, closes = warehouses[call.id].open or (0.0, 0.0)
        facts = {"time": call.start, "opens": opens, "closes": closes}
        return Fault(code=Code.WAREHOUSE_CLOSED, technician=technician.id, subject=call.id, facts=facts)
    facts = {"time": call.start, "limit": call.latest}
    if call.job is None:
        return Fault(code=Code.BREAK_LATE, technician=technician.id, facts=facts)
    return start_fault(technician, call.job, call.start) or Fault(
        code=Code.CREW_START, technician=technician.id, subject=call.id, facts=facts
    )


def _delay(technician: Technician, calls: Sequence[_Call]) -> Seconds:
    """The latest departure that keeps the return and every lateness; moves the starts to what follows from it."""
    if not calls:
        return technician.shift[0]
    latest = calls[-1].start
    for following, call in zip(reversed(calls), reversed(calls[:-1]), strict=False):
        kept = max(call.start, min(call.latest, call.due))  # late already: not later
        latest = max(call.start, min(kept, latest - following.way - call.seconds))
    depart = latest - calls[0].way
    now = depart
    for call in calls:
        call.start = max(now + call.way, call.earliest)
        now = call.start + call.seconds
    return depart


def _stops(depart: Seconds, calls: Sequence[_Call], takes: Mapping[int, Mapping[str, int]]) -> list[Stop]:
    stops: list[Stop] = []
    now = depart
    for position, call in enumerate(calls):
        end = call.start + call.seconds
        stops.append(Stop(kind=call.kind, id=call.id, arrive=now + call.way, start=call.start, end=end, take=takes.get(position, {})))
        now = end
    return stops
