"""Delivery: time-outs, retries, fallbacks, redirects, and the chaos knobs."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from simulator.chaos import BadRule, Chaos
from simulator.engine.models import CallStatus
from simulator.webhooks import Answer, Request, WebhookFailed
from tests.simulator.rig import Reply, Rig, rig, said


async def ask(house: Rig, path: str, method: str = "POST", **parameters: str) -> Answer:
    return await house.world.webhooks.ask(Request(f"{house.app.url}{path}", method, parameters, "callback"))


def failing(times: int, status: int = 503) -> Reply:
    left = [times]

    def reply(parameters: dict[str, str]) -> Reply:
        left[0] -= 1
        return status if left[0] >= 0 else "<Say>At last.</Say>"

    return reply


async def test_an_error_to_a_callback_is_lost_without_overrides() -> None:
    async with rig({"/x": failing(1)}) as house:
        with pytest.raises(WebhookFailed) as failed:
            await ask(house, "/x")
        assert (failed.value.code, len(house.app.asked)) == (11200, 1)


async def test_overrides_buy_retries_with_one_token_and_are_neither_sent_nor_signed() -> None:
    async with rig({"/x": failing(2)}) as house:
        answer = await ask(house, "/x?a=%C3%A9%2F&b=1#rc=3&rp=all", Value="ü & +")
        assert "At last." in answer.body
        assert len(house.app.asked) == 3
        assert len({each.headers["I-Twilio-Idempotency-Token"] for each in house.app.asked}) == 1
        assert house.app.asked[0]["Value"] == "ü & +"
        assert [record.attempt for record in house.world.journal.webhooks] == [0, 1, 2]


@pytest.mark.parametrize(("policy", "asked"), [("5xx", 3), ("4xx", 1), ("ct", 1), ("4xx,5xx", 3)])
async def test_the_policy_says_which_failures_are_retried(policy: str, asked: int) -> None:
    async with rig({"/x": 503}) as house:
        with pytest.raises(WebhookFailed):
            await ask(house, f"/x#rc=2&rp={policy}")
        assert len(house.app.asked) == asked


async def test_a_refused_connection_is_retried_once_and_is_11205() -> None:
    async with rig() as house:
        with pytest.raises(WebhookFailed) as failed:
            await house.world.webhooks.ask(Request("http://127.0.0.1:1/x", "POST", {}, "callback"))
        assert failed.value.code == 11205
        assert [record.attempt for record in house.world.journal.webhooks] == [0, 1]


async def test_fifteen_seconds_without_an_answer_are_a_time_out() -> None:
    release = asyncio.Event()

    async def slow(parameters: dict[str, str]) -> web.Response:
        await release.wait()
        return web.Response(text="<Response/>", content_type="text/xml")

    async with rig({"/voice/in": lambda parameters: slow(parameters), "/voice/fallback": "<Say>Sorry.</Say>"}) as house:
        call = house.exchange.call_in("+4915112345678", "+15005550006")
        await house.app.got("/voice/in")
        await house.advance(14.9, wait=False)
        assert house.app.to("/voice/fallback") == []
        await house.advance(0.2, wait=False)
        asked = await house.app.got("/voice/fallback")
        assert asked["ErrorCode"] == "11200"
        await house.world.until(lambda: said(call) == ["Sorry."])
        release.set()


async def test_get_carries_its_parameters_in_a_signed_query() -> None:
    async with rig() as house:
        await ask(house, "/x?a=1", "GET", Digits="1 2")
        assert house.app.asked[0].query == {"a": "1", "Digits": "1 2"}


async def test_a_redirect_is_followed_and_its_new_address_signed() -> None:
    moved = web.Response(status=308, headers={"Location": "/y/"})
    async with rig({"/y": lambda parameters: web.Response(status=308, headers={"Location": "/y/"}), "/y/": "<Say>Here.</Say>"}) as house:
        answer = await ask(house, "/y", Value="kept")
        assert answer.url.endswith("/y/")
        assert house.app.asked[1]["Value"] == "kept"
        assert moved.status == 308


async def test_redirects_in_a_circle_end() -> None:
    async with rig({"/y": lambda parameters: web.Response(status=302, headers={"Location": "/y"})}) as house:
        with pytest.raises(WebhookFailed) as failed:
            await ask(house, "/y")
        assert failed.value.code == 11215


async def test_a_dropped_callback_never_arrives() -> None:
    async with rig({"/voice/in": "<Hangup/>"}) as house:
        house.world.chaos.load({"rules": [{"step": "webhook", "action": "drop", "path": "/voice/status$"}]})
        call = await house.dial()
        await house.advance(1)
        assert call.status is CallStatus.COMPLETED
        assert house.app.to("/voice/status") == []


async def test_a_duplicate_comes_twice_with_the_same_token() -> None:
    async with rig({"/voice/in": "<Hangup/>"}) as house:
        house.world.chaos.load({"rules": [{"step": "webhook", "action": "duplicate", "path": "/voice/status", "event": "completed"}]})
        await house.dial()
        await house.advance(1)
        tokens = [each.headers["I-Twilio-Idempotency-Token"] for each in house.app.to("/voice/status")]
        assert (len(tokens), len(set(tokens))) == (2, 1)


async def test_a_held_callback_is_overtaken_by_the_next() -> None:
    async with rig() as house:
        rule = {"step": "webhook", "action": "reorder", "path": "/first", "seconds": 60}
        house.world.chaos.load({"rules": [rule]})
        for path in ("/first", "/second"):
            house.world.webhooks.post(Request(f"{house.app.url}{path}", "POST", {}, "callback"))
        await house.app.got("/first")
        assert [each.path for each in house.app.asked] == ["/second", "/first"]


async def test_a_delay_waits_in_simulated_time_and_a_rule_ends_after_its_times() -> None:
    async with rig() as house:
        house.world.chaos.load({"rules": [{"step": "webhook", "action": "delay", "seconds": 30, "times": 1, "skip": 1}]})
        for path in ("/a", "/b", "/c"):
            house.world.webhooks.post(Request(f"{house.app.url}{path}", "POST", {}, "callback"))
        await house.advance(29)
        assert {each.path for each in house.app.asked} == {"/a", "/c"}
        await house.advance(2)
        assert {each.path for each in house.app.asked} == {"/a", "/b", "/c"}


@pytest.mark.parametrize("when", ["before", "during", "after"])
async def test_the_caller_can_go_at_any_step(when: str) -> None:
    replies: dict[str, Reply] = {"/voice/in": "<Say>Hi.</Say><Redirect>/voice/menu</Redirect>", "/voice/menu": "<Say>Menu.</Say>"}
    async with rig(replies) as house:
        house.world.chaos.load({"rules": [{"step": "webhook", "action": "hang_up", "path": "/voice/menu", "when": when}]})
        call = await house.dial()
        await house.advance(3)
        assert call.status is CallStatus.COMPLETED
        assert said(call) == ["Hi."]
        assert len(house.app.to("/voice/status")) == 1


async def test_an_answer_can_be_counted_as_failed() -> None:
    async with rig({"/voice/in": "<Say>Lost.</Say>", "/voice/fallback": "<Say>Fallback.</Say>"}) as house:
        house.world.chaos.load({"rules": [{"step": "webhook", "action": "fail", "path": "/voice/in", "status": 502}]})
        call = await house.dial()
        assert said(call) == ["Fallback."]


def test_dice_are_seeded_and_unknown_knobs_are_refused() -> None:
    rule = {"step": "rest", "action": "fail", "probability": 0.5}

    def strikes() -> list[bool]:
        chaos = Chaos()
        chaos.load({"rules": [rule], "seed": 7})
        return [chaos.strike("rest", "/x") is not None for _ in range(40)]

    assert strikes() == strikes()
    assert 5 < sum(strikes()) < 35
    for wrong in (
        {"rules": [{"step": "rest", "action": "explode"}]},
        {"rules": [{"step": "rest", "action": "fail", "pth": ""}]},
        {"queue_action": "x"},
    ):
        with pytest.raises(BadRule):
            Chaos().load(wrong)
