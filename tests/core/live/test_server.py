"""The live process over real sockets: who gets in, what they may hear, and what happens when something is lost."""

from __future__ import annotations

import json
import socket as plain_socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
import websocket
from flask import Flask
from sqlalchemy import select

from config import Config
from core import redis
from core.auth import services as accounts
from core.auth.models import Token, User
from core.db import transaction
from core.live import streams, visitor_token
from core.live.server import origin_allowed
from core.live.watching import MOST_TOPICS
from tests.core.live.conftest import Account, HandRelay
from tests.core.live.harness import live_process, until
from tests.core.session_cookie import cookie_of

pytestmark = pytest.mark.slow
NAMESPACE = "/live"
refusals: list[Any] = []


@pytest.fixture(scope="module")
def url(app: Flask) -> Iterator[str]:
    """One live process for all tests of this file."""
    with live_process(app) as found:
        yield found


class Socket:
    """A client that keeps what it heard."""

    def __init__(self, url: str, auth: dict[str, str] | None, headers: dict[str, str] | None = None) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.ended = False
        self.client = socketio.Client(reconnection=False)
        for name in ("change", "head", "hint"):
            self.client.on(name, lambda *data, name=name: self.heard.extend((name, one) for one in data), namespace=NAMESPACE)
        self.client.on("disconnect", self._end, namespace=NAMESPACE)
        self.client.on("connect_error", refusals.append, namespace=NAMESPACE)
        self.client.connect(url, auth=auth, headers=headers or {}, namespaces=[NAMESPACE], transports=["websocket"], wait_timeout=30)

    def _end(self, *_reason: Any) -> None:
        self.ended = True

    def ask(self, event: str, **message: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.client.call(event, message, namespace=NAMESPACE, timeout=30)
        return found

    def changes(self) -> list[dict[str, Any]]:
        return [data for name, data in list(self.heard) if name == "change"]

    def named(self, event: str) -> list[dict[str, Any]]:
        return [data for name, data in list(self.heard) if name == event]


@pytest.fixture
def connect(url: str, committed_db: Any) -> Iterator[Callable[..., Socket]]:
    """`connect(auth)` → a socket, closed after the test."""
    made: list[Socket] = []

    def make(auth: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Socket:
        made.append(Socket(url, auth, headers))
        return made[-1]

    yield make
    for one in made:
        one.client.disconnect()


@pytest.mark.parametrize("auth", [None, {}, {"token": "co_wrong"}, {"visitor": "forged"}, {"token": ""}])
def test_nobody_gets_in_without_a_proof(connect: Callable[..., Socket], auth: Any) -> None:
    refusals.clear()
    with pytest.raises(socketio.exceptions.ConnectionError):
        connect(auth)
    assert refusals == [{"message": "not_signed_in"}]


def test_a_wrong_token_is_refused_even_with_a_good_cookie(
    app: Flask, connect: Callable[..., Socket], account: Callable[..., Account]
) -> None:
    headers = cookie_of(app, account().user_id)
    assert connect(None, headers).client.connected
    refusals.clear()
    with pytest.raises(socketio.exceptions.ConnectionError):
        connect({"token": "co_wrong"}, headers)
    assert refusals == [{"message": "not_signed_in"}]


def test_polling_is_not_spoken(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(f"{url}/socket.io/?EIO=4&transport=polling")


def test_watching_joins_first_and_then_says_where_the_snapshot_is(
    connect: Callable[..., Socket], account: Callable[..., Account], add_file: Callable[..., int], relay: HandRelay
) -> None:
    watcher = connect(account().auth)
    answer = watcher.ask("watch", topic="kind:text")
    assert {"ok": True, "topic": "kind:text", "snapshot": "/live/snapshot/kind:text"}.items() <= answer.items()
    assert answer["id"] == streams.heads(["kind:text|staff"])["kind:text|staff"]
    file_id = str(add_file(size=5))
    relay.run()
    assert until(lambda: len(watcher.changes()) == 2)
    first, second = watcher.changes()
    assert (first["type"], first["key"], first["data"]["size"]) == ("upsert", file_id, 5)
    assert [first["prev"], second["prev"]] == [answer["id"], first["id"]]


def test_a_visitor_hears_only_what_visitors_may(
    connect: Callable[..., Socket], visitor: dict[str, str], add_file: Callable[..., int], relay: HandRelay
) -> None:
    guest = connect(visitor)
    assert guest.ask("watch", topic="kind:text")["ok"]
    assert guest.ask("watch", topic="mine") == {"ok": False, "error": "not_allowed"}
    add_file(size=5, name="a")
    relay.run()
    assert until(lambda: len(guest.changes()) == 2)
    assert guest.changes()[0]["data"] == {"name": "a"}
    stranger = connect({"visitor": visitor_token("chat-2")})
    assert stranger.ask("watch", topic="kind:text") == {"ok": False, "error": "not_allowed"}


def test_permission_and_names_are_checked(connect: Callable[..., Socket], account: Callable[..., Account]) -> None:
    technician, agent = connect(account("technician").auth), connect(account("agent").auth)
    assert technician.ask("watch", topic="kind:text") == {"ok": False, "error": "not_allowed"}
    for wrong in ("nothing", "kind", "kind:", "kind:a b", "largest:1", "x" * 500, ""):
        assert agent.ask("watch", topic=wrong) == {"ok": False, "error": "not_found"}
    assert agent.ask("watch", topic="mine:1") == {"ok": False, "error": "not_allowed"}
    assert agent.client.call("watch", "not an object", namespace=NAMESPACE) == {"ok": False, "error": "not_found"}
    assert agent.ask("watch", topic="mine")["topic"].startswith("mine:")


def test_since_replays_what_was_missed_or_says_reset(
    connect: Callable[..., Socket], account: Callable[..., Account], add_file: Callable[..., int], relay: HandRelay
) -> None:
    who = account()
    first = connect(who.auth)
    began = first.ask("watch", topic="kind:text")
    first.client.disconnect()
    file_id = str(add_file())
    relay.run()
    second = connect(who.auth)
    answer = second.ask("watch", topic="kind:text", since=began["id"], epoch=began["epoch"])
    assert [change["key"] for change in answer["changes"]] == [file_id, None]
    assert answer["id"] == answer["changes"][-1]["id"]
    assert "reset" not in answer
    for unknown in ({"since": "5-5"}, {"since": began["id"], "epoch": "before the restore"}, {"since": ["odd"]}):
        assert second.ask("watch", topic="kind:text", **unknown)["reset"] is True
    again = second.ask("watch", topic="kind:text", since=answer["id"])
    assert (again["changes"], again["id"]) == ([], answer["id"])


def test_unwatching_ends_the_changes(
    connect: Callable[..., Socket], account: Callable[..., Account], add_file: Callable[..., int], relay: HandRelay
) -> None:
    stays, leaves = connect(account().auth), connect(account().auth)
    for one in (stays, leaves):
        one.ask("watch", topic="kind:text")
    assert leaves.ask("unwatch", topic="kind:text") == {"ok": True}
    assert leaves.ask("unwatch", topic="kind:text") == {"ok": False, "error": "not_found"}
    add_file()
    relay.run()
    assert until(lambda: len(stays.changes()) == 2)
    assert leaves.changes() == []


def test_a_client_cannot_watch_without_limit(connect: Callable[..., Socket], account: Callable[..., Account]) -> None:
    greedy = connect(account().auth)
    answers = [greedy.ask("watch", topic=f"kind:k{number}") for number in range(MOST_TOPICS + 1)]
    assert all(answer["ok"] for answer in answers[:-1])
    assert answers[-1] == {"ok": False, "error": "too_many"}
    assert greedy.ask("watch", topic="kind:k0")["ok"], "what is watched already may be asked again"
    answers = []
    for _ in range(300):  # without waiting for the answers
        greedy.client.emit("watch", {"topic": "kind:k0"}, namespace=NAMESPACE, callback=answers.append)
    assert until(lambda: len(answers) == 300)
    assert {"ok": False, "error": "slow_down"} in answers


def test_a_message_too_long_ends_the_socket(connect: Callable[..., Socket], account: Callable[..., Account]) -> None:
    rude = connect(account().auth)
    rude.client.emit("hint", {"topic": "kind:text", "data": "x" * 100_000}, namespace=NAMESPACE)
    assert until(lambda: rude.ended)


def test_hints_reach_the_others_and_only_the_audiences_they_are_for(
    connect: Callable[..., Socket], account: Callable[..., Account], visitor: dict[str, str]
) -> None:
    ana, bo, guest, second_guest = connect(account().auth), connect(account().auth), connect(visitor), connect(visitor)
    assert ana.ask("hint", topic="kind:text", kind="typing") == {"ok": False, "error": "not_allowed"}, "not watching"
    for one in (ana, bo, guest, second_guest):
        one.ask("watch", topic="kind:text")
    assert ana.ask("hint", topic="kind:text", kind="shouting") == {"ok": False, "error": "not_allowed"}
    assert guest.ask("hint", topic="kind:text", kind="typing", data="hel") == {"ok": True}
    assert until(lambda: len(ana.named("hint")) == len(bo.named("hint")) == 1)
    assert ana.named("hint")[0] == {"topic": "kind:text", "kind": "typing", "from": {"id": "chat-1", "name": "Visitor"}, "data": "hel"}
    assert second_guest.named("hint") == []
    answers = [ana.ask("hint", topic="kind:text", kind="typing") for _ in range(20)]
    assert {"ok": False, "error": "slow_down"} in answers


def test_who_looks_is_known_to_who_comes_later_and_ends_with_the_socket(
    connect: Callable[..., Socket], account: Callable[..., Account]
) -> None:
    first, who = account(), account()
    ana, bo = connect(first.auth), connect(who.auth)
    ana.ask("watch", topic="kind:text")
    ana.ask("hint", topic="kind:text", kind="looking")
    assert bo.ask("watch", topic="kind:text")["looking"] == [{"id": first.user_id, "name": "Ana"}]
    ana.client.disconnect()
    assert until(lambda: [hint["kind"] for hint in bo.named("hint")] == ["left"])
    assert bo.ask("watch", topic="kind:text")["looking"] == []


def test_the_server_says_its_time(connect: Callable[..., Socket], account: Callable[..., Account]) -> None:
    assert connect(account().auth).ask("time")["at"].endswith("Z")


def change_roles(who: Account, now: Any) -> None:
    with transaction() as session:
        accounts.set_roles(user=session.get_one(User, who.user_id), roles=["technician"], actor_id=None, now=now)


def deactivate(who: Account, now: Any) -> None:
    with transaction() as session:
        session.get_one(User, who.user_id).active = False


def revoke(who: Account, now: Any) -> None:
    with transaction() as session:
        token_id = session.scalars(select(Token.id).where(Token.user_id == who.user_id)).one()
        accounts.revoke_token(token_id=token_id, now=now, actor_id=None)


@pytest.mark.parametrize("end", [change_roles, deactivate, revoke])
def test_a_right_that_ended_ends_the_socket(
    connect: Callable[..., Socket], account: Callable[..., Account], now: Any, end: Callable[..., None]
) -> None:
    loses, keeps = account(), account()
    ended, stays = connect(loses.auth), connect(keeps.auth)
    end(loses, now)
    assert until(lambda: ended.ended, 6)
    assert not stays.ended


def test_signing_out_ends_the_browsers_other_pages_and_other_devices_come_back(
    app: Flask, connect: Callable[..., Socket], account: Callable[..., Account], relay: HandRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = account()
    headers = cookie_of(app, who.user_id)
    page = connect(None, headers)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    browser = app.test_client()
    browser.set_cookie(*headers["Cookie"].split("=", 1))
    assert browser.post("/sign-out").location == "/sign-in"
    relay.run()
    assert until(lambda: page.ended, 6)
    assert connect(None, headers).client.connected


def test_when_redis_is_emptied_watchers_are_told_and_changes_flow_again(
    connect: Callable[..., Socket], account: Callable[..., Account], add_file: Callable[..., int], relay: HandRelay
) -> None:
    watcher = connect(account().auth)
    began = watcher.ask("watch", topic="kind:text")
    redis.client().flushdb()
    add_file()
    relay.run()
    assert until(lambda: len(watcher.named("head")) == 1, 10)
    head = watcher.named("head")[0]
    assert (head["topic"], head["epoch"]) == ("kind:text", began["epoch"])
    assert head["id"] != began["id"]
    assert watcher.ask("watch", topic="kind:text", since=began["id"])["reset"] is True
    add_file()
    relay.run()
    # Two, or four: the live process may begin its streams anew before the first file is told of.
    assert until(lambda: bool(watcher.changes()) and watcher.changes()[-1]["data"] == {"count": 2, "size": 2})
    assert [change["prev"] for change in watcher.changes()] == [head["id"], *(change["id"] for change in watcher.changes()[:-1])]


def test_a_message_lost_on_the_way_is_announced(
    connect: Callable[..., Socket], account: Callable[..., Account], add_file: Callable[..., int], relay: HandRelay
) -> None:
    watcher = connect(account().auth)
    watcher.ask("watch", topic="kind:text")
    (entry,) = streams.append("kind:text|staff", [{"type": "upsert", "topic": "kind:text"}], fence=1, epoch="e")  # and not emitted
    assert until(lambda: [head["id"] for head in watcher.named("head")] == [entry.id], 10)


def test_a_slow_reader_gets_every_message_whole_and_in_order(
    url: str, account: Callable[..., Account], add_file: Callable[..., int], relay: HandRelay, connect: Callable[..., Socket]
) -> None:
    who = account()
    quick = connect(who.auth)
    quick.ask("watch", topic="kind:text")
    address = url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    slow = websocket.create_connection(address, sockopt=((plain_socket.SOL_SOCKET, plain_socket.SO_RCVBUF, 4096),), timeout=30)
    slow.send("40/live," + json.dumps(who.auth))
    slow.send('42/live,1["watch",{"topic":"kind:text"}]')
    begun: dict[str, Any] = {}
    while not begun:
        said = str(slow.recv())
        if said.startswith("43/live,1"):
            begun = json.loads(said.removeprefix("43/live,1"))[0]
    for number in range(30):
        add_file(name=f"{number} " + "x" * 250_000)  # 7.5 MB in all: more than the kernel keeps for a socket
        relay.run()
    sent = [entry.id for entry in streams.since("kind:text|staff", begun["id"]) or []]
    assert len(sent) >= 60
    # What another test sent may still be under way when one begins to watch; it is older than the answer to `watch`.
    assert until(lambda: [change["id"] for change in quick.changes()][-len(sent) :] == sent), (len(quick.changes()), quick.named("head"))
    last, got = begun["id"], []
    while len(got) < len(sent):
        said = str(slow.recv())
        if said == "2":
            slow.send("3")
        elif said.startswith("42/live,"):
            for change in json.loads(said.removeprefix("42/live,"))[1:]:
                if got or change["id"] == sent[0]:
                    assert change["prev"] == last
                    last = change["id"]
                    got.append(last)
    assert got == sent
    slow.close()


@pytest.mark.parametrize(
    ("origin", "base", "allowed"),
    [
        (None, "https://desk.example", True),
        ("https://desk.example", "https://desk.example", True),
        ("https://desk.example:8443", "https://desk.example", True),
        ("https://evil.example", "https://desk.example", False),
        ("https://desk.example.evil.example", "https://desk.example", False),
        ("http://localhost:3000", "https://desk.example", False),
        ("http://localhost:5000", "http://127.0.0.1:5000", True),
        ("null", "https://desk.example", False),
    ],
)
def test_only_our_own_pages_may_use_the_readers_cookie(config: Config, origin: str | None, base: str, allowed: bool) -> None:
    changed = {name: getattr(config, name) for name in config.__dataclass_fields__} | {"public_base_url": base}
    assert origin_allowed(origin, Config(**changed)) is allowed
