"""PostgreSQL of our own: made, started, asked and ended through its own programs."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from core.embedded import binaries, processes
from core.embedded.account import Account, make_directory
from core.embedded.refusal import StartRefused

SUPERUSER = "postgres"
ROLE = "callout"  # owns the application's database; no superuser, so that a hole in a query is not a hole in the machine
DATABASE = "callout"
LOCALE = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
# With 2 cores and 1 GB for the whole system: what many queries at once may take stays small, the page cache does the rest.
SETTINGS = {
    "max_connections": "120",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "1000",
    "log_checkpoints": "off",
}
# Tests only: a power cut ruins the data. `synchronous_commit` stays on, or a killed postmaster would take commits with it that were answered.
# Nothing lives long enough to be vacuumed; and who is no superuser may not drop a database in which a vacuum is just at work.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server: `data` is its data directory, `sockets` the directory of its socket, `copies` where programs may be copied to."""

    data: Path
    sockets: Path
    copies: Path
    account: Account | None
    environ: Mapping[str, str]
    durable: bool = True

    @property
    def bin(self) -> Path:
        return binaries.runnable_by(binaries.postgres_bin(self.environ), self.account, self.copies)

    def url(self, database: str = DATABASE) -> str:
        """The SQLAlchemy address of a database, through the socket."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={quote(str(self.sockets))}"

    def superuser_arguments(self, database: str = DATABASE) -> list[str]:
        """How pg_dump, pg_restore and psql find the server as its superuser."""
        return ["--host", str(self.sockets), "--username", SUPERUSER, "--dbname", database]

    def prepare(self) -> bool:
        """Make the data directory when there is none (then True); refuse another major version's; clear a dead server's pid file."""
        if not self.data.exists():
            self._initialise()
            return True
        self._check_major()
        self._end_leftovers()
        return False

    def _initialise(self) -> None:
        """initdb, role and database in a directory beside, which gets its name only when it is whole."""
        unfinished = self.data.with_name(self.data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_directory(unfinished, self.account)
        options = ["--data-checksums", "--auth-local=trust", "--auth-host=reject", f"--username={SUPERUSER}"]
        if not self.durable:
            options.append("--no-sync")
        self._run([str(self.bin / "initdb"), "-D", str(unfinished), *LOCALE, *options])
        statements = (
            f"CREATE ROLE {ROLE} LOGIN CREATEDB",
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        )
        single = [str(self.bin / "postgres"), "--single", "-D", str(unfinished), "-c", "exit_on_error=on"]
        self._run([*single, *([] if self.durable else ["-F"]), "postgres"], "".join(f"{line}\n" for line in statements))
        unfinished.rename(self.data)

    def _run(self, argv: list[str], text: str = "") -> None:
        account = self.account
        done = subprocess.run(
            argv,
            check=False,
            input=text,
            text=True,
            capture_output=True,
            env=self._environment(),
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode:
            raise StartRefused(f"{Path(argv[0]).name} failed in {self.data.parent}: {(done.stderr or done.stdout).strip()}")

    def _check_major(self) -> None:
        ours, theirs = binaries.postgres_major(self.bin), (self.data / "PG_VERSION").read_text().strip()
        if theirs != str(ours):
            raise StartRefused(
                f"{self.data} was made by PostgreSQL {theirs}, the installed one is {ours}: with the former version run "
                "script/backup FILE, move the data directory away, then run script/restore FILE here"
            )

    def _end_leftovers(self) -> None:
        """End a server that outlived its supervisor. Only when no process has the directory any more does the pid file go."""
        stages = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
        if left := processes.end_all(self.running, stages):
            raise StartRefused(f"{self.data} is still used by process {left[0]}, which does not end")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def running(self) -> list[int]:
        """Server processes on this data directory, the postmaster first. Known by what they show: any user may read that."""
        title = f"postgres: {self._cluster}: "
        found = []
        for pid in processes.pids():
            shown = processes.command_line(pid)
            if not shown or not processes.alive(pid):
                continue
            if shown[0].startswith(title):
                found.append(pid)
            elif Path(shown[0]).name == "postgres" and str(self.data) in shown:
                found.insert(0, pid)
        return found

    @property
    def _cluster(self) -> str:
        return "callout-" + hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]

    def _environment(self) -> dict[str, str]:
        return {"LANG": "C.UTF-8", "PATH": os.defpath, "TZ": "UTC"}

    def program(self) -> processes.Program:
        """The server in the foreground. `PG_SETTINGS="shared_buffers=1GB work_mem=32MB"` overrides sizes."""
        settings = dict(SETTINGS)
        settings.update(_chosen(self.environ.get("PG_SETTINGS", "")))
        settings |= {"listen_addresses": "", "unix_socket_directories": str(self.sockets), "unix_socket_permissions": "0700"}
        settings |= {"port": "5432", "cluster_name": self._cluster, "logging_collector": "off"}
        if not self.durable:
            settings |= FORGETFUL
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = (str(self.bin / "postgres"), "-D", str(self.data), *options)
        return processes.Program("postgres", argv, self._environment(), self.account, signal.SIGINT)

    def ready(self, pid: int) -> bool:
        """Whether the server started as `pid` takes connections: it says so itself in its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and [line.strip() for line in lines[7:8]] == ["ready"]

    def wait_for_anyone(self, timeout: float) -> bool:
        """Whether a server started by another process becomes ready within `timeout` seconds."""
        end = time.monotonic() + timeout
        pid_file = self.data / "postmaster.pid"
        while time.monotonic() < end:
            first = pid_file.read_text().partition("\n")[0] if pid_file.exists() else ""
            if first.isdigit() and processes.alive(int(first)) and self.ready(int(first)):
                return True
            time.sleep(0.05)
        return False


def _chosen(text: str) -> dict[str, str]:
    pairs = dict(part.partition("=")[::2] for part in shlex.split(text))
    for name, value in pairs.items():
        if not name.isidentifier() or not value:
            raise StartRefused(f"PG_SETTINGS: {name!r} is not of the form name=value")
    return pairs
