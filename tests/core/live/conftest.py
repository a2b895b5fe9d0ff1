"""Fixtures of the live channel's tests: real commits, and accounts to watch with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from core.auth import services as accounts
from core.db import transaction
from core.live import visitor_token
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
