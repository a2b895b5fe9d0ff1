"""The clock: order, time-outs, and requests in flight."""

from __future__ import annotations

import asyncio

import pytest

from simulator.clock import Clock


async def test_sleepers_wake_in_order_and_see_their_own_moment() -> None:
    clock, seen = Clock(0), list[tuple[str, float]]()

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        seen.append((name, round(clock.elapsed(), 3)))

    tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in (("c", 3), ("a", 1), ("b", 2.5), ("late", 9))]
    await clock.advance(5)
    assert seen == [("a", 1), ("b", 2.5), ("c", 3)]
    assert clock.elapsed() == 5
    tasks[3].cancel()


async def test_a_sleep_begun_during_an_advance_is_part_of_it() -> None:
    clock, rounds = Clock(0), list[float]()

    async def ticking() -> None:
        while True:
            await clock.sleep(1)
            rounds.append(clock.elapsed())

    task = asyncio.create_task(ticking())
    await clock.advance(3.5)
    task.cancel()
    assert rounds == [1, 2, 3]


async def test_a_limit_strikes_at_its_time_and_cancels_the_work() -> None:
    clock = Clock(0)
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    limited = asyncio.create_task(clock.limit(never, 15))
    await clock.advance(14.9)
    assert not limited.done()
    await clock.advance(0.2)
    with pytest.raises(TimeoutError):
        limited.result()
    assert never.cancelled()


async def test_a_limit_gives_the_result_and_passes_errors_on() -> None:
    clock = Clock(0)

    async def work(fail: bool) -> int:
        if fail:
            raise KeyError("x")
        return 7

    assert await clock.limit(work(False), 1) == 7
    with pytest.raises(KeyError):
        await clock.limit(work(True), 1)


async def test_time_does_not_move_on_while_a_request_is_in_flight() -> None:
    clock, order = Clock(0), list[str]()
    reply = asyncio.Event()

    async def request() -> None:
        with clock.outside():
            await reply.wait()
            order.append("answer")

    async def timer() -> None:
        await clock.sleep(5)
        order.append("timer")

    tasks = [asyncio.create_task(request()), asyncio.create_task(timer())]
    asyncio.get_running_loop().call_later(0.05, reply.set)
    await clock.advance(10)
    assert order == ["answer", "timer"]
    await asyncio.gather(*tasks)


async def test_a_fast_clock_wakes_sleepers_early_in_real_time() -> None:
    clock = Clock(1000)
    began = asyncio.get_running_loop().time()
    await clock.sleep(20)
    assert asyncio.get_running_loop().time() - began < 1
    assert clock.elapsed() >= 20
