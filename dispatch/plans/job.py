"""The search, on a worker: reads the world, looks for better days one after the other, and writes the difference down. Nothing is held while it
looks; each second it says how far it is and hears whether it is still wanted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from core import clock, live, outbox
from core.db import db, locked_row, transaction
from dispatch.planning.problem import Kind, Problem
from dispatch.planning.problem import Plan as Days
from dispatch.planning.reading import write_plan
from dispatch.planning.search import Progress, Solution, replan, solve
from dispatch.planning.search.replanning import changed
from dispatch.planning.simulating import check
from dispatch.plans import proposing, rules, services
from dispatch.plans.driving import Present, Totals, leads, present, quieter, served, summed, totals
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.proposing import Draft
from dispatch.plans.rules import Status
from dispatch.plans.services import JOB
from dispatch.plans.world import STANDING, Stock, World, late_with, read_day
from staff.models import Branch

TOPIC = "plans"
TOLD_EVERY = 1.0  # seconds
_LONGEST_PROBLEM = 500
LATE = 0.2  # as a share of the time asked for: the search for where what cannot be in time can be late


class BrokenPlanError(RuntimeError):
    """The search gave a plan that breaks a rule: nobody is to see it."""


class _Unwanted(Exception):
    """Somebody cancelled it."""


def _gave_up(payload: dict[str, Any], problem: str) -> None:
    plan = locked_row(Plan, int(payload["plan_id"]))
    if plan is not None and plan.status in rules.UNDER_WAY:
        plan.status, plan.problem, plan.finished_at = str(Status.FAILED), problem[:_LONGEST_PROBLEM], clock.now()
        services.tell(plan, now=clock.now(), actor_id=None)


@outbox.handles(JOB, queue="heavy", lease=240, attempts=2, on_give_up=_gave_up)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler. Returns at once when the plan is no longer wanted; a search that a crash ended begins anew."""
    plan_id = int(payload["plan_id"])
    with transaction():
        plan = locked_row(Plan, plan_id)
        if plan is None or plan.status not in rules.UNDER_WAY:
            return
        plan.status = str(Status.RUNNING)
        services.tell(plan, now=clock.now(), actor_id=None)
        question = _Question(plan.id, plan.branch_id, plan.kind, plan.first_day, plan.last_day, plan.seconds)
    try:
        days = look(question, wanted=lambda share: _still_wanted(plan_id, share))
    except _Unwanted:
        return
    now = clock.now()
    with transaction():
        plan = locked_row(Plan, plan_id)
        if plan is None or plan.status != Status.RUNNING:
            return
        write_down(plan, days, now=now)
        outbox.finish(row_id, now=now)


@dataclass(frozen=True, slots=True)
class _Question:
    plan_id: int
    branch_id: int
    kind: str
    first_day: date
    last_day: date
    seconds: int

    @property
    def days(self) -> list[date]:
        return [self.first_day + timedelta(days=ahead) for ahead in range((self.last_day - self.first_day).days + 1)]


@dataclass(frozen=True, slots=True)
class Found:
    """One day: as it is, as it stands, and as it is proposed."""

    world: World
    now: Present
    solution: Solution
    drafts: Sequence[Draft]
    before: Totals
    after: Totals


def _still_wanted(plan_id: int, share: float) -> bool:
    """Note how far it is; False when somebody cancelled it."""
    with transaction():
        query = update(Plan).where(Plan.id == plan_id, Plan.status == Status.RUNNING).values(progress=min(99, round(100 * share)))
        wanted = db.session.execute(query.returning(Plan.id)).scalar() is not None
        if wanted:
            live.touch(TOPIC, plan_id)
    return wanted


def look(question: _Question, *, wanted: Callable[[float], bool], clock_of_search: Callable[[], float] = time.monotonic) -> list[Found]:
    """The days one after the other: who is visited on the first is not looked for on the second, and parts are given once. Raises _Unwanted when
    `wanted(share)`, asked once a second, says so; BrokenPlanError."""
    found: list[Found] = []
    placed: set[int] = set()
    spent: Stock = {}
    for number, day in enumerate(question.days):
        pulse = _Pulse(wanted, number / len(question.days), 1 / len(question.days))
        now = clock.now()
        with transaction():
            branch = db.session.get_one(Branch, question.branch_id)
            world = read_day(
                branch,
                day,
                now=now,
                lead=round(rules.LEAD.total_seconds()) + question.seconds,
                tickets="urgent" if question.kind == rules.Kind.REPAIR else "all",
                without=placed,
                spent=spent,
            )
        stands = present(world)
        solution = _search(question, world, stands, pulse)
        world, solution = _with_late(question, world, solution, pulse)
        if pulse.unwanted:
            raise _Unwanted
        plan = quieter(world, solution.plan)
        faults = check(world.problem, plan)
        if faults:
            raise BrokenPlanError(f"The plan of {day} breaks {len(faults)} rules. {faults[0]}")
        drafts = proposing.drafts(world, stands, plan)
        found.append(Found(world, stands, _with(solution, plan), drafts, totals(world, stands.plan), totals(world, plan)))
        placed |= {world.pieces[id].ticket_id for id in served(plan)}
        _spend(spent, world, plan)
    return found


def _search(question: _Question, world: World, stands: Present, pulse: _Pulse) -> Solution:
    seconds = question.seconds / len(question.days)
    if question.kind == rules.Kind.REPAIR or world.begun:
        most = rules.MOST_CHANGES
        return replan(world.problem, seconds=seconds, most_changes=most, start=stands.plan, report=pulse.report, stop=pulse.stop)
    return solve(world.problem, seconds=seconds, start=stands.plan, report=pulse.report, stop=pulse.stop)


def _with_late(question: _Question, world: World, solution: Solution, pulse: _Pulse) -> tuple[World, Solution]:
    """What was promised and would be left only because nobody may come in time stays with its technician and is late, where the shift has room."""
    jobs = {job.id: job for job in world.problem.jobs}
    stuck = [id for id in solution.plan.unserved if jobs[id].unserved_cost == STANDING and jobs[id].locked_start is None]
    if not stuck or pulse.unwanted or not (question.kind == rules.Kind.REPAIR or world.begun):
        return world, solution
    hands = {id: jobs[id].previous_technician for id in changed(world.problem, solution.plan)}
    stay = {id: job.previous_technician for id, job in jobs.items() if id not in hands and job.locked_to is None}
    problem = late_with(world, stuck).problem
    held = replace(problem, jobs=[replace(job, locked_to=stay.get(job.id, job.locked_to)) for job in problem.jobs])
    seconds = LATE * question.seconds / len(question.days)
    again = solve(held, seconds=seconds, start=solution.plan, stop=pulse.stop)
    kept = [id for id in stuck if id not in again.plan.unserved]
    if not kept or not set(again.plan.unserved) <= set(solution.plan.unserved):
        return world, solution
    spent = solution.seconds_used + again.seconds_used
    return late_with(world, kept), replace(solution, plan=again.plan, seconds_used=spent, iterations=solution.iterations + again.iterations)


def _with(solution: Solution, plan: Days) -> Solution:
    return Solution(
        plan=plan,
        engine=solution.engine,
        seconds_used=solution.seconds_used,
        partial=solution.partial,
        iterations=solution.iterations,
    )


class _Pulse:
    """Between the search, which asks ten times a second, and the database, which is asked once."""

    def __init__(self, wanted: Callable[[float], bool], before: float, share: float) -> None:
        self._wanted, self._before, self._share = wanted, before, share
        self._told = time.monotonic()
        self._at = 0.0
        self.unwanted = not wanted(before)

    def report(self, progress: Progress) -> None:
        """How far one day is."""
        self._at = progress.share

    def stop(self) -> bool:
        """Whether to end now."""
        if not self.unwanted and time.monotonic() - self._told >= TOLD_EVERY:
            self._told = time.monotonic()
            self.unwanted = not self._wanted(self._before + self._share * self._at)
        return self.unwanted


def _spend(spent: Stock, world: World, plan: Days) -> None:
    """Count what the tickets' new visits take: what visits hold already is reserved."""
    jobs = {job.id: job for job in world.problem.jobs}
    lead = leads(world, plan)
    for route in plan.routes:
        van = world.vans.get(world.people[route.technician])
        on_van: dict[str, int] = {}
        for stop in route.stops:
            if stop.kind is Kind.WAREHOUSE:
                for part, count in stop.take.items():
                    key = int(part), world.stores[int(stop.id)]
                    spent[key] = spent.get(key, 0) + count
                    on_van[part] = on_van.get(part, 0) + count
            if stop.kind is Kind.JOB and world.pieces[stop.id].visit_id is None and lead[stop.id] == route.technician:
                for part, count in jobs[stop.id].parts.items():
                    fetched = min(count, on_van.get(part, 0))
                    on_van[part] = on_van.get(part, 0) - fetched
                    if van is not None and count > fetched:
                        spent[int(part), van] = spent.get((int(part), van), 0) + count - fetched


def write_down(plan: Plan, days: Sequence[Found], *, now: datetime) -> None:
    """The answer, ready to be decided on. The caller holds the plan's lock."""
    drafts = [draft for one in days for draft in one.drafts]
    drafts = [one for one in drafts if one.kind != rules.LEFT] + _last_word(days)
    plan.rows = [
        PlanRow(
            position=position,
            kind=draft.kind,
            day=draft.day,
            ticket_id=draft.piece.ticket_id,
            visit_id=draft.piece.visit_id,
            job_type_id=draft.piece.job_type_id,
            from_person_id=draft.piece.person_id,
            from_helper_ids=list(draft.piece.helper_ids),
            from_start=draft.from_start,
            to_person_id=draft.to_person_id,
            to_helper_ids=list(draft.to_helper_ids),
            to_start=draft.to_start,
            to_end=draft.to_end,
            promised_from=draft.promised_from,
            promised_until=draft.promised_until,
            facts=dict(draft.facts),
            state=str(rules.RowState.OPEN),
            reason="",
            reason_code="",
        )
        for position, draft in enumerate(drafts)
    ]
    plan.asked = [{"day": str(one.world.day), "zero": one.world.zero, **written(one.world.problem)} for one in days]
    plan.found = [
        {
            "day": str(one.world.day),
            "engine": one.solution.engine,
            "seconds_used": round(one.solution.seconds_used, 3),
            "partial": one.solution.partial,
            "technicians": len(one.world.people),
            **write_plan(one.solution.plan),
        }
        for one in days
    ]
    plan.before, plan.after = summed([one.before for one in days]), summed([one.after for one in days])
    for side in (plan.before, plan.after):  # a ticket that nobody comes for on any day is left once
        side["left"] = side["left"] - _counted_again(days, side is plan.after)
    plan.status, plan.progress, plan.finished_at = str(Status.READY), 100, now
    db.session.flush()
    services.tell(plan, now=now, actor_id=None)


def _last_word(days: Sequence[Found]) -> list[Draft]:
    """Who is left: visits of each day, and of tickets what the last day that looked for them said."""
    found: dict[str, Draft] = {}
    for one in days:
        for draft in one.drafts:
            if draft.kind == rules.LEFT:
                found[draft.piece.id] = draft
    taken = {draft.piece.ticket_id for one in days for draft in one.drafts if draft.kind == "book"}
    return [draft for draft in found.values() if draft.piece.visit_id is not None or draft.piece.ticket_id not in taken]


def _counted_again(days: Sequence[Found], after: bool) -> int:
    """How often tickets were counted as left on more than one day, or on a day before the one on which they are visited."""
    seen: list[int] = []
    booked: set[int] = set()
    for one in days:
        pieces = [*one.world.pieces.values(), *(left.piece for left in one.world.left)]
        plan = served(one.solution.plan) if after else {}
        booked |= {piece.ticket_id for piece in pieces if piece.visit_id is None and piece.id in plan}
        seen += [piece.ticket_id for piece in pieces if piece.visit_id is None and piece.id not in plan]
    return len(seen) - len(set(seen) - booked)


def written(problem: Problem) -> dict[str, Any]:
    """The problem as `plan solve` reads it."""
    return {
        "travel": {"kind": "matrix", "seconds": [list(row) for row in problem.travel]},
        "objective": problem.objective.value,
        "change_cost": problem.change_cost,
        "warehouses": [
            {"place": one.place, "seconds": one.seconds, "stock": _plain(one.stock), "tools": sorted(one.tools or ())}
            for one in problem.warehouses
        ],
        "technicians": [
            {
                "id": one.id,
                "start_place": one.start_place,
                "shift": list(one.shift),
                "skills": dict(one.skills),
                "stock": dict(one.stock),
                "max_refills": one.max_refills,
                "break": {"window": list(one.rest.window), "seconds": one.rest.seconds} if one.rest is not None else None,
            }
            for one in problem.technicians
        ],
        "jobs": [
            {
                "id": one.id,
                "place": one.place,
                "seconds": one.seconds,
                "window": list(one.window) if one.window is not None else None,
                "due": one.due,
                "lateness_cost": one.lateness_cost,
                "skills": dict(one.skills),
                "parts": dict(one.parts),
                "crew": one.crew,
                "unserved_cost": one.unserved_cost,
                "ready_at": one.ready_at,
                "locked_to": one.locked_to,
                "locked_start": one.locked_start,
                "previous_technician": one.previous_technician,
            }
            for one in problem.jobs
        ],
    }


def _plain(stock: Any) -> dict[str, int] | None:
    return None if stock is None else dict(stock)
