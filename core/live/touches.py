"""What a transaction touched: collected while it runs, written as one outbox row when it commits.

Services and subscribers say `live.touch("board", ticket.id)`; they never render. The relay does that afterwards, from a fresh read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from core import clock, outbox
from core.db import db
from core.later import settle_all

_HELD = "live.touched"


def touch(address: str, *keys: str | int, tiles: bool = False) -> None:
    """Rows `keys` of the topic (full address: `queue:3`, `me:7`) may look different, have appeared or gone; `tiles`: so may its counts."""
    held = _held()
    held["touched"].setdefault(address, set()).update(str(key) for key in keys)
    if tiles:
        held["tiles"].add(address)


def touch_all(address: str) -> None:
    """So much of the topic changed that its watchers should read it anew (an import, a new order)."""
    _held()["all"].add(address)


def kick(user_id: int) -> None:
    """End the sockets the user has now; those whose sign-in still holds come back by themselves and miss nothing."""
    _held()["kick"].add(user_id)


def _held() -> dict[str, Any]:
    session = db.session()
    if not session.in_transaction():
        session.begin()  # or a rollback before the first query would not be told to `_forget`
    found: dict[str, Any] = session.info.setdefault(_HELD, {"touched": {}, "tiles": set(), "all": set(), "kick": set()})
    return found


def _write(session: Session) -> None:
    """Before the outermost commit: one row for all that was touched, also by what was put off until now."""
    if session.in_nested_transaction():
        return
    settle_all()
    if _HELD not in session.info:
        return
    held = session.info.pop(_HELD)
    payload = {
        "touched": {address: sorted(keys) for address, keys in held["touched"].items()},
        "tiles": sorted(held["tiles"]),
        "all": sorted(held["all"]),
        "kick": sorted(held["kick"]),
    }
    outbox.put(kind="live", payload={name: value for name, value in payload.items() if value}, now=clock.now())


def _forget(session: Session, ended: SessionTransaction) -> None:
    """Rolled back as a whole: nothing was touched. (A savepoint rolled back leaves a touch too many, which does no harm.)"""
    if ended.parent is None:
        session.info.pop(_HELD, None)


event.listen(db.session, "before_commit", _write)
event.listen(db.session, "after_soft_rollback", _forget)
