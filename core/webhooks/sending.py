"""One request to somebody's server: address looked at, pinned, ten seconds for all of it, redirects not followed. No database here.

`post` is for receivers of webhooks, of whose answer the status counts; `ask` for services whose answer is read whole.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, quote

from core.webhooks import addresses

SECONDS = 10.0
READ_BYTES = 2048
# Why no answer came. `not_rendered` is our own fault, the others are the receiver's or the way's.
PROBLEMS = ("refused_address", "unknown_host", "timeout", "unreachable", "encryption", "no_http", "not_rendered", "too_large")
Resolver = Callable[[str, int], list[str]]


@cache
def trusted() -> ssl.SSLContext:
    """The system's certificate authorities; reading them takes longer than most receivers do."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class Answer:
    """What came back. `status` None: nothing, `problem` says why. `text`: the first 2 kB of the response, or the error in words. `content`: all
    of it, where that was asked for."""

    milliseconds: int
    status: int | None = None
    problem: str | None = None
    text: str = ""
    content: bytes = b""


class _Pinned(http.client.HTTPConnection):
    """A connection to `address`, whatever the host's name resolves to by now; the certificate must be the name's."""

    def __init__(self, url: SplitResult, address: str, *, port: int, tls: ssl.SSLContext | None, until: float) -> None:
        super().__init__(url.hostname or "", port)
        self.default_port = 443 if tls else 80
        self._address, self._tls, self._until = address, tls, until

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), timeout=max(0.01, self._until - time.monotonic()))
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def cut(self) -> None:
        """End it from another thread: whoever waits for the receiver wakes."""
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def post(
    url: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
    *,
    networks: Sequence[str],
    resolve: Resolver | None = None,
    seconds: float = SECONDS,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send and read the beginning of the answer. Never raises: what went wrong is in the Answer. `tls` None: the system's certificate authorities."""
    return _request("POST", url, body, headers, networks=networks, resolve=resolve, seconds=seconds, tls=tls, most=None)


def ask(
    method: str,
    url: SplitResult,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    networks: Sequence[str],
    most: int,
    resolve: Resolver | None = None,
    seconds: float = SECONDS,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send and read the answer whole, `content` of at most `most` bytes (problem `too_large`). Never raises."""
    return _request(method, url, body, headers, networks=networks, resolve=resolve, seconds=seconds, tls=tls, most=most)


def _request(
    method: str,
    url: SplitResult,
    body: bytes | None,
    headers: Mapping[str, str],
    *,
    networks: Sequence[str],
    resolve: Resolver | None,
    seconds: float,
    tls: ssl.SSLContext | None,
    most: int | None,
) -> Answer:
    began = time.monotonic()

    def failed(problem: str, error: object) -> Answer:
        return Answer(round((time.monotonic() - began) * 1000), problem=problem, text=str(error)[:READ_BYTES].replace("\0", ""))

    encrypted = url.scheme == "https"
    port = url.port or (443 if encrypted else 80)
    try:
        found = (resolve or addresses.resolve)(url.hostname or "", port)
        addresses.check(found, networks, encrypted=encrypted)
        context = (tls or trusted()) if encrypted else None
        connection = _Pinned(url, found[0], port=port, tls=context, until=began + seconds)
    except addresses.Refused as error:
        return failed("refused_address", error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return failed("unknown_host", error)
    late = threading.Event()

    def cut() -> None:
        late.set()
        connection.cut()

    # A time-out of the socket starts anew with every byte; this one is for the whole.
    guard = threading.Timer(max(0.01, began + seconds - time.monotonic()), cut)
    guard.start()
    try:
        response = _sent(connection, method, url, body, headers)
        if late.is_set():  # what was cut in its headers looks like a whole answer
            return failed("timeout", f"no answer within {seconds:g} s")
        content = _beginning(response) if most is None else _whole(response, most)
        if most is not None and late.is_set():
            return failed("timeout", f"no answer within {seconds:g} s")
        if most is not None and len(content) > most:
            return failed("too_large", f"more than {most} bytes")
        text = content[:READ_BYTES].decode("utf-8", "replace").replace("\0", "")
        return Answer(round((time.monotonic() - began) * 1000), status=response.status, text=text, content=content)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            return failed("timeout", f"no answer within {seconds:g} s")
        if isinstance(error, ssl.SSLError):
            return failed("encryption", error)
        if isinstance(error, OSError):
            return failed("unreachable", error)
        return failed("no_http", f"{type(error).__name__}: {error}")
    finally:
        guard.cancel()
        connection.close()


def _sent(connection: _Pinned, method: str, url: SplitResult, body: bytes | None, headers: Mapping[str, str]) -> http.client.HTTPResponse:
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    connection.request(method, quote(target, safe="/?%:=&~+!$,;'@()*"), body=body, headers=dict(headers))
    return connection.getresponse()


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """The first 2 kB. The status is there already, so a body that breaks off or never ends changes nothing."""
    found = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        while len(found) < READ_BYTES and (more := response.read1(READ_BYTES - len(found))):
            found += more
    return found


def _whole(response: http.client.HTTPResponse, most: int) -> bytes:
    """All of it, or one byte more than `most`. Raises HTTPException when it breaks off."""
    found = bytearray()
    while len(found) <= most and (more := response.read1(most + 1 - len(found))):
        found += more
    return bytes(found)
