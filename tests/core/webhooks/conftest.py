"""Receivers on loopback, an endpoint of ours, and the way from an event to them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, events, outbox
from core.db import db as database
from core.db import transaction
from core.events import DomainEvent
from core.webhooks import lane
from core.webhooks.hooks import HOOKS, Hook
from core.webhooks.models import Delivery, Endpoint
from core.webhooks.services import endpoints

LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server on loopback. `answer(got)` gives status, headers and body; it runs in the server's thread and may wait."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], tuple[int, dict[str, str], bytes]] = lambda _got: (200, {}, b"thanks")
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=callout"

    def up(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                got = Got(self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
                outer.got.append(got)
                status, headers, body = outer.answer(got)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def down(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.answer = lambda _got: (status, headers, body)


@pytest.fixture
def make_receiver() -> Iterator[Callable[[], Receiver]]:
    """`make_receiver()` → one that is up."""
    made: list[Receiver] = []

    def make() -> Receiver:
        receiver = Receiver()
        receiver.up()
        made.append(receiver)
        return receiver

    yield make
    for receiver in made:
        receiver.down()


@pytest.fixture
def receiver(make_receiver: Callable[[], Receiver]) -> Receiver:
    return make_receiver()


@pytest.fixture(autouse=True)
def _loopback_is_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting of this installation names loopback; the tests of addresses pass their own."""
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], webhook_networks=LOOPBACK))


@dataclass(frozen=True, kw_only=True)
class ThingChanged(DomainEvent):
    """An event that only these tests know."""

    name: ClassVar[str] = "thing.changed"
    thing_id: int
    secret_note: str = "not for others"


def present(data: dict[str, Any]) -> dict[str, Any] | None:
    """Nothing to tell of thing 0, a bug with thing 13."""
    if data["thing_id"] == 13:
        raise ZeroDivisionError("a presenter's bug")
    return {"thing": {"id": data["thing_id"]}} if data["thing_id"] else None


@pytest.fixture(autouse=True)
def _thing_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HOOKS, "fillers", list(HOOKS.fillers))
    HOOKS.fill("thing.changed", lambda: Hook(ThingChanged, "A thing changed", present, version=3))


@pytest.fixture
def business(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[..., datetime]:
    """Business time stands still: `business()` tells it, `business(seconds=30)` moves it on and tells it."""
    moment = [now]

    def tell(**more: float) -> datetime:
        if more:
            moment[0] += timedelta(**more)
        return moment[0]

    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return tell


@pytest.fixture
def make_endpoint(db: Any, receiver: Receiver, business: Callable[..., datetime]) -> Callable[..., Endpoint]:
    """`make_endpoint()` → one that wants `thing.changed` and stands at `receiver`."""

    def make(**more: Any) -> Endpoint:
        given = {"name": "CRM", "url": receiver.url, "events": ["thing.changed"]} | more
        with transaction():
            return endpoints.create(**given, networks=LOOPBACK, actor_id=None, now=business())

    return make


@pytest.fixture
def endpoint(make_endpoint: Callable[..., Endpoint]) -> Endpoint:
    return make_endpoint()


def happen(now: datetime, thing_id: int = 7) -> None:
    """The effect: its transaction publishes the event."""
    with transaction():
        events.publish(ThingChanged(at=now, actor_id=None, thing_id=thing_id))


def go(now: datetime) -> int:
    """What clock, relay and worker do: the sweep, then every lane in the outbox. Returns how many lanes there were."""
    with transaction():
        lane.hand_over(now)
    with transaction():
        rows = [row.id for row in outbox.open_rows("heavy", now=now, limit=100) if row.kind == lane.KIND]
    for row_id in rows:
        outbox.run(row_id, clock=lambda: now)
    return len(rows)


def log_of(endpoint_id: int) -> list[Delivery]:
    """Its deliveries, the oldest first, read afresh."""
    database.session.expire_all()
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id).order_by(Delivery.id)
    return list(database.session.scalars(query))
