"""Answering machine detection: some seconds into an answered call the carrier says whether a person or a machine answered."""

from __future__ import annotations

import asyncio

from simulator.engine.models import Call, Fetch
from simulator.engine.world import World
from simulator.webhooks import Request

LISTENS = 3.0  # seconds


async def detect_machine(world: World, call: Call, report: Fetch) -> None:
    """Wait for the answer, listen, report to AmdStatusCallback. A call that ends before is reported as nothing."""
    ends = {world.start(_wait(event)) for event in (call.answered, call.over)}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()
    if not call.answered.is_set() or call.status.final:
        return
    await world.clock.sleep(LISTENS)
    if call.status.final:
        return
    call.answered_by = "machine_start" if call.machine else "human"
    if report.url:
        parameters = {
            "AccountSid": world.settings.account_sid,
            "CallSid": call.sid,
            "AnsweredBy": call.answered_by,
            "MachineDetectionDuration": str(round(LISTENS * 1000)),
        }
        world.webhooks.post(Request(report.url, report.method, parameters, "callback", call.sid, "amd"))


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
