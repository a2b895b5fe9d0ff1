"""Policies: what an administrator promises. Every change is a new version, audited, and recomputes the open tickets it touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core import audit
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from tickets import rules
from tickets.models import Queue
from tickets.sla import recompute
from tickets.sla.choosing import lock_terms
from tickets.sla.clocks import ClockKind
from tickets.sla.ladder import checked_ladder
from tickets.sla.models import CalendarRow, Policy

LONGEST_TARGET = 366 * 86_400  # seconds of working time
STEP = 10  # between the positions of two policies
_LISTS = ("queue_ids", "kinds", "priorities", "tiers")
_FLAGS = ("equipment", "contract")
_CHOOSING = ("conditions", "position", "active")
FIELDS = ("name", "position", "active", "conditions", "targets", "calendar_id", "warn_percent", "ladder", "running_waits")


def create_policy(
    *,
    name: str,
    targets: Mapping[str, Any],
    now: datetime,
    actor_id: int | None,
    conditions: Mapping[str, Any] | None = None,
    position: int | None = None,
    calendar_id: int | None = None,
    warn_percent: int = 75,
    active: bool = True,
    ladder: Sequence[Any] = (),
    running_waits: Sequence[str] = (),
) -> Policy:
    """A new policy, in force at once; without `position` the last. `conditions` and `targets` as the model says. Raises NotValid naming the field."""
    lock_terms()
    if position is None:
        position = (db.session.scalar(select(func.max(Policy.position))) or 0) + STEP
    policy = Policy(version=1)
    given: dict[str, Any] = {"name": name, "targets": targets, "conditions": conditions or {}, "position": position}
    _put(
        policy,
        {
            **given,
            "calendar_id": calendar_id,
            "warn_percent": warn_percent,
            "active": active,
            "ladder": ladder,
            "running_waits": running_waits,
        },
    )
    db.session.add(policy)
    db.session.flush()
    audit.record(action="policy.created", target=f"policy:{policy.id}", actor_id=actor_id, now=now, after=facts(policy))
    if policy.active:
        recompute.request(now=now, scope={}, why={"policy": policy.name, "version": 1})
    return policy


def update_policy(*, policy_id: int, now: datetime, actor_id: int | None, expected_version: int | None = None, **values: Any) -> Policy:
    """Change some of `FIELDS`. What decides which tickets it is for recomputes all open ones, the rest only its own.

    Raises NotFound, NotValid, Conflict when somebody changed it after `expected_version`.
    """
    lock_terms()
    policy = db.session.get(Policy, policy_id, with_for_update=True, populate_existing=True)
    if policy is None:
        raise NotFound(_("There is no such policy."))
    if expected_version is not None and expected_version != policy.version:
        raise Conflict(
            _("Somebody changed this policy meanwhile. Look at it and save again."),
            code="changed_meanwhile",
            details={"version": policy.version, "policy": facts(policy)},
        )
    before = facts(policy)
    _put(policy, values)
    after = facts(policy)
    if before == after:
        return policy
    policy.version += 1
    db.session.flush()
    audit.record(action="policy.changed", target=f"policy:{policy.id}", actor_id=actor_id, now=now, before=before, after=after)
    choosing = any(before[name] != after[name] for name in _CHOOSING)
    scope = {} if choosing else {"policy_id": policy.id}
    recompute.request(now=now, scope=scope, why={"policy": policy.name, "version": policy.version})
    return policy


def draft_of(*, policy_id: int | None, values: Mapping[str, Any]) -> Policy:
    """A policy as it would be with these values, stored nowhere: `policy_id`'s with changes, or a new one, the last. Raises NotFound, NotValid."""
    found = db.session.get(Policy, policy_id) if policy_id is not None else None
    if policy_id is not None and found is None:
        raise NotFound(_("There is no such policy."))
    last = (db.session.scalar(select(func.max(Policy.position))) or 0) + STEP
    fresh: dict[str, Any] = {
        "position": last,
        "active": True,
        "conditions": {},
        "targets": {},
        "calendar_id": None,
        "warn_percent": 75,
        "ladder": [],
        "running_waits": [],
    }
    policy = Policy(id=policy_id)
    _put(policy, {**(facts(found) if found is not None else fresh), **values})
    return policy


def order_policies(*, policy_ids: Sequence[int], now: datetime, actor_id: int | None) -> list[Policy]:
    """Try the policies in this order; all of them are to be named. Recomputes all open tickets when it is another one.

    Raises Conflict when policies came or went meanwhile, NotValid when one is named twice.
    """
    lock_terms()
    rows = {row.id: row for row in db.session.scalars(select(Policy).order_by(Policy.position, Policy.id).with_for_update())}
    if len(set(policy_ids)) != len(policy_ids):
        raise NotValid(_("A policy is named twice."), field="ids")
    if set(policy_ids) != set(rows):
        raise Conflict(_("Policies came or went meanwhile. Look at the list and order it again."), code="changed_meanwhile")
    before = list(rows)
    if before == list(policy_ids):
        return list(rows.values())
    for place, policy_id in enumerate(policy_ids, start=1):
        if rows[policy_id].position != place * STEP:
            rows[policy_id].position = place * STEP
            rows[policy_id].version += 1
    db.session.flush()
    audit.record(
        action="policies.ordered",
        target="policies",
        actor_id=actor_id,
        now=now,
        before={"order": [rows[policy_id].name for policy_id in before]},
        after={"order": [rows[policy_id].name for policy_id in policy_ids]},
    )
    recompute.request(now=now, scope={}, why={"policy": str(_("another order of the policies"))})
    return [rows[policy_id] for policy_id in policy_ids]


def facts(policy: Policy) -> dict[str, Any]:
    """All that can be changed."""
    return {name: getattr(policy, name) for name in FIELDS}


def _put(policy: Policy, values: Mapping[str, Any]) -> None:
    with db.session.no_autoflush:
        for name in FIELDS:
            if name in values:
                setattr(policy, name, _CHECKS[name](values[name], policy))


def _checked_name(name: str, policy: Policy) -> str:
    clean = name.strip()[:100]
    if not clean:
        raise NotValid(_("A policy needs a name."), field="name")
    if db.session.scalar(select(Policy.id).where(Policy.name == clean, Policy.id != (policy.id or 0))):
        raise NotValid(_("There is a policy with this name already."), field="name")
    return clean


def _checked_conditions(conditions: Mapping[str, Any], _policy: Policy) -> dict[str, Any]:
    if unknown := set(conditions) - {*_LISTS, *_FLAGS}:
        raise NotValid(_("Unknown condition: %(names)s", names=", ".join(sorted(unknown))), field="conditions")
    found: dict[str, Any] = {name: list(conditions[name]) for name in _LISTS if conditions.get(name)}
    found |= {name: bool(conditions[name]) for name in _FLAGS if conditions.get(name) is not None}
    known: dict[str, set[Any]] = {"kinds": set(rules.KINDS), "priorities": set(rules.PRIORITIES)}
    if "queue_ids" in found:
        known["queue_ids"] = set(db.session.scalars(select(Queue.id)))
    for name, values in known.items():
        if unknown_values := set(found.get(name, ())) - values:
            text = ", ".join(sorted(map(str, unknown_values)))
            raise NotValid(_("Not one that a ticket can have: %(names)s", names=text), field="conditions")
    return found


def _checked_targets(targets: Mapping[str, Any], _policy: Policy) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for priority, kinds in targets.items():
        if priority != "default" and priority not in rules.PRIORITIES:
            raise NotValid(_("There is no priority “%(priority)s”.", priority=priority), field="targets")
        found[priority] = {kind: _seconds(kind, seconds) for kind, seconds in kinds.items() if seconds is not None}
    return found


def _seconds(kind: str, seconds: Any) -> int:
    if kind not in set(ClockKind):
        raise NotValid(_("There is no clock “%(kind)s”.", kind=kind), field="targets")
    if not isinstance(seconds, int) or isinstance(seconds, bool) or not 1 <= seconds <= LONGEST_TARGET:
        raise NotValid(_("A target is between one second and a year of working time."), field="targets")
    return seconds


def _checked_calendar(calendar_id: int | None, _policy: Policy) -> int | None:
    if calendar_id is not None and db.session.get(CalendarRow, calendar_id) is None:
        raise NotValid(_("There is no such calendar."), field="calendar_id")
    return calendar_id


def _checked_percent(percent: int, _policy: Policy) -> int:
    if not 0 <= percent <= 100:
        raise NotValid(_("The warning comes between 0 (never) and 100 percent."), field="warn_percent")
    return percent


def _checked_waits(reasons: Sequence[str], _policy: Policy) -> list[str]:
    if unknown := set(reasons) - set(rules.WaitReason):
        raise NotValid(_("Nothing waits for “%(names)s”.", names=", ".join(sorted(map(str, unknown)))), field="running_waits")
    return [str(reason) for reason in rules.WaitReason if reason in reasons]


def _as_given(value: Any, _policy: Policy) -> Any:
    return value


_CHECKS: dict[str, Any] = {
    "name": _checked_name,
    "position": _as_given,
    "active": _as_given,
    "conditions": _checked_conditions,
    "targets": _checked_targets,
    "calendar_id": _checked_calendar,
    "warn_percent": _checked_percent,
    "ladder": lambda steps, _policy: checked_ladder(steps),
    "running_waits": _checked_waits,
}
