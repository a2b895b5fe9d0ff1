"""A maintenance plan is written in a real browser: its dates follow what is typed, and what cannot be is said beside the form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.auth import services as accounts
from core.db import db as database
from customers import services as customers
from tests.core.in_browser import address, serious, signed_in
from tests.tickets.conftest import Firm
from tickets.maintenance.models import MaintenancePlan

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A dispatcher at the form of a new plan for a boiler; fails on any complaint of the console but a refusal, which is part of the walk."""
    firm = Firm(clock.now())
    accounts.create_user(email="dora@callout.test", name="Dora", password=None, roles=["dispatcher"], now=firm.now)
    owner = customers.create_customer(name="Ada", now=firm.now, equipment=[{"kind": "Gas boiler"}])
    database.session.commit()
    with signed_in(browser, address, "dora@callout.test", refused="422") as found:
        found.goto(f"/maintenance/new?equipment={owner.equipment[0].id}")
        yield found


def test_a_plan_is_written_with_its_dates_in_sight(page: Page) -> None:
    dates = page.locator(".date-lines > li")
    expect(dates).to_have_count(12)
    page.fill("#plan-name", "Filter check")
    page.select_option("#plan-unit", "week")
    page.fill("#plan-every", "2")
    page.fill("#plan-lead", "20")
    expect(page.locator("#side")).to_contain_text("The dates lie 14 days apart")
    page.fill("#plan-lead", "7")
    expect(page.locator("#side")).not_to_contain_text("days apart")
    begin = clock.now().date() + timedelta(days=2)  # today here may be yesterday at the branch
    page.fill("#plan-starts", begin.isoformat())
    page.fill("#plan-ends", (begin + timedelta(days=28)).isoformat())
    expect(dates).to_have_count(3)
    page.fill("#plan-checklist", "Filter\nDrain")
    assert serious(page) == []
    page.get_by_role("button", name="Make the plan").click()
    page.wait_for_url(re.compile(r"/maintenance/\d+$"))
    expect(page.locator("#side")).to_contain_text("every 2 weeks")
    page.get_by_role("button", name="Skip…").click()
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("dialog")).to_contain_text("Say why")
    page.fill("#why", "On holiday")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#side")).to_contain_text("On holiday")
    expect(dates).to_have_count(2)
    database.session.rollback()
    plan = database.session.scalars(database.select(MaintenancePlan)).one()
    assert (plan.name, plan.checklist, plan.next_number) == ("Filter check", ["Filter", "Drain"], 2)
