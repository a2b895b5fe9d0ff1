"""The screens of assignment: what the browser shows of them, and a supervisor's walk in a real one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from core import clock, later
from core.auth import services as accounts
from core.db import db as database
from customers.models import Customer
from staff import services as staff
from tests.core.in_browser import address, complaints, opened, serious, sign_in
from tests.javascript import evaluate
from tests.tickets.assigning.conftest import Desk
from tests.tickets.conftest import Firm
from tests.tickets.test_live import Screen, touched
from tickets import services
from tickets.assigning import setup
from tickets.models import Ticket

__all__ = ["address"]  # fixture


def test_why_somebody_got_it_in_words() -> None:
    told = {
        "how": "rule",
        "rule": {"name": "Boilers", "method": "skill"},
        "needs": [{"name": "Chinese", "source": "language"}, {"name": "Boilers", "source": "equipment"}],
        "held": 4,
        "capacity": 10,
        "skipped": [{"name": "Kim", "code": "skill", "skills": ["Boilers"]}, {"name": "Al", "code": "full", "held": 3, "capacity": 3}],
        "more_skipped": 2,
    }
    assert evaluate("tickets/assigning/words.js", "it.reasons(given)", told) == [
        "rule “Boilers”: best skilled, then whoever has least",
        "has Chinese (for the customer's language) and Boilers (for the equipment)",
        "had 4 of 10 open",
    ]
    assert evaluate("tickets/assigning/words.js", "it.skippedTexts(given)", told) == [
        "Kim: lacks Boilers",
        "Al: full: 3 of 3 open",
        "2 more",
    ]
    by_hand = {"how": "by_hand", "held": 1, "capacity": 9, "against": [{"code": "off_shift"}]}
    assert evaluate("tickets/assigning/words.js", "it.assignedLine(given)", by_hand) == "although: off shift"


def test_a_tickets_page_follows_what_the_rules_do(desk: Desk) -> None:
    desk.rule("least_loaded", tell_after=5)
    ticket = desk.firm.ticket()
    later.settle_all()
    touched()
    screen = Screen(f"ticket:{ticket.number}")
    for minutes in (0, 5, 6):
        desk.place(desk.now + timedelta(minutes=minutes))
        screen.hear(touched())
        screen.check()
    assert "panel:assignment" in screen.rows
    desk.agent("Vera")
    desk.place(desk.now + timedelta(minutes=30))
    screen.hear(touched())
    screen.check()
    assert screen.rows["panel:assignment"]["assigned"]["name"] == "Vera"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An administrator; Omar is on leave with a ticket, Vera is there."""
    now = clock.now()
    firm = Firm(now)
    accounts.ensure_roles()
    people = []
    for name, role in (("Admin", "admin"), ("Omar", "agent"), ("Vera", "agent")):
        user = accounts.create_user(email=f"{name.lower()}@callout.test", name=name, password=None, roles=[role], now=now)
        people.append(firm.person(user.id))
    staff.add_absence(person_id=people[1].id, starts_at=now, ends_at=now + timedelta(days=9), reason="Leave", now=now)
    staff.create_skill(key="boilers", name="Boilers", kind="trade", now=now)
    customer = Customer(kind="person", name="Ada Byron", created_at=now, updated_at=now)
    database.session.add(customer)
    database.session.flush()
    ticket = firm.ticket(customer_id=customer.id, at=now)
    services.assign(ticket_id=ticket.id, person_id=people[1].id, actor_id=None, now=now)
    setup.save_rule(rule_id=None, values={"name": "In turn", "method": "round_robin", "presence": "any"}, now=now, actor_id=None)
    later.settle_all()
    database.session.commit()
    found = opened(browser, address, width=1440)
    sign_in(found, "admin@callout.test")
    yield found
    assert [said for said in complaints(found) if "409" not in said and "422" not in said] == []
    found.context.close()


def holder() -> Any:
    database.session.rollback()
    ticket = database.session.query(Ticket).one()
    return ticket.assignee.name if ticket.assignee else None


@pytest.mark.e2e
def test_an_administrator_sets_it_up_hands_over_takes_back_and_switches_a_customers_flow(page: Page) -> None:
    page.goto("/settings/assignment")
    expect(page.get_by_role("button", name="In turn", exact=True)).to_be_visible()
    page.locator("#needs").get_by_role("button", name="Add a line").click()
    page.locator("#needs").get_by_role("button", name="Save").click()
    expect(page.locator(".toast-line").last).to_contain_text("Saved")
    assert serious(page) == []
    page.get_by_role("button", name="New rule").first.click()
    page.fill("#field-name", "In turn")
    page.locator("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("dialog")).to_contain_text("There is a rule with this name already.")
    assert serious(page) == []
    page.keyboard.press("Escape")

    page.goto("/workload")
    page.get_by_role("button", name="Hand over…").click()
    page.locator("dialog select").select_option(label="Vera")
    page.locator("dialog").get_by_role("button", name="Hand over").click()
    expect(page.locator(".toast-line").last).to_contain_text("1 ticket handed over")
    assert holder() == "Vera"
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Hand over…")).to_be_visible()
    assert holder() == "Omar"

    page.goto(f"/customers/{database.session.query(Customer).one().id}")
    page.locator("#service-flow").get_by_role("button", name="Change").click()
    page.select_option("#field-service_flow", "representative")
    page.select_option("#field-representative_id", label="Vera")
    expect(page.locator("dialog [role=status]")).to_contain_text("1 open ticket would change hands: to Vera.")
    page.check("#field-move_open")
    assert serious(page) == []
    page.locator("dialog").get_by_role("button", name="Save").click()
    expect(page.locator("#service-flow")).to_contain_text("New tickets go to Vera.")
    assert holder() == "Vera"
