"""What was computed from a topic's picture, kept in Redis for everybody until the picture changes.

The relay adds to the topic's stream after the commit and before anybody is told, so whoever asks because of a change finds a newer head and
computes anew; what is computed while a change commits is kept under the head before it. Without Redis everybody computes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import Any

from redis.exceptions import RedisError

from core import redis
from core.live import streams

LASTS = 60  # seconds


def remembered(
    address: str, audience: str, names: Collection[str], compute: Callable[[list[str]], dict[str, Any]], *, seconds: int = LASTS
) -> dict[str, Any]:
    """Values (JSON) by name; `compute` is asked for those that are not known of the topic's present picture. What else a value depends on (who asks,
    the day) stands in its name. Not inside a REPEATABLE READ transaction, which may be older than the head."""
    try:
        head = streams.begin(f"{address}|{audience}")
        keys = {name: f"live:kept:{address}|{audience}:{head}:{name}" for name in names}
        kept: list[Any] = redis.client().mget(list(keys.values())) if keys else []
    except RedisError:
        return compute(list(names))
    found = {name: json.loads(value) for name, value in zip(keys, kept, strict=True) if value is not None}
    missing = [name for name in keys if name not in found]
    if not missing:
        return found
    made = compute(missing)
    try:
        with redis.client().pipeline(transaction=False) as pipe:
            for name in missing:
                pipe.set(keys[name], json.dumps(made[name]), ex=seconds)
            pipe.execute()
    except RedisError:
        pass  # then the next one computes as well
    return found | made
