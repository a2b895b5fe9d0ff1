"""What docs/webhooks.md tells a receiver to do works as it stands there, on what really arrives."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.db import db as database
from core.db import transaction
from core.web import ROOT
from core.webhooks import rules, signing
from core.webhooks.hooks import TEST, declared
from core.webhooks.models import Endpoint
from core.webhooks.services import endpoints
from tests.core.webhooks.conftest import Got, Receiver, go, happen

TEXT = (ROOT / "docs" / "webhooks.md").read_text()


def example(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", TEXT, re.S)
    return str(found)


def by_python(got: Got, secret: str, _folder: Path) -> bool:
    room: dict[str, Any] = {}
    exec(example("python"), room)
    return bool(room["is_from_callout"](got.body, got.headers["Callout-Signature"], secret))


def by_shell(got: Got, secret: str, folder: Path) -> bool:
    (folder / "body.json").write_bytes(got.body)
    environ = {"header": got.headers["Callout-Signature"], "secret": secret, "PATH": "/usr/local/bin:/usr/bin:/bin"}
    ran = subprocess.run(["sh", "-c", example("sh")], cwd=folder, env=environ, capture_output=True, text=True, check=False)
    return ran.stdout == "genuine\n"


@pytest.mark.parametrize("check", [by_python, by_shell])
def test_the_examples_tell_genuine_from_forged(
    check: Callable[[Got, str, Path], bool],
    app: Flask,
    receiver: Receiver,
    endpoint: Endpoint,
    business: Callable[..., datetime],
    tmp_path: Path,
) -> None:
    key = app.config["CALLOUT"].secret_key
    old = signing.secret_of(endpoint.seed, key)
    with transaction():
        endpoints.rotate_secret(endpoint_id=endpoint.id, overlap=timedelta(hours=1), actor_id=None, now=business())
    new = signing.secret_of(database.session.get_one(Endpoint, endpoint.id).seed, key)
    happen(business())
    go(business())
    [got] = receiver.got
    assert check(got, new, tmp_path)
    assert check(got, old, tmp_path)  # while it is being rotated
    assert not check(got, "whsec_another", tmp_path)
    assert not check(Got(got.path, got.headers, got.body + b" "), new, tmp_path)
    stale = int(re.findall(r"t=(\d+)", got.headers["Callout-Signature"])[0]) - 301
    header = signing.signature(got.body, keys=[new], timestamp=stale)
    assert not check(Got(got.path, {"Callout-Signature": header}, got.body), new, tmp_path)


def test_every_event_is_documented(app: Flask) -> None:
    del app
    documented = set(re.findall(r"`([a-z]+\.[a-z_]+)`", TEXT.split("## Events")[1].split("## Checking")[0]))
    assert documented == {name for name in declared() if name != "thing.changed"} | {TEST}


def test_the_times_of_the_attempts_are_those_documented() -> None:
    words = ["10 s", "30 s", "2 min", "10 min", "30 min", "1 h", "2 h", "4 h", "8 h", "8 h 20 min"]
    units = {"s": 1, "min": 60, "h": 3600}
    seconds = tuple(sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+) (s|min|h)", text)) for text in words)
    assert seconds == rules.BACK_OFF
    assert ", ".join(words[:-1]) + " and " + words[-1] in TEXT.replace("\n", " ")
