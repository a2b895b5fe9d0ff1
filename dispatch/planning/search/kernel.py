# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, nonecheck=False, cdivision=True, infer_types=True
"""The hot loop of the search: routes as linked lists, what an insertion costs, ruin and recreate under simulated annealing.

This file is Python and C at once: `script/setup` compiles it where there is a C compiler (Cython's pure Python mode), otherwise it runs as it stands,
some hundred times slower. So it keeps to flat arrays and plain loops; what may be slow is elsewhere (`tables`, `solving`, `answers`).

A *node* is a number: jobs first, then the further people of crew jobs (*copies*), then each technician's stops at warehouses (*slots*), then starts,
then ends. `following` and `preceding` make a route from a start to an end; `route_of` is -1 for what is in none. Seconds everywhere.

For each node in a route the *head* says what the way up to and including it is like, leaving as early as possible: `leave` (when one is free again),
`waited` (waiting so far: as much may the departure be delayed without being later here), `slack` (how far it may be delayed with every limit kept,
due dates included), `late` (cost so far), `gone` (travel so far). `rested_*` is the same for those who have had their break. Beside it stand *spans*
(duration, earliest and latest start that give this duration) of the part before (`head_*`) and after (`tail_*`): two joins give the least duty of a
route with a node put in, which is exact where there are neither breaks nor due dates and a lower bound otherwise.
"""

from array import array

import cython
from cython.cimports.libc.math import log

NEVER = cython.declare(cython.double, 1e18)
MANY = cython.declare(cython.int, 1 << 29)  # of a part: never short
NEARLY = cython.declare(cython.double, 1e-7)  # later by less is not late: sums of broken seconds are not exact
MASK = cython.declare(cython.ulonglong, 0xFFFFFFFF)
STARTS = cython.declare(cython.int, 24)  # most common starts that are tried for a crew


@cython.cclass
class Kernel:
    """One problem and the plan that is worked on. Made from `tables.Tables`, whose names and units it shares; no array ever changes its length."""

    # the problem
    jobs: cython.int
    technicians: cython.int
    warehouses: cython.int
    parts: cython.int
    nodes: cython.int
    slots: cython.int
    first_slot: cython.int
    first_start: cython.int
    first_end: cython.int
    stride: cython.int
    crews: cython.int
    by_duty: cython.bint
    finite: cython.bint
    change_cost: cython.double
    travel: cython.double[::1]
    place: cython.int[::1]
    early: cython.double[::1]
    latest: cython.double[::1]
    service: cython.double[::1]
    due: cython.double[::1]
    late_cost: cython.double[::1]
    job_of: cython.int[::1]
    need_from: cython.int[::1]
    need_part: cython.int[::1]
    need_count: cython.int[::1]
    unserved: cython.double[::1]
    crew: cython.int[::1]
    first_copy: cython.int[::1]
    locked: cython.int[::1]
    previous: cython.int[::1]
    job_early: cython.double[::1]
    job_latest: cython.double[::1]
    able_from: cython.int[::1]
    able: cython.int[::1]
    able_cost: cython.double[::1]
    person: cython.int[::1]
    shift_from: cython.double[::1]
    shift_to: cython.double[::1]
    refills: cython.int[::1]
    van: cython.int[::1]
    has_rest: cython.int[::1]
    rest_from: cython.double[::1]
    rest_to: cython.double[::1]
    rest_seconds: cython.double[::1]
    store_place: cython.int[::1]
    store_seconds: cython.double[::1]
    store_from: cython.double[::1]
    store_to: cython.double[::1]
    store_left: cython.int[::1]
    # the routes
    following: cython.int[::1]
    preceding: cython.int[::1]
    route_of: cython.int[::1]
    store_of: cython.int[::1]
    leave: cython.double[::1]
    waited: cython.double[::1]
    slack: cython.double[::1]
    late: cython.double[::1]
    gone: cython.double[::1]
    rested_leave: cython.double[::1]
    rested_waited: cython.double[::1]
    rested_slack: cython.double[::1]
    rested_late: cython.double[::1]
    head_length: cython.double[::1]
    head_early: cython.double[::1]
    head_late: cython.double[::1]
    tail_length: cython.double[::1]
    tail_early: cython.double[::1]
    tail_late: cython.double[::1]
    route_cost: cython.double[::1]
    route_extra: cython.double[::1]
    route_due: cython.int[::1]
    route_broken: cython.int[::1]
    route_visits: cython.int[::1]
    route_needs: cython.int[::1]
    taken: cython.int[::1]
    kept_taken: cython.int[::1]
    best_taken: cython.int[::1]
    trusting: cython.bint
    summed: cython.int[::1]
    summed_parts: cython.int[::1]
    absent: cython.int[::1]
    absent_at: cython.int[::1]
    absents: cython.int
    broken: cython.int
    total: cython.double
    # the search
    current: cython.double
    best: cython.double
    temperature: cython.double
    cooling: cython.double
    iterations: cython.longlong
    state: cython.ulonglong
    nears: cython.int
    near: cython.int[::1]
    near_known: cython.int[::1]
    near_key: cython.double[::1]
    remoteness: cython.double[::1]
    round: cython.int
    touched_in: cython.int[::1]
    hit_in: cython.int[::1]
    touched: cython.int[::1]
    touches: cython.int
    kept_from: cython.int[::1]
    kept_node: cython.int[::1]
    kept_store: cython.int[::1]
    kept: cython.int
    kept_pin: cython.double[::1]
    best_node: cython.int[::1]
    best_store: cython.int[::1]
    best_nodes: cython.int
    best_pin: cython.double[::1]
    pending: cython.int[::1]
    pending_key: cython.double[::1]
    pendings: cython.int
    rows: cython.int
    table_cost: cython.double[::1]
    table_after: cython.int[::1]
    table_visit: cython.int[::1]
    table_store: cython.int[::1]
    line: cython.int[::1]
    start_tried: cython.double[::1]
    carrier_cost: cython.double[::1]
    other_cost: cython.double[::1]
    chosen: cython.int[::1]
    found_after: cython.int
    found_visit: cython.int
    found_store: cython.int
    settings: cython.double[::1]

    def __init__(self, tables: object, seed: int = 1) -> None:
        self.jobs, self.technicians, self.warehouses, self.parts = tables.jobs, tables.technicians, tables.warehouses, tables.parts
        self.nodes, self.slots, self.stride, self.crews = tables.nodes, tables.slots, tables.stride, tables.crews
        self.first_slot, self.first_start, self.first_end = tables.first_slot, tables.first_start, tables.first_end
        self.by_duty, self.finite, self.change_cost = tables.by_duty, tables.finite, tables.change_cost
        self.travel, self.place, self.early, self.latest = tables.travel, tables.place, tables.early, tables.latest
        self.service, self.due, self.late_cost, self.job_of = tables.service, tables.due, tables.late_cost, tables.job_of
        self.need_from, self.need_part, self.need_count = tables.need_from, tables.need_part, tables.need_count
        self.unserved, self.crew, self.first_copy, self.locked = tables.unserved, tables.crew, tables.first_copy, tables.locked
        self.previous, self.job_early, self.job_latest = tables.previous, array("d", tables.early), array("d", tables.latest)
        self.able_from, self.able, self.able_cost = tables.able_from, tables.able, tables.able_cost
        self.person, self.shift_from, self.shift_to, self.refills = tables.person, tables.shift_from, tables.shift_to, tables.refills
        self.van, self.has_rest, self.rest_from = tables.van, tables.has_rest, tables.rest_from
        self.rest_to, self.rest_seconds = tables.rest_to, tables.rest_seconds
        self.store_place, self.store_seconds = tables.store_place, tables.store_seconds
        self.store_from, self.store_to, self.store_left = tables.store_from, tables.store_to, tables.store_left
        nodes, jobs, technicians = tables.nodes, tables.jobs, tables.technicians
        self.following, self.preceding, self.route_of, self.store_of = _ints(nodes), _ints(nodes), _ints(nodes, -1), _ints(nodes, -1)
        self.leave, self.waited, self.slack, self.late, self.gone = (_doubles(nodes) for _ in range(5))
        self.rested_leave, self.rested_waited, self.rested_slack, self.rested_late = (_doubles(nodes) for _ in range(4))
        self.head_length, self.head_early, self.head_late = (_doubles(nodes) for _ in range(3))
        self.tail_length, self.tail_early, self.tail_late = (_doubles(nodes) for _ in range(3))
        self.route_cost, self.route_extra = _doubles(technicians), _doubles(technicians)
        self.route_due, self.route_broken, self.route_visits = (_ints(technicians) for _ in range(3))
        self.route_needs = _ints(technicians * tables.parts)
        takes = technicians * tables.slots * tables.parts if tables.finite else 1
        self.taken, self.kept_taken, self.best_taken, self.trusting = _ints(takes), _ints(takes), _ints(takes), False
        self.summed, self.summed_parts = _ints(tables.parts), _ints(tables.parts)
        self.absent, self.absent_at, self.absents = _ints(jobs), _ints(jobs, -1), 0
        self.nears = min(jobs - 1, 120)
        self.near, self.near_known, self.near_key = _ints(max(1, jobs * self.nears)), _ints(jobs), _doubles(self.nears + 1)
        self.remoteness = tables.remoteness
        self.touched_in, self.hit_in, self.touched = _ints(technicians), _ints(technicians), _ints(technicians)
        self.kept_from, self.kept_node, self.kept_store = _ints(technicians + 1), _ints(nodes), _ints(nodes)
        self.kept_pin, self.best_pin = _doubles(jobs), _doubles(jobs)
        self.best_node, self.best_store = _ints(nodes), _ints(nodes)
        self.pending, self.pending_key = _ints(jobs), _doubles(jobs)
        self.rows = max(1, min(jobs, 400, 4_000_000 // max(1, technicians)))
        self.table_cost = _doubles(self.rows * technicians)
        self.table_after, self.table_visit, self.table_store = (_ints(self.rows * technicians) for _ in range(3))
        self.line = _ints(nodes)
        self.start_tried, self.carrier_cost, self.other_cost = _doubles(25), _doubles(technicians), _doubles(technicians)
        self.chosen = _ints(2 * technicians + 2)
        self.settings = tables.settings
        self.broken, self.total, self.current, self.best = 0, 0.0, 1e18, 1e18
        self.temperature, self.cooling, self.iterations, self.round = 0.0, 1.0, 0, 1
        self.state = (seed * 2654435761 + 88172645) & 0xFFFFFFFF or 1
        self.best_nodes = self.touches = self.kept = self.pendings = self.absents = 0
        self.found_after = self.found_visit = self.found_store = -1
        job: cython.int
        technician: cython.int
        for job in range(tables.jobs):
            self.absent[job] = self.absent_at[job] = job
            self.total += self.unserved[job]
        self.absents = jobs
        for technician in range(tables.technicians):
            self.following[self.first_start + technician] = self.first_end + technician
            self.preceding[self.first_end + technician] = self.first_start + technician
            self.route_of[self.first_start + technician] = self.route_of[self.first_end + technician] = technician
            self._refresh(technician)

    # what Python asks

    def costs(self) -> tuple[float, float, int]:
        """The cost of the plan in work and of the best one kept, and the iterations done."""
        return self.total, self.best, self.iterations

    def served_cost(self) -> float:
        """What the routes of the plan in work cost, without the jobs that nobody does."""
        return sum([self.route_cost[technician] + self.route_extra[technician] for technician in range(self.technicians)])

    def missing(self) -> int:
        """Jobs that the plan in work does not serve."""
        return self.absents

    def heat(self, temperature: cython.double, cooling: cython.double) -> None:
        """Annealing accepts what is worse by `temperature` on average; each iteration multiplies it by `cooling`."""
        self.temperature, self.cooling = temperature, cooling

    def routes(self) -> list[list[tuple[int, int]]]:
        """Of the plan in work, by technician: nodes in order, each with its warehouse (-1: a job)."""
        found = []
        technician: cython.int
        for technician in range(self.technicians):
            node: cython.int = self.following[self.first_start + technician]
            stops = []
            while node != self.first_end + technician:
                stops.append((node, self.store_of[node] if node >= self.first_slot else -1))
                node = self.following[node]
            found.append(stops)
        return found

    def takes(self, technician: cython.int) -> list[tuple[int, int, int]]:
        """What a route takes from warehouses that can run out: (warehouse, column of the part, how many)."""
        found = []
        slot: cython.int
        p: cython.int
        if self.finite:
            for slot in range(technician * self.slots, (technician + 1) * self.slots):
                for p in range(self.parts):
                    if self.route_of[self.first_slot + slot] >= 0 and self.taken[slot * self.parts + p]:
                        found.append((self.store_of[self.first_slot + slot], p, self.taken[slot * self.parts + p]))
        return found

    def pin(self, job: cython.int) -> float:
        """The common start of a crew job that is in the plan in work."""
        return self.early[job]

    def set_pin(self, job: cython.int, start: cython.double) -> None:
        """The common start of a crew job that is about to be put in."""
        self._pin(job, start)

    def put_last(self, technician: cython.int, node: cython.int, store: cython.int) -> bool:
        """Put a job's node, or with `store` ≥ 0 a stop at that warehouse, at the end of a route; False, and no change, if that breaks a rule."""
        end = self.first_end + technician
        if store >= 0:
            slot = self._free_slot(technician)
            if slot < 0:
                return False
            self._open_slot(slot, store)
            node = slot
        elif not self._allowed(node, technician):
            return False
        self._link(node, self.preceding[end], technician)
        self._refresh(technician)
        if self.route_broken[technician]:
            self._unlink(node)
            self._refresh(technician)
            return False
        if store < 0 and node < self.jobs:
            self._present(node)
        return True

    def take_out(self, job: cython.int) -> None:
        """Take a job with all its copies out of the plan in work."""
        self.pendings = 0
        self._take_job(job)
        self._refresh_touched()
        self._next_round()

    def settle(self) -> None:
        """After routes were put together by hand: stops at warehouses that nobody needs go."""
        for technician in range(self.technicians):
            if self.route_visits[technician]:
                self._drop_visits(technician)

    def insert(self, jobs: object, regret: cython.int) -> None:
        """Put in those of `jobs` (as many as `rows` at most with `regret` ≥ 2) that cost less than they do unserved."""
        self.pendings = 0
        job: cython.int
        for job in jobs:
            if self.absent_at[job] >= 0:
                self.pending[self.pendings] = job
                self.pendings += 1
        with cython.nogil:
            self._recreate(regret, 0.0)
            self._tidy()
            self._next_round()

    def keep(self) -> None:
        """The plan in work is where annealing starts, and the best so far when it is better."""
        self.total = self._sum()
        self.current = self.total
        if not self.broken and self.total < self.best:
            self._keep_best()

    def back_to_best(self) -> None:
        """Put the best plan kept in place of the one in work."""
        self._load_best()

    def run(self, count: cython.longlong) -> None:
        """So many rounds of ruin and recreate."""
        with cython.nogil:
            while count > 0:
                self._iterate()
                count -= 1

    # chance

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _below(self, limit: cython.int) -> cython.int:
        """A whole number of 0 … limit - 1 (xorshift, 32 bits: the same compiled or not)."""
        x: cython.ulonglong = self.state
        x ^= (x << 13) & MASK
        x ^= x >> 17
        x ^= (x << 5) & MASK
        self.state = x
        return cython.cast(cython.int, x % limit)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _chance(self) -> cython.double:
        """Above 0, below 1."""
        x: cython.ulonglong = self.state
        x ^= (x << 13) & MASK
        x ^= x >> 17
        x ^= (x << 5) & MASK
        self.state = x
        return x / 4294967296.0

    # lists of routes and of what is in none

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _absent(self, job: cython.int) -> cython.void:
        if self.absent_at[job] < 0:
            self.absent_at[job] = self.absents
            self.absent[self.absents] = job
            self.absents += 1
            self.total += self.unserved[job]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _present(self, job: cython.int) -> cython.void:
        at = self.absent_at[job]
        if at >= 0:
            self.absents -= 1
            last = self.absent[self.absents]
            self.absent[at] = last
            self.absent_at[last] = at
            self.absent_at[job] = -1
            self.total -= self.unserved[job]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _link(self, node: cython.int, after: cython.int, technician: cython.int) -> cython.void:
        self._touch(technician)
        before = self.following[after]
        self.following[after] = node
        self.preceding[node] = after
        self.following[node] = before
        self.preceding[before] = node
        self.route_of[node] = technician
        if node < self.first_slot:
            i: cython.int
            for i in range(self.need_from[node], self.need_from[node + 1]):
                self.route_needs[technician * self.parts + self.need_part[i]] += self.need_count[i]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _unlink(self, node: cython.int) -> cython.void:
        technician = self.route_of[node]
        self._touch(technician)
        if node >= self.first_slot and self.finite:
            self._give_back(technician, node)
        after = self.preceding[node]
        before = self.following[node]
        self.following[after] = before
        self.preceding[before] = after
        self.route_of[node] = -1
        if node < self.first_slot:
            i: cython.int
            for i in range(self.need_from[node], self.need_from[node + 1]):
                self.route_needs[technician * self.parts + self.need_part[i]] -= self.need_count[i]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _touch(self, technician: cython.int) -> cython.void:
        """Remember a route as it was when this round began, the first time it is changed."""
        if self.touched_in[technician] == self.round:
            return
        self.touched_in[technician] = self.round
        self.touched[self.touches] = technician
        node = self.following[self.first_start + technician]
        end = self.first_end + technician
        kept = self.kept
        p: cython.int
        while node != end:
            self.kept_node[kept] = node
            self.kept_store[kept] = self.store_of[node]
            if self.finite and node >= self.first_slot:
                row: cython.int = (node - self.first_slot) * self.parts
                for p in range(row, row + self.parts):
                    self.kept_taken[p] = self.taken[p]
            kept += 1
            node = self.following[node]
        self.touches += 1
        self.kept = kept
        self.kept_from[self.touches] = kept

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _next_round(self) -> cython.void:
        self.round += 1
        self.touches = 0
        self.kept = 0
        self.kept_from[0] = 0
        if self.crews:
            j: cython.int
            for j in range(self.jobs):
                self.kept_pin[j] = self.early[j]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _undo(self) -> cython.void:
        """Put every route touched in this round back as it was."""
        i: cython.int
        k: cython.int
        t: cython.int
        node: cython.int
        for i in range(self.touches):
            t = self.touched[i]
            self._clear(t)
        for i in range(self.touches):
            t = self.touched[i]
            after: cython.int = self.first_start + t
            for k in range(self.kept_from[i], self.kept_from[i + 1]):
                node = self.kept_node[k]
                if node >= self.first_slot:
                    self._open_slot(node, self.kept_store[k])
                    self._take_again(node, self.kept_taken)
                else:
                    if node < self.jobs:
                        self._present(node)
                    if self.crew[self.job_of[node]] > 1:
                        self.early[node] = self.latest[node] = self.kept_pin[self.job_of[node]]
                self._link(node, after, t)
                after = node
            self.trusting = True
            self._refresh(t)
            self.trusting = False

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _clear(self, technician: cython.int) -> cython.void:
        """An empty route; its jobs are absent. Of crew jobs only the one node: who calls clears the other routes too."""
        end = self.first_end + technician
        node = self.following[self.first_start + technician]
        while node != end:
            follower = self.following[node]
            self._unlink(node)
            if node < self.jobs:
                self._absent(node)
            node = follower

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _keep_best(self) -> cython.void:
        self.best = self.total
        kept: cython.int = 0
        t: cython.int
        for t in range(self.technicians):
            node: cython.int = self.following[self.first_start + t]
            while node != self.first_end + t:
                self.best_node[kept] = node
                self.best_store[kept] = self.store_of[node] * self.technicians + t if node >= self.first_slot else t
                if self.finite and node >= self.first_slot:
                    row: cython.int = (node - self.first_slot) * self.parts
                    p: cython.int
                    for p in range(row, row + self.parts):
                        self.best_taken[p] = self.taken[p]
                kept += 1
                node = self.following[node]
        self.best_nodes = kept
        if self.crews:
            for t in range(self.jobs):
                self.best_pin[t] = self.early[t]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _load_best(self) -> cython.void:
        t: cython.int
        i: cython.int
        for t in range(self.technicians):
            self._clear(t)
        for i in range(self.best_nodes):
            node: cython.int = self.best_node[i]
            t = self.best_store[i] % self.technicians
            if node >= self.first_slot:
                self._open_slot(node, self.best_store[i] // self.technicians)
                self._take_again(node, self.best_taken)
            else:
                if node < self.jobs:
                    self._present(node)
                if self.crew[self.job_of[node]] > 1:
                    self.early[node] = self.latest[node] = self.best_pin[self.job_of[node]]
            self._link(node, self.preceding[self.first_end + t], t)
        self.trusting = True
        for t in range(self.technicians):
            self._refresh(t)
        self.trusting = False
        self.total = self._sum()
        self._next_round()

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _sum(self) -> cython.double:
        """The cost of the plan in work, added up anew."""
        total: cython.double = 0.0
        i: cython.int
        for i in range(self.technicians):
            total += self.route_cost[i] + self.route_extra[i]
        for i in range(self.absents):
            total += self.unserved[self.absent[i]]
        if self.crews and self.change_cost > 0:
            for i in range(self.jobs):
                if self.crew[i] > 1 and self.absent_at[i] < 0:
                    total += self._change_of_crew(i)
        return total

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _change_of_crew(self, job: cython.int) -> cython.double:
        """What it costs that nobody of the crew was to do this job before."""
        if self.previous[job] < 0 or self.change_cost == 0:
            return 0.0
        i: cython.int
        for i in range(self.crew[job]):
            node: cython.int = job if i == 0 else self.first_copy[job] + i - 1
            if self.route_of[node] >= 0 and self.person[self.route_of[node]] == self.previous[job]:
                return 0.0
        return self.change_cost

    # stops at warehouses, parts

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _free_slot(self, technician: cython.int) -> cython.int:
        """A stop that the technician may still make, or -1."""
        i: cython.int
        for i in range(self.refills[technician]):
            if self.route_of[self.first_slot + technician * self.slots + i] < 0:
                return self.first_slot + technician * self.slots + i
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _open_slot(self, slot: cython.int, store: cython.int) -> cython.void:
        self.store_of[slot] = store
        self.place[slot] = self.store_place[store]
        self.service[slot] = self.store_seconds[store]
        self.early[slot] = self.store_from[store]
        self.latest[slot] = self.store_to[store]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _give_back(self, technician: cython.int, slot: cython.int) -> cython.void:
        """What was taken at this stop is in the warehouse again."""
        p: cython.int
        row = (slot - self.first_slot) * self.parts
        shelf = self.store_of[slot] * self.parts
        for p in range(self.parts):
            if self.taken[row + p]:
                self.store_left[shelf + p] += self.taken[row + p]
                self.taken[row + p] = 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _take_again(self, slot: cython.int, takes: cython.int[::1]) -> cython.void:
        """What was taken at a stop that is put back. Not found out anew: with several warehouses it could come out otherwise, and short."""
        if not self.finite:
            return
        p: cython.int
        row: cython.int = (slot - self.first_slot) * self.parts
        for p in range(self.parts):
            self.taken[row + p] = takes[row + p]
            self.store_left[self.store_of[slot] * self.parts + p] -= takes[row + p]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _supply(self, technician: cython.int) -> cython.int:
        """Take what the route needs where it passes. The first node that lacks something, or -1. Of a part short, what there is stays where it is."""
        start = self.first_start + technician
        end = self.first_end + technician
        node: cython.int = self.following[start]
        visits: cython.int = 0
        sums: cython.int = 0
        lacking: cython.int = -1
        i: cython.int
        p: cython.int
        if self.finite:
            while node != end:
                if node >= self.first_slot:
                    self._give_back(technician, node)
                node = self.following[node]
            node = self.following[start]
        while node != end and lacking < 0:
            if node >= self.first_slot:
                visits += 1
            else:
                for i in range(self.need_from[node], self.need_from[node + 1]):
                    p = self.need_part[i]
                    have: cython.int = self.van[technician * self.parts + p]
                    if have >= MANY:
                        continue
                    if self.summed[p] == 0:
                        self.summed_parts[sums] = p
                        sums += 1
                        self.summed[p] = 1  # so much more than what was used of the van's own
                    self.summed[p] += self.need_count[i]
                    if self.summed[p] - 1 > have:
                        lack: cython.int = self.summed[p] - 1 - have
                        visit: cython.int = self.preceding[node] if visits else start
                        while lack > 0 and visit != start:
                            if visit >= self.first_slot:
                                shelf: cython.int = self.store_of[visit] * self.parts + p
                                if self.store_left[shelf] >= MANY:
                                    lack = 0
                                elif self.store_left[shelf] > 0:
                                    got: cython.int = lack if lack < self.store_left[shelf] else self.store_left[shelf]
                                    self.store_left[shelf] -= got
                                    self.taken[(visit - self.first_slot) * self.parts + p] += got
                                    lack -= got
                            visit = self.preceding[visit]
                        if lack > 0:
                            lacking = node
                            break
                        self.summed[p] = have + 1
            node = self.following[node]
        for i in range(sums):
            self.summed[self.summed_parts[i]] = 0
        return lacking

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _holds(self, node: cython.int, technician: cython.int, leg: cython.int, store: cython.int) -> cython.bint:
        """Whether the parts of a node are there when it is put behind `leg` stops at warehouses, with `store` ≥ 0 visited before it as well."""
        i: cython.int
        k: cython.int
        for i in range(self.need_from[node], self.need_from[node + 1]):
            p: cython.int = self.need_part[i]
            count: cython.int = self.need_count[i]
            supply: cython.int = self.van[technician * self.parts + p]
            if supply >= MANY:
                continue
            extra: cython.int = self.store_left[store * self.parts + p] if store >= 0 else 0
            if extra >= MANY:
                continue
            if self.route_needs[technician * self.parts + p] + count <= supply:
                continue
            if self.route_visits[technician] == 0:
                if self.route_needs[technician * self.parts + p] + count > supply + extra:
                    return False
                continue
            needed: cython.int = 0
            passed: cython.int = 0
            at: cython.int = self.following[self.first_start + technician]
            end: cython.int = self.first_end + technician
            while True:
                if at == end or at >= self.first_slot:
                    if passed >= leg and needed + count > supply + extra:
                        return False
                    if at == end:
                        break
                    passed += 1
                    shelf: cython.int = self.store_of[at] * self.parts + p
                    if self.store_left[shelf] >= MANY:
                        break  # never short from here on
                    if self.finite:
                        supply += self.taken[(at - self.first_slot) * self.parts + p]
                    again: cython.bint = store == self.store_of[at]
                    other: cython.int = self.preceding[at]
                    while other != self.first_start + technician:
                        if other >= self.first_slot and self.store_of[other] == self.store_of[at]:
                            again = True
                        other = self.preceding[other]
                    if not again:
                        supply += self.store_left[shelf]
                else:
                    for k in range(self.need_from[at], self.need_from[at + 1]):
                        if self.need_part[k] == p:
                            needed += self.need_count[k]
                at = self.following[at]
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _drop_visits(self, technician: cython.int) -> cython.void:
        """Stops at warehouses that nothing needs any more go."""
        i: cython.int
        for i in range(self.refills[technician]):
            slot: cython.int = self.first_slot + technician * self.slots + i
            if self.route_of[slot] < 0:
                continue
            after: cython.int = self.preceding[slot]
            self._unlink(slot)
            if self._supply(technician) >= 0:
                self._link(slot, after, technician)
        self._refresh(technician)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _move_visits(self, technician: cython.int) -> cython.void:
        """Each stop at a warehouse to where it costs least, at whichever warehouse; one that nothing needs goes."""
        i: cython.int
        w: cython.int
        for i in range(self.refills[technician]):
            slot: cython.int = self.first_slot + technician * self.slots + i
            if self.route_of[slot] < 0:
                continue
            was_after: cython.int = self.preceding[slot]
            was_store: cython.int = self.store_of[slot]
            self._unlink(slot)
            self._refresh(technician)  # broken only by what is lacking: its times stand
            lacking: cython.int = self._supply(technician)
            if lacking < 0:
                self._refresh(technician)
                continue
            best: cython.double = NEVER
            best_after: cython.int = was_after
            best_store: cython.int = was_store
            for w in range(self.warehouses):
                self._open_slot(slot, w)
                if w != was_store:
                    self._link(slot, self.preceding[lacking], technician)
                    short: cython.int = self._supply(technician)
                    self._unlink(slot)
                    if short >= 0:
                        continue
                after: cython.int = self.first_start + technician
                while after != lacking:
                    if self.leave[after] > self.latest[slot]:
                        break
                    cost: cython.double = self._walk(technician, after, slot, -1, -1, False)
                    if cost < best:
                        best = cost
                        best_after = after
                        best_store = w
                    after = self.following[after]
            self._open_slot(slot, best_store)
            self._link(slot, best_after, technician)
            self._refresh(technician)

    # times and costs of a route

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _walk(
        self,
        technician: cython.int,
        after: cython.int,
        visit: cython.int,
        node: cython.int,
        node_after: cython.int,
        keep: cython.bint,
    ) -> cython.double:
        """The cost of a route (duty or travel, and lateness) from its known head at `after` on: there `visit` is put in (-1: nothing), behind
        `node_after` `node` (-1: nothing). NEVER: it cannot be driven. `keep`: writes the heads of what is in the route; without anything put in."""
        t: cython.double = self.leave[after]
        w: cython.double = self.waited[after]
        c: cython.double = self.slack[after]
        m: cython.double = self.late[after]
        g: cython.double = self.gone[after]
        rest: cython.bint = self.has_rest[technician]
        bt: cython.double = NEVER
        bw: cython.double = 0.0
        bc: cython.double = 0.0
        bl: cython.double = 0.0
        opens: cython.double = 0.0
        closes: cython.double = 0.0
        pause: cython.double = 0.0
        if rest:
            bt = self.rested_leave[after]
            bw = self.rested_waited[after]
            bc = self.rested_slack[after]
            bl = self.rested_late[after]
            opens = self.rest_from[technician]
            closes = self.rest_to[technician]
            pause = self.rest_seconds[technician]
        end: cython.int = self.first_end + technician
        chain: cython.int = after
        here: cython.int = self.place[after]
        here *= self.stride
        put_in: cython.bint = node >= 0 and node_after == after
        at: cython.int
        s: cython.double
        while True:
            if visit >= 0:
                at = visit
                visit = -1
            elif put_in:
                at = node
                put_in = False
            else:
                chain = self.following[chain]
                at = chain
                if at == node_after and node >= 0:
                    put_in = True
            way: cython.double = self.travel[here + self.place[at]]
            g += way
            early: cython.double = self.early[at]
            latest: cython.double = self.latest[at]
            due: cython.double = self.due[at]
            service: cython.double = self.service[at]
            if rest:
                # had the break before, or has it before leaving for here: the better of both by what the route has cost so far
                xt: cython.double = NEVER
                xw: cython.double = 0.0
                xc: cython.double = 0.0
                xl: cython.double = 0.0
                if bt < NEVER:
                    s = bt + way
                    xw = bw
                    if s < early:
                        xw += early - s
                        s = early
                    if s <= latest + NEARLY:
                        xc = bc if bc < xw + latest - s else xw + latest - s
                        xl = bl
                        if due < NEVER:
                            if s > due:
                                xl += self.late_cost[at] * (s - due)
                                if xc > xw:
                                    xc = xw
                            elif xc > xw + due - s:
                                xc = xw + due - s
                        xt = s + service
                if t <= closes + NEARLY:
                    pw: cython.double = w
                    s = t
                    if s < opens:
                        pw += opens - s
                        s = opens
                    pc: cython.double = c if c < pw + closes - s else pw + closes - s
                    pl: cython.double = m
                    s += pause + way
                    if s < early:
                        pw += early - s
                        s = early
                    if s <= latest + NEARLY:
                        if pc > pw + latest - s:
                            pc = pw + latest - s
                        if due < NEVER:
                            if s > due:
                                pl += self.late_cost[at] * (s - due)
                                if pc > pw:
                                    pc = pw
                            elif pc > pw + due - s:
                                pc = pw + due - s
                        s += service
                        # judged by what counts: with duty a departure that can be delayed is worth as much as time; the earlier of equals
                        less: cython.double = NEVER
                        if xt < NEVER:
                            less = xt - (xw if xw < xc else xc) + xl - (s - (pw if pw < pc else pc) + pl)
                        if less > NEARLY or (less > -NEARLY and s < xt):
                            xt = s
                            xw = pw
                            xc = pc
                            xl = pl
                bt = xt
                bw = xw
                bc = xc
                bl = xl
            if t < NEVER:
                s = t + way
                if s < early:
                    w += early - s
                    s = early
                if s > latest + NEARLY:
                    if not rest or bt >= NEVER:
                        return NEVER
                    t = NEVER
                else:
                    if c > w + latest - s:
                        c = w + latest - s
                    if due < NEVER:
                        if s > due:
                            m += self.late_cost[at] * (s - due)
                            if c > w:
                                c = w
                        elif c > w + due - s:
                            c = w + due - s
                    t = s + service
            elif bt >= NEVER:
                return NEVER
            if keep:
                self.leave[at] = t
                self.waited[at] = w
                self.slack[at] = c
                self.late[at] = m
                self.gone[at] = g
                if rest:
                    self.rested_leave[at] = bt
                    self.rested_waited[at] = bw
                    self.rested_slack[at] = bc
                    self.rested_late[at] = bl
            if at == end:
                break
            here = self.place[at]
            here *= self.stride
        begin: cython.double = self.shift_from[technician]
        cost: cython.double = NEVER
        delay: cython.double = w if w < c else c
        if t < NEVER and (not rest or t <= closes + NEARLY or begin + delay >= closes - NEARLY):
            cost = (t - begin - delay if self.by_duty else g) + m
        if rest and bt < NEVER:
            delay = bw if bw < bc else bc
            s = (bt - begin - delay if self.by_duty else g) + bl
            if s < cost:
                cost = s
        return cost

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _refresh(self, technician: cython.int) -> cython.void:
        """Everything known of a route, after it was changed."""
        start: cython.int = self.first_start + technician
        end: cython.int = self.first_end + technician
        self.total -= self.route_cost[technician] + self.route_extra[technician]
        self.broken -= self.route_broken[technician]
        self.route_broken[technician] = 0
        self.route_visits[technician] = 0
        self.route_due[technician] = 0
        self.route_extra[technician] = 0.0
        self.route_cost[technician] = 0.0
        node: cython.int = self.following[start]
        self.leave[start] = self.shift_from[technician]
        self.waited[start] = 0.0
        self.slack[start] = NEVER
        self.late[start] = 0.0
        self.gone[start] = 0.0
        self.rested_leave[start] = NEVER
        self.head_length[start] = 0.0
        self.head_early[start] = self.shift_from[technician]
        self.head_late[start] = self.shift_to[technician]
        self.tail_length[end] = 0.0
        self.tail_early[end] = self.shift_from[technician]
        self.tail_late[end] = self.shift_to[technician]
        if node == end:
            self.leave[end] = self.shift_from[technician]
            return
        cost: cython.double = self._walk(technician, start, -1, -1, -1, True)
        before: cython.int = start
        d: cython.double = 0.0
        while node != end:
            if node >= self.first_slot:
                self.route_visits[technician] += 1
            else:
                self.route_extra[technician] += self._extra(node, technician)
                if self.due[node] < NEVER:
                    self.route_due[technician] = 1
            d = self.head_length[before] + self.travel[self.place[before] * self.stride + self.place[node]]
            wait: cython.double = self.early[node] - d - self.head_late[before]
            if wait < 0:
                wait = 0.0
            self.head_length[node] = d + self.service[node] + wait
            low: cython.double = self.early[node] - d
            high: cython.double = self.latest[node] - d
            self.head_early[node] = (low if low > self.head_early[before] else self.head_early[before]) - wait
            self.head_late[node] = high if high < self.head_late[before] else self.head_late[before]
            before = node
            node = self.following[node]
        node = self.preceding[end]
        after: cython.int = end
        while node != start:
            d = self.service[node] + self.travel[self.place[node] * self.stride + self.place[after]]
            gap: cython.double = self.tail_early[after] - d - self.latest[node]
            if gap < 0:
                gap = 0.0
            self.tail_length[node] = d + self.tail_length[after] + gap
            low = self.tail_early[after] - d
            high = self.tail_late[after] - d
            self.tail_early[node] = (low if low > self.early[node] else self.early[node]) - gap
            self.tail_late[node] = high if high < self.latest[node] else self.latest[node]
            after = node
            node = self.preceding[node]
        short: cython.bint = False
        if self.parts and not self.trusting:
            short = self._supply(technician) >= 0
        if cost >= NEVER or short:
            self.route_broken[technician] = 1
            self.broken += 1
            cost = 0.0
        self.route_cost[technician] = cost
        self.total += cost + self.route_extra[technician]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _extra(self, node: cython.int, technician: cython.int) -> cython.double:
        """What it costs that this technician does the job, beside time. Of crews see `_change_of_crew`."""
        job = self.job_of[node]
        if self.crew[job] > 1 or self.previous[job] < 0 or self.person[technician] == self.previous[job]:
            return 0.0
        return self.change_cost

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _allowed(self, node: cython.int, technician: cython.int) -> cython.bint:
        i: cython.int
        job = self.job_of[node]
        for i in range(self.able_from[job], self.able_from[job + 1]):  # noqa: SIM110 - any() is no C
            if self.able[i] == technician:
                return True
        return False

    # where to put a node

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _price(self, node: cython.int, technician: cython.int, blink: cython.double, limit: cython.double) -> cython.double:
        """What the cheapest place for a node on a route adds to its cost, when less than `limit`; NEVER otherwise. Where: `found_*`. With chance
        `blink` a place is overlooked."""
        best: cython.double = limit
        old: cython.double = self.route_cost[technician]
        simple: cython.bint = not (self.has_rest[technician] or self.route_due[technician] or self.due[node] < NEVER)
        needs: cython.bint = self.need_from[node] < self.need_from[node + 1]
        leg: cython.int = 0
        held: cython.bint = not needs or self._holds(node, technician, 0, -1)
        end: cython.int = self.first_end + technician
        at: cython.int = self.first_start + technician
        here: cython.int = self.place[node]
        row: cython.int = here * self.stride
        e: cython.double = self.early[node]
        z: cython.double = self.latest[node]
        service: cython.double = self.service[node]
        whole: cython.double = self.gone[end]
        if self.following[at] == end:
            whole = self.travel[self.place[at] * self.stride + self.place[end]]
        found: cython.bint = False
        cost: cython.double
        self.found_store = -1
        while at != end:
            if self.leave[at] > z + NEARLY:
                break
            if at >= self.first_slot and at < self.first_start:
                leg += 1
                held = not needs or self._holds(node, technician, leg, -1)
            follower: cython.int = self.following[at]
            if held and (blink == 0.0 or self._chance() >= blink):
                before: cython.int = self.place[at]
                there: cython.int = self.place[follower]
                way: cython.double = self.travel[before * self.stride + here]
                on: cython.double = self.travel[row + there]
                # head and node
                d: cython.double = self.head_length[at] + way
                low: cython.double = self.head_early[at]
                high: cython.double = self.head_late[at]
                wait: cython.double = e - d - high
                if wait < 0:
                    wait = 0.0
                if low + d <= z + NEARLY:
                    if e - d > low:
                        low = e - d
                    if z - d < high:
                        high = z - d
                    low -= wait
                    d += service + wait + on
                    # and tail
                    if low + d <= self.tail_late[follower] + NEARLY:
                        wait = self.tail_early[follower] - d - high
                        if wait < 0:
                            wait = 0.0
                        if self.by_duty:
                            cost = d + self.tail_length[follower] + wait - old
                        else:
                            cost = whole + way + on - self.travel[before * self.stride + there] - old
                        if simple:
                            if cost < best:
                                best = cost
                                self.found_after = at
                                found = True
                        elif cost + self.late[at] < best:
                            cost = self._walk(technician, at, -1, node, at, False)
                            if cost < NEVER and cost - old < best:
                                best = cost - old
                                self.found_after = at
                                found = True
            at = follower
        if not held and not found and self.warehouses:
            best = self._price_with_visit(node, technician, limit)
            found = best < limit
        return best if found else NEVER

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _price_with_visit(self, node: cython.int, technician: cython.int, limit: cython.double) -> cython.double:
        """As `_price`, with one more stop at a warehouse before the node; `limit` where there is no place for less."""
        slot: cython.int = self._free_slot(technician)
        if slot < 0:
            return limit
        best: cython.double = limit
        old: cython.double = self.route_cost[technician]
        simple: cython.bint = not (self.has_rest[technician] or self.route_due[technician] or self.due[node] < NEVER)
        end: cython.int = self.first_end + technician
        e: cython.double = self.early[node]
        z: cython.double = self.latest[node]
        here: cython.int = self.place[node]
        store: cython.int
        for store in range(self.warehouses):
            self._open_slot(slot, store)
            leg: cython.int = 0
            visit_at: cython.int = self.first_start + technician
            while visit_at != end:
                if visit_at >= self.first_slot and visit_at < self.first_start:
                    leg += 1
                if self.leave[visit_at] > self.latest[slot] + NEARLY:
                    break
                d: cython.double = self.head_length[visit_at] + self.travel[self.place[visit_at] * self.stride + self.place[slot]]
                low: cython.double = self.head_early[visit_at]
                high: cython.double = self.head_late[visit_at]
                g: cython.double = self.gone[visit_at] + self.travel[self.place[visit_at] * self.stride + self.place[slot]]
                last: cython.int = slot
                at: cython.int = visit_at
                inner_leg: cython.int = leg
                held: cython.bint = self._holds(node, technician, leg, store)
                joined: cython.int = slot
                while True:
                    # join `joined` to what there is: the stop first, then what follows it on the route
                    if low + d > self.latest[joined] + NEARLY:
                        break
                    wait: cython.double = self.early[joined] - d - high
                    if wait < 0:
                        wait = 0.0
                    if self.early[joined] - d > low:
                        low = self.early[joined] - d
                    if self.latest[joined] - d < high:
                        high = self.latest[joined] - d
                    low -= wait
                    d += self.service[joined] + wait
                    last = joined
                    if low + d > z + NEARLY:
                        break
                    follower: cython.int = self.following[at]
                    if held:
                        way: cython.double = self.travel[self.place[last] * self.stride + here]
                        on: cython.double = self.travel[here * self.stride + self.place[follower]]
                        nd: cython.double = d + way
                        nlow: cython.double = low
                        nhigh: cython.double = high
                        nwait: cython.double = e - nd - nhigh
                        if nwait < 0:
                            nwait = 0.0
                        if nlow + nd <= z + NEARLY:
                            if e - nd > nlow:
                                nlow = e - nd
                            if z - nd < nhigh:
                                nhigh = z - nd
                            nlow -= nwait
                            nd += self.service[node] + nwait + on
                            if nlow + nd <= self.tail_late[follower] + NEARLY:
                                nwait = self.tail_early[follower] - nd - nhigh
                                if nwait < 0:
                                    nwait = 0.0
                                cost: cython.double
                                if self.by_duty:
                                    cost = nd + self.tail_length[follower] + nwait - old
                                else:
                                    cost = g + way + on + self._rest_of_way(technician, follower) - old
                                if cost < best and not simple:
                                    cost = self._walk(technician, visit_at, slot, node, at, False) - old
                                if cost < best:
                                    best = cost
                                    self.found_after = slot if at == visit_at else at
                                    self.found_visit = visit_at
                                    self.found_store = store
                    if follower == end:
                        break
                    if follower >= self.first_slot:
                        inner_leg += 1
                        held = self._holds(node, technician, inner_leg, store)
                    way = self.travel[self.place[last] * self.stride + self.place[follower]]
                    d += way
                    g += way
                    joined = follower
                    at = follower
                visit_at = self.following[visit_at]
        return best

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _rest_of_way(self, technician: cython.int, node: cython.int) -> cython.double:
        """Travel from a node to the end of its route."""
        if self.following[self.first_start + technician] == self.first_end + technician:
            return 0.0
        return self.gone[self.first_end + technician] - self.gone[node]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _put(self, node: cython.int, technician: cython.int, after: cython.int, visit_after: cython.int, store: cython.int) -> cython.void:
        """Put a node where `_price` found room."""
        if store >= 0:
            slot = self._free_slot(technician)
            self._open_slot(slot, store)
            self._link(slot, visit_after, technician)
        self._link(node, after, technician)
        if node < self.jobs:
            self._present(node)
        self._refresh(technician)

    # recreate

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _recreate(self, regret: cython.int, blink: cython.double) -> cython.void:
        """Put in what is on `pending` and worth it: crews first, then one by one (`regret` 0), or whoever would suffer most by waiting."""
        i: cython.int
        others: cython.int = 0
        for i in range(self.pendings):
            job: cython.int = self.pending[i]
            if self.crew[job] > 1:
                self._insert_crew(job)
            else:
                self.pending[others] = job
                others += 1
        self.pendings = others
        if regret < 2 or others > self.rows:
            for i in range(others):
                self._insert(self.pending[i], blink)
        else:
            self._insert_by_regret(regret, blink)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _insert(self, job: cython.int, blink: cython.double) -> cython.void:
        """Put a job where it costs least, if that is less than not doing it."""
        best: cython.double = self.unserved[job]
        who: cython.int = -1
        after: cython.int = -1
        visit: cython.int = -1
        store: cython.int = -1
        i: cython.int
        for i in range(self.able_from[job], self.able_from[job + 1]):
            t: cython.int = self.able[i]
            cost: cython.double = self._price(job, t, blink, best - self.able_cost[i])
            if cost < NEVER and cost + self.able_cost[i] < best:
                best = cost + self.able_cost[i]
                who = t
                after = self.found_after
                visit = self.found_visit
                store = self.found_store
        if who >= 0:
            self._put(job, who, after, visit, store)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _price_row(
        self, row: cython.int, job: cython.int, technician: cython.int, extra: cython.double, blink: cython.double
    ) -> cython.void:
        at = row * self.technicians + technician
        cost: cython.double = self._price(job, technician, blink, self.unserved[job] - extra)
        self.table_cost[at] = cost + extra if cost < NEVER else NEVER
        self.table_after[at] = self.found_after
        self.table_visit[at] = self.found_visit
        self.table_store[at] = self.found_store

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _insert_by_regret(self, regret: cython.int, blink: cython.double) -> cython.void:
        """Again and again the job that loses most when its best technician is taken: the sum of what the 2nd … `regret`-th cost more than the first.
        Not doing it counts as one more technician."""
        i: cython.int
        k: cython.int
        n: cython.int
        t: cython.int
        for i in range(self.pendings):
            for k in range(self.able_from[self.pending[i]], self.able_from[self.pending[i] + 1]):
                self._price_row(i, self.pending[i], self.able[k], self.able_cost[k], blink)
        while True:
            best_row: cython.int = -1
            best_who: cython.int = -1
            best_regret: cython.double = -1.0
            best_cost: cython.double = NEVER
            for i in range(self.pendings):
                job: cython.int = self.pending[i]
                if job < 0:
                    continue
                c1: cython.double = self.unserved[job]
                c2: cython.double = c1
                c3: cython.double = c1
                c4: cython.double = c1
                who: cython.int = -1
                for k in range(self.able_from[job], self.able_from[job + 1]):
                    cost: cython.double = self.table_cost[i * self.technicians + self.able[k]]
                    if cost < c1:
                        c4 = c3
                        c3 = c2
                        c2 = c1
                        c1 = cost
                        who = self.able[k]
                    elif cost < c2:
                        c4 = c3
                        c3 = c2
                        c2 = cost
                    elif cost < c3:
                        c4 = c3
                        c3 = cost
                    elif cost < c4:
                        c4 = cost
                if who < 0:
                    continue
                loss: cython.double = c2 - c1
                if regret > 2:
                    loss += c3 - c1
                if regret > 3:
                    loss += c4 - c1
                if loss > best_regret or (loss == best_regret and c1 < best_cost):
                    best_regret = loss
                    best_cost = c1
                    best_row = i
                    best_who = who
            if best_row < 0:
                return
            at: cython.int = best_row * self.technicians + best_who
            self._put(self.pending[best_row], best_who, self.table_after[at], self.table_visit[at], self.table_store[at])
            self.pending[best_row] = -1
            for i in range(self.pendings):
                job = self.pending[i]
                if job < 0:
                    continue
                n = -1
                for k in range(self.able_from[job], self.able_from[job + 1]):
                    if self.able[k] == best_who:
                        n = k
                        break
                if n >= 0:
                    self._price_row(i, job, best_who, self.able_cost[n], blink)
                if self.finite:  # what others wanted to take may be gone
                    for k in range(self.able_from[job], self.able_from[job + 1]):
                        t = self.able[k]
                        if t != best_who and self.need_from[job] < self.need_from[job + 1]:
                            self._price_row(i, job, t, self.able_cost[k], blink)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _pin(self, job: cython.int, start: cython.double) -> cython.void:
        """All of the crew start then and not otherwise."""
        i: cython.int
        self.early[job] = self.latest[job] = start
        for i in range(self.crew[job] - 1):
            self.early[self.first_copy[job] + i] = self.latest[self.first_copy[job] + i] = start

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _insert_crew(self, job: cython.int) -> cython.void:
        """Put a job for several people where it costs least in all: of some starts that suit somebody the best, one of the crew brings the parts."""
        tried: cython.int = 0
        seen: cython.int = 0
        i: cython.int
        k: cython.int
        n: cython.int
        t: cython.int
        low: cython.double = self.job_early[job]
        high: cython.double = self.job_latest[job]
        for i in range(self.able_from[job], self.able_from[job + 1]):
            t = self.able[i]
            at: cython.int = self.first_start + t
            while at != self.first_end + t:
                start: cython.double = self.leave[at] + self.travel[self.place[at] * self.stride + self.place[job]]
                if start < low:
                    start = low
                if start > high:
                    break
                known: cython.bint = False
                for k in range(tried):
                    if self.start_tried[k] == start:
                        known = True
                if not known:
                    seen += 1
                    if tried < STARTS:
                        self.start_tried[tried] = start
                        tried += 1
                    else:
                        k = self._below(seen)
                        if k < STARTS:
                            self.start_tried[k] = start
                at = self.following[at]
        best: cython.double = self.unserved[job]
        best_start: cython.double = 0.0
        size: cython.int = self.crew[job]
        found: cython.bint = False
        copy: cython.int = self.first_copy[job]
        wanted: cython.int = self.locked[job]
        half: cython.int = self.technicians + 1
        for n in range(tried):
            self._pin(job, self.start_tried[n])
            for i in range(self.able_from[job], self.able_from[job + 1]):
                t = self.able[i]
                self.other_cost[t] = self._price(copy, t, 0.0, NEVER)
                self.carrier_cost[t] = self._price(job, t, 0.0, NEVER) if self.other_cost[t] < NEVER else NEVER
            for i in range(self.able_from[job], self.able_from[job + 1]):
                t = self.able[i]
                if self.carrier_cost[t] >= best:
                    continue
                cost: cython.double = self.carrier_cost[t]
                self.chosen[0] = t
                count: cython.int = 1
                if wanted >= 0 and t != wanted:
                    if self.other_cost[wanted] >= NEVER or self.person[wanted] == self.person[t]:
                        continue
                    cost += self.other_cost[wanted]
                    self.chosen[1] = wanted
                    count = 2
                while count < size:
                    next_cost: cython.double = NEVER
                    next_who: cython.int = -1
                    for k in range(self.able_from[job], self.able_from[job + 1]):
                        other: cython.int = self.able[k]
                        if self.other_cost[other] >= next_cost:
                            continue
                        there: cython.bint = False
                        m: cython.int
                        for m in range(count):
                            if self.person[self.chosen[m]] == self.person[other]:
                                there = True
                        if not there:
                            next_cost = self.other_cost[other]
                            next_who = other
                    if next_who < 0:
                        break
                    cost += next_cost
                    self.chosen[count] = next_who
                    count += 1
                if count < size or count > size:
                    continue
                if self.previous[job] >= 0 and self.change_cost > 0:
                    same: cython.bint = False
                    for k in range(count):
                        if self.person[self.chosen[k]] == self.previous[job]:
                            same = True
                    if not same:
                        cost += self.change_cost
                if cost < best:
                    best = cost
                    best_start = self.start_tried[n]
                    found = True
                    for k in range(count):
                        self.chosen[half + k] = self.chosen[k]
        if not found:
            self._pin(job, low)
            self.early[job] = self.job_early[job]
            self.latest[job] = self.job_latest[job]
            return
        self._pin(job, best_start)
        for k in range(size):
            t = self.chosen[half + k]
            node: cython.int = job if k == 0 else copy + k - 1
            if self._price(node, t, 0.0, NEVER) < NEVER:
                self._put(node, t, self.found_after, self.found_visit, self.found_store)
        self.total += self._change_of_crew(job)

    # ruin

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _take_job(self, job: cython.int) -> cython.void:
        """Take a job out; the routes are refreshed later."""
        if self.absent_at[job] >= 0:
            return
        if self.crew[job] > 1:
            self.total -= self._change_of_crew(job)
            i: cython.int
            for i in range(self.crew[job] - 1):
                if self.route_of[self.first_copy[job] + i] >= 0:
                    self._unlink(self.first_copy[job] + i)
        if self.route_of[job] >= 0:
            self._unlink(job)
        self._absent(job)
        self.pending[self.pendings] = job
        self.pendings += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _refresh_touched(self) -> cython.void:
        i: cython.int
        for i in range(self.touches):
            t: cython.int = self.touched[i]
            if self.route_visits[t]:
                self._drop_visits(t)
            else:
                self._refresh(t)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _tidy(self) -> cython.void:
        i: cython.int
        for i in range(self.touches):
            if self.route_visits[self.touched[i]]:
                self._move_visits(self.touched[i])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _know_near(self, job: cython.int) -> cython.void:
        """The jobs near a job, nearest first: in travel, and a little in time."""
        self.near_known[job] = 1
        base: cython.int = job * self.nears
        count: cython.int = 0
        other: cython.int
        k: cython.int
        for other in range(self.jobs):
            if other == job:
                continue
            there: cython.double = self.travel[self.place[job] * self.stride + self.place[other]]
            back: cython.double = self.travel[self.place[other] * self.stride + self.place[job]]
            wait: cython.double = self.job_early[other] - self.job_latest[job] - self.service[job] - there
            if wait > 0:
                there += self.settings[7] * wait
            wait = self.job_early[job] - self.job_latest[other] - self.service[other] - back
            if wait > 0:
                back += self.settings[7] * wait
            if self.job_early[job] + self.service[job] + there > self.job_latest[other]:
                there = there + self.settings[8] * (self.job_early[job] + self.service[job] + there - self.job_latest[other])
            if self.job_early[other] + self.service[other] + back > self.job_latest[job]:
                back = back + self.settings[8] * (self.job_early[other] + self.service[other] + back - self.job_latest[job])
            key: cython.double = there if there < back else back
            if count == self.nears and key >= self.near_key[count - 1]:
                continue
            k = count if count < self.nears else count - 1
            while k > 0 and self.near_key[k - 1] > key:
                self.near_key[k] = self.near_key[k - 1]
                self.near[base + k] = self.near[base + k - 1]
                k -= 1
            self.near_key[k] = key
            self.near[base + k] = other
            if count < self.nears:
                count += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _some_served(self) -> cython.int:
        """A job that is in the plan, by chance; -1 when there seems to be none."""
        _try: cython.int
        for _try in range(60):
            job: cython.int = self._below(self.jobs)
            if self.absent_at[job] < 0:
                return job
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _ruin(self) -> cython.void:
        """Take some jobs out, in one of several ways. What is around a job that nobody does yet is as good a place to begin as any."""
        seed: cython.int
        if self.absents and self._chance() < self.settings[6]:
            seed = self.absent[self._below(self.absents)]
        else:
            seed = self._below(self.jobs)
        if not self.near_known[seed]:
            self._know_near(seed)
        way: cython.double = self._chance()
        if way < self.settings[0]:
            self._ruin_strings(seed)
            return
        most: cython.int = cython.cast(cython.int, self.settings[5])
        if most > self.jobs - self.absents:
            most = self.jobs - self.absents
        count: cython.int = 1 + self._below(most) if most > 1 else 1
        if way < self.settings[1]:
            self._ruin_near(seed, count)
        elif way < self.settings[2]:
            self._ruin_route(seed)
        elif way < self.settings[3]:
            self._ruin_worst(count)
        else:
            while count > 0:
                job: cython.int = self._some_served()
                if job < 0:
                    return
                self._take_job(job)
                count -= 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _ruin_strings(self, seed: cython.int) -> cython.void:
        """Pieces of neighbouring routes: of each near job's route a run of jobs with it, sometimes with some of its middle left in."""
        served: cython.int = self.jobs - self.absents
        if served == 0:
            return
        longest: cython.double = served / (self.technicians + 0.0)
        t: cython.int
        used: cython.int = 0
        if longest < 3:
            longest = 3
        if longest > self.settings[10]:
            longest = self.settings[10]
        strings: cython.int = cython.cast(cython.int, self._chance() * (4.0 * self.settings[9] / (1.0 + longest) - 1.0) + 1.0)
        if strings < 1:
            strings = 1
        i: cython.int
        for i in range(-1, self.nears):
            job: cython.int = seed if i < 0 else self.near[seed * self.nears + i]
            if self.absent_at[job] >= 0:
                continue
            t = self.route_of[job]
            if self.hit_in[t] == self.round:
                continue
            self.hit_in[t] = self.round
            self._take_string(t, job, longest)
            used += 1
            if used >= strings:
                return

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _take_string(self, technician: cython.int, job: cython.int, longest: cython.double) -> cython.void:
        count: cython.int = 0
        where: cython.int = 0
        node: cython.int = self.following[self.first_start + technician]
        while node != self.first_end + technician:
            if node < self.first_slot:
                if node == job:
                    where = count
                self.line[count] = node
                count += 1
            node = self.following[node]
        limit: cython.int = cython.cast(cython.int, longest)
        if count < limit:
            limit = count
        length: cython.int = 1 + self._below(limit)
        spare: cython.int = 0
        if length > 1 and length < count and self._chance() < 0.5:
            spare = 1
            while length + spare < count and self._chance() > 0.5:
                spare += 1
        size: cython.int = length + spare
        low: cython.int = where - size + 1
        if low < 0:
            low = 0
        high: cython.int = where
        if high > count - size:
            high = count - size
        first: cython.int = low + self._below(high - low + 1)
        gap: cython.int = -1
        if spare:
            gap = first + 1 + self._below(length - 1)
        i: cython.int
        for i in range(first, first + size):
            if gap >= 0 and i >= gap and i < gap + spare:
                continue
            self._take_job(self.job_of[self.line[i]])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _ruin_near(self, seed: cython.int, count: cython.int) -> cython.void:
        """Jobs near one, the nearest most likely."""
        self._take_job(seed)
        tries: cython.int = 4 * count
        while count > 0 and tries > 0 and self.nears > 0:
            tries -= 1
            u: cython.double = self._chance()
            i: cython.int = cython.cast(cython.int, u * u * u * self.nears)
            job: cython.int = self.near[seed * self.nears + i]
            if self.absent_at[job] < 0:
                self._take_job(job)
                count -= 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _ruin_route(self, seed: cython.int) -> cython.void:
        """A whole route, and with luck a second one beside it."""
        i: cython.int
        n: cython.int
        routes: cython.int = 1 + self._below(2)
        limit: cython.int = cython.cast(cython.int, self.settings[5])
        for i in range(-1, self.nears):
            job: cython.int = seed if i < 0 else self.near[seed * self.nears + i]
            if self.absent_at[job] >= 0:
                continue
            t: cython.int = self.route_of[job]
            count: cython.int = 0
            node: cython.int = self.following[self.first_start + t]
            while node != self.first_end + t:
                if node < self.first_slot:
                    self.line[count] = node
                    count += 1
                node = self.following[node]
            for n in range(count if count < limit else limit):
                self._take_job(self.job_of[self.line[n]])
            routes -= 1
            if routes == 0:
                return

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _ruin_worst(self, count: cython.int) -> cython.void:
        """Those that are far out of the way where they are, of some looked at."""
        _try: cython.int
        while count > 0:
            worst: cython.int = -1
            most: cython.double = -NEVER
            for _try in range(8):
                job: cython.int = self._some_served()
                if job < 0:
                    return
                before: cython.int = self.place[self.preceding[job]]
                after: cython.int = self.place[self.following[job]]
                here: cython.int = self.place[job]
                detour: cython.double = (
                    self.travel[before * self.stride + here]
                    + self.travel[here * self.stride + after]
                    - self.travel[before * self.stride + after]
                )
                if detour > most:
                    most = detour
                    worst = job
            self._take_job(worst)
            count -= 1

    # one round

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _order(self) -> cython.void:
        """Sort what is to be put in, one way or another; then it is put in one by one."""
        way: cython.double = self._chance()
        i: cython.int
        k: cython.int
        for i in range(self.pendings):
            job: cython.int = self.pending[i]
            key: cython.double
            if way < 0.35:
                key = self._chance()
            elif way < 0.5:
                key = -self.remoteness[job]
            elif way < 0.6:
                key = self.remoteness[job]
            elif way < 0.75:
                key = self.job_latest[job] - self.job_early[job]
            elif way < 0.85:
                key = 1.0 * (self.able_from[job + 1] - self.able_from[job])
            elif way < 0.92:
                key = -self.unserved[job]
            else:
                key = -1.0 * (self.need_from[job + 1] - self.need_from[job]) - self._chance()
            k = i
            while k > 0 and self.pending_key[k - 1] > key:
                self.pending_key[k] = self.pending_key[k - 1]
                self.pending[k] = self.pending[k - 1]
                k -= 1
            self.pending_key[k] = key
            self.pending[k] = job

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _iterate(self) -> cython.void:
        """Ruin, recreate, and stay there or go back."""
        self.iterations += 1
        waiting: cython.int = self.absents
        self.pendings = 0
        i: cython.int
        # of those whom nobody serves some are tried again, by chance where they are many
        most: cython.int = cython.cast(cython.int, self.settings[11])
        if waiting <= most:
            for i in range(waiting):
                self.pending[self.pendings] = self.absent[i]
                self.pendings += 1
        else:
            offset: cython.int = self._below(waiting)
            for i in range(most):
                self.pending[self.pendings] = self.absent[(offset + i) % waiting]
                self.pendings += 1
        self._ruin()
        self._refresh_touched()
        self._order()
        way: cython.double = self._chance()
        if way < self.settings[4]:
            self._recreate(0, self.settings[12])
        else:
            self._recreate(2 + self._below(3), self.settings[13])
        self._tidy()
        self.temperature *= self.cooling
        if self.broken == 0 and self.total < self.current - self.temperature * log(self._chance()):
            self.current = self.total
            if self.total < self.best - 1e-6:
                self._keep_best()
            self._next_round()
        else:
            self._undo()
            self._next_round()
            self.total = self.current


@cython.ccall
def _ints(count: cython.int, value: cython.int = 0):
    return array("i", [value]) * max(1, count)


@cython.ccall
def _doubles(count: cython.int):
    return array("d", [0.0]) * max(1, count)
