"""Doing what was proposed, in the world as it is now: all visits that move are taken out first and put in again at their new places, so that two
may change places. A row that cannot be done keeps its visit where it stands; then the others are tried without it.

The verbs are those of visits (`move_visit`, `book_visit`) with the ways set aside: they judge each visit beside its neighbours of the moment. Whether
the days can be driven is judged at the end, by the law of planning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import audit
from core.db import db
from core.errors import Conflict, DomainError
from dispatch.errors import clear_errors
from dispatch.materials.locking import lock_all
from dispatch.materials.models import Reservation
from dispatch.materials.services import release
from dispatch.planning.faults import Fault
from dispatch.plans.driving import present
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.world import World, read_day
from dispatch.visits import placing, queries
from dispatch.visits.placing import clock_of
from dispatch.visits.rules import Status, status_word
from dispatch.visits.services import book_visit, checks, move_visit
from staff import queries as staff
from tickets.locking import lock_ticket

_DESPITE = ("travel",)

_FAULTS = {
    "overlap": _("%(name)s would be at two places at once."),
    "travel": _("%(name)s cannot make it: the ways of the day take longer than there is."),
    "window": _("%(name)s would come outside of what a customer was promised."),
    "shift": _("%(name)s would work longer than the shift."),
    "break": _("%(name)s would have no break."),
    "stock": _("%(name)s would lack a part by then."),
    "skill": _("%(name)s does not have a skill that is needed."),
    "crew": _("%(name)s cannot make it: the ways of the day take longer than there is."),  # not there when the work is to start
}
_FAULT = _("The day of %(name)s cannot be kept as it is planned.")


@dataclass(frozen=True, slots=True)
class Refused:
    """By row why it was not done. `stale`: the row speaks of what is no more, or nobody may do it; `unable`: there is no room, no part or no way as
    things stand, which others' leaving may change. `left`: rows that were not done because of these, and have no fault of their own yet."""

    stale: dict[int, DomainError] = field(default_factory=dict)
    unable: dict[int, DomainError] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)

    @property
    def all(self) -> dict[int, DomainError]:
        """Both."""
        return self.stale | self.unable


def apply(plan: Plan, rows: Sequence[PlanRow], *, now: datetime, actor_id: int | None, once: bool = False) -> Refused:
    """Do the rows; by row why one was not done. Holds all locks until the transaction ends: who has many rows tries them `once`, and what is left
    when some were refused in a transaction of its own."""
    _lock(rows)
    refused = Refused()
    for row in rows:
        try:
            _check(row, now)
        except DomainError as error:
            refused.stale[row.id] = error
    left = [row for row in rows if row.id not in refused.stale]
    faults_before = _faults(plan, left, now=now)
    while left:
        tried = db.session.begin_nested()
        fresh = _try(left, now=now, actor_id=actor_id) or _judge(plan, left, faults_before, now=now)
        if not fresh:
            tried.commit()
            break
        tried.rollback()
        db.session.expire_all()
        refused.unable.update(fresh)
        left = [row for row in left if row.id not in fresh]
        if once:
            refused.left.update(row.id for row in left)
            break
    return refused


def _lock(rows: Sequence[PlanRow]) -> None:
    """Tickets, technicians, visits around the old and new places, stock; each in order of id."""
    for ticket_id in sorted({row.ticket_id for row in rows}):
        lock_ticket(ticket_id)
    places = [
        (person_id, at)
        for row in rows
        for people, at in ((_before(row), row.from_start), (_after(row), row.to_start), (_before(row), row.to_start))
        for person_id in people
        if at is not None
    ]
    placing.lock_people({person_id for person_id, _at in places})
    visit_ids = [row.visit_id for row in rows if row.visit_id is not None]
    placing.lock_visits(places, also=visit_ids)
    reserved = select(Reservation.part_id).where(Reservation.visit_id.in_(visit_ids), Reservation.state == "held")
    kits = {line.part_id for row in rows if row.job_type is not None for line in row.job_type.kit}
    lock_all(kits | set(db.session.scalars(reserved)))


def _before(row: PlanRow) -> list[int]:
    """Whose the visit was, the lead first."""
    return [row.from_person_id, *row.from_helper_ids] if row.from_person_id is not None else []


def _after(row: PlanRow) -> list[int]:
    """Who is to do it, the lead first."""
    return [row.to_person_id, *row.to_helper_ids] if row.to_person_id is not None else []


def _check(row: PlanRow, now: datetime) -> None:
    """Whether the row still speaks of what is there, and its technician can be there: whatever can be said before anything is written, as a refusal
    after that has everything done anew. Raises DomainError."""
    assert row.to_start is not None, "rows that can only be read are not accepted"
    assert row.to_end is not None
    assert row.to_person_id is not None
    if row.to_start <= now:
        raise Conflict(_("The proposed start has passed."), code="passed")
    if row.visit_id is None:
        if queries.held_visits(row.ticket_id):
            raise Conflict(_("A time is being held for this ticket's customer just now."), code="held")
        checks.ticket_takes_visits(row.ticket, second=False)
    else:
        _check_visit(row, row.visit_id)
    job_type = row.visit.job_type if row.visit is not None else row.job_type
    assert job_type is not None, "what is booked has its job type"
    for person in checks.crew(row.to_person_id, row.to_helper_ids, least=1 if row.visit is not None else job_type.crew):
        checks.skills(person, job_type, row.to_start)
        placing.check_shift(person, row.to_start, row.to_end)


def _check_visit(row: PlanRow, visit_id: int) -> None:
    """Whether the visit still is what the plan was made of. Raises Conflict."""
    visit = queries.visit(visit_id)
    crew = queries.crew_of(visit)
    if visit.status not in (Status.BOOKED, Status.PROPOSED):
        word = status_word(visit.status)
        raise Conflict(_("Visit %(number)s is %(status)s meanwhile.", number=visit.number, status=word), code="changed_meanwhile")
    if [one.id for one in crew] != _before(row) or visit.planned_start != row.from_start:
        raise Conflict(
            _(
                "Visit %(number)s was moved meanwhile: %(name)s, %(start)s.",
                number=visit.number,
                name=queries.names_of(visit) or "–",
                start=clock_of(crew[0], visit.planned_start) if crew else f"{visit.planned_start:%H:%M}",
            ),
            code="changed_meanwhile",
        )
    if visit.lock == "time" or (visit.lock == "technician" and row.kind == "give"):
        raise Conflict(_("Visit %(number)s was locked meanwhile.", number=visit.number), code="locked")


def _try(rows: Sequence[PlanRow], *, now: datetime, actor_id: int | None) -> dict[int, DomainError]:
    """Take all out that move, put all in; what cannot be put in with its reason."""
    moving = sorted((row for row in rows if row.visit_id is not None), key=lambda row: (row.to_start, row.id))
    booking = sorted((row for row in rows if row.visit_id is None), key=lambda row: (row.to_start, row.id))
    short = {row.id: _short(row) for row in moving}
    for row in moving:
        assert row.visit_id is not None
        for assignment in queries.assignments_of(row.visit_id):
            placing.take_out(assignment, now=now)
        # What it was promised is free for the others and reserved anew on the other van; who still leads keeps it, as `move_visit` does.
        if row.kind == "give" and row.to_person_id != row.from_person_id:
            release(visit_id=row.visit_id, now=now, actor_id=actor_id)
    refused: dict[int, DomainError] = {}
    for row in [*moving, *booking]:
        try:
            with db.session.begin_nested():
                _do(row, short.get(row.id, False), now=now, actor_id=actor_id)
        except DomainError as error:
            refused[row.id] = error
    return refused


def _short(row: PlanRow) -> bool:
    """Whether the visit lacks parts already: then it may lack them elsewhere."""
    assert row.visit is not None
    ready = queries.readiness_of([row.visit]).get(row.visit.id)
    return ready is not None and any(line.missing for line in ready.lines)


@clear_errors
def _do(row: PlanRow, short: bool, *, now: datetime, actor_id: int | None) -> None:
    assert row.to_start is not None
    assert row.to_end is not None
    assert row.to_person_id is not None
    if row.visit_id is not None:
        move_visit(
            visit_id=row.visit_id,
            person_id=row.to_person_id,
            helper_ids=row.to_helper_ids,
            start=row.to_start,
            end=row.to_end,
            promised_from=row.promised_from,
            promised_until=row.promised_until,
            now=now,
            actor_id=actor_id,
            despite=(*_DESPITE, "short") if short else _DESPITE,
            people_before=_before(row),
            quietly=True,
        )
        return
    assert row.job_type_id is not None
    assert row.promised_from is not None
    assert row.promised_until is not None
    visit = book_visit(
        ticket_id=row.ticket_id,
        job_type_id=row.job_type_id,
        person_id=row.to_person_id,
        helper_ids=row.to_helper_ids,
        start=row.to_start,
        end=row.to_end,
        promised_from=row.promised_from,
        promised_until=row.promised_until,
        now=now,
        actor_id=actor_id,
        despite=_DESPITE,
    )
    audit.record(action="plan.booked", target=f"visit {visit.number}", actor_id=actor_id, now=now, after={"plan": row.plan_id})


def _faults(plan: Plan, rows: Sequence[PlanRow], *, now: datetime) -> dict[tuple[int, str], Fault]:
    """(person, day) of those who get something → what keeps their day from being driven as it stands."""
    found = {}
    for day in sorted({row.day for row in rows}):
        people = {person_id for row in rows if row.day == day for person_id in _after(row)}
        people |= queries.mates_of(people, *queries.day_range(day, plan.branch.time_zone))
        world: World = read_day(plan.branch, day, now=now, tickets="none", people=people)
        for technician, fault in present(world).faulty.items():
            found[world.people[technician], str(day)] = fault
    return found


def _judge(plan: Plan, rows: Sequence[PlanRow], before: Mapping[tuple[int, str], Fault], *, now: datetime) -> dict[int, DomainError]:
    """Rows by which a day that could be driven cannot be any more: the one that the law names, else all that this person gets on that day."""
    refused: dict[int, DomainError] = {}
    for (person_id, day), fault in _faults(plan, rows, now=now).items():
        if (person_id, day) in before:
            continue
        mine = [row for row in rows if person_id in _after(row) and str(row.day) == day]
        named = [row for row in mine if row.visit_id is not None and fault.subject == f"v{row.visit_id}"]
        for row in named or mine:
            text = _FAULTS.get(fault.rule, _FAULT)
            refused[row.id] = Conflict(_named(text, staff.names_of([person_id]).get(person_id, "–")), code=fault.rule)
    return refused


def _named(text: object, name: str) -> str:
    return str(text) % {"name": name}
