"""Conferences, participants and recordings over REST."""

from __future__ import annotations

import aiohttp
import pytest

from simulator.engine.models import Call, CallStatus
from simulator.scripts import ScriptedPhone
from tests.simulator.rest_client import HOUSE, OUTSIDE, client, queued, refused, run
from tests.simulator.rig import ACCOUNT, LINE, TOKEN, Rig, heard, rig


async def in_conference(house: Rig) -> tuple[Call, Call]:
    customer = await queued(house)
    agent = house.exchange.call_from_client("agent_7", {}, None)
    await run(lambda: client(house).calls(customer.sid).update(url=f"{house.app.url}/voice/join"))
    await house.advance(0.1)
    return customer, agent


async def test_participants_are_listed_muted_held_coached_and_removed() -> None:
    async with rig(HOUSE) as house:
        (customer, agent), rest = await in_conference(house), client(house)
        conference = (await run(lambda: rest.conferences.list(friendly_name="call-1", status="in-progress")))[0]
        people = {each.label: each for each in await run(lambda: conference.participants.list())}
        assert {label: each.call_sid for label, each in people.items()} == {"customer": customer.sid, "agent": agent.sid}
        changed = await run(lambda: people["customer"].update(hold=True, hold_url=f"{house.app.url}/voice/wait"))
        assert (changed.hold, changed.muted) == (True, False)
        assert [each.label for each in await run(lambda: conference.participants.list(hold=True))] == ["customer"]
        await run(lambda: conference.participants("customer").update(hold=False, muted=True, end_conference_on_exit=True))
        found = await run(lambda: conference.participants(customer.sid).fetch())
        assert (found.hold, found.muted, found.end_conference_on_exit) == (False, True, True)
        coached = await run(lambda: people["agent"].update(coaching=True, call_sid_to_coach=customer.sid))
        assert (coached.coaching, coached.call_sid_to_coach) == (True, customer.sid)
        assert await refused(lambda: people["agent"].update(coaching=True)) == (400, 16026)
        await run(lambda: people["agent"].delete())
        await house.advance(0.1)
        assert agent.status is CallStatus.COMPLETED
        assert await refused(lambda: people["agent"].fetch()) == (404, 20404)


async def test_ending_a_conference_puts_everybody_out() -> None:
    async with rig(HOUSE) as house:
        (customer, agent), rest = await in_conference(house), client(house)
        conference = (await run(lambda: rest.conferences.list()))[0]
        ended = await run(lambda: rest.conferences(conference.sid).update(status="completed"))
        assert (ended.status, ended.reason_conference_ended) == ("completed", "conference-ended-via-api")
        await house.advance(0.1)
        assert {customer.status, agent.status} == {CallStatus.COMPLETED}
        assert await run(lambda: rest.conferences.list(status="in-progress")) == []


async def test_somebody_is_rung_into_a_conference_and_heard_there() -> None:
    async with rig(HOUSE) as house:
        customer, _ = await in_conference(house)
        house.world.device_attached(OUTSIDE, ScriptedPhone(house.exchange, "answer", 1, [{"wait": 1}, {"speak": "Expert here."}]))
        participants = client(house).conferences("call-1").participants
        made = await run(
            lambda: participants.create(from_=LINE, to=OUTSIDE, label="expert", early_media=True, end_conference_on_exit=False)
        )
        assert (made.label, made.status) == ("expert", "ringing")
        assert await refused(lambda: participants.create(from_=LINE, to=OUTSIDE, label="expert")) == (400, 16025)
        await house.advance(4)
        assert heard(customer) == [("expert", "Expert here.")]


async def test_an_invitation_nobody_takes_leaves_as_add_failed() -> None:
    async with rig(HOUSE) as house:
        callback = f"{house.app.url}/voice/conference"
        participants = client(house).conferences("consult").participants
        await run(
            lambda: participants.create(
                from_=LINE,
                to=OUTSIDE,
                timeout=10,
                conference_status_callback=callback,
                conference_status_callback_event=["join", "leave", "end"],
            )
        )
        await house.advance(12)
        left = next(each for each in house.app.to("/voice/conference") if each["StatusCallbackEvent"] == "participant-leave")
        assert (left["ReasonParticipantLeft"], left["ParticipantCallStatus"]) == ("participant_add_failed", "no-answer")


@pytest.mark.parametrize(("behaviour", "answered_by"), [("answer", "human"), ("machine", "machine_start")])
async def test_machine_detection_tells_who_answered(behaviour: str, answered_by: str) -> None:
    async with rig(HOUSE) as house:
        house.world.device_attached(OUTSIDE, ScriptedPhone(house.exchange, behaviour, 1, []))
        participants = client(house).conferences("call-back").participants
        made = await run(
            lambda: participants.create(
                from_=LINE, to=OUTSIDE, machine_detection="Enable", amd_status_callback=f"{house.app.url}/voice/machine?call=7"
            )
        )
        await house.advance(2)
        assert house.app.to("/voice/machine") == []
        await house.advance(3)
        told = house.app.to("/voice/machine")[0]
        assert (told["CallSid"], told["AnsweredBy"], told.query) == (made.call_sid, answered_by, {"call": "7"})
        assert (await run(lambda: client(house).calls(made.call_sid).fetch())).answered_by == answered_by
        assert await refused(lambda: participants.create(from_=LINE, to=OUTSIDE, machine_detection="Perhaps")) == (400, 20001)


async def test_recordings_are_started_paused_listed_and_downloaded() -> None:
    async with rig(HOUSE) as house:
        call, rest = await queued(house), client(house)
        made = await run(lambda: rest.calls(call.sid).recordings.create(recording_channels="dual"))
        await house.advance(4)
        paused = await run(lambda: rest.calls(call.sid).recordings("Twilio.CURRENT").update(status="paused"))
        assert (paused.sid, paused.status, paused.channels) == (made.sid, "paused", 2)
        await house.advance(5)
        await run(lambda: rest.calls(call.sid).recordings(made.sid).update(status="in-progress"))
        house.exchange.hang_up(call)
        url = f"{house.url}/2010-04-01/Accounts/{ACCOUNT}/Recordings/{made.sid}.wav"
        async with aiohttp.ClientSession(auth=aiohttp.BasicAuth(ACCOUNT, TOKEN)) as session:
            async with session.get(url) as early:
                assert early.status == 404
            await house.advance(2)
            async with session.get(url) as ready:
                assert (ready.status, ready.content_type) == (200, "audio/x-wav")
                assert (await ready.read())[:4] == b"RIFF"
        async with aiohttp.ClientSession() as stranger, stranger.get(url) as closed:
            assert closed.status == 401
        found = (await run(lambda: rest.recordings.list(call_sid=call.sid)))[0]
        assert (found.status, found.duration) == ("completed", "4")
        await run(lambda: rest.recordings(made.sid).delete())
        assert await refused(lambda: rest.recordings(made.sid).fetch()) == (404, 20404)
