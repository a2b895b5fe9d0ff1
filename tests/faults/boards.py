"""A supervisor's browser with the board open all the while: what its own stores hold, beside a fresh fetch."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page, sync_playwright

from core.embedded import processes
from tests import chromium
from tests.e2e.forms import sign_in

# The page's own channel: the module is loaded once, so this is the one its board uses.
CHANNEL = """(async () => {
  const base = document.querySelector('script[src*="/js/core/page.js"]').src.replace("page.js", "");
  return (await import(base + "connection.js")).channel;
})()"""
WATCH = f"""async (topics) => {{
  const channel = await {CHANNEL};
  window.held = Object.fromEntries(topics.map((topic) => [topic, channel.watch(topic)]));
  window.opened = Date.now();
}}"""
COMPARE = f"""async () => {{
  const channel = await {CHANNEL};
  const found = {{}};
  for (const [topic, handle] of Object.entries(window.held ?? {{}})) {{
    const answer = await fetch(`/live/snapshot/${{topic}}?count=now`, {{ headers: {{ Accept: "application/json" }} }});
    found[topic] = {{
      fresh: answer.ok ? await answer.json() : null,
      live: channel.state.name === "live" && channel.stores.get(topic).live,
      rows: Object.fromEntries(handle.rows),
      tiles: handle.tiles,
    }};
  }}
  return found;
}}"""


class OpenBoard:
    """The page, never reloaded. `topics` are watched through its one connection."""

    def __init__(self, page: Page, topics: list[str]) -> None:
        self.page, self.topics = page, topics
        page.evaluate(WATCH, topics)
        self.opened = page.evaluate("window.opened")

    def differences(self) -> dict[str, str]:
        """Topics whose picture in the page is not the fresh one, with what differs."""
        found = {topic: _difference(both) for topic, both in self.page.evaluate(COMPARE).items()}
        return {topic: text for topic, text in found.items() if text}

    def settle(self, patience: float = 40.0) -> dict[str, str]:
        """Differences that stay."""
        processes.wait_until(lambda: not self.differences(), patience)
        assert self.page.evaluate("window.opened") == self.opened, "the page was reloaded"
        return self.differences()

    def counts(self) -> dict[str, int]:
        """Rows held: topic → how many."""
        return {topic: len(both["rows"]) for topic, both in self.page.evaluate(COMPARE).items()}


def _difference(both: dict[str, Any]) -> str:
    fresh = both["fresh"]
    if fresh is None:
        return "no fresh picture"
    if not both["live"]:
        return "not live"
    rows = [key for key in fresh["rows"].keys() | both["rows"].keys() if fresh["rows"].get(key) != both["rows"].get(key)]
    if rows:
        key = rows[0]
        return (
            f"{len(rows)} rows, as {key}: held {json.dumps(both['rows'].get(key))[:600]}, fresh {json.dumps(fresh['rows'].get(key))[:600]}"
        )
    return "" if fresh["tiles"] == both["tiles"] else f"tiles: held {both['tiles']}, fresh {fresh['tiles']}"


@contextlib.contextmanager
def open_board(web: str, topics: list[str]) -> Iterator[OpenBoard]:
    """Signed in as the demonstration's supervisor, on `/board`."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_context(
            viewport={"width": 1600, "height": 1000}, base_url=web, locale="en-US", reduced_motion="reduce"
        ).new_page()
        sign_in(page, "supervisor")
        page.goto("/board")
        page.wait_for_selector("#board .board-cards li")
        yield OpenBoard(page, topics)
        browser.close()
