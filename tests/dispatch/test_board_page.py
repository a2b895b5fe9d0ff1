"""The dispatch board by hand: a visit dragged to another technician, to where a rule forbids it, and by the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from core import clock
from core.auth import services as accounts
from core.db import db as database
from core.db import transaction
from dispatch.visits import queries
from dispatch.visits.models import Visit
from tests.core.live.harness import live_process
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.pages import page_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(
    app: Flask, committed_firm: Callable[[], Firm], browser: Browser, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> Iterator[Page]:
    """Bo has a visit at 10:00, Ana one at 13:00 that can start later; a dispatcher looks at that day."""
    monkeypatch.setattr(clock, "now", lambda: now)
    firm = committed_firm()
    job = firm.job_type(skills={})
    firm.book(firm.technician("Bo"), berlin("2026-03-11 10:00"), job_type=job)
    firm.book(firm.technician("Ana"), berlin("2026-03-11 13:00"), job_type=job)
    who = accounts.create_user(email="rita@callout.test", name="Rita", password=None, roles=["dispatcher"], now=firm.now)
    who.time_zone = "Europe/Berlin"
    user_id = who.id
    database.session.commit()
    with live_process(app) as url, page_of(app, browser, user_id) as found:
        monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], live_public_url=url))
        found.goto("/dispatch?day=2026-03-11")
        expect(found.locator(".visit-block")).to_have_count(2)
        yield found


def stands() -> list[tuple[str, str]]:
    """Technician and start of the two visits, as the database has them."""
    with transaction() as session:
        visits = session.query(Visit).order_by(Visit.number).all()
        named = [(queries.technician_of(visit), visit.planned_start + timedelta(hours=1)) for visit in visits]
        return [(person.name if person is not None else "", f"{start:%H:%M}") for person, start in named]


def carry(page: Page, lane: str, *, hours: float) -> None:
    """Take Bo's visit and hold it over a lane, so many hours later."""
    block = page.get_by_role("region", name="Bo").locator(".visit-block")
    box, target = block.bounding_box(), page.get_by_role("region", name=lane).locator(".lane-track").bounding_box()
    assert box is not None
    assert target is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 3)
    page.mouse.move(x + box["width"] * hours, target["y"] + 20)  # the visit takes an hour


def test_a_visit_is_dragged_the_rule_in_the_way_is_named_and_it_is_taken_back(page: Page) -> None:
    ghost = page.locator(".visit-ghost")
    carry(page, "Ana", hours=2.5)
    expect(ghost).to_contain_text("12:30–13:30 · Ana")
    expect(ghost).to_contain_text("The customer is to be told: 12:30–14:30")
    expect(ghost).to_contain_text("13:30 instead of 13:00")
    page.mouse.up()
    expect(ghost).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    assert stands() == [("Ana", "12:30"), ("Ana", "13:30")]
    undo.click()
    expect(page.get_by_text("is where it was")).to_be_visible()
    assert stands()[0] == ("Bo", "10:00")
    page.reload()
    expect(page.locator(".visit-block")).to_have_count(2)
    carry(page, "Bo", hours=7.5)
    night = re.compile(r"Bo does not work 17:\d\d-18:\d\d\.")
    expect(ghost).to_contain_text(night)
    page.mouse.up()
    expect(page.get_by_role("alert").get_by_text(night)).to_be_visible()
    assert stands()[0] == ("Bo", "10:00")
    page.get_by_role("button", name="Move it all the same").click()
    expect(undo).to_be_visible()
    assert stands()[0][1] > "17:00"


def test_the_arrows_move_a_visit_and_escape_lets_it_go(page: Page) -> None:
    carry(page, "Ana", hours=0)
    expect(page.locator(".visit-ghost")).to_contain_text("10:00–11:00 · Ana")
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".visit-ghost")).to_have_count(0)
    expect(page.locator("dialog[open]")).to_have_count(0)
    block = page.get_by_role("region", name="Bo").locator(".visit-block")
    block.focus()
    block.press("Alt+ArrowRight")
    expect(page.get_by_text("10:15–11:15, Bo").first).to_be_visible()
    assert stands()[0] == ("Bo", "10:15")
