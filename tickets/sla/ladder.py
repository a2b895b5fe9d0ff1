"""The escalation ladder of a policy: what happens after a breach, step by step. Pure.

A step is `{"after": seconds, "actions": […]}`: seconds of working time after the breach (the first step) or after the step before. Actions:
`{"do": "notify" | "call", "to": "assignee" | "person" | "role" | "on_call", "id"?, "role"?}` tells people;
`{"do": "priority", "priority"}` raises the ticket's priority, never lowers it;
`{"do": "assign", "to": "person" | "on_call", "id"}` gives the ticket to somebody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _

from core.auth.permissions import ROLES
from core.errors import NotValid
from tickets.rules import PRIORITIES

LONGEST_STEP = 366 * 86_400  # seconds of working time
MOST_STEPS, MOST_ACTIONS = 9, 9
_WHOM = {"notify": ("assignee", "person", "role", "on_call"), "call": ("person", "on_call"), "assign": ("person", "on_call")}


def checked_ladder(steps: Sequence[Any]) -> list[dict[str, Any]]:
    """The ladder in its normal form. Raises NotValid saying what cannot be meant."""
    if len(steps) > MOST_STEPS:
        raise NotValid(_("A ladder has at most %(count)s levels.", count=MOST_STEPS), field="ladder")
    return [_checked_step(step, level) for level, step in enumerate(steps, start=1)]


def is_raise(before: str, after: str) -> bool:
    """Whether `after` is the more urgent priority of the two."""
    return PRIORITIES.index(after) < PRIORITIES.index(before)


def _checked_step(step: Any, level: int) -> dict[str, Any]:
    after, actions = (step.get("after"), step.get("actions")) if isinstance(step, Mapping) else (None, None)
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after <= LONGEST_STEP:
        raise NotValid(
            _("Level %(level)s: it comes between at once and a year of working time after the one before.", level=level), field="ladder"
        )
    if not isinstance(actions, list) or not 1 <= len(actions) <= MOST_ACTIONS:
        raise NotValid(
            _("Level %(level)s: say what happens, in one to %(count)s actions.", level=level, count=MOST_ACTIONS), field="ladder"
        )
    return {"after": after, "actions": [_checked_action(action, level) for action in actions]}


def _checked_action(action: Any, level: int) -> dict[str, Any]:
    given = action if isinstance(action, Mapping) else {}
    do, to = given.get("do"), given.get("to")
    if do == "priority" and given.get("priority") in PRIORITIES:
        return {"do": do, "priority": given["priority"]}
    if do in _WHOM and to in _WHOM[do]:
        if to == "assignee":
            return {"do": do, "to": to}
        if to == "role" and given.get("role") in ROLES:
            return {"do": do, "to": to, "role": given["role"]}
        if (
            to in ("person", "on_call")
            and isinstance(given.get("id"), int)
            and not isinstance(given["id"], bool)
            and 0 < given["id"] < 1 << 63
        ):
            return {"do": do, "to": to, "id": given["id"]}
    raise NotValid(_("Level %(level)s: there is no such action, or it does not say whom it is for.", level=level), field="ladder")
