"""live.js in Chromium against the real processes: it shows the picture, says when it is old, and catches up by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from core import clock
from core.auth import services as accounts
from core.auth.models import User
from core.db import transaction
from tests.core.live.conftest import Account
from tests.core.live.harness import free_port, live_process, relay_running, until
from tests.core.session_cookie import give_cookie

pytestmark = [pytest.mark.slow, pytest.mark.e2e]

OPEN = """async ([url, topics]) => {
  const { connect, serverNow } = await import("/static/test/js/core/live.js");
  window.live = connect({ url });
  window.serverNow = serverNow;
  window.heard = { resets: 0, changes: [], states: [], hints: [] };
  live.onState((state) => heard.states.push(state.name));
  live.onHint((hint) => heard.hints.push(`${hint.topic} ${hint.kind} ${hint.data}`));
  window.watched = Object.fromEntries(topics.map((topic) => [topic, live.watch(topic, {
    onReset: () => (heard.resets += 1),
    onChange: (change) => heard.changes.push(change.type),
  })]));
}"""


@pytest.fixture
def web(app: Flask) -> Iterator[str]:
    """The web role on a loopback port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def open_page(app: Flask, web: str, committed_db: Any, browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_page(user_id, live_url, *topics)` → a signed-in page that watches them."""
    made: list[BrowserContext] = []

    def make(user_id: int, live_url: str, *topics: str) -> Page:
        # the live process has another port than the page's policy names
        made.append(browser.new_context(bypass_csp=True, reduced_motion="reduce"))
        give_cookie(made[-1], app, user_id, web)
        page = made[-1].new_page()
        page.goto(f"{web}/healthz")
        page.evaluate(OPEN, [live_url, list(topics)])
        return page

    yield make
    for context in made:
        context.close()


def rows(page: Page, topic: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("topic => Object.fromEntries(watched[topic].rows)", topic)
    return found


def fresh(page: Page, topic: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("async topic => (await (await fetch(`/live/snapshot/${topic}`)).json()).rows", topic)
    return found


def same(page: Page, topic: str, count: int) -> Callable[[], bool]:
    return lambda: len(rows(page, topic)) == count and rows(page, topic) == fresh(page, topic)


def state(page: Page) -> str:
    return str(page.evaluate("live.state.name"))


def test_a_page_shows_changes_says_when_it_is_old_and_catches_up(
    app: Flask, file_topic: None, account: Callable[..., Account], add_file: Callable[..., int], open_page: Callable[..., Page]
) -> None:
    port, who = free_port(), account()
    add_file()
    with relay_running(app):
        with live_process(app, port=port) as url:
            page = open_page(who.user_id, url, "kind:text", "largest", "mine")
            assert until(same(page, "kind:text", 1))
            add_file(name="second")
            assert until(same(page, "kind:text", 2))
            assert until(same(page, "largest", 2))
            assert page.evaluate("heard.resets") == 3, "one for each topic's first picture"
            assert page.evaluate("watched['kind:text'].tiles.count") == 2
            assert abs(page.evaluate("serverNow()") / 1000 - clock.now().timestamp()) < 2
        assert until(lambda: state(page) == "reconnecting", 5)
        assert until(lambda: state(page) == "stale", 15)
        assert page.evaluate("typeof live.state.since") == "number"
        add_file(name="while away")
        assert len(rows(page, "kind:text")) == 2, "what was known stays on the screen"
        with live_process(app, port=port):
            assert until(same(page, "kind:text", 3), 40)
            assert until(same(page, "largest", 3))
            assert state(page) == "live"
            assert page.evaluate("heard.resets") == 3, "caught up without reading anew"


def test_pages_hear_each_others_hints_and_a_changed_role_signs_them_out(
    app: Flask, file_topic: None, account: Callable[..., Account], open_page: Callable[..., Page], now: datetime
) -> None:
    first, second = account(), account()
    with live_process(app) as url:
        ana, bo = open_page(first.user_id, url, "kind:text"), open_page(second.user_id, url, "kind:text")
        assert until(lambda: state(ana) == state(bo) == "live" and ana.evaluate("heard.resets") == bo.evaluate("heard.resets") == 1)
        ana.evaluate("live.hint('kind:text', 'typing', 'hel')")
        assert until(lambda: bo.evaluate("heard.hints") == ["kind:text typing hel"])
        ana.evaluate("live.lookingAt('kind:text')")
        assert until(lambda: bo.evaluate("watched['kind:text'].looking.map(who => who.id)") == [first.user_id])
        with transaction() as session:
            accounts.set_roles(user=session.get_one(User, first.user_id), roles=["technician"], actor_id=None, now=now)
        assert until(lambda: state(ana) == "signed out", 10)
        assert until(lambda: bo.evaluate("watched['kind:text'].looking") == [])
        assert state(bo) == "live"


def test_a_topic_one_may_not_watch_is_refused_and_closing_ends_the_watching(
    app: Flask, file_topic: None, account: Callable[..., Account], open_page: Callable[..., Page], add_file: Callable[..., int]
) -> None:
    technician = account("technician")
    with relay_running(app), live_process(app) as url:
        page = open_page(technician.user_id, url, "kind:text", "mine")
        assert until(lambda: page.evaluate("watched['kind:text'].state") == {"name": "refused", "since": None, "why": "not_allowed"})
        assert until(lambda: page.evaluate("watched['mine'].state.name") == "live")
        agent = open_page(account().user_id, url, "kind:text", "largest")
        assert until(lambda: agent.evaluate("['kind:text', 'largest'].every((topic) => watched[topic].state.name === 'live')"))
        agent.evaluate("watched['kind:text'].close()")
        add_file()
        assert until(same(agent, "largest", 1))
        assert rows(agent, "kind:text") == {}
