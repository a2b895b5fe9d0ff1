"""One call from end to end: in, menu, queue, redirect, conference with a softphone's leg, hang up."""

from __future__ import annotations

from simulator.engine.models import Fetch
from tests.simulator.rig import Reply, heard, rig, said

AGENT_ROOM = (
    '<Dial><Conference participantLabel="agent_7" endConferenceOnExit="false" beep="false" waitUrl="" statusCallback="/voice/conference"'
    ' statusCallbackEvent="start end join leave mute hold">call-1</Conference></Dial>'
)
CUSTOMER_ROOM = (
    '<Dial action="/voice/after"><Conference participantLabel="customer" endConferenceOnExit="true" beep="false">call-1</Conference></Dial>'
)
HOUSE: dict[str, Reply] = {
    "/voice/in": '<Gather numDigits="1" action="/voice/menu"><Say>Press 1 for repairs.</Say></Gather><Say>Goodbye.</Say>',
    "/voice/menu": '<Enqueue action="/voice/queue-left" waitUrl="/voice/wait">repairs</Enqueue>',
    "/voice/wait": '<Say>You are next.</Say><Pause length="20"/>',
    "/voice/agent": AGENT_ROOM,
    "/voice/caller-join": CUSTOMER_ROOM,
}


async def test_a_call_goes_from_the_menu_through_the_queue_into_a_conference_and_ends() -> None:
    async with rig(HOUSE) as house:
        call = await house.dial()
        assert said(call) == ["Press 1 for repairs."]
        house.exchange.press(call, "1")
        await house.advance(1)
        assert house.app.to("/voice/menu")[0]["Digits"] == "1"
        assert house.app.to("/voice/wait")[0]["QueuePosition"] == "1"
        await house.advance(25)
        assert len(house.app.to("/voice/wait")) == 2

        agent = house.exchange.call_from_client("agent_7", {"join": "t0ken"}, None)
        await house.advance(1)
        joined = house.app.to("/voice/agent")[0]
        assert (joined["From"], joined["join"]) == ("client:agent_7", "t0ken")
        assert house.app.events("/voice/conference") == ["participant-join"]

        assert call.control is not None
        queue = next(iter(house.world.queues.values()))
        assert queue.members[0].call is call
        call.control.redirect(Fetch(f"{house.app.url}/voice/caller-join"))
        await house.advance(1)
        assert house.app.to("/voice/queue-left")[0]["QueueResult"] == "redirected"
        assert house.app.events("/voice/conference") == ["participant-join", "participant-join", "conference-start"]

        house.exchange.speak(call, "My boiler is cold.")
        house.exchange.speak(agent, "I can help.")
        assert heard(agent) == [("customer", "My boiler is cold.")]
        assert heard(call) == [("agent_7", "I can help.")]

        house.exchange.hang_up(call)
        await house.advance(1)
        assert sorted(house.app.events("/voice/conference")[3:]) == ["conference-end", "participant-leave", "participant-leave"]
        ended = next(each for each in house.app.to("/voice/conference") if each["StatusCallbackEvent"] == "conference-end")
        assert ended["ReasonConferenceEnded"] == "participant-with-end-conference-on-exit-left"
        done = [each for each in house.app.to("/voice/status") if each["CallSid"] == call.sid]
        assert [each["CallStatus"] for each in done] == ["completed"]
        assert agent.status == "completed"
