"""Every page of the road in a real browser: nothing serious for axe-core, no sideways scrolling on a phone, no error in the console."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import axe
from tests.e2e.forms import sign_in
from tests.e2e.scenes import LOADED, SCENES, VISITOR, Scene, ask_for_help, known
from tests.installation import Installation

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
ROAD = [scene for scene in SCENES if scene.road]
SIZES = {1440: 900, 390: 844}
ALIKE = [
    ".board-cards > li",
    ".work-items > li",
    ".unplaced-list > li",
    ".lane",
    ".table-dense tbody > tr",
    "option",
]  # the first four stand for all
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}  # all that a theme changes


class Windows:
    """One signed-in context for each person, and what was found out about the demonstration."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.contexts: dict[str, BrowserContext] = {}
        self.facts: dict[str, Any] = {}
        asking = self.page(VISITOR)
        self.facts = known(self.page("supervisor"))
        self.facts |= {"request": ask_for_help(asking), "bookable": ask_for_help(asking, **self.facts["fridge"])}

    def page(self, who: str) -> Page:
        who = who.format(**self.facts)
        if who not in self.contexts:
            context = self.browser.new_context(base_url=self.address, locale="en-GB", timezone_id="Europe/Berlin", reduced_motion="reduce")
            context.set_default_timeout(LOADED)
            self.contexts[who] = context
            if who != VISITOR:
                page = context.new_page()
                sign_in(page, who, language="en")
                page.close()
        return self.contexts[who].new_page()


@pytest.fixture(scope="module")
def windows(browser: Browser, demo: Installation) -> Iterator[Windows]:
    found = Windows(browser, f"http://127.0.0.1:{demo.port}")
    yield found
    for context in found.contexts.values():
        context.close()


def looks(page: Page) -> list[str]:
    """What is wrong with an open page in any width and theme."""
    wrong = []
    beyond = [f"{one}:nth-child(n + 5)" for one in ALIKE]
    for width, height in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            broken = axe.found(page, exclude=beyond, options=COLOURS if theme == "dark" else {})
            wrong += [f"{width} {theme} {one}" for one in broken]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        wrong.append("scrolls sideways on a phone")
    return wrong


@pytest.mark.parametrize("scene", ROAD, ids=[scene.name for scene in ROAD])
def test_page_can_be_used_by_everybody(windows: Windows, scene: Scene) -> None:
    page = windows.page(scene.who)
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    scene.open(page, windows.facts)
    wrong = looks(page)
    page.close()
    assert (wrong, said) == ([], [])
