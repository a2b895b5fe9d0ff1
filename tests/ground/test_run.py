"""`core.embedded.run`: a command finds running servers or gets its own, and nothing is left after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.embedded import processes, run, servers
from core.embedded.lock import Lock
from tests.servers import ROOT

pytestmark = pytest.mark.slow
ASK = """
import os, pathlib, sys, time
from sqlalchemy import create_engine, text
import redis
with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    assert connection.execute(text("SELECT 1")).scalar_one() == 1
    redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
    print("asked", flush=True)
    wait = pathlib.Path(os.environ["DATA_DIR"]) / "wait"
    while wait.exists():
        time.sleep(0.02)
    connection.execute(text("SELECT 1"))
sys.exit(int(os.environ.get("CODE", "0")))
"""


def asking(data_dir: Path, **environ: str) -> subprocess.Popen[str]:
    """A command run as script/flask runs one: it asks both servers, waits while the file `wait` exists, asks again."""
    return subprocess.Popen(
        [sys.executable, "-m", "core.embedded.run", "--forgetful", sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir), **environ},
        stdout=subprocess.PIPE,
        text=True,
    )


def asked(process: subprocess.Popen[str]) -> bool:
    assert process.stdout is not None
    return process.stdout.readline() == "asked\n"


def none_run(data_dir: Path) -> bool:
    ours = servers.of(data_dir)
    return not ours.postgres.running() and not ours.valkey.running()


def test_a_command_gets_servers_and_leaves_none(data_dir: Path) -> None:
    with asking(data_dir) as process:
        assert asked(process)
    assert process.returncode == 0
    assert none_run(data_dir)


def test_its_exit_code_is_passed_on(data_dir: Path) -> None:
    with asking(data_dir, CODE="7") as process:
        process.communicate(timeout=60)
    assert process.returncode == 7


def test_running_servers_are_used_and_left_running(data_dir: Path) -> None:
    ours = servers.of(data_dir, durable=False)
    with Lock(data_dir).held("a supervisor"), servers.running(ours):
        before = ours.postgres.running()[0]
        with asking(data_dir) as process:
            assert asked(process)
        assert process.returncode == 0
        assert ours.postgres.running()[0] == before


def test_who_started_the_servers_waits_for_who_uses_them(data_dir: Path) -> None:
    (data_dir / "wait").touch()
    first = asking(data_dir)
    assert asked(first)
    second = asking(data_dir)
    assert asked(second)
    child = next(pid for pid in processes.pids() if processes.parent(pid) == first.pid and ASK in processes.command_line(pid))
    os.kill(child, signal.SIGKILL)  # the first command is over; its servers are not
    assert processes.wait_until(lambda: not processes.alive(child), 5)
    (data_dir / "wait").unlink()
    assert second.wait(30) == 0
    assert first.wait(30) == 128 + signal.SIGKILL
    assert none_run(data_dir)
    for process in (first, second):
        process.communicate()


def test_killed_it_takes_its_servers_along(data_dir: Path) -> None:
    (data_dir / "wait").touch()
    process = asking(data_dir)
    assert asked(process)
    process.kill()
    (data_dir / "wait").unlink()
    process.communicate(timeout=30)
    assert processes.wait_until(lambda: none_run(data_dir), 10)


def test_nothing_is_started_that_the_environment_names(data_dir: Path) -> None:
    named = {
        "DATA_DIR": str(data_dir / "never"),
        "DATABASE_URL": "postgresql+psycopg://db.example/callout",
        "REDIS_URL": "redis://cache.example",
    }
    with run.environment(named, "test") as env:
        assert dict(env) == named
    assert not (data_dir / "never").exists()
