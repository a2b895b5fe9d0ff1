"""Who is looking at a topic: leases of 30 seconds in Redis, renewed while the client watches. Lost with Redis and back within the renewal.

Only for the eye ("Ana is looking at this ticket"). An agent's Ready or Break is a row in the database, elsewhere.
"""

from __future__ import annotations

import json
import time
from typing import Any

from core import redis
from core.live.topics import Place
from core.live.viewers import Viewer

LASTS = 30  # seconds


def look(place: Place, viewer: Viewer) -> None:
    """The viewer looks at it, for the next 30 seconds. Raises RedisError."""
    with redis.client().pipeline() as pipe:
        pipe.zadd(_key(place), {_member(viewer): time.time() + LASTS})
        pipe.expire(_key(place), LASTS)
        pipe.execute()


def look_away(place: Place, viewer: Viewer) -> None:
    """The viewer left. Raises RedisError."""
    redis.client().zrem(_key(place), _member(viewer))


def looking(place: Place) -> list[dict[str, Any]]:
    """`[{"id": 7, "name": "Ana"}]`, by name. Raises RedisError."""
    found: Any = redis.client().zrangebyscore(_key(place), time.time(), "+inf")
    return sorted((json.loads(member) for member in found), key=lambda who: (str(who["name"]), str(who["id"])))


def _key(place: Place) -> str:
    return f"live:looking:{place.room}"


def _member(viewer: Viewer) -> str:
    return json.dumps({"id": viewer.user_id or viewer.subject, "name": viewer.name}, ensure_ascii=False)
