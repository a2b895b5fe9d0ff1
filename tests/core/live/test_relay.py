"""The relay, turned by hand: what it renders for whom, and that nothing is lost when something fails."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis as redis_library
from psycopg import OperationalError
from redis.exceptions import ConnectionError as RedisAway
from rq import Queue, SimpleWorker
from sqlalchemy import select, text

from core import clock, jobs, leases, live, outbox, redis
from core import relay as relay_module
from core.db import db, transaction
from core.duty import LeaseLost, Term
from core.files import File
from core.live import epoch, streams, topics
from core.outbox import OutboxRow
from tests.core.live import file_topics
from tests.core.live.conftest import HandRelay

STAFF, VISITOR = "kind:text|staff", "kind:text|visitor"


def heard(room: str, since: str) -> list[tuple[str, Any, Any]]:
    entries = streams.since(room, since)
    assert entries is not None
    return [(entry.change["type"], entry.change["key"], entry.change["data"]) for entry in entries]


def test_each_audience_gets_its_own_rendering(relay: HandRelay, add_file: Callable[..., int]) -> None:
    staff, visitor = streams.begin(STAFF), streams.begin(VISITOR)
    file_id = str(add_file(size=9, name="secret sizes"))
    relay.run()
    assert heard(STAFF, staff) == [
        ("upsert", file_id, {"name": "secret sizes", "size": 9, "by": None}),
        ("tiles", None, {"count": 1, "size": 9}),
    ]
    assert heard(VISITOR, visitor)[0] == ("upsert", file_id, {"name": "secret sizes"})


def test_a_row_that_left_the_topic_is_removed_from_it(relay: HandRelay, add_file: Callable[..., int]) -> None:
    file_id = add_file()
    relay.run()
    since = streams.begin(STAFF)
    with transaction() as session:
        row = session.get_one(File, file_id)
        file_topics.touch_file(row)
        row.content_type = "image/png"
        file_topics.touch_file(row)
    relay.run()
    assert ("remove", str(file_id), None) in heard(STAFF, since)


def test_versions_grow_and_name_the_epoch(relay: HandRelay, add_file: Callable[..., int]) -> None:
    since = streams.begin(STAFF)
    add_file()
    relay.run()
    add_file()
    relay.run()
    entries = streams.since(STAFF, since) or []
    versions = [entry.change["version"] for entry in entries]
    assert versions == sorted(versions)
    assert versions[0] < versions[-1]
    assert {entry.change["epoch"] for entry in entries} == {epoch.current()}


def test_what_nobody_watches_is_done_without_rendering(
    relay: HandRelay, add_file: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered: list[str] = []
    kind = topics.topics["kind"]
    assert kind.render is not None
    original = kind.render

    def render(argument: str, audience: str, keys: frozenset[str]) -> Any:
        rendered.append(audience)
        return original(argument, audience, keys)

    monkeypatch.setitem(topics.topics, "kind", replace(kind, render=render))
    add_file()
    relay.run()
    assert rendered == []
    streams.begin(VISITOR)
    add_file()
    relay.run()
    assert rendered == ["visitor"]


def test_a_row_that_comes_into_a_bounded_topic_pushes_the_last_one_out(relay: HandRelay, add_file: Callable[..., int]) -> None:
    first = [add_file(size=100 + number) for number in range(file_topics.LARGEST)]
    relay.run()
    since = streams.begin("largest|staff")
    newcomer = add_file(size=1000)
    relay.run()
    changes = {key: kind for kind, key, _data in heard("largest|staff", since) if key}
    assert changes[str(newcomer)] == "upsert"
    assert changes[str(first[0])] == "remove"
    since = streams.begin("largest|staff")
    with transaction() as session:
        row = session.get_one(File, newcomer)
        file_topics.touch_file(row)
        session.delete(row)
    relay.run()
    changes = {key: kind for kind, key, _data in heard("largest|staff", since) if key}
    assert changes[str(newcomer)] == "remove"
    assert changes[str(first[0])] == "upsert", "the row that was just outside comes back in"


def test_a_topic_that_cannot_be_rendered_resets_its_watchers_and_spares_the_others(
    relay: HandRelay, add_file: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_argument: str, _audience: str, _keys: frozenset[str]) -> Any:
        db.session.execute(text("SELECT no_such_column"))

    monkeypatch.setitem(topics.topics, "largest", replace(topics.topics["largest"], render=broken))
    whole, healthy = streams.begin("largest|staff"), streams.begin(STAFF)
    add_file()
    relay.run()
    assert heard("largest|staff", whole) == [("reset", None, None)]
    assert [kind for kind, _key, _data in heard(STAFF, healthy)] == ["upsert", "tiles"]


def test_a_whole_topic_touched_is_one_reset(relay: HandRelay) -> None:
    since = streams.begin(STAFF)
    with transaction():
        live.touch_all("kind:text")
        live.touch("kind:text", *range(50))
    relay.run()
    assert heard(STAFF, since) == [("reset", None, None)]


def test_a_topic_that_no_longer_exists_does_not_stop_the_relay(relay: HandRelay) -> None:
    with transaction():
        live.touch("gone:1", 1)
        live.touch("board with spaces", 1)
    relay.run()
    assert relay.open_rows() == 0


def test_while_redis_is_away_rows_wait_and_then_all_go(
    relay: HandRelay, add_file: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    since = streams.begin(STAFF)
    file_id = add_file()

    def away(*_args: Any, **_more: Any) -> Any:
        raise RedisAway("away")

    with monkeypatch.context() as patch:
        patch.setattr(redis_library.Redis, "pipeline", away)
        assert relay.turn() == 0.5
        assert relay.turn() == 0.5
        assert relay.open_rows() == 1
    relay.run()
    assert heard(STAFF, since)[0][1] == str(file_id)


def test_a_crash_between_emitting_and_marking_repeats_and_does_no_harm(
    relay: HandRelay, add_file: Callable[..., int], app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = streams.begin(STAFF)
    file_id = add_file()

    def crash(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "finish_all", crash)
        with pytest.raises(KeyboardInterrupt):
            relay.turn()
    assert relay.open_rows() == 1
    relay.relay.forget()
    relay.run()
    assert [key for _kind, key, _data in heard(STAFF, since) if key] == [str(file_id), str(file_id)]


def test_without_the_lease_nothing_is_marked_done(relay: HandRelay, add_file: Callable[..., int]) -> None:
    add_file()
    with transaction():
        fence = leases.take("relay", "by hand")
        assert fence is not None
        leases.give_up("relay", "by hand")
    with transaction():
        leases.take("relay", "another")
    with pytest.raises(LeaseLost):
        relay.relay.turn(Term("relay", fence, time.monotonic()))
    assert relay.open_rows() == 1


def test_a_frozen_relay_notices_by_its_own_clock_before_it_writes(relay: HandRelay, add_file: Callable[..., int]) -> None:
    since = streams.begin(STAFF)
    add_file()
    with transaction():
        fence = leases.take("relay", "by hand")
    assert fence is not None
    with pytest.raises(LeaseLost):
        relay.relay.turn(Term("relay", fence, time.monotonic() - leases.SECONDS))
    assert heard(STAFF, since) == []


def test_more_rows_than_memory_holds_have_watchers_read_anew(
    relay: HandRelay, add_file: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "MOST_ROWS", 3)
    since = streams.begin(STAFF)
    for _ in range(5):
        add_file()
    relay.run()
    assert heard(STAFF, since)[0] == ("reset", None, None)
    assert relay.open_rows() == 0
    since = streams.begin(STAFF)
    add_file()
    relay.run()
    assert [kind for kind, _key, _data in heard(STAFF, since)] == ["upsert", "tiles"], "and then as ever"


def test_when_the_database_ends_all_connections_the_relay_makes_new_ones(relay: HandRelay, add_file: Callable[..., int]) -> None:
    since = streams.begin(STAFF)
    relay.turn()
    file_id = add_file()
    with db.engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(others))
    db.session.remove()
    with pytest.raises(OperationalError):
        relay.turn()
    relay.run()
    assert heard(STAFF, since)[0][1] == str(file_id)


def test_kicks_reach_the_live_processes(relay: HandRelay) -> None:
    before = time.time()
    with transaction():
        live.kick(7)
    relay.run()
    assert list(streams.kicked(after=before - 1)) == [7]
    assert streams.kicked(after=time.time()) == {}


@pytest.fixture
def done() -> list[str]:
    """What the kind `test.echo` did. Its handler fails while `fail` stands first."""
    found: list[str] = []

    def echo(_row_id: int, payload: dict[str, Any]) -> None:
        found.append(payload["word"])
        if payload["word"] == "fail":
            raise ValueError("as told")

    outbox.handlers["test.echo"] = outbox.Handler("test.echo", "fast", echo, lease=20, attempts=3, on_give_up=None)
    return found


def work(app: Any) -> None:
    """A worker that empties the queue `fast` and ends."""
    jobs._app = app
    SimpleWorker([Queue("fast", connection=redis.client())], connection=redis.client()).work(burst=True, logging_level="ERROR")


def put(word: str, **more: Any) -> int:
    with transaction():
        made = outbox.put(kind="test.echo", payload={"word": word}, now=clock.now(), **more)
    assert made is not None
    return made


def row(row_id: int) -> OutboxRow:
    db.session.rollback()
    return db.session.scalars(select(OutboxRow).where(OutboxRow.id == row_id)).one()


def test_work_is_handed_to_rq_and_done_when_it_is_done(relay: HandRelay, app: Any, done: list[str]) -> None:
    row_id = put("hello")
    later = put("later", due_at=datetime(2100, 1, 1, tzinfo=UTC))
    relay.turn()
    assert row(row_id).handed_at is not None
    assert row(row_id).done_at is None
    work(app)
    assert done == ["hello"]
    assert row(row_id).done_at is not None
    assert row(later).handed_at is None


def test_work_lost_with_redis_is_handed_over_again_when_its_lease_ends(relay: HandRelay, app: Any, done: list[str]) -> None:
    row_id = put("hello")
    relay.turn()
    redis.client().flushdb()
    work(app)
    assert done == []
    with transaction() as session:
        session.get_one(OutboxRow, row_id).due_at = clock.now() - timedelta(seconds=1)
    relay.turn()
    work(app)
    assert done == ["hello"]


def test_work_handed_over_twice_is_done_once(relay: HandRelay, app: Any, done: list[str]) -> None:
    row_id = put("hello")
    relay.turn()
    work(app)
    jobs.hand_over([row(row_id)])
    work(app)
    assert done == ["hello"]


def test_failed_work_waits_before_the_next_try_also_when_the_worker_was_quicker_than_the_mark(
    relay: HandRelay, app: Any, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row_id = put("fail")
    original = jobs.hand_over

    def hand_over_and_work(rows: list[OutboxRow]) -> None:
        original(rows)
        work(app)

    monkeypatch.setattr(jobs, "hand_over", hand_over_and_work)
    relay.turn()
    found = row(row_id)
    assert (found.attempts, found.handed_at, found.error) == (1, None, "ValueError: as told")
    assert timedelta(0) < found.due_at - clock.now() <= timedelta(seconds=2)
