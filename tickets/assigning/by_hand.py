"""Who is picked by hand: what speaks against them is said, and refused only when the settings say so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import DomainError
from staff import availability
from tickets.assigning import queries, rules
from tickets.events import TicketAssigning
from tickets.models import Ticket
from tickets.queries import loaded


def looked_at(ticket: Ticket, *, now: datetime, only: Collection[int] | None = None) -> list[dict[str, Any]]:
    """Each agent as they would be picked for this ticket: person_id, name, held, capacity and `against`: [{"code": skill | absent | off_shift |
    offline | full, …}]. By name; a constant number of statements. Off shift and offline are told, never a reason to refuse."""
    terms = queries.terms([ticket.id], now)
    needs = queries.needs_of(ticket, terms.rule_of(ticket), terms)
    people = queries.agents(only)
    there = availability.availabilities([person.id for person in people], now)
    load = queries.loads([person.id for person in people], terms.settings.weights)
    weight = rules.weight_of(terms.settings.weights, priority=ticket.priority, kind=ticket.kind, status=ticket.status)
    found = []
    for person in people:
        levels = queries.skill_levels(person, needs, now.date())
        state = there[person.id]
        against: list[dict[str, Any]] = []
        if missing := [need.name for need in needs if need.skill_id not in levels]:
            against.append({"code": "skill", "skills": missing})
        if state.absent_until is not None:
            against.append({"code": "absent", "until": state.absent_until, "reason": state.reason})
        elif not state.on_shift:
            against.append({"code": "off_shift"})
        own = weight if ticket.assignee_id != person.id else 0.0
        if load[person.id] + own > person.capacity:
            against.append({"code": "full", "held": load[person.id], "capacity": person.capacity})
        found.append(
            {"person_id": person.id, "name": person.name, "held": load[person.id], "capacity": person.capacity, "against": against}
        )
    return sorted(found, key=lambda one: (one["name"], one["person_id"]))


def on_assigning(event: TicketAssigning) -> None:
    """Note in the timeline what speaks against the person; refuse when the firm wants that."""
    ticket = loaded(event.ticket_id)
    found = next(iter(looked_at(ticket, now=event.at, only=[event.person_id])), None)
    if found is None:  # a technician, say: no agent's rules hold for them
        return
    grave = [one for one in found["against"] if one["code"] != "off_shift"]
    if grave and queries.settings().by_hand == "refuse":
        raise DomainError(_refusal(found["name"], grave[0]), code="not_able", field="assignee_id", details={"against": grave})
    event.told.update({"how": "by_hand", **{name: found[name] for name in ("person_id", "name", "held", "capacity", "against")}})


def _refusal(name: str, why: dict[str, Any]) -> Any:
    if why["code"] == "skill":
        return _("%(name)s lacks a skill that this ticket needs: %(skills)s.", name=name, skills=", ".join(why["skills"]))
    if why["code"] == "absent":
        return _("%(name)s is absent (%(reason)s).", name=name, reason=why["reason"])
    return _("%(name)s has no room: %(load)g of %(capacity)s open tickets.", name=name, load=why["held"], capacity=why["capacity"])
