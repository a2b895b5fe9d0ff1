"""What administrators say about assignment. Every change is audited and holds for what comes from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, func, select

from core import audit
from core.db import db
from core.errors import Conflict, NotValid
from core.i18n import LANGUAGES
from staff.availability import PRESENCES
from staff.models import Skill
from tickets import conditions
from tickets import rules as ticket_rules
from tickets.assigning import queries, rules
from tickets.assigning.models import AssignmentRule, AssignmentSettings, QueueRoute, SkillNeed
from tickets.models import Queue

STEP = 10
LONGEST_NAME = 100
LINES_AT_MOST = 500
LONGEST_ABSENCE_HOURS = 24 * 30
RULE = ("name", "active", "queue_id", "conditions", "method", "skills", "sources", "presence", "on_shift", "widen_after", "tell_after")


def save_rule(*, rule_id: int | None, values: Mapping[str, Any], now: datetime, actor_id: int | None) -> AssignmentRule:
    """A new rule (None), then the last; or change some of RULE. Takes `queries.lock`: nobody is given a ticket by half of a rule. Raises NotFound,
    NotValid naming the field."""
    queries.lock()
    if rule_id is None:
        last = db.session.scalar(select(func.max(AssignmentRule.position))) or 0
        rule = AssignmentRule(position=last + STEP)
        _put(rule, {**_FRESH, **values})
        before = None
        db.session.add(rule)
    else:
        rule = queries.assignment_rule(rule_id)
        before = facts(rule)
        with db.session.no_autoflush:
            _put(rule, values)
    db.session.flush()
    action = "assignment_rule.changed" if before is not None else "assignment_rule.created"
    audit.record(action=action, target=f"assignment_rule:{rule.id}", actor_id=actor_id, now=now, before=before, after=facts(rule))
    return rule


def remove_rule(*, rule_id: int, now: datetime, actor_id: int | None) -> None:
    """For good; what it gave to people stays theirs. Raises NotFound."""
    queries.lock()
    rule = queries.assignment_rule(rule_id)
    audit.record(action="assignment_rule.removed", target=f"assignment_rule:{rule.id}", actor_id=actor_id, now=now, before=facts(rule))
    db.session.delete(rule)
    db.session.flush()


def order_rules(*, rule_ids: Sequence[int], now: datetime, actor_id: int | None) -> list[AssignmentRule]:
    """Try the rules in this order; all are to be named. Raises Conflict when some came or went meanwhile, NotValid when one is named twice."""
    queries.lock()
    found = {rule.id: rule for rule in queries.assignment_rules()}
    if len(set(rule_ids)) != len(rule_ids):
        raise NotValid(_("A rule is named twice."), field="ids")
    if set(rule_ids) != set(found):
        raise Conflict(_("Rules came or went meanwhile. Look at the list and order it again."), code="changed_meanwhile")
    before = list(found)
    for place, rule_id in enumerate(rule_ids):
        found[rule_id].position = (place + 1) * STEP
    db.session.flush()
    if before != list(rule_ids):
        order = {"before": {"order": before}, "after": {"order": list(rule_ids)}}
        audit.record(action="assignment_rules.ordered", target="assignment_rules", actor_id=actor_id, now=now, **order)
    return queries.assignment_rules()


def save_needs(*, lines: Sequence[Mapping[str, Any]], now: datetime, actor_id: int | None) -> list[SkillNeed]:
    """Put these lines (source, value, skill_id, level) in the place of the whole table. Raises NotValid."""
    queries.lock()
    rows = [_need(line) for line in _counted(lines)]
    if len({(row.source, row.value, row.skill_id) for row in rows}) != len(rows):
        raise NotValid(_("The same need stands there twice."), field="items")
    _known_skills([row.skill_id for row in rows])
    before = [_need_facts(row) for row in queries.skill_needs()]
    db.session.execute(delete(SkillNeed))
    db.session.add_all(rows)
    db.session.flush()
    found = queries.skill_needs()
    _audit_table("skill_needs", before, [_need_facts(row) for row in found], now, actor_id)
    return found


def save_routes(*, lines: Sequence[Mapping[str, Any]], now: datetime, actor_id: int | None) -> list[QueueRoute]:
    """Put these lines (from_queue_id, kind, equipment_kind, queue_id) in the place of the whole routing table. Raises NotValid."""
    queries.lock()
    rows = [_route(line) for line in _counted(lines)]
    if len({(row.from_queue_id, row.kind, row.equipment_kind) for row in rows}) != len(rows):
        raise NotValid(_("Two lines are for the same tickets."), field="items")
    wanted = {row.queue_id for row in rows} | {row.from_queue_id for row in rows if row.from_queue_id is not None}
    if wanted != set(db.session.scalars(select(Queue.id).where(Queue.id.in_(wanted)))):
        raise NotValid(_("There is no such queue."), field="items")
    before = [_route_facts(row) for row in queries.routes()]
    db.session.execute(delete(QueueRoute))
    db.session.add_all(rows)
    db.session.flush()
    found = queries.routes()
    _audit_table("routing_table", before, [_route_facts(row) for row in found], now, actor_id)
    return found


def save_settings(*, values: Mapping[str, Any], now: datetime, actor_id: int | None) -> AssignmentSettings:
    """Change some of flow, by_hand, weights, long_absence_hours. Raises NotValid."""
    queries.lock()
    row = queries.settings()
    before = settings_facts(row)
    if "flow" in values:
        row.flow = _one_of(values["flow"], rules.FLOWS, "flow")
    if "by_hand" in values:
        row.by_hand = _one_of(values["by_hand"], rules.BY_HAND, "by_hand")
    if "weights" in values:
        row.weights = rules.checked_weights(values["weights"])
    if "long_absence_hours" in values:
        if not 1 <= values["long_absence_hours"] <= LONGEST_ABSENCE_HOURS:
            raise NotValid(_("From 1 to %(most)d hours.", most=LONGEST_ABSENCE_HOURS), field="long_absence_hours")
        row.long_absence_hours = values["long_absence_hours"]
    db.session.add(row)
    db.session.flush()
    audit.record(
        action="assignment_settings.changed",
        target="assignment_settings",
        actor_id=actor_id,
        now=now,
        before=before,
        after=settings_facts(row),
    )
    return row


def facts(rule: AssignmentRule) -> dict[str, Any]:
    """A rule as data: for the audit and the API."""
    return {"id": rule.id, "position": rule.position, **{name: getattr(rule, name) for name in RULE}}


def settings_facts(row: AssignmentSettings) -> dict[str, Any]:
    """The settings as data."""
    return {"flow": row.flow, "by_hand": row.by_hand, "weights": row.weights, "long_absence_hours": row.long_absence_hours}


_FRESH: dict[str, Any] = {
    "active": True,
    "queue_id": None,
    "conditions": {},
    "method": "least_loaded",
    "skills": [],
    "sources": list(rules.SOURCES),
    "presence": "online",
    "on_shift": True,
    "widen_after": None,
    "tell_after": None,
}


def _put(rule: AssignmentRule, values: Mapping[str, Any]) -> None:
    given = dict(values)
    if "name" in given:
        given["name"] = _name(given["name"], rule.id)
    for name, allowed in (("method", rules.METHODS), ("presence", PRESENCES)):
        if name in given:
            _one_of(given[name], allowed, name)
    if "queue_id" in given and given["queue_id"] is not None and db.session.get(Queue, given["queue_id"]) is None:
        raise NotValid(_("There is no such queue."), field="queue_id")
    if "conditions" in given:
        given["conditions"] = _conditions(given["conditions"])
    if "skills" in given:
        given["skills"] = _skills(given["skills"])
    if "sources" in given:
        given["sources"] = [_one_of(one, rules.SOURCES, "sources") for one in dict.fromkeys(given["sources"])]
    for name in ("widen_after", "tell_after"):
        if name in given:
            rules.checked_minutes(given[name], name)
    for name in RULE:
        if name in given:
            setattr(rule, name, given[name])


def _name(name: str, own_id: int | None) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        raise NotValid(_("A rule needs a name of at most %(most)d characters.", most=LONGEST_NAME), field="name")
    other = db.session.scalar(select(AssignmentRule.id).where(AssignmentRule.name == clean))
    if other is not None and other != own_id:
        raise NotValid(_("There is a rule with this name already."), field="name")
    return clean


def _conditions(stored: Mapping[str, Any]) -> dict[str, Any]:
    if not stored or not stored.get("items"):
        return {}
    try:
        conditions.check(stored, personal=False)
    except NotValid as error:
        raise NotValid(error.message, field="conditions", details=error.details) from error
    return dict(stored)


def _skills(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    levels = {line["skill_id"]: line["level"] for line in lines}
    _known_skills(levels)
    if not all(1 <= level <= 5 for level in levels.values()):
        raise NotValid(_("A level is 1 to 5."), field="skills")
    return [{"skill_id": skill_id, "level": level} for skill_id, level in levels.items()]


def _known_skills(skill_ids: Sequence[int] | Mapping[int, int]) -> None:
    wanted = set(skill_ids)
    if wanted != set(db.session.scalars(select(Skill.id).where(Skill.id.in_(wanted)))):
        raise NotValid(_("There is no such skill."), field="skills")


def _need(line: Mapping[str, Any]) -> SkillNeed:
    source = _one_of(line["source"], rules.SOURCES, "items")
    value = str(line["value"]).strip()
    if source == "equipment":
        value = rules.category(value) or ""
    known = {"kind": ticket_rules.KINDS, "language": tuple(LANGUAGES)}.get(source)
    if not value or len(value) > LONGEST_NAME or (known is not None and value not in known):
        raise NotValid(_("“%(value)s” is none that tickets have.", value=value[:50]), field="items")
    if not 1 <= line["level"] <= 5:
        raise NotValid(_("A level is 1 to 5."), field="items")
    return SkillNeed(source=source, value=value, skill_id=line["skill_id"], level=line["level"])


def _route(line: Mapping[str, Any]) -> QueueRoute:
    kind = line.get("kind")
    category = rules.category(line.get("equipment_kind"))
    if kind is not None:
        ticket_rules.check_kind(kind)
    if line.get("from_queue_id") is None and kind is None and category is None:
        raise NotValid(_("Say which tickets a line is for."), field="items")
    return QueueRoute(from_queue_id=line.get("from_queue_id"), kind=kind, equipment_kind=category, queue_id=line["queue_id"])


def _counted(lines: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if len(lines) > LINES_AT_MOST:
        raise NotValid(_("At most %(most)d lines.", most=LINES_AT_MOST), field="items")
    return lines


def _one_of(value: str, allowed: Sequence[str], field: str) -> str:
    if value not in allowed:
        raise NotValid(_("“%(value)s” is none of: %(allowed)s.", value=str(value)[:50], allowed=", ".join(allowed)), field=field)
    return value


def _need_facts(row: SkillNeed) -> dict[str, Any]:
    return {"source": row.source, "value": row.value, "skill_id": row.skill_id, "level": row.level}


def _route_facts(row: QueueRoute) -> dict[str, Any]:
    return {"from_queue_id": row.from_queue_id, "kind": row.kind, "equipment_kind": row.equipment_kind, "queue_id": row.queue_id}


def _audit_table(name: str, before: list[Any], after: list[Any], now: datetime, actor_id: int | None) -> None:
    if before != after:
        audit.record(action=f"{name}.changed", target=name, actor_id=actor_id, now=now, before={"lines": before}, after={"lines": after})
