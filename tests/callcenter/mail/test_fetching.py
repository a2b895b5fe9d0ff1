"""Fetching from an IMAP server: nothing twice, nothing lost, whatever the server does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from callcenter.mail import fetching, imap, services
from callcenter.mail.fetching import Fetchers
from callcenter.mail.models import Mailbox, RawMessage
from core.db import db as database
from core.db import transaction
from core.sealing import NotSealed, seal, unseal
from tests.callcenter.mail.conftest import Desk, letter
from tests.callcenter.mail.imap_server import Imap
from tests.callcenter.mail.test_doors import until

pytestmark = pytest.mark.slow  # all of them together


@pytest.fixture
def server() -> Iterator[Imap]:
    made = Imap()
    running = made.start()
    yield made
    running.shutdown()
    running.server_close()


@pytest.fixture
def fetch(app: Flask, committed_desk: Desk, server: Imap, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The mailbox fetches from the test's server."""
    monkeypatch.setattr(fetching, "WAITS", (0.05, 0.05, 0.05, 0.05))
    settings = {"host": "127.0.0.1", "port": server.port, "user": "support", "folder": "INBOX", "tls": "none"}
    settings["password_sealed"] = seal("geheim", secret=app.config["CALLOUT"].secret_key)
    with transaction() as session:
        session.get_one(Mailbox, committed_desk.mailbox_id).fetch = settings
    return settings


@pytest.fixture
def fetchers(app: Flask, fetch: dict[str, Any]) -> Iterator[Fetchers]:
    """Fetchers of one process, tended by the test."""
    made = Fetchers(app, lambda _raw_id: None)
    yield made
    made.stop()


def kept() -> int:
    return database.session.scalar(select(func.count()).select_from(RawMessage)) or 0


def problem() -> str | None:
    return database.session.scalars(select(Mailbox.problem)).one()


def tended(fetchers: Fetchers, wanted: Callable[[], Any]) -> Any:
    """Tend as the mailroom does, until `wanted()`."""

    def look() -> Any:
        fetchers.tend()
        return wanted()

    return until(look)


@pytest.mark.parametrize("idle", [True, False])
def test_new_mail_is_kept_then_marked(fetchers: Fetchers, server: Imap, idle: bool) -> None:
    server.idle = idle
    server.put(letter())
    server.put(letter())
    assert tended(fetchers, lambda: kept() == 2)
    assert tended(fetchers, lambda: all(one.seen for one in server.messages))
    raws = [services.applying.files.read(row.file) for row in database.session.scalars(select(RawMessage).order_by(RawMessage.id))]
    assert raws == [one.raw for one in server.messages]
    assert tended(fetchers, lambda: database.session.scalars(select(Mailbox.checked_at)).one() is not None)
    assert problem() is None


def test_a_server_with_idle_tells_at_once(fetchers: Fetchers, server: Imap) -> None:
    assert tended(fetchers, lambda: "IDLE" in server.commands)
    server.put(letter())
    assert tended(fetchers, lambda: kept() == 1)


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "IDLE"])
def test_a_server_that_hangs_up_anywhere_loses_nothing_and_gives_nothing_twice(fetchers: Fetchers, server: Imap, command: str) -> None:
    server.hang_up_at = command
    server.put(letter())
    server.put(letter())
    assert tended(fetchers, lambda: all(one.seen for one in server.messages))
    assert tended(fetchers, lambda: kept() == 2)


def test_a_server_that_lost_its_index_gives_nothing_twice(fetchers: Fetchers, server: Imap) -> None:
    first, second = server.put(letter()), server.put(letter())
    assert tended(fetchers, lambda: first.seen and second.seen)
    server.idle = False
    server.hang_up_at = "DONE"
    server.renumber()
    server.put(letter())
    fetchers.stop()
    assert tended(fetchers, lambda: all(one.seen for one in server.messages) and kept() == 3)
    assert kept() == 3


def test_a_message_deleted_meanwhile_is_not_missed(fetchers: Fetchers, server: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, stays = server.put(letter()), server.put(letter())
    real = imap.new_uids

    def after_the_search(box: Any) -> list[str]:
        found = real(box)
        if gone in server.messages:
            server.expunge(gone)
        return found

    monkeypatch.setattr(imap, "new_uids", after_the_search)
    assert tended(fetchers, lambda: stays.seen and kept() == 1)
    assert problem() is None


@pytest.mark.parametrize("change", [{"read_only": True}, {"permanent": "\\Deleted"}], ids=["read only", "no flag stays"])
def test_a_folder_in_which_nothing_can_be_marked_is_left_alone(fetchers: Fetchers, server: Imap, change: dict[str, Any]) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    server.put(letter())
    assert tended(fetchers, lambda: (problem() or "").startswith("The folder can only be read."))
    assert kept() == 0


def test_while_the_database_is_away_nothing_is_marked(fetchers: Fetchers, server: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    away = threading.Event()
    away.set()
    real = services.store

    def store(**more: Any) -> tuple[int, bool]:
        if away.is_set():
            raise OperationalError("INSERT", {}, Exception("the database is away"))
        return real(**more)

    monkeypatch.setattr(fetching.services, "store", store)
    server.put(letter())
    assert tended(fetchers, lambda: server.commands.count("LOGIN") >= 3)
    assert not server.messages[0].seen
    away.clear()
    assert tended(fetchers, lambda: server.messages[0].seen and kept() == 1)


def test_a_message_the_server_cannot_give_does_not_stop_the_others(fetchers: Fetchers, server: Imap) -> None:
    server.broken.add(server.put(letter()).uid)
    server.put(letter())
    assert tended(fetchers, lambda: kept() == 1 and server.messages[1].seen)
    assert not server.messages[0].seen


def test_of_a_giant_only_the_beginning_is_taken(app: Flask, fetchers: Fetchers, server: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], mail_max_bytes=100_000))
    stored = server.put(letter(text="filling\n" * 100_000))
    assert tended(fetchers, lambda: kept() == 1)
    row = database.session.scalars(select(RawMessage)).one()
    assert (row.size, row.file.size) == (len(stored.raw), 256 * 1024)


def test_two_processes_never_fetch_one_mailbox(app: Flask, fetchers: Fetchers, server: Imap) -> None:
    other = Fetchers(app, lambda _raw_id: None)
    fetchers.tend()
    other.tend()
    assert (len(fetchers.running), len(other.running)) == (1, 0)
    fetchers.stop()
    other.tend()
    assert len(other.running) == 1
    other.stop()


def test_what_is_wrong_with_the_account_is_said_and_ends_with_it(fetchers: Fetchers, server: Imap) -> None:
    server.password = "changed"
    assert tended(fetchers, lambda: problem() == "The server does not accept this name and password.")
    server.password = "geheim"
    assert tended(fetchers, lambda: problem() is None)


def test_changed_settings_count_at_once(fetchers: Fetchers, server: Imap, fetch: dict[str, Any]) -> None:
    assert tended(fetchers, lambda: fetchers.running)
    [first] = fetchers.running.values()
    with transaction() as session:
        session.scalars(select(Mailbox)).one().fetch = {**fetch, "folder": "Elsewhere"}
    assert tended(fetchers, lambda: problem() == "There is no such folder on the server.")
    assert first.stop.is_set()
    with transaction() as session:
        session.scalars(select(Mailbox)).one().active = False
    assert tended(fetchers, lambda: not fetchers.running)


def test_a_look_at_the_account_counts_what_is_there(server: Imap) -> None:
    server.put(letter())
    account = imap.Account("127.0.0.1", server.port, "support", "geheim", "INBOX", "none")
    assert imap.looked_at(account) == {"messages": 1, "unseen": 1, "idle": True}
    with pytest.raises(imap.TROUBLES):
        imap.looked_at(replace(account, password="wrong"))


def test_a_sealed_password_opens_with_its_key_only() -> None:
    sealed = seal("pässword 密码", secret="one")
    assert unseal(sealed, secret="one") == "pässword 密码"
    assert "ssword" not in sealed
    assert seal("pässword 密码", secret="one") != sealed
    for wrong in (sealed[:-4] + "AAAA", "s1.", "s1.!!", "plain", sealed.replace("s1", "s2")):
        with pytest.raises(NotSealed):
            unseal(wrong, secret="one")
    with pytest.raises(NotSealed):
        unseal(sealed, secret="two")
