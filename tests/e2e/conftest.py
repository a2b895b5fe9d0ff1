"""A running demonstration and a real browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from core.embedded import processes
from tests.installation import Installation, free_ports

SUNDAY_NIGHT = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)  # Sunday 03:00 in Berlin
TUESDAY_MORNING = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)  # Tuesday 10:00 in Berlin


def set_clock(data_dir: Path, moment: datetime) -> None:
    """Move business time of all processes so that it is `moment` now."""
    fresh = data_dir / "clock_offset.test"
    fresh.write_text(str((moment - datetime.now(UTC)).total_seconds()))
    fresh.replace(data_dir / "clock_offset")


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
    with opened_at(SUNDAY_NIGHT) as found:
        yield found


@contextmanager
def opened_at(moment: datetime) -> Iterator[Installation]:
    """A demonstration that began at this moment of business time."""
    data_dir = Path(tempfile.mkdtemp(prefix="callout-e2e-"))
    data_dir.chmod(0o711)
    set_clock(data_dir, moment)
    found = Installation(data_dir, free_ports())
    try:
        found.wait_ready()
        assert processes.wait_until(found.well, 60), found.said()
        yield found
    finally:
        found.process.terminate()
        found.process.wait(60)
        processes.wait_until(found.gone, 20)
        shutil.rmtree(data_dir, ignore_errors=True)
        data_dir.with_name(data_dir.name + ".terminal").unlink(missing_ok=True)
