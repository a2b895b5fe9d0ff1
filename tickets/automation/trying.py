"""Trying a rule without doing anything: on one ticket, with what each action would come to; and on what happened lately, counted.

Both ask the tickets as they are now, not as they were: that is said on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.db import db
from core.events import EventRow
from tickets import conditions
from tickets.automation import performing, timing, triggers
from tickets.automation.actions import Work
from tickets.automation.models import Rule, RuleFiring
from tickets.locking import lock_survivor
from tickets.models import Ticket

OCCASIONS = 200
SHOWN = 20
COUNTED = 1_000


def on_ticket(*, definition: Mapping[str, Any], name: str, number: int, ticket_id: int, now: datetime) -> dict[str, Any]:
    """What a checked definition would do to this ticket if its occasion came now: {"would", "because": each item of the condition with `held`,
    "results": as in the log}. The actions are done and taken back in a savepoint, so what would be refused says why. Locks the ticket."""
    condition = definition["condition"]
    because = conditions.explain(ticket_id, condition, now=now) if condition is not None else []
    would = condition is None or conditions.matches(ticket_id, condition, now=now)
    return {"number": number, "would": would, "because": because, "results": _tried(definition, name, ticket_id, now)}


def _tried(definition: Mapping[str, Any], name: str, ticket_id: int, now: datetime) -> list[dict[str, Any]]:
    savepoint = db.session.begin_nested()
    try:
        rule = Rule(
            name=name,
            position=0,
            active=False,
            trigger=definition["trigger"]["on"],
            definition=dict(definition),
            version=1,
            created_at=now,
            updated_at=now,
        )
        db.session.add(rule)
        ticket = lock_survivor(ticket_id)
        db.session.flush()
        firing = RuleFiring(rule_id=rule.id, version=1, ticket_id=ticket.id, key="try", chain=[], at=now, state="done", results=[])
        db.session.add(firing)
        db.session.flush()
        performing.perform(firing, rule, Work(ticket, rule, now, "try"))
        return list(firing.results)
    finally:
        savepoint.rollback()
        db.session.expire_all()


def on_the_past(*, definition: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Of the last 200 occasions of its WHEN (or all tickets, for a rule that looks at them): on how many tickets it would have fired.
    {"occasions", "tickets", "touched", "more": there are more than were counted, "items": the first 20 touched: number, subject}."""
    trigger, condition = definition["trigger"], definition["condition"]
    if trigger["on"] == triggers.TIME:
        return _counted(timing.matching(condition, now), occasions=None, tickets=None)
    seen = _occasions(trigger)
    ids = {ticket_id for ticket_id, fits in seen if fits}
    holds = Ticket.id.in_(ids) & Ticket.merged_into_id.is_(None)
    if condition is not None:
        holds = holds & conditions.clause(condition, now=now)
    return _counted(holds, occasions=sum(fits for _id, fits in seen), tickets=len(ids))


def _occasions(trigger: Mapping[str, Any]) -> list[tuple[int, bool]]:
    """(ticket, whether it is what the WHEN asks for) of the newest occasions in the feed, which keeps 14 days."""
    found = triggers.known()[trigger["on"]]
    if found.event is None:
        return []
    rows = select(EventRow.data).where(EventRow.name == found.event.name).order_by(EventRow.id.desc()).limit(OCCASIONS * 10)
    seen: list[tuple[int, bool]] = []
    for data in db.session.scalars(rows):
        facts, ticket_id = found.facts(data), found.ticket_id(data)
        if facts is not None and ticket_id is not None:
            seen.append((ticket_id, triggers.fits(trigger["only"], facts)))
        if len(seen) == OCCASIONS:
            break
    return seen


def _counted(holds: Any, *, occasions: int | None, tickets: int | None) -> dict[str, Any]:
    first = select(Ticket.id).where(holds).limit(COUNTED + 1).subquery()
    touched = db.session.scalar(select(func.count()).select_from(first)) or 0
    rows = db.session.execute(select(Ticket.number, Ticket.subject).where(holds).order_by(Ticket.id.desc()).limit(SHOWN))
    return {
        "occasions": occasions,
        "tickets": tickets,
        "touched": min(touched, COUNTED),
        "more": touched > COUNTED,
        "items": [{"number": number, "subject": subject} for number, subject in rows.tuples()],
    }
