"""From two days, the one that stands and the one that was found, to the rows of their difference with what explains each. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dispatch.planning.problem import Job, Kind, Plan, Route, Stop
from dispatch.planning.reasons import Reason, ReasonCode, reasons
from dispatch.plans.driving import Present, crews, leads, served
from dispatch.plans.world import Left, Piece, World
from dispatch.visits.rules import WINDOW

SAME = 60  # seconds; what moves by less does not move
_HALF_HOUR = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A row to be; the names are those of `models.PlanRow`."""

    kind: str
    piece: Piece
    day: date
    from_start: datetime | None = None
    to_person_id: int | None = None
    to_helper_ids: tuple[int, ...] = ()
    to_start: datetime | None = None
    to_end: datetime | None = None
    promised_from: datetime | None = None
    promised_until: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def drafts(world: World, now: Present, plan: Plan) -> list[Draft]:
    """What differs, by the new start; then what nobody can come for."""
    jobs = {job.id: job for job in world.problem.jobs}
    before, lead, crew = served(now.plan), leads(world, plan), crews(plan)
    found = [
        draft
        for route in plan.routes
        for position, stop in enumerate(route.stops)
        if stop.kind is Kind.JOB and lead[stop.id] == route.technician
        for draft in [_moved(world, jobs[stop.id], route, position, before, crew[stop.id])]
        if draft is not None
    ]
    found.sort(key=lambda draft: (draft.to_start, draft.piece.id))
    why = reasons(world.problem, plan.unserved)
    left = [_left(world, world.pieces[id], _reason(world, why[id])) for id in plan.unserved if not world.pieces[id].held]
    return [*found, *left, *(_unasked(world, one) for one in world.left)]


def _moved(
    world: World, job: Job, route: Route, position: int, before: Mapping[str, tuple[str, Stop]], crew: Sequence[str]
) -> Draft | None:
    """`route`: the lead's."""
    piece, stop = world.pieces[job.id], route.stops[position]
    person_id = world.people[route.technician]
    helper_ids = tuple(sorted(world.people[one] for one in crew if one != route.technician))
    same_person = piece.people == {person_id, *helper_ids}
    if piece.held or (same_person and piece.start is not None and abs(stop.start - piece.start) < SAME):
        return None
    facts: dict[str, Any] = {"technician_day": route.technician, **_way(world, route, position), **_parts(world, job, route, position)}
    if not piece.located:
        facts["no_coordinates"] = True
    since: datetime | None = None
    until: datetime | None = None
    if piece.visit_id is None:
        since, until = _promise(world, stop.start)
        if piece.due is not None:
            facts["spare"] = round(piece.due - stop.start)
        kind = "book"
    else:
        kind = "shift" if same_person else "give"
        if piece.broken:
            since, until = _promise(world, stop.start)
        facts["because"], late = _because(world, piece, before)
        if piece.missing is not None:
            facts["missing"] = piece.missing
        if late:
            facts["late"] = late
        facts["promise"] = "moved" if piece.broken else "kept"
    return Draft(
        kind=kind,
        piece=piece,
        day=world.day,
        from_start=world.at(piece.start) if piece.start is not None else None,
        to_person_id=person_id,
        to_helper_ids=helper_ids,
        to_start=world.at(stop.start),
        to_end=world.at(stop.end),
        promised_from=since,
        promised_until=until,
        facts=facts,
    )


def _because(world: World, piece: Piece, before: Mapping[str, tuple[str, Stop]]) -> tuple[str, int]:
    """Why a visit moves: its technician is away; it would be late as things stand (by how much); or the day gets better."""
    if piece.away:
        return "away", 0
    found = before.get(piece.id)
    if found is not None and piece.deadline is not None and found[1].start > piece.deadline:
        return "late", round(found[1].start - piece.deadline)
    return "order", 0


def _promise(world: World, start: float) -> tuple[datetime, datetime]:
    """What to tell the customer: from the full half hour, as suggestions do."""
    since = world.at(start // _HALF_HOUR * _HALF_HOUR)
    return since, since + WINDOW


def _way(world: World, route: Route, position: int) -> dict[str, int]:
    """The way there, and how much longer the day's ways are by this stop."""
    places = [_place(world, stop) for stop in route.stops]
    technician = next(one for one in world.problem.technicians if one.id == route.technician)
    here = places[position]
    assert here is not None, "a job has a place"
    before = next((place for place in reversed(places[:position]) if place is not None), technician.start_place)
    after = next((place for place in places[position + 1 :] if place is not None), None)
    travel = world.problem.travel
    way = travel[before][here]
    extra = way + (travel[here][after] - travel[before][after] if after is not None else 0.0)
    return {"way": round(way), "extra": max(0, round(extra))}


def _place(world: World, stop: Stop) -> int | None:
    if stop.kind is Kind.JOB:
        return next(job.place for job in world.problem.jobs if job.id == stop.id)
    return world.problem.warehouses[int(stop.id)].place if stop.kind is Kind.WAREHOUSE else None


def _parts(world: World, job: Job, route: Route, position: int) -> dict[str, Any]:
    """Whether its parts are on the van or fetched before, and where; nothing when it needs none."""
    if not job.parts:
        return {}
    fetched = [
        world.stores[int(stop.id)]
        for stop in route.stops[:position]
        if stop.kind is Kind.WAREHOUSE and any(stop.take.get(part) for part in job.parts)
    ]
    return {"fetch": fetched} if fetched else {"parts": "van"}


def _left(world: World, piece: Piece, facts: dict[str, Any]) -> Draft:
    start = world.at(piece.start) if piece.start is not None else None
    missing = {"missing": piece.missing} if piece.missing is not None else {}
    return Draft(kind="left", piece=piece, day=world.day, from_start=start, facts={**facts, **missing})


def _unasked(world: World, one: Left) -> Draft:
    return _left(world, one.piece, {"why": one.code, **({} if one.piece.located else {"no_coordinates": True})})


def _reason(world: World, reason: Reason) -> dict[str, Any]:
    """The reason with names for numbers."""
    facts: dict[str, Any] = {"why": reason.code.value}
    for name, value in reason.facts.items():
        if name in ("skill", "part"):
            facts[name] = world.names.get(f"{name}:{value}", str(value))
        elif name in ("needed", "best", "longest", "rule", "has"):
            facts[name] = value
    if reason.code is ReasonCode.SKILL_LEVEL:
        facts["by"] = world.people.get(str(reason.facts.get("by")))
    if reason.locked is not None:
        facts["locked"] = world.people.get(reason.locked)
    return facts
