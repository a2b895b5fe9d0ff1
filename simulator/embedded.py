"""A simulator inside a test's or a bench's own process, for code that is not asynchronous: it runs on a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from simulator.clock import Clock
from simulator.engine.exchange import Exchange
from simulator.engine.models import Call
from simulator.server import HOST, Server
from simulator.settings import Settings

T = TypeVar("T")
START_SECONDS = 10.0


class EmbeddedSimulator:
    """Use as a context manager. Touch `exchange` only through `run` (a coroutine) or `do` (a plain function): both run on its thread."""

    def __init__(self, settings: Settings, *, port: int = 0) -> None:
        self.settings = settings
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulator", daemon=True)
        self._server: Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.run(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()

    async def _start(self) -> None:
        self._server = Server(Exchange(self.settings, Clock(self.settings.clock_rate)), self._port)
        await self._server.start()

    @property
    def server(self) -> Server:
        if self._server is None:
            raise RuntimeError("the simulator is not started")
        return self._server

    @property
    def exchange(self) -> Exchange:
        return self.server.exchange

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.port}"

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        """The result of a coroutine run on the simulator's thread. Raises TimeoutError after real seconds."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def do(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """The result of a plain function run on the simulator's thread."""

        async def call() -> T:
            return function(*arguments, **named)

        return self.run(call())

    def call_in(self, caller: str, called: str = "") -> Call:
        """A customer dials (the default number unless another is given)."""
        return self.do(self.exchange.call_in, caller, called or self.settings.default_number)

    def advance(self, seconds: float) -> None:
        """Move the simulated clock; what that causes has happened, webhooks included, when this returns."""
        self.run(self.exchange.world.clock.advance(seconds), 60.0)
