"""Dial: ringing, bridging, and what the action hears."""

from __future__ import annotations

from simulator.engine.models import CallStatus
from simulator.scripts import ScriptedPhone
from tests.simulator.rig import Reply, Rig, heard, rig, said

OUTSIDE = "+15005550001"
OTHER = "+15005550002"


def dialling(inner: str, attributes: str = "", **more: Reply) -> dict[str, Reply]:
    replies: dict[str, Reply] = {
        "/voice/in": f'<Dial action="/voice/dialled" timeout="20" {attributes}>{inner}</Dial><Say>Unreachable.</Say>',
        "/voice/dialled": "<Say>Thank you.</Say>",
    }
    return replies | {f"/voice/{path}": reply for path, reply in more.items()}


def phone(house: Rig, number: str, behaviour: str = "answer", after: float = 2, steps: list[dict[str, object]] | None = None) -> None:
    house.world.device_attached(number, ScriptedPhone(house.exchange, behaviour, after, steps or []))


async def test_an_answered_number_is_bridged_and_the_action_hears_the_outcome() -> None:
    number = f'<Number statusCallback="/voice/leg" statusCallbackEvent="initiated ringing answered completed">{OUTSIDE}</Number>'
    async with rig(dialling(number)) as house:
        phone(house, OUTSIDE, steps=[{"wait_for": "Hello"}, {"speak": "Workshop."}, {"wait": 8}, {"hang_up": True}])
        call = await house.dial()
        await house.advance(2)
        house.exchange.speak(call, "Hello?")
        await house.advance(0.1)
        assert heard(call) == [(OUTSIDE, "Workshop.")]
        await house.advance(10)
        leg = next(each for each in house.world.calls.values() if each.parent_sid == call.sid)
        assert (leg.direction, leg.status) == ("outbound-dial", CallStatus.COMPLETED)
        asked = house.app.to("/voice/dialled")[0]
        facts = (asked["DialCallStatus"], asked["DialBridged"], asked["DialCallSid"], asked["DialCallDuration"])
        assert facts == ("completed", "true", leg.sid, "8")
        assert said(call) == ["Thank you."]
        progress = sorted(house.app.to("/voice/leg"), key=lambda each: int(each["SequenceNumber"]))
        assert [each["CallStatus"] for each in progress] == ["initiated", "ringing", "in-progress", "completed"]
        assert {each["ParentCallSid"] for each in progress} == {call.sid}


async def test_nobody_answering_busy_and_unknown_are_told_apart() -> None:
    for behaviour, expected in (("ignore", "no-answer"), ("reject", "busy")):
        async with rig(dialling(f"<Number>{OUTSIDE}</Number>")) as house:
            phone(house, OUTSIDE, behaviour)
            await house.dial()
            await house.advance(21)
            asked = house.app.to("/voice/dialled")[0]
            assert (asked["DialCallStatus"], asked["DialBridged"]) == (expected, "false")
    async with rig(dialling("<Client>nobody_here</Client>")) as house:
        await house.dial()
        await house.advance(0.1)
        assert house.app.to("/voice/dialled")[0]["DialCallStatus"] == "no-answer"


async def test_several_ring_together_and_the_first_to_answer_wins() -> None:
    async with rig(dialling(f"<Number>{OUTSIDE}</Number><Number>{OTHER}</Number>")) as house:
        phone(house, OUTSIDE, after=5)
        phone(house, OTHER, after=3)
        call = await house.dial()
        await house.advance(6)
        legs = {each.called: each.status for each in house.world.calls.values() if each.parent_sid == call.sid}
        assert legs == {OUTSIDE: CallStatus.CANCELED, OTHER: CallStatus.IN_PROGRESS}


async def test_in_sequence_the_next_rings_when_the_one_before_did_not_answer() -> None:
    async with rig(dialling(f"<Number>{OUTSIDE}</Number><Number>{OTHER}</Number>", 'sequential="true"')) as house:
        phone(house, OUTSIDE, "ignore")
        phone(house, OTHER, after=1)
        call = await house.dial()
        await house.advance(19)
        assert [each.status for each in house.world.calls.values() if each.called == OTHER] == [CallStatus.QUEUED]
        await house.advance(3)
        assert [each.status for each in house.world.calls.values() if each.called == OTHER] == [CallStatus.IN_PROGRESS]
        assert call.path is not None


async def test_the_caller_hanging_up_ends_the_other_leg_and_is_told() -> None:
    async with rig(dialling(f"<Number>{OUTSIDE}</Number>")) as house:
        phone(house, OUTSIDE)
        call = await house.dial()
        await house.advance(5)
        house.exchange.hang_up(call)
        await house.advance(1)
        assert all(each.status is CallStatus.COMPLETED for each in house.world.calls.values())
        assert house.app.to("/voice/dialled")[0]["CallStatus"] == "completed"
        assert said(call) == []


async def test_a_whisper_is_heard_by_the_called_party_before_the_bridge_and_may_refuse_it() -> None:
    number = f'<Number url="/voice/whisper">{OUTSIDE}</Number>'
    whisper = '<Gather numDigits="1" action="/voice/taken" timeout="5"><Say>Press 1 to take the call.</Say></Gather><Hangup/>'
    for keys, bridged in (([{"wait_for": "Press 1"}, {"press": "1"}], True), ([], False)):
        async with rig(dialling(number, whisper=whisper, taken="")) as house:
            phone(house, OUTSIDE, after=1, steps=list(keys))
            call = await house.dial()
            await house.advance(3)
            assert (call.path is not None) is bridged
            await house.advance(30)
            assert bool(house.app.to("/voice/dialled")) is not bridged


async def test_without_an_action_the_next_verb_follows() -> None:
    async with rig({"/voice/in": f'<Dial timeout="5">{OUTSIDE}</Dial><Say>Nobody is there.</Say>'}) as house:
        call = await house.dial()
        await house.advance(6)
        assert said(call) == ["Nobody is there."]


async def test_a_call_answered_on_bridge_rings_until_then() -> None:
    async with rig(dialling(f"<Number>{OUTSIDE}</Number>", 'answerOnBridge="true"')) as house:
        phone(house, OUTSIDE, after=4)
        call = await house.dial()
        await house.advance(3)
        assert call.status is CallStatus.RINGING
        await house.advance(2)
        assert str(call.status) == "in-progress"


async def test_a_recorded_bridge_tells_its_recording() -> None:
    attributes = 'record="record-from-answer-dual" recordingStatusCallback="/voice/recorded"'
    async with rig(dialling(f"<Number>{OUTSIDE}</Number>", attributes)) as house:
        phone(house, OUTSIDE, after=1, steps=[{"wait": 5}, {"hang_up": True}])
        await house.dial()
        await house.advance(10)
        recorded = house.app.to("/voice/recorded")[0]
        assert (recorded["RecordingStatus"], recorded["RecordingChannels"], recorded["RecordingDuration"]) == ("completed", "2", "5")
        assert house.app.to("/voice/dialled")[0]["RecordingUrl"] == recorded["RecordingUrl"]
