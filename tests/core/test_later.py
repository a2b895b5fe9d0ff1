"""What a transaction puts off is done once, at its end, with it or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import pytest
from sqlalchemy import select

from core import events, later, search
from core.db import transaction
from core.events import DomainEvent, EventRow

done: list[list[Any]] = []


@dataclass(frozen=True, kw_only=True)
class Counted(DomainEvent):
    name: ClassVar[str] = "test.counted"
    number: int


@pytest.fixture(autouse=True)
def _nothing_done() -> None:
    done.clear()


def work(items: list[Any]) -> None:
    done.append(items)


def more(items: list[Any]) -> None:
    later.once(work, *items)


def numbers(db: Any) -> list[int]:
    return [data["number"] for data in db.session.scalars(select(EventRow.data).order_by(EventRow.id))]


def test_it_is_done_once_for_all_different_items_in_their_order(committed_db: Any) -> None:
    with transaction():
        later.once(work, 2, 1)
        later.once(work, 2, 3)
        assert done == []
    assert done == [[2, 1, 3]]
    with transaction():
        pass
    assert len(done) == 1


def test_what_is_put_off_may_put_off_more(committed_db: Any) -> None:
    with transaction():
        later.once(more, 7)
    assert done == [[7]]


def test_a_transaction_that_fails_forgets_it(committed_db: Any) -> None:
    def fail() -> None:
        with transaction():
            later.once(work, 1)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    with transaction():
        later.once(work, 2)
    assert done == [[2]]


def test_what_cannot_be_done_takes_the_transaction_with_it(committed_db: Any) -> None:
    def refuse(_items: list[Any]) -> None:
        raise ValueError("not like this")

    def attempt() -> None:
        with transaction():
            events.publish(Counted(at=datetime.now().astimezone(), number=1))
            later.once(refuse, 1)

    with pytest.raises(ValueError, match="not like this"):
        attempt()
    assert numbers(committed_db) == []


def test_settled_early_it_is_not_done_again_except_from_within_a_savepoint(committed_db: Any) -> None:
    with transaction() as session:
        later.once(work, 1)
        with session.begin_nested():
            later.settle(work)
        later.settle(work, more)
        assert done == [[1], [1]]
    assert done == [[1], [1]]


def test_events_of_a_savepoint_that_was_rolled_back_did_not_happen(committed_db: Any, now: datetime) -> None:
    with transaction() as session:
        events.publish(Counted(at=now, number=1))
        with session.begin_nested() as outer:
            with session.begin_nested():
                events.publish(Counted(at=now, number=2))
            events.publish(Counted(at=now, number=3))
            outer.rollback()
        with session.begin_nested():
            events.publish(Counted(at=now, number=4))
        events.publish(Counted(at=now, number=5, actor_id=None))
    assert numbers(committed_db) == [1, 4, 5]


def test_what_is_put_off_to_be_indexed_is_found_in_the_same_transaction(db: Any, now: datetime) -> None:
    def index(words: list[str]) -> None:
        search.put_many(kind="test", entries=[(number, word, "") for number, word in enumerate(words)], now=now)

    search.put_off(index, "zwiebel", "muster")
    assert list(db.session.scalars(search.refs("test", "muster"))) == [1]
