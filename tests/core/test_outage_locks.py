"""What happens to a request when somebody else holds the row it wants: real locks, real deadlocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient
from psycopg.errors import SerializationFailure
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from core.auth import services as accounts
from core.auth.access import carrier_signed, public
from core.auth.models import Token
from core.db import db as database
from core.db import transaction
from core.outbox import OutboxRow

seen: list[str] = []


def _row(unique_key: str, now: datetime) -> OutboxRow:
    return OutboxRow(kind="live", queue="relay", payload={}, unique_key=unique_key, created_at=now, due_at=now, attempts=0)


def _write(unique_key: str) -> None:
    with transaction() as session:
        session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        session.scalars(select(OutboxRow).where(OutboxRow.unique_key == unique_key).with_for_update()).one().attempts += 1


@public
def write() -> Response:
    """A person's or program's write."""
    seen.append("write")
    _write("wanted")
    return jsonify({"done": True})


@carrier_signed
def hook() -> Response:
    """A carrier's webhook: may come twice. Whoever is in the way leaves after the first try."""
    seen.append("hook")
    if len(seen) == 1:
        _write("wanted")
    return jsonify({"done": True})


@public
def failing() -> Response:
    """A read that loses every time."""
    seen.append("failing")
    raise OperationalError("SELECT 1", {}, SerializationFailure("could not serialize access"))


@pytest.fixture(scope="module", autouse=True)
def _views(app: Flask) -> None:
    """Three views of this module's, as if a package had brought them."""
    rules = {"/locks/write": (write, ["POST"]), "/locks/hook": (hook, ["POST"]), "/locks/failing": (failing, ["GET", "POST"])}
    app._got_first_request = False
    for rule, (view, methods) in rules.items():
        if view.__name__ not in app.view_functions:
            app.add_url_rule(rule, endpoint=view.__name__, view_func=view, methods=methods)


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


@pytest.fixture
def rows(committed_db: Any, now: datetime) -> None:
    with transaction() as session:
        session.add_all([_row("wanted", now), _row("other", now)])


@contextmanager
def held(app: Flask, unique_key: str = "wanted") -> Iterator[Connection]:
    """The row is locked by somebody else, on a connection of its own."""
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.connect() as connection:
        connection.execute(select(OutboxRow.id).where(OutboxRow.unique_key == unique_key).with_for_update())
        yield connection
    engine.dispose()


@pytest.fixture
def client(app: Flask, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", set())
    return app.test_client()


def test_a_person_is_told_that_somebody_else_is_just_changing_it(app: Flask, rows: None, client: FlaskClient) -> None:
    with held(app):
        answer = client.post("/locks/write")
    assert (answer.status_code, answer.headers["Retry-After"], seen) == (503, "1", ["write"])
    page = answer.get_data(as_text=True)
    assert "Somebody else is just changing this. Nothing of yours was changed. Try again." in page
    assert answer.headers["X-Request-Id"] in page
    assert client.post("/locks/write").status_code == 200


def test_a_program_gets_a_problem_it_can_read(app: Flask, rows: None, client: FlaskClient) -> None:
    with held(app):
        answer = client.post("/locks/write", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == "busy"


def test_a_carriers_webhook_is_done_again_at_once(app: Flask, rows: None, client: FlaskClient) -> None:
    with held(app):
        assert client.post("/locks/hook", data={"CallSid": "CA1"}).json == {"done": True}
    assert seen == ["hook", "hook"]


def test_what_has_an_idempotency_key_is_done_again_once_and_then_refused(app: Flask, rows: None, client: FlaskClient) -> None:
    with held(app):
        assert client.post("/locks/write", headers={"Idempotency-Key": "one"}).status_code == 503
    assert seen == ["write", "write"]


def test_a_page_is_read_twice_at_most(rows: None, client: FlaskClient) -> None:
    assert client.get("/locks/failing").status_code == 503
    assert seen == ["failing", "failing"]


def test_of_two_that_wait_for_each_other_one_is_told_so(
    app: Flask, rows: None, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real deadlock: PostgreSQL ends whoever notices it first; the other one goes through."""
    both_hold_one = threading.Barrier(2, timeout=60)

    @public
    def cross() -> Response:
        with transaction() as session:
            for place, unique_key in enumerate(request.args.getlist("key")):
                session.execute(select(OutboxRow.id).where(OutboxRow.unique_key == unique_key).with_for_update())
                if place == 0:
                    both_hold_one.wait()
        return jsonify({})

    monkeypatch.setitem(app.view_functions, "write", cross)
    with ThreadPoolExecutor(2) as pool:
        ways = ("/locks/write?key=wanted&key=other", "/locks/write?key=other&key=wanted")
        answers = list(pool.map(lambda way: app.test_client().post(way).status_code, ways))
    assert sorted(answers) == [200, 503]


def test_when_no_connection_comes_free_the_answer_says_so(app: Flask, committed_db: Any, client: FlaskClient) -> None:
    engines = database.engines
    here = engines[None]
    tight = create_engine(app.config["SQLALCHEMY_DATABASE_URI"], poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.2)
    database.session.remove()
    engines[None] = tight
    try:
        with tight.connect():
            answer = client.post("/locks/write", headers={"Accept": "application/json"})
    finally:
        database.session.remove()
        engines[None] = here
        tight.dispose()
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "overloaded", "5")


def test_an_answer_stands_also_when_its_tokens_use_cannot_be_noted(
    app: Flask, committed_db: Any, client: FlaskClient, now: datetime
) -> None:
    with transaction():
        accounts.ensure_roles()
        user = accounts.create_user(email="sums@callout.test", name="Sums", password=None, roles=("agent",), now=now)
        _token, secret = accounts.create_token(name="Sums", role="agent", user=user, now=now, actor_id=None)
    engine = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with engine.connect() as connection:
        connection.execute(select(Token.id).with_for_update())
        answer = client.get("/api/v1/tickets", headers={"Authorization": f"Bearer {secret}"})
    engine.dispose()
    assert answer.status_code == 200
