"""Duties: work that exactly one process does at a time (relay, clock), under a lease that a frozen process loses.

The processes `relay` and `clock` each run both duties, in two threads: their own one as the preferred holder, the other's as a standby that
steps in when its lease ran out and hands back when the preferred process is there again. So a killed or frozen one is replaced within
ten seconds: 5 s lease + 1 s patience + half a second until somebody looks.

Times here are real (monotonic), never business time.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from flask import Flask
from psycopg import Connection
from sqlalchemy import event, text

from core import leases
from core.db import db, transaction
from core.processes import beat, stopping

log = structlog.get_logger()
RENEWED_EVERY = 1.0
LOOKED_EVERY = 0.5
PATIENCE = 1.0
MARGIN = 0.5
IDLE_MILLISECONDS = 4000


@dataclass
class Term:
    """One holder's time with a lease. `renewed`: monotonic seconds just before the database was last asked."""

    name: str
    fence: int
    renewed: float

    def sure(self) -> bool:
        """Whether the lease cannot have run out yet, by our own clock (which goes on while a process is frozen)."""
        return time.monotonic() < self.renewed + leases.SECONDS - MARGIN


class LeaseLost(Exception):
    """Somebody else may hold the lease now; nothing more may be written."""


class Duty(Protocol):
    """What a loop does while it holds the lease `name`."""

    name: str

    def turn(self, term: Term) -> float:
        """Do what is due; seconds until the next turn is wanted. Raises LeaseLost."""

    def rest(self, seconds: float) -> None:
        """Wait so long, or until there is something to do."""

    def forget(self) -> None:
        """The lease is another's: drop what is only in memory."""

    def close(self) -> None:
        """The loop has ended."""


class Post:
    """One duty's place in this process."""

    def __init__(self, app: Flask, duty: Duty, *, preferred: bool) -> None:
        self.app, self.duty, self.preferred = app, duty, preferred
        self.holder = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"
        self.term: Term | None = None
        self._well = True

    def serve(self) -> None:
        """The loop, until the process is asked to stop."""
        while not stopping.is_set():
            if self.preferred:
                beat()
            wait = self._once()
            if self.term is None:
                stopping.wait(wait)
            else:
                self._rest(wait)
        self._leave()

    def _once(self) -> float:
        try:
            with self.app.app_context():
                if self.term is None or time.monotonic() >= self.term.renewed + RENEWED_EVERY or not self.term.sure():
                    self._renew()
                wait = self.duty.turn(self.term) if self.term is not None else LOOKED_EVERY
            self._well = True
            return max(0.0, min(wait, RENEWED_EVERY))
        except LeaseLost:
            log.warning("lease lost", duty=self.duty.name, holder=self.holder)
            self._resign()
            return LOOKED_EVERY
        except Exception as error:
            self._complain(error)
            return LOOKED_EVERY

    def _complain(self, error: Exception) -> None:
        """The database or Redis is away, or there is a bug: said once until it went well again."""
        if self._well:
            log.error("a duty's turn failed", duty=self.duty.name, error=f"{type(error).__name__}: {error}", exc_info=error)
        self._well = False

    def _renew(self) -> None:
        asked = time.monotonic()
        waiting = f"{self.duty.name}:preferred"
        with transaction() as session:
            if self.term is not None:
                # A renewal lost in a crash only shortens the term; a new fence number must not be lost.
                session.execute(text("SET LOCAL synchronous_commit = off"))
            if self.preferred and self.term is None:
                leases.take(waiting, self.holder)
            hand_back = not self.preferred and self.term is not None and leases.alive(waiting)
            if hand_back:
                leases.give_up(self.duty.name, self.holder)
                fence = None
            else:
                fence = leases.take(self.duty.name, self.holder, patience=0.0 if self.preferred else PATIENCE)
            if fence is not None and self.preferred:
                leases.give_up(waiting, self.holder)
        if fence is None:
            if self.term is not None:
                log.info("duty handed over", duty=self.duty.name, holder=self.holder)
            self._resign()
            return
        if self.term is None or self.term.fence != fence:
            log.info("duty taken", duty=self.duty.name, holder=self.holder, fence=fence)
            self.duty.forget()
        self.term = Term(self.duty.name, fence, asked)

    def _resign(self) -> None:
        self.term = None
        self.duty.forget()

    def _rest(self, seconds: float) -> None:
        try:
            with self.app.app_context():
                self.duty.rest(seconds)
        except Exception as error:
            self._complain(error)
            stopping.wait(LOOKED_EVERY)

    def _leave(self) -> None:
        """A clean stop frees the lease at once."""
        self.duty.close()
        if self.term is None:
            return
        try:
            with self.app.app_context(), transaction():
                leases.give_up(self.duty.name, self.holder)
        except Exception as error:
            self._complain(error)


def run(app: Flask, own: Duty, other: Duty) -> None:
    """Body of a process: `own` here, `other` as standby in a thread."""
    with app.app_context():
        event.listen(db.engine, "connect", _end_idle_transactions)
    standby = threading.Thread(target=lambda: Post(app, other, preferred=False).serve(), name=f"{other.name}-standby")
    standby.start()
    try:
        Post(app, own, preferred=True).serve()
    finally:
        stopping.set()
        standby.join()


def _end_idle_transactions(connection: Connection[Any], _record: object) -> None:
    """A process frozen inside a transaction would hold its locks, the lease row's among them, for ever: PostgreSQL ends it instead."""
    connection.execute(f"SET idle_in_transaction_session_timeout = {IDLE_MILLISECONDS}")
    connection.commit()
