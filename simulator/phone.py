"""The demo phone: a page on which anybody can call in, and watch the webhooks go by."""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from simulator.engine import legs
from simulator.engine.exchange import Exchange
from simulator.engine.messages import receive_message
from simulator.engine.models import Call
from simulator.engine.progress import end_call
from simulator.guard import allowed_origins, origin_allowed
from simulator.settings import Settings
from simulator.sockets import Socket

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
STATIC_FILE = re.compile(r"^[a-z0-9_-]+\.(js|css|svg)$")
TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
PLACEHOLDER = re.compile(r"\{\{ (\w+) \}\}")
WITHHELD = "anonymous"
CALLER = re.compile(r"^(\+[1-9]\d{1,14}|anonymous|unknown)$")


def choose_language(asked: str, accepted: str) -> str:
    """`?lang=` if it is one of ours, else the first of Accept-Language that is, else English."""
    for wish in [asked, *(part.partition(";")[0].strip() for part in accepted.split(","))]:
        low = wish.lower()
        if low.startswith(TRADITIONAL):
            return "zh-Hant"
        if low.startswith("zh"):
            return "zh-Hans"
        if low.startswith("en"):
            return "en"
    return "en"


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, str]:
    """Message identifiers to words in one of LANGUAGES."""
    words: dict[str, str] = json.loads((HERE / "locales" / f"{language}.json").read_text("utf-8"))
    return words


class PhoneDoor:
    """The page, its files, its data and its socket."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @property
    def _settings(self) -> Settings:
        return self._exchange.world.settings

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.home),
            web.get("/phone", self.page),
            web.get("/phone/words.json", self.words),
            web.get("/phone/config.json", self.configuration),
            web.get("/phone/socket", self.socket),
            web.get("/static/{name}", self.static),
        ]

    async def home(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/phone")

    async def page(self, request: web.Request) -> web.Response:
        language = self._language(request)
        words = {"language": language, **catalogue(language)}
        template = (HERE / "templates" / "phone.html").read_text("utf-8")
        text = PLACEHOLDER.sub(lambda found: html.escape(words[found[1]]), template)
        return web.Response(text=text, content_type="text/html", headers=self._headers())

    async def words(self, request: web.Request) -> web.Response:
        return web.json_response(catalogue(self._language(request)), headers=self._headers())

    async def configuration(self, request: web.Request) -> web.Response:
        """Numbers to dial (the app's, else the exchange's own) and people who may call."""
        own = [{"number": each.number, "name": each.name} for each in self._exchange.world.numbers.values()]
        numbers = await self._listed("numbers", ("number", "name"))
        callers = await self._listed("callers", ("name", "number", "note"))
        return web.json_response({"numbers": numbers or own, "callers": callers}, headers=self._headers())

    async def _listed(self, name: str, keys: tuple[str, ...]) -> list[dict[str, str]]:
        """A list of the app's demonstration; empty when it has no such list or is not up."""
        address = f"{self._settings.public_base_url}/demo/{name}.json"
        try:
            async with aiohttp.ClientSession() as session, session.get(address, timeout=aiohttp.ClientTimeout(total=3)) as response:
                found = await response.json(content_type=None) if response.status == 200 else []
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return []
        rows = found.get(name, []) if isinstance(found, dict) else found
        return [
            {key: str(each.get(key, "")) for key in keys}
            for each in rows
            if isinstance(each, dict) and CALLER.match(str(each.get("number", "")))
        ]

    async def static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = HERE / "static" / name
        if not STATIC_FILE.match(name) or not path.is_file():
            raise web.HTTPNotFound
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Vary": "Origin"}
        origin = request.headers.get("Origin", "")
        if origin in allowed_origins(self._settings):
            headers["Access-Control-Allow-Origin"] = origin
        return web.Response(body=path.read_bytes(), content_type=TYPES[name.rpartition(".")[2]], charset="utf-8", headers=headers)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        # A page of another origin must not place calls; programs use /simulator/… with credentials instead.
        if "Origin" not in request.headers or not origin_allowed(self._settings, request):
            return web.Response(status=403, text="Origin not allowed.\n")
        socket = Socket()
        response = await socket.open(request)
        phone = Phone(self._exchange, socket)
        try:
            with self._exchange.world.journal.watched_by(phone.watch):
                async for message in socket.messages():
                    phone.receive(message)
        finally:
            phone.gone()
            await socket.close()
        return response

    def _language(self, request: web.Request) -> str:
        return choose_language(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))

    def _headers(self) -> dict[str, str]:
        socket = urlsplit(self._settings.simulator_url).netloc
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ws://{socket}; base-uri 'none'"
        )
        return {
            "Content-Security-Policy": f"{policy}; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }


class Phone:
    """One page: an ordinary telephone with a number of its own. It calls, and is rung when that number is called."""

    def __init__(self, exchange: Exchange, socket: Socket) -> None:
        self._exchange = exchange
        self._world = exchange.world
        self._socket = socket
        self._number = ""
        self._call: Call | None = None
        self._offered: Call | None = None

    def receive(self, message: dict[str, Any]) -> None:
        """number {number}, dial {from, to, name}, answer, decline, digits {digits}, speak {text}, hangup, text {to, body}."""
        kind = message["type"]
        if kind == "number":
            self._take_number(str(message.get("number", "")))
        elif kind == "dial":
            self._dial(message)
        elif kind == "text":
            self._text(message)
        elif kind in ("answer", "decline"):
            self._decide(kind == "answer")
        elif self._call is not None:
            self._on_call(self._call, str(kind), message)

    def _on_call(self, call: Call, kind: str, message: dict[str, Any]) -> None:
        if kind == "digits":
            self._exchange.press(call, "".join(key for key in str(message.get("digits", "")) if key in "0123456789*#"))
        elif kind == "speak":
            self._exchange.speak(call, str(message.get("text", ""))[:1000])
        elif kind == "hangup":
            self._exchange.hang_up(call)

    def _take_number(self, number: str) -> None:
        self._world.device_gone(self)
        self._number = number if CALLER.match(number) and number.startswith("+") else ""
        if self._number:
            self._world.device_attached(self._number, self)

    def _dial(self, message: dict[str, Any]) -> None:
        caller, called = str(message.get("from", WITHHELD)), str(message.get("to", ""))
        if self._call is not None or not CALLER.match(caller) or not called.startswith("+"):
            self._socket.send("refused")
            return
        self._call = self._exchange.call_in(caller, called, self, caller_name=str(message.get("name", ""))[:60])
        self._socket.send("dialled", callSid=self._call.sid)

    def _text(self, message: dict[str, Any]) -> None:
        number = self._exchange.number(str(message.get("to", "")))
        if number is not None and self._number and message.get("body"):
            receive_message(self._world, number, self._number, str(message["body"])[:1600])

    def _decide(self, take: bool) -> None:
        call, self._offered = self._offered, None
        if call is None:
            return
        if not take:
            legs.refuse(self._world, call, self)
            return
        self._call = call
        if not legs.answer(self._world, call, self):
            self._call = None
            self._socket.send("ended", status=str(call.status))

    def watch(self, message: dict[str, Any]) -> None:
        """Webhooks and alerts for the panel; text messages for this number."""
        if message["type"] != "message" or message["to"] == self._number:
            self._socket.send("wire", entry=message)

    def gone(self) -> None:
        """The page was closed: the phone hangs up."""
        self._world.device_gone(self)
        if self._offered is not None and self in self._offered.ringing_at:
            self._offered.ringing_at.remove(self)
        if self._call is not None:
            end_call(self._world, self._call)

    def ring(self, call: Call) -> bool:
        if self._call is not None or self._offered is not None:
            return False
        self._offered = call
        self._socket.send("ring", callSid=call.sid, caller=call.caller)
        return True

    def stop_ringing(self, call: Call, reason: str) -> None:
        if self._offered is call:
            self._offered = None
            self._socket.send("ended", status=reason)

    def notify(self, call: Call, event: dict[str, Any]) -> None:
        self._socket.send("line", line=event)
        if event["kind"] == "status" and call.status.final and call is self._call:
            self._call = None
            self._socket.send("ended", status=str(call.status))
