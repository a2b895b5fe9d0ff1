"""A firm whose tickets have a custom field of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.auth import services as accounts
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program
from tickets.fields.models import TicketField
from tickets.fields.services import create_field

BUILDINGS = [
    {"key": "north", "labels": {"en": "North wing", "zh_Hans": "北楼"}},
    {"key": "south", "labels": {"en": "South wing"}},
]


@pytest.fixture
def define(firm: Firm) -> Callable[..., TicketField]:
    """`define("floor", "number", decimals=1)` → the field; what is no option of its kind is passed on."""

    def make(key: str, kind: str, **given: Any) -> TicketField:
        plain = {name: given.pop(name) for name in ("required", "required_when", "public", "ticket_kinds", "labels") if name in given}
        labels = plain.pop("labels", {"en": key.capitalize()})
        return create_field(key=key, kind=kind, labels=labels, options=given, now=firm.now, actor_id=None, **plain)

    return make


@pytest.fixture
def each_kind(define: Callable[..., TicketField]) -> dict[str, TicketField]:
    """One field of each kind, by key."""
    made = (
        define("room", "text"),
        define("floor", "number", min=-2, max=80),
        define("bought", "date"),
        define("building", "choice", choices=BUILDINGS, labels={"en": "Building", "zh_Hans": "楼"}),
        define("damage", "choices", choices=[{"labels": {"en": text}} for text in ("Water", "Smoke", "Noise")]),
        define("insured", "yes_no"),
        define("surveyor", "reference", to="person"),
    )
    return {row.key: row for row in made}


@pytest.fixture
def as_role(app: Flask, make_user: Callable[..., Any], now: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Program]:
    """`as_role("agent")` → a Program of a fresh user; business time stands at `now`."""
    monkeypatch.setattr(clock, "now", lambda: now)

    def make(role: str) -> Program:
        user = make_user(role)
        token, secret = accounts.create_token(name="test", user=user, role=role, now=now, actor_id=None)
        token.last_used_at = now
        return Program(app, secret, user.id)

    return make
