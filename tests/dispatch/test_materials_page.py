"""The storekeeper's page in a real browser: what to buy, ordering it, filling a van up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from core.auth import services as accounts
from core.db import db as database
from core.db import transaction
from dispatch.materials.models import Part
from dispatch.materials.rules import Readiness
from dispatch.materials.services import set_level, update_part
from dispatch.visits.models import Visit
from dispatch.visits.queries import readiness_of
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.pages import page_of

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture
def page(app: Flask, committed_firm: Callable[[], Firm], browser: Browser) -> Iterator[Page]:
    """Materials of a firm in which a visit lacks two pumps and a van has one filter too few; a dispatcher is signed in."""
    firm = committed_firm()
    pump, filters = firm.part("Pump"), firm.part("Filter")
    update_part(part_id=pump.id, supplier="Elektra", lead_days=2, now=firm.now, actor_id=None)
    firm.book(firm.technician("Bo"), berlin("2026-03-11 10:00"), job_type=firm.job_type(kit={pump.id: 2}), despite=["short"])
    van = firm.van(firm.technician("Li"))
    firm.stock(filters, firm.warehouse, 9)
    firm.stock(filters, van, 1)
    set_level(part_id=filters.id, place_id=van.id, reorder_at=1, fill_to=4, now=firm.now, actor_id=None)
    keeper = accounts.create_user(email="rita@callout.test", name="Rita", password=None, roles=["dispatcher"], now=firm.now).id
    database.session.commit()
    with page_of(app, browser, keeper) as found:
        yield found


def test_what_is_missing_is_ordered_and_carried_until_nothing_is(page: Page) -> None:
    page.goto("/materials#buy")
    rows = page.locator("#materials tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Pump")
    expect(rows.first).to_contain_text("1 visit")
    page.get_by_label("Supplier").select_option("Elektra")
    expect(rows).to_have_count(1)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert [line.split(",")[:4] for line in taken.value.path().read_text("utf-8-sig").splitlines()[1:]] == [["Elektra", "P-1", "Pump", "2"]]
    page.get_by_label("Supplier").select_option("All suppliers")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button", name="Order").click()
    dialog = page.locator("dialog")
    expect(dialog.get_by_label("Supplier")).to_have_value("Elektra")
    expect(dialog.get_by_label("Quantity")).to_have_value("2")
    dialog.get_by_label("Expected on").fill("2026-03-12")
    dialog.get_by_role("button", name="Save").click()
    expect(rows).to_have_count(1)
    with transaction() as session:
        visit = session.query(Visit).one()
        assert readiness_of([visit])[visit.id].state is Readiness.WAITING
    rows.first.get_by_role("button", name="Move").click()
    expect(dialog.get_by_label("Quantity")).to_have_value("3")
    dialog.get_by_role("button", name="Move").click()
    expect(page.get_by_text("Nothing is missing")).to_be_visible()


def test_a_level_that_makes_no_sense_keeps_what_was_typed(page: Page) -> None:
    page.goto("/materials#levels")
    page.get_by_role("button", name="Change").click()
    dialog = page.locator("dialog")
    dialog.get_by_label("With so many or fewer").fill("5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Fill up to more than the level at which it is done.")
    expect(dialog.get_by_label("With so many or fewer")).to_have_value("5")
    dialog.get_by_label("Fill up to").fill("8")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#materials tbody tr")).to_contain_text("8")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No levels yet")).to_be_visible()
    with transaction() as session:
        assert session.query(Part).count() == 2
