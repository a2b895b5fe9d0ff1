"""Why nobody does a job: because no one could, even with nothing else to do, or because there is no room left beside the other jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import permutations

from dispatch.planning.faults import Code, Fault, readable
from dispatch.planning.problem import Job, Kind, Problem, Route, Seconds, Technician
from dispatch.planning.simulating import skill_faults, warehouses_by_id
from dispatch.planning.timing import Order, Timetable

MOST_STARTS = 8  # common starts that are tried for a crew
MOST_PAIRED = 6  # warehouses of which two in a row are tried for one job


class ReasonCode(StrEnum):
    """Why a job is not done. Only `room` may change when other jobs are dropped."""

    ROOM = "room"
    NO_TECHNICIANS = "technicians.none"
    SKILL_NOBODY = "skill.nobody"
    SKILL_LEVEL = "skill.level"
    SKILL_TOGETHER = "skill.together"
    CREW_FEW = "crew.few"
    CREW_TIME = "crew.time"
    TOOL = "tool.nowhere"
    PART = "part.short"
    READY_AFTER_WINDOW = "window.ready"
    OUTSIDE_SHIFTS = "window.shifts"
    TOO_LONG = "shift.long"
    ALONE = "alone"


_SENTENCES: Mapping[ReasonCode, str] = {
    ReasonCode.ROOM: "No room left: somebody could do it alone, but not beside what is planned.",
    ReasonCode.NO_TECHNICIANS: "There are no technicians.",
    ReasonCode.SKILL_NOBODY: "%(who)s has the skill %(skill)s; level %(needed)s is needed.",
    ReasonCode.SKILL_LEVEL: "%(who)s has the skill %(skill)s at level %(needed)s; the best found is level %(best)s, by %(by)s.",
    ReasonCode.SKILL_TOGETHER: "%(who)s has all its skills together: %(skills)s.",
    ReasonCode.CREW_FEW: "It needs %(needed)s technicians at once; %(has)s could come.",
    ReasonCode.CREW_TIME: "It needs %(needed)s technicians at once; those who could come cannot at the same time.",
    ReasonCode.TOOL: "%(who)s has the tool %(tool)s or can fetch it from a warehouse.",
    ReasonCode.PART: "%(who)s can bring %(needed)s of part %(part)s; the most there are for one person is %(best)s.",
    ReasonCode.READY_AFTER_WINDOW: "It is ready at %(ready)s, after its window closes at %(closes)s.",
    ReasonCode.OUTSIDE_SHIFTS: "%(who)s is on shift when it may start, from %(opens)s to %(closes)s.",
    ReasonCode.TOO_LONG: "It takes %(needed)s seconds; the longest shift that could take it has %(longest)s.",
    ReasonCode.ALONE: "%(who)s can do it, even with nothing else to do. The closest: %(fault)s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """`str(reason)` is the English text; `facts` are the strings and numbers in it. `locked`: the only technician who may go."""

    code: ReasonCode
    facts: Mapping[str, object] = field(default_factory=dict)
    locked: str | None = None

    def __str__(self) -> str:
        who = "No one" if self.locked is None else f"No one who may go (it is locked to {self.locked})"
        return _SENTENCES[self.code] % {**{name: readable(value) for name, value in self.facts.items()}, "who": who}

    def written(self) -> dict[str, object]:
        """What stands beside the job's id in the answer."""
        facts = self.facts if self.locked is None else {**self.facts, "locked": self.locked}
        return {"reason": str(self), "code": self.code.value, "facts": dict(facts)}


def reasons(problem: Problem, unserved: Iterable[str]) -> dict[str, Reason]:
    """By job why it is not done. Ids that no job has are left out."""
    asked = Reasons(problem)
    jobs = {job.id: job for job in problem.jobs}
    return {id: asked.of(jobs[id]) for id in unserved if id in jobs}


class Reasons:
    """Reasons within one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._table = Timetable(problem)
        self._technicians = {technician.id: technician for technician in problem.technicians}
        self._warehouses = warehouses_by_id(problem)

    def of(self, job: Job) -> Reason:
        """Why nobody does `job`: the first thing that leaves nobody, in the order skills, tools, parts, times; otherwise the lack of room."""
        everyone = list(self.problem.technicians)
        if not everyone:
            return Reason(code=ReasonCode.NO_TECHNICIANS)
        locked = self._technicians.get(job.locked_to) if job.locked_to is not None else None
        if job.crew == 1:
            one = self._one_can(job, everyone if locked is None else [locked], job.locked_to)
            return one or Reason(code=ReasonCode.ROOM)
        if locked is not None:  # somebody else of the crew may bring what is needed
            present = self._one_can(replace(job, parts={}, tools=frozenset()), [locked], locked.id, bring=False)
            if present is not None:
                return present
        return self._one_can(job, everyone, None) or self._crew_can(job, everyone) or Reason(code=ReasonCode.ROOM)

    def _one_can(self, job: Job, candidates: Sequence[Technician], locked: str | None, *, bring: bool = True) -> Reason | None:
        """None when one of `candidates` can do it, or be there with everything (without `bring`: with nothing) if it is for a crew; the reason
        otherwise."""
        skilled = []
        for technician in candidates:
            if next(skill_faults(technician, job), None) is None:
                skilled.append(technician)
                if isinstance(self._alone(technician, job, bring=bring), Route):
                    return None
        found = (
            self._skills(job, candidates, locked)
            if not skilled
            else self._tools(job, skilled, locked) or self._parts(job, skilled, locked) or self._times(job, skilled, locked)
        )
        return found or self._closest(job, skilled, locked, bring)

    def _skills(self, job: Job, candidates: Sequence[Technician], locked: str | None) -> Reason:
        for skill, needed in job.skills.items():
            best = max(candidates, key=lambda one: one.skills.get(skill, 0))
            level = best.skills.get(skill, 0)
            if level >= needed:
                continue
            facts = {"skill": skill, "needed": needed}
            if level == 0:
                return Reason(code=ReasonCode.SKILL_NOBODY, facts=facts, locked=locked)
            return Reason(code=ReasonCode.SKILL_LEVEL, facts={**facts, "best": level, "by": best.id}, locked=locked)
        skills = ", ".join(f"{skill} {level}" for skill, level in sorted(job.skills.items()))
        return Reason(code=ReasonCode.SKILL_TOGETHER, facts={"skills": skills}, locked=locked)

    def _tools(self, job: Job, candidates: Sequence[Technician], locked: str | None) -> Reason | None:
        kept = [warehouse.tools for warehouse in self.problem.warehouses]
        for tool in sorted(job.tools):
            fetched = any(tools is None or tool in tools for tools in kept)
            if not any(tool in one.tools or (fetched and one.max_refills > 0) for one in candidates):
                return Reason(code=ReasonCode.TOOL, facts={"tool": tool}, locked=locked)
        return None

    def _parts(self, job: Job, candidates: Sequence[Technician], locked: str | None) -> Reason | None:
        stocks = [warehouse.stock for warehouse in self.problem.warehouses]
        for part, needed in job.parts.items():
            if None in stocks and any(one.max_refills > 0 for one in candidates):
                continue
            amounts = sorted((stock.get(part, 0) for stock in stocks if stock is not None), reverse=True)
            best = max(one.stock.get(part, 0) + sum(amounts[: one.max_refills]) for one in candidates)
            if best < needed:
                return Reason(code=ReasonCode.PART, facts={"part": part, "needed": needed, "best": best}, locked=locked)
        return None

    def _times(self, job: Job, candidates: Sequence[Technician], locked: str | None) -> Reason | None:
        opens = job.earliest if job.window is None or job.locked_start is not None else job.window[0]
        outside = Reason(
            code=ReasonCode.OUTSIDE_SHIFTS,
            facts={"opens": opens, "closes": job.latest if job.latest < float("inf") else "any time"},
            locked=locked,
        )
        if not any(one.shift[0] <= job.latest and opens <= one.shift[1] for one in candidates):
            return outside
        if job.earliest > job.latest:
            return Reason(code=ReasonCode.READY_AFTER_WINDOW, facts={"ready": job.earliest, "closes": job.latest})
        on_shift = [one for one in candidates if one.shift[0] <= job.latest and job.earliest <= one.shift[1]]
        if not on_shift:
            return replace(outside, facts={**outside.facts, "opens": job.earliest})
        longest = max(one.shift[1] - one.shift[0] for one in on_shift)
        if longest < job.seconds:
            return Reason(code=ReasonCode.TOO_LONG, facts={"needed": job.seconds, "longest": longest})
        return None

    def _closest(self, job: Job, candidates: Sequence[Technician], locked: str | None, bring: bool) -> Reason:
        """The fault of whoever misses by least."""
        faults = [fault for fault in (self._alone(one, job, bring=bring) for one in candidates) if isinstance(fault, Fault)]
        closest = min(faults, key=_missed_by)
        facts = {"fault": str(closest), "technician": closest.technician, "rule": closest.rule}
        return Reason(code=ReasonCode.ALONE, facts=facts, locked=locked)

    def _crew_can(self, job: Job, everyone: Sequence[Technician]) -> Reason | None:
        """None when enough can be there at once, one of them with everything. Only the most promising starts are tried."""
        spans: dict[str, tuple[Seconds, Seconds]] = {}
        for technician in everyone:
            if next(skill_faults(technician, job), None) is None:
                span = self._span(technician, job)
                if span is not None:
                    spans[technician.id] = span
        if len(spans) < job.crew:
            return Reason(code=ReasonCode.CREW_FEW, facts={"needed": job.crew, "has": len(spans)})
        fetched = [route for id in spans if isinstance(route := self._alone(self._technicians[id], job), Route)]
        firsts = {first for first, _ in spans.values()} | {_start(route) for route in fetched}
        promising = Counter({start: sum(first <= start <= last for first, last in spans.values()) for start in firsts})
        for start, most in promising.most_common(MOST_STARTS):
            if most >= job.crew and self._meet(job, [self._technicians[id] for id in spans], start):
                return None
        return Reason(code=ReasonCode.CREW_TIME, facts={"needed": job.crew})

    def _span(self, technician: Technician, job: Job) -> tuple[Seconds, Seconds] | None:
        """The earliest and latest start with nothing else to do, whether it suits the break or not; None when there is none."""
        routes = [route for order in self._rested([(Kind.JOB, job.id)]) if isinstance(route := self._table.route(technician, order), Route)]
        if not routes:
            return None
        return min(map(_start, routes)), max(
            max(_start(route), min(job.latest, _start(route) + technician.shift[1] - route.back)) for route in routes
        )

    def _meet(self, job: Job, skilled: Sequence[Technician], start: Seconds) -> bool:
        """Whether a whole crew can begin at `start`."""
        starts = {job.id: start}
        present = {one.id for one in skilled if isinstance(self._timed(one, [(Kind.JOB, job.id)], bring=False, starts=starts), Route)}
        if len(present) < job.crew or (job.locked_to is not None and job.locked_to not in present):
            return False
        return any(isinstance(self._alone(one, job, starts), Route) for one in skilled if one.id in present)

    def _alone(self, technician: Technician, job: Job, starts: Mapping[str, Seconds] | None = None, *, bring: bool = True) -> Route | Fault:
        """A day with nothing but `job`, what it needs fetched before where it must be; the first fault when no such day works."""
        last: Fault | None = None
        for fetched in self._errands(technician):
            route = self._timed(technician, [*fetched, (Kind.JOB, job.id)], bring=bring, starts=starts)
            if isinstance(route, Route):
                return route
            if last is None or last.code in (Code.STOCK_VAN, Code.TOOL_MISSING):
                last = route
            if not fetched and route.code not in (Code.STOCK_VAN, Code.TOOL_MISSING):
                break  # a way to a warehouse makes nothing of this better
        assert last is not None  # there is always the day without an errand
        return last

    def _errands(self, technician: Technician) -> Iterator[Order]:
        yield []
        if technician.max_refills > 0:
            for id in self._warehouses:
                yield [(Kind.WAREHOUSE, id)]
        if technician.max_refills > 1 and len(self._warehouses) <= MOST_PAIRED:
            for one, other in permutations(self._warehouses, 2):
                yield [(Kind.WAREHOUSE, one), (Kind.WAREHOUSE, other)]

    def _timed(self, technician: Technician, order: Order, *, bring: bool, starts: Mapping[str, Seconds] | None = None) -> Route | Fault:
        """With the break where it fits first, if one is needed; where it fits nowhere, the fault of the place that misses by least."""
        faults = []
        for rested in self._rested(order):
            route = self._table.route(technician, rested, starts=starts, brings=[id for _, id in order] if bring else [])
            if isinstance(route, Route):
                return route
            faults.append(route)
            if faults[0].code is not Code.BREAK_MISSING:
                break
        return min(faults, key=_missed_by)

    def _rested(self, order: Order) -> Iterator[Order]:
        """Without a break, then with one at each place."""
        yield order
        for position in range(len(order) + 1):
            yield [*order[:position], (Kind.BREAK, ""), *order[position:]]


def _start(route: Route) -> Seconds:
    """Of the one job of a day."""
    return next(stop.start for stop in route.stops if stop.kind is Kind.JOB)


def _missed_by(fault: Fault) -> float:
    """Seconds between what is and what should be; what is not a matter of time comes last."""
    time, limit = fault.facts.get("time"), fault.facts.get("limit")
    return abs(time - limit) if isinstance(time, int | float) and isinstance(limit, int | float) else float("inf")
