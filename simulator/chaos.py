"""The knobs that make the carrier misbehave as real ones do.

One `Chaos` object is asked at every webhook and every REST request. It holds rules, looked through in order; the first that matches and whose
dice fall decides. The dice are seeded, so a run can be repeated.
"""

from __future__ import annotations

import random
import re
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What is done to a step."""

    DROP = "drop"
    """webhook: it never leaves; rest: the connection closes without an answer, nothing done."""
    DUPLICATE = "duplicate"
    """webhook: sent twice with the same idempotency token."""
    DELAY = "delay"
    """webhook or rest: `seconds` later."""
    REORDER = "reorder"
    """webhook: held until the next callback has been sent, or `seconds` have passed."""
    FAIL = "fail"
    """rest: answered `status` with error `code`, nothing done; webhook: treated as answered with `status`."""
    FAIL_AFTER = "fail_after"
    """rest: done, and then answered `status`: the client cannot know."""
    HANG_UP = "hang_up"
    """webhook: the call's far end hangs up `when` = before, during or after the request."""


class QueueAction(StrEnum):
    """When `<Enqueue action>` is requested after a REST redirect took the call out of the queue."""

    BEFORE = "before"
    AFTER = "after"
    NEVER = "never"
    RANDOM = "random"


@dataclass(slots=True)
class ChaosRule:
    """A step (`webhook` or `rest`), a pattern searched in the path, and what is done. `event` narrows webhooks to one callback event, `method`
    REST requests to one HTTP method. `skip` lets the first matches pass, `times` ends the rule after so many strikes (0: never)."""

    step: str
    action: Action
    path: str = ""
    event: str = ""
    method: str = ""
    probability: float = 1.0
    skip: int = 0
    times: int = 0
    seconds: float = 1.0
    status: int = 500
    code: int = 20500
    when: str = "before"
    struck: int = 0

    def matches(self, step: str, path: str, event: str, method: str) -> bool:
        return (
            self.step == step
            and (not self.times or self.struck < self.times)
            and re.search(self.path, path) is not None
            and self.event in ("", event)
            and self.method in ("", method)
        )


class BadRule(ValueError):
    """A rule that cannot be read; the text says why."""


@dataclass(slots=True)
class Chaos:
    """All knobs. `recording_delay` is the simulated seconds until a finished recording can be fetched."""

    rules: list[ChaosRule] = field(default_factory=list)
    queue_action: QueueAction = QueueAction.BEFORE
    recording_delay: float = 1.0
    random: random.Random = field(default_factory=lambda: random.Random(0))

    def strike(self, step: str, path: str, *, event: str = "", method: str = "") -> ChaosRule | None:
        """The rule that strikes this step, or None. Counting and dice happen here, once a step."""
        for rule in self.rules:
            if not rule.matches(step, path, event, method):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if self.random.random() < rule.probability:
                rule.struck += 1
                return rule
        return None

    def queue_action_now(self) -> QueueAction:
        if self.queue_action is not QueueAction.RANDOM:
            return self.queue_action
        return self.random.choice([QueueAction.BEFORE, QueueAction.AFTER, QueueAction.NEVER])

    def load(self, knobs: dict[str, Any]) -> None:
        """Replace the knobs by those of a JSON object: {rules: […], queue_action, recording_delay, seed}. Raises BadRule."""
        try:
            rules = [_rule(item) for item in knobs.get("rules", [])]
            queue_action = QueueAction(knobs.get("queue_action", QueueAction.BEFORE))
            recording_delay = float(knobs.get("recording_delay", 1.0))
        except (TypeError, ValueError) as error:
            raise BadRule(str(error)) from None
        self.rules, self.queue_action, self.recording_delay = rules, queue_action, recording_delay
        self.random.seed(knobs.get("seed", 0))

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": [asdict(rule) for rule in self.rules],
            "queue_action": str(self.queue_action),
            "recording_delay": self.recording_delay,
        }


def _rule(item: dict[str, Any]) -> ChaosRule:
    known = {each.name for each in fields(ChaosRule)}
    unknown = set(item) - known
    if unknown:
        raise ValueError(f"unknown knobs: {', '.join(sorted(unknown))}")
    if item.get("step") not in ("webhook", "rest"):
        raise ValueError("step is webhook or rest")
    if item.get("when", "before") not in ("before", "during", "after"):
        raise ValueError("when is before, during or after")
    re.compile(item.get("path", ""))
    return ChaosRule(**{**item, "action": Action(item.get("action", ""))})
