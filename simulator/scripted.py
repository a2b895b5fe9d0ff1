"""Agents and callers driven from Python, for tests and benches, over the same doors browsers and the control interface use."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

Message = dict[str, Any]


class AgentCall:
    """A call as an agent's softphone sees it. `state` is offered, connecting, ringing, open or closed."""

    def __init__(
        self, agent: Agent, *, sid: str = "", state: str, parameters: dict[str, str] | None = None, custom: dict[str, str] | None = None
    ):
        self._agent = agent
        self.sid = sid
        self.state = state
        self.parameters = parameters or {}
        self.custom = custom or {}
        self.captions: list[tuple[str, str]] = []
        self.lines: list[Message] = []

    async def accept(self) -> None:
        await self._ask("accept")

    async def reject(self) -> None:
        self.state = "closed"
        await self._ask("reject")

    async def hang_up(self) -> None:
        await self._ask("disconnect")

    async def mute(self, muted: bool = True) -> None:
        await self._ask("mute", muted=muted)

    async def press(self, digits: str) -> None:
        await self._ask("digits", digits=digits)

    async def speak(self, text: str) -> None:
        await self._ask("speak", text=text)

    async def until(self, state: str, seconds: float = 5.0) -> None:
        """Return once the call is in that state. Raises TimeoutError after real seconds."""
        await self._agent.until(lambda: self.state == state, seconds)

    async def heard(self, text: str, seconds: float = 5.0) -> None:
        """Return once a caption contains the text. Raises TimeoutError after real seconds."""
        await self._agent.until(lambda: any(text in said for _, said in self.captions), seconds)

    async def _ask(self, type_: str, **fields: Any) -> None:
        await self._agent.send(type_, callSid=self.sid, **fields)


class Agent:
    """A softphone without a browser. Use as an async context manager; `url` is the simulator's address, `token` an access token."""

    def __init__(self, url: str, token: str, *, on_incoming: Callable[[AgentCall], None] | None = None) -> None:
        self._url = url.rstrip("/") + "/device"
        self._token = token
        self._on_incoming = on_incoming
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._asked: dict[str, AgentCall] = {}
        self.identity = ""
        self.calls: dict[str, AgentCall] = {}
        self.incoming: asyncio.Queue[AgentCall] = asyncio.Queue()
        self.errors: list[Message] = []
        self.token_will_expire = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(self._url)
        self._reader = asyncio.get_running_loop().create_task(self._read(self._socket))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
        if self._session is not None:
            await self._session.close()

    async def register(self, token: str = "", seconds: float = 5.0) -> None:
        """Register (again, with a new token). Raises PermissionError when the token is refused, TimeoutError after real seconds."""
        failures = len(self.errors)
        self.identity = ""
        await self.send("register", token=token or self._token)
        await self.until(lambda: bool(self.identity) or len(self.errors) > failures, seconds)
        if not self.identity:
            raise PermissionError(f"{self.errors[-1]['code']}: {self.errors[-1]['message']}")

    async def connect(self, params: dict[str, str]) -> AgentCall:
        """Call the application with these parameters; the call is still connecting when it is returned."""
        asked_as = str(len(self._asked) + 1)
        call = AgentCall(self, state="connecting")
        self._asked[asked_as] = call
        await self.send("connect", id=asked_as, params=params)
        return call

    async def send(self, type_: str, **fields: Any) -> None:
        if self._socket is None:
            raise ConnectionError("the agent is not connected")
        await self._socket.send_str(json.dumps({"type": type_, **fields}))

    async def until(self, condition: Callable[[], bool], seconds: float) -> None:
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._receive(json.loads(message.data))
                async with self._changed:
                    self._changed.notify_all()
        for call in self.calls.values():
            call.state = "closed"

    def _receive(self, message: Message) -> None:
        kind = message["type"]
        call = self.calls.get(str(message.get("callSid", ""))) or self._asked.get(str(message.get("id", "")))
        if kind == "registered":
            self.identity = message["identity"]
        elif kind == "incoming":
            made = AgentCall(
                self, sid=message["callSid"], state="offered", parameters=message["parameters"], custom=message["customParameters"]
            )
            self.calls[made.sid] = made
            self.incoming.put_nowait(made)
            if self._on_incoming is not None:
                self._on_incoming(made)
        elif kind == "tokenWillExpire":
            self.token_will_expire += 1
        elif kind == "error":
            self.errors.append(message)
            if call is not None and not call.sid:
                call.state = "closed"
        elif call is not None:
            self._on_call(call, str(kind), message)

    def _on_call(self, call: AgentCall, kind: str, message: Message) -> None:
        if kind == "ringing":
            call.sid, call.state = message["callSid"], "ringing"
            self.calls[call.sid] = call
        elif kind == "accept":
            call.state = "open"
        elif kind in ("disconnect", "cancel"):
            call.state = "closed"
        elif kind == "line":
            call.lines.append(message["line"])
            if message["line"]["kind"] == "caption":
                call.captions.append((message["line"]["speaker"], message["line"]["text"]))


class Callers:
    """The control interface: customers who call in, chaos, the clock, the journal. Use as an async context manager."""

    def __init__(self, url: str, account_sid: str, auth_token: str) -> None:
        self._url = url.rstrip("/") + "/simulator/"
        self._auth = aiohttp.BasicAuth(account_sid, auth_token)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auth=self._auth)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._session is not None:
            await self._session.close()

    async def call(self, caller: str, called: str, steps: list[Message] | None = None, name: str = "") -> str:
        """Somebody calls in, following `steps` (see simulator.scripts). Returns the call's SID."""
        made = await self.ask("POST", "calls", {"from": caller, "to": called, "name": name, "steps": steps or []})
        return str(made["sid"])

    async def heard(self, sid: str, text: str, seconds: float = 10.0) -> list[Message]:
        """The transcript, once a line said to the caller contains `text`. Raises TimeoutError after real seconds."""
        lines: list[Message] = []
        async with asyncio.timeout(seconds):
            while True:
                answer = await self.ask("GET", f"calls/{sid}/transcript?after={len(lines)}&wait={seconds}")
                lines += answer["lines"]
                if any(text in str(line.get("text", "")) for line in lines if line["kind"] in ("say", "caption")):
                    return lines
                if not answer["lines"]:
                    raise TimeoutError(f"the call is {answer['status']} and {text!r} was never heard")

    async def ask(self, method: str, path: str, body: Message | None = None) -> Message:
        """One control request. Raises RuntimeError with the simulator's own words when it is refused."""
        if self._session is None:
            raise ConnectionError("not entered")
        async with self._session.request(method, self._url + path, json=body) as response:
            answer: Message = await response.json()
            if response.status >= 400:
                raise RuntimeError(f"{response.status} {answer.get('code')}: {answer.get('message')}")
            return answer
