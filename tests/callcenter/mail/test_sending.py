"""Answers and confirmations on their way out, through a real SMTP conversation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.mail import presenters, services, transport
from callcenter.mail.composing import find_reply_token, read_ticket
from callcenter.mail.models import Mailbox, Outgoing, RawMessage
from config import Config
from core import files, outbox
from core.db import db as database
from customers import services as customers
from customers.rules import Contact
from tests.callcenter.mail.conftest import ADA, SUPPORT, Desk, Post, letter
from tickets import services as tickets
from tickets.models import Entry, Ticket


@pytest.fixture
def ticket(desk: Desk, now: datetime) -> Ticket:
    """Ada's request by mail, not confirmed automatically."""
    database.session.get_one(Mailbox, desk.mailbox_id).confirm = False
    raw = letter("References: <older@customer.example>", message_id="<question@customer.example>")
    received = services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now)
    return database.session.scalars(select(Ticket).where(Ticket.number == received.ticket)).one()


def answer(ticket: Ticket, now: datetime, **more: Any) -> Outgoing:
    """An agent's answer and the mail that was made of it."""
    entry = tickets.reply(
        ticket_id=ticket.id, text="We come tomorrow.\nSee https://callout.example/how?a=1&b=2.", actor_id=None, now=now, **more
    )
    database.session.commit()
    return database.session.scalars(select(Outgoing).where(Outgoing.entry_id == entry.id)).one()


def work(mail: Outgoing, at: Callable[[], datetime]) -> None:
    """What the worker does with the mail's outbox row; its failures stand on the row."""
    assert mail.outbox_id is not None
    with suppress(transport.SendingError):
        outbox.run(mail.outbox_id, clock=at)
    database.session.refresh(mail)


def notes(ticket: Ticket) -> list[str]:
    return list(database.session.scalars(select(Entry.text).where(Entry.ticket_id == ticket.id, Entry.kind == "note").order_by(Entry.id)))


def test_an_answer_reaches_the_customer_threaded_and_marked(
    post: Post, ticket: Ticket, business_time: Callable[..., datetime], our_config: Config
) -> None:
    now = business_time()
    leaflet = files.save(b"%PDF-leaflet", name="leaflet.pdf", content_type="application/pdf", now=now)
    mail = answer(ticket, now, files=[leaflet.id])
    work(mail, business_time)
    [sent] = post.mails
    assert (mail.state, mail.sent_at, mail.attempts, mail.uncertain) == ("sent", now, 1, 0)
    assert post.recipients == [ADA]
    assert (sent.from_email, sent.from_name, sent.message_id) == (SUPPORT, "Callout Support", mail.message_id)
    assert sent.subject == f"Re: The boiler leaks [#{ticket.number}]"
    assert (sent.in_reply_to, sent.references) == ("<question@customer.example>", ("<question@customer.example>",))
    assert read_ticket(find_reply_token([sent.reply_to[0].email]) or "", secret=our_config.secret_key) == ticket.number
    assert post.senders == [sent.reply_to[0].email]  # a delivery report finds its way back, too
    assert "We come tomorrow." in sent.text
    assert "Your service team" in sent.text
    assert '<a href="https://callout.example/how?a=1&amp;b=2"' in sent.html
    assert [(one.filename, one.content) for one in sent.attachments] == [("leaflet.pdf", b"%PDF-leaflet")]
    assert not sent.auto_reply
    assert not sent.suppress_auto_reply


def test_a_second_answer_names_the_whole_thread(post: Post, ticket: Ticket, business_time: Callable[..., datetime]) -> None:
    first = answer(ticket, business_time())
    second = answer(ticket, business_time(minutes=5))
    work(second, business_time)
    assert post.mails[0].references == ("<question@customer.example>", first.message_id)


def test_the_customers_answer_to_our_mail_comes_back_to_its_ticket(
    post: Post, ticket: Ticket, desk: Desk, business_time: Callable[..., datetime]
) -> None:
    work(answer(ticket, business_time()), business_time)
    [sent] = post.mails
    back = letter(f"In-Reply-To: {sent.message_id}", to=sent.reply_to[0].email, subject="Thanks")
    received = services.receive(mailbox_id=desk.mailbox_id, raw=back, now=business_time(hours=1))
    assert (received.action, received.ticket) == ("appended", ticket.number)


def test_a_busy_server_is_tried_again_with_the_same_message_id(post: Post, ticket: Ticket, business_time: Callable[..., datetime]) -> None:
    mail = answer(ticket, business_time())
    post.answer = "451 4.7.1 greylisted"
    work(mail, business_time)
    assert (mail.state, mail.attempts, mail.uncertain) == ("queued", 1, 0)
    assert "greylisted" in (mail.error or "")
    row = database.session.get_one(outbox.OutboxRow, mail.outbox_id)
    assert (row.done_at, row.gave_up_at) == (None, None)
    post.answer = "250 OK"
    work(mail, lambda: business_time(seconds=10))
    assert (mail.state, mail.error) == ("sent", None)
    assert len({one.message_id for one in post.mails}) == 1
    assert database.session.get_one(outbox.OutboxRow, mail.outbox_id).done_at is not None


def test_a_try_of_which_nobody_knows_the_end_is_counted(post: Post, ticket: Ticket, business_time: Callable[..., datetime]) -> None:
    mail = answer(ticket, business_time())
    post.answer = None  # takes it all, then hangs up
    work(mail, business_time)
    assert (mail.state, mail.uncertain) == ("queued", 1)
    post.answer = "250 OK"
    work(mail, business_time)
    assert (mail.state, mail.uncertain, len(post.taken)) == ("sent", 1, 2)
    assert post.mails[0].message_id == post.mails[1].message_id


def test_a_crash_after_the_servers_250_is_counted_and_sends_the_same_mail_again(
    post: Post, ticket: Ticket, business_time: Callable[..., datetime]
) -> None:
    mail = answer(ticket, business_time())
    work(mail, business_time)
    # As the database is when the process died before its commit.
    mail.state, mail.sent_at = "sending", None
    row = database.session.get_one(outbox.OutboxRow, mail.outbox_id)
    row.done_at = None
    database.session.commit()
    work(mail, business_time)
    assert (mail.state, mail.uncertain) == ("sent", 1)
    assert post.mails[0].message_id == post.mails[1].message_id


def test_a_mail_that_is_sent_is_not_sent_again(post: Post, ticket: Ticket, business_time: Callable[..., datetime]) -> None:
    mail = answer(ticket, business_time())
    work(mail, business_time)
    row = database.session.get_one(outbox.OutboxRow, mail.outbox_id)
    row.done_at = None
    database.session.commit()
    work(mail, business_time)
    assert len(post.taken) == 1


def test_a_refusal_is_seen_on_the_ticket_and_can_be_tried_again(post: Post, ticket: Ticket, business_time: Callable[..., datetime]) -> None:
    mail = answer(ticket, business_time())
    post.at_rcpt = "550 5.1.1 no such user"
    work(mail, business_time)
    assert (mail.state, mail.attempts) == ("failed", 1)
    assert [ADA in text and "no such user" in text for text in notes(ticket)] == [True]
    message_id = mail.message_id
    post.at_rcpt = "250 OK"
    services.try_again(outgoing_id=mail.id, now=business_time())
    database.session.commit()
    work(mail, business_time)
    assert (mail.state, post.mails[0].message_id) == ("sent", message_id)


def test_after_the_last_try_it_is_given_up_visibly(ticket: Ticket, post: Post, business_time: Callable[..., datetime]) -> None:
    mail = answer(ticket, business_time())
    post.answer = "421 too busy"
    row = database.session.get_one(outbox.OutboxRow, mail.outbox_id)
    row.attempts = outbox.handlers["mail.send"].attempts - 1
    database.session.commit()
    work(mail, business_time)
    assert mail.state == "failed"
    assert len(notes(ticket)) == 1
    name, panel = presenters.ticket_panel(ticket) or ("", {})
    assert name == "mail"
    assert [(row["state"], row["attempts"]) for row in panel["outgoing"]] == [("failed", 1)]


def test_a_server_that_is_not_there_is_tried_again(
    app: Flask, ticket: Ticket, business_time: Callable[..., datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], smtp_out="smtp://127.0.0.1:1"))
    mail = answer(ticket, business_time())
    work(mail, business_time)
    assert (mail.state, mail.uncertain) == ("queued", 0)


def test_without_a_server_mail_waits_and_goes_when_there_is_one(
    app: Flask, ticket: Ticket, business_time: Callable[..., datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = answer(ticket, business_time())
    assert (mail.state, mail.outbox_id) == ("queued", None)
    _name, panel = presenters.ticket_panel(ticket) or ("", {})
    assert [row["waits_for_server"] for row in panel["outgoing"]] == [True]
    assert services.hand_over_waiting(business_time()) is False
    assert mail.outbox_id is None
    monkeypatch.setitem(app.config, "CALLOUT", replace(app.config["CALLOUT"], smtp_out="smtp://127.0.0.1:1"))
    services.hand_over_waiting(business_time())
    assert mail.outbox_id is not None


def test_a_caller_with_an_address_is_answered_by_mail(desk: Desk, now: datetime) -> None:
    opened = tickets.open_ticket(subject="Calls", channel="phone", queue_id=desk.queue_id, customer_id=desk.ada_id, now=now)
    mail = answer(opened, now)
    assert (mail.recipient, mail.subject) == (ADA, f"Calls [#{opened.number}]")


def test_an_answer_that_has_no_way_out_is_said_on_the_ticket(desk: Desk, now: datetime) -> None:
    opened = tickets.open_ticket(subject="Who?", channel="email", queue_id=desk.queue_id, now=now)
    entry = tickets.reply(ticket_id=opened.id, text="Hello", actor_id=None, now=now)
    _name, panel = presenters.ticket_panel(opened) or ("", {})
    assert (panel["unsent"], panel["why_unsent"]) == ([entry.id], "no_address")


def test_chat_answers_do_not_go_by_mail(desk: Desk, now: datetime) -> None:
    opened = tickets.open_ticket(subject="Chat", channel="chat", queue_id=desk.queue_id, customer_id=desk.ada_id, now=now)
    tickets.reply(ticket_id=opened.id, text="Hello", actor_id=None, now=now)
    assert database.session.scalars(select(Outgoing)).all() == []


def confirmations() -> list[Outgoing]:
    return list(database.session.scalars(select(Outgoing).where(Outgoing.automatic).order_by(Outgoing.id)))


def test_a_new_request_is_confirmed_once_and_marked_as_automatic(post: Post, desk: Desk, business_time: Callable[..., datetime]) -> None:
    received = services.receive(mailbox_id=desk.mailbox_id, raw=letter(message_id="<q@customer.example>"), now=business_time())
    services.receive(mailbox_id=desk.mailbox_id, raw=letter(subject=f"[#{received.ticket}] more"), now=business_time())
    [mail] = confirmations()
    work(mail, business_time)
    [sent] = post.mails
    assert (sent.auto_reply, sent.suppress_auto_reply, sent.in_reply_to) == (True, True, "<q@customer.example>")
    assert str(received.ticket) in sent.text
    ticket = mail.ticket
    assert (ticket.first_response_at, ticket.status) == (None, "new")  # a machine's word is no answer


@pytest.mark.parametrize(
    "raw",
    [
        letter("Auto-Submitted: auto-generated"),
        letter("Precedence: bulk"),
        letter("List-Id: <list.example>"),
        letter("X-Auto-Response-Suppress: All"),
        letter("Return-Path: <>"),
        letter(sender="no-reply@shop.example"),
        letter(sender=SUPPORT, message_id="<human@elsewhere.example>"),
    ],
    ids=["auto-submitted", "bulk", "list", "suppressed", "empty return path", "no-reply", "ourselves"],
)
def test_no_confirmation_goes_to(raw: bytes, desk: Desk, now: datetime) -> None:
    assert services.receive(mailbox_id=desk.mailbox_id, raw=raw, now=now).action == "created"
    assert confirmations() == []


def test_no_confirmation_goes_to_an_address_that_returned_mail(desk: Desk, now: datetime) -> None:
    customers.mark_undeliverable(email=ADA, at=now)
    services.receive(mailbox_id=desk.mailbox_id, raw=letter(), now=now)
    assert confirmations() == []


@pytest.mark.slow
def test_automatic_mail_to_one_address_is_capped(desk: Desk, now: datetime) -> None:
    for minute in range(40):
        services.receive(mailbox_id=desk.mailbox_id, raw=letter(subject=f"Alarm {minute}"), now=now + timedelta(seconds=minute))
    assert len(confirmations()) == 30
    services.receive(mailbox_id=desk.mailbox_id, raw=letter(), now=now + timedelta(minutes=12))
    assert len(confirmations()) == 31


def test_automatic_mail_about_one_ticket_is_capped(ticket: Ticket, desk: Desk, now: datetime) -> None:
    mailbox = database.session.get_one(Mailbox, desk.mailbox_id)
    mailbox.confirm = True
    made = [services.confirm_receipt(ticket=ticket, mailbox=mailbox, recipient=ADA, answering=None, now=now) for _time in range(12)]
    assert [mail is not None for mail in made] == [True] * 10 + [False] * 2


def test_the_confirmation_speaks_the_customers_language(desk: Desk, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    customers.create_customer(name="王伟", now=now, language="zh_Hans", contact_points=[Contact("email", "wang@customer.example")])
    services.receive(mailbox_id=desk.mailbox_id, raw=letter(sender="wang@customer.example"), now=now)
    assert confirmations()[0].ticket.language == "zh_Hans"


def test_two_installations_that_write_to_each_other_stop_by_themselves(
    app: Flask, post: Post, desk: Desk, business_time: Callable[..., datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Theirs is this application under another name and secret, with a mailbox of its own."""
    ours = app.config["CALLOUT"]
    theirs = replace(ours, mail_domain="other.example", secret_key="another-secret")
    other = Mailbox(name="Other", address="help@other.example", sender_name="Other", queue_id=desk.queue_id, fetch={})
    database.session.add(other)
    # Each knows only its own mailbox as its own.
    monkeypatch.setattr(
        services.outgoing.queries, "own_addresses", lambda: {SUPPORT if app.config["CALLOUT"] is ours else "help@other.example"}
    )
    opened = tickets.open_ticket(
        subject="Order", channel="email", queue_id=desk.queue_id, contact_email="help@other.example", now=business_time()
    )
    tickets.reply(ticket_id=opened.id, text="Please send a pump.", actor_id=None, now=business_time())
    database.session.commit()
    delivered = 0
    while delivered < 20:
        waiting = database.session.scalars(select(Outgoing).where(Outgoing.state == "queued").order_by(Outgoing.id)).all()
        if not waiting:
            break
        for mail in waiting:
            from_us = mail.mailbox_id == desk.mailbox_id
            monkeypatch.setitem(app.config, "CALLOUT", ours if from_us else theirs)
            work(mail, business_time)
            monkeypatch.setitem(app.config, "CALLOUT", theirs if from_us else ours)
            target = other.id if from_us else desk.mailbox_id
            # What the other side holds of our ids is not known here: both share a database, so the first lookup must not see it.
            monkeypatch.setattr(services.outgoing.queries, "own_mail", lambda ids: None)
            services.receive(mailbox_id=target, raw=post.taken[-1], now=business_time(seconds=1))
            delivered += 1
    assert 1 <= delivered <= 3
    assert database.session.scalars(select(RawMessage.state)).all().count("applied") == delivered
