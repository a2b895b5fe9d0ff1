"""Fixtures for all tests: real PostgreSQL and Valkey (one pair per run), the real application, two kinds of database isolation."""

from __future__ import annotations

import fcntl
import functools
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

import config as settings
import wsgi
from core import live, redis
from core.auth import services as accounts
from core.auth.models import User
from core.db import Base
from core.db import db as database
from tests import chromium, servers

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Berlin
hypothesis.settings.register_profile("callout", deadline=None)  # nothing is timed: the machine may be busy with other tests
hypothesis.settings.load_profile("callout")


@pytest.fixture(scope="session")
def worker_id() -> str:
    """The xdist worker's name, `main` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def database_url(worker_id: str) -> Iterator[str]:
    """A database of this worker's own, with all tables made from the models (a contract test proves migrations make the same)."""
    found = servers.shared()
    maintenance = create_engine(found.database_url, isolation_level="AUTOCOMMIT")
    name = f"callout_{worker_id}_{os.getpid()}"
    pattern = _with_tables(found.database_url)
    with maintenance.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{pattern}" STRATEGY FILE_COPY'))
    yield make_url(found.database_url).set(database=name).render_as_string(hide_password=False)
    with maintenance.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    maintenance.dispose()


def _with_tables(url: str) -> str:
    """The name of the run's database that its workers copy: the first one makes it."""
    name, made = "callout_tables", servers.place() / "tables"
    with open(made.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            maintenance = create_engine(url, isolation_level="AUTOCOMMIT")
            with maintenance.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))  # half made
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            maintenance.dispose()
            engine = create_engine(make_url(url).set(database=name))
            Base.metadata.create_all(engine)
            engine.dispose()  # nobody may be in a database that is copied
            made.touch()
    return name


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """The shared Valkey, a database number per worker."""
    number = 0 if worker_id == "main" else int(worker_id.removeprefix("gw")) + 1
    url = servers.shared().redis_url
    return f"{url}{'&' if '?' in url else '?'}db={number}"


@pytest.fixture(scope="session")
def config(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> settings.Config:
    """Settings of the application under test: the simulator as carrier, files in a temporary directory."""
    data_dir: Path = tmp_path_factory.mktemp("data")
    environ = {
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SECRET_KEY": "only-for-tests-0123456789-0123456789",
        "CARRIER": "simulator",
        "LOG_LEVEL": "WARNING",
    }
    return replace(settings.read(environ), demo=False)


@pytest.fixture(scope="session")
def app(config: settings.Config) -> Iterator[Flask]:
    """The application in the role `web`, over a database with its tables."""
    made = wsgi.create_app("web", config)
    made.config.update(TESTING=True, RATELIMIT_ENABLED=False)
    made.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=64)  # 1 ms instead of 150
    yield made
    with made.app_context():
        database.session.remove()
        database.engine.dispose()


@pytest.fixture(autouse=True)
def _nothing_is_remembered(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No relay runs beside the tests' application: what is kept until the picture changes would be kept into the next test. (It has tests.)"""
    if request.node.get_closest_marker("remembers"):
        return
    monkeypatch.setattr("core.live.views._head", lambda _place: None)
    monkeypatch.setattr(live, "remembered", lambda _address, _audience, names, compute, **_more: compute(list(names)))


@pytest.fixture(autouse=True)
def _each_request_its_own_g(monkeypatch: pytest.MonkeyPatch) -> None:
    """`db` and `committed_db` keep an application context open, and with it `g`: without this the first request's user, language and token
    would hold for all that follow."""
    opened = FlaskClient.open

    def forgetful(client: FlaskClient, *args: Any, **kwargs: Any) -> Any:
        for name in list(g) if has_app_context() else ():
            g.pop(name)
        return opened(client, *args, **kwargs)

    monkeypatch.setattr(FlaskClient, "open", forgetful)


@pytest.fixture
def db(app: Flask) -> Iterator[Any]:
    """The database for one test; everything is rolled back afterwards, also what `transaction()` committed."""
    with app.app_context():
        engines = database.engines
        engine = engines[None]
        connection = engine.connect()
        outer = connection.begin()
        engines[None] = connection  # type: ignore[assignment]
        try:
            yield database
        finally:
            database.session.remove()
            engines[None] = engine
            outer.rollback()
            connection.close()


def empty() -> None:
    """Nothing is left in this worker's database and Redis of what a test committed. In an application context.

    Row by row, and only where there are some: to truncate all tables makes five hundred files anew, forty times the work.
    """
    database.session.remove()
    tables = list(reversed(Base.metadata.sorted_tables))
    filled = " UNION ALL ".join(f"SELECT '{table.name}' WHERE EXISTS (SELECT FROM \"{table.name}\")" for table in tables)
    with database.engine.begin() as connection:
        names = set(connection.scalars(text(filled)))
        for table in tables:
            if table.name in names:
                connection.execute(table.delete())
    redis.client().flushdb()


@pytest.fixture
def committed_db(app: Flask) -> Iterator[Any]:
    """The database with real commits, for races, processes and streams; all tables and this worker's Redis are emptied afterwards."""
    with app.app_context():
        try:
            yield database
        finally:
            empty()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium, with no window open."""
    found = chromium.shared()
    yield found
    for context in found.contexts:
        context.close()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The browser is there for one file after the other, until one needs none: it keeps a loop of asyncio in this thread, and memory."""
    if item.path not in _with_browser(item.session):
        chromium.end()


@functools.lru_cache(1)
def _with_browser(session: pytest.Session) -> set[Path]:
    return {item.path for item in session.items if "browser" in getattr(item, "fixturenames", ())}


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    chromium.end()


@pytest.fixture
def now() -> datetime:
    """Business time of a test: Tuesday 2026-03-10 09:00 UTC."""
    return NOW


@pytest.fixture
def make_user(db: Any, now: datetime) -> Callable[..., User]:
    """`make_user("agent", name="Ana")` → a committed user with these roles (and a password nobody knows)."""
    counter = iter(range(1, 1000))

    def make(*roles: str, name: str = "") -> User:
        accounts.ensure_roles()
        number = next(counter)
        user = accounts.create_user(
            email=f"user{number}@callout.test", name=name or f"{'/'.join(roles)} {number}", password=None, roles=roles, now=now
        )
        database.session.commit()
        return user

    return make


@pytest.fixture
def sign_in(app: Flask, make_user: Callable[..., User]) -> Callable[..., FlaskClient]:
    """`sign_in("agent")` → a test client signed in as a fresh user of these roles; `client.user` is that user."""

    def make(*roles: str, user: User | None = None) -> FlaskClient:
        who = user or make_user(*roles)
        client = app.test_client()
        with client.session_transaction() as session:
            session["_user_id"] = who.fs_uniquifier
            session["_fresh"] = True
            session["fs_cc"] = "set"
            session["identity"] = who.fs_uniquifier
        client.user = who  # type: ignore[attr-defined]
        return client

    return make
