"""Questions of assignment: settings, rules, what a ticket needs, how much somebody has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Float, case, func, literal, select, text
from sqlalchemy.orm import selectinload

from core.auth.models import User
from core.db import db
from core.errors import NotFound, NotValid
from core.slots import Slot
from staff.models import Person, PersonSkill, Skill
from staff.rules import AGENT_KINDS
from tickets import conditions
from tickets.assigning import rules
from tickets.assigning.models import AssignmentRule, AssignmentSettings, Handover, Placement, QueueRoute, SkillNeed
from tickets.models import Entry, Queue, Ticket

# What counts in an agent's capacity beside open tickets (chats). Fillers answer for all at once.
LOADS = Slot("loads of agents", "(person_ids): {person id: how much they have beside tickets, as counted in their capacity}")
_LOCK = 0x0A551647  # any number that nobody else locks


@dataclass(frozen=True, slots=True)
class Need:
    """A skill that a ticket asks for, and where from: queue, rule, kind, equipment, language."""

    skill_id: int
    name: str
    level: int
    source: str


@dataclass(frozen=True)
class Terms:
    """What the firm has said about assignment, read once for as many tickets as are looked at. `fitting`: of each rule with conditions the
    tickets that meet them."""

    settings: AssignmentSettings
    rules: list[AssignmentRule]
    needs: list[SkillNeed]
    names: dict[int, str]
    fitting: dict[int, set[int]]

    def rule_of(self, ticket: Ticket) -> AssignmentRule | None:
        """The first that is for the ticket's queue and whose conditions it meets."""
        of_queue = (rule for rule in self.rules if rule.queue_id in (None, ticket.queue_id))
        return next((rule for rule in of_queue if rule.id not in self.fitting or ticket.id in self.fitting[rule.id]), None)


def terms(ticket_ids: Collection[int], now: datetime) -> Terms:
    """For these tickets: four statements, and one for each rule with conditions. Rules: the active ones, in their order."""
    names: dict[int, str] = dict(db.session.execute(select(Skill.id, Skill.name)).tuples().all())
    active = assignment_rules(only_active=True)
    fitting = {rule.id: _fitting(rule, ticket_ids, now) for rule in active if rule.conditions.get("items")}
    return Terms(settings(), active, skill_needs(), names, fitting)


def _fitting(rule: AssignmentRule, ticket_ids: Collection[int], now: datetime) -> set[int]:
    """A rule that asks for something that is gone (the settings say so) fits nothing."""
    try:
        clause = conditions.clause(rule.conditions, now=now)
    except NotValid:
        return set()
    return set(db.session.scalars(select(Ticket.id).where(Ticket.id.in_(list(ticket_ids)), clause)))


def settings() -> AssignmentSettings:
    """The firm's settings, the defaults while nobody changed any (then not stored)."""
    found = db.session.get(AssignmentSettings, 1)
    return found or AssignmentSettings(id=1, flow="department", by_hand="warn", weights={}, long_absence_hours=48)


def lock() -> None:
    """Wait until nobody else gives tickets to people, and keep others from it until the transaction ends. Lock tickets before, never after: the
    order is tickets by id, this lock, then whatever `tickets.services` locks."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def lock_if_free() -> bool:
    """As `lock`, but at once: False when somebody else has it. For the sweep, which must not wait."""
    return bool(db.session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _LOCK}))


def assignment_rules(*, only_active: bool = False) -> list[AssignmentRule]:
    """In the order they are tried in."""
    query = select(AssignmentRule).order_by(AssignmentRule.position, AssignmentRule.id)
    return list(db.session.scalars(query.where(AssignmentRule.active) if only_active else query))


def assignment_rule(rule_id: int) -> AssignmentRule:
    """Raises NotFound."""
    found = db.session.get(AssignmentRule, rule_id) if rule_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such assignment rule."))
    return found


def skill_needs() -> list[SkillNeed]:
    """The whole table, by source and value."""
    return list(db.session.scalars(select(SkillNeed).order_by(SkillNeed.source, SkillNeed.value, SkillNeed.id)))


def routes() -> list[QueueRoute]:
    """The whole routing table."""
    query = select(QueueRoute).order_by(QueueRoute.from_queue_id.nulls_first(), QueueRoute.equipment_kind.nulls_first(), QueueRoute.id)
    return list(db.session.scalars(query))


def route_of(*, queue_id: int, kind: str, equipment_kind: str) -> int | None:
    """Where the routing table sends such a ticket; None: it stays. A queue that is no longer used takes none."""
    query = select(QueueRoute).join(Queue, Queue.id == QueueRoute.queue_id).where(Queue.active)
    lines = [(row.from_queue_id, row.kind, row.equipment_kind, row.queue_id) for row in db.session.scalars(query)]
    return rules.route(lines, queue_id=queue_id, kind=kind, equipment_kind=equipment_kind)


def needs_of(ticket: Ticket, rule: AssignmentRule | None, terms: Terms, *, widened: bool = False) -> list[Need]:
    """The skills that somebody needs for this ticket, each once with its highest level. Widened, or without a rule that says which: the queue's
    alone, or those of every source."""
    asked: list[tuple[int, int, str]] = [(one.skill_id, one.level, "queue") for one in ticket.queue.skills]
    if not widened:
        asked += [(one["skill_id"], one["level"], "rule") for one in (rule.skills if rule is not None else ())]
        asked += _by_table(ticket, rule.sources if rule is not None else rules.SOURCES, terms)
    found: dict[int, Need] = {}
    for skill_id, level, source in asked:
        before = found.get(skill_id)
        if skill_id in terms.names and (before is None or before.level < level):
            found[skill_id] = Need(skill_id, terms.names[skill_id], level, source)
    return list(found.values())


def _by_table(ticket: Ticket, sources: Collection[str], terms: Terms) -> list[tuple[int, int, str]]:
    values = {
        "kind": ticket.kind,
        "equipment": rules.category(ticket.equipment.kind) if ticket.equipment is not None else None,
        "language": ticket.customer.language if ticket.customer is not None else ticket.language,
    }
    return [(row.skill_id, row.level, row.source) for row in terms.needs if row.source in sources and row.value == values[row.source]]


def agents(person_ids: Collection[int] | None = None) -> list[Person]:
    """Agents who work here, with their skills, by id; of all or of these."""
    query = select(Person).join(User, User.id == Person.user_id).where(Person.active, User.active, Person.kind.in_(AGENT_KINDS))
    if person_ids is not None:
        query = query.where(Person.id.in_(list(person_ids)))
    return list(db.session.scalars(query.options(selectinload(Person.skills)).order_by(Person.id)))


def loads(person_ids: Iterable[int], weights: dict[str, Any]) -> dict[int, float]:
    """How much each has now: their open tickets as weighed, and what other packages add. One statement for the tickets of all."""
    found = dict.fromkeys(person_ids, 0.0)
    query = select(Ticket.assignee_id, func.sum(_weight(weights))).where(
        Ticket.assignee_id.in_(list(found)), Ticket.status.not_in(("resolved", "closed"))
    )
    for person_id, load in db.session.execute(query.group_by(Ticket.assignee_id)).all():
        if person_id is not None:
            found[person_id] = round(float(load), 2)
    for more in LOADS.call(list(found)):
        for person_id, load in more.items():
            found[person_id] = found.get(person_id, 0.0) + load
    return found


def _weight(weights: dict[str, Any]) -> ColumnElement[float]:
    product: ColumnElement[float] = literal(1.0, Float)
    for name, factors in weights.items():
        if factors:
            column = getattr(Ticket, name)
            product = product * case(*((column == value, literal(float(factor), Float)) for value, factor in factors.items()), else_=1.0)
    return product


def skill_levels(person: Person, needs: Collection[Need], on: Any) -> dict[int, int]:
    """The person's levels of these skills on that day, without those that are too low or expired."""
    wanted = {need.skill_id: need.level for need in needs}
    return {
        row.skill_id: row.level for row in person.skills if row.skill_id in wanted and row.level >= wanted[row.skill_id] and _valid(row, on)
    }


def _valid(row: PersonSkill, on: Any) -> bool:
    return row.expires_on is None or row.expires_on >= on


def last_contact(ticket: Ticket) -> int | None:
    """Who answered this customer last, or talked to them, on another ticket."""
    if ticket.customer_id is None:
        return None
    query = (
        select(Person.id)
        .join(Entry, Entry.author_id == Person.user_id)
        .join(Ticket, Ticket.id == Entry.ticket_id)
        .where(Ticket.customer_id == ticket.customer_id, Ticket.id != ticket.id, Entry.kind.in_(("message_out", "call")))
        .order_by(Entry.happened_at.desc(), Entry.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def placement(ticket_id: int) -> Placement | None:
    """What waits for the rules, if it does."""
    return db.session.get(Placement, ticket_id)


def handover(handover_id: int) -> Handover:
    """Raises NotFound."""
    found = db.session.get(Handover, handover_id) if handover_id < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such handover."))
    return found
