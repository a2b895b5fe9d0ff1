"""One file that holds an installation, and an installation made from such a file.

A backup is a tar: `callout-backup.json` (what it is), `database.dump` (pg_dump's custom format), `settings.env` (the settings of the
environment it was made in) and `data/` (what lies in DATA_DIR beside the servers: files, secret key, clock, the mark of a demonstration).
Valkey is not in it: everything there comes back from the database. It holds secrets, so only its owner may read it.

The database is dumped first, then the files are copied: a file is there before the row that names it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import config as settings
from core.embedded import binaries, run, servers
from core.embedded.lock import Lock
from core.embedded.refusal import StartRefused
from core.embedded.supervisor import say

FORMAT = 1
MANIFEST, DUMP, SETTINGS, DATA = "callout-backup.json", "database.dump", "settings.env", "data"
OF_THE_MACHINE = {"postgres", "postgres.unfinished", "valkey", "run", "log", "programs", "browser"}  # made anew where they are missing
NOT_SETTINGS = {"DATA_DIR", "DATABASE_URL", "REDIS_URL"}  # of the place, not of the installation


def backup(target: Path, environ: Mapping[str, str]) -> None:
    """Write the installation of DATA_DIR to `target`, which is replaced only when the new one is whole. It may be serving meanwhile."""
    target = target.resolve()
    if not target.parent.is_dir():
        raise StartRefused(f"{target.parent} is not a directory")
    if not environ.get("DATABASE_URL") and not (settings.default_data_dir(environ) / "postgres").exists():
        raise StartRefused(f"{settings.default_data_dir(environ)} holds no installation")
    with (
        run.environment(environ, "script/backup") as env,
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".callout-backup-") as place,
    ):
        data_dir, whole = Path(env["DATA_DIR"]), Path(place) / "backup.tar"
        dump = Path(place) / DUMP
        _run(env, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
        _run(env, "pg_restore", "--list", str(dump))
        with (
            os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
            tarfile.open(fileobj=file, mode="w") as tar,
        ):
            _add_text(tar, MANIFEST, json.dumps({"format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds")}))
            _add_text(tar, SETTINGS, _settings(environ))
            tar.add(dump, DUMP)
            for name in sorted(_held(data_dir)):
                tar.add(data_dir / name, f"{DATA}/{name}")
            file.flush()
            os.fsync(file.fileno())
        whole.replace(target)
    config = settings.read(env)
    if not config.files_url.startswith("file:"):
        say(f"the files kept in {config.files_url} are not part of a backup")
    say(f"{target} holds {data_dir} ({target.stat().st_size / 1e6:.1f} MB); it contains secrets")


def restore(source: Path, environ: Mapping[str, str], *, force: bool) -> None:
    """Make DATA_DIR (and the database DATABASE_URL names, if it does) what `source` holds.

    Refuses a directory with an installation, unless `force`: that one is then moved to DATA_DIR/replaced-TIME, nothing is deleted (but a
    database of your own, named by DATABASE_URL, is overwritten).
    """
    data_dir = settings.default_data_dir(environ)
    with _opened(source) as tar:
        ours = servers.of(data_dir, environ)
        with Lock(data_dir).held("script/restore"), tempfile.TemporaryDirectory(dir=data_dir, prefix="restore-") as place:
            there = _held(data_dir) | {name for name in ("postgres", "valkey") if (data_dir / name).exists()}
            if there and not force:
                raise StartRefused(
                    f"{data_dir} is not empty ({', '.join(sorted(there))}): choose another DATA_DIR, or --force to replace it"
                )
            _extract(tar, Path(place))
            _move_aside(data_dir, there)
            _restore_database(ours, Path(place) / DUMP, dict(environ), force=force)
            for path in (Path(place) / DATA).glob("*"):
                path.rename(data_dir / path.name)
            (Path(place) / SETTINGS).replace(data_dir / "run" / SETTINGS)
    say(f"{data_dir} is restored from {source}; the settings of its environment were: {data_dir / 'run' / SETTINGS}")


def _opened(source: Path) -> tarfile.TarFile:
    try:
        tar = tarfile.open(source)  # noqa: SIM115  (closed by the caller)
        member = tar.extractfile(MANIFEST)
        known = json.load(member)["format"] if member else None
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise StartRefused(f"{source} is no backup of Callout ({error})") from None
    if known != FORMAT:
        raise StartRefused(f"{source} has the format {known}, this version reads {FORMAT}: restore it with the version that made it")
    return tar


def _extract(tar: tarfile.TarFile, place: Path) -> None:
    """Regular files only, and none outside `place`, readable by us alone. (`filter="data"` is not in every Python 3.11.)"""
    for member in tar:
        target = place / member.name
        if ".." in target.parts or not target.is_relative_to(place):
            raise StartRefused(f"the backup has a file outside its place: {member.name}")
        content = tar.extractfile(member) if member.isreg() else None
        if content:
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, open(target, "wb") as file:
                shutil.copyfileobj(content, file)


def _move_aside(data_dir: Path, names: set[str]) -> None:
    if names:
        aside = data_dir / f"replaced-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        aside.mkdir(mode=0o711)
        for name in names:
            (data_dir / name).rename(aside / name)
        say(f"what was there is now in {aside}")


def _restore_database(ours: servers.Servers, dump: Path, env: dict[str, str], *, force: bool) -> None:
    options = ("--exit-on-error", "--no-owner", "--no-privileges", "--no-comments")
    if env.get("DATABASE_URL"):
        clean = ("--clean", "--if-exists") if force else ()
        _load(env, *options, *clean, str(dump))
        return
    with servers.postgres_running(ours):
        _load({**env, "DATABASE_URL": ours.database_url()}, *options, "--jobs=2", str(dump))


def _load(env: Mapping[str, str], *arguments: str) -> None:
    connection = libpq(env["DATABASE_URL"])
    _run(env, "pg_restore", f"--dbname={connection['PGDATABASE']}", *arguments)
    _run(env, "vacuumdb", "--analyze-only", "--quiet", f"--dbname={connection['PGDATABASE']}")


def _run(env: Mapping[str, str], program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs against DATABASE_URL (its password never shows in the process list)."""
    path = binaries.postgres_bin(env) / program
    inherited = {"PATH": os.defpath, "LANG": "C.UTF-8", **libpq(env["DATABASE_URL"])}
    done = subprocess.run([path, *arguments], env=inherited, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StartRefused(f"{program} failed: {' / '.join(done.stderr.strip().splitlines()[:3])}")


def libpq(url: str) -> dict[str, str]:
    """The environment variables by which PostgreSQL's programs find the database of an SQLAlchemy address."""
    parts = urlsplit(url)
    found = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port) if parts.port else None,
        "PGUSER": unquote(parts.username) if parts.username else None,
        "PGPASSWORD": unquote(parts.password) if parts.password else None,
        "PGDATABASE": unquote(parts.path.lstrip("/")) or None,
    }
    for name, values in parse_qs(parts.query).items():
        if name in ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"):
            found[f"PG{name.upper()}"] = values[0]
    return {name: value for name, value in found.items() if value}


def _held(data_dir: Path) -> set[str]:
    """What of the directory belongs into a backup: by name, everything but what the servers and this machine made."""
    if not data_dir.is_dir():
        return set()
    names = {path.name for path in data_dir.iterdir()}
    return {name for name in names - OF_THE_MACHINE if not name.startswith((".", "restore-", "replaced-"))}


def _settings(environ: Mapping[str, str]) -> str:
    names = [name for name in settings.SETTINGS if name in environ and name not in NOT_SETTINGS]
    return "".join(f"{name}={environ[name]}\n" for name in names)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    content = text.encode()
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = len(content), 0o600, int(time.time())
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        tar.addfile(info, file)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        prog="script/backup or script/restore", description="Keep an installation in one file, or bring it back."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("backup").add_argument("file", type=Path)
    restoring = commands.add_parser("restore")
    restoring.add_argument("file", type=Path)
    restoring.add_argument("--force", action="store_true", help="replace an installation that is there (it is moved aside)")
    chosen = parser.parse_args(arguments)
    os.umask(0o077)  # customers' data and secrets: nothing for other accounts
    if chosen.command == "backup":
        backup(chosen.file, os.environ)
    else:
        restore(chosen.file, os.environ, force=chosen.force)


if __name__ == "__main__":
    main(sys.argv[1:])
