"""Agents who take calls all day: the API as the console's page uses it, and the softphone of `simulator.scripted`."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import Any

import requests

from simulator.scripted import Agent
from tests.faults.traffic import PASSING, TRANSIENT

LOOKED_EVERY = 0.4


class Desk(threading.Thread):
    """One agent: ready, accepts what is offered, talks until the caller hangs up, wraps up. `did` counts; `odd` holds answers that
    nobody should get."""

    def __init__(self, web: str, simulator: str, token: str) -> None:
        super().__init__(name="agent")
        self.web, self.simulator = web, simulator
        self.headers = {"Authorization": f"Bearer {token}"}
        self.did: Counter[str] = Counter()
        self.odd: list[str] = []
        self.leave = threading.Event()
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._work())
        except BaseException as error:
            self.failed = error

    def end(self) -> None:
        """Finish what is begun and go home."""
        self.leave.set()
        self.join(60)
        assert self.failed is None, f"agent: {self.failed!r}"
        assert not self.is_alive(), "an agent does not come to an end"

    async def _work(self) -> None:
        phone = None
        while phone is None:
            phone = await self._ask("GET", "softphone")
            await asyncio.sleep(LOOKED_EVERY)
        async with Agent(self.simulator, phone["token"]) as agent:
            await agent.register()
            while True:
                phone = await self._ask("GET", "softphone")
                if phone is not None:
                    if self.leave.is_set() and not phone["call"]:
                        if await self._ask("PUT", "me/presence", {"state": "offline"}) is not None:
                            return
                    else:
                        await self._turn(agent, phone)
                await asyncio.sleep(LOOKED_EVERY)

    async def _turn(self, agent: Agent, phone: dict[str, Any]) -> None:
        call, offer = phone["call"], phone["offer"]
        if call is not None:
            await self._in_call(agent, call)
        elif offer is not None:
            accepted = await self._ask("POST", f"offers/{offer['id']}/acceptance")
            if accepted is not None:
                self.did["accepted"] += 1
                await agent.connect({"join": accepted["join"]})
        else:
            presence = await self._ask("GET", "me/presence")
            if presence is not None and presence["state"] in ("offline", "break"):
                await self._ask("PUT", "me/presence", {"state": "ready"})

    async def _in_call(self, agent: Agent, call: dict[str, Any]) -> None:
        if call["state"] == "wrap_up" or call["ended_at"]:
            if await self._ask("POST", f"calls/{call['id']}/wrap-up", {"disposition": "solved", "note": ""}) is not None:
                self.did["wrapped up"] += 1
            return
        if all(each.state == "closed" for each in [*agent.calls.values(), *agent._asked.values()]):
            again = await self._ask("POST", f"calls/{call['id']}/rejoin")
            if again is not None:
                self.did["came back"] += 1
                await agent.connect({"join": again["join"]})

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer, None when there is none just now or it was refused (somebody else was faster)."""
        try:
            answer = await asyncio.to_thread(
                requests.request, method, f"{self.web}/api/v1/{path}", json=body, headers=self.headers, timeout=10
            )
        except TRANSIENT:
            return None
        if answer.status_code >= 300:
            self.did[f"answer {answer.status_code}"] += 1
            if answer.status_code >= 500 and answer.status_code not in PASSING:
                self.odd.append(f"agent: {method} {path}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer.json()
