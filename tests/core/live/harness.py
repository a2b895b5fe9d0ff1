"""Old snapshot + changes == fresh snapshot: the harness that proves it for any set of topics.

Everything on the way is the real thing: PostgreSQL with real commits, the relay's own loop, Redis, a live process under gunicorn with
gevent, a websocket, the HTTP snapshot, and the browser's reducer.js (in node, else in Chromium).

    with relay_running(app), live_process(app, "wsgi:create_app('live')") as url:
        with Watchers(app, url) as watchers:
            watchers.watch("board", auth={"token": secret})
            run_operations(app, one_operation, total=500, writers=4, seed=1)
            watchers.settle()
            assert watchers.differences() == {}
            assert watchers.resets() == 0
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import socketio
from flask import Flask
from sqlalchemy import func, select

from core import processes, redis
from core.db import db
from core.duty import Post
from core.jsonable import encoded
from core.live.topics import Place
from core.outbox import OutboxRow
from core.relay import Relay
from tests.core.live.browser import reducer_process

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 60.0


@contextlib.contextmanager
def relay_running(app: Flask) -> Iterator[None]:
    """The relay's loop in a thread of this process."""
    thread = threading.Thread(target=Post(app, Relay(app), preferred=True).serve, name="relay")
    thread.start()
    try:
        yield
    finally:
        processes.stopping.set()
        thread.join()
        processes.stopping.clear()


def environment(app: Flask) -> dict[str, str]:
    """What a process of ours needs to work on the same database, Redis and secret as `app`."""
    config = app.config["CALLOUT"]
    return {
        **os.environ,
        "DATA_DIR": str(config.data_dir),
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
        "CARRIER": config.carrier,
        "LOG_LEVEL": "WARNING",
    }


@contextlib.contextmanager
def live_process(app: Flask, target: str = "tests.core.live.application:create_app()", port: int = 0) -> Iterator[str]:
    """A live process as in production, on a loopback port (a free one unless told). Yields its address."""
    port = port or free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:core.embedded.hooks",
        "-k",
        "gevent",
        "-w",
        "1",
        "--worker-connections",
        "2000",
        "--graceful-timeout",
        "2",
        "--no-control-socket",
    ]
    command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", target]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(app))
    try:
        assert until(lambda: _answers(port) or process.poll() is not None, 60), "the live process does not answer"
        assert process.poll() is None, "the live process did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def rows_of(place: Place) -> dict[str, Any]:
    """All rows of a place as a browser gets them."""
    rows: dict[str, Any] = json.loads(encoded(place.snapshot().rows))
    return rows


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _answers(port: int) -> bool:
    """gunicorn listens before its worker has loaded the application, so ask something."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def until(condition: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Ask until it holds; False when it did not in time."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def run_operations(
    app: Flask, operation: Callable[[random.Random], None], *, total: int, writers: int, seed: int, seconds: float = 0.0
) -> None:
    """`total` random operations by so many threads at once, spread over about `seconds`. An operation opens its own transaction."""

    def write(number: int) -> None:
        chance = random.Random(f"{seed}-{number}")
        for _ in range(total // writers):
            with app.app_context():
                operation(chance)
            if seconds:
                time.sleep(chance.uniform(0, 2 * seconds * writers / total))

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, range(writers)))


class Watchers:
    """Clients with one socket for each identity, and a reducer for each topic watched."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app, self.url = app, url
        self.clients: dict[str, Client] = {}
        self.reducer = reducer_process()

    def __enter__(self) -> Watchers:
        return self

    def __exit__(self, *_error: object) -> None:
        for client in self.clients.values():
            client.close()
        self.reducer.close()

    def watch(self, address: str, auth: dict[str, str]) -> None:
        """Watch as the holder of `auth` ({"token": …} or {"visitor": …}) and wait for the first picture."""
        name = json.dumps(auth)
        if name not in self.clients:
            self.clients[name] = Client(self, auth)
        client = self.clients[name]
        client.inbox.put(("open", address, None))
        assert until(lambda: client.live(address)), f"{address} did not become live: {client.read(address)}"

    def settle(self) -> None:
        """Until the relay has nothing open and every reducer holds what a fresh snapshot says (or patience ends)."""
        assert until(lambda: self.open_rows() == 0), "the relay did not finish its rows"
        until(lambda: not self.differences())

    def open_rows(self) -> int:
        with self.app.app_context():
            query = select(func.count()).where(OutboxRow.queue == "relay", OutboxRow.done_at.is_(None))
            return db.session.scalar(query) or 0

    def differences(self) -> dict[str, Any]:
        """Where a reducer's picture is not the fresh one: address and audience → both."""
        found: dict[str, Any] = {}
        for client in self.clients.values():
            for address in client.addresses:
                fresh, held = client.snapshot(address, count="now"), client.read(address)
                if held["phase"] != "live" or held["rows"] != fresh["rows"] or held["tiles"] != fresh["tiles"]:
                    found[f"{address} {sorted(client.auth)[0]}"] = {"held": held, "fresh": fresh}
        return found

    def stale(self) -> list[str]:
        """`differences`, a line for each key: address, key, what is held, what is fresh (only the fields that differ)."""
        lines = []
        for address, both in self.differences().items():
            held, fresh = both["held"], both["fresh"]
            pairs = [(key, held["rows"].get(key), fresh["rows"].get(key)) for key in sorted({*held["rows"], *fresh["rows"]})]
            pairs += [("tiles", held["tiles"], fresh["tiles"]), ("phase", held["phase"], "live")]
            lines += [f"{address} {key}: {_apart(old, new)}" for key, old, new in pairs if old != new]
        return lines

    def resets(self) -> int:
        return sum(client.read(address)["resets"] for client in self.clients.values() for address in client.addresses)

    def changes(self) -> int:
        """Changes received, by all."""
        return sum(client.received for client in self.clients.values())

    @contextlib.contextmanager
    def sockets_cut(self) -> Iterator[None]:
        """All sockets are closed inside the block and opened again after it."""
        for client in self.clients.values():
            client.cut()
        try:
            yield
        finally:
            for client in self.clients.values():
                client.connect()

    @contextlib.contextmanager
    def messages_dropped(self) -> Iterator[None]:
        """Inside the block Redis ends every subscription of our database, again and again: emitted messages reach nobody."""
        ended = threading.Event()
        thread = threading.Thread(target=self._drop, args=(ended,))
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _drop(self, ended: threading.Event) -> None:
        with self.app.app_context():
            connection = redis.client()
            number = str(connection.connection_pool.connection_kwargs.get("db", 0))
            while not ended.wait(0.02):
                for client in connection.client_list(_type="pubsub"):
                    if client["db"] == number:
                        connection.client_kill_filter(_id=client["id"])


def _apart(held: Any, fresh: Any) -> str:
    if not isinstance(held, dict) or not isinstance(fresh, dict):
        return f"{str(held)[:200]} / {str(fresh)[:200]}"
    return "; ".join(
        f"{name}: {str(held.get(name))[:150]} / {str(fresh.get(name))[:150]}"
        for name in sorted({*held, *fresh})
        if held.get(name) != fresh.get(name)
    )


class Client:
    """One identity's socket. All it hears passes one queue and one thread, in order, as a browser's event loop does."""

    def __init__(self, watchers: Watchers, auth: dict[str, str]) -> None:
        self.watchers, self.auth = watchers, auth
        self.addresses: list[str] = []
        self.labels: dict[str, str] = {}
        self.received = 0
        self.inbox: queue.Queue[tuple[str, Any, Any]] = queue.Queue()
        self._questions: dict[str, int] = {}
        self._failed: BaseException | None = None
        self.connect()
        self._thread = threading.Thread(target=self._loop)
        self._thread.start()

    def connect(self) -> None:
        """Open the socket; what was watched is asked for again, with `since`."""
        self.socket = socketio.Client(reconnection=False)
        for name in ("change", "head"):
            self.socket.on(name, lambda *data, name=name: self.inbox.put((name, data, None)), namespace="/live")
        self.socket.connect(self.watchers.url, namespaces=["/live"], transports=["websocket"], auth=self.auth, wait_timeout=30)
        self.inbox.put(("connected", None, None))

    def cut(self) -> None:
        self.socket.disconnect()
        self.inbox.put(("lost", None, None))

    def close(self) -> None:
        self.socket.disconnect()
        self.inbox.put(("end", None, None))
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def live(self, address: str) -> bool:
        return address in self.addresses and self.read(address)["phase"] == "live"

    def read(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self.watchers.reducer.call(self._store(address), "read")
        return found

    def snapshot(self, address: str, **query: str) -> dict[str, Any]:
        """A fresh one, over HTTP as the browser gets it."""
        response = self.watchers.app.test_client().get(f"/live/snapshot/{address}", query_string=query, headers=self.headers())
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json
        return found

    def headers(self) -> dict[str, str]:
        """Says over HTTP who the socket's `auth` says."""
        scheme, secret = next(("Bearer" if kind == "token" else "Visitor", secret) for kind, secret in self.auth.items())
        return {"Authorization": f"{scheme} {secret}", "Accept": "application/json"}

    def _store(self, address: str) -> str:
        return f"{json.dumps(self.auth)} {address}"

    def _loop(self) -> None:
        while (item := self.inbox.get())[0] != "end":
            try:
                self._handle(*item)
            except BaseException as error:
                self._failed = error
                raise

    def _handle(self, what: str, first: Any, second: Any) -> None:
        if what == "open":
            self.addresses.append(first)
            self._reduce(first, "connected")
        elif what in ("connected", "lost"):
            for address in self.addresses:
                self._reduce(address, what)
        elif what == "change":
            for change in first:
                self.received += 1
                self._reduce(self.labels.get(change["topic"], change["topic"]), "changed", change)
        elif what == "head":
            self._reduce(self.labels.get(first[0]["topic"], first[0]["topic"]), "announced", first[0])
        elif what == "answer":
            address, number = first
            if number == self._questions[address]:
                assert second["ok"], second
                self.labels[second["topic"]] = address
                self._reduce(address, "acknowledged", second)
        elif what == "loaded":
            self._reduce(first[0], "loaded", second, first[1])

    def _reduce(self, address: str, call: str, *args: Any) -> None:
        for effect in self.watchers.reducer.call(self._store(address), call, *args):
            if effect["do"] == "watch":
                self._ask(address, effect)
            elif effect["do"] == "fetch":
                threading.Thread(target=self._fetch, args=(address, effect["fetch"])).start()

    def _ask(self, address: str, effect: dict[str, Any]) -> None:
        self._questions[address] = number = self._questions.get(address, 0) + 1
        message = {"topic": address}
        if effect["since"] is not None:
            message |= {"since": effect["since"], "epoch": effect["epoch"]}
        with contextlib.suppress(socketio.exceptions.BadNamespaceError):  # cut meanwhile: asked again when connected
            answered = lambda answer: self.inbox.put(("answer", (address, number), answer))  # noqa: E731
            self.socket.emit("watch", message, namespace="/live", callback=answered)

    def _fetch(self, address: str, fetch: int) -> None:
        self.inbox.put(("loaded", (address, fetch), self.snapshot(address)))
