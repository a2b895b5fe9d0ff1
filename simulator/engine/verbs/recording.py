"""Record, and Start/Stop of recordings that run beside the call."""

from __future__ import annotations

import asyncio

from simulator.engine.models import Callback, Fetch, Recording
from simulator.engine.recordings import finish_recording, recording_url, speech_seconds, start_recording
from simulator.engine.session import Outcome, Play, verb
from simulator.engine.verbs.gathering import drain
from simulator.formats import new_sid
from simulator.twiml.document import Element
from simulator.webhooks import Request

FINISH_KEYS = "1234567890*#"


def recording_callback(play: Play, element: Element) -> Callback | None:
    """The recordingStatusCallback of a verb or noun."""
    if not element.get("recordingStatusCallback"):
        return None
    target = play.follow(element.get("recordingStatusCallback"), element.get("recordingStatusCallbackMethod"))
    return Callback(target.url, target.method, frozenset(element.get("recordingStatusCallbackEvent", "completed").split()))


@verb("Record")
async def do_record(play: Play, element: Element) -> Outcome:
    """A message: until a key, silence, or the longest time. An empty one falls through to the next verb; a hang-up is told to the action."""
    drain(play.call)
    if element.flag("playBeep", True):
        play.world.note(play.call, "beep")
    recording = start_recording(play.world, "RecordVerb", call=play.call, callback=recording_callback(play, element))
    play.world.note(play.call, "recording", on=True)
    try:
        key = await _listen(play, element)
    except asyncio.CancelledError:
        if play.call.status.final and recording.words:
            _end(play, element, recording)
            play.departure = _action(play, element, recording, "hangup")
        raise
    finally:
        _stop(play, recording)
    if not recording.words:
        recording.duration = 0.0
        return None
    _end(play, element, recording)
    return _action(play, element, recording, key)


def _stop(play: Play, recording: Recording) -> None:
    finish_recording(play.world, recording)
    play.world.note(play.call, "recording", on=False)


async def _listen(play: Play, element: Element) -> str:
    """The key that ended it, or nothing when silence or the longest time did."""
    clock = play.world.clock
    deadline = clock.elapsed() + element.number("maxLength", 3600)
    silence = float(element.number("timeout", 5))
    patience = silence
    while clock.elapsed() < deadline:
        try:
            given = await clock.limit(play.call.inputs.get(), min(patience, deadline - clock.elapsed()))
        except TimeoutError:
            return ""
        if given.kind == "digits" and given.value in element.get("finishOnKey", FINISH_KEYS):
            return given.value
        patience = silence + (speech_seconds(given.value) if given.kind == "speech" else 0.0)
    return ""


def _action(play: Play, element: Element, recording: Recording, key: str) -> Fetch:
    parameters = {
        "RecordingUrl": recording_url(play.world, recording),
        "RecordingSid": recording.sid,
        "RecordingDuration": str(round(recording.duration)),
        "Digits": key,
    }
    return play.follow(element.get("action"), element.get("method"), **parameters)


def _end(play: Play, element: Element, recording: Recording) -> None:
    """With `transcribe`, the words are sent when the file is there."""
    if element.flag("transcribe") and element.get("transcribeCallback"):
        play.world.webhooks.later(_transcribe(play, play.follow(element.get("transcribeCallback")), recording))


async def _transcribe(play: Play, target: Fetch, recording: Recording) -> None:
    await play.world.clock.sleep(play.world.chaos.recording_delay + 1.0)
    parameters = {
        "TranscriptionSid": new_sid("TR"),
        "TranscriptionText": " ".join(recording.words),
        "TranscriptionStatus": "completed",
        "RecordingSid": recording.sid,
        "RecordingUrl": recording_url(play.world, recording),
    }
    request = play.request(Fetch(target.url, target.method, parameters), "callback", "transcription")
    play.world.webhooks.post(Request(request.url, request.method, request.parameters, "callback", play.call.sid, "transcription"))


@verb("Start")
async def do_start(play: Play, element: Element) -> Outcome:
    """`<Start><Recording>`: record this leg from here on, whatever follows."""
    for noun in element.children:
        if noun.name != "Recording":
            play.world.alert(12200, f"the simulator does not carry <Start><{noun.name}>", play.call.sid)
            continue
        start_recording(
            play.world,
            "StartCallRecordingTwiML",
            call=play.call,
            channels=1 if noun.get("channels") == "mono" else 2,
            track=noun.get("track", "both"),
            callback=recording_callback(play, noun),
        )
    return None
