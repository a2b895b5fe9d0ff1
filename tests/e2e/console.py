"""What people do on the console and on the demo phone, as steps for browser tests. Pages belong to contexts with `base_url` of a running demo.

sign_in(agent, "agent"); be_ready(agent)
call_in(phone); accept(agent); hold(agent); take_off_hold(agent)
transfer_to(agent, "Tomasz Zieliński"); wrap_up(agent, "follow_up"); accept(colleague); hang_up(colleague); wrap_up(colleague, "solved")
"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

CARRIER = 20_000.0  # milliseconds: what waits for the carrier's webhooks on a busy machine
SUBMIT = """([address, token, next]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action: address });
  for (const [name, value] of Object.entries({ csrf_token: token, next })) {
    form.append(Object.assign(document.createElement("input"), { name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


def sign_in(page: Page, who: str, *, then: str = "/console") -> None:
    """As one of the demo's people: agent, agent2, dispatcher, supervisor, technician, admin."""
    page.goto("/sign-in")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content")
    page.evaluate(SUBMIT, [f"/demo/sign-in/{who}", token, then])
    page.wait_for_url(f"**{then}", wait_until="domcontentloaded")


def state(page: Page, word: str) -> None:
    """The top bar says this state, as "Ready" or "Break · lunch"."""
    expect(page.locator("#presence .presence-word")).to_have_text(word, timeout=CARRIER)


def be_ready(page: Page) -> None:
    """One click on the console."""
    page.click("[data-choose=ready]")
    state(page, "Ready")


def be_offline(page: Page) -> None:
    """No calls, so that they ring elsewhere."""
    page.click("[data-choose=offline]")
    state(page, "Offline")


def call_in(phone: Page, *, caller: str | None = None, digit: str = "1") -> None:
    """Dial from the demo phone (open at /phone) and press a key in the menu. `caller` is a number; else the first customer calls."""
    if not phone.url.endswith("/phone"):
        phone.goto("/phone")
    expect(phone.locator("#called option")).not_to_have_count(0)
    if caller is None:
        expect(phone.locator("#caller option").nth(2)).to_be_attached()  # the demo's customers stand before the two that are always there
        phone.select_option("#caller", index=0)
    else:
        phone.select_option("#caller", "type")
        phone.fill("#typed", caller)
        phone.locator("#typed").dispatch_event("change")
    phone.click("#call")
    expect(phone.locator("#log")).to_contain_text(re.compile("press 1|[请請]按 1"), timeout=CARRIER)
    phone.get_by_role("button", name=digit, exact=True).click()


def say(phone: Page, text: str) -> None:
    """The caller says a line."""
    phone.fill("#line", text)
    phone.keyboard.press("Enter")


def offered(page: Page) -> None:
    """It rings."""
    expect(page.locator("[data-offer-accept]")).to_be_visible(timeout=CARRIER)


def accept(page: Page, *, key: str | None = None) -> None:
    """Take the call by click or by key; both hear each other afterwards. From another page the console opens."""
    offered(page)
    if key is None:
        page.click("[data-offer-accept]")
    else:
        page.keyboard.press(key)
    talking(page)


def talking(page: Page) -> None:
    """Both hear each other."""
    expect(page.locator(".call-clock")).to_contain_text("talking", timeout=CARRIER)


def heard(page: Page, text: str) -> None:
    """The caller's line reached the agent."""
    expect(page.locator(".caption-lines")).to_contain_text(text, timeout=CARRIER)


def note(page: Page, text: str) -> None:
    """Write about the call; it is kept by itself."""
    page.fill("[data-call-note]", text)
    expect(page.locator("[data-note-state]")).to_have_text("Saved")


def mute(page: Page) -> None:
    page.click("[data-call-mute]")
    expect(page.locator("[data-call-mute]")).to_have_attribute("aria-pressed", "true")


def unmute(page: Page) -> None:
    page.click("[data-call-mute]")
    expect(page.locator("[data-call-mute]")).to_have_attribute("aria-pressed", "false")


def hold(page: Page) -> None:
    """The caller hears music, says the carrier."""
    page.click("[data-call-hold]")
    expect(page.locator(".call-card")).to_have_attribute("data-state", "held", timeout=CARRIER)


def take_off_hold(page: Page) -> None:
    page.click("[data-call-hold]")
    expect(page.locator(".call-card")).to_have_attribute("data-state", "joined", timeout=CARRIER)


def transfer_to(page: Page, name: str) -> None:
    """Blind transfer to a colleague or a queue by name; the wrap-up begins at once."""
    page.click("[data-call-transfer]")
    page.get_by_role("dialog").get_by_role("button", name=name).click()
    expect(page.locator(".wrap-up")).to_be_visible(timeout=CARRIER)


def hang_up(page: Page) -> None:
    page.click("[data-call-end]")
    expect(page.locator(".wrap-up")).to_be_visible(timeout=CARRIER)


def wrap_up(page: Page, disposition: str) -> None:
    """Say what came of it (a code of `callcenter.voice.rules.DISPOSITIONS`); ready again."""
    page.click(f"[data-disposition={disposition}]")
    state(page, "Ready")


def name_caller(page: Page, name: str) -> None:
    """An unknown caller is found by name and linked."""
    page.fill("[data-unknown-caller] input", name)
    page.locator("[data-link-customer]").first.click()
    expect(page.locator(".caller-name a")).to_contain_text(name, timeout=CARRIER)
