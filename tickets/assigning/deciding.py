"""Whom a ticket goes to, and why: its customer's representative, else by the rule that fits. Reads only; who acts on it holds `queries.lock`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.db import db
from customers.models import Customer
from staff import availability
from staff.models import Person
from tickets.assigning import queries, rules
from tickets.assigning.models import AssignmentRule, AssignmentSettings
from tickets.assigning.queries import Need, Terms
from tickets.assigning.rules import Candidate
from tickets.models import Ticket

SKIPPED_SHOWN = 10


@dataclass
class Decision:
    """`person_id` None: nobody; `waits`: it may be somebody later (a step of the rule at `next_at`); `tell`: supervisors are to know. `rule`: the one
    whose turns go on. `told`: why, as it stands in the timeline, codes and names without words:

    {"how": "representative" | "deputy" | "rule", "person_id", "name", "held", "capacity", "rule": {"id", "name", "method"}, "needs": [{"name",
    "level", "source"}], "for": whom a deputy stands in for, "widened": true, "skipped": [{"person_id", "name", "code", …}], "more_skipped": 3}
    """

    person_id: int | None
    told: dict[str, Any]
    waits: bool
    rule: AssignmentRule | None = None
    next_at: datetime | None = None
    tell: bool = False


def decide(ticket: Ticket, *, now: datetime, since: datetime, without: Collection[int] = ()) -> Decision:
    """For an open ticket. `since`: from when a rule's minutes count; `without`: people who are not asked."""
    skipped: list[dict[str, Any]] = []
    terms = queries.terms([ticket.id], now)
    rule = terms.rule_of(ticket)
    if is_represented(ticket.customer, terms.settings) or (rule is not None and rule.method == "representative"):
        customer = ticket.customer
        found = representative_of(
            customer.representative_id if customer is not None else None,
            customer.deputy_id if customer is not None else None,
            now=now,
            skipped=skipped,
            without=without,
        )
        if found is not None:
            return Decision(found["person_id"], {**found, **_shown(skipped)}, waits=False)
    if rule is None or rule.method in ("manual", "representative"):
        # Somebody should have it and is not there: supervisors are told at once, and it is tried again.
        return Decision(None, _about((), rule, skipped), waits=bool(skipped), tell=bool(skipped))
    return _by_rule(ticket, rule, terms, now=now, since=since, without=without, skipped=skipped)


def is_represented(customer: Customer | None, settings: AssignmentSettings) -> bool:
    """Whether one person has all tickets of this customer: their own flow, else the firm's."""
    if customer is None or customer.representative_id is None:
        return False
    return (customer.service_flow or settings.flow) == "representative"


def representative_of(
    representative_id: int | None, deputy_id: int | None, *, now: datetime, skipped: list[dict[str, Any]], without: Collection[int] = ()
) -> dict[str, Any] | None:
    """The representative, or who stands in: the customer's deputy, then who does for that person. As `Decision.told`. They get it beyond their
    capacity too: it is their customer. None when nobody of them is there; `skipped` gets who was not, and why."""
    if representative_id is None:
        return None
    dated, standing = availability.deputies_at(representative_id, now)
    in_turn = [one for one in (representative_id, deputy_id, *dated, standing) if one is not None]
    there = availability.availabilities(in_turn, now)
    people = {person.id: person for person in queries.agents(in_turn)}
    load = queries.loads(people, queries.settings().weights)
    for person_id in dict.fromkeys(in_turn):
        person = people.get(person_id)
        state = there.get(person_id)
        code = "left" if person is None or state is None else availability.hindrance(state)
        if code is None and person_id == representative_id and dated:
            code = "stood_in"
        if person_id in without:
            code = code or "left_out"
        if code is None and person is not None:
            told = {"how": "representative", **_whom(person, load[person.id])}
            if person_id != representative_id:
                told |= {"how": "deputy", "for": _name(representative_id)}
            return told
        skipped.append(_skip(person_id, _name(person_id), code or "left", state))
    return None


def _by_rule(
    ticket: Ticket,
    rule: AssignmentRule,
    terms: Terms,
    *,
    now: datetime,
    since: datetime,
    without: Collection[int],
    skipped: list[dict[str, Any]],
) -> Decision:
    widened = rule.widen_after is not None and now >= since + timedelta(minutes=rule.widen_after)
    needs = queries.needs_of(ticket, rule, terms, widened=widened)
    candidates = _able_and_there(ticket, needs, rule, now=now, without=without, skipped=skipped)
    ordered = rules.in_order(
        rule.method,
        candidates,
        last_turn=rule.last_person_id,
        last_contact=queries.last_contact(ticket) if rule.method == "last_contact" else None,
    )
    about = _about(needs, rule, skipped, widened=widened)
    if not ordered:
        return Decision(None, about, waits=True, rule=rule, **_later(rule, since, now))
    chosen = ordered[0]
    whom = {"how": "rule", "person_id": chosen.person_id, "name": chosen.name, "held": chosen.load, "capacity": chosen.capacity}
    return Decision(chosen.person_id, {**about, **whom}, waits=False, rule=rule)


def _able_and_there(
    ticket: Ticket,
    needs: Collection[Need],
    rule: AssignmentRule,
    *,
    now: datetime,
    without: Collection[int],
    skipped: list[dict[str, Any]],
) -> list[Candidate]:
    """Who has the skills, is there and has room; of the others `skipped` says why not. A constant number of statements."""
    weights = queries.settings().weights
    people = queries.agents()
    there = availability.availabilities([person.id for person in people], now)
    load = queries.loads([person.id for person in people], weights)
    weight = rules.weight_of(weights, priority=ticket.priority, kind=ticket.kind, status=ticket.status)
    found = []
    for person in people:
        levels = queries.skill_levels(person, needs, now.date())
        candidate = Candidate(person.id, person.name, load[person.id], person.capacity, sum(levels.values()))
        more: dict[str, Any] = {}
        code = "left_out" if person.id in without else None
        if missing := [need.name for need in needs if need.skill_id not in levels]:
            code, more = "skill", {"skills": missing}
        else:
            code = code or availability.hindrance(there[person.id], presence=rule.presence, on_shift=rule.on_shift)
        if code is None and not candidate.holds(weight):
            code, more = "full", {"held": candidate.load, "capacity": candidate.capacity}
        if code is None:
            found.append(candidate)
        else:
            skipped.append({**_skip(person.id, person.name, code, there[person.id]), **more})
    return found


def _about(needs: Collection[Need], rule: AssignmentRule | None, skipped: list[dict[str, Any]], *, widened: bool = False) -> dict[str, Any]:
    told = _shown(skipped)
    if rule is not None:
        told |= {"rule": {"id": rule.id, "name": rule.name, "method": rule.method}}
    if needs:
        told |= {"needs": [{"name": need.name, "level": need.level, "source": need.source} for need in needs]}
    return told | ({"widened": True} if widened else {})


def _shown(skipped: list[dict[str, Any]]) -> dict[str, Any]:
    """Those who came near before those who lack a skill: they are what the reader asks about."""
    near = sorted(skipped, key=lambda one: one["code"] == "skill")
    more = len(skipped) - SKIPPED_SHOWN
    return {"skipped": near[:SKIPPED_SHOWN], **({"more_skipped": more} if more > 0 else {})}


def _skip(person_id: int, name: str, code: str, state: availability.Availability | None) -> dict[str, Any]:
    told: dict[str, Any] = {"person_id": person_id, "name": name, "code": code}
    if code == "absent" and state is not None:
        told |= {"until": state.absent_until, "reason": state.reason}
    return told


def _whom(person: Person, load: float) -> dict[str, Any]:
    return {"person_id": person.id, "name": person.name, "held": load, "capacity": person.capacity}


def _name(person_id: int) -> str:
    person = db.session.get(Person, person_id)
    return person.name if person is not None else ""


def _later(rule: AssignmentRule, since: datetime, now: datetime) -> dict[str, Any]:
    """When a step of the rule comes next, and whether supervisors are to be told by now."""
    steps = [since + timedelta(minutes=minutes) for minutes in (rule.widen_after, rule.tell_after) if minutes is not None]
    return {
        "next_at": min((step for step in steps if step > now), default=None),
        "tell": rule.tell_after is not None and now >= since + timedelta(minutes=rule.tell_after),
    }
