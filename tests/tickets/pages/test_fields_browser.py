"""Custom fields in a real browser: defined, and asked for where they belong."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.auth import services as accounts
from core.db import db as database
from tests.core.in_browser import PASSWORD, address, serious, signed_in
from tests.tickets.conftest import Firm
from tickets.models import Ticket

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """Signed in as an administrator of a small firm; fails on any complaint of the console."""
    Firm(clock.now())
    accounts.create_user(email="vera@callout.test", name="Vera", password=PASSWORD, roles=["admin"], now=clock.now())
    database.session.commit()
    with signed_in(browser, address, "vera@callout.test") as found:
        yield found


def test_a_field_is_defined_and_asked_for_in_the_form_of_its_kind(page: Page) -> None:
    page.goto("/settings/fields")
    page.get_by_role("button", name="New field").first.click()
    form = page.get_by_role("dialog")
    form.get_by_label("English").first.fill("Complaint about")
    form.get_by_label("Sort").select_option("choice")
    form.get_by_label("Choice 1 in English").fill("The bill")
    form.get_by_label("Choice 2 in English").fill("The visit")
    form.get_by_label("Complaint", exact=True).check()
    form.get_by_label("Required", exact=True).select_option("opening")
    assert serious(page) == []
    form.get_by_role("button", name="Save").click()
    expect(page.locator("#fields tbody tr")).to_contain_text("Complaint about")
    page.goto("/settings/ticket-kinds")
    expect(page.locator("[data-form=complaint]")).to_contain_text("required: when opening")
    assert serious(page) == []
    page.goto("/tickets/new")
    expect(page.get_by_label("Complaint about (required)")).to_have_count(0)
    page.get_by_label("Kind").select_option("complaint")
    about = page.get_by_label("Complaint about (required)")
    page.get_by_label("Subject").fill("Twice the price")
    about.select_option(label="The bill")
    page.get_by_role("button", name="Open ticket").click()
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    database.session.rollback()
    ticket = database.session.scalars(database.select(Ticket)).one()
    assert (ticket.kind, ticket.fields) == ("complaint", {"complaint_about": "the_bill"})
