"""A backup is what it says: an installation made from one has the same rows, files and secret, and nothing there is lost unasked."""

from __future__ import annotations

import io
import json
import shutil
import stat
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from core.embedded import backup, run, servers
from core.embedded.lock import Lock
from core.embedded.refusal import StartRefused

pytestmark = pytest.mark.slow


@pytest.fixture
def environ(data_dir: Path) -> Mapping[str, str]:
    """An installation with a table, a file and a secret."""
    ours = servers.of(data_dir, durable=False)
    with servers.postgres_running(ours):
        query(ours, "CREATE EXTENSION btree_gist")
        query(ours, "CREATE TABLE ticket (number integer PRIMARY KEY, title text NOT NULL)")
        query(ours, "INSERT INTO ticket SELECT n, '冰箱不冷 ' || n FROM generate_series(1, 1000) n")
    (data_dir / "secret_key").write_text("the secret")
    (data_dir / "files" / "ab").mkdir(parents=True)
    (data_dir / "files" / "ab" / "photo.jpg").write_bytes(b"\xff\xd8 picture")
    return {"DATA_DIR": str(data_dir), "CARRIER": "none", "PUBLIC_BASE_URL": "https://service.example", "PATH": "/bin"}


@pytest.fixture
def elsewhere(data_dir: Path) -> Iterator[dict[str, str]]:
    """The environment of a second, empty data directory."""
    place = data_dir.with_name(data_dir.name + "-elsewhere")
    place.mkdir(mode=0o711)
    yield {"DATA_DIR": str(place)}
    shutil.rmtree(place)


def query(ours: servers.Servers, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=str(ours.postgres.sockets), user="callout", dbname="callout", autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_a_restored_installation_has_all_rows_files_and_the_secret(
    environ: Mapping[str, str], elsewhere: dict[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "callout.backup"
    backup.backup(target, environ)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    backup.restore(target, elsewhere, force=False)
    place = Path(elsewhere["DATA_DIR"])
    with run.environment(elsewhere, "test", durable=False) as env:
        assert env["DATABASE_URL"].endswith(str(place / "run" / "sockets"))
        rows = query(servers.of(place), "SELECT count(*), min(title), max(number) FROM ticket")
        assert rows == [(1000, "冰箱不冷 1", 1000)]
        assert query(servers.of(place), "SELECT extname FROM pg_extension WHERE extname = 'btree_gist'")
        with pytest.raises(psycopg.errors.UniqueViolation):
            query(servers.of(place), "INSERT INTO ticket VALUES (1, 'a second one')")
    assert (place / "files/ab/photo.jpg").read_bytes() == b"\xff\xd8 picture"
    assert (place / "secret_key").read_text() == "the secret"
    assert (place / "run/settings.env").read_text() == "PUBLIC_BASE_URL=https://service.example\nCARRIER=none\n"


def test_a_backup_is_made_while_the_servers_run(environ: Mapping[str, str], data_dir: Path, tmp_path: Path) -> None:
    with run.environment(environ, "test", durable=False) as env:
        backup.backup(tmp_path / "callout.backup", {**environ, "DATABASE_URL": env["DATABASE_URL"], "REDIS_URL": env["REDIS_URL"]})
    with tarfile.open(tmp_path / "callout.backup") as tar:
        assert {"callout-backup.json", "database.dump", "settings.env", "data/files/ab/photo.jpg", "data/secret_key"} <= set(tar.getnames())
        assert not [name for name in tar.getnames() if name.startswith(("data/postgres", "data/run", "data/log", "data/valkey"))]


def test_restoring_over_an_installation_is_refused_unless_forced(environ: Mapping[str, str], data_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "callout.backup"
    backup.backup(target, environ)
    with run.environment(environ, "test", durable=False):
        query(servers.of(data_dir), "DELETE FROM ticket")
    (data_dir / "files/ab/photo.jpg").unlink()
    with pytest.raises(StartRefused, match=r"is not empty \(files, postgres, secret_key, valkey\): .* --force"):
        backup.restore(target, environ, force=False)
    with run.environment(environ, "test", durable=False):
        assert query(servers.of(data_dir), "SELECT count(*) FROM ticket") == [(0,)]

    backup.restore(target, environ, force=True)
    with run.environment(environ, "test", durable=False):
        assert query(servers.of(data_dir), "SELECT count(*) FROM ticket") == [(1000,)]
    assert (data_dir / "files/ab/photo.jpg").exists()
    [aside] = data_dir.glob("replaced-*")
    assert (aside / "postgres" / "PG_VERSION").exists()


def test_restoring_under_a_running_installation_is_refused(environ: Mapping[str, str], data_dir: Path, tmp_path: Path) -> None:
    backup.backup(tmp_path / "callout.backup", environ)
    lock = Lock(data_dir)
    assert lock.take("the other one")
    with pytest.raises(StartRefused, match=r"is in use by process .* \(the other one\)"):
        backup.restore(tmp_path / "callout.backup", environ, force=True)
    lock.release()
    assert (data_dir / "files/ab/photo.jpg").exists()


def test_a_failed_backup_leaves_the_former_one(environ: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "callout.backup"
    target.write_text("the former one")
    with pytest.raises(StartRefused, match=r"pg_dump failed: .*connection"):
        backup.backup(target, {**environ, "DATABASE_URL": "postgresql+psycopg://callout@127.0.0.1:9/callout", "REDIS_URL": "unix:///none"})
    assert target.read_text() == "the former one"
    assert [path.name for path in tmp_path.iterdir()] == ["callout.backup"]


def test_what_is_no_backup_is_refused(elsewhere: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear customer")
    with pytest.raises(StartRefused, match="letter is no backup of Callout"):
        backup.restore(tmp_path / "letter", elsewhere, force=False)


def test_a_file_that_would_land_outside_is_refused(elsewhere: dict[str, str], tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil", "w") as tar:
        for name, content in (("callout-backup.json", json.dumps({"format": 1}).encode()), ("../outside", b"x")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with pytest.raises(StartRefused, match=r"outside its place: \.\./outside"):
        backup.restore(tmp_path / "evil", elsewhere, force=False)
    assert not (Path(elsewhere["DATA_DIR"]) / "outside").exists()


def test_the_password_of_a_database_travels_in_the_environment() -> None:
    assert backup.libpq("postgresql+psycopg://me:s%40fe@db.example:5433/callout?sslmode=require") == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "me",
        "PGPASSWORD": "s@fe",
        "PGDATABASE": "callout",
        "PGSSLMODE": "require",
    }
