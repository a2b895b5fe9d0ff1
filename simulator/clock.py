"""The simulator's own clock: real time, faster than real time, or moved by hand.

Everything that takes time (speech, pauses, time-outs, rings) waits here, so a test passes minutes of a call in milliseconds and still sees the
same order of events.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

# Turns of the event loop given to tasks that became runnable before the clock is moved on.
SETTLING_TURNS = 25


class Clock:
    """Simulated time in UTC. `rate` is simulated seconds per real second; with 0 only `advance` moves it."""

    def __init__(self, rate: float = 1.0, start: datetime | None = None) -> None:
        self.rate = rate
        self._start = start or datetime.now(UTC)
        self._origin = time.monotonic()
        self._jumped = 0.0
        self._timers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._counter = itertools.count()
        self._wake: asyncio.TimerHandle | None = None
        self._outside = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def elapsed(self) -> float:
        """Simulated seconds since the clock was made."""
        return self._jumped + (time.monotonic() - self._origin) * self.rate

    def now(self) -> datetime:
        """The simulated moment, UTC."""
        return self._start + timedelta(seconds=self.elapsed())

    async def sleep(self, seconds: float) -> None:
        """Return when `seconds` of simulated time have passed."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._timers, (self.elapsed() + seconds, next(self._counter), future))
        self._arm()
        await future

    async def limit(self, work: Awaitable[T], seconds: float) -> T:
        """The result of `work`, or TimeoutError (and `work` cancelled) once `seconds` of simulated time have passed."""
        task = asyncio.ensure_future(work)
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise TimeoutError
        finally:
            for each in (task, alarm):
                if not each.done():
                    each.cancel()

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Marks work that waits for another process (a webhook): `advance` lets it finish before time moves on."""
        self._outside += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._outside -= 1
            if not self._outside:
                self._quiet.set()

    async def advance(self, seconds: float, *, wait_for_webhooks: bool = True) -> None:
        """Move simulated time forward, waking sleepers in order; what each one causes happens before the next wakes.

        With `wait_for_webhooks=False` requests that hang do not hold the clock, so that their own time-outs can strike.
        """
        target = self.elapsed() + seconds
        while True:
            await self._settle(wait_for_webhooks)
            due = self._next_due()
            if due is None or due > target:
                break
            self._jumped += max(0.0, due - self.elapsed())
            self._fire()
        self._jumped += max(0.0, target - self.elapsed())
        self._fire()
        await self._settle(wait_for_webhooks)

    async def settle(self) -> None:
        """Return when no webhook is in flight and every runnable task has run."""
        await self._settle(True)

    async def _settle(self, wait_for_webhooks: bool) -> None:
        while True:
            for _ in range(SETTLING_TURNS):
                await asyncio.sleep(0)
            if not wait_for_webhooks or not self._outside:
                return
            await self._quiet.wait()

    def _next_due(self) -> float | None:
        while self._timers and self._timers[0][2].done():
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _fire(self) -> None:
        now = self.elapsed() + 1e-9
        while self._timers and self._timers[0][0] <= now:
            _, _, future = heapq.heappop(self._timers)
            if not future.done():
                future.set_result(None)
        self._arm()

    def _arm(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        due = self._next_due()
        if due is not None and self.rate > 0:
            delay = max(0.0, (due - self.elapsed()) / self.rate)
            self._wake = asyncio.get_running_loop().call_later(delay, self._fire)
