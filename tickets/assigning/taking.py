"""Take next: the most urgent ticket that nobody has and that I can do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import case, select

from core.db import db
from core.errors import DomainError
from staff.models import Person
from staff.queries import person_of_user
from staff.rules import AGENT_KINDS
from tickets import rules as ticket_rules
from tickets.assigning import queries, rules
from tickets.assigning.queries import Need, Terms
from tickets.models import Queue, Ticket
from tickets.services.assigning import assign

LOOKED_AT = 200  # of the most urgent; who can do none of these is told why


def take_next(*, actor_id: int, now: datetime) -> Ticket:
    """Give the actor the best ticket: earliest due first, then by priority, then the oldest; of the queues they serve, with the skills they have.

    Takes `queries.lock`, so that two never get the same one and nobody more than they can hold; a ticket that somebody works on at this moment is
    passed over. Raises DomainError whose code says why there is none: nobody, full, none, skill, busy.
    """
    person = _agent(actor_id)
    queries.lock()
    waiting = _waiting()
    terms = queries.terms([ticket.id for ticket in waiting], now)
    load = queries.loads([person.id], terms.settings.weights)[person.id]
    if load >= person.capacity:
        raise _full(load, person.capacity)
    lacking: dict[str, None] = {}
    busy = too_heavy = False
    for ticket in waiting:
        needs = queries.needs_of(ticket, terms.rule_of(ticket), terms)
        missing = [need.name for need in needs if need.skill_id not in queries.skill_levels(person, needs, now.date())]
        if missing:
            lacking.update(dict.fromkeys(missing))
            continue
        if not rules.Candidate(person.id, person.name, load, person.capacity).holds(_weight(ticket, terms)):
            too_heavy = True
            continue
        if not _locked(ticket.id):
            busy = True
            continue
        told = _told(person, load, needs)
        return assign(ticket_id=ticket.id, person_id=person.id, actor_id=actor_id, now=now, told=told)
    raise _none(load, person.capacity, list(lacking), busy=busy, too_heavy=too_heavy)


def _agent(actor_id: int) -> Person:
    person = person_of_user(actor_id)
    if person is None or not person.active or person.kind not in AGENT_KINDS:
        raise DomainError(_("You are nobody's colleague at the desk: there are no tickets for you."), code="nobody")
    return person


def _waiting() -> Sequence[Ticket]:
    ranks = case(
        *((Ticket.priority == name, rank) for rank, name in enumerate(ticket_rules.PRIORITIES)), else_=len(ticket_rules.PRIORITIES)
    )
    query = (
        select(Ticket)
        .join(Queue, Queue.id == Ticket.queue_id)
        .where(Ticket.status.in_(("new", "open")), Ticket.assignee_id.is_(None), Ticket.merged_into_id.is_(None), Queue.active)
        .order_by(Ticket.due_at.asc().nulls_last(), ranks, Ticket.created_at, Ticket.id)
        .limit(LOOKED_AT)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def _locked(ticket_id: int) -> bool:
    """Whether it is still nobody's, and ours to give now."""
    query = select(Ticket.id).where(Ticket.id == ticket_id, Ticket.assignee_id.is_(None), Ticket.status.in_(("new", "open")))
    return db.session.scalar(query.with_for_update(of=Ticket, skip_locked=True)) is not None


def _weight(ticket: Ticket, terms: Terms) -> float:
    return rules.weight_of(terms.settings.weights, priority=ticket.priority, kind=ticket.kind, status=ticket.status)


def _told(person: Person, load: float, needs: Sequence[Need]) -> dict[str, Any]:
    needed = [{"name": need.name, "level": need.level, "source": need.source} for need in needs]
    return {"how": "take_next", "person_id": person.id, "name": person.name, "held": load, "capacity": person.capacity, "needs": needed}


def _full(load: float, capacity: int) -> DomainError:
    said = _("You have %(load)g of %(capacity)s open tickets. Finish one first, or pick one by hand.", load=load, capacity=capacity)
    return DomainError(said, code="full", details={"held": load, "capacity": capacity})


def _none(load: float, capacity: int, lacking: list[str], *, busy: bool, too_heavy: bool) -> DomainError:
    if busy:
        return DomainError(_("Somebody is just working on the only ticket there is for you. Try again in a moment."), code="busy")
    if too_heavy:
        return _full(load, capacity)
    if lacking:
        skills = ", ".join(lacking)
        said = _("The tickets that nobody has need skills that you do not have: %(skills)s.", skills=skills)
        return DomainError(said, code="skill", details={"skills": lacking})
    return DomainError(_("Nothing waits: every open ticket has somebody."), code="none")
