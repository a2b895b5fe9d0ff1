"""The real thing, started as its users start it: a demonstration with all its processes, killed one by one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from core.embedded import memory, processes
from core.embedded.start import leftovers
from tests.installation import TUESDAY_MORNING, Installation, demonstration

pytestmark = [pytest.mark.slow, pytest.mark.faults]
PROCESSES = [
    *("postgres", "valkey", "nursery", "web", "live", "relay", "clock", "worker-fast-1", "worker-fast-2", "worker-heavy"),
    *("mailroom", "simulator", "sink"),
]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with demonstration(TUESDAY_MORNING) as found:
        yield found


def test_all_of_it_is_well(installation: Installation) -> None:
    assert processes.wait_until(installation.well, 20), installation.state()
    for name in PROCESSES:
        assert processes.alive(installation.pid(name)), name


def test_it_takes_less_than_a_gigabyte(installation: Installation) -> None:
    found = memory.measure(installation.data_dir)
    assert len(found) > len(PROCESSES)
    assert sum(size for size, _, _ in found) < 1024 * 1024, found


@pytest.mark.parametrize("name", ["simulator", "sink"])  # tests/faults kills all the others, under traffic
def test_each_process_may_be_killed(installation: Installation, name: str) -> None:
    old = installation.pid(name)
    os.kill(old, signal.SIGKILL)
    assert processes.wait_until(lambda: installation.pid(name) != old and processes.alive(installation.pid(name)), 30), installation.said()
    assert processes.wait_until(installation.well, 30), installation.state()


@pytest.mark.parametrize("name", ["worker-heavy", "mailroom"])  # tests/faults freezes relay and clock
def test_a_frozen_process_is_replaced(installation: Installation, name: str) -> None:
    old = installation.pid(name)
    os.kill(old, signal.SIGSTOP)
    assert processes.wait_until(lambda: not processes.alive(old) and installation.pid(name) != old, 40), installation.said()
    assert processes.wait_until(installation.well, 30), installation.state()


def test_killed_itself_it_takes_all_along_and_starts_again(installation: Installation) -> None:
    installation.process.kill()
    installation.process.wait()
    assert processes.wait_until(installation.gone, 20), [processes.command_line(pid) for pid in leftovers(installation.data_dir)]
    installation.restart()
    assert processes.wait_until(installation.well, 20), installation.state()


def test_asked_to_stop_it_leaves_nothing_and_stays_a_demonstration(installation: Installation) -> None:
    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(30) == 0
    assert installation.gone()
    installation.restart()
    assert (installation.data_dir / "demo").read_text() == "loaded"
