"""One PostgreSQL and one Valkey for a whole test run, shared by all its workers, and ended with it however it ends.

The first process of the run that asks starts a keeper, which owns both servers and watches the run's first process (the xdist
controller, or pytest itself). When that one is gone, killed or not, the keeper ends the servers and removes their directory; when the
keeper itself is killed, the kernel ends the servers.

    servers = shared()      # takes about a second once for each run, then nothing
    servers.database_url    # SQLAlchemy address of the maintenance database; the role may create databases
    servers.redis_url       # redis-py address of database 0 (there are 16)
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from core.embedded import servers as embedded

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the run's servers. Nothing in them is kept: fsync is off."""

    database_url: str
    redis_url: str


@functools.cache
def shared() -> Servers:
    """The servers of this test run, started when nobody has asked yet. Safe to call from every worker."""
    found, (_, controller) = _place(), _run()
    with open(found / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = found / "servers.json"
        if not answer.exists():
            _start_keeper(found, controller)
        return Servers(**json.loads(answer.read_text()))


def place() -> Path:
    """The run's own directory, for what its workers share. It goes with the run."""
    shared()  # whose keeper removes it
    return _place()


def _place() -> Path:
    found = Path(tempfile.gettempdir()) / f"callout-tests-{os.geteuid()}-{_run()[0]}"
    found.mkdir(mode=0o711, exist_ok=True)
    return found


def _run() -> tuple[str, int]:
    """The name of this run and the pid of its first process. Workers of pytest-xdist are children of that process."""
    uid = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if uid:
        return uid[:12], os.getppid()
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]  # pids come again, this does not
    return f"{os.getpid()}-{started}", os.getpid()


def _start_keeper(place: Path, controller: int) -> None:
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.servers", str(place), str(controller)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert keeper.stdout is not None
    said = keeper.stdout.readline().strip()
    if said != "ready":
        raise RuntimeError(f"the test servers did not start (exit {keeper.wait(60)}); their logs are in {place}/log")


def keep(place: Path, controller: int) -> None:
    """Run the servers in `place` until the process `controller` ends, then remove the directory."""
    watched = os.pidfd_open(controller)
    ours = embedded.of(place, durable=False)
    try:
        with embedded.running(ours):
            (place / "servers.json").write_text(json.dumps(asdict(Servers(ours.database_url(), ours.redis_url()))))
            print("ready", flush=True)
            _wait_for_end(watched)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if not ours.postgres.sockets.is_relative_to(place):
            shutil.rmtree(ours.postgres.sockets, ignore_errors=True)


def _wait_for_end(watched: int) -> None:
    """Until the watched process ends or this one is asked to."""
    asked, ask = os.pipe()
    os.set_blocking(ask, False)
    signal.set_wakeup_fd(ask)
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, lambda number, frame: None)  # the byte in the pipe is what is noticed
    poll = select.poll()
    poll.register(watched, select.POLLIN)
    poll.register(asked, select.POLLIN)
    poll.poll()


if __name__ == "__main__":
    # A worker that dies takes its own pipe with it; the keeper must not.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    keep(Path(sys.argv[1]), int(sys.argv[2]))
