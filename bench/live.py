"""How long until 1,000 boards show a change: commit → outbox → relay → Redis → live → socket, beside a bare broadcast on the same machine.

    script/bench live [--clients 1000] [--seconds 10]

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
from core import live
from core.auth import services as accounts
from core.db import Base, db, transaction
from core.embedded import processes, servers
from core.files import File

ROOT = Path(__file__).resolve().parent.parent
RATES = (2, 10)
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


def bare(clients: int, seconds: int) -> dict[int, dict[str, float]]:
    """Figures by rate of the bare server."""
    port = free_port()
    server = Talking("bench.live_bare", str(port))
    try:
        server.hear()
        crowd = Talking("bench.live_clients", str(port), str(clients), "bare")
        try:
            crowd.hear()
            found = {}
            for rate in RATES:
                crowd.say("start")
                server.say(str(rate))
                server.hear()
                crowd.say("report")
                found[rate] = json.loads(crowd.hear())
            return found
        finally:
            crowd.end()
    finally:
        server.end()


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


def write(app: Flask, rate: int, seconds: int) -> None:
    """Commit `rate` changes a second, each of another row than the ones shortly before."""
    began = time.monotonic()
    for number in range(rate * seconds):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        with app.app_context():
            sent = time.monotonic_ns()
            with transaction() as session:
                row = session.get_one(File, number % KEYS + 1)
                row.name = str(sent)
                live.touch("bench", row.id)
    time.sleep(1.5)


def whole(clients: int, seconds: int, workers: int) -> dict[int, dict[str, float]]:
    """Figures by rate of the whole path."""
    with installation(workers) as (app, port, token):
        crowd = Talking("bench.live_clients", str(port), str(clients), "whole", token)
        try:
            began = time.monotonic()
            crowd.hear()
            print(f"{clients} clients connected in {time.monotonic() - began:.1f} s")
            found = {}
            write(app, 2, 2)  # warm
            for rate in RATES:
                crowd.say("start")
                before = cpu_seconds()
                write(app, rate, seconds)
                after = cpu_seconds()
                crowd.say("report")
                found[rate] = json.loads(crowd.hear())
                print(f"at {rate}/s: " + ", ".join(f"{name} {(after[name] - before[name]) / seconds:.0%} CPU" for name in after))
            return found
        finally:
            crowd.end()


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
    base = bare(options.clients, options.seconds)
    ours = whole(options.clients, options.seconds, options.workers)
    table([("bare", rate, base[rate]) for rate in RATES] + [("whole", rate, ours[rate]) for rate in RATES], options.clients)
    for rate in RATES:
        ratio = ours[rate]["p95"] / max(base[rate]["p95"], 0.1)
        print(f"p95 at {rate}/s: {ratio:.1f} × bare (target ≤ {TARGET:.0f})")


if __name__ == "__main__":
    main()
