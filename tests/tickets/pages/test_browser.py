"""The pages of tickets in a real browser, without a live server: the list, a new ticket, the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.auth import services as accounts
from core.db import db as database
from customers.services import create_customer
from tests.core.in_browser import address, serious, signed_in
from tests.tickets.conftest import HOUR, OFFICE, Firm
from tickets.models import Ticket

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e


@pytest.fixture
def made(address: str) -> Firm:
    """A firm with three tickets, an administrator and a customer, committed."""
    made = Firm(clock.now())
    made.calendar()
    made.policy(resolution=8 * HOUR)
    create_customer(name="Kestrel Bakery", kind="organisation", now=made.now, actor_id=None)
    for minutes, subject in enumerate(("Oven stays cold", "Door squeaks", "Boiler leaks")):
        made.ticket(at=made.now - timedelta(minutes=minutes), subject=subject, priority="high" if minutes else "normal")
    accounts.create_user(email="vera@callout.test", name="Vera", password=None, roles=["admin"], now=made.now)
    database.session.commit()
    return made


@pytest.fixture
def page(browser: Browser, address: str, made: Firm) -> Iterator[Page]:
    """Signed in as the administrator; fails on any complaint of the console."""
    with signed_in(browser, address, "vera@callout.test") as found:
        yield found


def test_the_address_of_the_list_holds_its_filters(page: Page) -> None:
    page.goto("/tickets")
    rows = page.locator("#tickets tbody tr")
    expect(rows).to_have_count(3)
    page.locator("select[aria-label=Priority]").select_option("high")
    expect(rows).to_have_count(2)
    page.get_by_label("Search in tickets").fill("boiler")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 ticket")).to_be_visible()
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.locator("select[aria-label=Priority]")).to_have_value("high")
    expect(page.get_by_label("Search in tickets")).to_have_value("boiler")
    assert serious(page) == []


def test_many_tickets_are_changed_at_once_and_the_change_is_taken_back(page: Page, made: Firm) -> None:
    def priorities() -> list[str]:
        database.session.rollback()
        return list(database.session.scalars(database.select(Ticket.priority).order_by(Ticket.id)))

    page.goto("/tickets")
    expect(page.locator("#tickets tbody tr")).to_have_count(3)
    page.locator("#tickets thead input").check()
    page.get_by_label("Set priority").select_option("low")
    expect(page.locator(".toast-line")).to_contain_text("3 tickets changed")
    assert priorities() == ["low", "low", "low"]
    expect(page.locator("#tickets tbody tr", has_text="Low")).to_have_count(3)  # and none shows "High" any more
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#tickets tbody tr", has_text="High")).to_have_count(2)
    assert priorities() == ["normal", "high", "high"]


def test_a_ticket_is_opened_by_hand_for_a_customer_found_by_name(page: Page) -> None:
    page.goto("/tickets/new")
    page.get_by_placeholder("Name, phone, serial").fill("kest")
    page.get_by_role("button", name="Kestrel Bakery").click()
    page.locator("[name=subject]").fill("Dough mixer rattles")
    assert serious(page) == []
    page.get_by_role("button", name="Open ticket").click()
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    database.session.rollback()
    ticket = database.session.scalars(database.select(Ticket).where(Ticket.subject == "Dough mixer rattles")).one()
    assert ticket.customer is not None
    assert ticket.customer.name == "Kestrel Bakery"


def test_a_policy_shows_its_effect_while_it_is_written(page: Page) -> None:
    page.goto("/settings/policies/new")
    page.locator("#policy-name").fill("Quick")
    page.get_by_label("resolution, All others").fill("2 h")
    page.get_by_label("Reported at").fill("2026-03-13T17:40")
    expect(page.locator("#policy").get_by_role("status").locator("tr", has_text="All others")).to_contain_text("Mon, Mar 16 09:40")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".toast-line")).to_contain_text("In force")
    assert serious(page) == []


def test_hours_over_midnight_are_published_as_a_new_version(page: Page, made: Firm) -> None:
    assert OFFICE["mon"] == [["08:00", "18:00"]]
    page.goto("/settings/calendars")
    page.get_by_text("Office", exact=True).click()
    page.get_by_label("From, Monday").fill("22")
    page.get_by_label("To, Monday").fill("6")
    page.get_by_label("To, Monday").press("Tab")
    expect(page.locator(".week-day").first).to_contain_text("next day")
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.locator(".toast-line")).to_contain_text("Version 2 is in force")
    assert serious(page) == []


def test_the_search_at_the_top_leads_to_what_it_finds(page: Page) -> None:
    page.goto("/account")
    page.keyboard.press("/")
    page.keyboard.type("boiler")
    expect(page.locator(".search-result mark").first).to_have_text("Boiler")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/*")


def test_a_view_is_made_from_conditions_kept_changed_and_shown_with_its_count(page: Page, made: Firm) -> None:
    page.goto("/tickets")
    rows = page.locator("#tickets tbody tr")
    expect(rows).to_have_count(3)
    expect(page.locator("#views a[aria-current=page]")).to_contain_text("All open")
    expect(page.locator("#views a", has_text="Nobody's").locator(".count")).to_have_text("3")
    page.get_by_role("button", name="Conditions").click()
    page.locator(".condition-add button").first.click()
    line = page.locator(".condition-line").last
    line.get_by_label("Field").select_option("subject")
    line.get_by_label("Value").fill("leaks")
    line.get_by_label("Value").press("Tab")
    expect(rows).to_have_count(1)
    assert serious(page) == []
    page.get_by_role("button", name="Save as…").click()
    page.get_by_label("Name", exact=True).fill("Leaks")
    page.locator("dialog .btn-primary").click()
    own = page.locator("#views a", has_text="Leaks")
    expect(own).to_have_attribute("aria-current", "page")
    expect(own.locator(".count")).to_have_text("1")
    page.get_by_role("button", name="Clock").click()  # another direction
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    page.goto("/tickets")
    own.click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Clock")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Remove the view").click()
    expect(own).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(own).to_have_attribute("aria-current", "page")
