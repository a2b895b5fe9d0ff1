"""Counting on a phone in a real browser: scanned, typed, counted again, reviewed and closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from core.auth import services as accounts
from core.db import db as database
from core.db import transaction
from dispatch.materials.models import StockBalance
from dispatch.materials.services import open_count
from tests.core.session_cookie import give_cookie
from tests.dispatch.conftest import Firm

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(app: Flask, committed_firm: Callable[[], Firm], browser: Browser) -> Iterator[Page]:
    """A count of a warehouse with five filters and two pumps, on a phone of its keeper."""
    firm = committed_firm()
    for name, quantity in (("Filter", 5), ("Pump", 2)):
        firm.stock(firm.part(name, sku=name[:3].upper()), firm.warehouse, quantity)
    count = open_count(place_id=firm.warehouse.id, now=firm.now, actor_id=None, recount_from=2).id
    keeper = accounts.create_user(email="rita@callout.test", name="Rita", password=None, roles=["dispatcher"], now=firm.now).id
    database.session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="en-GB", base_url=address, has_touch=True, reduced_motion="reduce"
    )
    give_cookie(context, app, keeper, address)
    found = context.new_page()
    said: list[str] = []
    found.on("pageerror", lambda error: said.append(str(error)))
    found.goto(f"/materials/counts/{count}")
    yield found
    context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert said == []


def test_a_warehouse_is_counted_with_one_hand_and_put_right(page: Page) -> None:
    rows = page.locator(".count-line")
    expect(rows).to_have_count(2)
    search, typed, save = page.get_by_label("Scan or search a part"), page.locator("#counted"), page.get_by_role("button", name="Save")
    search.fill("pum")  # as a scanner types it
    search.press("Enter")
    expect(typed).to_be_focused()
    typed.fill("2.5")
    save.tap()
    expect(page.get_by_text("Write a whole number, 0 if nothing is there.")).to_be_visible()
    expect(typed).to_have_value("2.5")
    typed.fill("2")
    save.tap()
    expect(page.get_by_text("1 of 2 parts counted")).to_be_visible()
    expect(search).to_be_focused()
    rows.filter(has_text="Filter").tap()
    typed.fill("3")
    save.tap()
    expect(page.get_by_text("Count it once more.")).to_be_visible()
    expect(rows.filter(has_text="Filter")).to_contain_text("count again")
    typed.fill("3")
    save.tap()
    expect(rows.filter(has_text="Filter")).to_contain_text("(-2)")
    page.get_by_role("button", name="Review and close").tap()
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("3 instead of 5")
    dialog.get_by_role("button", name="Put right and close").tap()
    expect(page.get_by_text("The stock is as it was counted.")).to_be_visible()
    expect(typed).to_have_count(0)
    with transaction() as session:
        assert sorted(row.on_hand for row in session.query(StockBalance)) == [2, 3]
