"""Chromium as the tests start it."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack

from playwright.sync_api import Browser, Playwright, expect, sync_playwright

# As root in a container it has no sandbox; /dev/shm may be 64 MB there.
# One process less for drawing and for the network, and none in reserve: the machine has two cores for all tests.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--in-process-gpu",
    "--enable-features=NetworkServiceInProcess2",
    "--disable-features=SpareRendererForSitePerProcess",
    "--disable-site-isolation-trials",
    "--disable-background-networking",
    "--mute-audio",
]


expect.set_options(timeout=30_000)  # milliseconds: the machine may be busy with other tests


def program() -> str:
    """The one that script/browser found, else the system's. Debian's without a user interface needs a third less processor than the whole one."""
    found = (
        os.environ.get("CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    assert found, "no Chromium on this machine: script/browser provides one"
    return found


def launch(playwright: Playwright) -> Browser:
    """A browser of the caller's own, who closes it."""
    return playwright.chromium.launch(executable_path=program(), args=ARGUMENTS)


_kept: tuple[Browser, ExitStack] | None = None


def shared() -> Browser:
    """This process's browser for one file after the other; started when there is none. `end` it before a loop of asyncio runs in this thread."""
    global _kept
    if _kept is not None and not _kept[0].is_connected():
        end()
    if _kept is None:
        with ExitStack() as stack:
            browser = launch(stack.enter_context(sync_playwright()))
            stack.callback(browser.close)
            _kept = browser, stack.pop_all()
    return _kept[0]


def end() -> None:
    """Playwright too is gone after this. Nothing when there is none."""
    global _kept
    if _kept is not None:
        _browser, stack = _kept
        _kept = None
        stack.close()
