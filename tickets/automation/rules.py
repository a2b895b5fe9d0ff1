"""What a rule may be, when it would go in circles, and how often it may fire. Nothing here reads the clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets import conditions
from tickets.automation import actions, inputs, triggers
from tickets.conditions.fields import Field

DEEPEST = 5  # rules one after the other, each set off by the one before
MOST_FIRINGS, RATE_WINDOW = 20, timedelta(minutes=10)  # of one rule on one ticket
LOG_KEPT = timedelta(days=90)
LOOK_EVERY = timedelta(minutes=15)
LONGEST_DELAY = 366 * 86_400  # seconds
MOST_RULES = 200


class Draft(NamedTuple):
    """A rule as far as circles go."""

    id: int | None
    name: str
    definition: Mapping[str, Any]


def checked_name(name: str) -> str:
    """On one line, at most 100 characters. Raises NotValid when nothing is left."""
    clean = " ".join(name.split())[:100]
    if not clean:
        raise NotValid(_("A rule needs a name."), field="name")
    return clean


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The definition in its normal form: {"trigger": {"on", "only", "after"}, "condition": stored condition or None, "actions": [...], "stop_after",
    "stop_on_failure"}. Raises NotValid naming the part that cannot be meant."""
    steps = given.get("actions")
    if not isinstance(steps, list) or not 1 <= len(steps) <= actions.MOST:
        raise NotValid(_("Say what is to be done, in one to %(count)s actions.", count=actions.MOST), field="actions")
    condition = given.get("condition") or None
    if condition is not None and not condition.get("items"):
        condition = None
    trigger = checked_trigger(given.get("trigger"))
    if condition is not None:
        conditions.check(condition, personal=False)
    elif trigger["on"] == triggers.TIME:
        raise NotValid(_("A rule that looks at all tickets needs a condition."), field="condition")
    return {
        "trigger": trigger,
        "condition": condition,
        "actions": [actions.checked(step, place) for place, step in enumerate(steps, start=1)],
        "stop_after": bool(given.get("stop_after", False)),
        "stop_on_failure": bool(given.get("stop_on_failure", False)),
    }


def checked_trigger(given: Any) -> dict[str, Any]:
    """WHEN in its normal form. `after`: seconds between the event and the rule, 0: at once."""
    found = triggers.known()
    name = given.get("on") if isinstance(given, Mapping) else None
    if name not in found:
        raise NotValid(_("Say when the rule is to be looked at."), field="trigger")
    after = given.get("after") or 0
    if isinstance(after, bool) or not isinstance(after, int) or not 0 <= after <= LONGEST_DELAY:
        raise NotValid(_("A rule waits for at most a year."), field="trigger")
    if after and name == triggers.TIME:
        raise NotValid(_("A rule that time starts does not wait."), field="trigger")
    try:
        only = inputs.checked(found[name].inputs, given.get("only") or {})
    except NotValid as error:
        raise NotValid(error.message, field="trigger") from error
    return {"on": name, "only": only, "after": after}


def problem(definition: Mapping[str, Any], known: Mapping[str, Field], now: datetime) -> str | None:
    """Why the rule cannot work any more as it stands: something it names is gone. `known`: `conditions.fields()`."""
    try:
        checked_trigger(definition["trigger"])
        for place, step in enumerate(definition["actions"], start=1):
            actions.checked(step, place)
        if definition["condition"] is not None:
            conditions.clause(definition["condition"], now=now, known=known)
    except NotValid as error:
        return str(error.message)
    return None


def sets_off(cause: Mapping[str, Any], effect: Mapping[str, Any]) -> bool:
    """Whether something that `cause` does may start `effect`; both are definitions. Conditions are not looked at: what holds is known later."""
    trigger, found = effect["trigger"], actions.known()
    for action in cause["actions"]:
        if action["do"] not in found:
            continue
        for name, facts in found[action["do"]].sets_off(action):
            only = {key: values for key, values in trigger["only"].items() if key in facts}
            if name == trigger["on"] and triggers.fits(only, facts):
                return True
    return False


def circle(draft: Draft, others: Sequence[Draft]) -> list[str] | None:
    """The names of the rules on a shortest way from the draft's actions back to its start: [] when it may start itself, None when there is none."""
    if sets_off(draft.definition, draft.definition):
        return []
    ways: list[list[Draft]] = [[one] for one in others if sets_off(draft.definition, one.definition)]
    seen = {one.id for [one] in ways}
    while ways:
        longer = []
        for way in ways:
            if sets_off(way[-1].definition, draft.definition):
                return [one.name for one in way]
            for one in others:
                if one.id not in seen and sets_off(way[-1].definition, one.definition):
                    seen.add(one.id)
                    longer.append([*way, one])
        ways = longer
    return None


def state_of(results: Iterable[Mapping[str, Any]]) -> str:
    """A firing's state out of its actions'."""
    states = {result["state"] for result in results}
    if states & {"retrying", "waiting"}:
        return "retrying"
    return "failed" if states & {"failed", "skipped"} else "done"
