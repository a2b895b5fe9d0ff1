"""Softphones over the websocket, with tokens made by twilio-python."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import jwt
import pytest
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from simulator.engine.models import CallStatus
from simulator.scripted import Agent
from tests.simulator.rig import ACCOUNT, APPLICATION, CUSTOMER, LINE, TOKEN, heard, rig

ROOM = '<Dial><Conference participantLabel="agent" beep="false">call-1</Conference></Dial>'
CUSTOMER_ROOM = ROOM.replace('"agent"', '"customer"')
OFFER = (
    '<Dial timeout="10" action="/voice/dialled"><Client><Identity>agent_7</Identity><Parameter name="ticket" value="42"/></Client></Dial>'
)

KEY_SECRET = "secret-of-the-api-key-of-thirty-two-bytes"


def token(
    identity: str = "agent_7", *, secret: str = TOKEN, key: str = "SK" + "1" * 32, ttl: int = 3600, application: str = APPLICATION
) -> str:
    made = AccessToken(ACCOUNT, key, secret, identity=identity, ttl=ttl)
    made.add_grant(VoiceGrant(incoming_allow=True, outgoing_application_sid=application))
    return str(made.to_jwt())


async def test_an_agent_registers_calls_the_application_and_talks() -> None:
    async with rig({"/voice/agent": ROOM, "/voice/in": CUSTOMER_ROOM}) as house, Agent(house.url, token()) as agent:
        await agent.register()
        assert agent.identity == "agent_7"
        customer = await house.dial()
        call = await agent.connect({"join": "t0ken", "From": "client:somebody_else"})
        await call.until("open")
        asked = house.app.to("/voice/agent")[0]
        assert (asked["join"], asked["From"], asked["ApplicationSid"]) == ("t0ken", "client:agent_7", APPLICATION)
        house.exchange.speak(customer, "Is anybody there?")
        await call.heard("Is anybody there?")
        assert call.captions == [("customer", "Is anybody there?")]
        await call.speak("Good morning.")
        await house.world.until(lambda: heard(customer) == [("agent", "Good morning.")])
        await call.mute()
        await call.speak("Not heard.")
        await call.mute(False)
        await call.speak("Heard.")
        await house.world.until(lambda: len(heard(customer)) == 2)
        assert heard(customer)[1] == ("agent", "Heard.")
        await call.hang_up()
        await call.until("closed")
        await house.advance(0.1)
        assert [each["CallStatus"] for each in house.app.to("/voice/status")] == ["completed"]


async def test_an_incoming_call_rings_with_its_parameters_and_is_accepted() -> None:
    async with rig({"/voice/in": OFFER}) as house, Agent(house.url, token()) as agent:
        await agent.register()
        customer = await house.dial()
        offered = await asyncio.wait_for(agent.incoming.get(), 5)
        assert (offered.parameters["From"], offered.custom) == (CUSTOMER, {"ticket": "42"})
        await offered.accept()
        await offered.until("open")
        await house.world.until(lambda: customer.path is not None)
        house.exchange.speak(customer, "Hello.")
        await offered.heard("Hello.")
        house.exchange.hang_up(customer)
        await offered.until("closed")


async def test_a_rejected_offer_is_busy_and_an_unanswered_one_is_taken_back() -> None:
    async with rig({"/voice/in": OFFER}) as house, Agent(house.url, token()) as agent:
        await agent.register()
        await house.dial()
        await (await asyncio.wait_for(agent.incoming.get(), 5)).reject()
        assert (await house.app.got("/voice/dialled"))["DialCallStatus"] == "busy"
        await house.dial("+4915100000002")
        offered = await asyncio.wait_for(agent.incoming.get(), 5)
        await house.advance(11)
        await offered.until("closed")
        assert house.app.to("/voice/dialled")[1]["DialCallStatus"] == "no-answer"


async def test_all_devices_of_an_identity_ring_and_the_first_takes_it() -> None:
    async with rig({"/voice/in": OFFER}) as house, Agent(house.url, token()) as one, Agent(house.url, token()) as two:
        await one.register()
        await two.register()
        await house.dial()
        first, second = await asyncio.wait_for(one.incoming.get(), 5), await asyncio.wait_for(two.incoming.get(), 5)
        await second.accept()
        await second.until("open")
        await first.until("closed")


async def test_a_second_call_to_a_busy_device_is_silently_ignored() -> None:
    async with rig({"/voice/in": OFFER}) as house, Agent(house.url, token()) as agent:
        await agent.register()
        await house.dial()
        await (await asyncio.wait_for(agent.incoming.get(), 5)).accept()
        await house.dial("+4915100000002")
        await house.advance(11)
        assert agent.incoming.empty()
        assert house.app.to("/voice/dialled")[0]["DialCallStatus"] == "no-answer"


async def test_closing_the_browser_ends_its_call_and_frees_the_identity() -> None:
    async with rig({"/voice/agent": ROOM}) as house:
        async with Agent(house.url, token()) as agent:
            await agent.register()
            call = await agent.connect({})
            await call.until("open")
        await house.world.until(lambda: house.world.calls[call.sid].status is CallStatus.COMPLETED)
        assert house.world.devices == {}


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("not a token", 20101),
        (token(secret="somebody-elses-secret-of-thirty-two-bytes"), 20103),
        (token(ttl=-10), 20104),
        (token(identity="agent 7"), 20101),
        (jwt.encode({"sub": ACCOUNT, "exp": 9999999999, "grants": {"identity": "a"}}, TOKEN, headers={"cty": "twilio-fpa;v=1"}), 20106),
        (jwt.encode({"sub": ACCOUNT, "exp": 9999999999}, TOKEN), 20101),
    ],
)
async def test_a_token_the_carrier_would_refuse_is_refused(bad: str, code: int) -> None:
    async with rig() as house, Agent(house.url, bad) as agent:
        with pytest.raises(PermissionError, match=str(code)):
            await agent.register()
        await agent.connect({})
        await agent.until(lambda: len(agent.errors) == 2, 5)
        assert agent.errors[1]["code"] == 31204


async def test_a_token_of_the_api_key_needs_the_keys_secret() -> None:
    async with rig(api_key="SK" + "1" * 32, api_secret=KEY_SECRET) as house:
        async with Agent(house.url, token(secret=KEY_SECRET)) as agent:
            await agent.register()
        async with Agent(house.url, token()) as agent:
            with pytest.raises(PermissionError, match="20103"):
                await agent.register()


async def test_a_token_for_another_application_cannot_call() -> None:
    async with rig() as house, Agent(house.url, token(application="AP" + "b" * 32)) as agent:
        await agent.register()
        call = await agent.connect({})
        await call.until("closed")
        assert agent.errors[0]["code"] == 31201


async def test_an_expiring_token_warns_and_a_new_one_keeps_the_device() -> None:
    async with rig() as house, Agent(house.url, token(ttl=11)) as agent:
        await agent.register()
        began = time.monotonic()
        await agent.until(lambda: agent.token_will_expire == 1, 5)
        assert time.monotonic() - began < 3
        await agent.register(token())
        assert house.world.devices_for("client:agent_7")


async def test_only_the_apps_and_our_own_pages_may_open_a_socket() -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        for origin, allowed in (
            (house.app.url, True),
            (house.app.url.replace("127.0.0.1", "localhost"), True),
            ("http://evil.example", False),
        ):
            if allowed:
                async with session.ws_connect(f"{house.url}/device", headers={"Origin": origin}) as socket:
                    assert not socket.closed
                continue
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{house.url}/device", headers={"Origin": origin})
            assert refused.value.status == 403


async def test_what_is_not_understood_is_answered_with_an_error() -> None:
    async with rig() as house, aiohttp.ClientSession() as session, session.ws_connect(f"{house.url}/device") as socket:
        for text in ("[1]", "{", '{"type": "dance"}', '{"type": "accept", "callSid": "CA1"}'):
            await socket.send_str(text)
            assert (await socket.receive_json(timeout=5))["type"] == "error"


async def test_a_line_rings_only_devices_of_its_own_address() -> None:
    async with rig({"/voice/in": OFFER}) as house, Agent(house.url, token("agent_8")) as other:
        await other.register()
        await house.dial(LINE)
        await house.advance(1)
        assert other.incoming.empty()
        assert house.app.to("/voice/dialled")[0]["DialCallStatus"] == "no-answer"
