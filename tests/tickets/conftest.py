"""A small firm for the tests of tickets: one branch in Berlin, its calendar (Monday to Friday 08-18), a queue, a policy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.db import db as database
from staff.models import Branch, Person
from tickets.models import Queue, Ticket
from tickets.services import open_ticket
from tickets.sla.models import CalendarRow, CalendarVersion, Clock, Policy

OFFICE = {day: [["08:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
HOUR = 3600


def utc(text: str) -> datetime:
    """`utc("2013-03-21 09:30")` → that instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Firm:
    """Rows that a test builds on; all made through the session at hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.branch = Branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", address="", active=True)
        self.queue = Queue(key="repairs", name="Repairs", branch=self.branch, position=0, active=True, skills=[])
        database.session.add_all([self.branch, self.queue])
        database.session.flush()

    def calendar(self, hours: dict[str, Any] | None = None, name: str = "Office", own: bool = True, **more: Any) -> CalendarRow:
        """A calendar, by default the branch's own."""
        row = CalendarRow(name=name, branch_id=self.branch.id if own else None, version=1)
        database.session.add(row)
        database.session.flush()
        definition = {"timezone": "Europe/Berlin", "hours": OFFICE if hours is None else hours, "version": 1, **more}
        database.session.add(CalendarVersion(calendar_id=row.id, version=1, definition=definition, published_at=self.now))
        database.session.flush()
        return row

    def policy(self, name: str = "Standard", conditions: dict[str, Any] | None = None, position: int = 100, **targets: int) -> Policy:
        """A policy with the same targets (seconds) for every priority."""
        row = Policy(name=name, conditions=conditions or {}, targets={"default": targets}, position=position, active=True)
        row.warn_percent = 75
        database.session.add(row)
        database.session.flush()
        return row

    def ticket(self, at: datetime | None = None, **values: Any) -> Ticket:
        """A ticket opened by mail."""
        given = {"subject": "Boiler leaks", "channel": "email", "queue_id": self.queue.id, **values}
        return open_ticket(now=at or self.now, **given)

    def person(self, user_id: int, kind: str = "agent") -> Person:
        """A colleague in the branch."""
        person = Person(user_id=user_id, kind=kind, branch=self.branch, capacity=20, active=True)
        database.session.add(person)
        database.session.flush()
        return person

    def clock(self, ticket: Ticket, kind: str) -> Clock:
        """The newest clock of a kind, read afresh."""
        query = database.select(Clock).filter_by(ticket_id=ticket.id, kind=kind).order_by(Clock.id.desc()).limit(1)
        found: Clock | None = database.session.scalar(query)
        assert found is not None, f"no {kind} clock"
        return found


@pytest.fixture
def firm(db: Any, now: datetime) -> Firm:
    return Firm(now)


@pytest.fixture
def committed_firm(committed_db: Any, now: datetime) -> Callable[[], Firm]:
    """`committed_firm()` → a firm whose rows the test commits."""
    return lambda: Firm(now)
