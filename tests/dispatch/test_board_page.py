"""The dispatch board by hand: a visit dragged to another technician, to where a rule forbids it, made longer, and by the keyboard; filters, the map,
and a colleague at the same day."""

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
from core.auth.models import User
from core.db import db as database
from core.db import transaction
from dispatch.services import move_visit
from dispatch.visits import queries
from dispatch.visits.models import Visit
from staff.models import Person
from tests.core.in_browser import serious
from tests.core.live.harness import live_process
from tests.core.session_cookie import give_cookie
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.pages import page_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(
    app: Flask, committed_firm: Callable[[], Firm], browser: Browser, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> Iterator[Page]:
    """Bo has a visit at 10:00, Ana one at 13:00 that can start later, Cy none; a dispatcher looks at that day."""
    monkeypatch.setattr(clock, "now", lambda: now)
    firm = committed_firm()
    job = firm.job_type(skills={})
    firm.book(firm.technician("Bo"), berlin("2026-03-11 10:00"), job_type=job)
    firm.book(firm.technician("Ana"), berlin("2026-03-11 13:00"), job_type=job)
    firm.technician("Cy")
    who = accounts.create_user(email="rita@callout.test", name="Rita", password=None, roles=["dispatcher"], now=firm.now)
    who.time_zone = "Europe/Berlin"
    user_id = who.id
    database.session.commit()
    with live_process(app) as url, page_of(app, browser, user_id) as found:
        monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], live_public_url=url))
        found.goto("/dispatch?day=2026-03-11")
        expect(found.locator(".visit-block")).to_have_count(2)
        yield found


@pytest.fixture
def colleague(app: Flask, browser: Browser, page: Page) -> Iterator[Page]:
    """Otto looks at the same day in a window of his own."""
    with transaction():
        who = accounts.create_user(email="otto@callout.test", name="Otto", password=None, roles=["dispatcher"], now=clock.now())
        who.time_zone = "Europe/Berlin"
        database.session.flush()
        user_id = who.id
    address = page.url.partition("/dispatch")[0]
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", base_url=address, bypass_csp=True)
    give_cookie(context, app, user_id, address)
    found = context.new_page()
    found.goto("/dispatch?day=2026-03-11")
    expect(found.locator(".visit-block")).to_have_count(2)
    yield found
    context.close()


def lengths() -> list[tuple[str, str]]:
    """Technician and time of the two visits, as the database has them."""
    with transaction() as session:
        visits = session.query(Visit).order_by(Visit.number).all()
        ends = [f"{visit.planned_end + timedelta(hours=1):%H:%M}" for visit in visits]
    return [(name, f"{start}–{end}") for (name, start), end in zip(stands(), ends, strict=True)]


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
    for press in ("Alt+ArrowRight", "Alt+ArrowRight", "Alt+Shift+ArrowRight"):  # faster than the board is drawn
        block.press(press)
    expect(page.get_by_text("10:30–11:45, Bo").first).to_be_visible()
    assert stands()[0] == ("Bo", "10:30")
    block.press("Alt+ArrowUp")
    expect(page.get_by_text("10:30–11:45, Ana").first).to_be_visible()
    for _move in range(2):
        page.keyboard.press("Control+z")
    expect(page.get_by_text("is where it was")).to_have_count(2)
    assert lengths()[0] == ("Bo", "10:30–11:30")
    block.press("Alt+ArrowUp")
    expect(page.get_by_text("10:30–11:30, Ana")).to_have_count(2)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("A quarter of an hour longer")


def test_a_crews_visit_stands_in_each_lane_and_one_of_them_is_replaced_by_dragging(page: Page, now: datetime) -> None:
    def crew() -> str | None:
        with transaction() as session:
            return queries.names_of(session.query(Visit).order_by(Visit.number).all()[0])

    with transaction() as session:
        ana = session.query(Person).join(User).filter(User.name == "Ana").one()
        visit_id = session.query(Visit.id).order_by(Visit.number).limit(1).scalar()
        move_visit(visit_id=visit_id, helper_ids=[ana.id], now=now, actor_id=None)
    page.reload()
    expect(page.get_by_role("region", name="Ana").locator(".visit-block")).to_have_count(2)
    expect(page.get_by_role("region", name="Bo").get_by_title("together with Ana")).to_be_visible()
    carry(page, "Cy", hours=0)
    expect(page.locator(".visit-ghost")).to_contain_text("10:00–11:00 · Cy, Ana")
    page.mouse.up()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    assert crew() == "Cy, Ana"
    undo.click()
    expect(page.get_by_text("is where it was")).to_be_visible()
    assert crew() == "Bo, Ana"


def test_the_end_of_a_visit_is_dragged_and_a_colleague_sees_who_has_it(page: Page, colleague: Page) -> None:
    block = page.get_by_role("region", name="Bo").locator(".visit-block")
    box = block.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 1.5 - 3, box["y"] + 22, steps=3)
    expect(page.locator(".visit-ghost")).to_contain_text("10:00–11:30 · Bo")
    expect(colleague.locator(".visit-hand")).to_have_text("Rita is moving it")
    page.mouse.up()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert lengths()[0] == ("Bo", "10:00–11:30")
    expect(colleague.locator(".visit-hand")).to_have_count(0)
    expect(colleague.get_by_text("Rita is looking")).to_be_visible()
    expect(page.get_by_text("Otto is looking")).to_be_visible()
    colleague.get_by_role("region", name="Ana").locator(".visit-block").click()
    expect(page.locator(".visit-hand")).to_have_text("Otto has it open")
    colleague.get_by_role("dialog").get_by_role("button", name="Move").click()
    expect(colleague.get_by_role("dialog", name="Move visit")).to_be_visible()
    expect(page.locator(".visit-hand")).to_have_text("Otto has it open")
    colleague.keyboard.press("Escape")
    expect(page.locator(".visit-hand")).to_have_count(0)


def test_filters_count_what_they_leave_out_and_the_map_shares_the_selection(page: Page) -> None:
    page.keyboard.press("f")
    page.get_by_role("checkbox", name="Ana").check()
    expect(page.locator("#filter-bar")).to_contain_text("1 of 2 visits shown · 1 of 3 technicians")
    expect(page.locator(".lane")).to_have_count(1)
    assert "technician=" in page.url
    page.goto("/dispatch?day=2026-03-11")
    expect(page.locator("#filter-bar")).to_contain_text("1 of 2 visits shown")
    assert "technician=" in page.url, "as this person left it"
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".lane")).to_have_count(3)
    page.keyboard.press("f")
    page.get_by_role("checkbox", name="not confirmed").check()
    expect(page.locator(".lane-taken")).to_have_count(2)
    expect(page.locator("#filter-bar")).to_contain_text("0 of 2 visits shown · 3 of 3 technicians")
    assert serious(page) == []
    page.get_by_role("button", name="Remove the filter not confirmed").click()
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.locator(".map-stop")).to_have_count(2)
    page.locator(".map-stop").first.click()
    expect(page.locator(".visit-block[aria-current]")).to_have_count(1)
    page.get_by_role("region", name="Ana").locator(".visit-block").click()
    expect(page.get_by_role("region", name="Ana").locator(".visit-block[aria-current]")).to_have_count(1)
    expect(page.locator(".map-card")).to_contain_text("Ana")
    expect(page.locator(".map-stop.is-chosen")).to_have_count(1)
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("region", name="Ana").locator(".visit-block").click()
    expect(page.locator("dialog[open]")).to_have_count(1)
    assert "map=1" in page.url
