"""Many raw websocket clients in one process: as little work per message as can be, so that the server is what is measured.

    python -m bench.live_clients PORT COUNT MODE TOKEN      MODE: whole (Socket.IO, watches the topic) or bare

Says `ready` when all are connected, then reads lines: `count NAME` counts what comes from now on under a name, `report NAME` prints one JSON
object {"count", "p50", "p95", "p99", "max"} in milliseconds of all that was counted under it. The message carries `"sent": <monotonic
nanoseconds>`, which is one clock for all processes of the machine.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import time

SENT = re.compile(rb'"sent":\s?(\d+)')
AT_ONCE = 50  # connections being opened


class Counts:
    """Latencies by name."""

    def __init__(self) -> None:
        self.by_name: dict[str, list[int]] = {}
        self.present: list[int] = []

    def begin(self, name: str) -> None:
        self.present = self.by_name.setdefault(name, [])


class Client:
    """One socket. `counts` is shared by all: latencies in nanoseconds, by the present name."""

    def __init__(self, port: int, mode: str, token: str, counts: Counts) -> None:
        self.port, self.mode, self.token, self.counts = port, mode, token, counts
        self.buffer = bytearray()

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        path = "/socket.io/?EIO=4&transport=websocket" if self.mode == "whole" else "/"
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        if b" 101 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(head.decode())
        if self.mode == "whole":
            await self._join()
        self.task = asyncio.create_task(self._receive())

    async def _join(self) -> None:
        await self._until(b"0{")
        self._send("40/live," + json.dumps({"token": self.token}))
        await self._until(b"40/live,")
        self._send('42/live,1["watch",{"topic":"bench"}]')
        answer = await self._until(b"43/live,1")
        if b'"ok":true' not in answer:
            raise RuntimeError(answer.decode())

    async def _until(self, start: bytes) -> bytes:
        while True:
            frame = await self._frame()
            if frame.startswith(start):
                return frame
            if frame.startswith(b"44"):
                raise RuntimeError(frame.decode())

    async def _receive(self) -> None:
        while True:
            frame = await self._frame()
            if frame == b"2":
                self._send("3")
                continue
            now = time.monotonic_ns()
            for sent in SENT.findall(frame):
                self.counts.present.append(now - int(sent))

    async def _frame(self) -> bytes:
        head = await self.reader.readexactly(2)
        length = head[1]
        if length == 126:
            length = int.from_bytes(await self.reader.readexactly(2), "big")
        elif length == 127:
            length = int.from_bytes(await self.reader.readexactly(8), "big")
        return await self.reader.readexactly(length)

    def _send(self, text: str) -> None:
        """A text frame, masked with zeros as the protocol allows."""
        body = text.encode()
        head = bytes([0x81, 0x80 | len(body)]) if len(body) < 126 else b"\x81\xfe" + len(body).to_bytes(2, "big")
        self.writer.write(head + bytes(4) + body)


def figures(taken: list[int]) -> dict[str, float]:
    """Percentiles in milliseconds."""
    ordered = sorted(taken)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e6, 1) if ordered else 0.0

    return {"count": len(ordered), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)}


async def main(port: int, count: int, mode: str, token: str) -> None:
    counts = Counts()
    clients = [Client(port, mode, token, counts) for _ in range(count)]
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(client.open() for client in clients[first : first + AT_ONCE]))
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        verb, _space, name = line.strip().partition(" ")
        if verb == "report":
            print(json.dumps(figures(counts.by_name[name])), flush=True)
        else:
            counts.begin(name)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else ""))
