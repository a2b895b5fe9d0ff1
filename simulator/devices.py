"""Softphones in browsers (`client:identity`) over a websocket at `/device`.

To the simulator: register {token}, token {token}, connect {id, params}, accept | reject | ignore {callSid}, disconnect {callSid},
mute {callSid, muted}, digits {callSid, digits}, speak {callSid, text}.
From it: registered {identity}, incoming {callSid, parameters, customParameters}, accept {callSid, id?}, ringing {callSid, id},
disconnect {callSid}, cancel {callSid}, line {callSid, …transcript line}, error {code, message, id?}, tokenWillExpire.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from simulator.access_tokens import EXPIRED, Grant, TokenRefused, read_token
from simulator.engine import legs
from simulator.engine.exchange import ANY_APPLICATION, Exchange
from simulator.engine.models import Call, CallStatus
from simulator.engine.progress import end_call
from simulator.guard import origin_allowed
from simulator.sockets import Socket

# The SDK's default tokenRefreshMs.
WARNING_SECONDS = 10.0
NOT_REGISTERED, UNKNOWN_CALL, WRONG_APPLICATION = 31204, 31404, 31201
OUTGOING_FORBIDDEN = 31401


class DeviceDoor:
    """Lets softphones in: a websocket from an allowed origin, then a valid token."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/device", self.socket)]

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if not origin_allowed(self._exchange.world.settings, request):
            return web.Response(status=403, text="Origin not allowed.\n")
        socket = Socket()
        response = await socket.open(request)
        device = Device(self._exchange, socket)
        try:
            async for message in socket.messages():
                device.receive(message)
        finally:
            device.gone()
            await socket.close()
        return response


class Device:
    """One softphone. It carries one call at a time; a second incoming one is silently ignored, as the SDK does."""

    def __init__(self, exchange: Exchange, socket: Socket) -> None:
        self._exchange = exchange
        self._world = exchange.world
        self._socket = socket
        self._grant: Grant | None = None
        self._calls: dict[str, Call] = {}
        self._offered: dict[str, Call] = {}
        self._asked_as: dict[str, str] = {}
        self._timers: list[asyncio.TimerHandle] = []

    def receive(self, message: dict[str, Any]) -> None:
        """Do what the browser asks; an unknown type is answered with an error."""
        actions: dict[str, Callable[[dict[str, Any]], None]] = {
            "register": self._register,
            "token": self._register,
            "connect": self._connect,
            "accept": self._accept,
            "reject": self._reject,
            "ignore": self._ignore,
            "disconnect": self._disconnect,
            "mute": self._mute,
            "digits": self._digits,
            "speak": self._speak,
        }
        action = actions.get(str(message["type"]))
        if action is None:
            self._error(31000, f"unknown message {message['type']!r}")
        else:
            action(message)

    def gone(self) -> None:
        """The browser closed: its calls end, offers fall away."""
        self._world.device_gone(self)
        for timer in self._timers:
            timer.cancel()
        for call in list(self._offered.values()):
            if self in call.ringing_at:
                call.ringing_at.remove(self)
        for call in list(self._calls.values()):
            end_call(self._world, call)

    # what the exchange tells a far end

    def ring(self, call: Call) -> bool:
        if self._calls or self._offered:
            return False
        self._offered[call.sid] = call
        parameters = {"CallSid": call.sid, "From": call.caller, "To": call.called, "AccountSid": self._world.settings.account_sid}
        self._socket.send("incoming", callSid=call.sid, parameters=parameters, customParameters=call.custom)
        return True

    def stop_ringing(self, call: Call, reason: str) -> None:
        if self._offered.pop(call.sid, None) is not None:
            self._socket.send("cancel", callSid=call.sid, reason=reason)

    def notify(self, call: Call, event: dict[str, Any]) -> None:
        if event["kind"] == "status":
            self._status(call)
        else:
            self._socket.send("line", callSid=call.sid, line=event)

    def _status(self, call: Call) -> None:
        asked_as = self._asked_as.get(call.sid, "")
        if call.status is CallStatus.IN_PROGRESS:
            self._socket.send("accept", callSid=call.sid, id=asked_as)
        elif call.status.final:
            self._calls.pop(call.sid, None)
            self._asked_as.pop(call.sid, None)
            self._socket.send("disconnect", callSid=call.sid, id=asked_as, status=str(call.status))

    # what the browser asks

    def _register(self, message: dict[str, Any]) -> None:
        try:
            grant = read_token(self._world.settings, str(message.get("token", "")))
        except TokenRefused as refused:
            self._error(refused.code, refused.message)
            return
        if self._grant is not None and grant.identity != self._grant.identity:
            self._error(31204, "a new token cannot change the identity")
            return
        self._grant = grant
        if grant.incoming:
            self._world.device_attached(f"client:{grant.identity}", self)
        self._watch_expiry(grant)
        self._socket.send("registered", identity=grant.identity)

    def _watch_expiry(self, grant: Grant) -> None:
        """Tokens end by the real clock, whatever the simulated one shows."""
        for timer in self._timers:
            timer.cancel()
        loop, left = asyncio.get_running_loop(), grant.expires - time.time()
        self._timers = [
            loop.call_later(max(0.0, left - WARNING_SECONDS), self._socket.send, "tokenWillExpire"),
            loop.call_later(max(0.0, left), self._expire),
        ]

    def _expire(self) -> None:
        """Without a token nothing new comes in or goes out; a call in progress goes on."""
        self._grant = None
        self._world.device_gone(self)
        self._error(EXPIRED, "AccessTokenExpired")

    def _connect(self, message: dict[str, Any]) -> None:
        asked_as, parameters = str(message.get("id", "")), message.get("params") or {}
        if self._grant is None:
            self._error(NOT_REGISTERED, "the device is not registered", asked_as)
            return
        wanted, granted = self._world.settings.application_sid, self._grant.application
        if not granted:
            self._error(OUTGOING_FORBIDDEN, "the token grants no outgoing application", asked_as)
        elif wanted and granted != wanted:
            self._error(WRONG_APPLICATION, f"there is no application {granted}", asked_as)
        elif self._calls:
            self._error(31000, "a call is already active", asked_as)
        elif not isinstance(parameters, dict) or not all(isinstance(name, str) for name in parameters):
            self._error(31000, "params is not an object", asked_as)
        else:
            texts = {name: str(value) for name, value in parameters.items()}
            call = self._exchange.call_from_client(self._grant.identity, texts, self, granted or ANY_APPLICATION)
            self._calls[call.sid] = call
            self._asked_as[call.sid] = asked_as
            self._socket.send("ringing", callSid=call.sid, id=asked_as)

    def _accept(self, message: dict[str, Any]) -> None:
        call = self._offered.pop(str(message.get("callSid")), None)
        if call is None:
            self._error(UNKNOWN_CALL, "no such incoming call")
            return
        self._calls[call.sid] = call
        if not legs.answer(self._world, call, self):
            self._calls.pop(call.sid, None)
            self._socket.send("cancel", callSid=call.sid, reason="too late")

    def _reject(self, message: dict[str, Any]) -> None:
        call = self._offered.pop(str(message.get("callSid")), None)
        if call is not None:
            legs.refuse(self._world, call, self)

    def _ignore(self, message: dict[str, Any]) -> None:
        self._offered.pop(str(message.get("callSid")), None)

    def _disconnect(self, message: dict[str, Any]) -> None:
        for call in self._mine(message):
            end_call(self._world, call)

    def _mute(self, message: dict[str, Any]) -> None:
        for call in self._mine(message):
            call.muted = bool(message.get("muted"))

    def _digits(self, message: dict[str, Any]) -> None:
        for call in self._mine(message):
            self._exchange.press(call, "".join(key for key in str(message.get("digits", "")) if key in "0123456789*#"))

    def _speak(self, message: dict[str, Any]) -> None:
        for call in self._mine(message):
            self._exchange.speak(call, str(message.get("text", ""))[:1000])

    def _mine(self, message: dict[str, Any]) -> list[Call]:
        call = self._calls.get(str(message.get("callSid")))
        if call is None:
            self._error(UNKNOWN_CALL, "no such call")
            return []
        return [call]

    def _error(self, code: int, message: str, asked_as: str = "") -> None:
        self._socket.send("error", code=code, message=message, id=asked_as)
