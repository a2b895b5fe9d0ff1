"""`<Dial><Conference>`: into a room, until put out, hung up or redirected."""

from __future__ import annotations

import asyncio

from simulator.engine.conference_models import Options
from simulator.engine.conferences import admit, open_conference, release
from simulator.engine.models import Callback, Fetch
from simulator.engine.recordings import finish_recording, start_recording
from simulator.engine.session import Outcome, Play
from simulator.engine.verbs.gathering import drain
from simulator.engine.verbs.recording import recording_callback
from simulator.formats import truth
from simulator.twiml.document import Element

LABEL_TAKEN = 16025
CONFERENCE_FULL = 16024
DEFAULT_EVENTS = ""


def conference_options(play: Play, noun: Element) -> Options:
    """A noun's attributes as options. Without statusCallbackEvent nothing is reported, as with the carrier."""
    return Options(
        label=noun.get("participantLabel"),
        muted=noun.flag("muted"),
        beep=noun.get("beep", "true"),
        start_on_enter=noun.flag("startConferenceOnEnter", True),
        end_on_exit=noun.flag("endConferenceOnExit"),
        coach=noun.get("coach"),
        wait=_wait(play, noun),
        max_participants=noun.number("maxParticipants", 250),
        record=noun.get("record", "do-not-record") in ("record-from-start", "true"),
        callback=status_callback(play, noun, ""),
        recording_callback=recording_callback(play, noun),
    )


def _wait(play: Play, noun: Element) -> Fetch | None:
    if "waitUrl" not in noun.attributes:
        return None
    return play.follow(noun.get("waitUrl"), noun.get("waitMethod")) if noun.get("waitUrl") else Fetch("")


def status_callback(play: Play, noun: Element, default_events: str) -> Callback | None:
    """A noun's statusCallback."""
    if not noun.get("statusCallback"):
        return None
    target = play.follow(noun.get("statusCallback"), noun.get("statusCallbackMethod"))
    return Callback(target.url, target.method, frozenset(noun.get("statusCallbackEvent", default_events).split()))


async def dial_conference(play: Play, dial: Element, noun: Element) -> Outcome:
    """Join, stay, leave. With an action the call goes there after; else to the next verb."""
    conference = open_conference(play.world, noun.text)
    options = conference_options(play, noun)
    expected = play.call.sid in conference.participants
    if not expected and conference.labelled(options.label) is not None:
        play.world.alert(LABEL_TAKEN, f"A participant labelled {options.label!r} is already in the conference", play.call.sid)
        return None
    if not expected and len(conference.participants) >= options.max_participants:
        play.world.alert(CONFERENCE_FULL, "The conference is full", play.call.sid)
        return None
    participant = admit(play.world, conference, play.call, options)
    recording = None
    if dial.get("record", "do-not-record").startswith("record-from"):
        channels = 2 if dial.get("record").endswith("-dual") else 1
        callback = recording_callback(play, dial)
        recording = start_recording(play.world, "DialVerb", call=play.call, channels=channels, callback=callback)
    reason = "participant_hung_up"
    try:
        await _stay(play, dial, participant.out)
    except asyncio.CancelledError:
        if play.call.status.final:
            play.departure = _action(play, dial)
        else:
            reason = "participant_updated_via_api"
        raise
    finally:
        release(play.world, conference, participant, reason)
        if recording is not None:
            finish_recording(play.world, recording)
    return _action(play, dial)


def _action(play: Play, dial: Element) -> Fetch | None:
    """For a conference neither DialCallSid nor DialCallDuration is sent."""
    if not dial.get("action"):
        return None
    return play.follow(dial.get("action"), dial.get("method"), DialCallStatus="completed", DialBridged="true")


async def _stay(play: Play, dial: Element, out: asyncio.Event) -> None:
    """Until put out, the time limit, or `*` where that hangs up."""
    loop = asyncio.get_running_loop()
    ends: set[asyncio.Task[object]] = {loop.create_task(_wait_for(out))}
    if "timeLimit" in dial.attributes:
        ends.add(loop.create_task(_pass(play, dial.number("timeLimit", 14400))))
    if truth(dial.get("hangupOnStar")):
        ends.add(loop.create_task(star_pressed(play)))
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


async def _wait_for(event: asyncio.Event) -> object:
    return await event.wait()


async def _pass(play: Play, seconds: float) -> object:
    await play.world.clock.sleep(seconds)
    return None


async def star_pressed(play: Play) -> object:
    """Return when the far end presses `*`."""
    drain(play.call)
    while True:
        given = await play.call.inputs.get()
        if given.kind == "digits" and given.value == "*":
            return given
