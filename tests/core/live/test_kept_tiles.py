"""A topic's tiles are counted once: readers get them as they were published last, until something may have changed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from core import redis
from core.db import transaction
from core.live import epoch, streams
from core.live.streams import Tiles
from tests.core.live.conftest import Account

pytestmark = pytest.mark.remembers
ROOM = "kind:text|staff"
OF_THIS_TEST = "of the kept tiles"  # a fence holds for an epoch; others' relays write to the same Redis


def forget() -> None:
    redis.client().delete(f"live:{ROOM}", f"live:tiles:{ROOM}")


@pytest.fixture
def reader(app: Flask, account: Callable[..., Account], file_topic: None) -> Iterator[Callable[..., Any]]:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {account().token}"}
    forget()
    yield lambda **query: app.test_client().get("/live/snapshot/kind:text", query_string=query, headers=headers).json
    forget()


def publish(kind: str, data: Any = None, version: int = 1) -> None:
    change = {"topic": "kind:text", "type": kind, "key": None, "data": data, "version": version, "epoch": epoch.current()}
    assert streams.append(ROOM, [change], fence=1, epoch=OF_THIS_TEST)


def test_the_second_reader_gets_what_the_first_one_counted(reader: Callable[..., Any], add_file: Callable[..., int]) -> None:
    first = reader()
    add_file(size=4)  # and no relay runs to publish it
    second = reader()
    assert (second["tiles"], second["tiles_version"]) == (first["tiles"], first["version"])
    assert len(second["rows"]) == len(first["rows"]) + 1, "rows are always read"
    counted = reader(count="now")
    assert counted["tiles"]["count"] == first["tiles"]["count"] + 1
    assert counted["tiles_version"] == counted["version"]


def test_what_was_published_last_holds(reader: Callable[..., Any]) -> None:
    reader()
    publish("tiles", {"count": 41, "size": 9})
    publish("upsert")
    found = reader()
    assert (found["tiles"], found["tiles_version"]) == ({"count": 41, "size": 9}, 1)


def test_tiles_of_another_epoch_or_of_a_later_picture_are_counted(reader: Callable[..., Any], committed_db: Any) -> None:
    reader()
    publish("tiles", {"count": 41, "size": 9}, version=1 << 60)
    assert reader()["tiles"]["count"] != 41, "published after this picture was taken"
    publish("tiles", {"count": 41, "size": 9})
    with transaction():
        epoch.renew()
    assert reader()["tiles"]["count"] != 41


def test_after_a_reset_nobody_knows_until_they_are_published_again(reader: Callable[..., Any], add_file: Callable[..., int]) -> None:
    before = reader()["tiles"]["count"]
    head = streams.begin(ROOM)
    publish("reset")
    streams.keep_tiles(ROOM, Tiles({"count": before}, 1, epoch.current()), head=head)  # a reader who was counting when it came
    add_file(size=4)
    assert reader()["tiles"]["count"] == before + 1
    publish("tiles", {"count": 41})
    assert reader()["tiles"] == {"count": 41}


def test_what_was_counted_before_redis_was_emptied_is_not_kept(reader: Callable[..., Any]) -> None:
    head = streams.begin(ROOM)
    forget()
    streams.begin(ROOM)
    streams.keep_tiles(ROOM, Tiles({"count": 41}, 1, epoch.current()), head=head)
    assert streams.tiles_of(ROOM) is None


def test_a_stream_that_begins_anew_has_no_tiles(reader: Callable[..., Any]) -> None:
    reader()
    assert streams.tiles_of(ROOM)
    redis.client().delete(f"live:{ROOM}")  # nobody watched for ten minutes
    streams.begin(ROOM)
    assert streams.tiles_of(ROOM) is None
