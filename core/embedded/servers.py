"""PostgreSQL and Valkey of one data directory: where their things are, and both started and ended together."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.embedded import processes
from core.embedded.account import Account, make_directory, reachable, server_account
from core.embedded.postgres import Postgres
from core.embedded.refusal import StartRefused
from core.embedded.valkey import Valkey

SOCKET_PATH_LIMIT = 100  # bytes, of 107 the kernel allows


@dataclass(frozen=True, slots=True)
class Servers:
    """The embedded servers of one data directory. Making this object makes the directories, but starts nothing."""

    data_dir: Path
    postgres: Postgres
    valkey: Valkey

    def database_url(self, database: str = "callout") -> str:
        """`postgresql+psycopg://…` through the socket directory."""
        return self.postgres.url(database)

    def redis_url(self, database: int = 0) -> str:
        """`unix://…` of the socket."""
        return self.valkey.url(database)

    def log(self, name: str) -> Path:
        return self.data_dir / "log" / f"{name}.log"


def of(data_dir: Path, environ: Mapping[str, str] | None = None, *, durable: bool = True) -> Servers:
    """The servers of a data directory, which is made when absent. `durable=False` trades safety for speed: tests only.

    Raises StartRefused in one line when the servers' account cannot reach the directory or no program is found.
    """
    env = os.environ if environ is None else environ
    account = server_account(data_dir)
    try:
        data_dir.mkdir(mode=0o711 if account else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StartRefused(f"DATA_DIR: {data_dir} cannot be made: {error.strerror}") from None
    if not os.access(data_dir, os.W_OK | os.X_OK):
        raise StartRefused(f"DATA_DIR: this account may not write in {data_dir}")
    if account and not reachable(data_dir, account):
        raise StartRefused(
            f"DATA_DIR: PostgreSQL runs as {account.name!r} when started by root, which may not enter {data_dir}: "
            "choose a directory it can reach, such as /var/lib/callout"
        )
    for name in ("run", "log"):
        make_directory(data_dir / name, None, 0o711 if account else 0o700)
    sockets, copies = _socket_directory(data_dir, account), data_dir / "programs"
    return Servers(
        data_dir,
        Postgres(data_dir / "postgres", sockets, copies, account, env, durable),
        Valkey(data_dir / "valkey", sockets, copies, account, env, durable),
    )


def _socket_directory(data_dir: Path, account: Account | None) -> Path:
    """Inside the data directory; where that makes too long a path for a socket, a private directory named after it."""
    path = data_dir / "run" / "sockets"
    if len(os.fsencode(path / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
        path = Path(tempfile.gettempdir()) / f"callout-{hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]}"
    return make_directory(path, account)


def start_postgres(servers: Servers) -> subprocess.Popen[bytes]:
    """Start PostgreSQL and wait until it takes connections. Raises StartRefused with the end of its log."""
    postgres = servers.postgres
    postgres.prepare()
    process = processes.spawn(postgres.program(), servers.log("postgres"))
    processes.wait_until(lambda: process.poll() is not None or postgres.ready(process.pid), 60)
    if not postgres.ready(process.pid):
        processes.stop(process, signal.SIGINT, 10)
        raise StartRefused(f"PostgreSQL does not start: {_last_lines(servers.log('postgres'))}")
    return process


def start_valkey(servers: Servers) -> subprocess.Popen[bytes]:
    """Start Valkey and wait until it answers. Raises StartRefused with the end of its log."""
    valkey = servers.valkey
    valkey.prepare()
    process = processes.spawn(valkey.program(), servers.log("valkey"))
    processes.wait_until(lambda: process.poll() is not None or valkey.ready(), 60)
    if process.poll() is not None or not valkey.ready():
        processes.stop(process, signal.SIGTERM, 10)
        raise StartRefused(f"Valkey does not start: {_last_lines(servers.log('valkey'))}")
    return process


@contextlib.contextmanager
def postgres_running(servers: Servers) -> Iterator[Servers]:
    """PostgreSQL alone, ended on the way out. Call from the main thread; the caller holds the data directory's lock."""
    process = start_postgres(servers)
    try:
        yield servers
    finally:
        processes.stop(process, signal.SIGINT, 30)


@contextlib.contextmanager
def running(servers: Servers) -> Iterator[Servers]:
    """Both servers, ended in reverse order on the way out. Call from the main thread; the caller holds the data directory's lock."""
    with postgres_running(servers):
        valkey = start_valkey(servers)
        try:
            yield servers
        finally:
            processes.stop(valkey, signal.SIGTERM, 10)


def _last_lines(log: Path, count: int = 3) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-count:] if log.exists() else []
    return " / ".join(lines) or f"it said nothing in {log}"
