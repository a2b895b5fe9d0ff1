"""Many boards open in one process: raw websocket clients that note when each marked row first reaches each of them.

    python -m bench.road_boards PORT COUNT TOKEN

Says `ready`, then reads lines: `report` prints one JSON object {mark: [monotonic nanoseconds, one for each board that saw it]} and forgets.
A mark is `road-<number>` in a ticket's subject, or a caller's number that begins with +4930.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

from bench.live_clients import AT_ONCE, Client, Counts

MARK = re.compile(rb"road-\d+|\+4930\d{8}")
TOPICS = ("board", "calls")


class Board(Client):
    """One open board: the topics its page watches. `seen`: when a mark came here first."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(port, "whole", token, Counts())
        self.seen: dict[bytes, int] = {}

    async def _join(self) -> None:
        await self._until(b"0{")
        self._send("40/live," + json.dumps({"token": self.token}))
        await self._until(b"40/live,")
        for number, topic in enumerate(TOPICS, start=1):
            self._send(f'42/live,{number}["watch",{json.dumps({"topic": topic})}]')
            answer = await self._until(f"43/live,{number}".encode())
            if b'"ok":true' not in answer:
                raise RuntimeError(answer.decode())

    async def _receive(self) -> None:
        while True:
            frame = await self._frame()
            if frame == b"2":
                self._send("3")
                continue
            now = time.monotonic_ns()
            for mark in MARK.findall(frame):
                self.seen.setdefault(mark, now)


def report(boards: list[Board]) -> dict[str, list[int]]:
    """All marks with when each board had them; boards forget."""
    found: dict[str, list[int]] = {}
    for board in boards:
        for mark, at in board.seen.items():
            found.setdefault(mark.decode(), []).append(at)
        board.seen.clear()
    return found


async def main(port: int, count: int, token: str) -> None:
    boards = [Board(port, token) for _ in range(count)]
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(board.open() for board in boards[first : first + AT_ONCE]))
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(report(boards)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
