"""Agents with skills and room, rules and time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core import later
from core.db import db as database
from customers.models import Customer
from staff import services as staff
from staff.models import Person, PersonSkill, Skill
from tests.tickets.conftest import Firm
from tickets.assigning import placing, presenters, setup
from tickets.models import Queue, Ticket


class Desk:
    """The firm with agents, rules and time."""

    def __init__(self, firm: Firm, make_user: Callable[..., Any], now: datetime) -> None:
        self.firm, self.make_user, self.now = firm, make_user, now
        self.skills: dict[str, Skill] = {}

    def agent(self, name: str, capacity: int = 10, state: str = "ready", **levels: int) -> Person:
        person = self.firm.person(self.make_user("agent", name=name).id)
        person.capacity = capacity
        for key, level in levels.items():
            person.skills.append(PersonSkill(skill=self.skill(key), level=level, expires_on=None))
        database.session.flush()
        staff.set_presence(person_id=person.id, state=state, now=self.now)
        return person

    def skill(self, key: str) -> Skill:
        if key not in self.skills:
            self.skills[key] = staff.create_skill(key=key, name=key.title(), kind="trade", now=self.now)
        return self.skills[key]

    def rule(self, method: str, name: str = "", **values: Any) -> Any:
        return setup.save_rule(rule_id=None, values={"name": name or method, "method": method, **values}, now=self.now, actor_id=None)

    def needs(self, *lines: tuple[str, str, str, int]) -> None:
        rows = [{"source": source, "value": value, "skill_id": self.skill(key).id, "level": level} for source, value, key, level in lines]
        setup.save_needs(lines=rows, now=self.now, actor_id=None)

    def place(self, at: datetime | None = None) -> None:
        later.settle_all()
        placing.place_due(at or self.now)
        later.settle_all()

    def placed(self, **values: Any) -> tuple[str | None, dict[str, Any]]:
        """A ticket opened and tried once: who has it, and what its page tells."""
        ticket = self.firm.ticket(**values)
        self.place()
        return self.told(ticket)

    def told(self, ticket: Ticket) -> tuple[str | None, dict[str, Any]]:
        database.session.refresh(ticket)
        found = presenters.assignment(ticket)
        return (ticket.assignee.name if ticket.assignee else None), found["assigned"] or (found["waiting"] or {}).get("why") or {}

    def queue(self, key: str) -> Queue:
        row = Queue(key=key, name=key.title(), branch=self.firm.branch, position=9, active=True, skills=[])
        database.session.add(row)
        database.session.flush()
        return row

    def customer(self, **values: Any) -> Customer:
        row = Customer(**{"kind": "person", "name": "Ada", "created_at": self.now, "updated_at": self.now, **values})
        database.session.add(row)
        database.session.flush()
        return row


@pytest.fixture
def desk(firm: Firm, make_user: Callable[..., Any], now: datetime) -> Desk:
    return Desk(firm, make_user, now)
