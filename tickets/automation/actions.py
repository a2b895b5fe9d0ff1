"""THEN: what an action is. The built-in ones stand in `deeds`; the packages above add theirs through `slots.ACTIONS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets.automation import inputs
from tickets.automation.inputs import Input
from tickets.automation.models import Rule
from tickets.automation.slots import ACTIONS
from tickets.automation.triggers import Facts
from tickets.models import Ticket

MOST = 10


@dataclass(frozen=True)
class Work:
    """What an action works on: the locked ticket, the rule, business time. `key` names the occasion, the same when it is tried again."""

    ticket: Ticket
    rule: Rule
    now: datetime
    key: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """One kind of deed.

    `run(work, values)` does it in the caller's savepoint and returns what is worth keeping in the log ({"names": [...]}, usually nothing); it
    refuses by raising a DomainError; any other error is taken for a passing one, and the action is tried again. `sets_off(values)`: the triggers
    that what it does may be, with their facts as far as they are known beforehand; for the warning about circles. `check(values)`: what the inputs
    alone cannot say.
    """

    name: str
    label: Any
    run: Callable[[Work, Mapping[str, Any]], Mapping[str, Any] | None]
    inputs: tuple[Input, ...] = ()
    sets_off: Callable[[Mapping[str, Any]], list[tuple[str, Facts]]] = lambda _values: []
    check: Callable[[dict[str, Any]], None] = lambda _values: None


def known() -> dict[str, Action]:
    """All by name, in the order in which they are offered."""
    return {action.name: action for action in ACTIONS.call()}


def checked(given: Any, place: int) -> dict[str, Any]:
    """One action in its normal form. Raises NotValid saying which one and what is wrong."""
    found = known()
    name = given.get("do") if isinstance(given, Mapping) else None
    if name not in found:
        raise NotValid(_("Action %(place)s: there is no such action.", place=place), field="actions")
    action = found[name]
    try:
        values = inputs.checked(action.inputs, {key: value for key, value in given.items() if key != "do"})
        action.check(values)
    except NotValid as error:
        raise NotValid(_("Action %(place)s: %(problem)s", place=place, problem=error.message), field="actions") from error
    return {"do": name, **values}
