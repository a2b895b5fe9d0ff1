"""What is on a van and in its tool bag at each moment of a day, and who of a crew brings what a job needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from dispatch.planning.problem import Job, Kind, Route, Stop, Technician, Warehouse

MOST_TRIALS = 10_000  # combinations of who brings the parts of which crew job; beyond, the plan counts as broken
MOST_SHARED = 300  # crew jobs with parts among which combinations are tried at all


class ToolBag:
    """The tools one technician has at a moment of the day; they only become more."""

    def __init__(self, technician: Technician) -> None:
        self._tools: frozenset[str] | None = technician.tools  # None: every tool

    def fetch(self, warehouse: Warehouse) -> None:
        """Take along what is kept there."""
        self._tools = None if self._tools is None or warehouse.tools is None else self._tools | warehouse.tools

    def missing(self, job: Job) -> list[str]:
        """The tools of `job` that are not there, by name."""
        return [] if self._tools is None else sorted(job.tools - self._tools)


@dataclass(slots=True)
class Attendance:
    """One technician at one job: where on the route, with which tools missing. `van` None: the technician does not exist."""

    technician: str
    stop: Stop
    position: int
    missing_tools: list[str]
    van: Van | None


class Van:
    """The parts on one van after each stop of its route."""

    def __init__(self, technician: Technician, route: Route) -> None:
        self._length = len(route.stops)
        arriving: dict[str, list[int]] = {}
        for position, stop in enumerate(route.stops):
            if stop.kind is Kind.WAREHOUSE:
                for part, quantity in stop.take.items():
                    arriving.setdefault(part, [0] * self._length)[position] += max(0, quantity)
        self._after: dict[str, list[int]] = {part: list(accumulate(amounts)) for part, amounts in arriving.items()}
        for part, quantity in technician.stock.items():
            self._after[part] = [quantity + amount for amount in self._after.get(part, [0] * self._length)]

    def spare(self, part: str, position: int) -> int:
        """How many of `part` can be used at the stop so that none is missing at a later one either."""
        after = self._after.get(part)
        return min(after[position:]) if after else 0

    def short(self, job: Job, position: int) -> tuple[str, int] | None:
        """The first part of `job` that is short at the stop, and how many there are."""
        for part, needed in job.parts.items():
            spare = self.spare(part, position)
            if spare < needed:
                return part, spare
        return None

    def use(self, job: Job, position: int, times: int = 1) -> None:
        """Take the parts of `job` from the van at the stop; `times` -1 puts them back."""
        for part, needed in job.parts.items():
            after = self._after.setdefault(part, [0] * self._length)
            for later in range(position, self._length):
                after[later] -= needed * times


def not_brought(carried: list[tuple[Job, list[Attendance]]]) -> list[tuple[Job, list[Attendance]]]:
    """The crew jobs whose parts nobody of the crew can bring.

    A plan does not say who of a crew brings the parts, so any choice that works will do: first in order of time each by whoever has most left, and
    only where that fails by trying all. Whoever brings them has them taken from the van afterwards.
    """
    carried = sorted(carried, key=lambda entry: (min((one.stop.start for one in entry[1]), default=0), entry[0].id))
    chosen: list[tuple[Job, Attendance]] = []
    failed: list[tuple[Job, list[Attendance]]] = []
    for job, carriers in carried:
        able = [one for one in carriers if one.van and one.van.short(job, one.position) is None]
        if not able:
            failed.append((job, carriers))
            continue
        best = max(able, key=lambda one: _left_over(job, one))
        _bring(job, best)
        chosen.append((job, best))
    if not failed or not chosen or len(carried) > MOST_SHARED:
        return failed
    for job, one in chosen:
        _bring(job, one, times=-1)
    if _all_brought(carried, 0, [MOST_TRIALS]):
        return []
    for job, one in chosen:
        _bring(job, one)
    return failed


def _all_brought(carried: list[tuple[Job, list[Attendance]]], index: int, trials: list[int]) -> bool:
    """Depth first; `trials` is what is left of them. Leaves the vans with the parts taken when it works, as they were otherwise."""
    if index == len(carried):
        return True
    job, carriers = carried[index]
    for one in carriers:
        trials[0] -= 1
        if trials[0] < 0:
            return False
        if one.van is None or one.van.short(job, one.position) is not None:
            continue
        _bring(job, one)
        if _all_brought(carried, index + 1, trials):
            return True
        _bring(job, one, times=-1)
    return False


def _bring(job: Job, one: Attendance, times: int = 1) -> None:
    if one.van is not None:
        one.van.use(job, one.position, times)


def _left_over(job: Job, one: Attendance) -> int:
    return min(one.van.spare(part, one.position) - needed for part, needed in job.parts.items()) if one.van else 0


def shortest(job: Job, carriers: Iterable[Attendance]) -> tuple[str, int]:
    """The part that is short at whoever is short of least, and how many are there."""
    found = [one.van.short(job, one.position) for one in carriers if one.van]
    return min((short for short in found if short), key=lambda short: job.parts[short[0]] - short[1], default=(next(iter(job.parts)), 0))
