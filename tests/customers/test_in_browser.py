"""The customer's page and the import in a real browser: nothing typed is lost, removing is undone, axe finds nothing serious."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from core import clock, pages
from core.auth import services as accounts
from core.db import db as database
from customers import services
from customers.importing import work
from customers.models import Customer, CustomerImport
from customers.rules import Contact
from staff import services as staff
from tests.core.in_browser import opened, serious, sign_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def customer(committed_db: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    """An organisation with a number and a boiler, and a supervisor to look at it."""
    monkeypatch.setattr(pages.SHELL_MODULES, "fillers", [])
    accounts.ensure_roles()
    accounts.create_user(email="ana@example.com", name="Ana Kovač", password=None, roles=["supervisor"], now=clock.now())
    staff.create_branch(name="Berlin", time_zone="Europe/Berlin", country="DE", now=clock.now())
    made = services.create_customer(
        name="Steinbau GmbH",
        kind="organisation",
        contact_points=[Contact("phone", "030 1234567")],
        sites=[{"street": "Hauptstr. 5", "city": "Berlin"}],
        equipment=[{"kind": "Boiler"}],
        now=clock.now(),
    )
    database.session.commit()
    return made.id


@pytest.fixture
def page(app: Flask, customer: int, browser: Browser) -> Iterator[Page]:
    """Signed in."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = opened(browser, f"http://127.0.0.1:{server.server_port}", width=390)
    found.set_default_timeout(30_000)
    sign_in(found)
    yield found
    scripts_failed = [text for text in found.complaints if "WebSocket" not in text and "Failed to load resource" not in text]  # type: ignore[attr-defined]
    found.context.close()
    server.shutdown()
    thread.join()
    server.server_close()
    assert scripts_failed == []


def test_a_colleagues_change_is_shown_beside_mine_and_mine_is_kept(page: Page, customer: int) -> None:
    page.goto(f"/customers/{customer}")
    page.click("#edit")
    page.fill("dialog [name=name]", "Steinbau AG")
    services.update_customer(customer_id=customer, expected_version=1, changes={"tier": "gold"}, now=clock.now())
    database.session.commit()
    page.click("dialog .btn-primary")
    expect(page.locator(".differences")).to_contain_text("Gold")
    expect(page.locator("dialog [name=name]")).to_have_value("Steinbau AG")
    page.click("text=Save mine")
    expect(page.locator("h1")).to_have_text("Steinbau AG")


def test_a_wrong_number_is_said_beside_its_field_and_a_removed_one_comes_back(page: Page, customer: int) -> None:
    page.goto(f"/customers/{customer}")
    page.click("section:has(h2:text('Contact')) >> text=Add")
    page.fill("dialog [name=value]", "12")
    page.click("dialog .btn-primary")
    expect(page.locator("dialog .is-invalid")).to_have_value("12")
    page.fill("dialog [name=value]", "0171/7654321")
    page.click("dialog .btn-primary")
    expect(page.locator("text=0171 7654321")).to_be_visible()
    page.click("[aria-label='Change 030 1234567']")
    page.click("dialog >> text=Remove")
    expect(page.locator("a:text('030 1234567')")).to_have_count(0)
    page.click(".toast-line >> text=Undo")
    expect(page.locator("a:text('030 1234567')")).to_be_visible()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_list_is_uploaded_looked_through_corrected_and_read_in(page: Page, customer: int, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    table.write_text("客户姓名,手机号码,Colour\nAna,030 7654321,red\n,030 1111111,\nKnown,030 1234567,\n")
    page.goto("/customers/import")
    page.set_input_files("input[type=file]", table)
    page.click("text=Check all lines")
    expect(page.locator(".progress-line")).to_be_visible()
    job = {"import_id": database.session.query(CustomerImport.id).scalar()}
    database.session.commit()
    work.run(0, job)
    expect(page.locator("text=Steinbau GmbH #")).to_be_visible()
    assert serious(page) == []
    page.click(".import-line >> text=Correct")
    page.fill("dialog [name='cells.0']", "Bo")
    page.click("dialog .btn-primary")
    page.click("text=Read in 2 lines")
    expect(page.locator(".progress-line")).to_be_visible()
    work.run(0, job)
    expect(page.locator("text=Undo all of it")).to_be_visible()
    names = sorted(name for (name,) in database.session.query(Customer.name))
    assert names == ["Ana", "Bo", "Steinbau GmbH"]
