"""Streams: what can be replayed, and what must be read anew instead of guessed."""

from __future__ import annotations

from typing import Any

import pytest

from core import redis
from core.live import streams

ROOM = "board|staff"


def add(*keys: str, fence: int = 1, epoch: str = "e") -> list[streams.Entry]:
    return streams.append(ROOM, [{"key": key} for key in keys], fence=fence, epoch=epoch)


def test_every_entry_names_the_one_before(committed_db: Any) -> None:
    began = streams.begin(ROOM)
    first, second = add("a", "b")
    (third,) = add("c")
    assert [first.prev, second.prev, third.prev] == [began, first.id, second.id]
    assert streams.heads([ROOM, "calls|staff"]) == {ROOM: third.id, "calls|staff": None}
    assert streams.begin(ROOM) == third.id


def test_a_room_that_nobody_watches_keeps_nothing(committed_db: Any) -> None:
    assert add("a") == []
    assert streams.begun([ROOM]) == set()


def test_since_gives_exactly_what_came_after(committed_db: Any) -> None:
    began = streams.begin(ROOM)
    entries = add("a", "b", "c")
    assert streams.since(ROOM, began) == entries
    assert streams.since(ROOM, entries[1].id) == entries[2:]
    assert streams.since(ROOM, entries[2].id) == []


@pytest.mark.parametrize("unknown", ["0-0", "1-1", "not an id", "99999999999999-0", ""])
def test_since_an_unknown_id_says_that_it_cannot_say(committed_db: Any, unknown: str) -> None:
    streams.begin(ROOM)
    add("a")
    assert streams.since(ROOM, unknown) is None


def test_since_does_not_bridge_what_was_trimmed(committed_db: Any) -> None:
    began = streams.begin(ROOM)
    entries = add(*"abcdef")
    redis.client().xtrim(f"live:{ROOM}", maxlen=3, approximate=False)
    assert streams.since(ROOM, began) is None
    assert streams.since(ROOM, entries[1].id) is None
    assert streams.since(ROOM, entries[2].id) == entries[3:]


def test_after_redis_was_emptied_an_old_id_is_unknown(committed_db: Any) -> None:
    began = streams.begin(ROOM)
    (lost,) = add("lost")
    redis.client().flushdb()
    assert streams.begin(ROOM) not in (began, lost.id)
    add("new")
    assert streams.since(ROOM, began) is None
    assert streams.since(ROOM, lost.id) is None


def test_an_old_relay_cannot_write_after_a_new_one_did(committed_db: Any) -> None:
    streams.begin(ROOM)
    add("new", fence=8)
    with pytest.raises(streams.Fenced):
        add("old", fence=7)
    assert add("restored", fence=3, epoch="after a restore")


def test_counters_add_up(committed_db: Any) -> None:
    streams.count(emitted=2, resets=0)
    streams.count(emitted=3)
    assert redis.client().hgetall(streams.COUNTERS) == {b"emitted": b"5"}
