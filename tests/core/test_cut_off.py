"""The database goes away in the middle of a request, at every statement of it in turn: the answer says so, and the next try finds it well."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Connection

from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from staff import services as staff
from tests.fixtures import NOW
from tickets.models import Queue


class Cutter:
    """Ends the server's process behind the connection that runs the statement number `at`; `at` None only counts.

    A commit is a statement too, and so is the rollback when the answer stands.
    """

    def __init__(self, at: int | None) -> None:
        self.at, self.seen = at, 0
        self.behind = False  # whether it was a rollback, when the answer stands
        self.other = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")

    def __enter__(self) -> Cutter:
        event.listen(database.engine, "before_cursor_execute", self._statement)
        event.listen(database.engine, "commit", self._step)
        event.listen(database.engine, "rollback", self._rollback)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(database.engine, "before_cursor_execute", self._statement)
        event.remove(database.engine, "commit", self._step)
        event.remove(database.engine, "rollback", self._rollback)
        self.other.dispose()

    def _statement(self, connection: Connection, *_rest: Any) -> None:
        self._step(connection)

    def _rollback(self, connection: Connection) -> None:
        self.behind = self.seen + 1 == self.at
        self._step(connection)

    def _step(self, connection: Connection) -> None:
        self.seen += 1
        if self.seen == self.at:
            with self.other.connect() as killer:
                driver: Any = connection.connection.driver_connection
                killer.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": driver.pgconn.backend_pid})


@pytest.fixture
def serving(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers errors as in service, instead of raising them into the test."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)


@pytest.fixture
def desk(app: Flask, committed_db: Any) -> dict[str, Any]:
    """A token of an agent and a queue."""
    branch = staff.create_branch(name="Berlin", time_zone="Europe/Berlin", now=NOW)
    queue = Queue(key="repairs", name="Repairs", branch_id=branch.id)
    database.session.add(queue)
    accounts.ensure_roles()
    database.session.commit()
    person = staff.create_person(email="ana@callout.test", name="Ana", roles=["agent"], kind="agent", branch_id=branch.id, now=NOW)
    database.session.flush()
    user = database.session.get_one(User, person.user_id)
    _row, secret = accounts.create_token(name="desk", user=user, role="agent", now=NOW, actor_id=None)
    database.session.commit()
    found = {"Authorization": f"Bearer {secret}"}
    queue_id = queue.id
    database.session.remove()
    return {"headers": found, "queue_id": queue_id}


def asked(client: FlaskClient, desk: dict[str, Any], what: str, number: int) -> Any:
    """In a thread of its own, as in service: there the request's context ends with it, and with that its session."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_asked, client, desk, what, number).result()


def _asked(client: FlaskClient, desk: dict[str, Any], what: str, number: int) -> Any:
    if what == "post":
        body = {"subject": "Cut", "text": "The lift stands still.", "queue_id": desk["queue_id"]}
        return client.post("/api/v1/tickets", json=body, headers=desk["headers"] | {"Idempotency-Key": f"cut-{number}"})
    if what == "page":
        return client.get("/help")
    return client.get("/api/v1/softphone", headers=desk["headers"])


@pytest.mark.slow
@pytest.mark.parametrize("what", ["get", "post", "page"])
@pytest.mark.usefixtures("serving")
def test_wherever_the_database_is_cut_off_the_answer_says_come_again(app: Flask, desk: dict[str, Any], what: str) -> None:
    assert asked(app.test_client(), desk, what, 0).status_code in (200, 201)  # the token's use is written down once a minute
    with Cutter(None) as counting:
        assert asked(app.test_client(), desk, what, -1).status_code in (200, 201)
    for at in range(1, counting.seen + 1):
        with Cutter(at) as cutting:
            answer = asked(app.test_client(), desk, what, at)
            assert cutting.seen >= at
        assert answer.status_code == 503 or (cutting.behind and answer.status_code in (200, 201)), (at, answer.status_code)
        database.session.remove()
        assert asked(app.test_client(), desk, what, at).status_code in (200, 201)
