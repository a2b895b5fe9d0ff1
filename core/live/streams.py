"""Streams in Redis: the last ~2,000 changes of every room that somebody watches, so that a client can catch up by id.

A stream begins when a first client watches its room (`begin`), with an entry of its own, and ends ten minutes after the last one left. The
relay only adds to streams that have begun: for a room without one nobody holds a snapshot that a change could make wrong.
Every entry names the one before (`p`), so "nothing was lost between" is something the data itself says, also after Redis was emptied:
then the room's stream begins anew, with an id that no client holds. All functions raise redis.exceptions.RedisError.

Beside a stream its tiles are kept as the relay last published them: nothing that came after them has changed them, so who reads a snapshot
need not count. They go when the stream begins anew, and when readers are told to read everything again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from redis.exceptions import NoScriptError, ResponseError

from core import redis

LENGTH = 2000  # entries, roughly
LASTS = 600  # seconds after the last sign of interest
REPLAYED = 1000  # entries; who missed more reads a snapshot
_KICKS = "live:kicks"
COUNTERS = "live:counters"

_APPEND = """
local known = tonumber(redis.call('GET', KEYS[2]) or '0')
if tonumber(ARGV[1]) < known then return redis.error_reply('FENCED') end
redis.call('SET', KEYS[2], ARGV[1], 'EX', 86400)
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if #last == 0 then return {} end
local ids = {last[1][1]}
for i = 4, #ARGV do
  ids[#ids + 1] = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'p', ids[#ids], 'c', ARGV[i])
end
if ARGV[3] ~= '' then redis.call('SET', KEYS[3], ARGV[3], 'EX', 86400) end
return ids
"""
_KEEP = """
if #redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1]) == 0 then return end
redis.call('SET', KEYS[2], ARGV[2], 'NX', 'EX', ARGV[3])
"""
_BEGIN = """
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local id
if #last > 0 then
  id = last[1][1]
else
  local now = redis.call('TIME')
  id = string.format('%d-%s', now[1] * 1000 + math.floor(now[2] / 1000), ARGV[2])
  redis.call('XADD', KEYS[1], id, 'p', '', 'c', '')
  redis.call('DEL', KEYS[2])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return id
"""


class Fenced(Exception):
    """A newer relay has written: this one lost its lease and must stop."""


@dataclass(frozen=True)
class Tiles:
    """A topic's counts, and the version and epoch of the picture in which they were counted."""

    data: dict[str, Any] | None
    version: int
    epoch: str


@dataclass(frozen=True)
class Entry:
    """One stored change. `id` and `prev` are stream ids; `change` is what was emitted, without them."""

    id: str
    prev: str
    change: dict[str, Any]

    def message(self) -> dict[str, Any]:
        """As clients get it."""
        return {**self.change, "id": self.id, "prev": self.prev}


def begin(room: str) -> str:
    """The id of the room's newest entry; begins the stream when there is none, and keeps it for ten more minutes.

    A first id ends in chance, so that a stream begun in the very millisecond in which Redis was emptied shares no id with the former one.
    """
    return _text(redis.client().eval(_BEGIN, 2, _key(room), _tiles_key(room), str(LASTS), str(secrets.randbelow(1 << 40) + 1)))


def begun(rooms: Iterable[str]) -> set[str]:
    """Those of the rooms that have a stream."""
    asked = list(rooms)
    with redis.client().pipeline(transaction=False) as pipe:
        for room in asked:
            pipe.exists(_key(room))
        return {room for room, there in zip(asked, pipe.execute(), strict=True) if there}


def heads(rooms: Iterable[str]) -> dict[str, str | None]:
    """Newest id of each room, None where there is no stream. One round trip."""
    asked = list(rooms)
    with redis.client().pipeline(transaction=False) as pipe:
        for room in asked:
            pipe.xrevrange(_key(room), count=1)
        answers: list[Any] = pipe.execute()
    return {room: _text(found[0][0]) if found else None for room, found in zip(asked, answers, strict=True)}


def keep(rooms: Iterable[str]) -> None:
    """These rooms still have watchers."""
    with redis.client().pipeline(transaction=False) as pipe:
        for room in rooms:
            pipe.expire(_key(room), LASTS)
        pipe.execute()


def append(room: str, changes: list[dict[str, Any]], *, fence: int, epoch: str) -> list[Entry]:
    """Add changes to a room's stream if it has begun (else nothing, []). Raises Fenced when a newer relay has written.

    The fence belongs to an epoch: a restored database counts its leases from where the backup was.
    """
    stored = [_json(change) for change in changes]
    keys = (_key(room), f"live:fence:{epoch}", _tiles_key(room))
    try:
        found = redis.client().eval(_APPEND, len(keys), *keys, str(fence), str(LENGTH), _tiles_after(changes), *stored)
    except ResponseError as error:
        if "FENCED" in str(error) and not isinstance(error, NoScriptError):
            raise Fenced from None
        raise
    ids = [_text(item) for item in found]
    return [Entry(id, prev, change) for prev, id, change in zip(ids, ids[1:], changes, strict=False)]


def tiles_of(room: str) -> Tiles | None:
    """As last published, None when they are not known. For who has begun the room's stream, and then only reads what the database says."""
    found: Any = redis.client().get(_tiles_key(room))
    told = json.loads(found) if found else None
    return Tiles(**told) if told else None


def keep_tiles(room: str, tiles: Tiles, *, head: str) -> None:
    """What a reader counted after `begin` said `head` is kept for the next ones, unless newer tiles were published or Redis emptied."""
    redis.client().eval(_KEEP, 2, _key(room), _tiles_key(room), head, _json(asdict(tiles)), str(LASTS))


def _tiles_after(changes: list[dict[str, Any]]) -> str:
    """What is kept as the tiles from now on; nothing: what was. After a reset they are unknown, also to a reader who is just counting."""
    for change in reversed(changes):
        if change.get("type") == "reset":
            return "null"
        if change.get("type") == "tiles":
            return _json({"data": change["data"], "version": change["version"], "epoch": change["epoch"]})
    return ""


def since(room: str, last: str) -> list[Entry] | None:
    """All entries after `last`, oldest first; None when the stream cannot say what came after it (trimmed, emptied, unknown, too many)."""
    try:
        found: Any = redis.client().xrange(_key(room), min=last, count=REPLAYED + 2)
    except ResponseError:  # not an id
        return None
    entries = [(_text(id), _text(fields[b"p"]), fields[b"c"]) for id, fields in found]
    if entries and entries[0][0] == last:
        entries = entries[1:]
    elif not entries or entries[0][1] != last:
        return None
    if len(entries) > REPLAYED:
        return None
    return [Entry(id, prev, json.loads(change)) for id, prev, change in entries]


def kick(user_ids: Iterable[int], *, at: float) -> None:
    """Note for the live processes that these users' sockets opened before `at` (seconds since 1970, real time) are to end."""
    with redis.client().pipeline() as pipe:
        pipe.zadd(_KICKS, dict.fromkeys(map(str, user_ids), at))
        pipe.zremrangebyscore(_KICKS, 0, at - LASTS)
        pipe.expire(_KICKS, LASTS)
        pipe.execute()


def kicked(*, after: float) -> dict[int, float]:
    """User id → when, for what was noted later than `after`."""
    found: Any = redis.client().zrangebyscore(_KICKS, f"({after}", "+inf", withscores=True)
    return {int(user_id): float(at) for user_id, at in found}


def count(**amounts: float) -> None:
    """Add to the counters that /metrics shows (they are in Redis because several processes count)."""
    with redis.client().pipeline(transaction=False) as pipe:
        for name, amount in amounts.items():
            if amount:
                pipe.hincrbyfloat(COUNTERS, name, amount)
        pipe.execute()


def _key(room: str) -> str:
    return f"live:{room}"


def _tiles_key(room: str) -> str:
    return f"live:tiles:{room}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
