"""What was computed from a picture is kept until the picture changes."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core import redis
from core.live import streams
from core.live.remembered import remembered


class Computer:
    """Counts how often it is asked, and for what."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, names: list[str]) -> dict[str, Any]:
        self.asked.append(names)
        return {name: [name, len(self.asked)] for name in names}


@pytest.fixture
def room(app: Flask) -> Any:
    with app.app_context():
        redis.client().delete("live:counted|staff")
        yield "counted|staff"


def test_it_is_computed_once_until_the_picture_changes(room: str) -> None:
    compute = Computer()
    assert remembered("counted", "staff", ["a", "b"], compute) == {"a": ["a", 1], "b": ["b", 1]}
    assert remembered("counted", "staff", ["b", "c"], compute) == {"b": ["b", 1], "c": ["c", 2]}
    assert compute.asked == [["a", "b"], ["c"]]
    assert remembered("counted", "customer", ["a"], compute) == {"a": ["a", 3]}, "another audience has another picture"
    change: dict[str, Any] = {"topic": "counted", "type": "tiles", "key": None, "data": {}, "version": 1, "epoch": "e"}
    assert streams.append(room, [change], fence=1, epoch="of the remembered")
    assert remembered("counted", "staff", ["a"], compute) == {"a": ["a", 4]}
    assert remembered("counted", "staff", [], compute) == {}


def test_what_is_computed_while_a_change_arrives_is_not_taken_for_the_new_picture(room: str) -> None:
    compute = Computer()

    def meanwhile(names: list[str]) -> dict[str, Any]:
        streams.append(
            room,
            [{"topic": "counted", "type": "tiles", "key": None, "data": {}, "version": 1, "epoch": "e"}],
            fence=1,
            epoch="of the remembered",
        )
        return compute(names)

    remembered("counted", "staff", ["a"], meanwhile)
    assert remembered("counted", "staff", ["a"], compute) == {"a": ["a", 2]}


def test_without_redis_everybody_computes(app: Flask, room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, "callout_redis", Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)))
    compute = Computer()
    assert remembered("counted", "staff", ["a"], compute) == {"a": ["a", 1]}
    assert remembered("counted", "staff", ["a"], compute) == {"a": ["a", 2]}
