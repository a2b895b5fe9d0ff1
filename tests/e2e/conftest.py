"""A running demonstration and a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.installation import SUNDAY_NIGHT, Installation, demonstration


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the one script/test found, else the system's. Playwright runs once at a time in a process, and other modules have theirs."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "no Chromium on this machine: set CHROMIUM"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--mute-audio"],
        )
        yield found
        found.close()


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    """The demonstration firm, opened on a Sunday night at three. One for all walks: each leaves it usable, its clock moved on at most."""
    with demonstration(SUNDAY_NIGHT) as found:
        yield found
