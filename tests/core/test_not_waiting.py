"""A sweep never waits long for somebody's lock: all other sweeps and the clock's heartbeat would wait with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from core import inbox, leases, sweeps
from core.db import db as database
from core.db import transaction
from core.duty import Term


def kept(now: datetime) -> int:
    """An inbox row, committed."""
    with transaction():
        return inbox.receive(source="voice:status", key="1", raw={}, now=now).row_id


@contextmanager
def locked_by_another(row_id: int) -> Iterator[None]:
    """Somebody else's transaction is just applying the row."""
    with database.engine.connect() as other, other.begin():
        other.execute(text("SELECT 1 FROM inbox WHERE id = :id FOR UPDATE"), {"id": row_id})
        yield


def test_who_does_not_wait_leaves_a_row_that_is_just_being_applied(committed_db: Any, now: datetime) -> None:
    row_id = kept(now)
    with locked_by_another(row_id), transaction():
        assert inbox.claim(row_id, wait=False) is None
    with transaction():
        assert inbox.claim(row_id, wait=False) is not None


@pytest.mark.slow
def test_a_sweep_that_meets_a_lock_gives_up_soon_and_comes_again(committed_db: Any, now: datetime) -> None:
    row_id = kept(now)
    with transaction():
        fence = leases.take("clock", "me")
    assert fence is not None
    sweep = sweeps.Sweep("meets-a-lock", 1.0, lambda _now: inbox.applied(_claimed(row_id), answer={}, now=now))
    with locked_by_another(row_id):
        began = time.monotonic()
        sweeps.run(sweep, Term("clock", fence, began))
        assert time.monotonic() - began < 4
    assert sweep.failed
    sweeps.run(sweep, Term("clock", fence, time.monotonic()))
    assert not sweep.failed
    database.session.rollback()
    assert database.session.get_one(inbox.InboxRow, row_id).applied_at == now


def _claimed(row_id: int) -> inbox.InboxRow:
    row = inbox.claim(row_id)
    assert row is not None
    return row
