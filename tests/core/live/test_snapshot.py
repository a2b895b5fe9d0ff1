"""The snapshot over HTTP, and the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from core.db import transaction
from core.live import epoch
from tests.core.live.conftest import Account, HandRelay


def get(app: Flask, address: str, authorization: str = "") -> Any:
    headers = {"Accept": "application/json", **({"Authorization": authorization} if authorization else {})}
    return app.test_client().get(f"/live/snapshot/{address}", headers=headers)


def test_a_snapshot_says_rows_tiles_version_and_epoch(
    app: Flask, account: Callable[..., Account], add_file: Callable[..., int], file_topic: None
) -> None:
    file_id = add_file(size=4)
    found = get(app, "kind:text", f"Bearer {account().token}").json
    assert found["rows"] == {str(file_id): {"name": "a", "size": 4, "by": None}}
    assert found["tiles"] == {"count": 1, "size": 4}
    assert found["topic"] == "kind:text"
    assert found["epoch"] == epoch.current()
    assert found["version"] > 0
    assert found["at"].endswith("Z")


def test_each_reader_gets_what_their_audience_sees(
    app: Flask, visitor: dict[str, str], account: Callable[..., Account], add_file: Callable[..., int], file_topic: None
) -> None:
    file_id = add_file()
    assert get(app, "kind:text", f"Visitor {visitor['visitor']}").json["rows"] == {str(file_id): {"name": "a"}}
    assert get(app, "kind:text", f"Bearer {account('technician').token}").status_code == 403
    assert get(app, "kind:text").status_code == 401
    assert get(app, "kind:text", "Bearer wrong").status_code == 401
    assert get(app, "nothing", f"Bearer {account().token}").status_code == 404
    mine = account()
    assert get(app, "mine", f"Bearer {mine.token}").json["topic"] == f"mine:{mine.user_id}"
    assert get(app, "mine:1", f"Bearer {mine.token}").status_code == 403


def test_a_later_snapshot_has_a_higher_version(
    app: Flask, account: Callable[..., Account], add_file: Callable[..., int], file_topic: None
) -> None:
    who = f"Bearer {account().token}"
    versions = []
    for _ in range(3):
        versions.append(get(app, "kind:text", who).json["version"])
        add_file()
    assert versions == sorted(set(versions))


def test_a_new_epoch_differs(committed_db: Any) -> None:
    before = epoch.current()
    with transaction():
        epoch.renew()
    assert epoch.current() != before


def test_metrics_tell_how_the_relay_does(app: Flask, relay: HandRelay, add_file: Callable[..., int]) -> None:
    add_file()
    waiting = app.test_client().get("/metrics").text
    assert 'callout_outbox_waiting{queue="relay"} 1.0' in waiting
    relay.run()
    done = app.test_client().get("/metrics").text
    assert "callout_relay_rows_total 1.0" in done
    assert 'callout_outbox_waiting{queue="relay"}' not in done
