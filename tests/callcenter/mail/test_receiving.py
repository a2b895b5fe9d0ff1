"""What becomes of a message: every branch from the bytes to the ticket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from callcenter.mail import queries, rules, services
from callcenter.mail.models import Mailbox, Outgoing, RawMessage
from callcenter.mail.services import applying
from callcenter.mail.tokens import new_message_id, reply_address, sign_ticket
from config import Config
from core import files
from core.db import db as database
from core.errors import DomainError, NotValid
from customers import services as customers
from customers.models import ContactPoint, Customer
from customers.rules import Contact
from tests.callcenter.mail.conftest import ADA, SUPPORT, Desk, letter
from tickets import services as tickets
from tickets.models import Entry, Ticket, TicketLink

MESSAGES = Path(__file__).parent / "parsing" / "messages"
Receive = Callable[..., services.Received]


@pytest.fixture
def receive(desk: Desk, now: datetime) -> Receive:
    """`receive(raw)` → what became of it, at the test's time unless told otherwise."""

    def take(raw: bytes, *, at: datetime = now, mailbox_id: int = desk.mailbox_id, **more: Any) -> services.Received:
        return services.receive(mailbox_id=mailbox_id, raw=raw, now=at, **more)

    return take


def ticket_of(received: services.Received) -> Ticket:
    return database.session.scalars(select(Ticket).where(Ticket.number == received.ticket)).one()


def messages_of(ticket: Ticket, kind: str = "message_in") -> list[Entry]:
    query = select(Entry).where(Entry.ticket_id == ticket.id, Entry.kind == kind).order_by(Entry.id)
    return list(database.session.scalars(query))


def raw_of(received: services.Received) -> RawMessage:
    return database.session.get_one(RawMessage, received.raw_id)


def count(model: type[Any]) -> int:
    return database.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_new_message_of_a_known_customer_opens_their_ticket(receive: Receive, desk: Desk, now: datetime) -> None:
    received = receive(letter(subject="Re: The boiler leaks", text="Water everywhere.\n\nOn Monday you wrote:\n> Nothing\n"))
    ticket = ticket_of(received)
    entry = messages_of(ticket)[0]
    assert received.action == "created"
    assert (ticket.subject, ticket.customer_id, ticket.contact_email, ticket.channel) == ("The boiler leaks", desk.ada_id, ADA, "email")
    assert (entry.author_name, entry.channel, entry.data["from"], entry.data["customer"]) == ("Ada Byron", "email", ADA, True)
    assert entry.happened_at == now - timedelta(minutes=5)
    assert ticket.unanswered_since == now
    assert database.session.get_one(Customer, desk.ada_id).last_contact_at == now


def test_a_message_of_somebody_unknown_keeps_their_address_for_an_agent_to_link(receive: Receive) -> None:
    ticket = ticket_of(receive(letter(sender="New <New.Person@elsewhere.example>")))
    assert (ticket.customer_id, ticket.contact_email) == (None, "new.person@elsewhere.example")


def test_of_several_who_share_an_address_the_one_in_contact_last_is_taken(receive: Receive, now: datetime) -> None:
    other = customers.create_customer(name="Annabella", now=now, contact_points=[Contact("email", ADA)])
    customers.contacted(customer_id=other.id, at=now - timedelta(days=1))
    database.session.commit()
    assert ticket_of(receive(letter())).customer_id == other.id


def test_the_answer_goes_to_reply_to_and_never_to_ourselves(receive: Receive) -> None:
    form = letter("Reply-To: bob@customer.example", sender="Shop <noreply@shop.example>")
    ours = letter(f"Reply-To: {SUPPORT}", sender="carol@customer.example")
    assert ticket_of(receive(form)).contact_email == "bob@customer.example"
    assert ticket_of(receive(ours)).contact_email == "carol@customer.example"


def test_a_message_without_subject_is_named_by_its_first_words(receive: Receive) -> None:
    assert ticket_of(receive(letter(subject="Re: ", text="\nThe heating is cold.\nSince Monday."))).subject == "The heating is cold."


def test_a_message_that_comes_twice_is_one_message(receive: Receive) -> None:
    raw = letter()
    first, again = receive(raw), receive(raw)
    assert (again.action, again.ticket, again.raw_id) == ("duplicate", first.ticket, first.raw_id)
    assert count(Ticket) == count(RawMessage) == 1


def test_a_copy_by_another_road_has_the_same_message_id(receive: Receive) -> None:
    raw = letter(message_id="<same@customer.example>")
    receive(raw)
    assert receive(b"Received: from elsewhere\r\n" + raw).action == "duplicate"


def test_a_message_without_message_id_is_known_by_its_bytes(receive: Receive) -> None:
    raw = letter(message_id="")
    assert [receive(raw).action, receive(raw).action, receive(raw + b"more\r\n").action] == ["created", "duplicate", "created"]


def test_a_box_that_gives_all_its_mail_one_message_id_loses_none(receive: Receive, now: datetime) -> None:
    one = letter(message_id="<1@alarm.example>", date=now - timedelta(hours=2), subject="Pressure low")
    two = letter(message_id="<1@alarm.example>", date=now - timedelta(hours=1), subject="Pressure gone")
    assert [receive(one).action, receive(two).action, receive(two).action] == ["created", "created", "duplicate"]


def test_the_same_message_to_two_of_our_mailboxes_is_one_ticket(receive: Receive, desk: Desk) -> None:
    other = Mailbox(name="Sales", address="sales@callout.example", sender_name="Sales", queue_id=desk.queue_id, fetch={})
    database.session.add(other)
    database.session.commit()
    raw = letter(to=f"{SUPPORT}, sales@callout.example")
    first, second = receive(raw), receive(raw, mailbox_id=other.id)
    assert (first.action, second.action, second.ticket) == ("created", "duplicate", first.ticket)
    assert len(messages_of(ticket_of(first))) == 1


def sent_mail(ticket: Ticket, now: datetime) -> Outgoing:
    """An agent's answer; returns the mail that was made of it."""
    entry = tickets.reply(ticket_id=ticket.id, text="We will come.", actor_id=None, now=now)
    database.session.commit()
    return database.session.scalars(select(Outgoing).where(Outgoing.entry_id == entry.id)).one()


def test_an_answer_finds_its_ticket_by_our_message_id(receive: Receive, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    mail = sent_mail(ticket, now)
    received = receive(letter(f"In-Reply-To: {mail.message_id}", subject="Something else", sender="Ada <ada@private.example>"))
    assert (received.action, received.ticket) == ("appended", ticket.number)
    assert messages_of(ticket)[1].data["customer"] is False


def test_our_message_id_is_known_even_when_its_row_is_gone(receive: Receive, our_config: Config) -> None:
    ticket = ticket_of(receive(letter()))
    lost = new_message_id("callout.example", sign_ticket(ticket.number, secret=our_config.secret_key))
    forged = new_message_id("callout.example", sign_ticket(ticket.number, secret="guessed"))
    assert receive(letter(f"References: <a@b.example> {lost}", subject="x")).ticket == ticket.number
    assert receive(letter(f"References: {forged}", subject="y", sender="eve@evil.example")).action == "created"


def test_an_answer_finds_its_ticket_by_the_signed_address(receive: Receive, our_config: Config) -> None:
    ticket = ticket_of(receive(letter()))
    back = reply_address(SUPPORT, sign_ticket(ticket.number, secret=our_config.secret_key))
    assert receive(letter(to=back.upper(), subject="x")).ticket == ticket.number
    assert receive(letter(to="undisclosed", subject="y"), recipient=back).ticket == ticket.number


def test_every_number_in_the_subject_is_tried_until_one_fits_the_customer(receive: Receive) -> None:
    others = ticket_of(receive(letter(sender="bob@elsewhere.example")))
    own = ticket_of(receive(letter()))
    received = receive(letter(subject=f"[#99999] [#{others.number}] [#{own.number}] again"))
    assert (received.action, received.ticket) == ("appended", own.number)


def test_a_strangers_token_is_a_note_for_an_agent_to_confirm(receive: Receive, our_config: Config, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    back = reply_address(SUPPORT, sign_ticket(ticket.number, secret=our_config.secret_key))
    for raw in (letter(sender="eve@evil.example", subject=f"[#{ticket.number}]"), letter(sender="eve@evil.example", to=back)):
        received = receive(raw)
        assert (received.action, received.ticket) == ("appended", ticket.number)
        assert raw_of(received).reason == "stranger"
    assert len(messages_of(ticket)) == 1
    notes = messages_of(ticket, "note")
    assert [note.public for note in notes] == [False, False]
    assert "eve@evil.example" in notes[0].text
    assert "Water everywhere." in notes[0].text


def test_an_agent_confirms_a_strangers_message(receive: Receive, our_config: Config, now: datetime, make_user: Callable[..., Any]) -> None:
    ticket = ticket_of(receive(letter()))
    stranger = receive(letter(sender="spouse@private.example", subject=f"[#{ticket.number}]", text="It drips."))
    agent = make_user("agent")
    services.confirm(raw_id=stranger.raw_id, now=now, actor_id=agent.id)
    services.confirm(raw_id=stranger.raw_id, now=now, actor_id=agent.id)
    assert [entry.text for entry in messages_of(ticket)][1:] == ["It drips."]
    with pytest.raises(DomainError):
        services.confirm(raw_id=receive(letter()).raw_id, now=now, actor_id=agent.id)


def test_a_customers_own_number_does_not_hide_their_request_in_anothers_ticket(receive: Receive) -> None:
    others = ticket_of(receive(letter(sender="bob@elsewhere.example")))
    received = receive(letter(subject=f"Order [#{others.number}]"))
    assert (received.action, raw_of(received).reason) == ("created", "other_ticket")
    assert messages_of(others, "note") == []


def test_copies_of_a_conversation_land_in_one_ticket_in_any_order(receive: Receive) -> None:
    first = letter(message_id="<m1@customer.example>", to=f"bob@customer.example, {SUPPORT}")
    answer = letter(
        "In-Reply-To: <m1@customer.example>",
        "References: <m1@customer.example>",
        sender="bob@customer.example",
        to=f"{ADA}, {SUPPORT}",
        message_id="<m2@customer.example>",
    )
    late = receive(answer)
    early = receive(first)
    third = receive(letter("References: <m1@customer.example> <m2@customer.example>", to=f"bob@customer.example, {SUPPORT}"))
    assert [late.action, early.action, third.action] == ["created", "appended", "appended"]
    assert early.ticket == third.ticket == late.ticket


def test_answers_to_one_newsletter_are_not_one_conversation(receive: Receive) -> None:
    tickets_made = {
        receive(letter("References: <newsletter@marketing.example>", sender=f"reader{n}@somewhere.example")).ticket for n in range(3)
    }
    assert len(tickets_made) == 3


def test_our_own_message_coming_back_is_ignored(receive: Receive, our_config: Config, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    mail = sent_mail(ticket, now)
    token = rules.loop_token(our_config.secret_key)
    unknown_row = new_message_id("callout.example", sign_ticket(ticket.number, secret=our_config.secret_key))
    for raw, reason in (
        (letter(message_id=mail.message_id, sender=SUPPORT), "own_message"),
        (letter(f"X-Loop: {token}", sender="list@lists.example"), "loop"),
        (letter(message_id=unknown_row, sender="forwarder@elsewhere.example"), "own_message"),
        (letter(message_id="<x@callout.example>", sender=SUPPORT), "own_message"),
    ):
        received = receive(raw)
        assert (received.action, received.ticket, raw_of(received).reason) == ("ignored", None, reason)
    assert len(messages_of(ticket)) == 1


def test_another_installations_loop_mark_is_not_ours(receive: Receive) -> None:
    raw = (MESSAGES / "automatic_our_own_loop.eml").read_bytes()
    assert receive(raw).action == "created"


def test_a_colleague_who_writes_from_our_domain_is_heard(receive: Receive) -> None:
    assert receive(letter(message_id="<thunderbird@callout.example>", sender="porter@callout.example")).action == "created"


def test_an_out_of_office_reopens_nothing_and_starts_no_clock(receive: Receive, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    mail = sent_mail(ticket, now)
    tickets.resolve(ticket_id=ticket.id, now=now, actor_id=None)
    database.session.commit()
    received = receive(letter("Auto-Submitted: auto-replied", f"In-Reply-To: {mail.message_id}", subject="Out of office"))
    assert (received.action, received.ticket) == ("appended", ticket.number)
    assert (ticket.status, ticket.unanswered_since) == ("resolved", None)
    assert messages_of(ticket)[1].data["automatic"] is True


def test_a_machine_may_open_a_ticket_but_gets_no_answer(receive: Receive) -> None:
    received = receive(letter("Auto-Submitted: auto-generated", sender="alarm@building.example", subject="Pressure low"))
    assert received.action == "created"
    assert count(Outgoing) == 0


def test_a_report_of_delivery_that_belongs_to_nothing_is_no_ticket(receive: Receive) -> None:
    received = receive(letter("Auto-Submitted: auto-replied", sender="MAILER-DAEMON@elsewhere.example", subject="Read"))
    assert (received.action, raw_of(received).reason) == ("ignored", "delivery_report")


def bounce(about: Outgoing, status: str = "5.1.1", recipient: str | None = None) -> bytes:
    """A non-delivery report as RFC 3464 has it."""
    failed = recipient or about.recipient
    action = "failed" if status.startswith("5") else "delayed"
    return (
        letter(
            "Auto-Submitted: auto-replied",
            sender="MAILER-DAEMON@mx.example",
            subject="Undelivered Mail Returned to Sender",
        )
        .replace(b"Content-Type: text/plain; charset=utf-8", b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"')
        .replace(
            b"Water everywhere.",
            (
                "--x\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
                f"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {failed}\r\n"
                f"Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n"
                f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {about.message_id}\r\nSubject: {about.subject}\r\n\r\n--x--"
            ).encode(),
        )
    )


def test_a_permanent_bounce_marks_mail_and_address_and_reopens_nothing(receive: Receive, desk: Desk, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    mail = sent_mail(ticket, now)
    tickets.resolve(ticket_id=ticket.id, now=now, actor_id=None)
    database.session.commit()
    received = receive(bounce(mail))
    assert (received.action, received.ticket, mail.state, ticket.status) == ("appended", ticket.number, "bounced", "resolved")
    assert "5.1.1" in (mail.error or "")
    point = database.session.scalars(select(ContactPoint).where(ContactPoint.customer_id == desk.ada_id)).one()
    assert point.undeliverable_at == now


def test_a_delay_marks_nothing(receive: Receive, desk: Desk, now: datetime) -> None:
    mail = sent_mail(ticket_of(receive(letter())), now)
    assert receive(bounce(mail, status="4.4.1")).action == "appended"
    assert mail.state == "queued"
    assert not queries.undeliverable(ADA)


def test_a_report_about_mail_that_is_not_ours_marks_nobody(receive: Receive, now: datetime) -> None:
    fake = Outgoing(message_id="<none@callout.example>", recipient=ADA, subject="x")
    received = receive(bounce(fake))
    assert (received.action, raw_of(received).reason) == ("ignored", "unknown_bounce")
    assert not queries.undeliverable(ADA)


def test_a_report_cannot_mark_an_address_that_we_did_not_write_to(receive: Receive, desk: Desk, now: datetime) -> None:
    customers.create_customer(name="Victim", now=now, contact_points=[Contact("email", "victim@customer.example")])
    mail = sent_mail(ticket_of(receive(letter())), now)
    receive(bounce(mail, recipient="victim@customer.example"))
    assert not queries.undeliverable("victim@customer.example")


def test_an_answer_reopens_a_ticket_closed_lately(receive: Receive, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    tickets.resolve(ticket_id=ticket.id, now=now, actor_id=None)
    tickets.close(ticket_id=ticket.id, now=now, actor_id=None)
    database.session.commit()
    received = receive(letter(subject=f"[#{ticket.number}] Still leaks"), at=now + timedelta(days=2))
    assert (received.action, received.ticket, ticket.status) == ("appended", ticket.number, "open")


def test_an_answer_to_a_ticket_closed_long_ago_opens_a_linked_one(receive: Receive, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    tickets.resolve(ticket_id=ticket.id, now=now, actor_id=None)
    tickets.close(ticket_id=ticket.id, now=now, actor_id=None)
    database.session.commit()
    received = receive(letter(subject=f"[#{ticket.number}] Leaks again"), at=now + timedelta(days=30))
    newer = ticket_of(received)
    link = database.session.scalars(select(TicketLink)).one()
    assert received.action == "created"
    assert (link.from_id, link.to_id, link.kind) == (newer.id, ticket.id, "follow_up")
    assert (newer.subject, ticket.status) == ("Leaks again", "closed")


def test_an_answer_ends_waiting_for_the_customer(receive: Receive, now: datetime) -> None:
    ticket = ticket_of(receive(letter()))
    tickets.change_status(ticket_id=ticket.id, status="waiting", wait_reason="customer", now=now, actor_id=None)
    database.session.commit()
    receive(letter(subject=f"[#{ticket.number}]"))
    assert ticket.status == "open"


def test_attachments_and_inline_pictures_are_kept_with_the_message(receive: Receive) -> None:
    inline = messages_of(ticket_of(receive((MESSAGES / "structure_inline_image.eml").read_bytes())))[0]
    equal = messages_of(ticket_of(receive((MESSAGES / "attachment_equal_names.eml").read_bytes())))[0]
    assert [one.content_id for one in inline.files if one.content_id]
    assert "cid:" in (inline.html or "")
    names = [one.file.name for one in equal.files]
    assert len(names) == len(set(names)) > 1
    assert all(files.read(one.file) for one in equal.files)


def test_html_is_kept_without_what_it_could_do(receive: Receive) -> None:
    entry = messages_of(ticket_of(receive((MESSAGES / "html_script.eml").read_bytes())))[0]
    assert entry.html
    assert "<script" not in entry.html


def test_a_message_that_names_no_sender_waits_in_quarantine(receive: Receive, now: datetime, make_user: Callable[..., Any]) -> None:
    received = receive((MESSAGES / "sender_nobody.eml").read_bytes())
    row = raw_of(received)
    assert (received.action, received.ticket, row.state) == ("quarantined", None, "quarantined")
    assert "NoSender" in (row.error or "")
    admin = make_user("supervisor")
    with pytest.raises(NotValid):
        services.discard(raw_id=row.id, reason=" ", now=now, actor_id=admin.id)
    services.discard(raw_id=row.id, reason="spam", now=now, actor_id=admin.id)
    assert (row.state, row.reason) == ("discarded", "spam")
    assert receive((MESSAGES / "sender_nobody.eml").read_bytes()).action == "duplicate"


def test_a_message_that_breaks_us_waits_and_the_next_goes_on(receive: Receive, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    real = applying.apply

    def breaks(row: RawMessage, **more: Any) -> None:
        real(row, **more)
        if row.subject == "Bad one":
            raise RuntimeError("a bug of ours")

    monkeypatch.setattr(services.intake, "apply", breaks)
    bad, good = receive(letter(subject="Bad one")), receive(letter(subject="Good one"))
    assert (bad.action, good.action) == ("quarantined", "created")
    assert raw_of(bad).error == "RuntimeError: a bug of ours"
    assert count(Ticket) == 1  # nothing of the bad one stayed half done
    monkeypatch.undo()
    again = services.retry(raw_id=bad.raw_id, now=now)
    assert (again.action, raw_of(bad).state, raw_of(bad).error) == ("created", "applied", None)


def test_a_message_too_large_still_opens_a_ticket_and_says_so(receive: Receive, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(app.config["CALLOUT"], mail_max_bytes=20_000)
    monkeypatch.setitem(app.config, "CALLOUT", small)
    received = receive(letter(text="First words.\n" + "filling\n" * 60_000))
    ticket = ticket_of(received)
    assert (received.action, raw_of(received).reason) == ("created", "too_large")
    assert messages_of(ticket)[0].text.startswith("First words.")
    assert f"message {received.raw_id}" in messages_of(ticket, "note")[0].text


def test_a_message_of_which_only_the_beginning_was_fetched_counts_as_too_large(receive: Receive) -> None:
    assert raw_of(receive(letter(), size=900_000_000)).reason == "too_large"


def test_what_a_crash_left_between_keeping_and_applying_is_applied_once(receive: Receive, desk: Desk, now: datetime) -> None:
    raw = letter()
    services.store(mailbox_id=desk.mailbox_id, raw=raw, now=now)
    database.session.commit()
    assert services.apply_left_over(now=now + timedelta(seconds=5)) == 0  # it may still be on its way
    assert services.apply_left_over(now=now + timedelta(seconds=30)) == 1
    assert services.apply_left_over(now=now + timedelta(seconds=60)) == 0
    assert count(Ticket) == 1
    assert receive(raw).action == "duplicate"


def test_a_message_delivered_again_after_a_crash_is_applied_then(receive: Receive, desk: Desk, now: datetime) -> None:
    raw = letter()
    services.store(mailbox_id=desk.mailbox_id, raw=raw, now=now)
    database.session.commit()
    assert receive(raw).action == "created"


# Those that differ from others in their words alone are told apart by the parser, not here.
ONLY_WORDS = ("language_", "reply_", "header_", "address_", "body_", "html_")
TROUBLESOME = [path for path in sorted(MESSAGES.glob("*.eml")) if not path.stem.startswith(ONLY_WORDS)]


@pytest.mark.slow  # all of them together
@pytest.mark.parametrize("path", TROUBLESOME, ids=lambda path: path.stem)
def test_every_troublesome_message_is_kept_and_answered_for(path: Path, receive: Receive) -> None:
    received = receive(path.read_bytes())
    row = raw_of(received)
    if path.stem in ("sender_nobody", "block_no_headers_at_all", "structure_empty"):
        assert received.action == "quarantined", row.error
    else:
        assert received.action in ("created", "ignored"), row.error
        assert row.error is None
