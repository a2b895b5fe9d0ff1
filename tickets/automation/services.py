"""Keeping rules: saved as a new version each time, switched, ordered, removed, brought back; all of it audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, select

from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from tickets import queries as tickets
from tickets.automation import queries, rules, triggers
from tickets.automation.models import Rule, RuleMark, RulePause, RuleTimer, RuleVersion

_LOCK_CLASS = 0x7A66  # of PostgreSQL's two-part advisory locks: who adds or orders rules


def save(
    *,
    rule_id: int | None,
    name: str,
    active: bool,
    definition: Mapping[str, Any],
    now: datetime,
    actor_id: int | None,
    expected_version: int | None = None,
) -> Rule:
    """A new rule (None), at the end of the list, or a new version of one. Raises NotFound, NotValid; Conflict when somebody saved it meanwhile."""
    clean, found = rules.checked_name(name), rules.checked(definition)
    if rule_id is None:
        rule = _new(now)
        before: dict[str, Any] | None = None
    else:
        rule = locked(rule_id)
        if expected_version is not None and expected_version != rule.version:
            raise Conflict(_("Somebody changed this rule meanwhile. Look at it and save again."), code="changed_meanwhile")
        before = facts(rule)
        rule.version += 1
        if found["trigger"] != rule.definition["trigger"]:
            _forget_waiting(rule)
        elif found["condition"] != rule.definition["condition"]:
            rule.look_at = now
    rule.name, rule.active, rule.definition, rule.trigger = clean, active, found, found["trigger"]["on"]
    _written(rule, before, now, actor_id)
    return rule


def _new(now: datetime) -> Rule:
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, 0)))
    there = queries.rules()
    if len(there) >= rules.MOST_RULES:
        raise NotValid(_("There are at most %(count)s rules.", count=rules.MOST_RULES))
    position = max((one.position for one in there), default=0) + 1
    rule = Rule(position=position, version=1, created_at=now, name="", active=False, definition={}, trigger="")
    db.session.add(rule)
    return rule


def _written(rule: Rule, before: dict[str, Any] | None, now: datetime, actor_id: int | None) -> None:
    rule.updated_at, rule.updated_by_id = now, actor_id
    if rule.trigger == triggers.TIME:
        rule.look_at = rule.look_at or now
    else:
        rule.look_at = None
    db.session.flush()
    version = RuleVersion(
        rule_id=rule.id, version=rule.version, name=rule.name, active=rule.active, definition=rule.definition, at=now, by_id=actor_id
    )
    db.session.add(version)
    db.session.flush()
    action = "rule.created" if before is None else "rule.changed"
    audit.record(action=action, target=f"rule:{rule.id}", actor_id=actor_id, now=now, before=before, after=facts(rule))


def switch(*, rule_id: int, active: bool, now: datetime, actor_id: int | None) -> Rule:
    """On or off: a version of its own. Off, what waited for its time is forgotten. As it is already: nothing happens. Raises NotFound, and NotValid
    when it can no longer be meant as it stands."""
    rule = locked(rule_id)
    if rule.active == active:
        return rule
    if active:
        rules.checked(rule.definition)
        rule.look_at = now
    else:
        db.session.execute(delete(RuleTimer).where(RuleTimer.rule_id == rule.id))
    before = facts(rule)
    rule.active = active
    rule.version += 1
    _written(rule, before, now, actor_id)
    return rule


def put_in_order(*, ids: Sequence[int], now: datetime, actor_id: int | None) -> list[Rule]:
    """This order from now on. Raises Conflict when the ids are not those of all rules: somebody added or removed one."""
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, 0)))
    there = {rule.id: rule for rule in queries.rules()}
    if sorted(ids) != sorted(there):
        raise Conflict(_("Somebody added or removed a rule meanwhile. Look at the list again."), code="changed_meanwhile")
    before = [rule.name for rule in there.values()]
    for place, rule_id in enumerate(ids, start=1):
        there[rule_id].position = place
    db.session.flush()
    found = queries.rules()
    audit.record(
        action="rule.ordered",
        target="rules",
        actor_id=actor_id,
        now=now,
        before={"order": before},
        after={"order": [rule.name for rule in found]},
    )
    return found


def remove(*, rule_id: int, now: datetime, actor_id: int | None) -> None:
    """It fires no more; its log stays. `restore` brings it back. Raises NotFound."""
    rule = locked(rule_id)
    _forget_waiting(rule)
    rule.removed_at = now
    audit.record(action="rule.removed", target=f"rule:{rule.id}", actor_id=actor_id, now=now, before=facts(rule))
    db.session.flush()


def restore(*, rule_id: int, now: datetime, actor_id: int | None) -> Rule:
    """As it was before it was removed. Raises NotFound."""
    rule = locked(rule_id, removed=True)
    if rule.removed_at is not None:
        rule.removed_at = None
        if rule.trigger == triggers.TIME:
            rule.look_at = now
        audit.record(action="rule.restored", target=f"rule:{rule.id}", actor_id=actor_id, now=now, after=facts(rule))
        db.session.flush()
    return rule


def resume(*, rule_id: int, number: int, now: datetime, actor_id: int | None) -> None:
    """The rule may fire on the ticket again. Raises NotFound when it is not paused there."""
    rule, ticket = locked(rule_id), tickets.by_number(number)
    gone: int = db.session.execute(delete(RulePause).where(RulePause.rule_id == rule.id, RulePause.ticket_id == ticket.id)).rowcount  # type: ignore[attr-defined]
    if not gone:
        raise NotFound(_("The rule is not paused on this ticket."))
    audit.record(action="rule.resumed", target=f"rule:{rule.id}", actor_id=actor_id, now=now, after={"ticket": number})


def locked(rule_id: int, *, removed: bool = False) -> Rule:
    """The rule, its row locked. Raises NotFound."""
    rule = queries.rule(rule_id, removed=removed)
    db.session.refresh(rule, with_for_update=True)
    if rule.removed_at is not None and not removed:
        raise NotFound(_("There is no such rule."))
    return rule


def facts(rule: Rule) -> dict[str, Any]:
    """For the audit."""
    return {"name": rule.name, "active": rule.active, **rule.definition}


def _forget_waiting(rule: Rule) -> None:
    """What it found or waited for under another WHEN."""
    for kind in (RuleMark, RuleTimer):
        db.session.execute(delete(kind).where(kind.rule_id == rule.id))
