"""Pages of the desk's settings in a real browser: tags are renamed and merged, macros and texts are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.auth import services as accounts
from core.db import db as database
from tests.core.in_browser import address, serious, signed_in
from tests.tickets.conftest import Firm
from tickets import services
from tickets.macros.models import CannedAnswer, Macro
from tickets.models import Tag

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An administrator, and a ticket with two tags; fails on any complaint of the console but a refusal, which is part of the walk."""
    firm = Firm(clock.now())
    services.change_tags(ticket_id=firm.ticket().id, add=["recal", "recall"], now=datetime.now(UTC), actor_id=None)
    accounts.create_user(email="vera@callout.test", name="Vera", password=None, roles=["admin"], now=firm.now)
    database.session.commit()
    with signed_in(browser, address, "vera@callout.test", refused="422") as found:
        found.goto("/settings/tags")
        yield found


def test_a_misspelt_tag_is_merged_into_the_right_one(page: Page) -> None:
    rows = page.locator("#tags tbody tr")
    expect(rows).to_have_count(2)
    assert serious(page) == []
    page.get_by_role("button", name="recal", exact=True).click()
    page.get_by_role("button", name="Merge…").click()
    page.locator("dialog select").select_option(label="recall")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("1")
    database.session.rollback()
    assert list(database.session.scalars(database.select(Tag.name))) == ["recall"]


def test_a_macro_and_a_text_are_kept_and_a_wrong_variable_is_said_beside_the_form(page: Page) -> None:
    page.goto("/settings/macros")
    page.get_by_role("button", name="New macro").first.click()
    page.fill("#field-name", "Wait")
    page.select_option("#field-status", "waiting:part")
    page.fill("#field-text-en", "Dear {{nobody}}")
    assert serious(page) == []
    page.get_by_role("button", name="Save").click()
    expect(page.locator("dialog")).to_contain_text("There is no variable “nobody”")
    page.fill("#field-text-en", "Dear {{customer}}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#macros tbody tr")).to_contain_text("waiting for a part · text")
    page.locator("#new-answer").click()
    page.fill("#field-name", "Hello")
    page.fill("#field-texts-zh_Hans", "{{customer}}您好")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#answers tbody tr")).to_contain_text("{{customer}}您好")
    assert serious(page) == []
    database.session.rollback()
    macro = database.session.scalars(database.select(Macro)).one()
    assert macro.steps == {"status": "waiting", "wait_reason": "part", "text": {"en": "Dear {{customer}}"}}
    assert database.session.scalars(database.select(CannedAnswer.texts)).one() == {"zh_Hans": "{{customer}}您好"}
