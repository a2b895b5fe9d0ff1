"""What script/server decides before anything starts: which processes, whose directory, a demonstration or not."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

import config as settings
from core.embedded import children, servers, start
from core.embedded.refusal import StartRefused


def made(data_dir: Path, **environ: str) -> list[children.Child]:
    env = {"DATA_DIR": str(data_dir), **environ}
    return children.of(settings.read(env), servers.of(data_dir, env), env, demo_data=start.needs_demo_data(data_dir))


def names(found: list[children.Child]) -> list[str]:
    return [child.name for child in found]


WORKERS = ["worker-fast-1", "worker-fast-2", "worker-heavy"]


def test_an_ordinary_installation_has_these_processes_in_this_order(data_dir: Path) -> None:
    ground, first, serving = (
        ["postgres", "valkey", "nursery"],
        ["migrate", "invite"],
        ["web", "live", "relay", "clock", *WORKERS, "mailroom"],
    )
    found = made(data_dir)
    assert names(found) == ground + first + serving
    assert [child.stage for child in found] == sorted(child.stage for child in found)


def test_a_demonstration_adds_its_data_the_simulator_and_the_mail_sink(data_dir: Path) -> None:
    start.demo_for_good(data_dir, asked=True)
    serving = ["web", "live", "relay", "clock", *WORKERS, "mailroom", "simulator", "sink"]
    assert names(made(data_dir))[3:] == ["migrate", "demo", *serving]
    (data_dir / "demo").write_text(start.LOADED)
    assert names(made(data_dir))[3:] == ["migrate", *serving]


def test_servers_named_by_the_environment_are_not_started(data_dir: Path) -> None:
    found = made(data_dir, DATABASE_URL="postgresql+psycopg://callout@db.example/callout", REDIS_URL="redis://cache.example")
    assert names(found)[0] == "nursery"
    assert found[-1].program.environ["DATABASE_URL"] == "postgresql+psycopg://callout@db.example/callout"
    assert names(made(data_dir, REDIS_URL="redis://cache.example"))[:2] == ["postgres", "nursery"]


def test_every_process_is_told_where_the_servers_are(data_dir: Path) -> None:
    ours = servers.of(data_dir)
    for child in made(data_dir)[2:]:
        assert child.program.environ["DATABASE_URL"] == ours.database_url()
        assert child.program.environ["REDIS_URL"] == ours.redis_url()


def test_every_looping_process_has_a_heartbeat_of_its_own(data_dir: Path) -> None:
    beats = [child.heartbeat for child in made(data_dir) if child.name in ("relay", "clock", *WORKERS, "mailroom")]
    assert len({str(beat) for beat in beats if beat}) == 6


def test_a_directory_becomes_a_demonstration_for_good(data_dir: Path) -> None:
    assert start.demo_for_good(data_dir, asked=False) is False
    assert start.demo_for_good(data_dir, asked=True) is True
    (data_dir / "postgres").mkdir()
    assert start.demo_for_good(data_dir, asked=False) is True
    assert settings.read({"DATA_DIR": str(data_dir)}).demo


def test_an_installation_never_becomes_a_demonstration(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    with pytest.raises(StartRefused, match=r"--demo: .* holds an installation that is no demonstration") as refused:
        start.demo_for_good(data_dir, asked=True)
    assert "\n" not in refused.value.line
    assert not (data_dir / "demo").exists()


@pytest.mark.parametrize("setting", ["PORT", "LIVE_PORT", "SMTP_PORT"])
def test_a_taken_port_is_refused_by_the_name_of_its_setting(data_dir: Path, setting: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartRefused, match=f"{setting}: port {port} on 127.0.0.1 cannot be used"):
            start.refuse_taken_ports(made(data_dir, **({"PORT": "7399"} | {setting: str(port)})))


def test_two_settings_with_the_same_port_are_refused(data_dir: Path) -> None:
    with pytest.raises(StartRefused, match="LIVE_PORT: 7399 is already the value of PORT"):
        start.refuse_taken_ports(made(data_dir, PORT="7399", LIVE_PORT="7399"))


def test_a_wrong_setting_ends_the_start_with_one_line(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mask = os.umask(0o022)
    try:
        with pytest.raises(SystemExit, match=r"^callout: PORT: 'http' is not a whole number$"):
            start.start({"DATA_DIR": str(data_dir), "PORT": "http"}, demo=False)
    finally:
        os.umask(mask)
    assert not (data_dir / "postgres").exists()
