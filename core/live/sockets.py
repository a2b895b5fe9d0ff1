"""WSGI middleware of the live process: mends two things in how a websocket is served under gevent (docs/adr/0002-live-channel.md)."""

from __future__ import annotations

from typing import Any

from core.live.broadcast import WholeSends

KEYS = ("gunicorn.socket", "werkzeug.socket")


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
