"""A proposal on its page: what is accepted is done, what cannot be done any more says why and stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from core import clock, outbox
from core.auth import services as accounts
from core.db import db as database
from dispatch.plans.services import ACCEPTANCE
from dispatch.services import move_visit
from tests.dispatch.conftest import Firm, berlin
from tests.dispatch.pages import page_of
from tests.dispatch.test_plan_days import proposal, stands

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_a_proposal_is_accepted_whole_and_what_cannot_be_done_any_more_stays_with_its_reason(
    app: Flask, committed_firm: Callable[[], Firm], browser: Browser, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    firm = committed_firm()
    service = firm.job_type(skills={})
    bo, ana = firm.technician("Bo"), firm.technician("Ana")
    fine, moved = (firm.book(bo, berlin(f"2026-03-11 {hour}:00"), job_type=service) for hour in ("10", "14"))
    plan = proposal(firm, [(fine, ana, berlin("2026-03-11 10:00")), (moved, ana, berlin("2026-03-11 14:30"))])
    plan.before = plan.after = {"served": 2, "left": 0, "late": 0, "lateness": 0, "travel": 600, "duty": 9000, "changes": 2, "money": None}
    plan.found = [{"technicians": 2}]
    move_visit(visit_id=moved.id, start=berlin("2026-03-11 15:00"), now=now, actor_id=None)
    who = accounts.create_user(email="rita@callout.test", name="Rita", password=None, roles=["dispatcher"], now=now)
    who.time_zone = "Europe/Berlin"
    user_id, address, number = who.id, f"/plans/{plan.id}", moved.number
    database.session.commit()
    with page_of(app, browser, user_id) as page:
        page.goto(address)
        rows = page.locator(".plan-rows tbody tr")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("Bo, 10:00")
        expect(rows.first).to_contain_text("Ana, 10:00")
        page.get_by_role("button", name="Accept all 2 changes").click()
        expect(rows.first).to_contain_text("done")
        expect(rows.last).to_contain_text(f"Visit {number} was moved meanwhile: Bo, 15:00.")
        expect(page.get_by_role("button", name="Accept 1 change")).to_be_enabled()
    database.session.rollback()
    assert (stands(fine), stands(moved)) == (("Ana", "10:00"), ("Bo", "15:00"))


def test_a_long_proposal_says_how_far_it_is_and_goes_on_without_its_page(
    app: Flask, committed_firm: Callable[[], Firm], browser: Browser, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    firm = committed_firm()
    service = firm.job_type(skills={})
    bo, ana = firm.technician("Bo"), firm.technician("Ana")
    starts = [berlin(f"2026-03-11 {hour}") for hour in ("08:30", "09:45", "11:00", "12:15", "13:30", "14:45", "16:00")]
    visits = [firm.book(bo, start, job_type=service) for start in starts]
    plan = proposal(firm, [(visit, ana, visit.planned_start) for visit in visits])
    plan.before = plan.after = {"served": 7, "left": 0, "late": 0, "lateness": 0, "travel": 600, "duty": 9000, "changes": 7, "money": None}
    plan.found = [{"technicians": 2}]
    user_id = accounts.create_user(email="rita@callout.test", name="Rita", password=None, roles=["dispatcher"], now=now).id
    address = f"/plans/{plan.id}"
    database.session.commit()
    with page_of(app, browser, user_id) as page:
        page.goto(address)
        page.get_by_role("button", name="Accept all 7 changes").click()
        expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "0")
        expect(page.locator(".plan-do").get_by_text("waiting")).to_have_count(7)
        expect(page.get_by_role("button", name="Accept")).to_have_count(0)
        page.goto("about:blank")
        job = database.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == ACCEPTANCE)).one()
        database.session.commit()
        outbox.run(job.id, clock=clock.now)
        page.goto(address)
        expect(page.locator(".plan-do").get_by_text("done")).to_have_count(7)
        expect(page.get_by_role("progressbar")).to_have_count(0)
    database.session.rollback()
    assert [stands(visit)[0] for visit in visits] == ["Ana"] * 7
