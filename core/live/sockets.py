"""WSGI middleware of the live process: mends two things in how a websocket is served under gevent (docs/adr/0002-live-sockets.md)."""

from __future__ import annotations

import socket
import threading
from typing import Any

KEYS = ("gunicorn.socket", "werkzeug.socket")


class WholeSends:
    """A socket whose `send` sends all of it, one sender at a time.

    simple-websocket ignores that `send` may take a part only: to a slow client half a frame would be followed by the next one.
    """

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner
        self._lock = threading.RLock()  # gevent's, where gevent serves

    def send(self, data: bytes) -> int:
        with self._lock:
            self._inner.sendall(data)
        return len(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Mended:
    """Wraps the WSGI application."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        # Compression of each message for each client costs five times the time and twice the memory.
        environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
        for key in KEYS:
            if key in environ:
                environ[key] = WholeSends(environ[key])
        return self._inner(environ, start_response)
