"""Duties and sweeps: one holder at a time, faults isolated, and a frozen process replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psutil
import pytest
from flask import Flask
from sqlalchemy import select, text

from core import clock, leases, sweeps
from core.audit import AuditEntry
from core.audit import record as audit
from core.db import db, transaction
from core.duty import LeaseLost, Post, Term
from core.outbox import OutboxRow
from core.processes import stopping
from tests.core.live.conftest import HandRelay
from tests.core.live.harness import ROOT, environment, until
from tests.depth import DEPTH


@pytest.fixture
def term(committed_db: Any) -> Term:
    """The lease `clock`, held."""
    with transaction():
        fence = leases.take("clock", "test")
    assert fence is not None
    return Term("clock", fence, time.monotonic())


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, sweeps.Sweep]:
    """An empty registry of sweeps."""
    empty: dict[str, sweeps.Sweep] = {}
    monkeypatch.setattr(sweeps, "registry", empty)
    return empty


def note(word: str, now: datetime) -> None:
    audit(action=word, target="sweep", actor_id=None, now=now)


def noted() -> list[str]:
    found = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.target == "sweep").order_by(AuditEntry.id)))
    db.session.rollback()
    return found


def test_a_due_sweep_runs_in_a_transaction_with_business_time(term: Term, registry: dict[str, sweeps.Sweep]) -> None:
    seen: list[datetime] = []

    def sweep(now: datetime) -> None:
        seen.append(now)
        note("ran", now)

    sweeps.register("one", 1, sweep)
    assert 0 < sweeps.Clock().turn(term) <= 1
    assert noted() == ["ran"]
    assert abs((seen[0] - clock.now()).total_seconds()) < 5
    sweeps.Clock().turn(term)
    assert noted() == ["ran"], "not due again yet"


def test_a_failing_sweep_is_rolled_back_and_does_not_stop_the_others(term: Term, registry: dict[str, sweeps.Sweep]) -> None:
    def fails(now: datetime) -> None:
        note("half", now)
        raise ValueError("a bug")

    sweeps.register("fails", 1, fails)
    sweeps.register("works", 1, lambda now: note("works", now))
    sweeps.Clock().turn(term)
    assert noted() == ["works"]
    assert registry["fails"].failed
    assert registry["fails"].next_at > time.monotonic()


def test_a_sweep_with_more_to_do_is_called_again_at_once_each_time_in_its_own_transaction(
    term: Term, registry: dict[str, sweeps.Sweep]
) -> None:
    left = [3]

    def batch(now: datetime) -> bool:
        note(str(left[0]), now)
        left[0] -= 1
        return left[0] > 0

    sweeps.register("batch", 60, batch)
    sweeps.Clock().turn(term)
    assert noted() == ["3", "2", "1"]
    transactions = text("SELECT count(DISTINCT xmin::text) FROM audit_entry WHERE target = 'sweep'")
    assert db.session.scalar(transactions) == 3


def test_sweeping_stops_when_the_lease_is_anothers(term: Term, registry: dict[str, sweeps.Sweep]) -> None:
    sweeps.register("one", 1, lambda now: note("ran", now))
    with transaction():
        leases.give_up("clock", "test")
    with transaction():
        assert leases.take("clock", "another") == term.fence + 1
    with pytest.raises(LeaseLost):
        sweeps.Clock().turn(term)
    assert noted() == []


def test_overdue_rows_are_said_aloud_and_old_ones_forgotten(term: Term, relay: HandRelay, now: datetime) -> None:
    with transaction() as session:
        for done_at in (None, now):
            row = OutboxRow(kind="live", queue="relay", payload={}, created_at=now, due_at=now, done_at=done_at)
            row.unique_key = row.handed_at = row.error = row.gave_up_at = None
            session.add(row)
    with transaction():
        sweeps.report_overdue(clock.now())
        sweeps.forget_outbox(clock.now())
        sweeps.forget_events(clock.now())
        sweeps.forget_inbox(clock.now())
    assert db.session.scalars(select(OutboxRow.done_at)).all() == [None]


class Counting:
    """A duty that counts its turns."""

    name = "counting"

    def __init__(self) -> None:
        self.turns = 0
        self.forgotten = 0

    def turn(self, term: Term) -> float:
        self.turns += 1
        return 0.05

    def rest(self, seconds: float) -> None:
        stopping.wait(seconds)

    def forget(self) -> None:
        self.forgotten += 1

    def close(self) -> None:
        return None


@contextlib.contextmanager
def serving(*posts: Post) -> Iterator[None]:
    threads = [threading.Thread(target=post.serve) for post in posts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
        stopping.clear()


def test_the_standby_works_only_while_the_preferred_one_is_away(app: Flask, committed_db: Any) -> None:
    standby, preferred = Counting(), Counting()
    first, second = Post(app, standby, preferred=False), Post(app, preferred, preferred=True)
    with serving(first):
        assert until(lambda: standby.turns > 2), "nobody else is there"
        with serving_thread(second):
            assert until(lambda: preferred.turns > 2), "handed back"
            turns = standby.turns
            assert until(lambda: preferred.turns > 20)
            assert standby.turns == turns
            assert first.term is None
    with app.app_context():
        assert not leases.alive("counting"), "a clean stop frees the lease"


@contextlib.contextmanager
def serving_thread(post: Post) -> Iterator[None]:
    """One more post, ended together with the others."""
    thread = threading.Thread(target=post.serve)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@contextlib.contextmanager
def process(app: Flask, name: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "flask", "--app", "tests.core.live.application:create_app('cli')", "process", "run", name]
    started = subprocess.Popen(command, cwd=ROOT, env=environment(app))
    try:
        yield started
    finally:
        started.send_signal(signal.SIGCONT)
        started.terminate()
        started.wait(20)


def holder(name: str) -> int | None:
    """Process id of who holds the lease now."""
    query = text("SELECT holder FROM lease WHERE name = :name AND until > clock_timestamp()")
    found = db.session.scalar(query, {"name": name})
    db.session.rollback()
    return int(found.split(":")[1]) if found else None


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("frozen", ["relay", "clock"] if DEPTH > 1 else ["relay"])
def test_a_frozen_process_is_replaced_within_ten_seconds_and_takes_its_duty_back_when_it_wakes(
    app: Flask, committed_db: Any, add_file: Callable[..., int], file_topic: None, frozen: str
) -> None:
    with process(app, "relay") as relay, process(app, "clock") as clock_process:
        pids = {"relay": relay.pid, "clock": clock_process.pid}
        other = pids["clock" if frozen == "relay" else "relay"]
        assert until(lambda: all(holder(name) == pid for name, pid in pids.items()), 90)
        os.kill(pids[frozen], signal.SIGSTOP)
        began = time.monotonic()
        assert until(lambda: holder(frozen) == other, 10), "not replaced"
        add_file()
        assert until(lambda: open_live_rows() == 0, 10 - (time.monotonic() - began)), "the work goes on"
        os.kill(pids[frozen], signal.SIGCONT)
        assert until(lambda: holder(frozen) == pids[frozen], 10), "not taken back"
        add_file()
        assert until(lambda: open_live_rows() == 0, 10)
        assert psutil.pid_exists(pids[frozen])


@pytest.mark.faults
@pytest.mark.slow
def test_a_process_frozen_inside_a_transaction_does_not_keep_its_locks(committed_db: Any) -> None:
    """A process that took the lease row's lock and is then stopped: PostgreSQL ends its session, so the standby gets through."""
    with transaction():
        leases.take("relay", "frozen")
    script = (
        "import os, signal\n"
        "from sqlalchemy import create_engine, event, text\n"
        "from core.duty import _end_idle_transactions\n"
        f"engine = create_engine({db.engine.url.render_as_string(hide_password=False)!r})\n"
        "event.listen(engine, 'connect', _end_idle_transactions)\n"
        "with engine.connect() as connection:\n"
        "    connection.execute(text(\"SELECT 1 FROM lease WHERE name = 'relay' FOR UPDATE\"))\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    frozen = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        assert until(lambda: psutil.Process(frozen.pid).status() == psutil.STATUS_STOPPED, 30)
        began = time.monotonic()
        with transaction() as session:
            session.execute(text("UPDATE lease SET until = clock_timestamp() - interval '2 seconds'"))
            assert leases.take("relay", "standby", patience=1.0) is not None
        assert 2 < time.monotonic() - began < 6, "it waited for the lock, and not for long"
    finally:
        frozen.kill()
        frozen.wait()


def open_live_rows() -> int:
    found = db.session.scalars(select(OutboxRow.id).where(OutboxRow.queue == "relay", OutboxRow.done_at.is_(None))).all()
    db.session.rollback()
    return len(found)
