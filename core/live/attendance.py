"""Whose page is there: every ten seconds the live process asks the pages of people who take calls, and writes down who answered.

A page answers from the event, with no timer of its own: browsers slow the timers of hidden pages down to one a minute. The answers are kept in the
database, so emptying Redis loses nothing. Silence counts only while somebody listened: a live process says since when it has been listening without a
gap, and for GRACE after that beginning nobody's silence is believed, because the browsers are just coming back.

Times are real, of the database's own clock, as in `core.leases`: moving the business clock must send nobody away.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Protocol

from sqlalchemy import ForeignKey, delete, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model, db, transaction
from core.live.watching import Client

ASKED_EVERY = 10.0  # seconds
WRITTEN_EVERY = 5.0  # seconds between two signs of life of a live process when nobody answered
LASTS = 45  # seconds without an answer after which somebody is gone
FRESH = 20  # seconds: an answer, or a live process's sign of life, that is not older counts as now
GRACE = 120  # seconds that a live process must have listened before silence means anything: a hidden page may come back only after a minute
KEPT = 3600  # seconds that the row of an ended live process stays
PERMISSION = "calls.take"


class LiveHere(Model):
    """A user whose page answered, and when last. Somebody without a row (who works by the API alone) is never gone."""

    __tablename__ = "live_here"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    seen_at: Mapped[datetime]


class LiveServer(Model):
    """A live process: listening without a gap `since`, last written `seen_at`."""

    __tablename__ = "live_server"
    name: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]


class Asker(Protocol):
    """Sends the question to a page; `answered()` is called when it answers."""

    def ask_here(self, client: Client, answered: Callable[..., None]) -> None:
        """Never waits."""


_SIGN_OF_LIFE = text(
    """
    INSERT INTO live_server AS s (name, since, seen_at) VALUES (:name, clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET since = CASE WHEN :gap THEN excluded.since ELSE s.since END, seen_at = excluded.seen_at
    """
)
_ANSWERS = text(
    """
    INSERT INTO live_here AS h (user_id, seen_at) SELECT u.id, clock_timestamp() FROM "user" u WHERE u.id = ANY(:users) ORDER BY u.id
    ON CONFLICT (user_id) DO UPDATE SET seen_at = excluded.seen_at
    """
)
_FORGOTTEN = text("DELETE FROM live_server WHERE seen_at < clock_timestamp() - make_interval(secs => :kept)")
_SILENT = text(
    """
    SELECT user_id FROM live_here
    WHERE seen_at < clock_timestamp() - make_interval(secs => :lasts)
      AND EXISTS (SELECT 1 FROM live_server WHERE seen_at > clock_timestamp() - make_interval(secs => :fresh))
      AND NOT EXISTS (
          SELECT 1 FROM live_server
          WHERE seen_at > clock_timestamp() - make_interval(secs => :fresh) AND since > clock_timestamp() - make_interval(secs => :grace)
      )
    ORDER BY user_id
    """
)
_PRESENT = text("SELECT user_id FROM live_here WHERE seen_at > clock_timestamp() - make_interval(secs => :fresh) ORDER BY user_id")


class RollCall:
    """One live process's asking and writing down. `turn` is called every other second, in the keeper's greenlet."""

    def __init__(self, asker: Asker, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._asker, self._monotonic = asker, monotonic
        self._name = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"
        self._asked: dict[str, float] = {}
        self._answered: set[int] = set()
        self._written_at: float | None = None

    def turn(self, clients: Collection[Client]) -> None:
        """Ask whose turn it is, then write down who answered since. Raises SQLAlchemyError: then the answers are written with the next turn."""
        now = self._monotonic()
        pages = [client for client in clients if _takes_calls(client)]
        for client in pages:
            if now - self._asked.get(client.sid, -ASKED_EVERY) >= ASKED_EVERY:
                self._asked[client.sid] = now
                self._asker.ask_here(client, lambda *_said, user_id=client.viewer.user_id: self._answered.add(user_id))
        self._asked = {client.sid: self._asked[client.sid] for client in pages}
        if self._answered or self._written_at is None or now - self._written_at >= WRITTEN_EVERY:
            self._write(now)

    def _write(self, now: float) -> None:
        """The sign of life and the answers together: where the one is seen, the others are. After a gap (frozen, no database) it listens anew."""
        answered = set(self._answered)
        gap = self._written_at is not None and now - self._written_at > FRESH
        with transaction() as session:
            # An answer lost in a crash comes again within ten seconds.
            session.execute(text("SET LOCAL synchronous_commit = off"))
            session.execute(_SIGN_OF_LIFE, {"name": self._name, "gap": gap})
            session.execute(_FORGOTTEN, {"kept": KEPT})
            if answered:
                session.execute(_ANSWERS, {"users": sorted(answered)})
        self._written_at = now
        self._answered -= answered


def _takes_calls(client: Client) -> bool:
    """A signed-in browser, not a program with a token."""
    return client.viewer.user_id is not None and client.viewer.token_id is None and client.viewer.may(PERMISSION)


def silent() -> list[int]:
    """Users whose pages were there and have answered for LASTS seconds no more; none while nobody could have heard them."""
    return list(db.session.scalars(_SILENT, {"lasts": LASTS, "fresh": FRESH, "grace": GRACE}))


def present() -> list[int]:
    """Users whose page answered just now."""
    return list(db.session.scalars(_PRESENT, {"fresh": FRESH}))


def forget(user_ids: Collection[int]) -> None:
    """From now on as if no page of theirs had ever been there, until one answers."""
    db.session.execute(delete(LiveHere).where(LiveHere.user_id.in_(list(user_ids))))
