"""Mail that means harm: what it pretends to be, it is not taken for; what it carries is kept as it came and never opened."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from callcenter.mail import services
from callcenter.mail.models import Outgoing, RawMessage
from callcenter.mail.tokens import reply_address, sign_ticket
from config import Config
from core import files
from core.db import db as database
from tests.callcenter.mail.conftest import SUPPORT, Desk, letter
from tests.callcenter.mail.parsing.builders import PLAIN, encoded, message, multipart, part
from tickets.models import Entry, Ticket

Receive = Callable[[bytes], services.Received]
EVE = "eve@evil.example"


@pytest.fixture
def receive(desk: Desk, now: datetime) -> Receive:
    """`receive(raw)` → what became of it."""
    return lambda raw: services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now)


def entries_of(number: int | None) -> list[Entry]:
    ticket = database.session.scalars(select(Ticket).where(Ticket.number == number)).one()
    return list(database.session.scalars(select(Entry).where(Entry.ticket_id == ticket.id, Entry.kind != "change").order_by(Entry.id)))


def carrying(*parts: bytes) -> bytes:
    header, body = multipart("mixed", part(PLAIN, "see attached"), *parts)
    return message(f"From: {EVE}", f"To: {SUPPORT}", "Subject: s", header, body=body)


def test_forged_marks_of_ours_open_nobodys_ticket(receive: Receive, our_config: Config) -> None:
    victim = receive(letter()).ticket
    assert victim is not None
    true = sign_ticket(victim, secret=our_config.secret_key)
    forged = [true[:-1] + ("a" if true[-1] != "a" else "b"), sign_ticket(victim, secret="another's"), "a" * 24]
    for token in forged:
        by_reference = letter(f"References: <{token}.0123456789@callout.example>", sender=EVE)
        by_answer = letter(f"In-Reply-To: <{token}.0123456789@callout.example>", sender=EVE)
        by_address = letter(sender=EVE, to=reply_address(SUPPORT, token))
        for raw in (by_reference, by_answer, by_address):
            received = receive(raw)
            assert received.ticket not in (victim, None)
    assert len(entries_of(victim)) == 1


def test_a_message_id_of_ours_that_we_never_made_hides_no_mail(receive: Receive) -> None:
    assert receive(letter(message_id="<aaaaaaaaaaaaaaaaaaaaaaaa.1@callout.example>", sender=EVE)).action == "created"


def test_mail_that_pretends_to_be_an_agent_is_no_answer_of_ours(
    receive: Receive, make_user: Callable[..., Any], our_config: Config
) -> None:
    agent = make_user("agent")
    number = receive(letter()).ticket
    assert number is not None
    back = reply_address(SUPPORT, sign_ticket(number, secret=our_config.secret_key))
    received = receive(letter(sender=f"{agent.name} <{agent.email}>", to=back, text="Please pay to this account."))
    first, note = entries_of(number)
    assert (received.action, first.kind, note.kind, note.public) == ("appended", "message_in", "note", False)
    assert agent.email in note.text
    assert note.author_id is None
    assert list(database.session.scalars(select(Outgoing.recipient))) == ["ada@customer.example"]  # that her request is here, nothing more


def test_mail_under_our_own_address_starts_no_answer(receive: Receive) -> None:
    assert receive(letter(sender=SUPPORT, message_id="<1@evil.example>")).action == "created"
    assert database.session.scalars(select(Outgoing)).all() == []


def bomb() -> bytes:
    """50 MB of zeros within a zip within a zip, some hundred bytes long."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("zeros", b"\0" * 50_000_000)
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("inner.zip", inner.getvalue())
    return outer.getvalue()


def test_a_bomb_stays_packed(receive: Receive) -> None:
    packed = bomb()
    before = time.process_time()
    number = receive(carrying(encoded('Content-Type: application/zip; name="all.zip"', packed))).ticket
    assert time.process_time() - before < 2
    [one] = entries_of(number)[0].files
    assert (one.file.size, files.read(one.file)) == (len(packed), packed)


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ('Content-Type: image/jpeg; name="holiday.jpg.exe"', b"MZ\x90\x00"),
        ('Content-Type: text/html; name="offer.pdf"\nContent-Disposition: attachment; filename="offer.pdf"', b"<script>alert(1)</script>"),
        ('Content-Type: image/svg+xml; name="logo.svg"', b"<svg onload=alert(1)></svg>"),
        ('Content-Type: application/x-msdownload; name="leak.png"', b"\x89PNG\r\n\x1a\n"),
    ],
    ids=["program called picture", "page called paper", "picture with script", "picture called program"],
)
def test_a_file_is_handed_out_to_be_kept_and_never_run(
    receive: Receive, sign_in: Callable[..., FlaskClient], headers: str, content: bytes
) -> None:
    [one] = entries_of(receive(carrying(encoded(headers, content))).ticket)[0].files
    answer = sign_in("agent").get(f"/files/{one.file_id}")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_attachments_beyond_the_bound_are_told_of(receive: Receive) -> None:
    received = receive(carrying(*[encoded("Content-Type: image/gif", b"GIF")] * 203))
    first, note = entries_of(received.ticket)
    assert len(first.files) == 200
    assert note.text.startswith("3 of its attachments were left out.")
    assert database.session.get_one(RawMessage, received.raw_id).action == "created"
