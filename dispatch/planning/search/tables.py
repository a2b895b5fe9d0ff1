"""A problem as flat arrays, for the kernel: numbers instead of names, tools as parts that are never used up."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from dispatch.planning.problem import Job, Objective, Problem, Technician, person_of

NEVER = 1e18  # as in kernel.py
MANY = 1 << 29
MOST_REFILLS = 4  # stops at warehouses in one route that are thought of


class Tables:
    """What `kernel.Kernel` reads, under the names it has there. Places are only those that somebody starts, works, ends or fetches something at.

    Each part is a column, each tool too: who has a tool has `MANY`, a job needs one, and a warehouse that lends it has `MANY` as well.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.jobs, self.technicians = len(problem.jobs), len(problem.technicians)
        self.warehouses = len(problem.warehouses)
        self.slots = max((min(one.max_refills, MOST_REFILLS) for one in problem.technicians), default=0) if problem.warehouses else 0
        self.crews = sum(job.crew > 1 for job in problem.jobs)
        self.by_duty = problem.objective is Objective.DUTY
        self.change_cost = problem.change_cost
        self.settings = array("d", SETTINGS)
        self._number_nodes()
        self._measure_places()
        self._read_technicians()
        self._read_goods()
        self._read_jobs()
        self._read_warehouses()

    def _number_nodes(self) -> None:
        copies: list[int] = []
        self.first_copy = array("i", [0] * self.jobs)
        for number, job in enumerate(self.problem.jobs):
            self.first_copy[number] = self.jobs + len(copies)
            copies += [number] * (job.crew - 1)
        self.first_slot = self.jobs + len(copies)
        self.first_start = self.first_slot + self.slots * self.technicians
        self.first_end = self.first_start + self.technicians
        self.nodes = self.first_end + self.technicians
        self.job_of = array("i", [*range(self.jobs), *copies, *([-1] * (self.nodes - self.first_slot))])

    def _measure_places(self) -> None:
        """`travel` in rows of `stride`; the last place is nowhere, with no way to it: for days that end at the last stop."""
        problem = self.problem
        used = {job.place for job in problem.jobs} | {one.place for one in problem.warehouses}
        used |= {place for one in problem.technicians for place in (one.start_place, one.end_place) if place is not None}
        places = sorted(used)
        at = {place: number for number, place in enumerate(places)}
        self.stride = len(places) + 1
        self.travel = array("d")
        whole = places == list(range(len(problem.travel)))
        for place in places:
            row = problem.travel[place]
            self.travel.extend(row if whole else [row[other] for other in places])
            self.travel.append(0.0)
        self.travel.extend([0.0] * self.stride)
        self.place = array("i", [len(places)] * self.nodes)
        for node in range(self.first_slot):
            self.place[node] = at[problem.jobs[self.job_of[node]].place]
        for number, technician in enumerate(problem.technicians):
            self.place[self.first_start + number] = at[technician.start_place]
            if technician.end_place is not None:
                self.place[self.first_end + number] = at[technician.end_place]
        self.store_place = array("i", [at[one.place] for one in problem.warehouses])

    def _read_technicians(self) -> None:
        people: dict[str, int] = {}
        technicians = self.problem.technicians
        self.people = people
        self.person = array("i", [people.setdefault(one.person, len(people)) for one in technicians])
        self.shift_from = array("d", [one.shift[0] for one in technicians])
        self.shift_to = array("d", [one.shift[1] for one in technicians])
        self.refills = array("i", [min(one.max_refills, self.slots) for one in technicians])
        self.has_rest = array("i", [one.rest is not None for one in technicians])
        self.rest_from = array("d", [one.rest.window[0] if one.rest else 0.0 for one in technicians])
        self.rest_to = array("d", [one.rest.window[1] if one.rest else 0.0 for one in technicians])
        self.rest_seconds = array("d", [one.rest.seconds if one.rest else 0.0 for one in technicians])

    def _read_goods(self) -> None:
        """Columns of what jobs need and not everybody has enough of anyway."""
        problem = self.problem
        wanted: dict[str, int] = {}
        for job in problem.jobs:
            for part, count in job.parts.items():
                wanted[part] = wanted.get(part, 0) + count
        least = {part: min((one.stock.get(part, 0) for one in problem.technicians), default=0) for part in wanted}
        scarce = [part for part, count in wanted.items() if least[part] < count]
        lent = {tool for job in problem.jobs for tool in job.tools if any(tool not in one.tools for one in problem.technicians)}
        names = [("part", one) for one in scarce] + [("tool", one) for one in sorted(lent)]
        self.columns = {name: column for column, name in enumerate(names)}
        self.parts = len(self.columns)
        self.van = array("i", [0] * (self.technicians * self.parts))
        for number, technician in enumerate(problem.technicians):
            for part, count in technician.stock.items():
                if ("part", part) in self.columns:
                    self.van[number * self.parts + self.columns["part", part]] = max(0, min(count, MANY - 1))
            for tool in technician.tools:
                if ("tool", tool) in self.columns:
                    self.van[number * self.parts + self.columns["tool", tool]] = MANY

    def _read_jobs(self) -> None:
        jobs = self.problem.jobs
        others = self.nodes - self.first_slot
        nodes = [jobs[number] for number in self.job_of[: self.first_slot]]
        starts = [*([-NEVER] * (others - 2 * self.technicians)), *self.shift_from, *self.shift_from]
        ends = [*([NEVER] * (others - 2 * self.technicians)), *self.shift_to, *self.shift_to]
        self.early = array("d", [job.earliest for job in nodes] + starts)
        self.latest = array("d", [min(job.latest, NEVER) for job in nodes] + ends)
        self.service = array("d", [job.seconds for job in nodes] + [0.0] * others)
        costs = [node < self.jobs and job.due is not None and job.lateness_cost > 0 for node, job in enumerate(nodes)]
        self.due = array("d", [job.due if late and job.due is not None else NEVER for job, late in zip(nodes, costs, strict=True)])
        self.due.extend([NEVER] * others)
        self.late_cost = array("d", [job.lateness_cost for job in nodes] + [0.0] * others)
        self.unserved = array("d", [job.unserved_cost for job in jobs])
        self.crew = array("i", [job.crew for job in jobs])
        numbers = {technician.id: number for number, technician in enumerate(self.problem.technicians)}
        self.locked = array("i", [-1 if job.locked_to is None else numbers.get(job.locked_to, -1) for job in jobs])
        before = [None if job.previous_technician is None else person_of(job.previous_technician) for job in jobs]
        self.previous = array("i", [-1 if one is None else self.people.get(one, len(self.people)) for one in before])
        self.need_from, self.need_part, self.need_count = array("i", [0]), array("i"), array("i")
        for node, job in enumerate(nodes):
            goods = [(("part", part), count) for part, count in job.parts.items()] + [(("tool", tool), 1) for tool in sorted(job.tools)]
            for name, count in goods:
                if node < self.jobs and count > 0 and name in self.columns:
                    self.need_part.append(self.columns[name])
                    self.need_count.append(count)
            self.need_from.append(len(self.need_part))
        self.need_from.extend([len(self.need_part)] * (others + 1))
        self._match(jobs, numbers)
        starts_at = {self.place[self.first_start + number] for number in range(self.technicians)}
        nearest = [min((self.travel[at * self.stride + self.place[job]] for at in starts_at), default=0.0) for job in range(self.jobs)]
        self.remoteness = array("d", nearest)

    def _match(self, jobs: Sequence[Job], numbers: Mapping[str, int]) -> None:
        """For each job the technicians who can do it at all, and what each choice costs beside time."""
        self.able_from, self.able, self.able_cost = array("i", [0]), array("i"), array("d")
        skilled: dict[tuple[tuple[str, int], ...], list[int]] = {}
        for number, job in enumerate(jobs):
            key = tuple(sorted(job.skills.items()))
            if key not in skilled:
                skilled[key] = [who for who, one in enumerate(self.problem.technicians) if has_skills(one, job)]
            for who in skilled[key] if job.earliest <= job.latest else ():
                if job.crew == 1 and job.locked_to is not None and numbers.get(job.locked_to) != who:
                    continue
                if job.locked_to is not None and numbers.get(job.locked_to) not in skilled[key]:
                    continue
                if self.shift_to[who] < self.early[number] or self.shift_from[who] > self.latest[number]:
                    continue
                changed = job.crew == 1 and self.previous[number] >= 0 and self.previous[number] != self.person[who]
                self.able.append(who)
                self.able_cost.append(self.change_cost if changed else 0.0)
            if job.crew > 1 and job.locked_to is not None and numbers.get(job.locked_to) not in self.able[self.able_from[-1] :]:
                del self.able[self.able_from[-1] :], self.able_cost[self.able_from[-1] :]
            self.able_from.append(len(self.able))

    def _read_warehouses(self) -> None:
        warehouses = self.problem.warehouses
        self.store_seconds = array("d", [one.seconds for one in warehouses])
        self.store_from = array("d", [one.open[0] if one.open else -NEVER for one in warehouses])
        self.store_to = array("d", [one.open[1] if one.open else NEVER for one in warehouses])
        self.store_left = array("i", [0] * max(1, self.warehouses * self.parts))
        self.finite = False
        for number, warehouse in enumerate(warehouses):
            stock = warehouse.stock
            for (sort, name), column in self.columns.items():
                if sort == "tool":
                    count = MANY if warehouse.tools is None or name in warehouse.tools else 0
                else:
                    count = MANY if stock is None else max(0, min(stock.get(name, 0), MANY - 1))
                    self.finite = self.finite or (0 < count < MANY)
                self.store_left[number * self.parts + column] = count


def has_skills(technician: Technician, job: Job) -> bool:
    """Whether the technician has every skill of the job, high enough."""
    return all(technician.skills.get(skill, 0) >= level for skill, level in job.skills.items())


# How the kernel ruins and recreates. With regret in 40 of 100 rounds instead of 15, and fewer runs, 600,000 rounds at 100 jobs end at 2,716 to 2,728
# where they ended at 2,746 to 2,781.
SETTINGS = (
    0.55,  # 0: up to here of 1: runs of jobs from neighbouring routes
    0.75,  # 1: jobs near one
    0.83,  # 2: whole routes
    0.91,  # 3: those farthest out of the way; beyond: any
    0.60,  # 4: put in one by one in some order; beyond: by regret
    25.0,  # 5: most jobs taken out other than in runs
    0.10,  # 6: begin at a job that nobody does
    0.20,  # 7: a second of waiting between two jobs is as far as so many of travel
    1.00,  # 8: a second too late likewise
    10.0,  # 9: jobs taken out in runs, on average
    10.0,  # 10: longest run
    12.0,  # 11: most unserved jobs tried again in each round
    0.01,  # 12: chance that a place is overlooked, one by one
    0.0,  # 13: the same by regret
)
