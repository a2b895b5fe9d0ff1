"""What the tests of tasks, time and maintenance share: the API as somebody of a role, and a counter of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.auth import services as accounts
from core.db import db as database
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program


@pytest.fixture
def as_role(
    app: Flask, make_user: Callable[..., Any], firm: Firm, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Program]:
    """`as_role("agent")` → the API as a fresh colleague of this role (a Person of the firm); business time stands at `now`."""
    monkeypatch.setattr(clock, "now", lambda: now)

    def make(role: str) -> Program:
        user = make_user(role)
        firm.person(user.id)
        token, secret = accounts.create_token(name="test", user=user, role=role, now=now, actor_id=None)
        token.last_used_at = now
        return Program(app, secret, user.id)

    return make


@pytest.fixture
def statements(db: Any) -> Iterator[list[str]]:
    """The SQL that ran since the fixture began; clear it to count anew."""
    seen: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = getattr(database.engine, "engine", database.engine)
    database.event.listen(engine, "before_cursor_execute", count)
    yield seen
    database.event.remove(engine, "before_cursor_execute", count)
