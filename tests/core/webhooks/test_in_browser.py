"""The settings' pages in a real browser: made, tested, seen failing, sent again, a secret rotated, a notice seen; axe finds nothing serious."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from core import clock, pages
from core.auth import services as accounts
from core.db import db as database
from core.db import transaction
from core.webhooks import views
from core.webhooks.models import Endpoint
from core.webhooks.services import endpoints
from tests.core.in_browser import complaints, opened, serious, sign_in
from tests.core.webhooks.conftest import LOOPBACK, Receiver, go, happen
from tests.depth import DEPTH

pytestmark = pytest.mark.e2e


@pytest.fixture(params=[1280, 390] if DEPTH > 1 else [390])
def page(
    app: Flask, committed_db: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """An administrator, signed in, on a desk and on a phone."""
    monkeypatch.setattr(pages.SHELL_MODULES, "fillers", [])
    pages.SHELL_MODULES.fill("webhooks", views.notice)
    accounts.ensure_roles()
    accounts.create_user(email="ana@example.com", name="Ana Kovač", password=None, roles=["admin"], now=clock.now())
    database.session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = opened(browser, f"http://127.0.0.1:{server.server_port}", width=request.param)
    found.set_default_timeout(30_000)
    sign_in(found)
    yield found
    said = [text for text in complaints(found) if "Failed to load resource" not in text]
    found.context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert said == []


def settle() -> None:
    """Clock and worker, once."""
    go(clock.now())
    database.session.remove()


def fits(page: Page) -> None:
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_webhook_from_its_making_to_its_removal(page: Page, receiver: Receiver) -> None:
    page.goto("/settings/webhooks")
    expect(page.locator(".empty-state h2")).to_have_text("No webhooks yet")
    fits(page)
    page.goto("/settings/webhooks/new")
    page.fill("#name", "CRM")
    page.fill("#url", "https://10.0.0.1/hook")
    page.check("input[value='thing.changed']")
    fits(page)
    page.click("text=Make webhook")
    expect(page.locator(".invalid-feedback")).to_contain_text("public addresses only")
    expect(page.locator("#name")).to_have_value("CRM")
    page.fill("#url", receiver.url)
    page.click("text=Make webhook")
    expect(page.locator("dialog code")).to_contain_text("whsec_")
    page.click("dialog >> text=Done")
    page.wait_for_url(re.compile(r"/settings/webhooks/\d+$"))
    expect(page.locator("h1")).to_have_text("CRM")
    expect(page.locator("#log")).to_contain_text("Nothing sent yet")

    page.click("text=Send a test")
    expect(page.locator("#log")).to_contain_text("webhook.test")
    settle()
    expect(page.locator(".toasts")).to_contain_text("Delivered.")
    expect(page.locator("#log tbody tr")).to_contain_text("200")

    receiver.say(500, b'{"error": "<b>down</b> for lunch"}')
    happen(clock.now())
    settle()
    page.reload()
    expect(page.locator("#webhook")).to_contain_text("Nothing was accepted since")
    page.click("#log >> text=thing.changed")
    expect(page.locator("dialog")).to_contain_text("<b>down</b> for lunch")  # as text
    expect(page.locator("dialog")).to_contain_text('"thing"')
    fits(page)
    receiver.say(200)
    page.click("dialog >> text=Send once more")
    expect(page.locator(".toasts")).to_contain_text("It is sent once more.")
    settle()
    expect(page.locator("#log tbody tr").first).to_contain_text("Delivered")

    page.click("text=New secret")
    page.select_option("#overlap", "72")
    page.click("text=Make a new secret")
    expect(page.locator("dialog code")).to_contain_text("whsec_")
    page.click("dialog >> text=Done")
    expect(page.locator("#webhook")).to_contain_text("signs too until")

    page.click("#webhook >> text=Pause")
    expect(page.locator("#webhook .note")).to_contain_text("Paused")
    page.click("#webhook >> text=Resume")
    expect(page.locator("#webhook .note")).to_have_count(0)
    page.uncheck("input[value='thing.changed']")
    page.check("input[value='ticket.opened']")
    page.click("text=Save")
    expect(page.locator(".toasts")).to_contain_text("Saved.")
    fits(page)
    page.goto("/settings/webhooks")
    expect(page.locator("#webhooks tbody tr")).to_contain_text("1 event")
    fits(page)
    page.click("#webhooks >> text=CRM")
    page.click("#webhook >> text=Remove")
    page.click("dialog >> text=Remove webhook")
    page.wait_for_url("**/settings/webhooks")
    expect(page.locator(".empty-state")).to_be_visible()


def test_one_that_paused_itself_is_noticed_on_every_page_until_somebody_looked(page: Page, receiver: Receiver) -> None:
    with transaction():
        made: Endpoint = endpoints.create(
            name="CRM", url=receiver.url, events=["thing.changed"], networks=LOOPBACK, actor_id=None, now=clock.now()
        )
        address = f"/settings/webhooks/{made.id}"
    receiver.say(410)
    happen(clock.now())
    settle()
    page.goto("/account")
    expect(page.locator("main .note")).to_contain_text("A webhook was paused")
    fits(page)
    page.click("text=Look at it")
    expect(page.locator("#webhooks tbody tr")).to_contain_text("gone for good")
    page.goto(address)
    receiver.say(200)
    page.click("text=Resume")
    expect(page.locator("#webhook .note")).to_have_count(0)
    page.click("text=Send again …")
    page.click("dialog .btn-primary")
    expect(page.locator(".toasts")).to_contain_text("1 delivery is sent again.")
    settle()
    page.click("text=Refresh")
    expect(page.locator("#log tbody tr")).to_contain_text("Delivered")
    page.goto("/account")
    expect(page.locator("#name")).to_be_visible()
    expect(page.locator("main .note")).to_have_count(0)
