"""The epoch: a short word that changes when time in the database may have run backwards, so that no page compares versions across it.

Versions are PostgreSQL's own (`core.db.read_version`). They restart in a restored database, and after a crash of the server they may go
back a little: numbers of transactions that never reached the disk are given out again. The stored word changes with a restore, and
the second half (when the server last had to throw its statistics away) with every recovery from a crash.
"""

from __future__ import annotations

import secrets
import zlib

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Model, db

_CURRENT = text("SELECT (SELECT word FROM live_epoch), (SELECT stats_reset FROM pg_stat_wal)")


class LiveEpoch(Model):
    """One row."""

    __tablename__ = "live_epoch"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    word: Mapped[str]


def current() -> str:
    """The epoch in force."""
    return seen_by(db.session())


def seen_by(session: Session) -> str:
    """The epoch as a session sees it."""
    word, recovered_at = session.execute(_CURRENT).one()
    return f"{word or '0'}.{zlib.crc32(str(recovered_at).encode()):x}"


def renew() -> None:
    """Begin a new epoch in the caller's transaction: after a restore, or to have every page read everything anew."""
    word = secrets.token_hex(3)
    row = insert(LiveEpoch).values(id=1, word=word)
    db.session.execute(row.on_conflict_do_update(index_elements=["id"], set_={"word": word}))
