"""The settings of service levels in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock, outbox
from core.auth import services as accounts
from core.auth.models import User
from core.db import db as database
from tests.core.in_browser import address, serious, signed_in
from tests.tickets.conftest import HOUR, Firm
from tickets import services
from tickets.sla import escalating, policies, sources, sweep, trials
from tickets.sla.models import CalendarSource, Policy

__all__ = ["address"]  # fixture
pytestmark = pytest.mark.e2e
PATIENCE = 20_000  # milliseconds, for what asks the server: the machine may be busy


@pytest.fixture
def made(address: str) -> Firm:
    """A firm with office hours, a policy and an administrator, committed."""
    made = Firm(clock.now())
    made.calendar()
    made.policy(resolution=8 * HOUR)
    accounts.create_user(email="vera@callout.test", name="Vera", password=None, roles=["admin"], now=made.now)
    database.session.commit()
    return made


@pytest.fixture
def page(browser: Browser, address: str, made: Firm) -> Iterator[Page]:
    """Signed in as the administrator; fails on any complaint of the console."""
    with signed_in(browser, address, "vera@callout.test") as found:
        yield found


def work_off(kind: str, run: Callable[[int, dict[str, Any]], None]) -> None:
    """What the worker does with all outbox rows of a kind."""
    database.session.rollback()
    rows = database.session.scalars(database.select(outbox.OutboxRow).filter_by(kind=kind, done_at=None)).all()
    for row_id, payload in [(row.id, dict(row.payload)) for row in rows]:
        database.session.rollback()
        run(row_id, payload)


def test_a_region_is_kept_up_to_date_and_a_feed_that_cannot_be_read_is_said(page: Page, made: Firm) -> None:
    page.goto("/settings/calendars")
    page.get_by_text("Office", exact=True).click()
    page.get_by_label("Region").select_option("BE")
    page.get_by_role("button", name="Keep them up to date every year").click()
    expect(page.get_by_text("is being read")).to_be_visible(timeout=PATIENCE)
    work_off(sources.KIND, sources.run)
    expect(page.locator(".toast-line")).to_contain_text("Version 2 is in force", timeout=PATIENCE)
    expect(page.locator(".holiday-lines li").first).to_contain_text("New Year")
    # A day is switched off, not published yet, while a feed is added that cannot be reached.
    page.locator(".holiday-lines input").first.uncheck()
    expect(page.get_by_text("Not published yet")).to_be_visible()
    page.get_by_label("Address of an iCalendar feed").fill("http://127.0.0.1:9/holidays.ics")
    page.get_by_role("button", name="Add a feed").click()
    expect(page.get_by_text("is being read")).to_be_visible(timeout=PATIENCE)
    work_off(sources.KIND, sources.run)
    expect(page.get_by_role("alert")).to_contain_text("The feed must be at a public address", timeout=PATIENCE)
    expect(page.get_by_text("Not published yet")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_role("button", name="Publish version 4")).to_be_disabled()
    page.get_by_text("Versions", exact=True).click()
    expect(page.locator("details li")).to_have_count(3)
    expect(page.locator("details li").nth(1)).to_contain_text("by itself")
    page.locator("details li").nth(2).get_by_role("button").click()
    expect(page.locator(".holiday-lines input:checked")).to_have_count(0)  # version 1 had no holidays
    page.once("dialog", lambda dialog: dialog.accept())  # leaving what was not published
    page.goto("/settings/calendars")
    expect(page.get_by_text("cannot be read: http://127.0.0.1:9/holidays.ics")).to_be_visible()
    database.session.rollback()
    assert {one.kind for one in database.session.scalars(database.select(CalendarSource))} == {"country", "feed"}


def test_windows_that_overlap_are_refused_in_words_and_stay_as_typed(page: Page) -> None:
    page.goto("/settings/calendars")
    page.get_by_text("Office", exact=True).click()
    page.get_by_label("Add a window on Monday").click()
    page.get_by_label("From, Monday").nth(1).fill("12:00")
    page.get_by_label("From, Monday").nth(1).press("Tab")
    page.get_by_label("To, Monday").nth(1).fill("20:00")
    page.get_by_label("To, Monday").nth(1).press("Tab")
    expect(page.locator("#calendar").get_by_role("status")).to_contain_text(
        "Windows overlap: mon 08:00–18:00 and mon 12:00–20:00.", timeout=PATIENCE
    )
    page.get_by_role("button", name="Publish version 2").click()
    expect(page.get_by_role("alert")).to_contain_text("Windows overlap", timeout=PATIENCE)
    expect(page.get_by_label("To, Monday").nth(1)).to_have_value("20:00")
    told = page.complaints  # type: ignore[attr-defined]
    assert all("422" in text for text in told), told
    told.clear()
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/settings/calendars")


def test_policies_are_ordered_with_the_arrows_and_say_which_one_a_ticket_would_get(page: Page, made: Firm) -> None:
    made.policy("Gold", {"tiers": ["gold"]}, position=200, resolution=2 * HOUR)
    made.policy("Urgent", {"priorities": ["urgent"]}, position=300, resolution=HOUR)
    database.session.commit()
    page.goto("/settings/policies")
    names = page.locator(".policy-line a")
    expect(names).to_have_text(["Gold", "Urgent", "Standard"])
    page.get_by_text("Which policy would a ticket get?").click()
    page.get_by_label("Customer").select_option("gold")
    page.get_by_label("Priority").select_option("urgent")
    expect(page.locator(".policy-line.chosen")).to_contain_text("Gold", timeout=PATIENCE)
    page.get_by_label("Urgent one up").click()
    expect(page.locator(".policy-line.chosen")).to_contain_text("Urgent", timeout=PATIENCE)
    expect(names).to_have_text(["Urgent", "Gold", "Standard"])
    expect(page.locator(".policy-line").nth(1)).to_contain_text("Fits too, but comes later.")
    page.get_by_label("Priority").select_option("low")
    expect(page.locator(".policy-line").nth(0)).to_contain_text("Does not fit: Priority", timeout=PATIENCE)
    assert serious(page) == []
    page.get_by_role("button", name="Undo").click()
    expect(names).to_have_text(["Gold", "Urgent", "Standard"], timeout=PATIENCE)


def test_the_example_shows_every_priority_and_clock_while_one_types(page: Page) -> None:
    page.goto("/settings/policies/new")
    page.get_by_label("Reported at").fill("2026-03-13T17:40")
    page.get_by_label("resolution, All others").fill("2 h")
    page.locator("#policy").get_by_text("Urgent").last.click()
    page.get_by_label("next answer, Urgent").fill("30 min")
    status = page.locator("#policy").get_by_role("status")
    # Closing is at 18:00: 20 minutes on Friday, then Monday from 08:00: 2 h → 09:40, 30 min → 08:10.
    expect(status.locator("tr", has_text="All others")).to_contain_text("Mon, Mar 16 09:40", timeout=PATIENCE)
    expect(status.locator("tr", has_text="Urgent")).to_contain_text("Mon, Mar 16 08:10", timeout=PATIENCE)
    assert serious(page) == []


def test_a_rota_a_ladder_and_a_trial_are_made_by_hand(page: Page, made: Firm) -> None:
    vera = database.session.scalars(database.select(User).filter_by(email="vera@callout.test")).one()
    made.person(vera.id)
    late = made.ticket(made.now)
    services.resolve(ticket_id=late.id, now=made.now, actor_id=None)
    database.session.commit()
    page.goto("/settings/on-call")
    page.get_by_role("button", name="New on-call rota").first.click()
    page.locator("dialog [name=name]").fill("Nights")
    page.get_by_label("Turn 1").select_option(label="Vera")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#on-call tbody tr")).to_contain_text("Vera", timeout=PATIENCE)
    assert serious(page) == []
    page.goto("/settings/policies")
    page.get_by_role("link", name="Standard").click()
    page.get_by_role("button", name="Add a level").click()
    page.get_by_label("Level 1 after").fill("30 min")
    page.get_by_role("button", name="And also").click()
    page.get_by_label("What happens at level 1").nth(1).select_option("call on_call")
    expect(page.get_by_label("On-call rota")).to_contain_text("Nights")
    page.get_by_role("button", name="Try it on the past 90 days").click()
    expect(page.get_by_role("progressbar")).to_be_visible(timeout=PATIENCE)
    work_off(trials.KIND, trials.run)
    expect(page.locator(".trial-table")).to_contain_text("100", timeout=PATIENCE)
    expect(page.locator(".trial-table")).to_contain_text("the same")
    assert serious(page) == []
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".toast-line")).to_contain_text("In force", timeout=PATIENCE)
    database.session.rollback()
    ladder = database.session.scalars(database.select(Policy.ladder)).one()
    assert [(step["after"], [action["do"] for action in step["actions"]]) for step in ladder] == [(1800, ["notify", "call"])]


def test_the_log_of_escalations_says_what_was_done(page: Page, made: Firm) -> None:
    policy = database.session.scalars(database.select(Policy)).one()
    step = {"after": 0, "actions": [{"do": "notify", "to": "role", "role": "admin"}, {"do": "priority", "priority": "urgent"}]}
    policies.update_policy(policy_id=policy.id, ladder=[step], now=made.now, actor_id=None)
    made.ticket(made.now)
    later = made.now + timedelta(days=30)
    for _turn in range(3):
        sweep.fire_due(later)
        database.session.flush()
    database.session.commit()
    work_off(escalating.KIND, escalating.run)
    page.goto("/escalations")
    expect(page.locator("#escalations tbody tr")).to_contain_text("told Vera and priority at least Urgent", timeout=PATIENCE)
    assert serious(page) == []
