"""An agent's desk in the browser, against the real processes: tags, macros, a reply taken back, two people at one ticket, merging, splitting."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_road import PATIENCE, People
from tests.installation import TUESDAY_MORNING, Installation, set_clock

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MAKE = """async ([path, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}"""


def new_ticket(page: Page, subject: str) -> int:
    """Through the API, with the customer's words."""
    body = {"subject": subject, "queue_id": 1, "text": f"Hello, {subject}.", "author_name": "Ida", "channel": "email"}
    body["contact_email"] = "ida@mail.example"
    made = page.evaluate(MAKE, ["/api/v1/tickets", body])
    return int(made["number"])


def open_ticket(page: Page, number: int) -> None:
    page.goto(f"/tickets/{number}")
    expect(page.locator("#facts .panel").first).to_be_visible(timeout=PATIENCE)


def tags_and_a_macro(page: Page) -> None:
    """A tag by name; a macro by the key m, seen before it is run, and taken back in one go."""
    page.fill("input[name=tag]", "recall")
    page.keyboard.press("Enter")
    expect(page.locator(".tag-row .chip")).to_have_text(re.compile("recall"))
    page.locator("h1").click()
    page.keyboard.press("m")
    expect(page.locator("#macro-choices [aria-selected=true]")).to_contain_text("Desk macro")
    expect(page.locator(".macro-look")).to_contain_text("Priority: Normal → High")
    page.keyboard.press("Enter")
    expect(page.locator(".composer textarea")).to_have_value(re.compile("We order the part for #"))
    expect(page.locator("#facts select").nth(2)).to_have_value("high")
    page.locator(".toast-line", has_text="Desk macro").get_by_role("button", name="Undo").click()
    expect(page.locator("#facts select").nth(2)).to_have_value("normal")


def a_reply_taken_back(page: Page) -> None:
    """It stands as held, comes back into the answer, is there after a reload, and goes out in the end."""
    text = page.locator(".composer textarea")
    text.fill("We come on Monday.")
    page.get_by_role("button", name="Send reply").click()
    expect(page.locator("[data-held]")).to_contain_text("We come on Monday.")
    page.get_by_role("button", name="Take back").click()
    expect(text).to_have_value("We come on Monday.")
    expect(page.locator("[data-held]")).to_have_count(0)
    with page.expect_response(re.compile("/drafts$")):
        text.press_sequentially(" Or Tuesday.")
    page.reload()
    expect(text).to_have_value("We come on Monday. Or Tuesday.")
    page.get_by_role("button", name="Send reply").click()
    sent = page.locator(".timeline-entry[data-kind=out]:not([data-held])", has_text="Or Tuesday.")
    expect(sent).to_be_visible(timeout=PATIENCE)
    expect(text).to_have_value("")


def two_at_one_ticket(first: Page, second: Page) -> None:
    """Each sees the other look and write; an answer over a newer one shows both and sends neither until that is decided."""
    expect(first.locator("#others")).to_contain_text("is looking", timeout=PATIENCE)
    second.locator(".composer textarea").press_sequentially("I think")
    expect(first.locator("#others")).to_contain_text("is writing", timeout=PATIENCE)
    second.evaluate(MAKE, [f"/api/v1{_path(second)}/notes", {"text": "A note is no answer."}])
    first.evaluate(MAKE, [f"/api/v1{_path(first)}/messages", {"text": "The first answer."}])
    expect(second.locator(".timeline-entry", has_text="The first answer.")).to_be_visible(timeout=PATIENCE)
    second.get_by_role("button", name="Send reply").click()
    dialog = second.locator("dialog")
    expect(dialog).to_contain_text("The first answer.")
    expect(dialog).to_contain_text("I think")
    dialog.get_by_role("button", name="Go on writing").click()
    expect(second.locator(".composer textarea")).to_have_value("I think")
    second.locator(".composer textarea").fill("")


def _path(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)


def merged_and_back(page: Page, merged: int, survivor: int) -> None:
    """The survivor shows both conversations; undone, each has its own again."""
    open_ticket(page, merged)
    page.get_by_role("button", name="Merge…").click()
    page.fill("#field-into", str(survivor))
    page.locator("dialog").get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("#merged")).to_contain_text(f"#{survivor}")
    expect(page.locator("#composer")).to_be_hidden()
    open_ticket(page, survivor)
    both = page.locator(".timeline-entry[data-kind=in]")
    expect(both).to_have_count(2)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(both).to_have_count(1)


def split_off(page: Page, number: int) -> None:
    """The chosen entry begins a ticket of its own, linked with this one."""
    open_ticket(page, number)
    page.get_by_role("button", name="Split…").click()
    page.fill("#field-subject", "The second matter")
    page.locator("dialog input[type=checkbox]").first.check()
    page.get_by_role("button", name="Split off").click()
    page.wait_for_url(lambda url: not url.endswith(f"/{number}") and "/tickets/" in url)
    expect(page.locator("#subject")).to_have_text("The second matter")
    expect(page.locator(".link-line")).to_contain_text(f"#{number}")
    expect(page.locator(".timeline-entry[data-kind=in]")).to_have_count(1)


def walk(first: Page, second: Page) -> None:
    """All of it on three tickets of its own. Both pages are signed in."""
    steps = {"priority": "high", "text": {"en": "We order the part for #{{number}}."}}
    first.evaluate(MAKE, ["/api/v1/macros", {"name": "Desk macro", "steps": steps}])
    one, other = new_ticket(first, "Heating is cold"), new_ticket(first, "Heating is still cold")
    open_ticket(first, one)
    tags_and_a_macro(first)
    a_reply_taken_back(first)
    open_ticket(second, one)
    two_at_one_ticket(first, second)
    merged_and_back(first, other, one)
    split_off(first, other)


def test_an_agents_desk(browser: Browser, demo: Installation) -> None:
    set_clock(demo.data_dir, TUESDAY_MORNING + timedelta(hours=1))
    people = People(browser, demo, "en")
    try:
        walk(people.sign_in("agent3", "/tickets"), people.sign_in("agent4", "/tickets"))
        assert people.errors == []
    finally:
        people.close()
