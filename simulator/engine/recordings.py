"""Recordings: started, paused, finished, reported, and turned into a small real WAV."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from datetime import datetime

from simulator.engine.models import Call, Callback, Recording
from simulator.engine.world import API_VERSION, World
from simulator.formats import rfc2822
from simulator.webhooks import Request

SAMPLE_RATE = 8000
FRAME_SECONDS = 0.1
TONES = (440.0, 330.0)
CJK_FROM = 0x2E80


def speech_seconds(text: str) -> float:
    """How long a line takes to say: about 15 Latin letters, or 4.5 Chinese characters, a second."""
    wide = sum(1 for letter in text if ord(letter) >= CJK_FROM)
    return round(0.3 + wide / 4.5 + (len(text) - wide) / 15, 2)


def recording_url(world: World, recording: Recording) -> str:
    """Where the sound can be fetched (with .wav or without), once it is available."""
    return f"{world.settings.simulator_url}/{API_VERSION}/Accounts/{world.settings.account_sid}/Recordings/{recording.sid}"


def start_recording(
    world: World,
    source: str,
    *,
    call: Call | None = None,
    conference_sid: str = "",
    channels: int = 1,
    track: str = "both",
    callback: Callback | None = None,
) -> Recording:
    """Begin recording a leg or a conference; reports `in-progress` where that is wanted."""
    now = world.clock.now()
    recording = Recording(source, now, channels, conference_sid=conference_sid, track=track, callback=callback, resumed=now)
    if call is not None:
        recording.call_sid = call.sid
        call.recordings.append(recording)
    world.recordings[recording.sid] = recording
    report_recording(world, recording, "in-progress")
    return recording


def pause_recording(world: World, recording: Recording) -> None:
    if recording.resumed is not None:
        recording.duration += _since(recording.resumed, world.clock.now())
        recording.resumed = None
        recording.status = "paused"


def resume_recording(world: World, recording: Recording) -> None:
    if recording.status == "paused":
        recording.resumed = world.clock.now()
        recording.status = "in-progress"


def finish_recording(world: World, recording: Recording) -> None:
    """Stop it. The file comes later: `completed` is reported when it can be fetched, `absent` when nothing was recorded."""
    if recording.ended is not None:
        return
    pause_recording(world, recording)
    recording.ended = world.clock.now()
    recording.status = "processing"
    call = world.calls.get(recording.call_sid)
    if call is not None and recording in call.recordings:
        call.recordings.remove(recording)
    world.webhooks.later(_make_available(world, recording))


async def _make_available(world: World, recording: Recording) -> None:
    await world.clock.sleep(world.chaos.recording_delay)
    recording.available = recording.duration > 0
    recording.status = "completed" if recording.available else "absent"
    report_recording(world, recording, recording.status)


def record_words(world: World, recordings: list[Recording], text: str, channel: int) -> None:
    """Let running recordings contain a spoken line: channel 0 said by the far end, 1 heard by it."""
    for recording in recordings:
        if recording.resumed is None:
            continue
        offset = recording.duration + _since(recording.resumed, world.clock.now())
        recording.bursts.append((offset, speech_seconds(text), channel))
        recording.words.append(text)


def report_recording(world: World, recording: Recording, status: str) -> None:
    """The recordingStatusCallback, if this status is wanted."""
    wanted = recording.callback
    if wanted is None or status not in wanted.events:
        return
    parameters = {
        "AccountSid": world.settings.account_sid,
        "CallSid": recording.call_sid,
        "ConferenceSid": recording.conference_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": recording_url(world, recording),
        "RecordingStatus": status,
        "RecordingDuration": str(round(recording.duration)) if status == "completed" else "",
        "RecordingChannels": str(recording.channels),
        "RecordingStartTime": rfc2822(recording.started) or "",
        "RecordingSource": recording.source,
        "RecordingTrack": recording.track,
        "ErrorCode": "0",
    }
    request = Request(
        wanted.url, wanted.method, {name: value for name, value in parameters.items() if value}, "callback", recording.call_sid, status
    )
    world.webhooks.post(request)


def wav(recording: Recording) -> Iterator[bytes]:
    """The sound, in pieces: 16-bit PCM at 8 kHz, a soft tone where somebody spoke (one pitch a channel), silence elsewhere."""
    frames = max(1, math.ceil(recording.duration / FRAME_SECONDS))
    samples = int(SAMPLE_RATE * FRAME_SECONDS)
    size = frames * samples * 2 * recording.channels
    yield _wav_header(size, recording.channels)
    sound = {(first, second): _frame(samples, recording.channels, (first, second)) for first in (False, True) for second in (False, True)}
    for number in range(frames):
        moment = number * FRAME_SECONDS
        speaking = [False, False]
        for offset, seconds, channel in recording.bursts:
            if offset <= moment < offset + seconds:
                speaking[channel] = True
        yield sound[speaking[0], speaking[1]]


def wav_size(recording: Recording) -> int:
    """Bytes `wav` will yield in all."""
    frames = max(1, math.ceil(recording.duration / FRAME_SECONDS))
    return 44 + frames * int(SAMPLE_RATE * FRAME_SECONDS) * 2 * recording.channels


def _frame(samples: int, channels: int, speaking: tuple[bool, bool]) -> bytes:
    values = array("h")
    for index in range(samples):
        # Whole periods fit a frame (both pitches are multiples of 10 Hz), so frames join without a click.
        voices = [
            int(6000 * math.sin(2 * math.pi * TONES[channel] * index / SAMPLE_RATE)) if speaking[channel] else 0 for channel in (0, 1)
        ]
        values.extend(voices if channels == 2 else [sum(voices)])
    return values.tobytes()


def _wav_header(size: int, channels: int) -> bytes:
    def number(value: int, width: int) -> bytes:
        return value.to_bytes(width, "little")

    form = number(1, 2) + number(channels, 2) + number(SAMPLE_RATE, 4) + number(SAMPLE_RATE * 2 * channels, 4) + number(2 * channels, 2)
    return b"RIFF" + number(size + 36, 4) + b"WAVEfmt " + number(16, 4) + form + number(16, 2) + b"data" + number(size, 4)


def _since(start: datetime, now: datetime) -> float:
    return (now - start).total_seconds()
