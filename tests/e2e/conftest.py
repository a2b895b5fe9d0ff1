"""A running demonstration and a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import chromium
from tests.installation import SUNDAY_NIGHT, Installation, demonstration


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Playwright runs once at a time in a process, and other modules have theirs."""
    with sync_playwright() as playwright:
        found = chromium.launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="module")
def demo() -> Iterator[Installation]:
    """The demonstration firm on a Sunday night at three. One for all walks: each leaves it usable, its clock moved on at most."""
    with demonstration(SUNDAY_NIGHT) as found:
        yield found
