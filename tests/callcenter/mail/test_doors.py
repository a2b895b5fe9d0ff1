"""The listener by real SMTP and LMTP conversations, copies that arrive at once, and the pipe."""

from __future__ import annotations

import json
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from callcenter.mail import listener as doors
from callcenter.mail import services
from callcenter.mail.listener import Listener
from callcenter.mail.models import Mailbox, RawMessage
from core.db import db as database
from tests.callcenter.mail.conftest import ADA, SUPPORT, Desk, letter
from tickets.models import Entry, Ticket


@pytest.fixture
def listener(app: Flask, committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    """A listener on a free loopback port."""
    made = Listener(app, port=0)
    controller = made._controller
    monkeypatch.setattr(controller, "_trigger_server", controller._factory_invoker)
    made.start()
    yield made
    made.stop()


def until(wanted: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until `wanted()` is true; returns it."""
    end = time.monotonic() + seconds
    while not (found := _fresh(wanted)):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def _fresh(question: Callable[[], Any]) -> Any:
    database.session.rollback()
    return question()


def states() -> list[str]:
    return list(database.session.scalars(select(RawMessage.state).order_by(RawMessage.id)))


def count(model: type[Any]) -> int:
    return database.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_message_by_smtp_becomes_a_ticket(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        client.sendmail(ADA, [SUPPORT.upper()], letter(text=".dots\n..stay"))
    assert until(lambda: states() == ["applied"])
    assert database.session.scalars(select(Entry.text).where(Entry.kind == "message_in")).one().strip() == ".dots\n..stay"


def test_a_delivery_report_has_no_sender_in_the_envelope(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        client.sendmail("", [SUPPORT], letter())
    assert until(lambda: states() == ["applied"])


def test_an_address_with_a_mark_belongs_to_its_mailbox(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        client.sendmail(ADA, ["support+anything@callout.example"], letter())
    assert until(lambda: states() == ["applied"])
    assert database.session.scalars(select(RawMessage.recipient)).one() == "support+anything@callout.example"


def test_an_unknown_recipient_is_refused_at_the_door(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.sendmail(ADA, ["nobody@callout.example"], letter())
    assert refused.value.recipients["nobody@callout.example"][0] == 550
    assert states() == []


def test_a_message_beyond_all_bounds_is_refused(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        assert client.ehlo()[0] == 250
        limit = int(client.esmtp_features["size"])
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            client.sendmail(ADA, [SUPPORT], letter(text="x" * 900 + "\n" + ("y" * 900 + "\n") * (limit // 902)))
    assert refused.value.smtp_code == 552
    assert states() == []


def test_very_long_lines_are_taken(listener: Listener) -> None:
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        client.sendmail(ADA, [SUPPORT], letter(text="x" * 500_000))
    assert until(lambda: states() == ["applied"])


def test_250_comes_only_after_the_message_is_kept(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_more: Any) -> tuple[int, bool]:
        raise OperationalError("INSERT", {}, Exception("the database is away"))

    monkeypatch.setattr(doors.services, "store", away)
    with smtplib.SMTP("127.0.0.1", listener.port) as client, pytest.raises(smtplib.SMTPDataError) as later:
        client.sendmail(ADA, [SUPPORT], letter())
    assert later.value.smtp_code == 451
    monkeypatch.undo()


def test_when_the_database_is_away_the_recipient_is_told_to_come_later(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_address: str) -> int | None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(doors, "_mailbox_id", away)
    with smtplib.SMTP("127.0.0.1", listener.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as later:
        client.sendmail(ADA, [SUPPORT], letter())
    assert later.value.recipients[SUPPORT][0] == 451
    monkeypatch.undo()


def test_a_crash_between_keeping_and_applying_loses_nothing(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, committed_desk: Desk, business_time: Callable[..., datetime]
) -> None:
    monkeypatch.setattr(listener, "apply", lambda _raw_id: None)  # the process dies here
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        client.sendmail(ADA, [SUPPORT], letter())
    assert states() == ["received"]
    business_time(minutes=1)
    listener.apply_left_over()
    assert until(lambda: states() == ["applied"])
    assert count(Ticket) == 1


def test_lmtp_answers_for_each_recipient(listener: Listener, committed_desk: Desk) -> None:
    other = Mailbox(name="Sales", address="sales@callout.example", sender_name="Sales", queue_id=committed_desk.queue_id, fetch={})
    database.session.add(other)
    database.session.commit()
    with smtplib.LMTP("127.0.0.1", listener.port) as client:
        assert client.ehlo()[0] == 250
        assert client.mail(ADA)[0] == 250
        assert [client.rcpt(SUPPORT)[0], client.rcpt("nobody@callout.example")[0], client.rcpt("sales@callout.example")[0]] == [
            250,
            550,
            250,
        ]
        assert client.docmd("DATA")[0] == 354
        client.send(letter() + b".\r\n")
        assert [client.getreply()[0], client.getreply()[0]] == [250, 250]
        assert client.noop()[0] == 250  # nothing is left over
    assert until(lambda: states() == ["applied", "applied"])
    assert count(Ticket) == 1


def in_threads(app: Flask, works: list[Callable[[], services.Received]]) -> list[services.Received]:
    """Run all at the same moment, each in its own application context."""
    ready = threading.Barrier(len(works))
    found: list[services.Received] = []

    def run(work: Callable[[], services.Received]) -> None:
        with app.app_context():
            ready.wait()
            try:
                found.append(work())
            finally:
                database.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_message_that_comes_many_times_at_once_is_one_ticket(app: Flask, committed_desk: Desk, now: datetime) -> None:
    raw = letter()
    found = in_threads(app, [lambda: services.receive(mailbox_id=committed_desk.mailbox_id, raw=raw, now=now)] * 6)
    assert sorted(one.action for one in found) == ["created"] + ["duplicate"] * 5
    assert len({one.ticket for one in found}) == 1
    assert (count(Ticket), count(RawMessage)) == (1, 1)


def test_copies_of_one_conversation_at_once_are_one_ticket(app: Flask, committed_desk: Desk, now: datetime) -> None:
    people = [f"colleague{number}@customer.example" for number in range(6)]
    raws = [
        letter("References: <root@customer.example>", sender=person, to=", ".join([*people, SUPPORT]), text=f"I am number {number}.")
        for number, person in enumerate(people)
    ]
    works = [lambda raw=raw: services.receive(mailbox_id=committed_desk.mailbox_id, raw=raw, now=now) for raw in raws]
    found = in_threads(app, works)
    assert sorted(one.action for one in found) == ["appended"] * 5 + ["created"]
    assert len({one.ticket for one in found}) == 1


def pipe(app: Flask, raw: bytes, *arguments: str) -> Any:
    runner: FlaskCliRunner = app.test_cli_runner()
    return runner.invoke(args=["mail", "receive", *arguments], input=raw)


def test_the_pipe_says_what_became_of_the_message(app: Flask, committed_desk: Desk) -> None:
    raw = letter()
    first, again = pipe(app, raw), pipe(app, raw, "--mailbox", "Support")
    number = database.session.scalars(select(Ticket.number)).one()
    assert (first.exit_code, json.loads(first.stdout)) == (0, {"action": "created", "ticket": number})
    assert json.loads(again.stdout) == {"action": "duplicate", "ticket": number}


def test_the_pipe_answers_in_words_a_mail_server_knows(app: Flask, committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pipe(app, b"").exit_code == 66
    assert pipe(app, letter(), "--mailbox", "Nowhere").exit_code == 67

    def away(**_more: Any) -> services.Received:
        raise OperationalError("INSERT", {}, Exception("the database is away"))

    monkeypatch.setattr("callcenter.mail.cli.services.receive", away)
    assert pipe(app, letter()).exit_code == 75


def test_the_pipe_waits_while_no_mailbox_is_set_up(app: Flask, committed_db: Any, our_config: Any) -> None:
    assert pipe(app, letter()).exit_code == 75


def test_a_message_too_long_for_the_pipe_is_kept_as_far_as_it_goes(
    app: Flask, committed_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], mail_max_bytes=10_000))
    result = pipe(app, letter(text="filling\n" * 20_000))
    assert json.loads(result.stdout)["action"] == "created"
    row = database.session.scalars(select(RawMessage)).one()
    assert (row.reason, row.size > 150_000, row.file.size) == ("too_large", True, 40_000)
