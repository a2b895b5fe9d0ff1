"""The live process: Socket.IO namespace `/live`, websocket only.

From the client: `watch {topic, since?, epoch?}` → {ok, topic, id, epoch, at, snapshot} (join done; now fetch the snapshot), or with `since`
{…, changes: […]} (all that was missed) or {…, reset: true, snapshot}; `unwatch {topic}`; `hint {topic, kind, data?}`; `time` → {at}.
To the client: `change` (one or more), `head {topic, id, epoch}` (the newest id, where a message was lost), `hint {topic, kind, from, data}`, `here`
(acknowledged by pages that take calls).
Refusals: {ok: false, error: "not_found" | "not_allowed" | "too_many" | "slow_down" | "unavailable"}.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import socketio
import structlog
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO
from flask_socketio import disconnect as end_socket
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from core import clock
from core.db import db
from core.errors import DomainError
from core.jsonable import jsonable
from core.live import epoch, presence, streams, viewers
from core.live.broadcast import broadcast, websocket_class
from core.live.fanout import CHANNEL, NAMESPACE
from core.live.keeper import Keeper
from core.live.sockets import Mended
from core.live.topics import Place, place_for
from core.live.watching import MOST_TOPICS, Client, Clients

log = structlog.get_logger()
HINTS = ("typing", "looking", "left")
AT_THE_DOOR = 4  # connections being identified at once
HINT_LENGTH = 500  # characters of a hint's data
LOOPBACK = ("localhost", "127.0.0.1", "::1")
Answer = dict[str, Any]


class Manager(socketio.RedisManager):  # type: ignore[misc]
    """Notes for each room the newest id that reached this process, so that the keeper sees what did not."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.delivered: dict[str, str] = {}

    def _handle_emit(self, message: dict[str, Any]) -> None:
        if message.get("event") != "change":
            super()._handle_emit(message)
            return
        room = message["room"]
        if room in self.rooms.get(NAMESPACE, {}):
            broadcast(self.server, self.get_participants(NAMESPACE, room), "change", message["data"], NAMESPACE)
        if room in self.delivered:
            self.delivered[room] = message["data"][-1]["id"]


class Server:
    """Handlers of the namespace, with the process's clients."""

    def __init__(self, app: Flask, config: Config) -> None:
        url = config.redis_url or "redis://127.0.0.1:6379/0"
        options = {"socket_connect_timeout": 1, "health_check_interval": 15}
        self.manager = Manager(url, channel=CHANNEL, redis_options=options)
        self.delivered = self.manager.delivered
        self.clients = Clients()
        # Telling who it is may take two database connections; a thousand at once would wait for each other's second one.
        self._door = threading.BoundedSemaphore(AT_THE_DOOR)
        self.socketio = SocketIO(
            app,
            async_mode="gevent" if under_gevent() else "threading",
            client_manager=self.manager,
            transports=["websocket"],
            ping_interval=25,
            ping_timeout=20,
            max_http_buffer_size=65536,
            manage_session=False,
            cors_allowed_origins=lambda origin: origin_allowed(origin, config),
        )
        engine = self.socketio.server.eio
        engine._async = {**engine._async, "websocket": websocket_class(engine._async["websocket"])}
        app.wsgi_app = Mended(app.wsgi_app)  # type: ignore[method-assign]
        self.keeper = Keeper(app, self)
        for name in ("connect", "disconnect", "watch", "unwatch", "hint", "time"):
            self.socketio.on(name, namespace=NAMESPACE)(getattr(self, f"on_{name}"))

    def on_connect(self, auth: Any = None) -> None:
        try:
            with self._door:
                viewer = viewers.of_connection(auth)
                db.session.remove()
        except SQLAlchemyError:
            raise ConnectionRefusedError("unavailable") from None
        if viewer is None:
            raise ConnectionRefusedError("not_signed_in")
        self.clients.add(Client(_sid(), viewer, time.time()))
        self.keeper.start()

    def on_disconnect(self, *_reason: Any) -> None:
        client = self.clients.remove(_sid())
        for place in client.places.values() if client else ():
            self._look_away(client, place)

    def on_watch(self, message: Any = None, *_more: Any) -> Answer:
        """Check, join, then read the newest id: a change after that id comes by the socket, one before is in the snapshot."""
        client = self.clients.by_sid.get(_sid())
        asked = message if isinstance(message, dict) else {}
        if client is None:
            return _refused("not_allowed")
        if not client.watches.take():
            return _refused("slow_down")
        try:
            place = place_for(client.viewer, str(asked.get("topic", "")))
            if place.address not in client.places and len(client.places) >= MOST_TOPICS:
                return _refused("too_many")
            return self._join(client, place, asked)
        except DomainError as error:
            return _refused(error.code)
        except (RedisError, SQLAlchemyError):
            return _refused("unavailable")

    def _join(self, client: Client, place: Place, asked: Answer) -> Answer:
        self.manager.enter_room(client.sid, NAMESPACE, place.room)
        self.clients.enter(client, place)
        head = streams.begin(place.room)
        self.delivered.setdefault(place.room, head)
        answer = {"ok": True, "topic": place.address, "id": head, "epoch": epoch.current(), "at": jsonable(clock.now())}
        if place.topic.hints:
            answer["looking"] = presence.looking(place)
        missed = None
        if asked.get("since") is not None:
            if asked.get("epoch", answer["epoch"]) == answer["epoch"]:
                missed = streams.since(place.room, str(asked["since"]))
            if missed is None:
                answer["reset"] = True
                streams.count(resets=1)
        if missed is None:
            return {**answer, "snapshot": f"/live/snapshot/{asked['topic']}"}
        return {**answer, "id": missed[-1].id if missed else str(asked["since"]), "changes": [entry.message() for entry in missed]}

    def on_unwatch(self, message: Any = None, *_more: Any) -> Answer:
        client = self.clients.by_sid.get(_sid())
        asked = str(message.get("topic", "")) if isinstance(message, dict) else ""
        place = self._watched(client, asked)
        if client is None or place is None:
            return _refused("not_found")
        self.clients.leave(client, place.address)
        self.manager.leave_room(client.sid, NAMESPACE, place.room)
        self._look_away(client, place)
        return {"ok": True}

    def on_hint(self, message: Any = None, *_more: Any) -> Answer:
        """Typing, looking: told to the topic's audiences that may hear it from this one. Unstored."""
        client = self.clients.by_sid.get(_sid())
        asked = message if isinstance(message, dict) else {}
        place = self._watched(client, str(asked.get("topic", "")))
        if client is None or place is None or place.audience not in place.topic.hints or asked.get("kind") not in HINTS:
            return _refused("not_allowed")
        if not client.hints.take():
            return _refused("slow_down")
        data = str(asked.get("data") or "")[:HINT_LENGTH]
        try:
            if asked["kind"] == "looking":
                presence.look(place, client.viewer)
        except RedisError:
            return _refused("unavailable")
        self._tell(client, place, asked["kind"], data)
        return {"ok": True}

    def on_time(self, *_more: Any) -> Answer:
        """The server's business time, for clocks in the browser."""
        return {"at": jsonable(clock.now())}

    def _watched(self, client: Client | None, asked: str) -> Place | None:
        """The place a client watches under the name it used (`me` or `me:7`)."""
        if client is None:
            return None
        return client.places.get(asked) or client.places.get(f"{asked}:{client.viewer.subject}")

    def _tell(self, client: Client, place: Place, kind: str, data: str) -> None:
        who = {"id": client.viewer.user_id or client.viewer.subject, "name": client.viewer.name}
        for audience in place.topic.hints[place.audience]:
            room = Place(place.topic, place.argument, audience).room
            self.manager.emit(
                "hint",
                {"topic": place.address, "kind": kind, "from": who, "data": data},
                namespace=NAMESPACE,
                room=room,
                skip_sid=client.sid,
            )

    def _look_away(self, client: Client | None, place: Place) -> None:
        if client is None or place.audience not in place.topic.hints:
            return
        try:
            presence.look_away(place, client.viewer)
        except RedisError:
            return  # the lease ends by itself
        self._tell(client, place, "left", "")

    def announce(self, room: str, head: str, current: str) -> None:
        """Tell this process's members of a room what the newest id is."""
        address = room.partition("|")[0]
        self.manager.emit("head", {"topic": address, "id": head, "epoch": current}, namespace=NAMESPACE, room=room, ignore_queue=True)

    def ask_here(self, client: Client, answered: Callable[..., None]) -> None:
        """A page that knows the event acknowledges it; whoever does not stays silent. Not through Redis, which may be away."""
        self.manager.emit("here", None, namespace=NAMESPACE, room=client.sid, callback=answered, ignore_queue=True)

    def end(self, client: Client) -> None:
        """Close a socket. Its browser may come back if its sign-in still holds."""
        end_socket(client.sid, namespace=NAMESPACE)


def origin_allowed(origin: str | None, config: Config) -> bool:
    """Whether a page of this origin may open a socket with its reader's cookie: our own host, on any port; loopback by any of its names
    only where we ourselves are on loopback. No origin: not a browser."""
    if not origin:
        return True
    host = urlsplit(origin).hostname
    ours = urlsplit(config.public_base_url).hostname
    return host is not None and (host == ours or (host in LOOPBACK and ours in LOOPBACK))


def under_gevent() -> bool:
    """Whether gunicorn's gevent worker serves us (it patches the standard library before it loads the application)."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("socket"))


def init_app(app: Flask, config: Config) -> Server:
    """Serve the live channel from this process."""
    server = Server(app, config)
    app.extensions["callout_live"] = server
    return server


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _refused(code: str) -> Answer:
    return {"ok": False, "error": code}
