"""The field app in a real browser, with and without a network: the page opens, jobs are reported, all of it arrives once."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import make_server

from core import clock
from core.auth import services as accounts
from core.db import db as database
from core.db import transaction
from core.inbox import InboxRow
from dispatch.services import cancel_visit
from dispatch.visits.models import Visit
from tests.core.live.harness import until
from tests.core.session_cookie import give_cookie
from tests.dispatch.conftest import Firm

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
# Without it Playwright's set_offline leaves a service worker its network.
os.environ["PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS"] = "1"
PATIENCE = 30_000
UPDATES = "/api/v1/field/updates"
KEPT = "caches.keys().then((names) => names.filter((name) => name.startsWith('callout-field-')).sort())"


class Day:
    """A technician with three visits today, another technician, and the application on loopback."""

    def __init__(self, app: Flask, firm: Firm) -> None:
        self.app, self.firm = app, firm
        firm.now = now = clock.now()
        self.technician, self.other = firm.technician("Li Wei"), firm.technician("Bo")
        for person in (self.technician, self.other):
            person.user.time_zone = "Europe/Berlin"
        job = firm.job_type(name="Boiler service")
        self.visits = []
        for number, subject in enumerate(("Boiler leaks", "No hot water", "Radiator cold")):
            start = now + timedelta(minutes=1 + 90 * number)
            despite = ["shift", "travel"]
            visit = firm.book(self.technician, start, job_type=job, ticket=firm.ticket(subject=subject), despite=despite)
            self.visits.append(visit.number)
        self.agent_id = accounts.create_user(email="ana@callout.test", name="Ana", password=None, roles=["agent"], now=now).id
        self.users = {"li": self.technician.user_id, "bo": self.other.user_id, "ana": self.agent_id}
        database.session.commit()
        self.shut, self.turned_away = "", 0
        self.holding = threading.Event()
        self.holding.set()
        self.server = make_server("127.0.0.1", 0, self.answer, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        """The application, slow for reports while `holding` is clear, and as if it were being restarted for the address in `shut`."""
        if environ["PATH_INFO"] == UPDATES:
            self.holding.wait(PATIENCE / 1000)
        if environ["PATH_INFO"] != self.shut:
            return self.app(environ, start_response)
        self.turned_away += 1
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return []

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def sign_in(self, context: BrowserContext, who: str) -> None:
        give_cookie(context, self.app, self.users[who], self.address)

    def status(self, number: int) -> str:
        with transaction() as session:
            return session.scalars(select(Visit.status).where(Visit.number == number)).one()

    def reports(self) -> int:
        with transaction() as session:
            query = select(func.count()).select_from(InboxRow).where(InboxRow.source.like("field:%"))
            return session.scalar(query) or 0


@pytest.fixture
def day(app: Flask, committed_firm: Callable[[], Firm]) -> Iterator[Day]:
    made = Day(app, committed_firm())
    yield made
    made.close()


@pytest.fixture
def context(day: Day, browser: Any) -> Iterator[BrowserContext]:
    """A phone, in Berlin, cut off from any live server of this machine."""
    found = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="en-GB", timezone_id="Europe/Berlin", base_url=day.address, reduced_motion="reduce"
    )
    found.set_default_timeout(PATIENCE)
    found.route_web_socket(re.compile(".*"), lambda socket: socket.close())
    day.sign_in(found, "li")
    yield found
    found.close()


@pytest.fixture
def phone(context: BrowserContext) -> Iterator[Page]:
    """The day is open and all of it is kept. No script fails and nothing is refused by the policy."""
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    opened(page)
    yield page
    assert [text for text in said if "WebSocket" not in text and "Failed to load resource" not in text and "ERR_" not in text] == []


def opened(page: Page) -> None:
    page.goto("/field")
    expect(page.locator("#field")).to_have_attribute("data-kept", "yes")


def go(page: Page, number: int, *steps: str) -> None:
    """Open a job and press its big button, once for each step."""
    page.locator(f'a[href="#{number}"]').click()
    for step in steps:
        page.locator(".field-foot button", has_text=step).click()
        if step == "Done":
            page.locator("dialog #end-note").fill("Changed the valve")
            page.locator("dialog .field-button-main").click()


def test_a_day_without_a_network_with_a_reload_arrives_whole_and_once(day: Day, context: BrowserContext, phone: Page) -> None:
    first, second, third = day.visits
    context.set_offline(True)
    phone.reload()
    expect(phone.locator(".offline-banner")).to_contain_text(re.compile(r"As of \d\d:\d\d, offline"))
    expect(phone.locator(".field-card")).to_have_count(3)
    expect(phone.locator("html")).to_have_attribute("data-kept", "yes")
    assert phone.evaluate("getComputedStyle(document.querySelector('.field-card')).borderRadius") != "0px", "style sheets are kept too"

    go(phone, first, "On my way", "Arrived", "Done")
    go(phone, second, "On my way")
    expect(phone.locator(".offline-banner")).to_contain_text("4 changes wait and are not lost")
    phone.reload()
    expect(phone.locator(".offline-banner")).to_contain_text("4 changes wait and are not lost")
    expect(phone.locator(".field-foot button")).to_contain_text("Arrived")
    phone.get_by_role("link", name="All jobs").click()
    expect(phone.locator(".field-over .field-card")).to_have_count(1)
    expect(phone.locator(f'a[href="#{second}"]')).to_contain_text("on the way")
    assert (day.status(first), day.reports()) == ("booked", 0)

    context.set_offline(False)
    expect(phone.locator(".offline-banner")).to_have_count(0)
    assert (day.status(first), day.status(second), day.status(third)) == ("done", "on_the_way", "booked")
    assert day.reports() == 4
    phone.reload()
    expect(phone.locator("#field")).to_have_attribute("data-kept", "yes")
    assert day.reports() == 4
    with transaction() as session:
        assert session.scalars(select(Visit.result).where(Visit.number == first)).one() == "Changed the valve"


def test_a_helper_reports_the_part_on_the_leads_van(day: Day, context: BrowserContext) -> None:
    firm = day.firm
    with transaction():
        part = firm.part("Pump")
        firm.stock(part, firm.van(day.other), 1)
        pair = firm.job_type("pair", crew=2, kit={part.id: 1})
        start, despite = firm.now + timedelta(hours=6), ["shift", "travel"]
        number = firm.book(day.other, start, job_type=pair, helper_ids=[day.technician.id], despite=despite).number
    page = context.new_page()
    opened(page)
    go(page, number, "On my way", "Arrived")
    expect(page.locator(".field-job .stepper output")).to_have_text("1")
    page.get_by_role("link", name="All jobs").click()
    go(page, number, "Done")
    assert until(lambda: day.status(number) == "done")
    with transaction():
        assert firm.balance(part, firm.van(day.other)) == (0, 0)


def test_what_came_in_between_is_shown_with_both_versions(day: Day, context: BrowserContext, phone: Page) -> None:
    first = day.visits[0]
    context.set_offline(True)
    phone.reload()
    go(phone, first, "On my way", "Arrived", "Done")
    with transaction() as session:
        visit_id = session.scalars(select(Visit.id).where(Visit.number == first)).one()
        cancel_visit(visit_id=visit_id, reason="Customer called", now=clock.now(), actor_id=None)
    context.set_offline(False)
    told = phone.locator(f'[data-problem="{first}"]')
    expect(told).to_contain_text("your 3 reports were not taken")
    for part in ("You reported", "On my way", "Arrived", "Done", "Changed the valve", "It stands as", "called off"):
        expect(told).to_contain_text(part)
    assert day.status(first) == "cancelled"
    phone.reload()
    expect(told).to_contain_text("your 3 reports were not taken")
    told.get_by_role("button", name="Understood").click()
    expect(told).to_have_count(0)


def test_what_is_reported_while_another_report_is_on_its_way_is_sent_after_it(day: Day, phone: Page) -> None:
    day.holding = threading.Event()
    go(phone, day.visits[0], "On my way")
    expect(phone.locator(".offline-banner")).to_contain_text("Sending 1 change")
    phone.locator(".field-foot button", has_text="Arrived").click()
    expect(phone.locator(".offline-banner")).to_contain_text("Sending 2 changes")
    day.holding.set()
    assert until(lambda: day.status(day.visits[0]) == "on_site")
    assert day.reports() == 2


def test_only_the_day_and_its_files_are_kept(day: Day, context: BrowserContext, phone: Page) -> None:
    phone.goto("/account")
    phone.goto("/field")
    kept = phone.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) =>"
        " (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname)))).flat())"
    )
    assert len(kept) > 20
    assert [path for path in kept if not path.startswith(("/static/", "/i18n/", "/field"))] == []
    assert {path for path in kept if path.startswith("/field")} == {"/field", "/field/last-day"}
    context.set_offline(True)
    answer = phone.evaluate("fetch('/api/v1/field/day').then(() => 'answered', () => 'no network')")
    assert answer == "no network"


def test_signing_out_wipes_what_was_kept_but_no_report(day: Day, context: BrowserContext, phone: Page) -> None:
    context.set_offline(True)
    go(phone, day.visits[0], "On my way")
    expect(phone.locator(".offline-banner")).to_contain_text("1 change waits")
    day.shut = UPDATES
    context.set_offline(False)
    assert until(lambda: day.turned_away)
    phone.goto("/account")
    phone.locator(".user-button").click()
    phone.locator('form[action="/sign-out"] button').click()
    phone.wait_for_url("**/sign-in**")
    assert phone.evaluate(KEPT) == []
    assert day.reports() == 0
    day.shut = ""
    day.sign_in(context, "li")
    opened(phone)
    expect(phone.locator(".offline-banner")).to_have_count(0)
    assert until(lambda: day.status(day.visits[0]) == "on_the_way")
    assert day.reports() == 1


@pytest.mark.parametrize(("who", "page_of"), [("bo", "/field"), ("ana", "/account")])
def test_another_persons_sign_in_wipes_what_was_kept(day: Day, context: BrowserContext, phone: Page, who: str, page_of: str) -> None:
    mine = f"callout-field-{day.users['li']}-"
    assert all(name.startswith(mine) for name in phone.evaluate(KEPT))
    day.sign_in(context, who)
    phone.goto(page_of)
    phone.wait_for_function(f"{KEPT}.then((names) => names.every((name) => !name.startsWith('{mine}')))")
    if who == "bo":
        expect(phone.locator("#field")).to_have_attribute("data-kept", "yes")
        context.set_offline(True)
        phone.reload()
        expect(phone.locator(".offline-banner")).to_be_visible()
        expect(phone.locator(".field-card")).to_have_count(0)


def test_who_is_signed_out_from_afar_sees_nothing_more(day: Day, context: BrowserContext, phone: Page) -> None:
    context.clear_cookies()
    phone.goto("/field")
    phone.wait_for_url("**/sign-in**")
    assert [name for name in phone.evaluate(KEPT) if not name.endswith("-day")] == []


def test_a_page_older_than_the_sign_in_says_so_and_a_fresh_one_sends_what_waits(day: Day, context: BrowserContext, phone: Page) -> None:
    day.sign_in(context, "li")  # another session: this page's token is refused from now on
    go(phone, day.visits[0], "On my way")
    told = phone.get_by_role("alert").filter(has_text="You signed in anew")
    expect(told).to_be_visible()
    assert day.status(day.visits[0]) == "booked"
    told.get_by_role("button").click()
    expect(phone.locator("#field")).to_have_attribute("data-kept", "yes")
    expect(told).to_have_count(0)
    assert until(lambda: day.status(day.visits[0]) == "on_the_way")
    assert day.reports() == 1


def test_an_update_replaces_what_was_kept(day: Day, context: BrowserContext, phone: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    before = phone.evaluate(KEPT)
    worker = phone.evaluate("fetch('/field/worker.js').then((answer) => answer.text())")
    monkeypatch.setitem(day.app.config, "BUILD", "fedcba9876")
    assert phone.evaluate("fetch('/field/worker.js').then((answer) => answer.text())") != worker
    opened(phone)
    after = phone.evaluate(KEPT)
    user = day.users["li"]
    assert after == [f"callout-field-{user}-day", f"callout-field-{user}-fedcba9876"]
    assert before != after
    context.set_offline(True)
    phone.reload()
    expect(phone.locator(".field-card")).to_have_count(3)
    assert "/static/fedcba9876/" in phone.evaluate("document.querySelector('script[src]').src")


def test_the_app_can_be_installed(day: Day, phone: Page) -> None:
    """What Chrome asks for: a manifest with name, start address, display and icons, and a worker on the start address."""
    session = phone.context.new_cdp_session(phone)
    errors = {error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert errors <= {"in-incognito"}, "a browser made for a test is one without a memory"
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/field/app.webmanifest")
