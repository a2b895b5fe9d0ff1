"""`solve`: a first plan by insertion, then ruin and recreate for as long as there is time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from dispatch.planning.problem import Plan, Problem
from dispatch.planning.search import answers
from dispatch.planning.search.kernel import Kernel
from dispatch.planning.search.tables import Tables

ENGINE = "lns"
SLICE = 0.1  # seconds between two looks at the clock and at `stop`
MOST_BY_REGRET = 400  # jobs; more are put in by the plain order, which takes time by their number only once
HOT, COLD = 0.5, 0.005  # annealing: what is accepted at first and at last, as shares of what a served job costs
WARM = 0.05  # the first of it when a plan was given: near what there is


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a search is: `share` of its time, `cost` of the best plan so far in seconds."""

    share: float
    iterations: int
    served: int
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """`partial`: the time was over before every job had been tried once, so some are unserved that need not be."""

    plan: Plan
    engine: str
    seconds_used: float
    partial: bool
    iterations: int


def solve(
    problem: Problem,
    *,
    seconds: float,
    start: Plan | None = None,
    report: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    seed: int = 1,
    iterations: int | None = None,
) -> Solution:
    """The best plan found within `seconds`; with 0 the first one, by insertion.

    `start`: a plan to begin with; what of it is sound is kept. `report` and `stop` are called some ten times a second. `iterations` ends the search
    before the time does: then the same `seed` gives the same plan.
    """
    search = _Search(problem, seconds, report, stop, seed, iterations)
    return search.solve(start)


class _Search:
    def __init__(
        self,
        problem: Problem,
        seconds: float,
        report: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
        seed: int,
        iterations: int | None,
    ) -> None:
        self.began = time.monotonic()
        self.problem, self.seconds, self.report, self.stop, self.iterations = problem, seconds, report, stop, iterations
        self.tables = Tables(problem)
        self.kernel = Kernel(self.tables, seed)
        self.partial = False

    def solve(self, start: Plan | None) -> Solution:
        if start is not None:
            answers.read(self.problem, self.tables, self.kernel, start)
        self._construct()
        self.kernel.keep()
        if self.problem.jobs and self.problem.technicians and not self.partial:
            self._anneal(WARM if start is not None else HOT)
        self.kernel.back_to_best()
        plan = answers.write(self.problem, self.tables, self.kernel)
        return Solution(
            plan=plan,
            engine=ENGINE,
            seconds_used=time.monotonic() - self.began,
            partial=self.partial,
            iterations=self.kernel.costs()[2],
        )

    def _construct(self) -> None:
        """Put in every job once, dearest and hardest first where there are many."""
        jobs = [number for number in range(self.tables.jobs) if self.tables.able_from[number] < self.tables.able_from[number + 1]]
        if len(jobs) <= MOST_BY_REGRET:
            self.kernel.insert(jobs, 2)
            return
        width = [self.tables.latest[job] - self.tables.early[job] for job in jobs]
        for _, job in sorted(zip(width, jobs, strict=True)):
            self.kernel.insert([job], 0)

    def _anneal(self, hot: float) -> None:
        kernel = self.kernel
        served = self.tables.jobs - kernel.missing()
        unserved = sum(job.unserved_cost for job in self.problem.jobs) if not served else 0.0
        scale = max(1e-6, (kernel.costs()[0] - unserved) / max(1, served))
        first, last = hot * scale, COLD * scale
        count, began, done = 1, time.monotonic(), 0
        budget = self.seconds - (began - self.began)
        if self.iterations is not None:
            kernel.heat(first, (last / first) ** (1 / max(1, self.iterations)))
        while True:
            now = time.monotonic() - began
            if now >= budget or (self.iterations is not None and done >= self.iterations) or (self.stop is not None and self.stop()):
                return
            if self.iterations is None:
                kernel.heat(first * (last / first) ** (now / budget), 1.0)
            else:
                count = min(count, self.iterations - done)
            kernel.run(count)
            done += count
            took = time.monotonic() - began - now
            count = max(1, min(2 * count, int(count * SLICE / max(took, 1e-6))))
            if self.report is not None:
                self.report(Progress(share=min(1.0, (now + took) / budget), iterations=done, served=served, cost=kernel.costs()[1]))
