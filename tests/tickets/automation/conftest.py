"""Rules kept and run by hand: `rule(...)` saves one, `work_off()` does what waits in the outbox for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from core import clock, outbox
from core.db import db as database
from tests.tickets.conftest import Firm
from tests.tickets.test_tags_and_links import as_role
from tickets.automation import services
from tickets.automation.models import Rule, RuleFiring
from tickets.models import Ticket

__all__ = ["as_role"]
KINDS = ("automation.run", "automation.action", "automation.look")
Keep = Callable[..., Rule]
WorkOff = Callable[..., int]


@pytest.fixture
def rule(firm: Firm, now: datetime) -> Keep:
    """`rule("ticket_opened", {"do": "priority", …}, condition=…, only=…, after=…)`: kept and on."""

    def keep(on: str, *actions: dict[str, Any], name: str = "Rule", active: bool = True, **more: Any) -> Rule:
        trigger = {"on": on, "only": more.pop("only", {}), "after": more.pop("after", 0)}
        definition = {"trigger": trigger, "actions": list(actions), **more}
        return services.save(rule_id=None, name=name, active=active, definition=definition, now=now, actor_id=None)

    return keep


@pytest.fixture
def work_off(now: datetime, monkeypatch: pytest.MonkeyPatch) -> WorkOff:
    """`work_off(at=…, most=…)` commits and does all that is due then, and what follows from it. Returns how many rows were worked on."""

    def work(at: datetime | None = None, most: int = 300) -> int:
        moment = at or now
        monkeypatch.setattr(clock, "now", lambda: moment)
        database.session.commit()
        done = 0
        while rows := due(moment):
            for row_id in rows:
                done += 1
                assert done <= most, "the rules do not come to an end"
                try:
                    outbox.run(row_id, clock=lambda: moment)
                except RuntimeError:
                    database.session.rollback()  # the outbox has kept the error and the next try
        return done

    def due(moment: datetime) -> list[int]:
        row = outbox.OutboxRow
        open_rows = select(row.id).where(row.kind.in_(KINDS), row.done_at.is_(None), row.gave_up_at.is_(None), row.due_at <= moment)
        found = list(database.session.scalars(open_rows.order_by(row.id)))
        database.session.commit()
        return found

    return work


def firings(rule: Rule | None = None) -> list[RuleFiring]:
    """The log, the oldest first."""
    query = select(RuleFiring).order_by(RuleFiring.id).execution_options(populate_existing=True)
    return list(database.session.scalars(query if rule is None else query.where(RuleFiring.rule_id == rule.id)))


def states(rule: Rule) -> list[str]:
    return [firing.state for firing in firings(rule)]


def fresh(ticket: Ticket) -> Ticket:
    database.session.refresh(ticket)
    return ticket
