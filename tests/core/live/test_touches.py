"""What a transaction touched becomes one outbox row, with it or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core import live
from core.db import db, transaction
from core.outbox import OutboxRow


def rows() -> list[dict[str, Any]]:
    return list(db.session.scalars(select(OutboxRow.payload).order_by(OutboxRow.id)))


def test_all_touches_of_a_transaction_are_one_row(committed_db: Any) -> None:
    with transaction():
        live.touch("board", 7, "8")
        live.touch("board", 7, tiles=True)
        live.touch("ticket:7", 7)
        live.touch_all("calls")
        live.kick(3)
    touched = {"board": ["7", "8"], "ticket:7": ["7"]}
    assert rows() == [{"touched": touched, "tiles": ["board"], "all": ["calls"], "kick": [3]}]
    with transaction():
        pass
    assert len(rows()) == 1


def test_a_transaction_that_fails_touched_nothing(committed_db: Any) -> None:
    def fail() -> None:
        with transaction():
            live.touch("board", 7)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with transaction():
        live.touch("calls", 1)
    assert rows() == [{"touched": {"calls": ["1"]}}]


def test_a_savepoint_inside_does_not_end_the_collecting(committed_db: Any) -> None:
    with transaction() as session:
        with session.begin_nested():
            live.touch("board", 7)
        live.touch("board", 8)
    assert rows() == [{"touched": {"board": ["7", "8"]}}]
