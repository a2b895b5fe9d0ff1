"""The relay: takes open outbox rows to where the work is done. Live changes it renders and emits itself, the rest it hands to RQ.

It wakes by NOTIFY at commit and looks twice a second anyway. Redis away: rows stay open, and are taken when it is back. Every round trip
here is latency of every board, so looking is one statement on a connection of its own.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import psycopg
import structlog
from flask import Flask
from psycopg import sql
from redis.exceptions import RedisError
from sqlalchemy import text

from core import clock, jobs, leases, outbox
from core.db import db, snapshot, transaction
from core.duty import LeaseLost, Term
from core.live import epoch, fanout, streams
from core.live.pending import KICK, Pending
from core.live.topics import Place
from core.processes import stopping

log = structlog.get_logger()
POLLED_EVERY = 0.5
MOST_ROWS = 20_000  # live rows held in memory; beyond, watchers read anew instead
HANDED_AT_ONCE = 200  # of each queue in one turn
EPOCH_KEPT = 1.0  # seconds; a crash of the server, which changes it, ends our connections too

_OPEN = "done_at IS NULL AND gave_up_at IS NULL"
_LIVE = f"SELECT id, payload, created_at FROM outbox WHERE queue = 'relay' AND {_OPEN} AND id <> ALL(%s) ORDER BY id LIMIT %s"  # noqa: S608
_WORK = f"SELECT EXISTS (SELECT FROM outbox WHERE queue IN ('fast', 'heavy') AND {_OPEN} AND due_at <= %s)"  # noqa: S608


class Relay:
    """The duty `relay`."""

    name = "relay"

    def __init__(self, app: Flask) -> None:
        self._emitter = fanout.Emitter(app.config["CALLOUT"].redis_url or "redis://127.0.0.1:6379/0")
        self._pending = Pending()
        self._oldest: dict[int, datetime] = {}
        self._own: psycopg.Connection[Any] | None = None
        self._epoch: tuple[str, float] = ("", 0.0)
        self._redis_is_there = True
        self._behind = False

    def turn(self, term: Term) -> float:
        """One look at the outbox. Seconds until a coalesced topic may go, at most half a second."""
        try:
            own = self._connection()
            self._take(own.execute(_LIVE, self._unread()).fetchall())
            self._live(term)
            if own.execute(_WORK, [clock.now()]).fetchone() == (True,):
                self._jobs(term)
            self._redis_is_there = True
        except RedisError as error:
            if self._redis_is_there:
                log.error("Redis is away; outbox rows wait", error=str(error))
            self._redis_is_there = False
            return POLLED_EVERY
        except Exception:
            self._disconnect()
            raise
        soonest = self._pending.next_due()
        return POLLED_EVERY if soonest is None else min(POLLED_EVERY, max(0.0, soonest - time.monotonic()))

    def rest(self, seconds: float) -> None:
        """Until a commit says that there is work."""
        if self._own is None or not self._redis_is_there:
            stopping.wait(seconds)
            return
        try:
            for _ in self._own.notifies(timeout=seconds, stop_after=1):
                pass
            for _ in self._own.notifies(timeout=0):
                pass
        except psycopg.Error:
            self._disconnect()
            raise

    def forget(self) -> None:
        self._pending.forget()
        self._oldest.clear()

    def close(self) -> None:
        """Give the connection back."""
        self._disconnect()

    def _unread(self) -> list[Any]:
        """Parameters of _LIVE: what is in memory already, and how many more may be."""
        known = self._pending.row_ids
        return [known, max(0, MOST_ROWS - len(known))]

    def _take(self, rows: list[Any]) -> None:
        for row_id, payload, created_at in rows:
            self._pending.add(row_id, payload)
            self._oldest[row_id] = created_at
        self._behind = len(self._oldest) >= MOST_ROWS

    def _live(self, term: Term) -> None:
        """Render and emit what is due. Done rows are marked in a transaction that proves the lease."""
        due = self._pending.due(time.monotonic())
        if KICK in due:
            streams.kick([int(user_id) for user_id in self._pending.topics[KICK].keys], at=time.time())
            self._pending.sent(KICK, time.monotonic())
            due.remove(KICK)
        if due:
            # Asked after the rows were read: who begins to watch later reads a snapshot that has them.
            self._send(due, fanout.watched(due), term)
        self._finish(term)

    def _send(self, due: list[str], watched: dict[str, list[Place]], term: Term) -> None:
        batches: list[tuple[str, list[fanout.Change]]] = []
        if any(watched.values()):
            with snapshot() as version:
                # What this picture shows was touched by the rows it shows and no others: `Topic.boundary` counts on that.
                self._take(self._driver().execute(_LIVE, self._unread()).fetchall())
                watched = fanout.watched(due)  # again: who began to watch meanwhile may have a picture without the rows just read
                label = fanout.Label(version, self._current_epoch(), clock.now())
                for address, places in watched.items():
                    touched = self._pending.topics[address]
                    touched.whole |= self._behind
                    try:
                        batches += [(place.room, fanout.render(place, touched, label)) for place in places]
                    except fanout.NotRenderable:
                        # The picture is spoilt for the others too. In the next turn, at once, this topic's watchers are told to read anew.
                        touched.whole = True
                        return
            self._deliver(batches, term, label.epoch)
        for address in due:
            self._pending.sent(address, time.monotonic())

    def _deliver(self, batches: list[tuple[str, list[fanout.Change]]], term: Term, current: str) -> None:
        emitted = resets = 0
        for room, changes in batches:
            if not term.sure():
                raise LeaseLost
            try:
                entries = streams.append(room, changes, fence=term.fence, epoch=current)
            except streams.Fenced:
                raise LeaseLost from None
            self._emitter.emit(room, entries)
            emitted += len(entries)
            resets += sum(entry.change["type"] == "reset" for entry in entries)
        streams.count(emitted=emitted, resets_sent=resets)

    def _finish(self, term: Term) -> None:
        finished = self._pending.take_finished()
        if not finished:
            return
        now = clock.now()
        ages = [(now - self._oldest.pop(row_id, now)).total_seconds() for row_id in finished]
        with transaction() as session:
            # A crash that loses this mark has the rows rendered once more, so nobody need wait for the disk.
            session.execute(text("SET LOCAL synchronous_commit = off"))
            if not leases.still_held(term.name, term.fence):
                raise LeaseLost
            outbox.finish_all(finished, now=now)
        streams.count(relayed=len(ages), relay_seconds=max(0.0, sum(ages)))

    def _jobs(self, term: Term) -> None:
        """Hand what is due to the workers, first and again. Marked only after Redis has it: a crash between is a second hand-over."""
        now = clock.now()
        for queue in ("fast", "heavy"):
            rows = outbox.open_rows(queue, now=now, limit=HANDED_AT_ONCE)
            db.session.expunge_all()
            db.session.rollback()
            if not rows:
                continue
            if not term.sure():
                raise LeaseLost
            jobs.hand_over(rows)
            with transaction():
                if not leases.still_held(term.name, term.fence):
                    raise LeaseLost
                outbox.mark_handed(rows, now=now)

    def _current_epoch(self) -> str:
        if time.monotonic() > self._epoch[1]:
            self._epoch = (epoch.current(), time.monotonic() + EPOCH_KEPT)
        return self._epoch[0]

    def _driver(self) -> psycopg.Connection[Any]:
        """The driver's connection under the session, in its transaction."""
        return db.session.connection().connection.driver_connection  # type: ignore[return-value]

    def _connection(self) -> psycopg.Connection[Any]:
        """A connection of our own that hears NOTIFY and commits each statement."""
        if self._own is None or self._own.closed:
            pooled = db.engine.raw_connection()
            own: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
            pooled.detach()
            own.autocommit = True
            own.execute(sql.SQL("LISTEN {}").format(sql.Identifier(outbox.CHANNEL)))
            self._own = own
        return self._own

    def _disconnect(self) -> None:
        """After an error nothing about the connection is taken for granted."""
        self._epoch = ("", 0.0)
        if self._own is not None:
            self._own.close()
        self._own = None
