"""A firm with one mailbox, letters to write to it, and a mail server of the outside world."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from flask import Flask

from callcenter.mail.models import Mailbox
from callcenter.mail.parsing import ParsedMail, parse
from config import Config
from core import clock
from core.db import db as database
from customers import services as customers
from customers.models import Customer
from customers.rules import Contact
from staff.models import Branch
from tickets.models import Queue

SUPPORT = "support@callout.example"
ADA = "ada@customer.example"
_numbers = itertools.count(1)


@dataclass
class Desk:
    """Ids of the little firm."""

    mailbox_id: int
    queue_id: int
    ada_id: int


def make_desk(now: datetime) -> Desk:
    """A branch, a queue, a mailbox, a customer; committed."""
    branch = Branch(name="Berlin", time_zone="Europe/Berlin", country="DE", language="en", address="", active=True)
    queue = Queue(key="repairs", name="Repairs", branch=branch, position=0, active=True, skills=[])
    mailbox = Mailbox(name="Support", address=SUPPORT, sender_name="Callout Support", queue=queue, signature="Your service team", fetch={})
    database.session.add_all([branch, queue, mailbox])
    database.session.flush()
    ada: Customer = customers.create_customer(name="Ada Byron", now=now, contact_points=[Contact("email", ADA)])
    found = Desk(mailbox.id, queue.id, ada.id)
    database.session.commit()
    return found


@pytest.fixture
def our_config(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Settings of an installation at callout.example that cannot send (yet)."""
    config = replace(app.config["CALLOUT"], mail_domain="callout.example", smtp_out="", mail_max_bytes=1_000_000)
    monkeypatch.setitem(app.config, "CALLOUT", config)
    return config


@pytest.fixture
def business_time(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Callable[..., datetime]:
    """Business time that stands still: `business_time()` tells it, `business_time(hours=2)` moves it on."""
    at = [now]

    def tell(**forward: float) -> datetime:
        at[0] += timedelta(**forward)
        return at[0]

    monkeypatch.setattr(clock, "now", lambda: at[0])
    return tell


@pytest.fixture
def desk(db: Any, our_config: Config, now: datetime) -> Desk:
    """The firm in a database that is rolled back."""
    return make_desk(now)


@pytest.fixture
def committed_desk(committed_db: Any, our_config: Config, now: datetime) -> Desk:
    """The firm with real commits."""
    return make_desk(now)


def letter(
    *headers: str,
    sender: str = f"Ada Byron <{ADA}>",
    to: str = SUPPORT,
    subject: str = "The boiler leaks",
    text: str = "Water everywhere.",
    message_id: str | None = None,
    date: datetime = datetime(2026, 3, 10, 8, 55, tzinfo=UTC),
) -> bytes:
    """A plain mail. More headers as whole lines; `message_id` "" for none."""
    own = f"<{next(_numbers)}.{id(headers)}@customer.example>" if message_id is None else message_id
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Date: {format_datetime(date)}", "MIME-Version: 1.0"]
    lines += ["Content-Type: text/plain; charset=utf-8", *headers]
    if own:
        lines.append(f"Message-ID: {own}")
    return ("\r\n".join(lines) + "\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n").encode()


@dataclass
class Post:
    """A mail server of the outside world. `answer` is what it says after DATA (None: it hangs up instead), `at_rcpt` to a recipient."""

    port: int = 0
    answer: str | None = "250 OK"
    at_rcpt: str = "250 OK"
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)

    async def handle_RCPT(self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        if self.at_rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.at_rcpt

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:
        self.taken.append(bytes(envelope.original_content))
        self.recipients += envelope.rcpt_tos
        self.senders.append(envelope.mail_from)
        if self.answer is None:
            server.transport.abort()
            return "250 never heard"
        return self.answer

    @property
    def mails(self) -> list[ParsedMail]:
        return [parse(raw) for raw in self.taken]


@contextmanager
def post_office() -> Iterator[Post]:
    """Run one on a free loopback port."""
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=0)
    # aiosmtpd looks whether it answers at the port it was given; ours is known only after it has begun.
    controller._trigger_server = lambda: controller._factory_invoker()  # type: ignore[method-assign]
    controller.start()
    server: Any = controller.server
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        controller.stop()


@pytest.fixture
def post(app: Flask, our_config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """The outside world's mail server, named in SMTP_OUT."""
    with post_office() as found:
        config = replace(app.config["CALLOUT"], smtp_out=f"smtp://127.0.0.1:{found.port}")
        monkeypatch.setitem(app.config, "CALLOUT", config)
        yield found
