"""Handles for tests and benches under `/simulator/…` (basic authentication with the account).

GET  calls, calls/{sid}, calls/{sid}/transcript?after=N&wait=S · POST calls {from, to, name?, steps?} · POST calls/{sid}/digits {digits},
/speech {text}, /hangup · GET/PUT chaos · GET webhooks, alerts · POST clock {advance} · POST phones {number, on_ring, steps} · POST messages ·
POST reset · GET health.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from simulator.chaos import BadRule
from simulator.engine.exchange import Exchange
from simulator.engine.messages import receive_message
from simulator.engine.models import Call
from simulator.formats import iso
from simulator.rest.errors import bad, not_found
from simulator.scripts import BadStep, Script, ScriptedPhone, read_steps

LONGEST_WAIT = 60.0


class Control:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._world = exchange.world

    def routes(self) -> list[web.RouteDef]:
        call = "/simulator/calls/{call}"
        return [
            web.get("/simulator/health", self.health),
            web.get("/healthz", self.health),
            web.get("/simulator/calls", self.calls),
            web.post("/simulator/calls", self.dial),
            web.get(call, self.call),
            web.get(f"{call}/transcript", self.transcript),
            web.post(f"{call}/digits", self.digits),
            web.post(f"{call}/speech", self.speech),
            web.post(f"{call}/hangup", self.hang_up),
            web.post("/simulator/phones", self.phone),
            web.post("/simulator/messages", self.text),
            web.get("/simulator/chaos", self.show_chaos),
            web.put("/simulator/chaos", self.set_chaos),
            web.get("/simulator/webhooks", self.webhooks),
            web.get("/simulator/alerts", self.alerts),
            web.post("/simulator/clock", self.clock),
            web.post("/simulator/reset", self.reset),
        ]

    async def health(self, request: web.Request) -> web.Response:
        active = sum(not call.status.final for call in self._world.calls.values())
        return web.json_response({"now": iso(self._world.clock.now()), "active_calls": active})

    async def calls(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": [call_json(call) for call in self._world.calls.values()]})

    async def call(self, request: web.Request) -> web.Response:
        found = self._find(request)
        return web.json_response({**call_json(found), "transcript": found.transcript})

    async def dial(self, request: web.Request) -> web.Response:
        """Somebody calls in. With `steps` a script does the talking."""
        body = await _body(request)
        steps = _steps(body)
        script = Script(self._exchange, steps) if steps else None
        call = self._exchange.call_in(str(body.get("from", "anonymous")), str(body["to"]), script, caller_name=str(body.get("name", "")))
        if script is not None:
            script.start(call)
        return web.json_response(call_json(call), status=201)

    async def transcript(self, request: web.Request) -> web.Response:
        """Lines from number `after` on; with `wait` the answer comes when there is one, the call is over, or the (real) seconds are gone."""
        call = self._find(request)
        after = _number(request.query.get("after"), 0.0)
        wait = min(_number(request.query.get("wait"), 0.0), LONGEST_WAIT)
        if wait:
            ready = self._world.until(lambda: len(call.transcript) > after or call.status.final)
            try:
                await asyncio.wait_for(ready, wait)
            except TimeoutError:
                return web.json_response({"lines": [], "status": str(call.status)})
        return web.json_response({"lines": call.transcript[int(after) :], "status": str(call.status)})

    async def digits(self, request: web.Request) -> web.Response:
        call, body = self._find(request), await _body(request)
        self._exchange.press(call, str(body.get("digits", "")))
        return web.json_response(call_json(call))

    async def speech(self, request: web.Request) -> web.Response:
        call, body = self._find(request), await _body(request)
        self._exchange.speak(call, str(body.get("text", "")))
        return web.json_response(call_json(call))

    async def hang_up(self, request: web.Request) -> web.Response:
        call = self._find(request)
        self._exchange.hang_up(call)
        return web.json_response(call_json(call))

    async def phone(self, request: web.Request) -> web.Response:
        """How a telephone behaves when it is rung: {number (or `*`), on_ring: answer | reject | ignore, after?, steps?}."""
        body = await _body(request)
        behaviour = str(body.get("on_ring", "answer"))
        if behaviour not in ("answer", "machine", "reject", "ignore"):
            raise bad(20001, "on_ring is answer, reject or ignore")
        phone = ScriptedPhone(self._exchange, behaviour, _number(str(body.get("after", 0)), 0.0), _steps(body))
        number = str(body["number"])
        for other in self._world.devices.get(number, []):
            if isinstance(other, ScriptedPhone):
                self._world.device_gone(other)
        self._world.device_attached(number, phone)
        return web.json_response({"number": number, "on_ring": behaviour}, status=201)

    async def text(self, request: web.Request) -> web.Response:
        """A text message comes in: {from, to, body}."""
        body = await _body(request)
        number = self._exchange.number(str(body["to"])) or self._exchange.add_number(str(body["to"]), str(body["to"]))
        message = receive_message(self._world, number, str(body["from"]), str(body["body"]))
        return web.json_response({"sid": message.sid}, status=201)

    async def show_chaos(self, request: web.Request) -> web.Response:
        return web.json_response(self._world.chaos.as_json())

    async def set_chaos(self, request: web.Request) -> web.Response:
        try:
            self._world.chaos.load(await _body(request))
        except BadRule as error:
            raise bad(20001, str(error)) from None
        return web.json_response(self._world.chaos.as_json())

    async def webhooks(self, request: web.Request) -> web.Response:
        after = _number(request.query.get("after"), 0.0)
        records = [record.as_json() for record in self._world.journal.webhooks if record.number > after]
        return web.json_response({"webhooks": records})

    async def alerts(self, request: web.Request) -> web.Response:
        return web.json_response({"alerts": [alert.as_json() for alert in self._world.journal.alerts]})

    async def clock(self, request: web.Request) -> web.Response:
        body = await _body(request)
        await self._world.clock.advance(_number(str(body.get("advance", 0)), 0.0), wait_for_webhooks=bool(body.get("wait", True)))
        return web.json_response({"now": iso(self._world.clock.now())})

    async def reset(self, request: web.Request) -> web.Response:
        self._exchange.reset()
        return web.json_response({"now": iso(self._world.clock.now())})

    def _find(self, request: web.Request) -> Call:
        call = self._world.calls.get(request.match_info["call"])
        if call is None:
            raise not_found(request.path)
        return call


def call_json(call: Call) -> dict[str, Any]:
    """A call as the control interface shows it."""
    return {
        "sid": call.sid,
        "from": call.caller,
        "to": call.called,
        "direction": call.direction,
        "status": str(call.status),
        "parent": call.parent_sid,
        "lines": len(call.transcript),
    }


async def _body(request: web.Request) -> dict[str, Any]:
    """The JSON object sent. Raises 400; a key it lacks is a 400 of its own where it is read."""
    try:
        found = await request.json() if request.can_read_body else {}
    except ValueError:
        raise bad(20001, "the body is not JSON") from None
    if not isinstance(found, dict):
        raise bad(20001, "the body is not a JSON object")
    return _Strict(found)


class _Strict(dict[str, Any]):
    def __missing__(self, key: str) -> Any:
        raise bad(20001, f"{key!r} is needed")


def _steps(body: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        return read_steps(body.get("steps", []))
    except BadStep as error:
        raise bad(20001, str(error)) from None


def _number(text: str | None, default: float) -> float:
    try:
        return float(text) if text else default
    except ValueError:
        raise bad(20001, f"{text!r} is not a number") from None
