"""An article is written, and two save at once, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.auth import services as accounts
from core.db import db as database
from tests.core.in_browser import PASSWORD, address, complaints, opened, serious
from tests.tickets.conftest import Firm
from tickets.knowledge import services
from tickets.knowledge.models import Article, ArticleVersion

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A supervisor at a new article; fails on any complaint of the console but a refusal, which is part of the walk."""
    Firm(clock.now())
    accounts.create_user(email="sam@callout.test", name="Sam", password=PASSWORD, roles=["supervisor"], now=clock.now())
    database.session.commit()
    found = opened(browser, address, width=1440)
    found.goto("/sign-in?next=/knowledge/new")
    found.fill("#email", "sam@callout.test")
    found.fill("#password", PASSWORD)
    found.click("form[action='/sign-in'] button")
    found.wait_for_url("**/knowledge/new")
    yield found
    assert [said for said in complaints(found) if "409" not in said] == []
    found.context.close()


def test_an_article_is_written_saved_over_a_colleagues_and_published(page: Page) -> None:
    page.fill("#title", "The pump is loud")
    page.locator(".rich-area").click()
    page.keyboard.type("Close the tap.")
    page.get_by_role("button", name="Bullets").click()
    assert serious(page) == []
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/knowledge/*language=en")
    expect(page.locator(".article-body li")).to_have_text("Close the tap.")
    article = database.session.scalars(database.select(Article)).one()
    page.locator("a[data-key='e']").click()
    page.locator(".rich-area").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Mine.")
    author = article.author_id or 0
    services.save_version(
        article_id=article.id, language="en", title="The pump is loud", body="<p>Theirs.</p>", base=1, now=clock.now(), actor_id=author
    )
    database.session.commit()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("dialog .two-sides")).to_contain_text("Theirs.")
    page.get_by_role("button", name="Save mine on top").click()
    page.wait_for_url("**/knowledge/*language=en")
    expect(page.locator(".article-body")).to_contain_text("Close the tap. Mine.")
    assert serious(page) == []
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("button", name="Back to draft")).to_be_visible()
    database.session.rollback()
    numbers = database.session.scalars(database.select(ArticleVersion.number).order_by(ArticleVersion.number))
    assert list(numbers) == [1, 2, 3]
