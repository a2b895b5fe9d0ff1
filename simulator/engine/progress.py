"""A call's way through its states, and the callbacks that tell of it."""

from __future__ import annotations

from simulator.engine.models import TRANSITIONS, Call, Callback, CallStatus
from simulator.engine.recordings import finish_recording
from simulator.engine.world import World, call_parameters
from simulator.formats import rfc2822, whole_seconds
from simulator.webhooks import Request

EVENTS = {CallStatus.INITIATED: "initiated", CallStatus.RINGING: "ringing", CallStatus.IN_PROGRESS: "answered"}


def move(world: World, call: Call, status: CallStatus) -> bool:
    """Take a legal step; False, and nothing happens, when it is not one. Sends the progress callback if that event is wanted."""
    if status not in TRANSITIONS[call.status]:
        return False
    was, call.status = call.status, status
    if status is CallStatus.IN_PROGRESS:
        call.started = world.clock.now()
        call.answered.set()
    if status.final:
        call.ended = world.clock.now()
        for recording in list(call.recordings):
            finish_recording(world, recording)
    world.note(call, "status", status=str(status))
    # A call cancelled while it is still queued tells nobody: the carrier's own gap, which the house has to live with.
    if (was, status) != (CallStatus.QUEUED, CallStatus.CANCELED):
        _report(world, call, EVENTS.get(status, "completed"))
    if status.final:
        call.over.set()
        world.wake()
    return True


def end_call(world: World, call: Call, status: CallStatus | None = None) -> None:
    """End a leg whatever its state: `completed` when it was answered, else `status` (default canceled). Its instructions stop."""
    if call.status.final:
        return
    move(world, call, CallStatus.COMPLETED if call.status is CallStatus.IN_PROGRESS else status or CallStatus.CANCELED)
    for device in call.ringing_at:
        device.stop_ringing(call, str(call.status))
    call.ringing_at.clear()
    if call.control is not None:
        call.control.stop()


def _report(world: World, call: Call, event: str) -> None:
    """One progress callback. Sequence numbers count the events of the call, wanted or not, as the carrier's do."""
    sequence, call.sequence = call.sequence, call.sequence + 1
    wanted: Callback | None = call.callback
    if wanted is None or event not in wanted.events:
        return
    parameters = call_parameters(world, call) | {
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
        "Timestamp": rfc2822(world.clock.now()) or "",
    }
    if call.status.final:
        seconds = whole_seconds(call.started, call.ended)
        parameters["CallDuration"] = str(seconds)
        parameters["Duration"] = str(-(-seconds // 60))
        parameters["SipResponseCode"] = {"busy": "486", "no-answer": "487", "failed": "404", "canceled": "487"}.get(str(call.status), "200")
    world.webhooks.post(Request(wanted.url, wanted.method, parameters, "callback", call.sid, event))
