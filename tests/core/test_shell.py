"""The shell in a real browser: no policy violation, nothing axe calls serious, themes, keys, search, sign-out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.web import ROOT
from tests.core.in_browser import address, complaints, module, opened, page, serious, sign_in, type_password
from tests.depth import DEPTH

__all__ = ["address", "page"]  # fixtures
pytestmark = pytest.mark.e2e
LOOKS = (("light", 1440), ("dark", 390), ("dark", 1440), ("light", 390))


@pytest.mark.parametrize(("scheme", "width"), LOOKS if DEPTH > 1 else LOOKS[:2])
def test_pages_break_no_policy_overflow_nowhere_and_axe_finds_nothing_serious(
    browser: Browser, address: str, width: int, scheme: str
) -> None:
    page = opened(browser, address, width=width, scheme=scheme)
    page.goto("/sign-in?next=/account")
    assert serious(page) == []
    type_password(page)
    for path in ("/account", "/account/password", "/styleguide"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways at {width} px"
    page.click("#macro-button")  # Tabler's menu places itself through the CSSOM, which the policy allows
    expect(page.locator(".dropdown-menu.show")).to_be_visible()
    page.click("#open-dialog")
    assert serious(page) == []
    assert complaints(page) == []
    page.context.close()


def test_the_first_paint_has_the_readers_theme(browser: Browser, address: str) -> None:
    page = opened(browser, address, scheme="dark")
    page.route(re.compile(r"\.js$"), lambda route: route.abort())  # no script has a say in it
    page.goto("/sign-in")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != background
    page.context.close()


def test_a_theme_is_switched_at_once_and_kept(page: Page) -> None:
    page.click(".user-button")
    with page.expect_response("**/theme"):
        page.click("button[value=dark]")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_phones_bar_holds_four_places_and_the_rest_behind_more(browser: Browser, address: str) -> None:
    page = opened(browser, address, width=390)
    sign_in(page)
    page.goto("/account")
    expect(page.locator(".rail-link:visible")).to_have_text(["Account", "Styleguide", "One", "Two", "More"])
    page.click(".rail-more")
    expect(page.locator("#more-sheet .sheet-item")).to_have_text(["Three", "Four"])
    page.context.close()


def test_keys_act_except_while_typing_and_can_be_turned_off(page: Page) -> None:
    page.fill("#subject", "")
    page.locator("#subject").press_sequentially("n? g")
    expect(page.locator("#subject")).to_have_value("n? g")
    expect(page.locator(".toast-line")).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    expect(page.locator(".toast-line")).to_contain_text("primary action")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_contain_text("Account")
    page.locator("dialog[open] input").uncheck()
    page.keyboard.press("Escape")
    page.locator(".toast-line button").click()
    page.keyboard.press("n")
    expect(page.locator(".toast-line")).to_have_count(0)
    page.keyboard.press("?")
    page.locator("dialog[open] input").check()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/account")


def test_search_is_reached_by_slash_and_walked_by_arrows(page: Page) -> None:
    results = [
        {"kind": "ticket", "title": f"421{n} Boiler", "text": "open", "address": f"/account?from={n}", "icon": "ticket"} for n in range(3)
    ]
    page.route("**/api/v1/search*", lambda route: route.fulfill(json={"results": results if "boil" in route.request.url else []}))
    page.keyboard.press("/")
    page.keyboard.type("zzz")
    expect(page.locator(".search-said")).to_contain_text("Nothing found for “zzz”")
    page.locator("#search input").fill("boil")
    expect(page.locator(".search-result")).to_have_count(3)
    expect(page.locator("#search input")).to_have_attribute("aria-activedescendant", "search-0")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account?from=1")


def test_who_was_signed_out_meanwhile_is_told_and_keeps_the_page(page: Page) -> None:
    page.context.clear_cookies()
    page.fill("#subject", "half a sentence")
    page.route(
        "**/api/v1/me", lambda route: route.fulfill(status=401, json={"title": "Sign in first.", "code": "not_signed_in", "status": 401})
    )
    module(page, "api.js", "return it.api.get('/api/v1/me').catch(() => 0)")
    expect(page.locator(".toast-problem")).to_contain_text("You are signed out")
    expect(page.locator("#subject")).to_have_value("half a sentence")
    page.complaints.clear()  # type: ignore[attr-defined]


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = (ROOT / "static" / "vendor" / "icons.svg").read_text()
    there = set(re.findall(r'id="tabler-([a-z0-9-]+)"', sprite))
    files = [*Path(ROOT / "static" / "js").rglob("*.js"), *Path(ROOT / "templates").rglob("*.html")]
    used = {name for file in files for name in re.findall(r'\bicon\(\s*["\']([a-z0-9-]+)["\']', file.read_text())}
    assert used - there == set()


def test_no_page_carries_more_script_than_its_budget(page: Page) -> None:
    page.reload()
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("performance.getEntriesByType('resource').map((one) => [one.name, one.encodedBodySize])")
    total = sum(size for name, size in sizes if name.endswith(".js"))
    assert 0 < total <= 250_000, f"{total} bytes"
