"""What the live process does by itself every two seconds: ask who is there, find lost messages, end sockets signed out, keep streams alive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import structlog
from flask import Flask
from flask_socketio import SocketIO
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.auth.models import Token, User
from core.db import db
from core.live import attendance, epoch, streams
from core.live.watching import Client, Clients

log = structlog.get_logger()
EVERY = 2.0
KEPT_EVERY = 60.0


class Process(Protocol):
    """The live process as the keeper sees it. `delivered`: newest id that reached it, for each of its rooms."""

    clients: Clients
    socketio: SocketIO
    delivered: dict[str, str]

    def announce(self, room: str, head: str, current: str) -> None:
        """Tell the local members of a room what the newest id is."""

    def end(self, client: Client) -> None:
        """Close a socket."""

    def ask_here(self, client: Client, answered: Callable[..., None]) -> None:
        """Ask a page whether it is there."""


class Keeper:
    """One greenlet, begun with the first client."""

    def __init__(self, app: Flask, server: Process) -> None:
        self._app, self._server = app, server
        self._running = False
        self._seen: dict[str, str] = {}
        self._epoch: str | None = None
        self._kicks_until = time.time()
        self._kept_at = 0.0
        self._roll_call = attendance.RollCall(server)

    def start(self) -> None:
        """Begin, once."""
        if not self._running:
            self._running = True
            self._server.socketio.start_background_task(self._run)

    def _run(self) -> None:
        while True:
            self._server.socketio.sleep(EVERY)
            for duty in (self.check_who_is_there, self.check_sign_ins, self.check_kicks, self.check_heads):
                try:
                    with self._app.app_context():
                        duty()
                except (RedisError, SQLAlchemyError) as error:
                    log.warning("live check failed", check=duty.__name__, error=str(error))
                except Exception:
                    log.exception("live check failed", check=duty.__name__)

    def check_who_is_there(self) -> None:
        """Before all that needs Redis: who is there must not depend on it."""
        self._roll_call.turn(list(self._server.clients.by_sid.values()))

    def check_sign_ins(self) -> None:
        """Ask the truth: deactivated, signed out everywhere, roles changed, token revoked. One query for all users connected here."""
        clients = list(self._server.clients.by_sid.values())
        users = {client.viewer.user_id for client in clients if client.viewer.user_id is not None}
        tokens = {client.viewer.token_id for client in clients if client.viewer.token_id is not None}
        proofs: dict[int, str] = {}
        if users:
            proofs = dict(db.session.execute(select(User.id, User.fs_uniquifier).where(User.id.in_(users), User.active)).tuples().all())
        valid: set[int] = set()
        if tokens:
            valid = set(db.session.scalars(select(Token.id).where(Token.id.in_(tokens), Token.revoked_at.is_(None))))
        for client in clients:
            viewer = client.viewer
            if viewer.user_id is None:
                continue
            if proofs.get(viewer.user_id) != viewer.proof or (viewer.token_id is not None and viewer.token_id not in valid):
                self._server.end(client)

    def check_kicks(self) -> None:
        """Signed out in one browser: end all the user's sockets; the browsers still signed in come back and miss nothing."""
        found = streams.kicked(after=self._kicks_until)
        if not found:
            return
        self._kicks_until = max(found.values())
        for client in list(self._server.clients.by_sid.values()):
            at = found.get(client.viewer.user_id or 0)
            if at is not None and client.since <= at:
                self._server.end(client)

    def check_heads(self) -> None:
        """Announce a room's newest id where it stood still for a round and yet was not delivered here: that message was lost."""
        server, rooms = self._server, self._server.clients.rooms
        current = epoch.current()
        heads = streams.heads(rooms)
        emptied = {room for room, head in heads.items() if head is None}
        heads |= {room: streams.begin(room) for room in emptied}
        delivered = server.delivered
        for room, head in heads.items():
            lost = head == self._seen.get(room) and head != delivered.get(room)
            if head is not None and (lost or room in emptied or current != (self._epoch or current)):
                delivered[room] = head
                server.announce(room, head, current)
        self._seen = {room: head for room, head in heads.items() if head is not None}
        self._epoch = current
        for room in delivered.keys() - set(server.clients.rooms):
            del delivered[room]
        if time.monotonic() >= self._kept_at + KEPT_EVERY:
            streams.keep(rooms)
            self._kept_at = time.monotonic()
