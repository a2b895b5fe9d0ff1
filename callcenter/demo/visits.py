"""The demo's visits: some of the last ten days, one that is under way, those of today, and one whose part comes late."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from callcenter.demo.firm import ZONE, Firm
from core.db import db
from core.errors import DomainError
from dispatch import services as dispatch
from dispatch.materials import services as materials
from dispatch.materials.models import PurchaseLine
from dispatch.materials.rules import Readiness
from dispatch.visits import queries
from dispatch.visits.models import JobType, Visit
from dispatch.visits.suggesting import Suggestion
from tickets.models import Ticket

VISITS = 16
HORIZONS = (20, 44, 68)  # hours
DAYTIME = (8, 19)  # hours on the wall between which somebody is at a customer's when the demo begins
SUPPLIER_LATE = timedelta(days=2)  # the control boards come so much later than ordered


def build(firm: Firm, ticket_ids: Sequence[int], *, now: datetime) -> int:
    """Today's visits, each the best suggestion for its ticket; on a Sunday, when few work, the next days' too. Returns how many were booked."""
    wanted = (
        select(Ticket.id)
        .where(Ticket.id.in_(ticket_ids), Ticket.kind.in_(("fault", "maintenance")), Ticket.status.in_(("new", "open")))
        .order_by(Ticket.due_at.desc().nulls_last(), Ticket.id)
    )
    left = list(db.session.scalars(wanted))
    booked = _crews(firm, left, now)
    for latest in (now + timedelta(hours=hours) for hours in HORIZONS):
        for ticket_id in list(left):
            if len(booked) == VISITS:
                break
            made = _visit(firm, ticket_id, choice=len(booked), latest=latest, now=now)
            if made is not None:
                left.remove(ticket_id)
                booked.append(made)
    _waits_for_its_part(firm, left, now)
    _under_way(firm, left, booked, now)
    return len(booked)


def _crews(firm: Firm, left: list[int], now: datetime) -> list[Visit]:
    """One visit that two make together, on the first day on which two can."""
    for job in db.session.scalars(select(JobType).where(JobType.crew > 1)):
        for ticket_id in left:
            thing = db.session.get_one(Ticket, ticket_id).equipment
            if thing is None or thing.kind not in job.equipment_kinds:
                continue
            for latest in (now + timedelta(hours=hours) for hours in HORIZONS):
                found = dispatch.suggest(ticket_id=ticket_id, job_type_id=job.id, now=now, latest=latest, count=1)
                made = _booked(firm, ticket_id, job, found[0], now) if found else None
                if made is not None:
                    left.remove(ticket_id)
                    return [made]
    return []


def _visit(firm: Firm, ticket_id: int, *, choice: int, latest: datetime, now: datetime) -> Visit | None:
    """Book one of the best three; None when that could not be done."""
    job = job_for(db.session.get_one(Ticket, ticket_id))
    found = dispatch.suggest(ticket_id=ticket_id, job_type_id=job.id, now=now, latest=latest, count=3) if job is not None else []
    return _booked(firm, ticket_id, job, found[choice % len(found)], now) if job is not None and found else None


def _booked(firm: Firm, ticket_id: int, job: JobType, one: Suggestion, now: datetime) -> Visit | None:
    """None where two suggestions met in the last part."""
    try:
        with db.session.begin_nested():
            return dispatch.book_visit(
                ticket_id=ticket_id,
                job_type_id=job.id,
                person_id=one.person_id,
                helper_ids=one.helper_ids,
                start=one.start,
                end=one.end,
                promised_from=one.promised_from,
                promised_until=one.promised_until,
                now=now,
                actor_id=firm.agents[0].user_id,
            )
    except DomainError:
        return None


def job_for(ticket: Ticket) -> JobType | None:
    """The first kind of job for this kind of equipment."""
    kind = ticket.equipment.kind if ticket.equipment else None
    jobs = db.session.scalars(select(JobType).where(JobType.active).order_by(JobType.id))
    return next((job for job in jobs if kind in job.equipment_kinds), None)


def lived(firm: Firm, ticket: Ticket, dice: random.Random, *, at: datetime) -> None:
    """A repair of the past: booked `at` that moment, driven to, done, and the ticket with it. Nothing where nobody could come with the parts."""
    job = job_for(ticket)
    if job is None:
        return
    soonest, latest = at + timedelta(hours=3), at + timedelta(hours=30)
    found = dispatch.suggest(ticket_id=ticket.id, job_type_id=job.id, now=at, earliest=soonest, latest=latest, count=4)
    one = next((one for one in found if one.readiness.state is Readiness.READY), None)
    visit = _booked(firm, ticket.id, job, one, at) if one is not None else None
    if visit is not None:
        _done(visit, job, dice)


def _done(visit: Visit, job: JobType, dice: random.Random) -> None:
    """As the technician reported it: roads and repairs take longer or shorter than planned."""
    way = timedelta(seconds=_way(visit))
    left = visit.planned_start - way + timedelta(minutes=round(max(-10.0, dice.gauss(12, 35))))
    arrived = left + timedelta(seconds=round(_way(visit) * dice.lognormvariate(0.1, 0.25)))
    ended = arrived + timedelta(minutes=round(job.minutes * dice.lognormvariate(0, 0.3)))
    report = _reporter(visit)
    report("on_my_way", left)
    report("arrived", arrived)
    used = [{"part_id": line.part_id, "quantity": line.quantity} for line in job.kit]
    ticked = {line["key"]: True for line in job.checklist}
    report("done", ended, {"used": used, "checklist": ticked, "result": dice.choice(RESULTS), "solved": True})


RESULTS = (
    "Part changed, tested.",
    "Cleaned and adjusted; runs again.",
    "Changed the worn part, leak test done.",
    "Works. Next service in a year.",
)


def _way(visit: Visit) -> int:
    return max((row.travel_seconds for row in visit.assignments if row.active), default=0)


def _reporter(visit: Visit) -> Callable[..., dict[str, Any]]:
    """report(action, at, data): of the visit's technician, heard at once."""
    person = queries.technician_of(visit)
    assert person is not None, "it is booked"

    def report(action: str, at: datetime, data: dict[str, Any] | None = None) -> dict[str, Any]:
        return dispatch.apply_field_update(
            person_id=person.id, uuid=uuid.uuid4(), visit_id=visit.id, action=action, happened_at=at, now=at, data=data
        )

    return report


def _waits_for_its_part(firm: Firm, left: list[int], now: datetime) -> None:
    """A control board that is on order, promised to a visit; then the supplier names a later day, which is too late for it."""
    job = db.session.scalars(select(JobType).where(JobType.key == "board-change")).one()
    line = db.session.scalars(select(PurchaseLine).where(PurchaseLine.part_id == job.kit[0].part_id)).one()
    for ticket_id in list(left):
        thing = db.session.get_one(Ticket, ticket_id).equipment
        if thing is None or thing.kind not in ("Washing machine", "Dishwasher", "Oven"):
            continue
        found = dispatch.suggest(ticket_id=ticket_id, job_type_id=job.id, now=now, count=1)
        if found and _booked(firm, ticket_id, job, found[0], now) is not None:
            left.remove(ticket_id)
            break
    assert line.eta is not None, "it was sent with a day"
    materials.update_purchase_line(line_id=line.id, eta=line.eta + SUPPLIER_LATE, now=now, actor_id=firm.agents[0].user_id)


def _under_way(firm: Firm, left: list[int], booked: Sequence[Visit], now: datetime) -> None:
    """By day somebody is at a customer's and takes longer than planned, with another visit after it: what is expected then differs from the plan."""
    if not DAYTIME[0] <= now.astimezone(ZoneInfo(ZONE)).hour < DAYTIME[1]:
        return
    then = now - timedelta(hours=3)
    for after in sorted(booked, key=lambda visit: visit.planned_start)[:6]:
        person = queries.technician_of(after)
        for ticket_id in left[:8]:
            job = job_for(db.session.get_one(Ticket, ticket_id))
            if person is None or job is None:
                continue
            found = dispatch.find(
                ticket_id=ticket_id,
                job_type_id=job.id,
                now=then,
                earliest=now - timedelta(minutes=95),
                latest=now - timedelta(minutes=5),
                count=3,
                only=(person.id,),
            ).suggestions
            one = next((one for one in found if one.end <= now + timedelta(minutes=15) and one.readiness.state is Readiness.READY), None)
            visit = _booked(firm, ticket_id, job, one, then) if one is not None else None
            if visit is not None:
                left.remove(ticket_id)
                report = _reporter(visit)
                report("on_my_way", visit.planned_start - timedelta(seconds=_way(visit)) + timedelta(minutes=4))
                report("arrived", min(visit.planned_start + timedelta(minutes=9), now))
                return
