"""How somebody is chosen among those who can, and what administrators may write. Pure: nothing here reads the database or the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets import rules
from tickets.rules import Status

METHODS = ("manual", "round_robin", "least_loaded", "skill", "last_contact", "representative")
SOURCES = ("kind", "equipment", "language")
FLOWS = ("department", "representative")
BY_HAND = ("warn", "refuse")
LONGEST_WAIT = 7 * 24 * 60  # minutes
WEIGHED = {"priority": rules.PRIORITIES, "kind": rules.KINDS, "status": tuple(str(one) for one in Status if rules.is_open(one))}
HEAVIEST = 20
_NEARLY = 1e-6  # sums of weights are no exact numbers


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked. `level`: the levels of the needed skills added up; `load` as weighed; `capacity` at least 1."""

    person_id: int
    name: str
    load: float
    capacity: int
    level: int = 0

    def holds(self, weight: float) -> bool:
        """Whether one ticket more of this weight is still within their capacity."""
        return self.load + weight <= self.capacity + _NEARLY

    @property
    def share(self) -> float:
        return self.load / self.capacity


def in_order(
    method: str, candidates: Sequence[Candidate], *, last_turn: int | None = None, last_contact: int | None = None
) -> list[Candidate]:
    """Whom to ask first. `last_turn`: who was given a ticket by this rule last; `last_contact`: who served the customer last."""
    by_load = sorted(candidates, key=lambda one: (one.share, one.load, one.person_id))
    if method == "round_robin":
        turns = sorted(candidates, key=lambda one: one.person_id)
        return [one for one in turns if last_turn is None or one.person_id > last_turn] + [
            one for one in turns if last_turn is not None and one.person_id <= last_turn
        ]
    if method == "skill":
        return sorted(by_load, key=lambda one: -one.level)
    if method == "last_contact":
        return sorted(by_load, key=lambda one: one.person_id != last_contact)
    return by_load


def weight_of(weights: Mapping[str, Any], *, priority: str, kind: str, status: str) -> float:
    """How much such a ticket counts: its factors multiplied, 1 where none is named."""
    found = 1.0
    for name, value in (("priority", priority), ("kind", kind), ("status", status)):
        found *= float(weights.get(name, {}).get(value, 1))
    return found


def checked_weights(given: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Without those that are 1. Raises NotValid naming the one that is none of ours or out of range."""
    found: dict[str, dict[str, float]] = {}
    for name, factors in given.items():
        if name not in WEIGHED or not isinstance(factors, Mapping):
            raise NotValid(_("Weights are given for priorities, kinds and states."), field="weights")
        for value, factor in factors.items():
            if value not in WEIGHED[name]:
                raise NotValid(_("There is no “%(value)s” to weigh.", value=str(value)[:50]), field=f"weights.{name}")
            if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 <= factor <= HEAVIEST:
                raise NotValid(_("A weight is a number from 0 to %(most)d.", most=HEAVIEST), field=f"weights.{name}.{value}")
            if factor != 1:
                found.setdefault(name, {})[value] = round(float(factor), 2)
    return found


def checked_minutes(value: int | None, field: str) -> int | None:
    """None, or minutes of a week at most. Raises NotValid."""
    if value is not None and not 0 <= value <= LONGEST_WAIT:
        raise NotValid(_("Minutes are from 0 to %(most)d (a week).", most=LONGEST_WAIT), field=field)
    return value


def route(lines: Sequence[tuple[int | None, str | None, str | None, int]], *, queue_id: int, kind: str, equipment_kind: str) -> int | None:
    """The queue of the line that says most of (queue it came into, kind, category of equipment); a queue outweighs a category, that a kind. None:
    no line fits."""
    best: tuple[int, int] | None = None
    for from_queue, of_kind, of_category, target in lines:
        fits = from_queue in (None, queue_id) and of_kind in (None, kind) and of_category in (None, category(equipment_kind))
        score = 4 * (from_queue is not None) + 2 * (of_category is not None) + (of_kind is not None)
        if fits and (best is None or score > best[0]):
            best = (score, target)
    return best[1] if best else None


def category(text: str | None) -> str | None:
    """A category of equipment as it is compared: blanks and capitals do not matter. None for an empty one."""
    return " ".join((text or "").split()).casefold() or None
