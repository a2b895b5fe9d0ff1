"""Fixtures of the live channel's tests: real commits, and accounts to watch with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import leases
from core.auth import services as accounts
from core.db import db, transaction
from core.duty import Term
from core.files import File
from core.live import visitor_token
from core.outbox import OutboxRow
from core.relay import Relay
from tests.core.live import file_topics


@dataclass
class Account:
    user_id: int
    token: str

    @property
    def auth(self) -> dict[str, str]:
        return {"token": self.token}


@pytest.fixture
def account(committed_db: Any, now: datetime) -> Callable[..., Account]:
    """`account("agent")` → a committed user with an API token of that role."""
    counter = iter(range(1000))

    def make(role: str = "agent") -> Account:
        with transaction():
            accounts.ensure_roles()
            user = accounts.create_user(email=f"live{next(counter)}@callout.test", name="Ana", password=None, roles=[role], now=now)
            _token, secret = accounts.create_token(name="live", user=user, role=role, now=now, actor_id=None)
            return Account(user.id, secret)

    return make


@pytest.fixture
def visitor(app: Flask, committed_db: Any) -> dict[str, str]:
    """`auth` of a visitor who may see files."""
    return {"visitor": visitor_token("chat-1", files=True, name="Visitor")}


@pytest.fixture
def file_topic(app: Flask) -> None:
    """The tests' own topics are registered."""
    file_topics.register()


class HandRelay:
    """A relay turned by hand, one look at a time."""

    def __init__(self, app: Flask) -> None:
        self.relay = Relay(app)

    def turn(self) -> float:
        """Renew the lease and take one turn; what it returns."""
        with transaction():
            fence = leases.take("relay", "by hand")
        assert fence is not None
        return self.relay.turn(Term("relay", fence, time.monotonic()))

    def run(self) -> None:
        """Turn until nothing is open."""
        while self.turn() < 0.5 or self.open_rows():
            time.sleep(0.01)

    def open_rows(self) -> int:
        query = select(func.count()).where(OutboxRow.queue == "relay", OutboxRow.done_at.is_(None))
        found = db.session.scalar(query) or 0
        db.session.rollback()
        return found


@pytest.fixture
def relay(app: Flask, committed_db: Any, file_topic: None) -> Iterator[HandRelay]:
    """A relay that the test turns."""
    made = HandRelay(app)
    yield made
    made.relay.close()


@pytest.fixture
def add_file(committed_db: Any) -> Callable[..., int]:
    """`add_file(size=3, kind="text/plain")` → id of a committed file, touched on its topics."""

    def add(*, size: int = 1, kind: str = "text/plain", name: str = "a") -> int:
        with transaction() as session:
            row = File(name=name, content_type=kind, size=size, sha256="0" * 64, created_at=file_topics.AT, created_by_id=None)
            session.add(row)
            session.flush()
            file_topics.touch_file(row)
            return row.id

    return add
