"""Which rules there are, and what they did."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select

from core.auth.models import User
from core.db import db
from core.errors import NotFound
from tickets.automation.models import Rule, RuleFiring, RulePause, RuleVersion
from tickets.fields.uses import names_field
from tickets.models import Ticket


def heard() -> set[str]:
    """Names of the triggers that a rule in force listens to."""
    return set(db.session.scalars(select(Rule.trigger).where(Rule.active, Rule.removed_at.is_(None)).distinct()))


def rules() -> list[Rule]:
    """All, in the order in which they are tried."""
    return list(db.session.scalars(select(Rule).where(Rule.removed_at.is_(None)).order_by(Rule.position, Rule.id)))


def listening(trigger: str) -> list[int]:
    """Ids of the rules in force that listen to it, in their order."""
    query = select(Rule.id).where(Rule.trigger == trigger, Rule.active, Rule.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(Rule.position, Rule.id)))


def rule(rule_id: int, *, removed: bool = False) -> Rule:
    """Raises NotFound."""
    found = db.session.get(Rule, rule_id) if rule_id < 1 << 63 else None
    if found is None or (found.removed_at is not None and not removed):
        raise NotFound(_("There is no such rule."))
    return found


def firing(rule_id: int, key: str) -> RuleFiring | None:
    """What the rule did on this occasion."""
    return db.session.scalar(select(RuleFiring).where(RuleFiring.rule_id == rule_id, RuleFiring.key == key))


def lately(rule_id: int, ticket_id: int, since: datetime) -> int:
    """How often the rule fired on the ticket since then."""
    query = select(func.count()).where(
        RuleFiring.ticket_id == ticket_id, RuleFiring.rule_id == rule_id, RuleFiring.at > since, RuleFiring.state != "stopped"
    )
    return db.session.scalar(query) or 0


def paused(rule_id: int, ticket_id: int) -> bool:
    """Whether the rule is paused on this ticket."""
    return db.session.scalar(select(RulePause.id).where(RulePause.rule_id == rule_id, RulePause.ticket_id == ticket_id)) is not None


def counts(rule_ids: Collection[int], since: datetime) -> dict[int, tuple[int, int, datetime | None]]:
    """For each rule that did something since then: how often it fired, how often something failed or was stopped, when last."""
    query = select(
        RuleFiring.rule_id,
        func.count().filter(RuleFiring.state != "stopped"),
        func.count().filter(RuleFiring.state.in_(("failed", "stopped"))),
        func.max(RuleFiring.at),
    )
    query = query.where(RuleFiring.rule_id.in_(rule_ids), RuleFiring.at > since).group_by(RuleFiring.rule_id)
    return {rule_id: (fired, troubled, last) for rule_id, fired, troubled, last in db.session.execute(query).tuples()}


def pause_counts(rule_ids: Collection[int]) -> dict[int, int]:
    """On how many tickets each rule is paused."""
    query = select(RulePause.rule_id, func.count()).where(RulePause.rule_id.in_(rule_ids)).group_by(RulePause.rule_id)
    return dict(db.session.execute(query).tuples().all())


def log(rule_id: int) -> Select[Any]:
    """The rule's firings; to be paged by `RuleFiring.id`."""
    return select(RuleFiring).where(RuleFiring.rule_id == rule_id)


def names_of(ticket_ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """Number and subject of these tickets."""
    query = select(Ticket.id, Ticket.number, Ticket.subject).where(Ticket.id.in_(ticket_ids))
    return {ticket_id: (number, subject) for ticket_id, number, subject in db.session.execute(query).tuples()}


def versions(rule_id: int, *, limit: int) -> list[tuple[RuleVersion, str | None]]:
    """(RuleVersion, who), the newest first."""
    query = select(RuleVersion, User.name).outerjoin(User, User.id == RuleVersion.by_id).where(RuleVersion.rule_id == rule_id)
    return list(db.session.execute(query.order_by(RuleVersion.version.desc()).limit(limit)).tuples())


def pauses(rule_id: int, *, limit: int) -> list[tuple[datetime, int, str]]:
    """(since, number, subject) of the tickets on which the rule is paused, the newest first."""
    query = (
        select(RulePause.at, Ticket.number, Ticket.subject)
        .join(Ticket, Ticket.id == RulePause.ticket_id)
        .where(RulePause.rule_id == rule_id)
    )
    return list(db.session.execute(query.order_by(RulePause.id.desc()).limit(limit)).tuples())


def using_field(name: str) -> list[dict[str, Any]] | None:
    """The rules that name a custom field (`fields.<key>`), for the page that would remove it."""
    key = name.removeprefix("fields.")
    found = [
        {"what": "rule", "name": one.name, "address": f"/settings/rules/{one.id}"}
        for one in rules()
        if names_field(one.definition["condition"], name)
        or key in one.definition["trigger"]["only"].get("field", [])
        or any(step["do"] == "field" and step["field"] == key for step in one.definition["actions"])
    ]
    return found or None


def week(now: datetime) -> datetime:
    """Since when the list of rules counts."""
    return now - timedelta(days=7)
