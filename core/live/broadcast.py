"""One message to a thousand sockets: framed once, written straight to each socket that is idle (docs/adr/0002-live-channel.md).

The usual way (a queue, a greenlet, a websocket frame for each client) costs about 100 µs for each client and message. A frame from a server is
the same for all, so here it is made once; and where a client's queue is empty and its socket takes it all, nothing else is woken. A client
that is behind gets it through its queue as before, in order.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import structlog
from engineio import packet as engine_packet
from socketio import packet as socket_packet

log = structlog.get_logger()
TEXT_FRAME = 0x81


class Framed(str):
    """An encoded packet that carries its websocket frame."""

    __slots__ = ("frame",)
    frame: bytes


def framed(text: str) -> Framed:
    """The text with its frame (server to client: not masked; no extension was agreed on)."""
    body = text.encode()
    length = len(body)
    if length < 126:
        head = bytes((TEXT_FRAME, length))
    elif length < 65536:
        head = bytes((TEXT_FRAME, 126)) + length.to_bytes(2, "big")
    else:
        head = bytes((TEXT_FRAME, 127)) + length.to_bytes(8, "big")
    made = Framed(text)
    made.frame = head + body
    return made


class WholeSends:
    """A socket whose `send` sends all of it, one sender at a time.

    simple-websocket ignores that `send` may take a part only: to a slow client half a frame would be followed by the next one.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._raw = getattr(inner, "_sock", inner)  # beneath gevent's, which would wait
        self._lock = threading.Lock()  # gevent's, where gevent serves

    def send(self, data: bytes) -> int:
        with self._lock:
            self._inner.sendall(data)
        return len(data)

    def send_now(self, data: bytes, later: Callable[[Callable[[], None]], Any]) -> bool:
        """Send without waiting; False when another send is under way or the socket takes nothing. A rest goes out in the background,
        before anything else."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            sent = self._raw.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            self._lock.release()
            return False
        except BaseException:
            self._lock.release()
            raise
        if sent < len(data):
            later(lambda: self._send_rest(data[sent:]))
        else:
            self._lock.release()
        return True

    def _send_rest(self, data: bytes) -> None:
        try:
            self._inner.sendall(data)
        except OSError:
            log.debug("a socket closed in the middle of a message")
        finally:
            self._lock.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def websocket_class(plain: type) -> type:
    """Engine.IO's websocket for the async mode in use, made to know frames and to be reachable from its Engine.IO socket."""

    class FramedWebSocket(plain):  # type: ignore[misc,valid-type]
        def __init__(self, handler: Any, server: Any) -> None:
            super().__init__(handler, server)
            self._engine_socket = handler.__self__

        def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
            self._engine_socket.framed_websocket = self
            return super().__call__(environ, start_response)

        def send(self, message: Any) -> Any:
            if isinstance(message, Framed) and self.ws.connected:
                return self.ws.sock.send(message.frame)
            return super().send(message)

        def send_now(self, message: Framed, later: Callable[[Callable[[], None]], Any]) -> bool:
            """Whether it went out at once."""
            ready = getattr(self, "ws", None)
            return ready is not None and ready.connected and ready.sock.send_now(message.frame, later)

    return FramedWebSocket


def broadcast(server: Any, participants: Any, event: str, data: list[Any], namespace: str) -> None:
    """Send an event to the (sid, Engine.IO sid) pairs. `server` is the python-socketio one."""
    text = server.packet_class(socket_packet.EVENT, namespace=namespace, data=[event, *data]).encode()
    packet = engine_packet.Packet(engine_packet.MESSAGE, text)
    packet.encode_cache = message = framed(packet.encode())
    for _sid, engine_sid in participants:
        engine_socket = server.eio.sockets.get(engine_sid)
        if engine_socket is None or engine_socket.closed:
            continue
        websocket = getattr(engine_socket, "framed_websocket", None)
        try:
            if websocket is None or not engine_socket.queue.empty() or not websocket.send_now(message, server.start_background_task):
                engine_socket.send(packet)
        except OSError:
            continue  # its own reader notices
