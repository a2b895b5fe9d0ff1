"""The state all parts of the engine share, and the smallest things done to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from simulator.chaos import Chaos
from simulator.clock import Clock
from simulator.engine.conference_models import Conference
from simulator.engine.models import Call, FarEnd, Input, Message, Number, Queue, Recording, event_line
from simulator.formats import is_client
from simulator.journal import Alert, Journal
from simulator.settings import Settings
from simulator.webhooks import Webhooks

API_VERSION = "2010-04-01"


@dataclass(slots=True)
class World:
    """Everything the carrier knows. Lists keep the order of creation."""

    settings: Settings
    clock: Clock
    chaos: Chaos
    journal: Journal
    webhooks: Webhooks
    calls: dict[str, Call] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    devices: dict[str, list[FarEnd]] = field(default_factory=dict)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    conferences: dict[str, Conference] = field(default_factory=dict)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    next_call_slot: float = 0.0

    def alert(self, code: int, message: str, call_sid: str = "") -> None:
        """Note an error where Twilio's debugger would show it."""
        self.journal.alert(Alert(self.clock.now(), code, message, call_sid))

    def device_attached(self, address: str, device: FarEnd) -> None:
        """Calls to this number or client ring this device from now on."""
        attached = self.devices.setdefault(address, [])
        if device not in attached:
            attached.append(device)

    def device_gone(self, device: FarEnd) -> None:
        for address in list(self.devices):
            self.devices[address] = [each for each in self.devices[address] if each is not device]
            if not self.devices[address]:
                del self.devices[address]

    def devices_for(self, address: str) -> list[FarEnd]:
        """The devices an address rings; a number nobody picked up for falls to those attached to `*`."""
        found = self.devices.get(address, [])
        return list(found) if found or is_client(address) else list(self.devices.get("*", []))

    def note(self, call: Call, kind: str, **details: object) -> None:
        """Write a line into the call's transcript and tell the far end and all who wait for a change."""
        line = event_line(self.clock.now(), kind, **details)
        line["number"] = len(call.transcript)
        call.transcript.append(line)
        if call.far_end is not None:
            call.far_end.notify(call, line)
        self.wake()

    def wake(self) -> None:
        """Let those who wait in `until` look again."""
        waiting, self.waiters = self.waiters, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once `condition` holds; it is looked at whenever anything happens on any call."""
        while not condition():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiters.append(future)
            await future

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run a coroutine beside the rest and keep it alive until it ends."""
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def feed(self, call: Call, kind: str, value: str) -> None:
        """What the far end did, for whichever verb is listening."""
        call.inputs.put_nowait(Input(kind, value))


def call_parameters(world: World, call: Call) -> dict[str, str]:
    """The parameters every voice request about this call carries."""
    parameters = {
        "CallSid": call.sid,
        "AccountSid": world.settings.account_sid,
        "From": call.caller,
        "To": call.called,
        "Caller": call.caller,
        "Called": call.called,
        "CallStatus": str(call.status),
        "ApiVersion": API_VERSION,
        "Direction": call.direction,
    }
    optional = {
        "ParentCallSid": call.parent_sid,
        "CallerName": call.caller_name,
        "ForwardedFrom": call.forwarded_from,
        "ApplicationSid": call.application_sid,
        "CallToken": call.call_token,
    }
    parameters.update({name: value for name, value in optional.items() if value})
    if not call.is_client:
        for side in ("From", "To", "Caller", "Called"):
            parameters.update({f"{side}{part}": "" for part in ("City", "State", "Zip")})
            parameters[f"{side}Country"] = "US" if parameters[side].startswith("+1") else ""
    if call.direction == "inbound" and not call.is_client:
        parameters["StirVerstat"] = "TN-Validation-Passed-A"
    return parameters
