"""From an event to a receiver, over real HTTP: signed, repeated, given up, paused, replayed, never lost."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import events, outbox
from core.audit import AuditEntry
from core.db import db as database
from core.db import transaction
from core.errors import Conflict, DomainError
from core.events import EventRow
from core.webhooks import lane, queries, rules, sending, signing
from core.webhooks.models import Attempt, Endpoint
from core.webhooks.services import deliveries, endpoints
from tests.core.webhooks.conftest import Receiver, ThingChanged, go, happen, log_of

Business = Callable[..., datetime]


def secret_of(app: Flask, endpoint: Endpoint) -> str:
    return signing.secret_of(endpoint.seed, app.config["CALLOUT"].secret_key)


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Computed as docs/webhooks.md tells a receiver to, not with our own function."""
    parts = [part.split("=", 1) for part in header.split(",")]
    stamp = next(value for key, value in parts if key == "t")
    expected = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return abs(time.time() - int(stamp)) < 300 and any(hmac.compare_digest(value, expected) for key, value in parts if key == "v1")


def test_an_event_arrives_signed_with_what_its_presenter_lets_out(
    app: Flask, receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    happen(business())
    assert receiver.got == []  # nothing leaves inside the transaction
    go(business())
    [got] = receiver.got
    [delivery] = log_of(endpoint.id)
    number = database.session.scalar(select(EventRow.id))
    assert json.loads(got.body) == {
        "id": str(number),
        "event": "thing.changed",
        "version": 3,
        "occurred_at": "2026-03-10T09:00:00Z",
        "data": {"thing": {"id": 7}},
    }
    assert got.path == "/hook?from=callout"
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers["Callout-Event"] == "thing.changed"
    assert got.headers["Callout-Delivery"] == str(delivery.key)
    assert is_signed(got.body, got.headers["Callout-Signature"], secret_of(app, endpoint))
    assert not is_signed(got.body, got.headers["Callout-Signature"], "whsec_another")
    assert not is_signed(got.body + b" ", got.headers["Callout-Signature"], secret_of(app, endpoint))
    assert (delivery.state, delivery.attempts, delivery.next_at, delivery.done_at) == ("delivered", 1, None, business())
    assert [(one.status, one.problem, one.answer) for one in delivery.tries] == [(200, None, "thanks")]
    assert go(business()) == 0


def test_only_who_wants_an_event_gets_it_and_a_refused_effect_tells_nobody(
    receiver: Receiver, endpoint: Endpoint, make_endpoint: Callable[..., Endpoint], business: Business
) -> None:
    other = make_endpoint(name="Other", events=["ticket.opened"])

    def refuse() -> None:
        with transaction():
            events.publish(ThingChanged(at=business(), thing_id=8))
            raise DomainError("refused")

    with pytest.raises(DomainError):
        refuse()
    happen(business())
    go(business())
    assert len(receiver.got) == 1
    assert (len(log_of(endpoint.id)), log_of(other.id)) == (1, [])


def test_what_there_is_nothing_to_tell_of_leaves_no_trace(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    for thing_id in (0, 0, 0, 0, 0, 0, 5):
        happen(business(), thing_id)
    go(business())
    assert [json.loads(got.body)["data"]["thing"]["id"] for got in receiver.got] == [5]
    assert len(log_of(endpoint.id)) == 1


def test_a_presenters_bug_holds_up_nobody_else_and_is_tried_again(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    happen(business(), 13)
    happen(business(), 7)
    go(business())
    broken, fine = log_of(endpoint.id)
    assert (broken.state, broken.next_at, [one.problem for one in broken.tries]) == (
        "waiting",
        business() + timedelta(seconds=10),
        ["not_rendered"],
    )
    assert fine.state == "delivered"
    assert len(receiver.got) == 1


def test_a_receiver_that_was_down_gets_it_when_it_is_up_with_the_same_key_and_body(
    receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    receiver.down()
    happen(business())
    go(business())
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.attempts, delivery.next_at) == ("waiting", 1, business() + timedelta(seconds=10))
    assert (delivery.tries[0].status, delivery.tries[0].problem) == (None, "unreachable")
    rested = database.session.get_one(Endpoint, endpoint.id)
    assert (rested.failing_since, rested.rest_until) == (business(), business() + timedelta(seconds=10))
    receiver.up()
    receiver.say(503, b"warming up")
    assert go(business(seconds=9)) == 0  # not before its time
    go(business(seconds=1))
    receiver.say(204)
    go(business(seconds=30))
    [delivery] = log_of(endpoint.id)
    assert [(one.status, one.answer) for one in delivery.tries][1:] == [(503, "warming up"), (204, "")]
    assert delivery.state == "delivered"
    first, second = receiver.got
    assert first.body == second.body
    assert first.headers["Callout-Delivery"] == second.headers["Callout-Delivery"] == str(delivery.key)
    healed = database.session.get_one(Endpoint, endpoint.id)
    assert (healed.failing_since, healed.rest_until, healed.last_success_at) == (None, None, business())


def test_five_hundreds_are_tried_for_a_day_then_given_up_and_the_endpoint_paused(
    receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    receiver.say(500, b"\0broken" + b"x" * 5000)
    began = business()
    happen(began)
    go(began)
    for seconds in rules.BACK_OFF:
        go(business(seconds=seconds))
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.attempts, len(receiver.got)) == ("failed", 11, 11)
    assert timedelta(hours=24) <= delivery.done_at - began < timedelta(hours=24, minutes=5)  # type: ignore[operator]
    assert all(one.status == 500 and one.answer.startswith("broken") and len(one.answer) <= 2048 for one in delivery.tries)
    paused = database.session.get_one(Endpoint, endpoint.id)
    assert (paused.paused_because, paused.paused_at) == ("failing", business())
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.paused")).one()
    assert (entry.actor_id, entry.after) == (None, {"paused": "failing"})
    happen(business())
    assert go(business()) == 0  # nothing is noted while it is paused
    assert len(log_of(endpoint.id)) == 1


def test_one_message_it_cannot_take_does_not_pause_a_receiver_that_takes_others(
    receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    receiver.answer = lambda got: (422 if b'"id":1}' in got.body else 200, {}, b"")
    happen(business(), 1)
    go(business())
    for seconds in rules.BACK_OFF:
        happen(business(seconds=seconds), 7)
        go(business())
    first, *others = log_of(endpoint.id)
    assert (first.state, first.attempts) == ("failed", 11)
    assert {one.state for one in others} == {"delivered"}
    assert database.session.get_one(Endpoint, endpoint.id).paused_at is None


def test_gone_pauses_at_once(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    receiver.say(410)
    happen(business())
    go(business())
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert database.session.get_one(Endpoint, endpoint.id).paused_because == "gone"
    assert queries.any_gave_in()
    endpoints.pause(endpoint_id=endpoint.id, actor_id=None, now=business())  # an administrator has seen it
    assert not queries.any_gave_in()


def test_a_redirect_is_not_followed(
    receiver: Receiver, make_receiver: Callable[[], Receiver], endpoint: Endpoint, business: Business
) -> None:
    other = make_receiver()
    receiver.answer = lambda _got: (302, {"Location": other.url}, b"")
    happen(business())
    go(business())
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.tries[0].status, other.got) == ("waiting", 302, [])


@pytest.mark.parametrize("when", ["before the status", "in the headers", "in the body"])
def test_a_slow_receiver_is_cut_off_after_the_time_for_all_of_it(
    when: str, receiver: Receiver, endpoint: Endpoint, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends a byte now and then, so no time-out of the socket ever ends."""
    ended = threading.Event()

    def wait(_got: Any) -> tuple[int, dict[str, str], bytes]:
        ended.wait(20)
        return 200, {}, b""

    original = sending.post
    monkeypatch.setattr(sending, "post", lambda *args, **more: original(*args, **more, seconds=0.5))
    # Once the status is there, the body may be as slow as it likes.
    expected = (200, None) if when == "in the body" else (None, "timeout")
    if when == "before the status":
        receiver.answer = wait
    else:
        start = b"HTTP/1.1 200 OK\r\n" if when == "in the headers" else b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        monkeypatch.setattr(endpoint, "url", dripping(start, ended))
        database.session.commit()
    happen(business())
    began = time.monotonic()
    go(business())
    took = time.monotonic() - began
    ended.set()
    [delivery] = log_of(endpoint.id)
    [tried] = delivery.tries
    assert (tried.status, tried.problem) == expected
    assert 450 <= tried.milliseconds < 3000
    assert took < 5


def dripping(start: bytes, ended: threading.Event) -> str:
    """A raw server that says `start` and then one byte every 50 ms until `ended`."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _peer = listening.accept()
        with connection, listening:
            connection.recv(65536)
            try:
                connection.sendall(start)
                while not ended.wait(0.05):
                    connection.sendall(b"X")
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_a_receiver_that_does_not_answer_is_left_alone_for_longer_and_longer(now: datetime) -> None:
    rests = [(rules.rest(now - timedelta(seconds=failing), now=now) - now).total_seconds() for failing in (0, 40, 400, 86400)]
    assert rests == [10, 10, 100, 600]


def test_many_waiting_for_a_dead_receiver_cost_four_tries_and_not_one_each(
    receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    receiver.down()
    for thing_id in range(101, 131):
        happen(business(), thing_id)
    assert go(business()) == 1
    assert database.session.query(Attempt).count() == lane.AT_ONCE
    assert go(business()) == 0  # the endpoint rests
    receiver.up()
    go(business(seconds=10))
    assert len(receiver.got) == 30
    assert {one.state for one in log_of(endpoint.id)} == {"delivered"}


def test_after_a_rotation_both_secrets_hold_for_the_overlap_and_then_only_the_new(
    app: Flask, receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    old = secret_of(app, endpoint)
    with transaction():
        endpoints.rotate_secret(endpoint_id=endpoint.id, overlap=timedelta(hours=24), actor_id=None, now=business())
    new = secret_of(app, database.session.get_one(Endpoint, endpoint.id))
    assert new != old
    happen(business())
    go(business())
    happen(business(hours=24))
    go(business())
    during, after = [(got.body, got.headers["Callout-Signature"]) for got in receiver.got]
    assert is_signed(*during, old)
    assert is_signed(*during, new)
    assert is_signed(*after, new)
    assert not is_signed(*after, old)
    with transaction():  # one that leaked ends at once
        endpoints.rotate_secret(endpoint_id=endpoint.id, overlap=timedelta(), actor_id=None, now=business())
    happen(business())
    go(business())
    assert not is_signed(receiver.got[-1].body, receiver.got[-1].headers["Callout-Signature"], new)
    entries = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.secret_rotated")).all()
    assert len(entries) == 2
    assert not any(secret in f"{entry.before}{entry.after}" for entry in entries for secret in (old, new, endpoint.seed))


def test_a_replay_sends_the_same_again(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    happen(business())
    go(business())
    [delivery] = log_of(endpoint.id)
    with transaction():
        deliveries.replay(endpoint_id=endpoint.id, delivery_id=delivery.id, actor_id=None, now=business(minutes=5))
    go(business())
    first, second = receiver.got
    assert (first.body, first.headers["Callout-Delivery"]) == (second.body, second.headers["Callout-Delivery"])
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, len(delivery.tries)) == ("delivered", 2)


def test_all_that_failed_and_all_that_was_missed_while_paused_is_replayed_from_the_feed(
    receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    happen(business(), 1)  # long ago: failed, not asked for
    receiver.say(410)
    go(business())
    with transaction():
        endpoints.resume(endpoint_id=endpoint.id, actor_id=None, now=business())
    since = business(hours=1)
    happen(business(), 2)
    go(business())
    for thing_id in (3, 4):
        happen(business(minutes=1), thing_id)  # paused by the second 410: in nobody's log
    again: dict[str, Any] = {"endpoint_id": endpoint.id, "since": since, "actor_id": None}
    with pytest.raises(Conflict), transaction():
        deliveries.replay_since(**again, missed=True, now=business())
    with transaction():
        endpoints.resume(endpoint_id=endpoint.id, actor_id=None, now=business())
    receiver.say(200)
    receiver.got.clear()
    with transaction():
        assert deliveries.replay_since(**again, missed=False, now=business()) == 1
    go(business())
    assert [json.loads(got.body)["data"]["thing"]["id"] for got in receiver.got] == [2]
    with transaction():
        assert deliveries.replay_since(**again, missed=True, now=business()) == 2
    with transaction():
        assert deliveries.replay_since(**again, missed=True, now=business()) == 0  # each only once
    go(business())
    assert sorted(json.loads(got.body)["data"]["thing"]["id"] for got in receiver.got) == [2, 3, 4]


def test_what_waits_when_an_endpoint_is_paused_goes_when_it_is_resumed(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    receiver.say(500)
    happen(business())
    go(business())
    with transaction():
        endpoints.pause(endpoint_id=endpoint.id, actor_id=None, now=business())
    assert go(business(hours=1)) == 0
    receiver.say(200)
    with transaction():
        endpoints.resume(endpoint_id=endpoint.id, actor_id=None, now=business())
    go(business())
    assert [one.state for one in log_of(endpoint.id)] == ["delivered"]


def test_a_test_is_sent_once_even_to_a_paused_endpoint_and_says_nothing_about_the_others(
    receiver: Receiver, endpoint: Endpoint, business: Business
) -> None:
    receiver.say(500, b"no")
    with transaction():
        endpoints.pause(endpoint_id=endpoint.id, actor_id=None, now=business())
    with transaction():
        deliveries.send_test(endpoint_id=endpoint.id, actor_id=None, now=business())
    assert go(business()) == 1
    [got] = receiver.got
    assert json.loads(got.body)["event"] == got.headers["Callout-Event"] == "webhook.test"
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.tries[0].answer) == ("failed", "no")
    assert database.session.get_one(Endpoint, endpoint.id).failing_since is None
    assert go(business(days=1)) == 0


def test_a_worker_killed_while_sending_loses_nothing(
    receiver: Receiver, endpoint: Endpoint, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The delivery is committed with the effect; the lane that had it dies before, or after, it was sent."""
    happen(business())
    with transaction():
        lane.hand_over(business())

    class Killed(BaseException):
        """As if the process ended: nothing of ours runs any more."""

    def die(*_args: Any, **_more: Any) -> None:
        raise Killed

    with transaction():
        [row] = outbox.open_rows("heavy", now=business(), limit=10)
        row_id = row.id
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "record", die)
        with pytest.raises(Killed):
            outbox.run(row_id, clock=business)
    assert len(receiver.got) == 1  # sent, but not written down
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.attempts) == ("waiting", 0)
    with transaction():
        assert outbox.open_rows("heavy", now=business(), limit=10) == []  # the outbox believes it in good hands
    business(seconds=lane.LEASE)
    with transaction():
        assert [row.id for row in outbox.open_rows("heavy", now=business(), limit=10)] == [row_id]  # overdue: handed over again
    outbox.run(row_id, clock=business)
    assert len(receiver.got) == 1  # the delivery itself is still claimed
    go(business(seconds=deliveries.CLAIMED.total_seconds() - lane.LEASE))
    first, second = receiver.got
    assert (first.body, first.headers["Callout-Delivery"]) == (second.body, second.headers["Callout-Delivery"])
    assert [one.state for one in log_of(endpoint.id)] == ["delivered"]


def test_a_slow_worker_that_comes_back_late_spoils_nothing(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    happen(business())
    go(business())
    [delivery] = log_of(endpoint.id)
    with transaction():
        deliveries.record(endpoint.id, {delivery.id: sending.Answer(9000, problem="timeout")}, now=business(seconds=5))
    [delivery] = log_of(endpoint.id)
    assert (delivery.state, delivery.attempts, len(delivery.tries)) == ("delivered", 2, 2)


def test_deliveries_are_forgotten_after_14_days(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    happen(business())
    go(business())
    happen(business(days=1))
    with transaction():
        assert deliveries.forget_old(now=business(days=13, seconds=1)) is False
    assert len(log_of(endpoint.id)) == 1
    assert database.session.query(Attempt).count() == 0


def test_an_endpoint_is_removed_with_its_log_while_events_go_on(receiver: Receiver, endpoint: Endpoint, business: Business) -> None:
    happen(business())
    with transaction():
        endpoints.remove(endpoint_id=endpoint.id, actor_id=None, now=business())
    happen(business())
    assert go(business()) == 0
    assert (receiver.got, log_of(endpoint.id)) == ([], [])
