"""The desk in the browser, against the real processes, in English and Chinese. A supervisor who changes a promise; an agent's ten minutes: take next,
answer by keys and macro, wait for a part, a reply taken back, two people at one ticket, merging and back, splitting, a view of one's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from callcenter.demo.firm import AGENTS
from tests.depth import DEPTH
from tests.e2e.test_road import PATIENCE, People
from tests.e2e.words import Say, words
from tests.installation import TUESDAY_MORNING, Installation, set_clock

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
MAKE = """async ([path, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}"""

GET = "async (path) => (await fetch(path)).json()"


def new_ticket(page: Page, subject: str) -> int:
    """Through the API, with the customer's words."""
    body = {"subject": subject, "queue_id": 1, "text": f"Hello, {subject}.", "author_name": "Ida", "channel": "email"}
    body["contact_email"] = "ida@mail.example"
    made = page.evaluate(MAKE, ["/api/v1/tickets", body])
    return int(made["number"])


@dataclass(frozen=True)
class Colleague:
    """Somebody's window, and the words that stand in it."""

    page: Page
    say: Say

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.say(name), exact=True)

    def open_ticket(self, number: int) -> None:
        self.page.goto(f"/tickets/{number}")
        expect(self.page.locator("#facts .panel").first).to_be_visible(timeout=PATIENCE)


def the_next_one_by_keys_alone(one: Colleague, name: str) -> None:
    """From the list to a ticket that is mine, answered, waiting for nothing: without the mouse."""
    one.page.goto("/tickets")
    expect(one.page.locator("#tickets tbody tr").first).to_be_visible(timeout=PATIENCE)
    one.page.keyboard.press("g")
    one.page.keyboard.press("n")
    one.page.wait_for_url(re.compile(r"/tickets/\d+"))
    expect(one.page.locator("#facts select").first).to_be_visible(timeout=PATIENCE)
    assert one.page.evaluate(GET, f"/api/v1{_path(one.page)}")["assignee"] == name
    one.page.keyboard.press("r")
    expect(one.page.locator(".composer textarea")).to_be_focused()
    one.page.keyboard.type("We look into it.")
    one.page.keyboard.press("Control+Enter")
    sent = one.page.locator(".timeline-entry[data-kind=out]:not([data-held])", has_text="We look into it.")
    expect(sent).to_be_visible(timeout=PATIENCE)


def waits_for_a_part(one: Colleague) -> None:
    """Its clock stands still while the part is on its way, and says what for."""
    one.button("Wait for…").click()
    one.page.fill("#wait-note", "Pump P-7")
    one.page.locator("dialog").get_by_role("button", name=one.say("waiting for a part")).click()
    expect(one.page.locator("#clocks .clock[data-level=paused]").first).to_be_visible(timeout=PATIENCE)
    expect(one.page.locator("main")).to_contain_text("Pump P-7")
    one.button("Stop waiting").click()
    expect(one.button("Wait for…")).to_be_visible(timeout=PATIENCE)


def a_view_of_ones_own(one: Colleague, name: str) -> None:
    """What is looked at is kept under a name, found again at the side, and shows the same."""
    one.page.goto("/tickets?view=mine&sort=-updated")  # newest first: not as the view has it
    rows = one.page.locator("#tickets tbody tr")
    expect(rows.first).to_be_visible(timeout=PATIENCE)
    before = rows.count()
    one.button("Save as…").first.click()
    one.page.fill("#field-name", name)
    one.page.locator("dialog").get_by_role("button", name=one.say("Save"), exact=True).click()
    link = one.page.locator("a", has_text=name)
    expect(link).to_be_visible(timeout=PATIENCE)
    one.page.goto("/tickets")
    link.click()
    expect(rows).to_have_count(before)


def tags_and_a_macro(one: Colleague, name: str) -> None:
    """A tag by name; a macro by the key m, seen before it is run, and taken back in one go."""
    page = one.page
    page.fill("input[name=tag]", "recall")
    page.keyboard.press("Enter")
    expect(page.locator(".tag-row .chip")).to_have_text(re.compile("recall"))
    page.locator("h1").click()
    page.keyboard.press("m")
    expect(page.locator("#macro-choices [aria-selected=true]")).to_contain_text(name)
    expect(page.locator(".macro-look")).to_contain_text(f"{one.say('Normal')} → {one.say('High')}")
    page.keyboard.press("Enter")
    expect(page.locator(".composer textarea")).to_have_value(re.compile("We order the part for #"))
    expect(page.locator("#facts select").nth(2)).to_have_value("high")
    page.locator(".toast-line", has_text=name).get_by_role("button", name=one.say("Undo")).click()
    expect(page.locator("#facts select").nth(2)).to_have_value("normal")


def a_reply_taken_back(one: Colleague) -> None:
    """It stands as held, comes back into the answer, is there after a reload, and goes out in the end."""
    page = one.page
    text = page.locator(".composer textarea")
    text.fill("We come on Monday.")
    one.button("Send reply").click()
    expect(page.locator("[data-held]")).to_contain_text("We come on Monday.")
    one.button("Take back").click()
    expect(text).to_have_value("We come on Monday.")
    expect(page.locator("[data-held]")).to_have_count(0)
    with page.expect_response(re.compile("/drafts$")):
        text.press_sequentially(" Or Tuesday.")
    page.reload()
    expect(text).to_have_value("We come on Monday. Or Tuesday.")
    one.button("Send reply").click()
    sent = page.locator(".timeline-entry[data-kind=out]:not([data-held])", has_text="Or Tuesday.")
    expect(sent).to_be_visible(timeout=PATIENCE)
    expect(text).to_have_value("")


def two_at_one_ticket(one: Colleague, other: Colleague) -> None:
    """Each sees the other look and write; an answer over a newer one shows both and sends neither until that is decided."""
    first, second = one.page, other.page
    expect(first.locator("#others")).to_contain_text(_without_names(one.say("%(names)s is looking")), timeout=PATIENCE)
    second.locator(".composer textarea").press_sequentially("I think")
    expect(first.locator("#others")).to_contain_text(_without_names(one.say("%(names)s is writing")), timeout=PATIENCE)
    second.evaluate(MAKE, [f"/api/v1{_path(second)}/notes", {"text": "A note is no answer."}])
    first.evaluate(MAKE, [f"/api/v1{_path(first)}/messages", {"text": "The first answer."}])
    expect(second.locator(".timeline-entry", has_text="The first answer.")).to_be_visible(timeout=PATIENCE)
    other.button("Send reply").click()
    dialog = second.locator("dialog")
    expect(dialog).to_contain_text("The first answer.")
    expect(dialog).to_contain_text("I think")
    dialog.get_by_role("button", name=other.say("Go on writing")).click()
    expect(second.locator(".composer textarea")).to_have_value("I think")
    second.locator(".composer textarea").fill("")


def _without_names(text: str) -> str:
    return text.replace("%(names)s", "").strip()


def _path(page: Page) -> str:
    return re.sub(r"^https?://[^/]+", "", page.url)


def merged_and_back(one: Colleague, merged: int, survivor: int) -> None:
    """The survivor shows both conversations; undone, each has its own again."""
    page = one.page
    one.open_ticket(merged)
    one.button("Merge…").click()
    page.fill("#field-into", str(survivor))
    page.locator("dialog").get_by_role("button", name=one.say("Merge"), exact=True).click()
    expect(page.locator("#merged")).to_contain_text(f"#{survivor}")
    expect(page.locator("#composer")).to_be_hidden()
    one.open_ticket(survivor)
    both = page.locator(".timeline-entry[data-kind=in]")
    expect(both).to_have_count(2)
    one.button("Undo").click()
    expect(both).to_have_count(1)


def split_off(one: Colleague, number: int) -> None:
    """The chosen entry begins a ticket of its own, linked with this one."""
    page = one.page
    one.open_ticket(number)
    one.button("Split…").click()
    page.fill("#field-subject", "The second matter")
    page.locator("dialog input[type=checkbox]").first.check()
    one.button("Split off").click()
    page.wait_for_url(lambda url: not url.endswith(f"/{number}") and "/tickets/" in url)
    expect(page.locator("#subject")).to_have_text("The second matter")
    expect(page.locator(".link-line")).to_contain_text(f"#{number}")
    expect(page.locator(".timeline-entry[data-kind=in]")).to_have_count(1)


def ten_minutes(one: Colleague, other: Colleague, mark: str, name: str) -> None:
    """All of it, mostly on tickets of its own. Both are signed in."""
    steps = {"priority": "high", "text": {"en": "We order the part for #{{number}}.", "zh_Hans": "We order the part for #{{number}}."}}
    one.page.evaluate(MAKE, ["/api/v1/macros", {"name": f"Desk macro {mark}", "steps": steps}])
    the_next_one_by_keys_alone(one, name)
    first, second = new_ticket(one.page, "Heating is cold"), new_ticket(one.page, "Heating is still cold")
    one.open_ticket(first)
    tags_and_a_macro(one, f"Desk macro {mark}")
    waits_for_a_part(one)
    a_reply_taken_back(one)
    other.open_ticket(first)
    two_at_one_ticket(one, other)
    merged_and_back(one, second, first)
    split_off(one, second)
    a_view_of_ones_own(one, f"Mine {mark}")


def a_promise_is_changed(one: Colleague, board: Page, number: int) -> None:
    """The policy of a ticket ten minutes old gets other targets: on the open board the ticket is over by itself, and with the old ones it is not."""
    over = board.locator(f".board-column[data-column=over] .board-card[href='/tickets/{number}']")
    expect(board.locator(".board-card").first).to_be_visible(timeout=PATIENCE)
    expect(over).to_have_count(0)
    board.evaluate("window.stayed = true")
    one.page.goto("/settings/policies")
    one.page.get_by_role("link", name="Standard", exact=True).click()
    label = one.say("%(clock)s, %(priority)s") % {"clock": one.say("first answer"), "priority": one.say("All others")}
    target = one.page.get_by_label(label, exact=True)
    before = target.input_value()
    for text, count in (("1 min", 1), (before, 0)):
        target.fill(text)
        one.button("Publish").click()
        expect(one.button("Publish")).to_be_disabled(timeout=PATIENCE)
        expect(over).to_have_count(count, timeout=PATIENCE)
    assert board.evaluate("window.stayed") is True


@pytest.mark.parametrize("language", ["en", "zh_Hans"] if DEPTH > 1 else ["en"])
def test_a_supervisor_changes_a_policy_and_sees_the_board_follow(browser: Browser, demo: Installation, language: str) -> None:
    set_clock(demo.data_dir, TUESDAY_MORNING + timedelta(hours=2))
    people = People(browser, demo, language)
    try:
        one = Colleague(people.sign_in("supervisor", "/tickets"), words(language))
        number = new_ticket(one.page, "Radiator is lukewarm")
        set_clock(demo.data_dir, TUESDAY_MORNING + timedelta(hours=2, minutes=10))
        a_promise_is_changed(one, people.sign_in("supervisor", "/board"), number)
        assert people.errors == []
    finally:
        people.close()


@pytest.mark.parametrize(("language", "agents"), [("en", (3, 4)), ("zh_Hans", (5, 6))] if DEPTH > 1 else [("zh_Hans", (5, 6))])
def test_an_agents_ten_minutes(browser: Browser, demo: Installation, language: str, agents: tuple[int, int]) -> None:
    set_clock(demo.data_dir, TUESDAY_MORNING + timedelta(hours=1))
    people, say = People(browser, demo, language), words(language)
    try:
        one, other = (Colleague(people.sign_in(f"agent{number}", "/tickets"), say) for number in agents)
        ten_minutes(one, other, language, AGENTS[agents[0] - 1])
        assert people.errors == []
    finally:
        people.close()
