"""`solve`: a first plan by insertion, then ruin and recreate for as long as there is time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from dispatch.planning.problem import Plan, Problem, Route
from dispatch.planning.search import answers, splitting
from dispatch.planning.search.kernel import Kernel
from dispatch.planning.search.tables import Tables

ENGINE = "lns"
SLICE = 0.1  # seconds between two looks at the clock and at `stop`
MOST_BY_REGRET = 400  # jobs; more are put in by the plain order, which takes time by their number only once
HOT, COLD = 1.5, 0.005  # annealing: what is accepted at first and at last, as shares of what a served job costs
ALLOWANCE = 60.0  # seconds beyond the time given that a first plan may take, uncompiled and of thousands of jobs
STEP = 50  # jobs put in between two looks at the clock
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
    clock: Callable[[], float] = time.monotonic,
) -> Solution:
    """The best plan found within `seconds`; with 0 the first one, by insertion.

    `start`: a plan to begin with; what of it is sound is kept. `report` and `stop` are called some ten times a second. `iterations` ends the search
    before the time does: then the same `seed` gives the same plan. `clock` tells the seconds: those of the wall, or `time.process_time`.
    """
    if len(problem.jobs) <= splitting.MOST_TOGETHER:
        return _Search(problem, seconds, report, stop, seed, iterations, clock).solve(start)
    began = clock()
    left, routes, unserved, done, partial = splitting.what_is_left(problem), list[Route](), list[str](), 0, False
    regions = splitting.split(problem, seed)
    planned = 0
    for region in regions:
        share = len(region.jobs) / len(problem.jobs)
        shown = None if report is None else _among(report, planned / len(problem.jobs), share)
        late = clock() - began > seconds + ALLOWANCE
        if late or (stop is not None and stop()):
            unserved += [job.id for job in region.jobs]
            partial = True
            continue
        rounds = None if iterations is None else round(iterations * share)
        search = _Search(splitting.with_stock(region, left), seconds * share, shown, stop, seed, rounds, clock)
        found = search.solve(splitting.part_of(start, region))
        splitting.take(left, found.plan.routes)
        routes += found.plan.routes
        unserved += found.plan.unserved
        done += found.iterations
        planned += len(region.jobs)
        partial = partial or found.partial
    plan = Plan(routes=routes, unserved=unserved)
    return Solution(plan=plan, engine=ENGINE, seconds_used=clock() - began, partial=partial, iterations=done)


def _among(report: Callable[[Progress], None], before: float, share: float) -> Callable[[Progress], None]:
    """Reports of one region as reports of the whole: its jobs are `share` of all, and `before` are done."""

    def told(progress: Progress) -> None:
        report(replace(progress, share=before + share * progress.share))

    return told


class _Search:
    def __init__(
        self,
        problem: Problem,
        seconds: float,
        report: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
        seed: int,
        iterations: int | None,
        clock: Callable[[], float],
    ) -> None:
        self.clock, self.began = clock, clock()
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
            seconds_used=self.clock() - self.began,
            partial=self.partial,
            iterations=self.kernel.costs()[2],
        )

    def _construct(self) -> None:
        """Put in every job once: by regret where they are few, otherwise in the order of how little time there is for each."""
        jobs = [number for number in range(self.tables.jobs) if self.tables.able_from[number] < self.tables.able_from[number + 1]]
        if len(jobs) <= MOST_BY_REGRET:
            self.kernel.insert(jobs, 2)
            return
        width = [self.tables.latest[job] - self.tables.early[job] for job in jobs]
        order = [job for _, job in sorted(zip(width, jobs, strict=True))]
        for first in range(0, len(order), STEP):
            self.kernel.insert(order[first : first + STEP], 0)
            if self.clock() - self.began > self.seconds + ALLOWANCE or (self.stop is not None and self.stop()):
                self.partial = first + STEP < len(order)
                return

    def _anneal(self, hot: float) -> None:
        kernel = self.kernel
        scale = max(1e-6, kernel.served_cost() / max(1, self.tables.jobs - kernel.missing()))
        first, last = hot * scale, COLD * scale
        count, began, done = 1, self.clock(), 0
        budget = self.seconds - (began - self.began)
        if self.iterations is not None:
            kernel.heat(first, (last / first) ** (1 / max(1, self.iterations)))
        while True:
            now = self.clock() - began
            if now >= budget or (self.iterations is not None and done >= self.iterations) or (self.stop is not None and self.stop()):
                return
            if self.iterations is None:
                kernel.heat(first * (last / first) ** (now / budget), 1.0)
            else:
                count = min(count, self.iterations - done)
            kernel.run(count)
            done += count
            took = self.clock() - began - now
            count = max(1, min(2 * count, int(count * SLICE / max(took, 1e-6))))
            if self.report is not None:
                self.report(
                    Progress(
                        share=min(1.0, (now + took) / budget if self.iterations is None else done / self.iterations),
                        iterations=done,
                        served=self.tables.jobs - kernel.missing(),
                        cost=kernel.costs()[1],
                    )
                )
