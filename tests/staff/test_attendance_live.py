"""Attendance over real sockets and a real live process: Redis is emptied, the live process is restarted, a browser is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import socketio
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select, text

from core import redis
from core.auth import services as accounts
from core.db import transaction
from core.live.attendance import LASTS, LiveHere, LiveServer
from staff import queries, services
from tests.core.live.conftest import Account, account
from tests.core.live.harness import free_port, live_process, until
from tests.core.live.test_browser import open_page, web
from tests.core.session_cookie import cookie_of

__all__ = ["account", "open_page", "web"]  # fixtures
pytestmark = pytest.mark.slow
READY = ("ready", None)
AWAY = ("break", "away")


@pytest.fixture
def agents(committed_db: Any, now: datetime) -> dict[str, tuple[int, int]]:
    """Ana and Bo, Ready: name → (person's id, user's id)."""
    with transaction():
        accounts.ensure_roles()
        branch = services.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", now=now)
        found = {}
        for name in ("Ana", "Bo"):
            person = services.create_person(
                email=f"{name.lower()}@callout.test", name=name, roles=["agent"], kind="agent", branch_id=branch.id, now=now
            )
            services.set_presence(person_id=person.id, state="ready", now=now)
            found[name] = (person.id, person.user_id)
        return found


@pytest.fixture
def browse(app: Flask, agents: dict[str, tuple[int, int]]) -> Iterator[Callable[..., socketio.Client]]:
    """`browse("Ana", url)` → the socket of a page that answers when it is asked, closed after the test."""
    made: list[socketio.Client] = []

    def make(name: str, url: str) -> socketio.Client:
        page = socketio.Client(reconnection=False)
        page.on("here", lambda: None, namespace="/live")  # the library acknowledges
        headers = cookie_of(app, agents[name][1])
        page.connect(url, headers=headers, namespaces=["/live"], transports=["websocket"], wait_timeout=30)
        made.append(page)
        return page

    yield make
    for page in made:
        page.disconnect()


def time_passes(seconds: float, *, since: float = 0.0) -> None:
    """As if all that was written had been written so long ago; live processes began `since` seconds earlier still."""
    with transaction() as session:
        given = {"seconds": seconds, "since": since}
        session.execute(text("UPDATE live_here SET seen_at = seen_at - make_interval(secs => :seconds)"), given)
        ago = "seen_at = seen_at - make_interval(secs => :seconds), since = since - make_interval(secs => :seconds + :since)"
        session.execute(text(f"UPDATE live_server SET {ago}"), given)


def judged(agents: dict[str, tuple[int, int]], now: datetime) -> dict[str, tuple[str, str | None]]:
    """How everybody stands after the clock looked."""
    with transaction():
        services.judge_attendance(now=now)
    with transaction():
        found = {name: queries.current_presence(person_id) for name, (person_id, _user) in agents.items()}
        return {name: (row.state, row.reason) for name, row in found.items() if row is not None}


def all_answered(agents: dict[str, tuple[int, int]], *names: str) -> Callable[[], bool]:
    """Whether their last answers are fresh."""

    def fresh() -> bool:
        with transaction() as session:
            seconds = text("extract(epoch FROM clock_timestamp() - seen_at) < 8")
            there = set(session.scalars(select(LiveHere.user_id).where(seconds)))
        return {agents[name][1] for name in names} <= there

    return fresh


def processes_known() -> int:
    with transaction() as session:
        return len(session.scalars(select(LiveServer.name).where(text("seen_at > clock_timestamp() - interval '15 s'"))).all())


def test_two_agents_through_an_emptied_redis_a_restart_of_live_and_a_closed_browser(
    app: Flask, agents: dict[str, tuple[int, int]], browse: Callable[..., socketio.Client], now: datetime
) -> None:
    both, port = {"Ana": READY, "Bo": READY}, free_port()
    with live_process(app, port=port) as url:
        browse("Ana", url)
        browse("Bo", url)
        assert until(all_answered(agents, "Ana", "Bo"), 30)
        time_passes(0, since=3600)
        assert judged(agents, now) == both

        redis.client().flushdb()
        time_passes(30)
        assert not all_answered(agents, "Ana", "Bo")()
        assert until(all_answered(agents, "Ana", "Bo"), 30), "the pages go on answering without Redis"
        assert judged(agents, now) == both

    time_passes(600)  # the live process is away for ten minutes
    assert judged(agents, now) == both, "nobody could have heard them"
    with live_process(app, port=port) as url:
        bo = browse("Bo", url)
        assert until(lambda: processes_known() == 1, 30)
        assert judged(agents, now) == both, "the browsers are only just coming back"
        browse("Ana", url)
        assert until(all_answered(agents, "Ana", "Bo"), 30)
        time_passes(0, since=3600)
        assert judged(agents, now) == both

        bo.disconnect()  # the browser is closed
        time_passes(LASTS + 5)
        assert until(all_answered(agents, "Ana"), 30)
        assert until(lambda: processes_known() == 1, 30)
        assert judged(agents, now) == {"Ana": READY, "Bo": AWAY}

        browse("Bo", url)
        assert until(all_answered(agents, "Bo"), 30)
        assert judged(agents, now) == both
    with transaction() as session:
        query = text(
            'SELECT p.state, p.reason FROM presence p JOIN person ON person.id = p.person_id JOIN "user" u ON u.id = person.user_id'
        )
        rows = session.execute(text(f"{query.text} WHERE u.name = 'Bo' ORDER BY p.id")).all()
    assert [tuple(row) for row in rows] == [READY, AWAY, READY]


def test_a_page_answers_from_the_browser_once_it_was_told_to(
    app: Flask, account: Callable[..., Account], open_page: Callable[..., Page]
) -> None:
    ana, bo = account(), account()
    with live_process(app) as url:
        pages = [open_page(who.user_id, url) for who in (ana, bo)]
        pages[0].evaluate("live.attend()")

        def there() -> set[int]:
            with transaction() as session:
                return set(session.scalars(select(LiveHere.user_id)))

        assert until(lambda: bool(there()), 40)
        assert there() == {ana.user_id}
