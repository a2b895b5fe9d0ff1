"""The pages of rules in a real browser: made from a sample, refused, tried, put in order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from core import clock
from core.auth import services as accounts
from core.db import db as database
from tests.core.in_browser import address, serious, signed_in
from tests.tickets.conftest import Firm
from tickets.automation import samples, services
from tickets.automation.models import Rule
from tickets.models import Ticket

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e
LOADED = 30_000  # milliseconds: on a busy machine


@pytest.fixture
def made(address: str) -> Firm:
    """A firm with a ticket, two rules and an administrator, committed."""
    made = Firm(clock.now())
    made.ticket(subject="Boiler leaks")
    for sample in samples.samples()[1:3]:
        values = {"name": sample["name"], "active": False, "definition": sample["definition"]}
        services.save(rule_id=None, **values, now=made.now, actor_id=None)
    accounts.create_user(email="vera@callout.test", name="Vera", password=None, roles=["admin"], now=made.now)
    database.session.commit()
    return made


@pytest.fixture
def page(browser: Browser, address: str, made: Firm) -> Iterator[Page]:
    with signed_in(browser, address, "vera@callout.test", refused="422") as found:
        yield found


def test_a_rule_is_begun_with_a_sample_refused_mended_tried_saved_and_put_first(page: Page, made: Firm) -> None:
    number = database.session.scalars(select(Ticket.number)).one()
    database.session.commit()
    page.goto("/settings/rules")
    expect(page.locator(".rule-line")).to_have_count(2, timeout=LOADED)
    page.get_by_text("Rules to start from").click()
    assert serious(page) == []
    page.locator(".rule-sample", has_text="Nobody took").get_by_role("link").click()
    expect(page.locator("#rule-name")).to_have_value("Nobody took an urgent ticket", timeout=LOADED)
    page.locator("#rule-name").fill("Nobody's")
    page.get_by_role("button", name="And also").click()
    page.get_by_role("combobox", name="Action 2").select_option("priority")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Action 2", timeout=LOADED)
    expect(page.locator("#rule-name")).to_have_value("Nobody's")
    page.locator("#action-1-priority").select_option("high")
    page.locator("#rule-trial-number").fill(str(number))
    page.get_by_role("button", name="What would it do?").click()
    expect(page.get_by_text("the rule would not fire")).to_be_visible(timeout=LOADED)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It has not fired yet")).to_be_visible(timeout=LOADED)
    assert serious(page) == []
    page.goto("/settings/rules")
    names = page.locator(".rule-line a.strong")
    expect(names).to_have_count(3, timeout=LOADED)
    page.get_by_role("button", name="Nobody's one up").press("Enter")
    expect(names.nth(1)).to_have_text("Nobody's")
    page.get_by_role("button", name="Nobody's one up").press("Enter")
    expect(names.nth(0)).to_have_text("Nobody's")
    page.get_by_role("switch", name="Nobody's is on").check()
    expect(page.get_by_text("On: Nobody's")).to_be_visible(timeout=LOADED)
    database.session.expire_all()
    first = database.session.scalars(select(Rule).order_by(Rule.position)).first()
    assert first is not None
    assert (first.name, first.active) == ("Nobody's", True)
