"""The worker's part: an occasion has come, the rules that listen to it are tried one after another.

Each rule has a transaction of its own, in which its effects and its line in the log are written; the occasion's key is unique for each rule there. So
whatever crashes and is handed over again, a rule has fired once for an occasion or not at all, and what another one did stays done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import clock, events, outbox
from core.db import db, transaction
from core.errors import NotFound, NotValid
from tickets import conditions, timeline
from tickets.automation import causes, following, performing, queries, rules, triggers
from tickets.automation.actions import Work
from tickets.automation.models import Rule, RuleFiring, RulePause, RuleTimer
from tickets.events import TicketChanged
from tickets.locking import lock_ticket
from tickets.models import Ticket


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What happened. `rule_id`: only this rule's time has come, which has waited already."""

    trigger: str
    ticket_id: int
    key: str
    facts: triggers.Facts = field(default_factory=dict)
    chain: tuple[int, ...] = ()
    rule_id: int | None = None


@outbox.handles(following.KIND, queue="fast", lease=60, attempts=20)
def run(_row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler."""
    occasion = Occasion(**{**payload, "chain": tuple(payload["chain"])})
    with transaction():
        ids = [occasion.rule_id] if occasion.rule_id is not None else queries.listening(occasion.trigger)
    for rule_id in ids:
        with causes.under((*occasion.chain, rule_id)), transaction():
            stop = fire(rule_id, occasion, now=clock.now())
        if stop:
            return


def fire(rule_id: int, occasion: Occasion, *, now: datetime) -> bool:
    """Try one rule in the caller's transaction. Locks the ticket. Whether the rules after it are not to be tried."""
    rule = db.session.get(Rule, rule_id, populate_existing=True)
    if rule is None or not rule.active or rule.removed_at is not None or rule.trigger != occasion.trigger:
        return False
    trigger = rule.definition["trigger"]
    if occasion.rule_id is None and not triggers.fits(trigger["only"], occasion.facts):
        return False
    try:
        ticket = lock_ticket(occasion.ticket_id)
    except NotFound:
        return False
    if ticket.merged_into_id is not None:
        return False
    if occasion.rule_id is None and trigger["after"]:
        _wait(rule, ticket, occasion, now)
        return False
    before = queries.firing(rule.id, occasion.key)
    if before is not None:
        return bool(rule.definition["stop_after"]) and before.state != "stopped"
    try:
        if not meets(rule.definition, ticket, now):
            return False
    except NotValid as error:
        _broken(rule, ticket, occasion, str(error.message), now)
        return False
    if queries.paused(rule.id, ticket.id):
        return False
    reason = _loop(rule, ticket, occasion, now)
    if reason is not None:
        _note(rule, ticket, occasion, now, state="stopped", reason=reason)
        return False
    _do(rule, ticket, occasion, now)
    return bool(rule.definition["stop_after"])


def meets(definition: dict[str, Any], ticket: Ticket, now: datetime) -> bool:
    """Whether the IF holds for the ticket as it is. Raises NotValid when a field in it is not there any more."""
    return definition["condition"] is None or conditions.matches(ticket.id, definition["condition"], now=now)


def _loop(rule: Rule, ticket: Ticket, occasion: Occasion, now: datetime) -> str | None:
    """Why the rule must not fire now: it answers itself, the chain is too long, or it fires too often (then it is paused on the ticket)."""
    if rule.id in occasion.chain:
        return "itself"
    if len(occasion.chain) >= rules.DEEPEST:
        return "depth"
    if queries.lately(rule.id, ticket.id, now - rules.RATE_WINDOW) < rules.MOST_FIRINGS:
        return None
    pause = insert(RulePause).values(rule_id=rule.id, ticket_id=ticket.id, at=now)
    db.session.execute(pause.on_conflict_do_nothing())
    text = _("fired %(count)s times within ten minutes on one ticket and is paused there.", count=rules.MOST_FIRINGS)
    performing.tell_administrators(rule, text, ticket.id)
    return "rate"


def _wait(rule: Rule, ticket: Ticket, occasion: Occasion, now: datetime) -> None:
    """Its time begins, or begins anew. A rule does not wait for what it did itself."""
    if rule.id in occasion.chain or len(occasion.chain) >= rules.DEEPEST:
        return
    values = {
        "key": occasion.key,
        "chain": list(occasion.chain),
        "due_at": now + timedelta(seconds=rule.definition["trigger"]["after"]),
    }
    row = insert(RuleTimer).values(rule_id=rule.id, ticket_id=ticket.id, **values)
    newest = row.on_conflict_do_update(index_elements=["rule_id", "ticket_id"], set_=values, where=RuleTimer.key != occasion.key)
    db.session.execute(newest)


def _note(rule: Rule, ticket: Ticket, occasion: Occasion, now: datetime, *, state: str, reason: str | None = None) -> RuleFiring:
    firing = RuleFiring(
        rule_id=rule.id,
        version=rule.version,
        ticket_id=ticket.id,
        key=occasion.key,
        chain=[*occasion.chain, rule.id],
        at=now,
        state=state,
        reason=reason,
        results=[],
    )
    db.session.add(firing)
    db.session.flush()
    return firing


def _broken(rule: Rule, ticket: Ticket, occasion: Occasion, problem: str, now: datetime) -> None:
    """The condition cannot be asked any more. The administrators are told the first time."""
    told = (
        select(RuleFiring.id)
        .where(RuleFiring.rule_id == rule.id, RuleFiring.version == rule.version, RuleFiring.reason == problem)
        .limit(1)
    )
    first = db.session.scalar(told) is None
    _note(rule, ticket, occasion, now, state="failed", reason=problem)
    if first:
        performing.tell_administrators(rule, problem, None)


def _do(rule: Rule, ticket: Ticket, occasion: Occasion, now: datetime) -> None:
    firing = _note(rule, ticket, occasion, now, state="done")
    performing.perform(firing, rule, Work(ticket, rule, now, occasion.key))
    data = {
        "rule": {"id": rule.id, "name": rule.name, "version": rule.version, "trigger": occasion.trigger, "firing_id": firing.id},
        "done": firing.results,
        "changes": {},
        "version": ticket.version,
    }
    entry = timeline.write(ticket, kind="change", now=now, data=data)
    events.publish(
        TicketChanged(
            at=now,
            ticket_id=ticket.id,
            number=ticket.number,
            queue_id_before=ticket.queue_id,
            queue_id=ticket.queue_id,
            assignee_id_before=ticket.assignee_id,
            assignee_id=ticket.assignee_id,
            entry_id=entry.id,
        )
    )
