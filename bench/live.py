"""How long until 1,000 boards show a change: commit → outbox → relay → Redis → live → socket, beside a bare broadcast on the same machine.

    script/bench live [--clients 1000] [--seconds 10] [--workers 1]

Every figure is the time from just before the writer's transaction begins until a client's socket has the message. Starts its own PostgreSQL
and Valkey in a temporary directory, durable as in production.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psutil
from flask import Flask

from bench import live_app
from bench.live_clients import figures
from core import live
from core.auth import services as accounts
from core.db import Base, db, transaction
from core.embedded import processes, servers
from core.files import File

ROOT = Path(__file__).resolve().parent.parent
RATES = (2, 10)
ROUNDS = 2
KEYS = 50
TARGET = 3.0


class Talking:
    """A child process that answers lines with lines."""

    def __init__(self, *command: str, environ: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def hear(self) -> str:
        stream: IO[str] | None = self.process.stdout
        assert stream is not None
        if not (line := stream.readline()):
            raise SystemExit("a child of the bench ended")
        return line.strip()

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def bare(clients: int) -> Iterator[tuple[Talking, Talking]]:
    """The bare server and its crowd, connected."""
    port = free_port()
    with talking("bench.live_bare", str(port)) as server, talking("bench.live_clients", str(port), str(clients), "bare") as crowd:
        yield server, crowd


@contextlib.contextmanager
def talking(*command: str) -> Iterator[Talking]:
    """A child that has said it is ready."""
    child = Talking(*command)
    try:
        child.hear()
        yield child
    finally:
        child.end()


@contextlib.contextmanager
def installation(workers: int) -> Iterator[tuple[Flask, int, str]]:
    """Databases, relay and live process of a fresh installation: the application, the live port and a token."""
    place = Path(tempfile.mkdtemp(prefix="callout-bench-"))
    place.chmod(0o711)
    try:
        with servers.running(servers.of(place)) as running:
            environ = {**os.environ, "DATA_DIR": str(place), "DATABASE_URL": running.database_url(), "REDIS_URL": running.redis_url()}
            environ |= {"LOG_LEVEL": "WARNING", "CARRIER": "none"}
            os.environ.update(environ)
            app = live_app.create_app("web")
            with app.app_context():
                Base.metadata.create_all(db.engine)
                token = seed()
            port = free_port()
            with child("flask", "--app", "bench.live_app:create_app('relay')", "process", "run", "relay"), live_process(port, workers):
                yield app, port, token
            with app.app_context():
                db.session.remove()
                db.engine.dispose()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def child(*command: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@contextlib.contextmanager
def live_process(port: int, workers: int) -> Iterator[None]:
    options = [
        "-k",
        "gevent",
        "-w",
        str(workers),
        "--worker-connections",
        "2000",
        "--graceful-timeout",
        "2",
        "--no-control-socket",
        "--log-level",
        "warning",
    ]
    with child("gunicorn", *options, "--bind", f"127.0.0.1:{port}", "bench.live_app:create_app('live')"):
        if not processes.wait_until(lambda: answers(port), 60):
            raise SystemExit("the live process did not start")
        yield


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def seed() -> str:
    """Rows to change and an agent's token."""
    now = datetime.now(UTC)
    with transaction() as session:
        accounts.ensure_roles()
        user = accounts.create_user(email="bench@callout.test", name="Bench", password=None, roles=["agent"], now=now)
        _token, secret = accounts.create_token(name="bench", user=user, role="agent", now=now, actor_id=None)
        for _ in range(KEYS):
            session.add(File(name="0", content_type="text/plain", size=0, sha256="0" * 64, created_at=now, created_by_id=None))
    return secret


def cpu_seconds() -> dict[str, float]:
    """Processor time used so far by the relay and the live processes."""
    found = {"relay": 0.0, "live": 0.0}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            for name, mark in (("relay", "process run relay"), ("live", "gunicorn")):
                if mark in line:
                    found[name] += sum(process.cpu_times()[:2])
    return found


def write(app: Flask, rate: int, seconds: int) -> list[int]:
    """Commit `rate` changes a second, each of another row than the ones shortly before; how long each commit took, in nanoseconds."""
    began = time.monotonic()
    took = []
    for number in range(rate * seconds):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        with app.app_context():
            sent = time.monotonic_ns()
            with transaction() as session:
                row = session.get_one(File, number % KEYS + 1)
                row.name = str(sent)
                live.touch("bench", row.id)
            took.append(time.monotonic_ns() - sent)
    time.sleep(1.5)
    return took


def measure(clients: int, seconds: int, workers: int) -> dict[tuple[str, int], dict[str, Any]]:
    """Figures by (what, rate). Both crowds stay connected and take turns, so that a noisy moment of the machine meets both."""
    with installation(workers) as (app, port, token), bare(clients) as (server, bare_crowd):
        began = time.monotonic()
        with talking("bench.live_clients", str(port), str(clients), "whole", token) as crowd:
            print(f"{clients} clients connected in {time.monotonic() - began:.1f} s")
            crowd.say("count warm")
            write(app, 2, 2)
            for rate in RATES * ROUNDS:
                bare_crowd.say(f"count {rate}")
                server.say(f"{rate} {seconds}")
                server.hear()
                crowd.say(f"count {rate}")
                before = cpu_seconds()
                commits = figures(write(app, rate, seconds))
                used = ", ".join(f"{name} {(after - before[name]) / (seconds + 1.5):.0%}" for name, after in cpu_seconds().items())
                print(f"{rate}/s: processor: {used}; the writer's own commit took p50 {commits['p50']} ms, p95 {commits['p95']} ms")
            found = {}
            for name, one in (("bare", bare_crowd), ("whole", crowd)):
                for rate in RATES:
                    one.say(f"report {rate}")
                    found[name, rate] = json.loads(one.hear())
            return found


def table(rows: list[tuple[str, int, dict[str, Any]]], clients: int) -> None:
    print(f"\n{clients} websocket clients, milliseconds from commit to socket")
    print(f"{'':<10}{'rate':>6}{'p50':>9}{'p95':>9}{'p99':>9}{'max':>9}{'received':>11}")
    for name, rate, found in rows:
        print(f"{name:<10}{rate:>4}/s" + "".join(f"{found[key]:>9.1f}" for key in ("p50", "p95", "p99", "max")) + f"{found['count']:>11}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    found = measure(options.clients, options.seconds, options.workers)
    table([(name, rate, figures) for (name, rate), figures in found.items()], options.clients)
    for rate in RATES:
        ratio = found["whole", rate]["p95"] / max(found["bare", rate]["p95"], 0.1)
        print(f"p95 at {rate}/s: {ratio:.1f} × bare (target ≤ {TARGET:.0f})")


if __name__ == "__main__":
    main()
