"""Rendering what was touched, adding it to the streams, and emitting it to the live processes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import socketio
import structlog
from sqlalchemy.exc import OperationalError

from core.errors import NotFound
from core.jsonable import jsonable
from core.live import streams
from core.live.pending import Touched
from core.live.topics import Place, places

log = structlog.get_logger()
NAMESPACE = "/live"
CHANNEL = "callout-live"
PACKET = 60_000  # characters of changes in one message, roughly

Change = dict[str, Any]


def watched(addresses: Iterable[str]) -> dict[str, list[Place]]:
    """The places of each topic whose stream has begun. An address of a topic that no longer exists has none."""
    found: dict[str, list[Place]] = {}
    for address in addresses:
        try:
            found[address] = places(address)
        except NotFound:
            found[address] = []
    there = streams.begun(place.room for these in found.values() for place in these)
    return {address: [place for place in these if place.room in there] for address, these in found.items()}


@dataclass(frozen=True)
class Label:
    """What all changes of one turn say: the picture's version, its epoch, and the business time."""

    version: int
    epoch: str
    at: datetime


class NotRenderable(Exception):
    """A topic's own functions failed; the session's transaction may be spoilt."""


def render(place: Place, touched: Touched, label: Label) -> list[Change]:
    """The changes of one place, inside the snapshot that the label names.

    Raises NotRenderable for a fault of the topic, OperationalError when the database went away (then the turn is done again).
    """
    common = {"topic": place.address, "version": label.version, "epoch": label.epoch, "at": jsonable(label.at)}
    if touched.whole:
        return [{**common, "type": "reset", "key": None, "data": None}]
    try:
        rows = place.render(touched.keys | place.boundary(len(touched.keys))) if touched.keys else {}
        tiles = place.tiles() if touched.tiles else None
    except OperationalError:
        raise
    except Exception as error:
        log.exception("a topic cannot be rendered", place=place.room, keys=sorted(touched.keys)[:20])
        raise NotRenderable from error
    changes = [{**common, "type": "remove" if data is None else "upsert", "key": key, "data": data} for key, data in rows.items()]
    if tiles is not None:
        changes.append({**common, "type": "tiles", "key": None, "data": tiles})
    return changes


class Emitter:
    """Hands changes to the live processes. Emitting never raises and may be lost; the streams and `head` make up for that."""

    def __init__(self, redis_url: str) -> None:
        options = {"socket_connect_timeout": 1, "socket_timeout": 5}
        self._manager = socketio.RedisManager(redis_url, channel=CHANNEL, write_only=True, redis_options=options)

    def emit(self, room: str, entries: list[streams.Entry]) -> None:
        """One `change` event with as many changes as fit; each has its own id and the one before."""
        for packet in packets([entry.message() for entry in entries]):
            self._manager.emit("change", tuple(packet), namespace=NAMESPACE, room=room)


def packets(messages: list[Change]) -> Iterator[list[Change]]:
    """The messages in order, cut so that no packet gets long."""
    packet: list[Change] = []
    size = 0
    for message in messages:
        length = len(json.dumps(message["data"]))
        if packet and size + length > PACKET:
            yield packet
            packet, size = [], 0
        packet.append(message)
        size += length
    if packet:
        yield packet
