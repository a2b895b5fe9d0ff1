"""A real browser on the real application: fixtures and helpers of the tests of the interface."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, current_app
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from core import clock, pages
from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from core.web import MENU
from tests import axe
from tests.core.session_cookie import give_cookie

PASSWORD = "three words here"


@pytest.fixture
def address(app: Flask, committed_db: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The application served on loopback, with one agent and a menu."""
    monkeypatch.setattr(MENU, "fillers", [])
    monkeypatch.setattr(pages.SHELL_MODULES, "fillers", [])  # the shell alone
    for weight, label in enumerate(("Account", "Styleguide", "One", "Two", "Three", "Four")):
        entry = {
            "label": label,
            "icon": "home",
            "address": f"/{label.lower()}",
            "permission": "account.use",
            "key": f"g {label[0].lower()}",
        }
        MENU.fill(label, lambda entry=entry: entry, weight=weight)
    accounts.ensure_roles()
    accounts.create_user(email="ana@example.com", name="Ana Kovač", password=PASSWORD, roles=["agent"], now=clock.now())
    database.session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def opened(browser: Browser, address: str, *, width: int = 1280, scheme: str = "light") -> Page:
    """A page that fails the test on any script error or message of the console, cut off from any live server of this machine."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, locale="en-US", base_url=address, reduced_motion="reduce"
    )  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.address, page.complaints = address, []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda said: page.complaints.append(said.text) if said.type in ("error", "warning") else None)  # type: ignore[attr-defined]
    page.route_web_socket(re.compile(".*"), lambda socket: socket.close())
    return page


def complaints(page: Page) -> list[str]:
    """What the console said, without the live channel that the test closed."""
    return [text for text in page.complaints if "WebSocket" not in text]  # type: ignore[attr-defined]


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The style guide, open and signed in."""
    found = opened(browser, address)
    sign_in(found)
    found.goto("/styleguide")
    expect(found.locator("#table tbody tr")).to_have_count(8)
    yield found
    assert complaints(found) == []
    found.context.close()


def sign_in(page: Page, email: str = "ana@example.com") -> None:
    """Without typing; nothing is loaded yet."""
    user_id = database.session.scalars(database.select(User.id).where(User.email == email)).one()
    database.session.rollback()
    give_cookie(page.context, current_app, user_id, page.address)  # type: ignore[attr-defined]


def type_password(page: Page) -> None:
    """The way of people."""
    page.fill("#email", "ana@example.com")
    page.fill("#password", PASSWORD)
    page.click("form[action='/sign-in'] button")
    page.wait_for_url(lambda url: "sign-in" not in url)


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical. `opened` asks for reduced motion: half-way through an animation colours are no one's choice."""
    return axe.found(page)


def module(page: Page, name: str, script: str) -> Any:
    """The value of `script`, an async function body with our module `name` as `it`; the page's own instance of it."""
    base = page.evaluate("document.querySelector('script[src*=\"/js/core/page.js\"]').src.replace('page.js', '')")
    return page.evaluate(f"import({json.dumps(base + name)}).then(async (it) => {{ {script} }})")


@contextmanager
def signed_in(browser: Browser, address: str, email: str, *, refused: str | None = None) -> Iterator[Page]:
    """Somebody's wide window; fails on any complaint of the console but refusals of this status, which are part of the walk."""
    found = opened(browser, address, width=1440)
    sign_in(found, email)
    yield found
    assert [said for said in complaints(found) if refused is None or refused not in said] == []
    found.context.close()
