"""What people and programs are told while the database is away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from core import outage
from core.db import db as database

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def signed_in(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("agent")


@pytest.fixture
def away(app: Flask, signed_in: FlaskClient) -> Iterator[FlaskClient]:
    """A signed-in client whose database has gone since."""
    engine = create_engine(NOWHERE, connect_args={"connect_timeout": 2})
    engines = database.engines
    here, engines[None] = engines[None], engine
    database.session.remove()
    try:
        yield signed_in
    finally:
        database.session.remove()
        engines[None] = here
        engine.dispose()


def test_a_page_says_that_the_database_is_away(away: FlaskClient) -> None:
    answer = away.get("/tickets")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    page = answer.get_data(as_text=True)
    assert "The database cannot be reached at the moment." in page
    assert answer.headers["X-Request-Id"] in page


def test_a_program_gets_a_problem_it_can_read(away: FlaskClient) -> None:
    answer = away.get("/api/v1/tickets")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.json is not None
    assert answer.json["code"] == "database_away"


def test_a_visitors_language_holds_without_a_database(app: Flask, away: FlaskClient) -> None:
    away.set_cookie("language", "zh_Hans")
    assert 'lang="zh-Hans"' in away.get("/tickets").get_data(as_text=True)


def test_pages_that_need_no_database_still_answer(app: Flask, away: FlaskClient) -> None:
    visitor = app.test_client()
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/readyz").status_code == 503
    assert visitor.get("/no-such-page").status_code == 404


@pytest.mark.parametrize(
    ("state", "invalidated", "away"),
    [
        ("57P01", False, True),
        ("57P03", False, True),
        ("08006", False, True),
        ("53300", False, True),
        (None, True, True),
        ("57014", False, False),
        ("55P03", False, False),
        ("40001", False, False),
    ],
)
def test_a_refused_statement_is_no_outage(state: str | None, invalidated: bool, away: bool) -> None:
    error = DBAPIError("SELECT 1", {}, SimpleNamespace(sqlstate=state), connection_invalidated=invalidated)  # type: ignore[arg-type]
    assert outage.is_away(error) is away


def test_a_server_nobody_answers_for_is_away() -> None:
    with pytest.raises(OperationalError) as refused:
        create_engine(NOWHERE, connect_args={"connect_timeout": 2}).connect()
    assert outage.is_away(refused.value)


def test_a_statement_that_takes_too_long_is_no_outage(db: Any) -> None:
    database.session.execute(text("SET LOCAL statement_timeout = 20"))
    with pytest.raises(OperationalError) as cancelled:
        database.session.execute(text("SELECT pg_sleep(5)"))
    assert not outage.is_away(cancelled.value)
