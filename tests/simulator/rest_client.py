"""twilio-python's own client against the rig's simulator, with only its host rewritten; and a house with a queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.engine.models import Call
from tests.simulator.rig import ACCOUNT, TOKEN, Reply, Rig

T = TypeVar("T")
OUTSIDE = "+15005550001"
ROOM = '<Dial><Conference participantLabel="customer" beep="false">call-1</Conference></Dial>'
HOUSE: dict[str, Reply] = {
    "/voice/in": '<Enqueue action="/voice/left" waitUrl="/voice/wait">repairs</Enqueue>',
    "/voice/wait": '<Pause length="20"/>',
    "/voice/join": ROOM,
    "/voice/agent": ROOM.replace("customer", "agent"),
    "/voice/out": '<Say>Good day.</Say><Pause length="60"/>',
}


class Rewriting(TwilioHttpClient):
    """The library has no setting for the host."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=5)
        self._base = base

    def request(self, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        return super().request(method, url.replace("https://api.twilio.com", self._base), *arguments, **named)


def client(house: Rig, name: str = ACCOUNT, secret: str = TOKEN) -> Client:
    return Client(name, secret, ACCOUNT, http_client=Rewriting(house.url))


async def run(work: Callable[[], T]) -> T:
    """The library blocks, so it works on a thread while the simulator goes on."""
    return await asyncio.to_thread(work)


async def refused(work: Callable[[], object]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as error:
        await run(work)
    return error.value.status, error.value.code


async def queued(house: Rig) -> Call:
    call = await house.dial()
    await house.advance(3)
    return call
