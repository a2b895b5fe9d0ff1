"""A whole demonstration for tests that need the real thing: every process, started as its users start it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.embedded import processes, servers
from core.embedded.start import leftovers
from tests import servers as servers_of_tests
from tests.servers import ROOT

UNFORESEEN = re.compile(r"^ERROR callout (?=bug$|Exception on )|^\[.*\[ERROR\] (?=Error handling request)", re.MULTILINE)
SUNDAY_NIGHT = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)  # Sunday 03:00 in Berlin
TUESDAY_MORNING = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)  # Tuesday 10:00 in Berlin
LOADED_AT = SUNDAY_NIGHT  # the data of a run's demonstrations; they go on at any moment after
STARTED_WITHIN = 420.0  # seconds: the demonstration's data takes a minute on a machine that has nothing else to do


class Installation:
    """A demonstration run by `script/server`'s own entry."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir, self.port = data_dir, port
        self._terminal = data_dir.with_name(data_dir.name + ".terminal")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        unset = ("DATABASE_URL", "REDIS_URL", "CARRIER", "PUBLIC_BASE_URL")
        environ = {name: value for name, value in os.environ.items() if name not in unset}
        with open(self._terminal, "w") as terminal:
            return subprocess.Popen(
                [sys.executable, "-m", "core.embedded.start", "--demo", "--forgetful", "--port", str(self.port)],
                cwd=ROOT,
                env={**environ, "DATA_DIR": str(self.data_dir), "PYTHONPATH": str(ROOT)},
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self) -> str:
        return self._terminal.read_text()

    def wait_ready(self) -> None:
        assert processes.wait_until(lambda: "ready after" in self.said() or self.process.poll() is not None, STARTED_WITHIN), self.said()
        assert self.process.poll() is None, self.said()
        assert "except" not in self.said()

    def bugs(self) -> list[str]:
        """What the processes' logs say of errors nobody foresaw: each `bug` with its traceback's last lines."""
        found = []
        for log in sorted((self.data_dir / "log").glob("*.log")):
            blocks = UNFORESEEN.split(log.read_text(errors="replace"))[1:]
            found += [f"{log.stem}: {block[:6000]}" for block in blocks]
        return found

    def pid(self, name: str) -> int:
        return int((self.data_dir / "run" / f"{name}.pid").read_text())

    def state(self) -> dict[str, bool]:
        """What /readyz says; empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                found: dict[str, bool] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return {}

    def well(self) -> bool:
        state = self.state()
        return bool(state) and all(state.values())

    def gone(self) -> bool:
        ours = servers.of(self.data_dir)
        return not (leftovers(self.data_dir) or ours.postgres.running() or ours.valkey.running())

    def restart(self) -> None:
        self.process = self._start()
        self.wait_ready()


def free_ports() -> int:
    """The first of five free ports in a row, below those the kernel gives to clients."""
    for port in range(20000 + os.getpid() % 1000 * 10, 32000, 10):
        try:
            for number in range(port, port + 5):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", number))
        except OSError:
            continue
        return port
    raise AssertionError("no five free ports in a row")


@contextlib.contextmanager
def demonstration(moment: datetime | None = None) -> Iterator[Installation]:
    """A demonstration in a directory of its own, ready to be used; afterwards nothing of it is left.

    `moment`: business time at which it begins; None: now. A run of tests loads the data once, on a Sunday night, and each of its
    demonstrations starts with a copy.
    """
    data_dir = Path(tempfile.mkdtemp(prefix="callout-whole-"))
    try:
        if kept := _kept():
            subprocess.run(["cp", "-a", f"{kept}/.", str(data_dir)], check=True)  # with its owners: PostgreSQL has an account of its own
        data_dir.chmod(0o711)
        set_clock(data_dir, moment)
        with _running(data_dir) as found:
            yield found
    finally:
        shutil.rmtree(data_dir)


def set_clock(data_dir: Path, moment: datetime | None) -> None:
    """Move business time of all processes so that it is `moment` now; None: the machine's time."""
    fresh = data_dir / "clock_offset.test"
    fresh.write_text(str((moment - datetime.now(UTC)).total_seconds() if moment else 0.0))
    fresh.replace(data_dir / "clock_offset")


@contextlib.contextmanager
def _running(data_dir: Path) -> Iterator[Installation]:
    found = Installation(data_dir, free_ports())
    try:
        found.wait_ready()
        assert processes.wait_until(found.well, 60), (found.state(), found.said())
        yield found
    finally:
        found.process.terminate()
        found.process.wait(60)
        assert processes.wait_until(found.gone, 20)
        data_dir.with_name(data_dir.name + ".terminal").unlink()


def _kept() -> Path | None:
    """The data directory of an ended demonstration; made by who comes first. None outside a run of tests."""
    if "PYTEST_CURRENT_TEST" not in os.environ:
        return None
    kept = servers_of_tests.place() / "demo"
    with open(kept.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            fresh = kept.with_suffix(".fresh")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(mode=0o711)
            set_clock(fresh, LOADED_AT)
            with _running(fresh):
                pass
            fresh.rename(kept)
    return kept
