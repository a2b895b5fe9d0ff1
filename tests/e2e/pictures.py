"""Photograph the product: every page in three widths, light and dark, English and Chinese.

    script/pictures FOLDER                                        every page in every way, as PNG
    script/pictures FOLDER --only console,ticket,call             some of them ("call" is the console through a call)
    script/pictures docs/pictures --docs                          the pages of docs/pictures.md, as small WebP

A demonstration of its own is started and ended, unless `--address http://127.0.0.1:5000` names one that runs.
Pictures are named page-width-theme-language.
"""

from __future__ import annotations

import argparse
import base64
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests import chromium
from tests.e2e.forms import sign_in
from tests.e2e.scenes import LOADED, SCENES, VISITOR, Scene, ask_for_help, known
from tests.installation import Installation, demonstration

HEIGHTS = {1440: 900, 1024: 768, 390: 844}
LANGUAGES = {"en": "en-GB", "zh_Hans": "zh-CN"}
EVERY = {language: [(width, theme) for theme in ("light", "dark") for width in HEIGHTS] for language in LANGUAGES}
DOCS = {"en": [(1440, "light"), (390, "light"), (1440, "dark")], "zh_Hans": [(1440, "light")]}
CALLERS = {"en": 3, "zh_Hans": 0}  # on the demo phone, somebody of this language
QUALITY = 0.82  # of WebP: letters stay sharp, a page is some 60 kB
TO_WEBP = """async ([png, quality]) => {
  const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext("2d").drawImage(picture, 0, 0);
  const small = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality })).arrayBuffer());
  return btoa(Array.from(small, (byte) => String.fromCharCode(byte)).join(""));
}"""


class Studio:
    """A browser on one demonstration, and where the pictures go. `views`: for each language, (width in pixels, theme)."""

    def __init__(self, browser: Browser, address: str, folder: Path, views: dict[str, list[tuple[int, str]]], *, small: bool) -> None:
        self.browser, self.address, self.folder, self.views = browser, address, folder, views
        self.contexts: dict[tuple[str, str], BrowserContext] = {}
        self.complaints: list[str] = []
        self.press = browser.new_page() if small else None  # where WebP is made

    def window(self, who: str, language: str) -> Page:
        """A window of somebody who reads this language. What its console complains about is collected."""
        key = (who, language)
        if key not in self.contexts:
            context = self.browser.new_context(base_url=self.address, locale=LANGUAGES[language], timezone_id="Europe/Berlin")
            context.set_default_timeout(LOADED)
            self.contexts[key] = context
        page = self.contexts[key].new_page()
        page.set_viewport_size({"width": 1440, "height": 900})
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on(
            "response",
            lambda answer: (
                self.complaints.append(f"{answer.status} {answer.request.method} {answer.url}") if answer.status >= 400 else None
            ),
        )
        page.on("console", lambda said: self.complaints.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        if who != VISITOR:
            sign_in(page, who, language=language)  # each time: the language is the account's
        return page

    def take(self, page: Page, name: str, language: str) -> None:
        """The page as it stands, in every view."""
        for width, theme in self.views[language]:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
            self._keep(page.screenshot(), f"{name}-{width}-{theme}-{language.replace('_', '-')}")

    def _keep(self, png: bytes, name: str) -> None:
        if self.press is None:
            (self.folder / f"{name}.png").write_bytes(png)
        else:
            small = self.press.evaluate(TO_WEBP, [base64.b64encode(png).decode(), QUALITY])
            (self.folder / f"{name}.webp").write_bytes(base64.b64decode(small))


def pages(studio: Studio, scenes: list[Scene], facts: dict[str, Any]) -> None:
    """Every page that one person can open alone."""
    for language in studio.views:
        for scene in scenes:
            page = studio.window(scene.who.format(**facts), language)
            scene.open(page, facts)
            studio.take(page, scene.name, language)
            page.close()


def a_call(studio: Studio) -> None:
    """The console while it rings, while one talks, and after; and the phone at the other end."""
    for language in studio.views:
        agent, phone = studio.window("agent", language), studio.window(VISITOR, language)
        agent.goto("/console")
        agent.click("[data-choose=ready]")
        phone.goto("/phone")
        expect(phone.locator("#caller option:nth-child(3)")).to_be_attached()
        phone.select_option("#caller", index=CALLERS[language])
        phone.click("#call")
        expect(phone.locator("#log p").first).to_be_visible()
        phone.get_by_role("button", name="1", exact=True).click()
        expect(agent.locator("[data-offer-accept]").first).to_be_visible()
        studio.take(agent, "console-offer", language)
        agent.set_viewport_size({"width": 1440, "height": 900})
        agent.locator("[data-offer-accept]").first.click()
        expect(agent.locator("[data-call-hold]")).to_be_enabled()  # both hear each other
        for line in ("The machine leaks since this morning.", "The display shows E 18."):
            phone.fill("#line", line)
            phone.keyboard.press("Enter")
            expect(agent.locator(".caption-lines")).to_contain_text(line)
        agent.fill("[data-call-note]", "E 18, water under the machine; at home after 15:00.")
        expect(agent.locator("[data-note-state]")).not_to_be_empty()
        expect(agent.locator("#ticket .composer")).to_be_visible()
        studio.take(agent, "console-call", language)
        studio.take(phone, "phone-call", language)
        agent.click("[data-call-end]")
        expect(agent.locator(".wrap-up")).to_be_visible()
        studio.take(agent, "console-wrap-up", language)
        agent.locator("[data-disposition]").first.click()
        agent.click("[data-choose=offline]")
        agent.close()
        phone.close()


@contextmanager
def opened(address: str, folder: Path, views: dict[str, list[tuple[int, str]]], *, small: bool) -> Iterator[Studio]:
    """A studio at the demonstration of this address."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield Studio(browser, address, folder, views, small=small)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Photograph the pages of a demonstration.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--address", help="of a demonstration that runs; else one is started")
    parser.add_argument("--only", help="names of pages, with commas between")
    parser.add_argument("--docs", action="store_true", help="the pages of docs/pictures.md, as small pictures")
    given = parser.parse_args()
    wanted = given.only.split(",") if given.only else None
    expect.set_options(timeout=LOADED)
    scenes = [scene for scene in SCENES if (scene.name in wanted if wanted else scene.road or scene.docs or not given.docs)]
    running = nullcontext() if given.address else demonstration()
    with running as demo:
        address = f"http://127.0.0.1:{demo.port}" if isinstance(demo, Installation) else given.address
        with opened(address, given.folder, DOCS if given.docs else EVERY, small=given.docs) as studio:
            facts = known(studio.window("supervisor", "en"))
            visitor = studio.window(VISITOR, "en")
            facts |= {"request": ask_for_help(visitor), "bookable": ask_for_help(visitor, **facts["fridge"])}
            pages(studio, scenes, facts)
            if wanted is None or "call" in wanted:
                a_call(studio)
            print("\n".join(studio.complaints))


if __name__ == "__main__":
    main()
