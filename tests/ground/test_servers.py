"""PostgreSQL and Valkey of our own: made, started, refused, killed, and back with all that was in them."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from core.embedded import binaries, processes, servers
from core.embedded.refusal import StartRefused
from tests.servers import ROOT

pytestmark = pytest.mark.slow


def connect(ours: servers.Servers, user: str = "callout") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(ours.postgres.sockets), user=user, dbname="callout", autocommit=True)


def test_they_are_what_the_application_needs(data_dir: Path) -> None:
    with servers.running(servers.of(data_dir, durable=False)) as ours:
        engine = create_engine(ours.database_url())
        with engine.begin() as connection:
            for extension in ("btree_gist", "pg_trgm", "citext", "unaccent"):
                connection.execute(text(f"CREATE EXTENSION {extension}"))
            show = connection.execute(
                text("SELECT current_setting('server_encoding'), current_setting('data_checksums'), current_setting('listen_addresses')")
            ).one()
            assert tuple(show) == ("UTF8", "on", "")
            assert connection.execute(text("SELECT cardinality(show_trgm('冰箱不冷'))")).scalar_one() > 0
            assert connection.execute(text("SELECT lower('ÄÖÜ')")).scalar_one() == "äöü"
            assert connection.execute(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar_one() is False
        engine.dispose()
        client = redis.Redis.from_url(ours.redis_url())
        assert client.config_get("appendonly")["appendonly"] == "no"  # durable=False
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("port")["port"] == "0"
        client.close()
    assert ours.postgres.running() == ours.valkey.running() == []


def test_fsync_is_on_unless_tests_ask_otherwise(data_dir: Path) -> None:
    with servers.running(servers.of(data_dir)) as ours, connect(ours) as connection:
        assert connection.execute("SELECT current_setting('fsync'), current_setting('full_page_writes')").fetchone() == ("on", "on")
        assert redis.Redis.from_url(ours.redis_url()).config_get("appendonly")["appendonly"] == "yes"


def test_what_is_in_them_is_there_again_after_a_restart(data_dir: Path) -> None:
    with servers.running(servers.of(data_dir)) as ours, connect(ours) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        redis.Redis.from_url(ours.redis_url()).set("kept", "42")
    with servers.running(servers.of(data_dir)) as ours, connect(ours) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert redis.Redis.from_url(ours.redis_url()).get("kept") == b"42"


def test_only_their_owner_may_enter_the_socket_directory(data_dir: Path) -> None:
    ours = servers.of(data_dir)
    for path in (ours.postgres.sockets, servers.of(data_dir).postgres.sockets):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_path_too_long_for_a_socket_gets_a_short_one() -> None:
    with tempfile.TemporaryDirectory(prefix="callout-ground-") as top:
        Path(top).chmod(0o711)
        place = Path(top) / ("deep" * 20)
        ours = servers.of(place, durable=False)
        with servers.running(ours), connect(ours) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert len(str(ours.postgres.sockets)) < 60
        shutil.rmtree(ours.postgres.sockets)


@pytest.mark.faults
def test_killed_with_kill_9_nothing_committed_is_lost(data_dir: Path) -> None:
    ours = servers.of(data_dir)
    postgres, valkey = servers.start_postgres(ours), servers.start_valkey(ours)
    with connect(ours) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        redis.Redis.from_url(ours.redis_url()).set("kept", "42")
        assert processes.wait_until(lambda: redis.Redis.from_url(ours.redis_url()).info()["aof_pending_bio_fsync"] == 0, 5)
        os.kill(postgres.pid, signal.SIGKILL)
        os.kill(valkey.pid, signal.SIGKILL)
        postgres.wait()
        valkey.wait()
    assert (data_dir / "postgres" / "postmaster.pid").exists()
    with servers.running(ours), connect(ours) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert redis.Redis.from_url(ours.redis_url()).get("kept") == b"42"


@pytest.mark.faults
def test_when_who_started_them_is_killed_they_end_in_good_order(data_dir: Path) -> None:
    code = "import sys, time; from pathlib import Path; from core.embedded import servers\n"
    code += "with servers.running(servers.of(Path(sys.argv[1]))): print('up', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code, str(data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        ours = servers.of(data_dir)
        assert ours.postgres.running()
        assert ours.valkey.running()
        starter.kill()
    assert processes.wait_until(lambda: not ours.postgres.running() and not ours.valkey.running(), 10)
    assert "database system is shut down" in ours.log("postgres").read_text()


@pytest.mark.faults
def test_a_server_that_outlived_its_starter_is_ended_before_a_new_one_starts(data_dir: Path) -> None:
    ours = servers.of(data_dir)
    old = [servers.start_postgres(ours), servers.start_valkey(ours)]
    with servers.running(ours), connect(ours) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert [process.wait(5) for process in old] == [0, 0]


def test_a_pid_file_whose_number_went_to_another_process_is_no_obstacle(data_dir: Path) -> None:
    with servers.running(servers.of(data_dir, durable=False)):
        lines = (data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    (data_dir / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getppid()), *lines[1:]]))
    with servers.running(servers.of(data_dir, durable=False)) as ours, connect(ours) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert processes.alive(os.getppid())


def test_another_major_versions_data_is_refused_untouched(data_dir: Path) -> None:
    ours = servers.of(data_dir, durable=False)
    ours.postgres.prepare()
    (data_dir / "postgres" / "PG_VERSION").write_text("13\n")
    with pytest.raises(StartRefused, match=r"was made by PostgreSQL 13, the installed one is \d+: .*script/restore FILE") as refused:
        servers.start_postgres(ours)
    assert "\n" not in str(refused.value)


def test_an_interrupted_first_start_leaves_nothing_half_made(data_dir: Path) -> None:
    ours = servers.of(data_dir, durable=False)
    (data_dir / "postgres.unfinished").mkdir()
    (data_dir / "postgres.unfinished" / "PG_VERSION").write_text("18\n")
    with servers.running(ours), connect(ours) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not (data_dir / "postgres.unfinished").exists()


def test_a_server_that_does_not_start_says_why(data_dir: Path) -> None:
    ours = servers.of(data_dir, {"PG_SETTINGS": "shared_buffers=nonsense"}, durable=False)
    with pytest.raises(StartRefused, match=r"PostgreSQL does not start: .*shared_buffers"):
        servers.start_postgres(ours)


def test_sizes_can_be_set(data_dir: Path) -> None:
    with servers.running(servers.of(data_dir, {"PG_SETTINGS": "work_mem=31MB"}, durable=False)) as ours, connect(ours) as connection:
        assert connection.execute("SELECT current_setting('work_mem')").fetchone() == ("31MB",)


def test_a_wrong_place_for_the_programs_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match=f"PG_BIN: {tmp_path} has no postgres, initdb, pg_dump, pg_restore"):
        binaries.postgres_bin({"PG_BIN": str(tmp_path)})
    with pytest.raises(StartRefused, match="VALKEY_BIN: /nowhere is not a program"):
        binaries.valkey_server({"VALKEY_BIN": "/nowhere"})
