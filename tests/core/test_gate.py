"""The gate: who comes through the door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_login import current_user

from core.auth import services as accounts
from core.auth.models import Token
from core.db import db as database


def test_a_health_page_is_open_to_everybody(app: Flask, db: Any) -> None:
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_a_bearer_token_signs_in_with_the_tokens_role_only(app: Flask, make_user: Callable[..., Any], now: Any) -> None:
    user = make_user("agent", "supervisor")
    _token, secret = accounts.create_token(name="t", user=user, role="agent", now=now, actor_id=None)
    database.session.commit()
    client = app.test_client()
    assert client.get("/api/v1/nothing", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert secret.startswith("co_")


def test_signed_in_client_is_recognised(app: Flask, sign_in: Callable[..., FlaskClient]) -> None:
    client = sign_in("agent")
    with client:
        client.get("/sign-in")
        assert current_user.is_authenticated


def test_localhost_is_sent_to_the_address_the_live_channel_knows(app: Flask, db: Any) -> None:
    port = app.config["CALLOUT"].port
    answer = app.test_client().get("/sign-in?next=/board", headers={"Host": f"localhost:{port}"})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"http://127.0.0.1:{port}/sign-in?next=/board")


def test_the_use_of_a_token_is_written_down_after_the_view(app: Flask, make_user: Callable[..., Any], now: Any) -> None:
    _token, secret = accounts.create_token(name="t", user=make_user("agent"), role="agent", now=now, actor_id=None)
    database.session.commit()
    answer = app.test_client().get("/api/v1/queues", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    database.session.rollback()
    assert database.session.query(Token).one().last_used_at is not None
