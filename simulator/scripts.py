"""Scripted telephones: steps done one after the other on a call.

Steps, each an object with one of: {"wait_for": "text heard", "timeout": 60}, {"wait": seconds}, {"press": "12#"}, {"speak": "a line"},
{"hang_up": true}. Waiting for a text looks at lines said or heard since the step before. Seconds are simulated.
"""

from __future__ import annotations

import asyncio
from typing import Any

from simulator.engine import legs
from simulator.engine.exchange import Exchange
from simulator.engine.models import Call
from simulator.engine.progress import end_call

VERBS = ("wait_for", "wait", "press", "speak", "hang_up")
HEARD = ("say", "caption")


class BadStep(ValueError):
    """A step that cannot be read; the text says why."""


def read_steps(raw: object) -> list[dict[str, Any]]:
    """Check steps from JSON. Raises BadStep."""
    if not isinstance(raw, list):
        raise BadStep("steps is not a list")
    for step in raw:
        if not isinstance(step, dict) or sum(verb in step for verb in VERBS) != 1:
            raise BadStep(f"{step!r} does not have exactly one of {', '.join(VERBS)}")
    return raw


class Script:
    """Plays steps on one call, as the device at its far end."""

    def __init__(self, exchange: Exchange, steps: list[dict[str, Any]]) -> None:
        self._exchange = exchange
        self._steps = steps
        self._read = 0

    def start(self, call: Call) -> asyncio.Task[None]:
        return self._exchange.world.start(self._run(call))

    async def _run(self, call: Call) -> None:
        for step in self._steps:
            if call.status.final:
                return
            await self._step(call, step)

    async def _step(self, call: Call, step: dict[str, Any]) -> None:
        clock = self._exchange.world.clock
        if "wait_for" in step:
            heard = self._exchange.world.until(lambda: call.status.final or self._heard(call, str(step["wait_for"])))
            try:
                await clock.limit(heard, float(step.get("timeout", 60)))
            except TimeoutError:
                self._exchange.world.note(call, "script", text=f"never heard {step['wait_for']!r}")
                end_call(self._exchange.world, call)
        elif "wait" in step:
            await clock.sleep(float(step["wait"]))
        elif "press" in step:
            self._exchange.press(call, str(step["press"]))
        elif "speak" in step:
            self._exchange.speak(call, str(step["speak"]))
        else:
            self._exchange.hang_up(call)

    def _heard(self, call: Call, text: str) -> bool:
        for line in call.transcript[self._read :]:
            if line["kind"] in HEARD and text.lower() in str(line["text"]).lower():
                self._read = line["number"] + 1
                return True
        return False

    def ring(self, call: Call) -> bool:
        return False

    def stop_ringing(self, call: Call, reason: str) -> None:
        """A script that called is never rung."""

    def notify(self, call: Call, event: dict[str, Any]) -> None:
        """The transcript is read instead."""


class ScriptedPhone:
    """A telephone that answers (after so many simulated seconds; `machine`: as an answering machine), rejects or ignores, and then follows steps."""

    def __init__(self, exchange: Exchange, behaviour: str, after: float, steps: list[dict[str, Any]]) -> None:
        self._exchange = exchange
        self._behaviour = behaviour
        self._after = after
        self._steps = steps

    def ring(self, call: Call) -> bool:
        if self._behaviour != "ignore":
            self._exchange.world.start(self._react(call))
        return True

    async def _react(self, call: Call) -> None:
        await self._exchange.world.clock.sleep(self._after)
        call.machine = self._behaviour == "machine"
        if self._behaviour == "reject":
            legs.refuse(self._exchange.world, call, self)
        elif legs.answer(self._exchange.world, call, self):
            await Script(self._exchange, self._steps).start(call)

    def stop_ringing(self, call: Call, reason: str) -> None:
        """Nothing to do: an answer too late is refused."""

    def notify(self, call: Call, event: dict[str, Any]) -> None:
        """The transcript is read instead."""
