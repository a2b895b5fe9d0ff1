"""A fault run: traffic flows, processes are killed and frozen, Redis is emptied; then all becomes quiet and is counted.

The test does everything once, `bench/faults.py` two hundred times.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import redis
import requests

from core.embedded import processes, servers
from tests.faults.agents import Desk
from tests.faults.road import UNSENT, Records, effects, outcomes, records
from tests.faults.traffic import Doors, Traffic
from tests.installation import Installation
from tests.servers import ROOT

VICTIMS = ("web", "live", "relay", "clock", "worker-fast-1", "worker-fast-2", "worker-heavy", "mailroom", "valkey", "postgres", "nursery")
FREEZABLE = ("relay", "clock")
REPLACED_WITHIN = 10.0
WELL_WITHIN = 30.0
QUIET_WITHIN = 30.0
TIME_PASSES = 3
ENOUGH_WITHIN = 120.0
QUEUES_WATCHED = 2
CALLERS_STAY = 15.0
ON = ("queued", "initiated", "ringing", "in-progress")


@dataclass
class Run:
    """An installation under traffic, and what was done to it."""

    installation: Installation
    records: Records
    traffic: Traffic
    desks: list[Desk]
    killed: Counter[str] = field(default_factory=Counter)
    well_after: list[tuple[str, float]] = field(default_factory=list)
    replaced_after: dict[str, float] = field(default_factory=dict)

    def kill(self, name: str) -> None:
        """kill -9, and wait until all is well again. Traffic goes on."""
        old, began = self.installation.pid(name), time.monotonic()
        os.kill(old, signal.SIGKILL)
        self.killed[name] += 1
        assert processes.wait_until(lambda: self._new(name, old), WELL_WITHIN), (name, self.installation.said())
        assert processes.wait_until(self.installation.well, WELL_WITHIN), (name, self.installation.state(), self.installation.said())
        self.well_after.append((name, time.monotonic() - began))

    def _new(self, name: str, old: int) -> bool:
        with contextlib.suppress(OSError, ValueError):
            pid = self.installation.pid(name)
            return pid != old and processes.alive(pid)
        return False

    def empty_redis(self) -> None:
        """FLUSHALL."""
        client = redis.Redis.from_url(servers.of(self.installation.data_dir).redis_url())
        client.flushall()
        client.close()
        self.killed["FLUSHALL"] += 1

    def freeze(self, duty: str) -> None:
        """SIGSTOP the duty's process until somebody else holds the duty, then wake it: it must notice before it does anything."""
        assert processes.wait_until(lambda: self._held_by(duty, self.installation.pid(duty)), WELL_WITHIN), f"{duty} is not at its own post"
        pid, before, began = self.installation.pid(duty), self.records.holder(duty), time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        try:
            processes.wait_until(lambda: self._another_than(duty, before), 2 * REPLACED_WITHIN)
            self.replaced_after[duty] = time.monotonic() - began
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.killed[f"SIGSTOP {duty}"] += 1
        assert self.replaced_after[duty] <= REPLACED_WITHIN, (duty, self.replaced_after[duty], self.installation.said())
        assert processes.wait_until(self.installation.well, WELL_WITHIN), self.installation.state()

    def _held_by(self, duty: str, pid: int) -> bool:
        held = self.records.holder(duty)
        return held is not None and f":{pid}:" in held[0]

    def _another_than(self, duty: str, before: tuple[str, int] | None) -> bool:
        held = self.records.holder(duty)
        return held is not None and held != before

    def enough(self, count: int) -> bool:
        """Wait until so many of each kind of input were accepted; a slow machine takes its time."""
        book = self.traffic.book
        return processes.wait_until(
            lambda: min(len(each) for each in (book.mails, book.forms, book.posts, book.calls)) >= count, ENOUGH_WITHIN
        )

    def odd(self) -> list[str]:
        """Answers that nobody should get, and errors in the logs that nobody foresaw."""
        return [*self.traffic.book.odd, *(each for desk in self.desks for each in desk.odd), *self.installation.bugs()]

    def quiet(self) -> dict[str, int]:
        """End the traffic, let everything come to its end; what did not (empty when all did)."""
        self.traffic.end()
        self._callers_hang_up()
        for desk in self.desks:
            desk.end()
        # What the carrier never told us is asked for after a minute or two, and who was refused tries again later each time: that time passes
        # at once, and then again.
        for _ in range(TIME_PASSES):
            self.records.move_on()
            if processes.wait_until(lambda: not self.records.left_open(), QUIET_WITHIN):
                break
        return self.records.left_open()

    def _callers_hang_up(self) -> None:
        """Those who wait for something get some time for it; then they have had enough."""
        doors = self.traffic.doors
        control = f"{doors.simulator}/simulator/calls"

        def there() -> list[str]:
            calls = requests.get(control, auth=doors.account, timeout=10).json()["calls"]
            return [
                call["sid"]
                for call in calls
                if call["direction"] == "inbound" and call["status"] in ON and call["sid"] in self.traffic.book.calls
            ]

        processes.wait_until(lambda: not there(), CALLERS_STAY)
        for sid in there():
            requests.post(f"{control}/{sid}/hangup", auth=doors.account, timeout=10)
        assert processes.wait_until(lambda: not there(), 20), "the carrier does not let callers go"

    def table(self) -> list[str]:
        """What was done and what came of it, as lines."""
        book, found = self.traffic.book, effects(self.records, self.traffic.book)
        slow: dict[str, float] = {}
        for name, took in self.well_after:
            slow[name] = max(slow.get(name, 0.0), took)
        lines = ["", f"{'done to it':<24}{'times':>6}{'well again after, s':>22}"]
        for name, count in self.killed.items():
            seconds: float | None = slow.get(name) or self.replaced_after.get(name.removeprefix("SIGSTOP "))
            lines.append(f"{name:<24}{count:>6}{'' if seconds is None else f'{seconds:.1f}':>22}")
        lines += ["", f"{'input':<24}{'accepted':>9}{'sent again':>11}{'tries lost':>11}"]
        for kind, accepted in (("mail", book.mails), ("form", book.forms), ("post", book.posts), ("call", book.calls)):
            lines.append(f"{kind:<24}{len(accepted):>9}{book.repeats[kind]:>11}{book.tries[kind]:>11}")
        lines += ["", f"{'effect':<34}{'one':>6}{'none':>6}{'more':>6}"]
        for name, counts in found.items():
            lines.append(f"{name:<34}{counts[1]:>6}{counts[0]:>6}{sum(counts.values()) - counts[0] - counts[1]:>6}")
        lines += ["", "calls by outcome: " + ", ".join(f"{name} {count}" for name, count in sorted(outcomes(self.records).items()))]
        lines += [
            f"agents: {dict(sum((desk.did for desk in self.desks), Counter()))}",
            f"left open: {self.records.left_open() or 'nothing'}",
            *(f"unsent: {row}" for row in self.records.rows(UNSENT)),
        ]
        return lines


@contextlib.contextmanager
def flowing(installation: Installation) -> Iterator[Run]:
    """Traffic on an installation that is well; two agents at work."""
    assert processes.wait_until(installation.well, 30), installation.state()
    with records(installation.data_dir) as found:
        tokens = [token_of(installation, f"agent{number}@kestrel.example", "agent") for number in (1, 2)]
        doors = doors_of(installation, found, tokens[0])
        run = Run(installation, found, Traffic(doors), [Desk(doors.web, doors.simulator, token) for token in tokens])
        for desk in run.desks:
            desk.start()
        run.traffic.start()
        try:
            yield run
        finally:
            run.traffic.stop.set()
            for desk in run.desks:
                desk.leave.set()


def doors_of(installation: Installation, found: Records, token: str) -> Doors:
    """Where the installation takes messages; `token` opens its API."""
    web, simulator = (f"http://127.0.0.1:{installation.port + number}" for number in (0, 2))
    secret = (installation.data_dir / "secret_key").read_text().strip()
    account = ("AC" + "0" * 31 + "1", f"sim-{secret[:24]}")
    queue_id = int(found.value("SELECT id FROM queue ORDER BY position LIMIT 1"))
    return Doors(web, simulator, installation.port + 3, account, token, queue_id)


def token_of(installation: Installation, email: str, role: str) -> str:
    """A person's bearer token, made as the administrator makes it."""
    ours = servers.of(installation.data_dir)
    environ = {**os.environ, "DATA_DIR": str(installation.data_dir), "PORT": str(installation.port)}
    environ |= {"DATABASE_URL": ours.database_url(), "REDIS_URL": ours.redis_url(), "CARRIER": "simulator"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi:create_app('cli')", "tokens", "create", "--role", role, "--email", email]
    made = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120, check=True)
    return made.stdout.strip().splitlines()[-1]


def wrong(found: dict[str, Counter[int]]) -> dict[str, Any]:
    """Kinds of input with other than exactly one effect each."""
    return {name: dict(counts) for name, counts in found.items() if set(counts) - {1}}
