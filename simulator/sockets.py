"""A device at the other end of a websocket: JSON out without waiting, JSON in one message at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import WSMsgType, web

MOST_WAITING = 1000
HEARTBEAT_SECONDS = 20.0
LARGEST_MESSAGE = 65_536


class Socket:
    """Outgoing messages are queued; a browser that stops reading is cut off rather than kept in memory."""

    def __init__(self) -> None:
        self._ws = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_MESSAGE)
        self._waiting: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(MOST_WAITING)
        self._writer: asyncio.Task[None] | None = None

    async def open(self, request: web.Request) -> web.WebSocketResponse:
        await self._ws.prepare(request)
        self._writer = asyncio.get_running_loop().create_task(self._write())
        return self._ws

    def send(self, type_: str, **fields: Any) -> None:
        if self._waiting.full():
            if self._writer is not None:
                self._writer.cancel()
            return
        self._waiting.put_nowait({"type": type_, **fields})

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Messages as they come, until the socket closes. What is not a JSON object with a `type` is answered with an error."""
        async for message in self._ws:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                found = json.loads(message.data)
            except ValueError:
                found = None
            if isinstance(found, dict) and isinstance(found.get("type"), str):
                yield found
            else:
                self.send("error", code=31000, message="not a JSON object with a type")

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.cancel()
        await self._ws.close()

    async def _write(self) -> None:
        try:
            while True:
                message = await self._waiting.get()
                await self._ws.send_str(json.dumps(message, ensure_ascii=False))
        except (ConnectionError, asyncio.CancelledError):
            if not self._ws.closed:
                await self._ws.close()
