"""A simulator on a clock moved by hand, and a small app that serves it TwiML. The app checks every signature with twilio-python."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from twilio.request_validator import RequestValidator

from simulator.clock import Clock
from simulator.engine.exchange import Exchange
from simulator.engine.models import Call
from simulator.engine.world import World
from simulator.server import Server
from simulator.settings import Settings

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "token-of-the-tests-of-thirty-two-bytes"
APPLICATION = "AP" + "a" * 32
LINE = "+15005550006"
CUSTOMER = "+4915112345678"

Reply = str | int | web.Response | Callable[[dict[str, str]], Any]


@dataclass(slots=True)
class Asked:
    """One request the app got."""

    method: str
    path: str
    query: dict[str, str]
    parameters: dict[str, str]
    headers: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.parameters[name]


@dataclass(slots=True)
class FakeApp:
    """Answers by path: a TwiML body (without the Response element), a status, a response, or a function of the parameters."""

    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    unsigned: list[str] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        posted = dict(parse_qsl(body, keep_blank_values=True))
        query = dict(parse_qsl(request.query_string, keep_blank_values=True))
        address = f"{self.url}{request.raw_path}"
        if not RequestValidator(TOKEN).validate(address, posted, request.headers.get("X-Twilio-Signature", "")):
            self.unsigned.append(address)
        parameters = posted if request.method == "POST" else query
        self.asked.append(Asked(request.method, request.path, query, parameters, dict(request.headers)))
        async with self.arrived:
            self.arrived.notify_all()
        reply = self.replies.get(request.path, "")
        if callable(reply):
            reply = reply(parameters)
            if isinstance(reply, Awaitable):
                reply = await reply
        if isinstance(reply, web.StreamResponse):
            return reply
        if isinstance(reply, int):
            return web.Response(status=reply)
        return web.Response(text=f"<Response>{reply}</Response>", content_type="text/xml")

    def to(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def events(self, path: str, name: str = "StatusCallbackEvent") -> list[str]:
        return [each.parameters.get(name, "") for each in self.to(path)]

    async def got(self, path: str, count: int = 1) -> Asked:
        """The count-th request to a path, once it came."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self.to(path)) >= count)
        return self.to(path)[count - 1]


@dataclass(slots=True)
class Rig:
    app: FakeApp
    exchange: Exchange
    server: Server

    @property
    def world(self) -> World:
        return self.exchange.world

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    async def advance(self, seconds: float, *, wait: bool = True) -> None:
        await self.world.clock.advance(seconds, wait_for_webhooks=wait)

    async def dial(self, caller: str = CUSTOMER) -> Call:
        """A customer calls in and the first document is fetched."""
        call = self.exchange.call_in(caller, LINE)
        await self.world.clock.settle()
        return call

    def alerts(self) -> list[int]:
        return [alert.code for alert in self.world.journal.alerts]


def said(call: Call) -> list[str]:
    return [line["text"] for line in call.transcript if line["kind"] == "say"]


def heard(call: Call) -> list[tuple[str, str]]:
    return [(line["speaker"], line["text"]) for line in call.transcript if line["kind"] == "caption"]


def kinds(call: Call) -> list[str]:
    return [line["kind"] for line in call.transcript]


@asynccontextmanager
async def rig(replies: dict[str, Reply] | None = None, *, rate: float = 0.0, signed: bool = True, **settings: Any) -> AsyncIterator[Rig]:
    """Both running; on the way out no request may have come with a wrong signature."""
    app = FakeApp(dict(replies or {}))
    web_app = web.Application()
    web_app.router.add_route("*", "/{path:.*}", app.handle)
    runner = web.AppRunner(web_app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    values: dict[str, Any] = {
        "port": 1,
        "public_base_url": app.url,
        "simulator_url": "http://127.0.0.1:1",
        "account_sid": ACCOUNT,
        "auth_tokens": (TOKEN, "older-token-still-accepted-while-rotating"),
        "application_sid": APPLICATION,
        "default_number": LINE,
    }
    exchange = Exchange(Settings(**{**values, **settings}), Clock(rate))
    server = Server(exchange, 0)
    await server.start()
    try:
        yield Rig(app, exchange, server)
    finally:
        await server.stop()
        await runner.cleanup()
    if signed:
        assert app.unsigned == []
