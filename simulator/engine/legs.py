"""Legs going out: made, rung, answered, refused; and what the device at the far end may do."""

from __future__ import annotations

import asyncio

from simulator.engine.models import Call, Callback, CallStatus, FarEnd
from simulator.engine.progress import end_call, move
from simulator.engine.world import World
from simulator.formats import is_client, is_number

CALLS_KEPT = 5000


def new_call(
    world: World, caller: str, called: str, direction: str, *, parent: Call | None = None, callback: Callback | None = None
) -> Call:
    """A new leg, known but not yet rung."""
    call = Call(caller, called, direction, world.clock.now(), callback=callback, parent_sid=parent.sid if parent else "")
    _forget_old(world)
    world.calls[call.sid] = call
    return call


def _forget_old(world: World) -> None:
    """Keep a process that runs for days small: of what is over only the newest stays."""
    while len(world.calls) >= CALLS_KEPT and next(iter(world.calls.values())).status.final:
        del world.calls[next(iter(world.calls))]
    while len(world.conferences) >= CALLS_KEPT and next(iter(world.conferences.values())).status == "completed":
        del world.conferences[next(iter(world.conferences))]


async def ring_out(world: World, call: Call, timeout: float) -> CallStatus:
    """Ring a leg until it is answered (`in-progress`) or has ended another way. A client nobody is registered for does not ring at all."""
    move(world, call, CallStatus.INITIATED)
    if not (is_number(call.called) or is_client(call.called)):
        end_call(world, call, CallStatus.FAILED)
        return call.status
    devices = world.devices_for(call.called)
    if not devices and is_client(call.called):
        end_call(world, call, CallStatus.NO_ANSWER)
        return call.status
    move(world, call, CallStatus.RINGING)
    call.ringing_at = [device for device in devices if device.ring(call)]
    try:
        await world.clock.limit(_decided(call), timeout)
    except TimeoutError:
        end_call(world, call, CallStatus.NO_ANSWER)
    return call.status


async def _decided(call: Call) -> None:
    loop = asyncio.get_running_loop()
    ends = {loop.create_task(event.wait()) for event in (call.answered, call.over)}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


def answer(world: World, call: Call, device: FarEnd) -> bool:
    """A device takes the call; the others stop ringing. False when it is too late."""
    if call.status is not CallStatus.RINGING or device not in call.ringing_at:
        return False
    call.far_end = device
    for other in call.ringing_at:
        if other is not device:
            other.stop_ringing(call, "answered elsewhere")
    call.ringing_at.clear()
    return move(world, call, CallStatus.IN_PROGRESS)


def refuse(world: World, call: Call, device: FarEnd) -> None:
    """A device refuses; when none is left ringing the call is busy."""
    if device in call.ringing_at:
        call.ringing_at.remove(device)
        if not call.ringing_at:
            end_call(world, call, CallStatus.BUSY)


def hang_up(world: World, call: Call) -> None:
    """The far end of a leg hangs up."""
    end_call(world, call)
