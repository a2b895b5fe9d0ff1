"""Work put off to the end of the transaction and done there once, for all that it was asked for: index again, tell screens, store events.

`once(work, item)` may be said ten times in a transaction that changes one ticket ten times, or three hundred. `work` is called one time, just
before the commit and in the same transaction, with the different items in the order in which they were first named. It looks at the rows as they
are then, so an item whose own savepoint was rolled back does no harm. A transaction that is rolled back forgets all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from core.db import db

_HELD = "later"
Item = TypeVar("Item")


def once(work: Callable[[list[Item]], None], *items: Item) -> None:
    """Call `work` with these items, each once, before the commit. Items are hashable."""
    session = db.session()
    if not session.in_transaction():
        session.begin()  # or a rollback before the first query would not be told to `_forget`
    held: dict[Callable[[list[Any]], None], dict[Any, None]] = session.info.setdefault(_HELD, {})
    held.setdefault(work, {}).update(dict.fromkeys(items))


def settle(*works: Callable[[list[Any]], None]) -> None:
    """Do these works now, for who must read in the same transaction what they write.

    Inside a savepoint they stay put off as well: if it is rolled back, what they did is too."""
    session = db.session()
    held = session.info.get(_HELD, {})
    for work in works:
        if work in held:
            work(list(held[work] if session.in_nested_transaction() else held.pop(work)))


def settle_all() -> None:
    """Do all that is put off, what that puts off itself included. In a savepoint only when nothing was put off before it (or both may be lost)."""
    session = db.session()
    while held := session.info.pop(_HELD, None):
        for work, items in held.items():
            work(list(items))


def _before_commit(session: Session) -> None:
    """Only the outermost commit counts."""
    if _HELD in session.info and not session.in_nested_transaction():
        settle_all()


def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        session.info.pop(_HELD, None)


event.listen(db.session, "before_commit", _before_commit)
event.listen(db.session, "after_soft_rollback", _forget)
