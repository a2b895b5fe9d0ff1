"""The relay: takes open outbox rows to where the work is done. Live changes it renders and emits itself, the rest it hands to RQ.

It wakes by NOTIFY at commit and looks twice a second anyway. Redis away: rows stay open, and are taken when it is back.
"""

from __future__ import annotations

import time
from datetime import datetime

import psycopg
import structlog
from flask import Flask
from psycopg import sql
from redis.exceptions import RedisError
from sqlalchemy import select

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


class Relay:
    """The duty `relay`."""

    name = "relay"

    def __init__(self, app: Flask) -> None:
        self._emitter = fanout.Emitter(app.config["CALLOUT"].redis_url or "redis://127.0.0.1:6379/0")
        self._pending = Pending()
        self._oldest: dict[int, datetime] = {}
        self._listening: psycopg.Connection[object] | None = None
        self._redis_is_there = True
        self._behind = False

    def turn(self, term: Term) -> float:
        """One look at the outbox. Seconds until a coalesced topic may go, at most half a second."""
        self._listen()
        try:
            self._live(term)
            self._jobs(term)
            self._redis_is_there = True
        except RedisError as error:
            if self._redis_is_there:
                log.error("Redis is away; outbox rows wait", error=str(error))
            self._redis_is_there = False
            return POLLED_EVERY
        soonest = self._pending.next_due()
        return POLLED_EVERY if soonest is None else min(POLLED_EVERY, max(0.0, soonest - time.monotonic()))

    def rest(self, seconds: float) -> None:
        """Until a commit says that there is work."""
        if self._listening is None or not self._redis_is_there:
            stopping.wait(seconds)
            return
        try:
            for _ in self._listening.notifies(timeout=seconds, stop_after=1):
                pass
            for _ in self._listening.notifies(timeout=0):
                pass
        except psycopg.Error:
            self._deaf()
            raise

    def forget(self) -> None:
        self._pending.forget()
        self._oldest.clear()

    def _live(self, term: Term) -> None:
        """Render and emit what is due. Done rows are marked in a transaction that proves the lease."""
        self._read()
        db.session.rollback()
        due = self._pending.due(time.monotonic())
        if KICK in due:
            streams.kick([int(user_id) for user_id in self._pending.topics[KICK].keys], at=time.time())
            self._pending.sent(KICK, time.monotonic())
            due.remove(KICK)
        if due:
            self._send(due, fanout.watched(due), term)
        self._finish(term)

    def _read(self) -> None:
        """Take in open live rows that are not in memory yet, in the session's present transaction."""
        known = self._pending.row_ids
        room = MOST_ROWS - len(known)
        query = select(outbox.OutboxRow.id, outbox.OutboxRow.payload, outbox.OutboxRow.created_at).where(
            outbox.OutboxRow.queue == "relay", outbox.OutboxRow.done_at.is_(None), outbox.OutboxRow.gave_up_at.is_(None)
        )
        if known:
            query = query.where(outbox.OutboxRow.id.not_in(known))
        rows = db.session.execute(query.order_by(outbox.OutboxRow.id).limit(room)).all() if room > 0 else []
        for row_id, payload, created_at in rows:
            self._pending.add(row_id, payload)
            self._oldest[row_id] = created_at
        self._behind = len(rows) >= room

    def _send(self, due: list[str], watched: dict[str, list[Place]], term: Term) -> None:
        batches: list[tuple[str, list[fanout.Change]]] = []
        if any(watched.values()):
            now = clock.now()
            with snapshot() as version:
                # What this picture shows was touched by these rows and no others: `Topic.boundary` counts on that.
                self._read()
                current = epoch.current()
                for address, places in watched.items():
                    touched = self._pending.topics[address]
                    touched.whole |= self._behind
                    for place in places:
                        batches.append((place.room, fanout.render(place, touched, version=version, epoch=current, at=now)))
            self._deliver(batches, term, current)
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
        with transaction():
            if not leases.still_held(term.name, term.fence):
                raise LeaseLost
            outbox.finish_all(finished, now=now)
        ages = [(now - self._oldest.pop(row_id, now)).total_seconds() for row_id in finished]
        streams.count(relayed=len(ages), relay_seconds=max(0.0, sum(ages)))

    def _jobs(self, term: Term) -> None:
        """Hand what is due to the workers, first and again. Marked only after Redis has it: a crash between is a second hand-over."""
        now = clock.now()
        for queue in ("fast", "heavy"):
            rows = outbox.open_rows(queue, now=now, limit=HANDED_AT_ONCE)
            if not rows:
                continue
            db.session.expunge_all()
            db.session.rollback()
            if not term.sure():
                raise LeaseLost
            jobs.hand_over(rows)
            with transaction():
                if not leases.still_held(term.name, term.fence):
                    raise LeaseLost
                outbox.mark_handed(rows, now=now)
        db.session.rollback()

    def _listen(self) -> None:
        """A connection of its own that hears NOTIFY. Without one the polling goes on."""
        if self._listening is not None and not self._listening.closed:
            return
        pooled = db.engine.raw_connection()
        connection: psycopg.Connection[object] = pooled.driver_connection  # type: ignore[assignment]
        pooled.detach()
        connection.autocommit = True
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(outbox.CHANNEL)))
        self._listening = connection

    def _deaf(self) -> None:
        if self._listening is not None:
            self._listening.close()
        self._listening = None
