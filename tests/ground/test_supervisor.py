"""The supervisor over stand-in processes: what ends is started again, what hangs is replaced, nothing outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.embedded import processes
from core.embedded.start import leftovers
from tests.servers import ROOT

pytestmark = pytest.mark.faults


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running:
    """A stand-in supervisor in a place."""

    def __init__(self, place: Path, port: int, **environ: str) -> None:
        self.place, self.port = place, port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ground.standin", str(place), str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environ},
            stdout=open(place / "terminal", "a"),  # noqa: SIM115
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def said(self) -> str:
        return (self.place / "terminal").read_text()

    def wait_ready(self) -> Running:
        assert processes.wait_until(lambda: "ready\n" in self.said() or self.process.poll() is not None, 30), self.said()
        assert self.process.poll() is None, self.said()
        return self

    def pid(self, name: str) -> int:
        return int((self.place / f"{name}.pid").read_text().split()[0])

    def wait_other(self, name: str, old: int) -> int:
        """The pid of the process that replaced `old`."""
        assert processes.wait_until(lambda: self.pid(name) != old and processes.alive(self.pid(name)), 15), self.said()
        return self.pid(name)

    def family(self) -> list[int]:
        return leftovers(self.place)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """`run()` starts a stand-in supervisor in this test's place; whatever is left of it is ended after the test."""
    started: list[Running] = []

    def make(port: int = 0, **environ: str) -> Running:
        started.append(Running(tmp_path, port or free_port(), **environ))
        return started[-1]

    yield make
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
    assert processes.end_all(lambda: leftovers(tmp_path), ((signal.SIGKILL, 5.0),)) == []


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        return b"200" in connection.recv(64)
    return False


@pytest.mark.parametrize("name", ["born", "loop", "page"])
def test_a_killed_process_is_started_again(run: Callable[..., Running], name: str) -> None:
    running = run().wait_ready()
    old = running.pid(name)
    began = time.monotonic()
    os.kill(old, signal.SIGKILL)
    running.wait_other(name, old)
    assert time.monotonic() - began < 5
    assert f"{name} was ended by SIGKILL" in running.said()
    assert processes.wait_until(lambda: answers(running.port), 5)


def test_a_killed_nursery_is_started_again_and_its_children_live_on(run: Callable[..., Running]) -> None:
    running = run().wait_ready()
    nursery = next(pid for pid in running.family() if "core.embedded.nursery" in processes.command_line(pid) and pid != running.pid("born"))
    born = running.pid("born")
    os.kill(nursery, signal.SIGKILL)
    assert processes.wait_until(lambda: "nursery was ended by SIGKILL" in running.said(), 5)
    assert running.pid("born") == born
    assert processes.alive(born)
    os.kill(born, signal.SIGKILL)
    running.wait_other("born", born)


@pytest.mark.parametrize("name", ["born", "loop"])
def test_a_process_whose_heart_stops_is_replaced(run: Callable[..., Running], name: str) -> None:
    running = run().wait_ready()
    old = running.pid(name)
    (running.place / "hang").touch()
    assert processes.wait_until(lambda: f"{name} (process {old}) has been silent" in running.said(), 10), running.said()
    (running.place / "hang").unlink()
    running.wait_other(name, old)
    assert not processes.alive(old)


@pytest.mark.parametrize("name", ["born", "page"])
def test_a_frozen_process_is_replaced(run: Callable[..., Running], name: str) -> None:
    running = run().wait_ready()
    old = running.pid(name)
    os.kill(old, signal.SIGSTOP)
    running.wait_other(name, old)
    assert not processes.alive(old)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_leaves_no_process(run: Callable[..., Running], sign: signal.Signals) -> None:
    running = run().wait_ready()
    assert len(running.family()) >= 5
    running.process.send_signal(sign)
    assert running.process.wait(10) == 0
    assert running.family() == []
    assert running.said().endswith("callout: stopped\n")


def test_killed_itself_its_children_end_too(run: Callable[..., Running]) -> None:
    running = run().wait_ready()
    assert len(running.family()) >= 5
    running.process.kill()
    running.process.wait()
    assert processes.wait_until(lambda: running.family() == [], 5), [processes.command_line(pid) for pid in running.family()]


def test_a_frozen_child_of_a_killed_supervisor_is_ended_by_the_next_start(run: Callable[..., Running]) -> None:
    running = run().wait_ready()
    frozen = running.pid("loop")
    os.kill(frozen, signal.SIGSTOP)
    running.process.kill()
    running.process.wait()
    assert processes.wait_until(lambda: running.family() == [frozen], 5)
    (running.place / "terminal").unlink()
    again = run(running.port).wait_ready()
    assert not processes.alive(frozen)
    assert again.pid("loop") != frozen


def test_a_second_start_is_refused_in_one_line(run: Callable[..., Running]) -> None:
    running = run().wait_ready()
    second = subprocess.run(
        [sys.executable, "-m", "tests.ground.standin", str(running.place), str(free_port())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert second.returncode == 1
    assert second.stderr == (
        f"callout: {running.place} is in use by process {running.process.pid} (stand-in): stop it first, or choose another DATA_DIR\n"
    )
    assert running.process.poll() is None


def test_a_taken_port_is_named_with_its_setting(run: Callable[..., Running]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run(port)
        assert refused.process.wait(10) == 1
    said = f"PORT: port {port} on 127.0.0.1 cannot be used (address already in use): stop what uses it or set another PORT"
    assert refused.said() == f"callout: {said}\n"


def test_a_failing_first_step_ends_the_start_with_its_words(run: Callable[..., Running]) -> None:
    running = run(STANDIN_ONCE="import sys; sys.exit('the migration does not fit')")
    assert running.process.wait(20) == 1
    assert "once ended with 1, its last words: the migration does not fit" in running.said()
    assert running.family() == []
    assert not (running.place / "loop.pid").exists()


def test_a_process_that_cannot_live_is_tried_ever_more_slowly(run: Callable[..., Running]) -> None:
    running = run().wait_ready()
    for delay in ("0.1", "0.5", "1.0"):
        old = running.pid("loop")
        os.kill(old, signal.SIGKILL)
        running.wait_other("loop", old)
        assert f"loop was ended by SIGKILL and is started again in {delay} s" in running.said()
