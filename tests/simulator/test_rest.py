"""REST, through twilio-python's own client with only its host rewritten."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from simulator.engine import legs
from simulator.engine.models import CallStatus
from simulator.scripts import ScriptedPhone
from tests.simulator.rest_client import HOUSE, OUTSIDE, client, queued, refused, run
from tests.simulator.rig import ACCOUNT, LINE, TOKEN, rig, said


async def test_a_member_is_found_and_redirected_out_of_its_queue() -> None:
    async with rig(HOUSE) as house:
        call, rest = await queued(house), client(house)
        queue = (await run(lambda: rest.queues.list()))[0]
        assert (queue.friendly_name, queue.current_size, queue.max_size) == ("repairs", 1, 1000)
        member = (await run(lambda: queue.members.list()))[0]
        assert (member.call_sid, member.position, member.wait_time) == (call.sid, 1, 3)
        assert (await run(lambda: queue.members("Front").fetch())).call_sid == call.sid
        await run(lambda: queue.members(call.sid).update(url=f"{house.app.url}/voice/join", method="POST"))
        await house.advance(0.1)
        assert house.app.to("/voice/left")[0]["QueueResult"] == "redirected"
        assert len(house.app.to("/voice/join")) == 1
        assert await refused(lambda: queue.members(call.sid).update(url=f"{house.app.url}/voice/join")) == (404, 20404)


async def test_a_call_is_fetched_listed_redirected_and_ended() -> None:
    async with rig(HOUSE) as house:
        call, rest = await queued(house), client(house)
        found = await run(lambda: rest.calls(call.sid).fetch())
        assert (found.status, found.direction, found._from, found.to, found.sid) == ("in-progress", "inbound", call.caller, LINE, call.sid)
        assert found.start_time is not None
        assert [each.sid for each in await run(lambda: rest.calls.list(status="in-progress"))] == [call.sid]
        await run(lambda: rest.calls(call.sid).update(twiml="<Response><Say>Inline.</Say><Pause length='9'/></Response>"))
        await house.advance(0.1)
        assert said(call) == ["Inline."]
        await run(lambda: rest.calls(call.sid).update(status="completed"))
        assert call.status is CallStatus.COMPLETED
        found = await run(lambda: rest.calls(call.sid).fetch())
        assert (found.status, int(found.duration) >= 3) == ("completed", True)


async def test_a_call_that_is_over_cannot_be_redirected_or_ended() -> None:
    async with rig(HOUSE) as house:
        call, rest = await queued(house), client(house)
        house.exchange.hang_up(call)
        assert await refused(lambda: rest.calls(call.sid).update(url=f"{house.app.url}/voice/join")) == (400, 21220)
        assert await refused(lambda: rest.calls(call.sid).update(status="completed")) == (400, 21220)
        assert await refused(lambda: rest.calls("CA" + "0" * 32).update(status="completed")) == (404, 20404)


async def test_a_ringing_call_is_not_in_progress_and_can_be_canceled() -> None:
    async with rig(HOUSE) as house:
        rest = client(house)
        house.world.device_attached(OUTSIDE, ScriptedPhone(house.exchange, "ignore", 0, []))
        made = await run(lambda: rest.calls.create(to=OUTSIDE, from_=LINE, url=f"{house.app.url}/voice/out"))
        assert made.status == "queued"
        await house.advance(1)
        assert (await run(lambda: rest.calls(made.sid).fetch())).status == "ringing"
        assert await refused(lambda: rest.calls(made.sid).update(url=f"{house.app.url}/voice/join")) == (400, 21220)
        await run(lambda: rest.calls(made.sid).update(status="canceled"))
        assert (await run(lambda: rest.calls(made.sid).fetch())).status == "canceled"


async def test_a_call_out_reports_its_progress_and_plays_its_document() -> None:
    async with rig(HOUSE) as house:
        house.world.device_attached(OUTSIDE, ScriptedPhone(house.exchange, "answer", 2, []))
        await run(
            lambda: client(house).calls.create(
                to=OUTSIDE,
                from_=LINE,
                url=f"{house.app.url}/voice/out",
                status_callback=f"{house.app.url}/voice/progress",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
            )
        )
        await house.advance(3)
        call = next(iter(house.world.calls.values()))
        assert said(call) == ["Good day."]
        assert house.app.to("/voice/out")[0]["Direction"] == "outbound-api"
        house.exchange.hang_up(call)
        await house.advance(1)
        progress = sorted(house.app.to("/voice/progress"), key=lambda each: int(each["SequenceNumber"]))
        assert [each["CallStatus"] for each in progress] == ["initiated", "ringing", "in-progress", "completed"]


async def test_calls_out_leave_one_a_second() -> None:
    async with rig(HOUSE) as house:
        for number in ("1", "2", "3"):
            await run(lambda number=number: client(house).calls.create(to=f"+1500555100{number}", from_=LINE, twiml="<Response/>"))
        await house.advance(1.5)
        statuses = [str(call.status) for call in house.world.calls.values()]
        assert statuses == ["ringing", "ringing", "queued"]


async def test_a_call_cancelled_while_queued_tells_nobody() -> None:
    async with rig(HOUSE) as house:
        rest, callback = client(house), f"{house.app.url}/voice/progress"
        made = [
            await run(
                lambda number=number: rest.calls.create(
                    to=f"+1500555100{number}",
                    from_=LINE,
                    twiml="<Response/>",
                    status_callback=callback,
                    status_callback_event=["completed"],
                )
            )
            for number in (1, 2)
        ]
        await house.advance(0.5)
        for each in made:
            await run(lambda sid=each.sid: rest.calls(sid).update(status="canceled"))
        await house.advance(5)
        assert [(each["CallSid"], each["CallStatus"]) for each in house.app.to("/voice/progress")] == [(made[0].sid, "canceled")]


async def test_only_the_newest_of_what_is_over_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legs, "CALLS_KEPT", 5)
    async with rig({"/voice/in": "<Hangup/>"}) as house:
        for number in range(8):
            await house.dial(f"+491510000000{number}")
        assert [call.caller[-1] for call in house.world.calls.values()] == ["3", "4", "5", "6", "7"]


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"to": "0800", "from_": LINE, "twiml": "<Response/>"}, 21211),
        ({"to": OUTSIDE, "from_": "x", "twiml": "<Response/>"}, 21212),
        ({"to": OUTSIDE, "from_": "+15005550077", "twiml": "<Response/>"}, 21210),
        ({"to": OUTSIDE, "from_": LINE}, 21205),
        ({"to": OUTSIDE, "from_": LINE, "url": "/relative"}, 21205),
        ({"to": OUTSIDE, "from_": LINE, "twiml": "<Response/>", "timeout": 0}, 21402),
        ({"to": OUTSIDE, "from_": LINE, "twiml": "x" * 4001}, 21219),
    ],
)
async def test_a_call_that_cannot_be_made_says_why(named: dict[str, Any], code: int) -> None:
    async with rig() as house:
        assert await refused(lambda: client(house).calls.create(**named)) == (400, code)


async def test_numbers_are_configured_and_calls_follow() -> None:
    async with rig({"/other": "<Say>Other line.</Say>"}) as house:
        rest = client(house)
        number = (await run(lambda: rest.incoming_phone_numbers.list(phone_number=LINE)))[0]
        assert number.voice_url == f"{house.app.url}/voice/in"
        changed = await run(
            lambda: number.update(voice_url=f"{house.app.url}/other#rc=2&rp=all", friendly_name="Repairs", status_callback="")
        )
        assert (changed.friendly_name, changed.voice_url) == ("Repairs", f"{house.app.url}/other#rc=2&rp=all")
        call = await house.dial()
        assert said(call) == ["Other line."]
        made = await run(lambda: rest.incoming_phone_numbers.create(phone_number="+15005550044"))
        assert (made.capabilities["voice"], made.phone_number) == (True, "+15005550044")
        assert await refused(lambda: rest.incoming_phone_numbers.create(phone_number="+15005550044")) == (400, 21422)


async def test_queues_are_made_and_named_once() -> None:
    async with rig() as house:
        rest = client(house)
        made = await run(lambda: rest.queues.create(friendly_name="sales", max_size=5))
        assert (await run(lambda: rest.queues(made.sid).fetch())).max_size == 5
        assert await refused(lambda: rest.queues.create(friendly_name="sales")) == (400, 22003)


async def test_a_message_is_sent_and_its_delivery_reported() -> None:
    async with rig() as house:
        rest = client(house)
        made = await run(
            lambda: rest.messages.create(to=OUTSIDE, from_=LINE, body="On the way", status_callback=f"{house.app.url}/sms/status")
        )
        assert (made.status, made.num_segments) == ("queued", "1")
        await house.advance(3)
        assert sorted(each["MessageStatus"] for each in house.app.to("/sms/status")) == ["delivered", "queued", "sent"]
        assert (await run(lambda: rest.messages(made.sid).fetch())).status == "delivered"
        assert await refused(lambda: rest.messages.create(to=OUTSIDE, from_="+15005550077", body="x")) == (400, 21606)


async def test_lists_come_in_pages() -> None:
    async with rig({"/voice/in": '<Pause length="60"/>'}) as house:
        for number in range(7):
            house.exchange.call_in(f"+491510000000{number}", LINE)
        await house.advance(0.1)
        rest = client(house)
        first = await run(lambda: rest.calls.page(page_size=3))
        second = await run(first.next_page)
        assert [len(list(first)), len(list(second))] == [3, 3]
        assert len(await run(lambda: rest.calls.list(page_size=3))) == 7


async def test_only_the_account_and_its_key_are_let_in() -> None:
    async with rig(api_key="SK" + "1" * 32, api_secret="key-secret") as house:
        for name, secret in ((ACCOUNT, "older-token-still-accepted-while-rotating"), ("SK" + "1" * 32, "key-secret")):
            assert await run(lambda name=name, secret=secret: client(house, name, secret).calls.list()) == []
        for name, secret in ((ACCOUNT, "wrong"), ("SK" + "1" * 32, TOKEN)):
            assert await refused(lambda name=name, secret=secret: client(house, name, secret).queues.create(friendly_name="x")) == (
                401,
                20003,
            )


async def test_errors_have_twilios_form() -> None:
    async with rig() as house, aiohttp.ClientSession(auth=aiohttp.BasicAuth(ACCOUNT, TOKEN)) as session:
        response = await session.get(f"{house.url}/2010-04-01/Accounts/{ACCOUNT}/Nothing.json")
        assert response.status == 404
        assert await response.json() == {
            "code": 20404,
            "message": f"The requested resource /2010-04-01/Accounts/{ACCOUNT}/Nothing.json was not found",
            "more_info": "https://www.twilio.com/docs/errors/20404",
            "status": 404,
        }


async def test_chaos_answers_429_before_and_500_after_the_work() -> None:
    async with rig(HOUSE) as house:
        call, rest = await queued(house), client(house)
        house.world.chaos.load(
            {"rules": [{"step": "rest", "action": "fail", "status": 429, "path": "/Calls/", "method": "POST", "times": 1}]}
        )
        assert await refused(lambda: rest.calls(call.sid).update(status="completed")) == (429, 20429)
        assert call.status is CallStatus.IN_PROGRESS
        house.world.chaos.load({"rules": [{"step": "rest", "action": "fail_after", "status": 500, "path": "/Calls/"}]})
        assert await refused(lambda: rest.calls(call.sid).update(status="completed")) == (500, 20500)
        assert call.status is CallStatus.COMPLETED
        house.world.chaos.load({"rules": [{"step": "rest", "action": "fail", "status": 400, "code": 21220}]})
        assert await refused(lambda: rest.calls(call.sid).fetch()) == (400, 21220)


async def test_the_dialled_side_of_a_bridge_goes_its_own_way_when_redirected() -> None:
    replies = HOUSE | {"/voice/in": f'<Dial action="/voice/dialled">{OUTSIDE}</Dial>', "/voice/dialled": "<Say>They left.</Say>"}
    async with rig(replies) as house:
        house.world.device_attached(OUTSIDE, ScriptedPhone(house.exchange, "answer", 1, []))
        call = await house.dial()
        await house.advance(2)
        leg = next(each for each in house.world.calls.values() if each.parent_sid == call.sid)
        await run(lambda: client(house).calls(leg.sid).update(url=f"{house.app.url}/voice/out"))
        await house.advance(0.5)
        assert (said(leg), said(call)) == (["Good day."], ["They left."])
        assert leg.status is CallStatus.IN_PROGRESS
