"""Dial: other legs are rung and bridged; a queue's first caller is fetched; a conference is joined."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from simulator.engine.legs import new_call, ring_out
from simulator.engine.models import Call, CallStatus, Fetch, Member, Queue
from simulator.engine.progress import end_call, move
from simulator.engine.recordings import finish_recording, recording_url, start_recording
from simulator.engine.session import DocumentFailed, Finish, Outcome, Play, verb
from simulator.engine.speech import Bridge
from simulator.engine.verbs.conferencing import dial_conference, star_pressed, status_callback
from simulator.engine.verbs.queueing import find_queue, remove
from simulator.engine.verbs.recording import recording_callback
from simulator.formats import whole_seconds, yes_no
from simulator.twiml.document import Element
from simulator.twiml.rules import Place

DEFAULT_TIMEOUT = 30
LONGEST = 14400


@dataclass(slots=True)
class Target:
    """One leg to ring, and the noun that asked for it."""

    call: Call
    noun: Element


@verb("Dial")
async def do_dial(play: Play, element: Element) -> Outcome:
    noun = element.children[0] if element.children else Element("Number", {}, element.text)
    if noun.name == "Conference":
        return await dial_conference(play, element, noun)
    if noun.name == "Queue":
        return await _dial_queue(play, element, noun)
    targets = [_target(play, element, each) for each in element.children or [noun]]
    result = {"DialCallStatus": "canceled", "DialBridged": "false"}
    try:
        result = await _connect(play, element, targets)
    except asyncio.CancelledError:
        if play.call.status.final:
            play.departure = _action(play, element, result | {"DialCallStatus": "completed"})
        raise
    finally:
        for target in targets:
            if not target.call.detached.is_set():
                end_call(play.world, target.call)
    return _action(play, element, result)


def _action(play: Play, element: Element, result: dict[str, str]) -> Fetch | None:
    return play.follow(element.get("action"), element.get("method"), **result) if element.get("action") else None


def _target(play: Play, dial: Element, noun: Element) -> Target:
    identity = next((child.text for child in noun.named("Identity")), noun.text)
    called = f"client:{identity}" if noun.name == "Client" else noun.text
    caller = dial.get("callerId") or (play.call.caller if play.call.direction == "inbound" else play.call.called)
    call = new_call(play.world, caller, called, "outbound-dial", parent=play.call, callback=status_callback(play, noun, "completed"))
    call.caller_name = play.call.caller_name
    call.custom = {child.get("name"): child.get("value") for child in noun.named("Parameter")}
    return Target(call, noun)


async def _connect(play: Play, dial: Element, targets: list[Target]) -> dict[str, str]:
    """Ring, bridge, wait for the end. Returns the action's parameters."""
    play.world.note(play.call, "ringing", targets=[target.call.called for target in targets])
    timeout = dial.number("timeout", DEFAULT_TIMEOUT)
    rounds = [[target] for target in targets] if dial.flag("sequential") else [targets]
    winner = None
    for group in rounds:
        winner = await _race(play, group, timeout)
        if winner is not None:
            break
    if winner is None:
        return {"DialCallStatus": _why_not(targets), "DialBridged": "false", "DialCallSid": targets[-1].call.sid}
    for target in targets:
        if target is not winner:
            end_call(play.world, target.call)
    bridged, recording = await _talk(play, dial, winner)
    seconds = whole_seconds(winner.call.started, winner.call.ended or play.world.clock.now())
    facts = {
        "DialCallStatus": "completed",
        "DialBridged": yes_no(bridged),
        "DialCallSid": winner.call.sid,
        "DialCallDuration": str(seconds),
    }
    return facts | ({"RecordingUrl": recording} if recording else {})


async def _race(play: Play, group: list[Target], timeout: float) -> Target | None:
    """The first to answer, if any does. The others go on ringing until the caller of this ends them."""
    loop = asyncio.get_running_loop()
    rings = {loop.create_task(ring_out(play.world, target.call, timeout)): target for target in group}
    open_rings = set(rings)
    try:
        while open_rings:
            done, open_rings = await asyncio.wait(open_rings, return_when=asyncio.FIRST_COMPLETED)
            for ring in done:
                if ring.result() is CallStatus.IN_PROGRESS:
                    return rings[ring]
        return None
    finally:
        for ring in open_rings:
            ring.cancel()


def _why_not(targets: list[Target]) -> str:
    statuses = [target.call.status for target in targets]
    for status in (CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED):
        if status in statuses:
            return str(status)
    return str(CallStatus.CANCELED)


async def _talk(play: Play, dial: Element, winner: Target) -> tuple[bool, str]:
    """Whisper to the called party if asked, then bridge until one side leaves. Returns whether they spoke, and the recording's address."""
    if winner.noun.get("url") and not await _whisper(play, winner):
        return False, ""
    if play.call.status is CallStatus.RINGING:
        move(play.world, play.call, CallStatus.IN_PROGRESS)
    kind = dial.get("record", "do-not-record")
    recording = None
    if kind not in ("do-not-record", "false"):
        channels = 2 if kind.endswith("-dual") else 1
        recording = start_recording(play.world, "DialVerb", call=play.call, channels=channels, callback=recording_callback(play, dial))
    bridge = Bridge(play.world, play.call, winner.call)
    play.world.note(play.call, "bridged", on=True, to=winner.call.called)
    try:
        await _until_over(play, dial, winner.call)
    finally:
        bridge.end()
        play.world.note(play.call, "bridged", on=False, to=winner.call.called)
        if recording is not None:
            finish_recording(play.world, recording)
    return True, recording_url(play.world, recording) if recording else ""


async def _whisper(play: Play, winner: Target) -> bool:
    """Play the noun's document to the called party; False when it hung up in it."""
    source = play.follow(winner.noun.get("url"), winner.noun.get("method"))
    loop = asyncio.get_running_loop()
    whisper = loop.create_task(Play(play.world, winner.call, Place.WHISPER).run(source))
    over = loop.create_task(winner.call.over.wait())
    try:
        await asyncio.wait({whisper, over}, return_when=asyncio.FIRST_COMPLETED)
        if not whisper.done() or winner.call.status.final:
            return False
        return whisper.result() is Finish.RAN_OUT
    except DocumentFailed:
        return False
    finally:
        whisper.cancel()
        over.cancel()


async def _until_over(play: Play, dial: Element, other: Call) -> None:
    loop = asyncio.get_running_loop()
    ends: set[asyncio.Task[object]] = {loop.create_task(_over(other)), loop.create_task(_limit(play, dial.number("timeLimit", LONGEST)))}
    if dial.flag("hangupOnStar"):
        ends.add(loop.create_task(star_pressed(play)))
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def _over(call: Call) -> object:
    """Return when the other side has hung up or gone its own way."""
    loop = asyncio.get_running_loop()
    ends = {loop.create_task(event.wait()) for event in (call.over, call.detached)}
    try:
        return await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def _limit(play: Play, seconds: float) -> object:
    await play.world.clock.sleep(seconds)
    return None


async def _dial_queue(play: Play, dial: Element, noun: Element) -> Outcome:
    """Take the first waiting caller of a queue, waiting for one until the time-out."""
    queue = find_queue(play.world, noun.text)
    if queue is None:
        return _action(play, dial, {"DialCallStatus": "failed", "DialBridged": "false"})
    try:
        member = await play.world.clock.limit(_front(queue), dial.number("timeout", DEFAULT_TIMEOUT))
    except TimeoutError:
        return _action(play, dial, {"DialCallStatus": "no-answer", "DialBridged": "false"})
    if noun.get("url"):
        member.announcement = play.follow(noun.get("url"), noun.get("method"))
    remove(queue, member)
    member.taken.set()
    bridge = Bridge(play.world, play.call, member.call)
    began = play.world.clock.now()
    try:
        await _until_over(play, dial, member.call)
    finally:
        bridge.end()
        member.bridge_over.set()
    seconds = whole_seconds(began, play.world.clock.now())
    facts = {"DialCallStatus": "completed", "DialBridged": "true", "DialCallSid": member.call.sid, "DialCallDuration": str(seconds)}
    return _action(play, dial, facts)


async def _front(queue: Queue) -> Member:
    while not queue.members:
        queue.arrived.clear()
        await queue.arrived.wait()
    return queue.members[0]
