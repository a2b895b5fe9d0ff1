"""One fault of each kind, planted into a plan that had none. Each takes problem, plan and chance; gives None where it does not apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from dispatch.planning.faults import Code
from dispatch.planning.problem import Job, Kind, Plan, Problem, Route, Stop, Technician
from tests.dispatch.planning.making import ALL_DAY, CREW_JOB, doers, stops_of


@dataclass(frozen=True)
class Planted:
    """The broken whole, and whom `check` must name. `technician` None: not asked."""

    problem: Problem
    plan: Plan
    subject: str
    technician: str | None = None


Plant = Callable[[Problem, Plan, Random], Planted | None]
PLANTS: dict[str, tuple[Code, Plant]] = {}


def plants(code: Code, name: str = "") -> Callable[[Plant], Plant]:
    def register(plant: Plant) -> Plant:
        PLANTS[name or code.value] = (code, plant)
        return plant

    return register


def with_job(problem: Problem, id: str, **changes: Any) -> Problem:
    return replace(problem, jobs=[replace(job, **changes) if job.id == id else job for job in problem.jobs])


def with_technician(problem: Problem, id: str, **changes: Any) -> Problem:
    return replace(problem, technicians=[replace(one, **changes) if one.id == id else one for one in problem.technicians])


def with_warehouse(problem: Problem, id: str, **changes: Any) -> Problem:
    return replace(problem, warehouses=[replace(one, **changes) if str(n) == id else one for n, one in enumerate(problem.warehouses)])


def with_stop(plan: Plan, route: Route, position: int, *instead: Stop) -> Plan:
    stops = [*route.stops[:position], *instead, *route.stops[position + 1 :]]
    return with_route(plan, route, stops=stops)


def with_route(plan: Plan, route: Route, **changes: Any) -> Plan:
    return replace(plan, routes=[replace(one, **changes) if one is route else one for one in plan.routes])


def anytime(problem: Problem, id: str) -> Problem:
    """The job may start whenever it likes: so that a moved start breaks one rule only."""
    return with_job(problem, id, window=None, ready_at=-1e6, locked_start=None)


def job_of(problem: Problem, id: str) -> Job:
    return next(job for job in problem.jobs if job.id == id)


def technician_of(problem: Problem, id: str) -> Technician:
    return next(one for one in problem.technicians if one.id == id)


def any_single(plan: Plan, random: Random) -> tuple[Route, int, Stop]:
    """A job that one person does."""
    return random.choice([found for found in stops_of(plan, Kind.JOB) if found[2].id != CREW_JOB])


def maybe(random: Random, found: Iterable[tuple[Route, int, Stop]]) -> tuple[Route, int, Stop] | None:
    every = list(found)
    return random.choice(every) if every else None


def no_tool_shop(problem: Problem, route: Route) -> bool:
    return not any(stop.kind is Kind.WAREHOUSE and problem.warehouses[int(stop.id)].tools is None for stop in route.stops)


def way_to(problem: Problem, route: Route, position: int) -> float:
    before = route.depart if position == 0 else route.stops[position - 1].end
    return route.stops[position].arrive - before


@plants(Code.SKILL_MISSING)
def skill_missing(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    skills = {**job_of(problem, stop.id).skills, "welding": 1}
    return Planted(with_job(problem, stop.id, skills=skills), plan, stop.id, route.technician)


@plants(Code.SKILL_LEVEL)
def skill_level(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    has = technician_of(problem, route.technician).skills["s1"]
    skills = {**job_of(problem, stop.id).skills, "s1": has + 1}
    return Planted(with_job(problem, stop.id, skills=skills), plan, stop.id, route.technician)


@plants(Code.SHIFT_EARLY)
def shift_early(problem: Problem, plan: Plan, random: Random) -> Planted:
    route = random.choice(plan.routes)
    end = technician_of(problem, route.technician).shift[1]
    return Planted(with_technician(problem, route.technician, shift=(route.depart + 5, end)), plan, "", route.technician)


@plants(Code.SHIFT_LATE)
def shift_late(problem: Problem, plan: Plan, random: Random) -> Planted:
    route = random.choice(plan.routes)
    begin = technician_of(problem, route.technician).shift[0]
    return Planted(with_technician(problem, route.technician, shift=(begin, route.back - 5)), plan, "", route.technician)


@plants(Code.WINDOW_EARLY)
def window_early(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    return Planted(with_job(problem, stop.id, locked_start=None, window=(stop.start + 5, stop.start + 50)), plan, stop.id, route.technician)


@plants(Code.WINDOW_LATE)
def window_late(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    return Planted(with_job(problem, stop.id, locked_start=None, window=(stop.start - 50, stop.start - 5)), plan, stop.id, route.technician)


@plants(Code.READY_AT)
def not_ready(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    return Planted(with_job(problem, stop.id, locked_start=None, ready_at=stop.start + 5), plan, stop.id, route.technician)


@plants(Code.STOCK_VAN)
def part_not_on_van(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    parts = {**job_of(problem, stop.id).parts, "gold": 1}
    return Planted(with_job(problem, stop.id, parts=parts), plan, stop.id, route.technician)


@plants(Code.STOCK_VAN, "stock.van by a take that is too small")
def take_too_small(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, (one for one in stops_of(plan, Kind.WAREHOUSE) if one[2].take))
    if found is None:
        return None
    route, position, stop = found
    part = random.choice(sorted(stop.take))
    # Exactly what is needed was taken, so the last job that needs the part goes short.
    last = [one.id for one in route.stops if one.kind is Kind.JOB and part in job_of(problem, one.id).parts][-1]
    less = replace(stop, take={**stop.take, part: stop.take[part] - 1})
    return Planted(problem, with_stop(plan, route, position, less), last, route.technician)


@plants(Code.STOCK_WAREHOUSE)
def warehouse_too_empty(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, (one for one in stops_of(plan, Kind.WAREHOUSE) if one[2].take))
    if found is None:
        return None
    given: Counter[str] = Counter()
    for _, _, stop in stops_of(plan, Kind.WAREHOUSE):
        if stop.id == found[2].id:
            given.update(stop.take)
    short = random.choice(sorted(found[2].take))
    return Planted(with_warehouse(problem, found[2].id, stock={**given, short: given[short] - 1}), plan, found[2].id)


@plants(Code.STOCK_NEGATIVE)
def negative_take(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    return _other_take(problem, plan, random, {"gold": -1})


@plants(Code.STOCK_UNKNOWN)
def unknown_take(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    planted = _other_take(problem, plan, random, {"gold": 1})
    return planted and replace(planted, problem=with_warehouse(planted.problem, planted.subject, stock={f"p{n}": 999 for n in range(1, 6)}))


def _other_take(problem: Problem, plan: Plan, random: Random, take: dict[str, int]) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.WAREHOUSE))
    if found is None:
        return None
    route, position, stop = found
    taking = replace(stop, take={**stop.take, **take})
    return Planted(problem, with_stop(plan, route, position, taking), stop.id, route.technician)


@plants(Code.STOCK_ELSEWHERE)
def take_at_a_job(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, position, stop = any_single(plan, random)
    return Planted(problem, with_stop(plan, route, position, replace(stop, take={"p1": 1})), stop.id, route.technician)


@plants(Code.TOOL_MISSING)
def tool_missing(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    route, _, stop = any_single(plan, random)
    if not no_tool_shop(problem, route):
        return None
    tools = job_of(problem, stop.id).tools | {"laser"}
    return Planted(with_job(problem, stop.id, tools=tools), plan, stop.id, route.technician)


@plants(Code.CREW_NUMBER)
def crew_number(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    return Planted(with_job(problem, CREW_JOB, crew=3), plan, CREW_JOB) if doers(plan, CREW_JOB) else None


@plants(Code.CREW_START)
def crew_start(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    if not doers(plan, CREW_JOB):
        return None
    route = random.choice(doers(plan, CREW_JOB))
    stop = route.stops[-1]
    later = replace(stop, start=stop.start + 10, end=stop.end + 10)
    moved = with_route(plan, route, stops=[*route.stops[:-1], later], back=route.back + 10)
    shift = technician_of(problem, route.technician).shift
    eased = with_technician(anytime(problem, CREW_JOB), route.technician, shift=(shift[0], shift[1] + 10))
    return Planted(eased, moved, CREW_JOB, route.technician)


@plants(Code.CREW_PARTS)
def crew_parts(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    return Planted(with_job(problem, CREW_JOB, parts={"gold": 1}), plan, CREW_JOB) if doers(plan, CREW_JOB) else None


@plants(Code.CREW_TOOLS)
def crew_tools(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    crew = doers(plan, CREW_JOB)
    if not crew or not all(no_tool_shop(problem, route) for route in crew):
        return None
    return Planted(with_job(problem, CREW_JOB, tools=frozenset({"laser"})), plan, CREW_JOB)


@plants(Code.LOCK_TECHNICIAN)
def locked_to_another(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    other = next(one.id for one in problem.technicians if one.id != route.technician)
    return Planted(with_job(problem, stop.id, locked_to=other), plan, stop.id, route.technician)


@plants(Code.LOCK_START)
def locked_start(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    return Planted(with_job(problem, stop.id, locked_start=stop.start + random.choice([-5, 5])), plan, stop.id, route.technician)


@plants(Code.OVERLAP)
def overlap(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    route, position, stop = any_single(plan, random)
    if position == 0:
        return None
    early = route.stops[position - 1].end - 5
    moved = replace(stop, arrive=min(stop.arrive, early), start=early)
    return Planted(anytime(problem, stop.id), with_stop(plan, route, position, moved), stop.id, route.technician)


@plants(Code.TRAVEL_ARRIVES)
def arrives_too_early(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    route, position, stop = any_single(plan, random)
    moved = replace(stop, arrive=stop.arrive - 5)
    return Planted(problem, with_stop(plan, route, position, moved), stop.id, route.technician)


@plants(Code.TRAVEL_STARTS)
def starts_before_arriving(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    route, position, stop = any_single(plan, random)
    if way_to(problem, route, position) < 10:
        return None
    moved = replace(stop, start=stop.arrive - 5)
    return Planted(anytime(problem, stop.id), with_stop(plan, route, position, moved), stop.id, route.technician)


@plants(Code.TRAVEL_BACK)
def back_too_early(problem: Problem, plan: Plan, random: Random) -> Planted:
    route = random.choice(plan.routes)
    return Planted(problem, with_route(plan, route, back=route.back - 5), "", route.technician)


@plants(Code.DURATION)
def too_short(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, position, stop = random.choice([found for kind in Kind for found in stops_of(plan, kind)])
    return Planted(problem, with_stop(plan, route, position, replace(stop, end=stop.end - 5)), stop.id, route.technician)


@plants(Code.REFILLS)
def too_many_refills(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.WAREHOUSE))
    return found and Planted(with_technician(problem, found[0].technician, max_refills=0), plan, "", found[0].technician)


@plants(Code.WAREHOUSE_CLOSED)
def closed(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.WAREHOUSE))
    if found is None:
        return None
    route, _, stop = found
    hours = random.choice([(stop.start + 5, stop.start + 50), (stop.start - 50, stop.start - 5)])
    return Planted(with_warehouse(problem, stop.id, open=hours), plan, stop.id, route.technician)


@plants(Code.WAREHOUSE_UNKNOWN)
def no_such_warehouse(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.WAREHOUSE))
    if found is None:
        return None
    route, position, stop = found
    toolless = replace(problem, jobs=[replace(job, tools=frozenset()) for job in problem.jobs])
    return Planted(toolless, with_stop(plan, route, position, replace(stop, id="7")), "7", route.technician)


@plants(Code.BREAK_MISSING)
def break_missing(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.BREAK))
    if found is None:
        return None
    route, position, _ = found
    rest = technician_of(problem, route.technician).rest
    assert rest is not None
    eased = with_technician(problem, route.technician, rest=replace(rest, window=(0, (route.depart + route.back) / 2)))
    return Planted(eased, with_stop(plan, route, position), "", route.technician)


@plants(Code.BREAK_EARLY)
def break_early(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    return _break_window(problem, plan, random, 5, 50)


@plants(Code.BREAK_LATE)
def break_late(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    return _break_window(problem, plan, random, -50, -5)


def _break_window(problem: Problem, plan: Plan, random: Random, opens: float, closes: float) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.BREAK))
    if found is None:
        return None
    route, _, stop = found
    rest = technician_of(problem, route.technician).rest
    assert rest is not None
    window = (stop.start + opens, stop.start + closes)
    return Planted(with_technician(problem, route.technician, rest=replace(rest, window=window)), plan, "", route.technician)


@plants(Code.BREAK_NONE)
def no_break_due(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.BREAK))
    return found and Planted(with_technician(problem, found[0].technician, rest=None), plan, "", found[0].technician)


@plants(Code.BREAK_TWICE)
def two_breaks(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    found = maybe(random, stops_of(plan, Kind.BREAK))
    if found is None:
        return None
    route, position, stop = found
    rest = technician_of(problem, route.technician).rest
    assert rest is not None
    eased = with_technician(problem, route.technician, rest=replace(rest, window=ALL_DAY, seconds=0))
    again = replace(stop, arrive=stop.end, start=stop.end, end=stop.end)
    return Planted(eased, with_stop(plan, route, position, stop, again), "", route.technician)


@plants(Code.JOB_TWICE)
def job_twice(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, position, stop = any_single(plan, random)
    eased = with_job(anytime(problem, stop.id), stop.id, seconds=0, parts={})
    again = replace(stop, arrive=stop.end, start=stop.end, end=stop.end)
    return Planted(eased, with_stop(plan, route, position, stop, again), stop.id, route.technician)


@plants(Code.JOB_UNKNOWN)
def no_such_job(problem: Problem, plan: Plan, random: Random) -> Planted:
    return Planted(problem, replace(plan, unserved=[*plan.unserved, "ghost"]), "ghost")


@plants(Code.JOB_BOTH)
def done_and_not_done(problem: Problem, plan: Plan, random: Random) -> Planted:
    route, _, stop = any_single(plan, random)
    return Planted(problem, replace(plan, unserved=[*plan.unserved, stop.id]), stop.id, route.technician)


@plants(Code.JOB_NEITHER)
def forgotten(problem: Problem, plan: Plan, random: Random) -> Planted:
    return Planted(problem, replace(plan, unserved=[]), "left")


@plants(Code.TECHNICIAN_UNKNOWN)
def no_such_technician(problem: Problem, plan: Plan, random: Random) -> Planted | None:
    route = random.choice(plan.routes)
    if route in doers(plan, CREW_JOB):
        return None
    unlocked = replace(problem, jobs=[replace(job, locked_to=None) for job in problem.jobs])
    return Planted(unlocked, with_route(plan, route, technician="ghost"), "", "ghost")


@plants(Code.TECHNICIAN_TWICE)
def two_routes(problem: Problem, plan: Plan, random: Random) -> Planted:
    route = random.choice(plan.routes)
    return Planted(problem, replace(plan, routes=[*plan.routes, replace(route, stops=[])]), "", route.technician)
