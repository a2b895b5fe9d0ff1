"""Recordings: messages, recordings beside a call, and the file."""

from __future__ import annotations

import io
import wave

from simulator.engine.models import CallStatus
from simulator.engine.recordings import pause_recording, resume_recording, start_recording, wav, wav_size
from tests.simulator.rig import Reply, rig, said

MESSAGE = (
    '<Say>Speak after the beep.</Say><Record action="/voice/message" timeout="4" maxLength="60" recordingStatusCallback="/voice/recorded"'
    ' transcribe="true" transcribeCallback="/voice/words"/><Say>We heard nothing.</Say>'
)
HOUSE: dict[str, Reply] = {"/voice/in": MESSAGE, "/voice/message": "<Say>Thank you.</Say>"}


async def test_a_message_ends_with_silence_and_its_file_comes_after_the_action() -> None:
    async with rig(HOUSE) as house:
        house.world.chaos.recording_delay = 30
        call = await house.dial()
        await house.advance(3)
        house.exchange.speak(call, "The boiler is leaking, please come.")
        await house.advance(8)
        asked = house.app.to("/voice/message")[0]
        assert said(call)[-1] == "Thank you."
        recording = house.world.recordings[asked["RecordingSid"]]
        assert asked["RecordingUrl"].endswith(recording.sid)
        assert (recording.available, house.app.to("/voice/recorded")) == (False, [])
        await house.advance(31)
        recorded = house.app.to("/voice/recorded")[0]
        assert (recorded["RecordingStatus"], recorded["RecordingSid"]) == ("completed", recording.sid)
        assert recording.available
        assert house.app.to("/voice/words")[0]["TranscriptionText"] == "The boiler is leaking, please come."


async def test_a_key_ends_a_message_and_is_told() -> None:
    async with rig(HOUSE) as house:
        call = await house.dial()
        await house.advance(3)
        house.exchange.speak(call, "Call me.")
        await house.advance(1)
        house.exchange.press(call, "#")
        await house.advance(0.1)
        assert house.app.to("/voice/message")[0]["Digits"] == "#"


async def test_hanging_up_in_a_message_is_told_as_hangup() -> None:
    async with rig(HOUSE) as house:
        call = await house.dial()
        await house.advance(3)
        house.exchange.speak(call, "Call me.")
        await house.advance(2)
        house.exchange.hang_up(call)
        await house.advance(2)
        asked = house.app.to("/voice/message")[0]
        assert (asked["Digits"], asked["CallStatus"]) == ("hangup", "completed")
        assert house.app.to("/voice/recorded")[0]["RecordingStatus"] == "completed"


async def test_an_empty_message_goes_on_with_the_next_verb_and_is_absent() -> None:
    replies = HOUSE | {
        "/voice/in": MESSAGE.replace('Callback="/voice/recorded"', 'Callback="/voice/recorded" recordingStatusCallbackEvent="absent"')
    }
    async with rig(replies) as house:
        call = await house.dial()
        await house.advance(9)
        assert said(call)[-1] == "We heard nothing."
        assert house.app.to("/voice/message") == []
        assert house.app.to("/voice/recorded")[0]["RecordingStatus"] == "absent"


async def test_a_recording_beside_the_call_runs_to_its_end() -> None:
    inner = '<Start><Recording recordingStatusCallback="/voice/recorded" recordingStatusCallbackEvent="in-progress completed"/></Start>'
    async with rig({"/voice/in": f'{inner}<Pause length="12"/>'}) as house:
        call = await house.dial()
        await house.advance(0.1)
        assert [each["RecordingStatus"] for each in house.app.to("/voice/recorded")] == ["in-progress"]
        await house.advance(15)
        assert call.status is CallStatus.COMPLETED
        assert house.app.to("/voice/recorded")[1]["RecordingDuration"] == "12"


async def test_a_pause_is_not_part_of_the_length() -> None:
    async with rig({"/voice/in": '<Say>Hello.</Say><Pause length="100"/>'}) as house:
        call = await house.dial()
        recording = start_recording(house.world, "StartCallRecordingAPI", call=call)
        await house.advance(4)
        pause_recording(house.world, recording)
        await house.advance(10)
        resume_recording(house.world, recording)
        await house.advance(3)
        house.exchange.hang_up(call)
        assert round(recording.duration) == 7


async def test_the_file_is_a_real_wav_with_sound_where_somebody_spoke() -> None:
    async with rig({"/voice/in": '<Say>Hello.</Say><Pause length="100"/>'}) as house:
        call = await house.dial()
        recording = start_recording(house.world, "StartCallRecordingAPI", call=call, channels=2)
        await house.advance(3)
        house.exchange.speak(call, "Three seconds in I say something.")
        await house.advance(5)
        house.exchange.hang_up(call)
        data = b"".join(wav(recording))
        assert len(data) == wav_size(recording)
        with wave.open(io.BytesIO(data)) as sound:
            assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (2, 8000, 2)
            seconds = [sound.readframes(8000) for _ in range(8)]
        caller_spoke = [any(second[place] or second[place + 1] for place in range(0, len(second), 4)) for second in seconds]
        assert caller_spoke[:6] == [False, False, False, True, True, True]
        assert caller_spoke[7] is False
