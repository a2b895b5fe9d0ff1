"""What time starts: rules that come a while after something, and rules that look every quarter of an hour. The clock finds what is due and hands
it to a worker; safe when two do it at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from core import clock, outbox
from core.db import db, transaction
from core.errors import NotValid
from tickets import conditions
from tickets.automation import following, rules, triggers
from tickets.automation.models import Rule, RuleFiring, RuleMark, RulePause, RuleTimer
from tickets.models import Ticket

KIND = "automation.look"
BATCH = 100
FOUND_AT_ONCE = 200
FORGOTTEN_AT_ONCE = 5_000


def ring(now: datetime) -> bool:
    """Sweep: timers that are due. Whether there may be more."""
    query = select(RuleTimer).where(RuleTimer.due_at <= now).order_by(RuleTimer.due_at).limit(BATCH).with_for_update(skip_locked=True)
    due = list(db.session.scalars(query))
    names = dict(db.session.execute(select(Rule.id, Rule.trigger).where(Rule.id.in_({one.rule_id for one in due}))).tuples().all())
    for timer in due:
        key = f"after:{timer.key}"
        following.put(
            trigger=names[timer.rule_id], ticket_id=timer.ticket_id, key=key, chain=tuple(timer.chain), rule_id=timer.rule_id, now=now
        )
        db.session.delete(timer)
    db.session.flush()
    return len(due) == BATCH


def look(now: datetime) -> None:
    """Sweep: rules whose quarter of an hour is over. The search itself is a worker's."""
    query = select(Rule).where(Rule.trigger == triggers.TIME, Rule.active, Rule.removed_at.is_(None), Rule.look_at <= now)
    for rule in db.session.scalars(query.with_for_update(skip_locked=True)):
        outbox.put(kind=KIND, payload={"rule_id": rule.id}, now=now, unique_key=f"{KIND}:{rule.id}:{rule.look_at}")
        rule.look_at = now + rules.LOOK_EVERY
    db.session.flush()


@outbox.handles(KIND, queue="heavy", lease=300, attempts=3)
def find(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler: find the tickets that match and were not found before, a few hundred at a time."""
    more = True
    while more:
        with transaction():
            more = found(rule_id=payload["rule_id"], now=clock.now())
    with transaction():
        outbox.finish(row_id, now=clock.now())


def found(*, rule_id: int, now: datetime) -> bool:
    """RuleMark the next tickets that match, an occasion for each; tickets that no longer match may be found again. Whether there may be more."""
    rule = db.session.get(Rule, rule_id, with_for_update=True, populate_existing=True)
    if rule is None or not rule.active or rule.removed_at is not None or rule.trigger != triggers.TIME:
        return False
    try:
        holds = matching(rule.definition["condition"], now)
    except NotValid:
        return False  # the list of rules shows what is wrong with it
    gone = delete(RuleMark).where(RuleMark.rule_id == rule_id, ~exists(select(Ticket.id).where(Ticket.id == RuleMark.ticket_id, holds)))
    db.session.execute(gone.execution_options(synchronize_session=False))
    known = exists(select(RuleMark.id).where(RuleMark.rule_id == rule_id, RuleMark.ticket_id == Ticket.id))
    query = select(Ticket.id).where(holds, ~known).order_by(Ticket.id).limit(FOUND_AT_ONCE)
    ids = list(db.session.scalars(query))
    if ids:
        rows = insert(RuleMark).values([{"rule_id": rule_id, "ticket_id": ticket_id, "since": now} for ticket_id in ids])
        made = db.session.execute(rows.on_conflict_do_nothing().returning(RuleMark.id, RuleMark.ticket_id)).tuples().all()
        for mark_id, ticket_id in made:
            following.put(trigger=triggers.TIME, ticket_id=ticket_id, key=f"found:{mark_id}", rule_id=rule_id, now=now)
    return len(ids) == FOUND_AT_ONCE


def matching(condition: Any, now: datetime) -> Any:
    """A condition on Ticket: those that a rule of time looks at. Closed and merged tickets are left alone. Raises NotValid."""
    return conditions.clause(condition, now=now) & (Ticket.status != "closed") & Ticket.merged_into_id.is_(None)


def forget_old(now: datetime) -> bool:
    """Sweep: the log of long ago, and what rules that are gone were waiting for. Whether there may be more."""
    old = select(RuleFiring.id).where(RuleFiring.at < now - rules.LOG_KEPT, RuleFiring.state != "retrying").limit(FORGOTTEN_AT_ONCE)
    gone: int = db.session.execute(delete(RuleFiring).where(RuleFiring.id.in_(old))).rowcount  # type: ignore[attr-defined]
    removed = select(Rule.id).where(Rule.removed_at < now - rules.LOG_KEPT)
    for kind in (RuleMark, RuleTimer, RulePause):
        db.session.execute(delete(kind).where(kind.rule_id.in_(removed)))
    return gone == FORGOTTEN_AT_ONCE
