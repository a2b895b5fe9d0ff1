"""Queues: the waiting document, and every way out."""

from __future__ import annotations

import pytest

from simulator.chaos import QueueAction
from simulator.engine.models import Call, CallStatus, Fetch, Queue
from tests.simulator.rig import Reply, Rig, kinds, rig, said

ENQUEUE = '<Enqueue action="/voice/left" waitUrl="/voice/wait">repairs</Enqueue><Say>After the queue.</Say>'


def house_with(wait: Reply, **more: Reply) -> dict[str, Reply]:
    return {"/voice/in": ENQUEUE, "/voice/wait": wait, "/voice/left": "<Say>Left.</Say>", **{f"/voice/{k}": v for k, v in more.items()}}


def queue_of(house: Rig) -> Queue:
    return next(iter(house.world.queues.values()))


async def test_the_waiting_document_is_asked_again_with_position_and_times() -> None:
    async with rig(house_with('<Pause length="20"/>')) as house:
        first = await house.dial()
        await house.advance(30)
        await house.dial("+4915100000002")
        await house.advance(15)
        of_first = [each for each in house.app.to("/voice/wait") if each["CallSid"] == first.sid]
        assert [each["QueueTime"] for each in of_first] == ["0", "20", "40"]
        second = house.app.to("/voice/wait")[2]
        assert (second["QueuePosition"], second["CurrentQueueSize"], second["MaxQueueSize"]) == ("2", "2", "1000")
        assert second["QueueSid"] == queue_of(house).sid
        assert second["AvgQueueTime"] == "15"


async def test_a_waiting_document_that_takes_no_time_is_not_asked_in_a_frenzy() -> None:
    async with rig(house_with("")) as house:
        await house.dial()
        await house.advance(5)
        assert 5 <= len(house.app.to("/voice/wait")) <= 7


async def test_keys_in_the_waiting_document_lead_where_it_says_and_the_wait_goes_on() -> None:
    wait = '<Gather numDigits="1" action="/voice/key" timeout="20"/>'
    async with rig(house_with(wait, key="<Say>You will be called back.</Say>")) as house:
        call = await house.dial()
        house.exchange.press(call, "1")
        await house.advance(5)
        asked = house.app.to("/voice/key")[0]
        assert (asked["Digits"], asked["QueuePosition"]) == ("1", "1")
        assert said(call) == ["You will be called back."]
        assert len(house.app.to("/voice/wait")) == 2
        assert len(queue_of(house).members) == 1


async def test_leave_requests_the_action_with_its_result_and_plays_its_answer() -> None:
    async with rig(house_with('<Pause length="7"/><Leave/>')) as house:
        call = await house.dial()
        await house.advance(8)
        asked = house.app.to("/voice/left")[0]
        assert (asked["QueueResult"], asked["QueueTime"], asked["CallStatus"]) == ("leave", "7", "in-progress")
        assert said(call) == ["Left."]
        assert queue_of(house).members == []


async def test_leave_without_an_action_goes_on_with_the_next_verb() -> None:
    replies = house_with("<Leave/>") | {"/voice/in": '<Enqueue waitUrl="/voice/wait">repairs</Enqueue><Say>After the queue.</Say>'}
    async with rig(replies) as house:
        call = await house.dial()
        await house.advance(1)
        assert said(call) == ["After the queue."]


async def test_a_caller_hanging_up_is_told_to_the_action_whose_answer_is_not_played() -> None:
    async with rig(house_with('<Pause length="20"/>')) as house:
        call = await house.dial()
        await house.advance(3)
        house.exchange.hang_up(call)
        await house.advance(1)
        asked = house.app.to("/voice/left")[0]
        assert (asked["QueueResult"], asked["QueueTime"], asked["CallStatus"]) == ("hangup", "3", "completed")
        assert said(call) == []
        assert queue_of(house).members == []


async def test_a_waiting_document_may_hang_up() -> None:
    async with rig(house_with("<Say>We are closed.</Say><Hangup/>")) as house:
        call = await house.dial()
        await house.advance(5)
        assert call.status is CallStatus.COMPLETED
        assert [each["QueueResult"] for each in house.app.to("/voice/left")] == ["hangup"]


@pytest.mark.parametrize("wait", ["<Record/>", "<Dial><Client>agent_7</Client></Dial>", 500])
async def test_a_bad_waiting_document_is_an_error_told_to_the_action(wait: Reply) -> None:
    async with rig(house_with(wait)) as house:
        call = await house.dial()
        await house.advance(1)
        assert house.app.to("/voice/left")[0]["QueueResult"] == "error"
        assert said(call) == ["Left."]
        assert len(house.alerts()) == 1


async def test_a_full_queue_is_told_without_waiting() -> None:
    async with rig(house_with('<Pause length="20"/>')) as house:
        await house.dial()
        queue_of(house).max_size = 1
        second = await house.dial("+4915100000002")
        await house.advance(1)
        asked = house.app.to("/voice/left")[0]
        assert (asked["QueueResult"], asked["CallSid"]) == ("queue-full", second.sid)
        assert "QueueSid" not in asked.parameters


async def redirected(house: Rig, when: QueueAction) -> Call:
    house.world.chaos.queue_action = when
    call = await house.dial()
    await house.advance(4)
    assert call.control is not None
    call.control.redirect(Fetch(f"{house.app.url}/voice/elsewhere"))
    await house.advance(1)
    return call


@pytest.mark.parametrize(
    ("when", "order"),
    [
        (QueueAction.BEFORE, ["/voice/left", "/voice/elsewhere"]),
        (QueueAction.AFTER, ["/voice/elsewhere", "/voice/left"]),
        (QueueAction.NEVER, ["/voice/elsewhere"]),
    ],
)
async def test_a_redirected_member_leaves_and_the_action_comes_before_after_or_never(when: QueueAction, order: list[str]) -> None:
    async with rig(house_with('<Pause length="20"/>', elsewhere='<Say>Elsewhere.</Say><Pause length="9"/>')) as house:
        call = await redirected(house, when)
        assert [each.path for each in house.app.asked[2:]] == order
        assert said(call) == ["Elsewhere."]
        assert all(each["QueueResult"] == "redirected" and each["QueueTime"] == "4" for each in house.app.to("/voice/left"))
        assert queue_of(house).members == []


async def test_silence_and_the_carriers_music_need_no_request() -> None:
    for attribute, music in (('waitUrl=""', False), ("", True)):
        async with rig({"/voice/in": f"<Enqueue {attribute}>repairs</Enqueue>"}) as house:
            call = await house.dial()
            await house.advance(60)
            assert len(house.app.asked) == 1
            assert ("music" in kinds(call)) is music
            assert len(queue_of(house).members) == 1


async def test_dialling_a_queue_takes_its_first_member_and_both_actions_follow_the_bridge() -> None:
    replies = house_with('<Pause length="20"/>', left="<Say>Rated.</Say>")
    replies["/voice/agent"] = '<Dial action="/voice/dialled"><Queue url="/voice/hello">repairs</Queue></Dial>'
    replies["/voice/hello"] = "<Say>You are connected.</Say>"
    async with rig(replies) as house:
        caller, waiting = await house.dial(), await house.dial("+4915100000002")
        agent = house.exchange.call_from_client("agent_7", {}, None)
        await house.advance(3)
        assert said(caller) == ["You are connected."]
        assert [member.call for member in queue_of(house).members] == [waiting]
        house.exchange.speak(agent, "Good morning.")
        assert [line["text"] for line in caller.transcript if line["kind"] == "caption"] == ["Good morning."]
        house.exchange.hang_up(agent)
        await house.advance(1)
        assert house.app.to("/voice/left")[0]["QueueResult"] == "bridged"
        assert said(caller)[-1] == "Rated."


async def test_dialling_an_empty_queue_gives_up_after_the_time_out() -> None:
    async with rig({"/voice/agent": '<Dial timeout="5" action="/voice/dialled"><Queue>repairs</Queue></Dial>'}) as house:
        house.world.queues.clear()
        house.exchange.call_from_client("agent_7", {}, None)
        await house.advance(6)
        assert house.app.to("/voice/dialled")[0]["DialCallStatus"] == "failed"
