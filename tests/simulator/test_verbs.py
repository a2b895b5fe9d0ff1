"""Every verb, one at a time."""

from __future__ import annotations

import pytest

from simulator.engine.models import CallStatus
from simulator.engine.recordings import speech_seconds
from simulator.engine.session import CANNED_ERROR
from tests.simulator.rig import CUSTOMER, LINE, Reply, kinds, rig, said


async def test_the_first_request_names_the_call_as_twilio_does() -> None:
    async with rig({"/voice/in": "<Pause/>"}) as house:
        call = await house.dial()
        asked = house.app.to("/voice/in")[0]
        assert asked.method == "POST"
        facts = {name: asked[name] for name in ("CallSid", "From", "To", "CallStatus", "Direction", "ApiVersion", "Caller", "Called")}
        assert facts == {
            "CallSid": call.sid,
            "From": CUSTOMER,
            "To": LINE,
            "CallStatus": "ringing",
            "Direction": "inbound",
            "ApiVersion": "2010-04-01",
            "Caller": CUSTOMER,
            "Called": LINE,
        }
        assert len(call.sid) == 34
        assert asked.headers["I-Twilio-Idempotency-Token"]


async def test_a_said_line_takes_its_time_and_running_out_of_verbs_ends_the_call() -> None:
    async with rig({"/voice/in": "<Say>Hello there.</Say><Say language='zh-CN'>你好</Say>"}) as house:
        call = await house.dial()
        assert said(call) == ["Hello there."]
        assert call.status is CallStatus.IN_PROGRESS
        await house.advance(speech_seconds("Hello there.") + 0.01)
        assert said(call) == ["Hello there.", "你好"]
        await house.advance(speech_seconds("你好"))
        assert call.status is CallStatus.COMPLETED
        done = house.app.to("/voice/status")
        assert [each["CallStatus"] for each in done] == ["completed"]
        assert done[0]["CallDuration"] == "2"
        assert done[0]["SequenceNumber"] == "2"
        assert done[0]["Timestamp"].endswith("+0000")


async def test_hangup_ends_the_call_before_later_verbs() -> None:
    async with rig({"/voice/in": "<Say>Bye.</Say><Hangup/><Say>Never.</Say>"}) as house:
        call = await house.dial()
        await house.advance(5)
        assert said(call) == ["Bye."]
        assert call.status is CallStatus.COMPLETED


@pytest.mark.parametrize(("reason", "status"), [("", CallStatus.NO_ANSWER), (' reason="busy"', CallStatus.BUSY)])
async def test_reject_refuses_a_call_without_answering_it(reason: str, status: CallStatus) -> None:
    async with rig({"/voice/in": f"<Reject{reason}/>"}) as house:
        call = await house.dial()
        await house.advance(1)
        assert call.status is status
        assert call.started is None


async def test_redirect_goes_on_at_a_relative_address_with_its_method() -> None:
    replies: dict[str, Reply] = {"/voice/in": '<Redirect method="GET">next?x=%C3%A9</Redirect>', "/voice/next": "<Say>Here.</Say>"}
    async with rig(replies) as house:
        call = await house.dial()
        await house.advance(0.1)
        asked = house.app.to("/voice/next")[0]
        assert (asked.method, asked["x"], asked["CallSid"]) == ("GET", "é", call.sid)
        assert said(call) == ["Here."]


async def test_a_static_file_is_music_and_loops_until_the_end() -> None:
    async with rig({"/voice/in": '<Play loop="3">/static/hold.mp3</Play>'}) as house:
        call = await house.dial()
        await house.advance(60)
        plays = [line for line in call.transcript if line["kind"] == "play"]
        assert [(line["url"], line["music"]) for line in plays] == [(f"{house.app.url}/static/hold.mp3", True)] * 3


MENU = '<Gather numDigits="1" action="/voice/menu" timeout="4"><Say>Press a key, any key at all.</Say></Gather><Say>Too late.</Say>'


async def test_a_key_interrupts_the_prompt_and_is_posted() -> None:
    async with rig({"/voice/in": MENU, "/voice/menu": "<Say>Thanks.</Say>"}) as house:
        call = await house.dial()
        house.exchange.press(call, "2")
        await house.advance(0.1)
        assert house.app.to("/voice/menu")[0]["Digits"] == "2"
        assert said(call)[-1] == "Thanks."


async def test_the_time_out_counts_from_the_end_of_the_prompt_and_falls_through() -> None:
    async with rig({"/voice/in": MENU}) as house:
        call = await house.dial()
        await house.advance(speech_seconds("Press a key, any key at all.") + 3.9)
        assert said(call)[-1] != "Too late."
        await house.advance(0.2)
        assert said(call)[-1] == "Too late."
        assert house.app.to("/voice/menu") == []


async def test_digits_end_with_the_finish_key_which_is_not_part_of_them() -> None:
    async with rig({"/voice/in": '<Gather action="/voice/menu"/>', "/voice/menu": "<Hangup/>"}) as house:
        call = await house.dial()
        house.exchange.press(call, "42#")
        await house.advance(0.1)
        asked = house.app.to("/voice/menu")[0]
        assert (asked["Digits"], asked["FinishedOnKey"]) == ("42", "#")


async def test_digits_without_a_finish_key_are_posted_after_the_time_out() -> None:
    async with rig({"/voice/in": '<Gather action="/voice/menu" timeout="3" finishOnKey=""/>', "/voice/menu": "<Hangup/>"}) as house:
        call = await house.dial()
        house.exchange.press(call, "7")
        await house.advance(2)
        house.exchange.press(call, "#")
        await house.advance(2.9)
        assert house.app.to("/voice/menu") == []
        await house.advance(0.2)
        assert house.app.to("/voice/menu")[0]["Digits"] == "7#"


async def test_speech_is_posted_with_confidence_and_keys_are_ignored_where_not_wanted() -> None:
    async with rig({"/voice/in": '<Gather input="speech" language="de-DE" action="/voice/menu"/>', "/voice/menu": "<Hangup/>"}) as house:
        call = await house.dial()
        house.exchange.press(call, "1")
        house.exchange.speak(call, "Meine Heizung ist kalt")
        await house.advance(0.1)
        asked = house.app.to("/voice/menu")[0]
        assert asked["SpeechResult"] == "Meine Heizung ist kalt"
        assert float(asked["Confidence"]) > 0.5
        assert "Digits" not in asked.parameters


async def test_an_empty_result_is_posted_only_when_asked_for() -> None:
    async with rig(
        {"/voice/in": '<Gather action="/voice/menu" timeout="2" actionOnEmptyResult="true"/>', "/voice/menu": "<Hangup/>"}
    ) as house:
        await house.dial()
        await house.advance(2.1)
        assert house.app.to("/voice/menu")[0]["Digits"] == ""


async def test_a_gather_without_action_asks_its_own_document_again() -> None:
    async with rig({"/voice/in": '<Gather numDigits="1"/>'}) as house:
        call = await house.dial()
        house.exchange.press(call, "5")
        await house.advance(0.1)
        assert [each.parameters.get("Digits") for each in house.app.to("/voice/in")] == [None, "5"]


async def test_keys_from_before_a_gather_do_not_count() -> None:
    replies: dict[str, Reply] = {"/voice/in": '<Say>Wait.</Say><Gather numDigits="1" action="/voice/menu"/>', "/voice/menu": "<Hangup/>"}
    async with rig(replies) as house:
        call = await house.dial()
        house.exchange.press(call, "9")
        await house.advance(speech_seconds("Wait.") + 0.1)
        assert house.app.to("/voice/menu") == []
        house.exchange.press(call, "1")
        await house.advance(0.1)
        assert house.app.to("/voice/menu")[0]["Digits"] == "1"


async def test_a_caller_who_hangs_up_ends_the_instructions() -> None:
    async with rig({"/voice/in": '<Pause length="60"/><Say>Never.</Say>'}) as house:
        call = await house.dial()
        # A leading pause does not answer the call yet.
        assert call.status is CallStatus.RINGING
        house.exchange.hang_up(call)
        await house.advance(61)
        assert said(call) == []
        assert call.status is CallStatus.CANCELED


async def test_refused_twiml_goes_to_the_fallback_with_code_and_address() -> None:
    async with rig({"/voice/in": '<Enqueue priority="1">q</Enqueue>', "/voice/fallback": "<Say>One moment.</Say>"}) as house:
        call = await house.dial()
        asked = house.app.to("/voice/fallback")[0]
        assert (asked["ErrorCode"], asked["ErrorUrl"]) == ("12200", f"{house.app.url}/voice/in")
        assert said(call) == ["One moment."]
        assert house.alerts() == [12200]


async def test_when_the_fallback_fails_too_the_caller_hears_the_canned_error() -> None:
    async with rig({"/voice/in": 500, "/voice/fallback": 500}) as house:
        call = await house.dial()
        assert said(call) == [CANNED_ERROR]
        await house.advance(10)
        assert call.status is CallStatus.COMPLETED
        assert house.alerts() == [11200, 11200]


async def test_a_verb_the_simulator_does_not_carry_is_said_so() -> None:
    async with rig({"/voice/in": "<Echo/>", "/voice/fallback": "<Hangup/>"}) as house:
        await house.dial()
        await house.advance(1)
        assert "does not carry <Echo>" in house.world.journal.alerts[0].message
        assert house.app.to("/voice/fallback")[0]["ErrorCode"] == "12200"


async def test_a_withheld_number_and_an_unknown_line_reach_the_app() -> None:
    async with rig({"/voice/in": "<Say>Hello.</Say>"}) as house:
        call = house.exchange.call_in("anonymous", "+15005550099")
        await house.advance(0.1)
        assert (house.app.to("/voice/in")[0]["From"], house.app.to("/voice/in")[0]["To"]) == ("anonymous", "+15005550099")
        assert "say" in kinds(call)
