"""The demo phone: who is let in, its words, and a call over its socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from simulator.engine.messages import send_message
from simulator.engine.models import Fetch
from simulator.guard import is_loopback
from simulator.phone import HERE, LANGUAGES, PLACEHOLDER, catalogue, choose_language
from tests.simulator.rig import CUSTOMER, LINE, Rig, rig

CALLERS = json.dumps([{"name": "Ada", "number": CUSTOMER, "note": "boiler"}, {"name": "Bad", "number": "<script>"}])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:5002"}, 200),
        ({"Host": "callout.example"}, 403),
        ({"Host": "127.0.0.1.example"}, 403),
        ({"X-Forwarded-For": "10.0.0.1"}, 403),
        ({"X-Forwarded-Proto": "https"}, 403),
        ({"Forwarded": "for=10.0.0.1"}, 403),
    ],
)
async def test_the_page_is_for_this_machine_only(headers: dict[str, str], status: int) -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        response = await session.get(f"{house.url}/phone", headers=headers)
        assert response.status == status


@pytest.mark.parametrize(
    ("netloc", "loopback"),
    [("127.0.0.1:5002", True), ("[::1]:5002", True), ("localhost", True), ("", False), ("10.0.0.1", False), ("localhost.example", False)],
)
def test_loopback_is_told_from_elsewhere(netloc: str, loopback: bool) -> None:
    assert is_loopback(netloc) is loopback


async def test_the_page_is_strict_and_in_the_readers_language() -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        response = await session.get(f"{house.url}/phone", headers={"Accept-Language": "fr, zh-TW;q=0.8"})
        policy, text = response.headers["Content-Security-Policy"], await response.text()
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert '<html lang="zh-Hant">' in text
        assert "示範電話" in text
        assert "{{" not in text
        assert "<style" not in text
        assert "style=" not in text
        assert "onclick" not in text


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [("zh-Hans", "en", "zh-Hans"), ("", "zh-CN,zh;q=0.9", "zh-Hans"), ("", "zh-HK", "zh-Hant"), ("", "", "en"), ("xx", "de", "en")],
)
def test_the_language_is_the_asked_one_then_the_browsers(asked: str, accepted: str, language: str) -> None:
    assert choose_language(asked, accepted) == language


def test_every_word_exists_in_every_language() -> None:
    wanted = set(PLACEHOLDER.findall((HERE / "templates" / "phone.html").read_text("utf-8"))) - {"language"}
    for language in LANGUAGES:
        words = catalogue(language)
        assert words.keys() == catalogue("en").keys()
        assert wanted <= words.keys()
        assert all(words.values())


@pytest.mark.parametrize("name", ["../phone.py", "..%2f__main__.py", "phone.html", "nothing.js", "locales"])
async def test_only_static_files_are_served(name: str) -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        assert (await session.get(f"{house.url}/static/{name}")).status == 404


async def test_the_device_module_may_be_imported_by_the_app_only() -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        for origin, allowed in ((house.app.url, house.app.url), ("http://evil.example", None)):
            response = await session.get(f"{house.url}/static/device.js", headers={"Origin": origin})
            assert response.headers.get("Access-Control-Allow-Origin") == allowed
            assert response.content_type == "text/javascript"


async def test_numbers_and_the_apps_customers_are_offered() -> None:
    async with rig({"/demo/callers.json": lambda parameters: web.Response(text=CALLERS)}, signed=False) as house:
        async with aiohttp.ClientSession() as session:
            found = await (await session.get(f"{house.url}/phone/config.json")).json()
        assert found == {
            "numbers": [{"number": LINE, "name": "Main line"}],
            "callers": [{"name": "Ada", "number": CUSTOMER, "note": "boiler"}],
        }


async def test_without_the_app_there_are_no_customers() -> None:
    async with rig({"/demo/callers.json": 404}, signed=False) as house, aiohttp.ClientSession() as session:
        assert (await (await session.get(f"{house.url}/phone/config.json")).json())["callers"] == []


class Page:
    """The socket as the page uses it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, type_: str, **fields: Any) -> None:
        await self._socket.send_json({"type": type_, **fields})

    async def see(self, type_: str, **facts: Any) -> dict[str, Any]:
        """The next message of that type with these facts (of its line or entry)."""
        while True:
            message = await self._socket.receive_json(timeout=5)
            self.seen.append(message)
            inner = message.get("line") or message.get("entry") or message
            if message["type"] == type_ and all(inner.get(name) == value for name, value in facts.items()):
                return dict(inner)


def opened(house: Rig, session: aiohttp.ClientSession) -> Any:
    return session.ws_connect(f"{house.url}/phone/socket", headers={"Origin": house.url})


MENU = '<Gather numDigits="1" action="/voice/menu"><Say language="zh-CN">请按一</Say></Gather>'


async def test_a_call_is_dialled_read_keyed_and_hung_up_and_webhooks_go_by() -> None:
    replies = {
        "/voice/in": MENU,
        "/voice/menu": '<Gather input="speech" action="/voice/said" timeout="60"/>',
        "/voice/said": "<Pause length='60'/>",
    }
    async with rig(dict(replies)) as house, aiohttp.ClientSession() as session, opened(house, session) as socket:
        page = Page(socket)
        await page.send("dial", **{"from": CUSTOMER, "to": LINE, "name": "Ada"})
        await page.see("dialled")
        line = await page.see("line", kind="say")
        assert (line["text"], line["language"]) == ("请按一", "zh-CN")
        wire = next(each["entry"] for each in page.seen if each["type"] == "wire")
        assert (wire["status"], wire["method"], "Gather" in wire["answer"]) == (200, "POST", True)
        await page.send("digits", digits="1x")
        await page.see("wire", url=f"{house.app.url}/voice/menu")
        await page.send("speak", text="It leaks")
        await page.see("wire", url=f"{house.app.url}/voice/said")
        assert house.app.to("/voice/said")[0]["SpeechResult"] == "It leaks"
        assert house.app.to("/voice/in")[0]["CallerName"] == "Ada"
        await page.send("hangup")
        assert (await page.see("ended"))["status"] == "completed"


async def test_a_phone_is_rung_at_its_number_and_closing_the_page_hangs_up() -> None:
    async with rig({"/voice/out": '<Say>We call you back.</Say><Pause length="60"/>'}) as house:
        async with aiohttp.ClientSession() as session, opened(house, session) as socket:
            page = Page(socket)
            await page.send("number", number=CUSTOMER)
            while CUSTOMER not in house.world.devices:
                await asyncio.sleep(0)
            call = house.exchange.call_out(LINE, CUSTOMER, Fetch(f"{house.app.url}/voice/out"))
            assert (await page.see("ring"))["caller"] == LINE
            await page.send("answer")
            await page.see("line", kind="say", text="We call you back.")
        await house.world.until(lambda: call.status.final)
        assert CUSTOMER not in house.world.devices


async def test_text_messages_come_to_the_phone_and_go_from_it() -> None:
    async with rig() as house, aiohttp.ClientSession() as session, opened(house, session) as socket:
        page = Page(socket)
        await page.send("number", number=CUSTOMER)
        await page.send("text", to=LINE, body="stop")
        asked = await house.app.got("/sms/in")
        assert (asked["From"], asked["Body"], asked["OptOutType"]) == (CUSTOMER, "stop", "STOP")
        send_message(house.world, LINE, CUSTOMER, "On the way", "")
        await house.advance(3)
        assert (await page.see("wire", type="message"))["body"] == "On the way"


async def test_the_phones_socket_is_for_its_own_page() -> None:
    async with rig() as house, aiohttp.ClientSession() as session:
        for headers in ({"Origin": "http://evil.example"}, {}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{house.url}/phone/socket", headers=headers)
            assert refused.value.status == 403
