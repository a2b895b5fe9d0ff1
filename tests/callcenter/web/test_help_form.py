"""The help form, without JavaScript."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from callcenter.mail.models import Outgoing
from callcenter.web import forms, services
from callcenter.web.models import MagicLink
from core import inbox
from core.db import db as database
from customers import services as customers
from customers.rules import Contact
from tests.callcenter.mail.conftest import ADA, Desk
from tests.callcenter.web.conftest import NOW, Browser
from tickets.models import Entry, Queue, Ticket


def ticket() -> Ticket:
    return database.session.scalars(select(Ticket)).one()


def count(model: type[Any]) -> int:
    return database.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_request_becomes_a_ticket_and_leads_to_its_page(browser: Browser, desk: Desk) -> None:
    answer = browser.ask(kind="question")
    made = ticket()
    message = database.session.scalars(select(Entry).where(Entry.kind == "message_in")).one()
    assert answer.status_code == 303
    assert (made.subject, made.kind, made.channel, made.queue_id) == ("Heating stays cold", "question", "web", desk.queue_id)
    assert (made.contact_email, made.customer_id, made.unanswered_since) == (ADA, desk.ada_id, NOW)
    assert (message.text, message.author_name, message.channel) == ("Since Monday.\nDisplay shows E 133.", "Ada Byron", "web")
    page = browser.get(answer.location)
    assert page.status_code == 200
    assert "Heating stays cold" in page.text
    assert "Display shows E 133." in page.text
    assert "Thank you, your request is here." in page.text


def test_the_link_is_mailed_and_only_its_digest_is_stored(browser: Browser) -> None:
    location = browser.ask().location
    secret = location.removeprefix("/t/").partition("?")[0]
    link = database.session.scalars(select(MagicLink)).one()
    mail = database.session.scalars(select(Outgoing)).one()
    assert link.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert link.expires_at == NOW + timedelta(days=90)
    assert (mail.recipient, mail.automatic) == (ADA, True)
    for row in (*database.session.scalars(select(inbox.InboxRow)), mail, link):
        assert all(secret not in str(value) for value in vars(row).values())


def test_a_phone_number_alone_is_enough(browser: Browser, now: datetime) -> None:
    other = customers.create_customer(name="Karin", now=now, contact_points=[Contact("phone", "+4930901820")])
    database.session.commit()
    assert browser.ask(email="", phone="030 / 901 820").status_code == 303
    assert (ticket().contact_phone, ticket().contact_email, ticket().customer_id) == ("+4930901820", None, other.id)
    assert count(Outgoing) == 0


def test_photos_are_kept_with_the_message(browser: Browser) -> None:
    photos = [(io.BytesIO(b"\x89PNG one"), "plate.png", "image/png"), (io.BytesIO(b"two"), "../../noise.mp4", "video/mp4")]
    location = browser.ask(files=photos).location.partition("?")[0]
    kept = database.session.scalars(select(Entry).where(Entry.kind == "message_in")).one().files
    assert [one.file.name for one in kept] == ["plate.png", ".._.._noise.mp4"]
    picture, film = (browser.get(f"{location}/files/{one.file_id}") for one in kept)
    assert (picture.data, picture.mimetype) == (b"\x89PNG one", "image/png")
    assert (film.mimetype, film.headers["Content-Disposition"].split(";")[0]) == ("application/octet-stream", "attachment")
    assert "sandbox" in picture.headers["Content-Security-Policy"]


def test_their_own_thing_is_found_by_its_serial_number(browser: Browser, desk: Desk, now: datetime) -> None:
    thing = customers.add_equipment(customer_id=desk.ada_id, values={"kind": "Boiler", "serial": "AB-77"}, now=now)
    database.session.commit()
    browser.ask(serial="ab-77")
    assert (ticket().equipment_id, ticket().fields) == (thing.id, {})


def test_anothers_serial_number_tells_nothing(browser: Browser, now: datetime) -> None:
    other = customers.create_customer(name="Karin", now=now, contact_points=[Contact("email", "karin@customer.example")])
    customers.add_equipment(customer_id=other.id, values={"kind": "Boiler", "serial": "AB-77"}, now=now)
    database.session.commit()
    browser.ask(serial="AB-77")
    assert ticket().equipment_id is None


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Write your name."),
        ({"subject": ""}, "Say in a few words what it is."),
        ({"description": ""}, "Tell us what happened."),
        ({"email": "", "phone": ""}, "Write an email address or a phone number"),
        ({"email": "ada at home"}, "This is not an email address"),
        ({"email": "", "phone": "12"}, "This phone number is not complete"),
        ({"kind": "joke"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(browser: Browser, fields: dict[str, str], said: str) -> None:
    answer = browser.ask(**{"description": "A long story <b>&</b> more", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    if "description" not in fields:
        assert "A long story &lt;b&gt;&amp;&lt;/b&gt; more" in answer.text
    assert "is-invalid" in answer.text
    assert count(Ticket) == 0


def test_a_form_sent_twice_is_one_request(browser: Browser) -> None:
    hidden = browser.hidden("/help")
    first, again = browser.ask(hidden=hidden), browser.ask(hidden=hidden)
    assert first.location == again.location
    assert count(Ticket) == 1


def test_a_program_that_fills_in_everything_is_stopped_and_a_person_can_go_on(browser: Browser) -> None:
    answer = browser.ask(website="https://spam.example")
    assert answer.status_code == 422
    assert "send it once more" in answer.text
    assert "Heating stays cold" in answer.text
    assert count(Ticket) == 0
    assert browser.ask().status_code == 303


def test_who_is_too_quick_is_asked_to_look_again(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms.HelpForm, "quickest", 3)
    answer = browser.ask()
    assert (answer.status_code, count(Ticket)) == (422, 0)
    assert "very quick" in answer.text


@pytest.mark.parametrize("stamp", ["", "forged", None])
def test_a_form_without_our_stamp_is_not_taken(browser: Browser, stamp: str | None) -> None:
    hidden = {**browser.hidden("/help"), "stamp": stamp or ""}
    answer = browser.ask(hidden=hidden, stamp=stamp)
    assert (answer.status_code, count(Ticket)) == (422, 0)


def test_a_form_without_csrf_token_is_not_taken(browser: Browser) -> None:
    hidden = browser.hidden("/help")
    del hidden["csrf_token"]
    assert browser.ask(hidden=hidden).status_code == 400
    assert count(Ticket) == 0


def test_too_many_or_too_large_files_are_refused_in_words(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [(io.BytesIO(b"x"), f"{number}.png") for number in range(forms.MOST_FILES + 1)]
    assert "At most 10 files" in browser.ask(files=many).text
    monkeypatch.setattr(forms, "LARGEST_FILE", 10)
    assert "big.png is larger than" in browser.ask(files=[(io.BytesIO(b"x" * 11), "big.png")]).text
    assert count(Ticket) == 0


def test_a_request_kept_before_a_crash_is_applied_later_once(browser: Browser, desk: Desk, now: datetime) -> None:
    asked = services.Request(
        queue_id=desk.queue_id,
        kind="fault",
        subject="S",
        text="T",
        name="Ada",
        email=ADA,
        phone=None,
        serial="",
        language="en",
        file_ids=[],
    )
    services.keep_request(request=asked, key="k", now=now)
    database.session.commit()
    services.apply_left_over(now + timedelta(seconds=10))
    assert count(Ticket) == 0
    services.apply_left_over(now + timedelta(seconds=40))
    services.apply_left_over(now + timedelta(seconds=80))
    assert count(Ticket) == 1


def test_the_address_may_name_the_queue(browser: Browser, desk: Desk) -> None:
    first = database.session.get_one(Queue, desk.queue_id)
    sales = Queue(key="sales", name="Sales", branch_id=first.branch_id, position=9, active=True, skills=[])
    database.session.add(sales)
    database.session.commit()
    browser.ask(path="/help?queue=sales")
    assert ticket().queue_id == sales.id


def test_without_a_queue_the_page_says_so(app: Flask, db: Any) -> None:
    assert app.test_client().get("/help").status_code == 503


def test_the_form_speaks_the_readers_language(browser: Browser) -> None:
    browser.client.set_cookie("language", "zh_Hans")
    assert 'lang="zh-Hans"' in browser.get("/help").text
    browser.ask()
    assert ticket().language == "zh_Hans"


def test_one_address_may_not_send_without_end(app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.77"
    statuses = [browser.ask(name="").status_code for _time in range(21)]
    assert statuses == [422] * 20 + [429]
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.78"
    assert browser.ask().status_code == 303


def test_business_time_is_what_counts(browser: Browser, business_time: Callable[..., datetime]) -> None:
    business_time(days=400)
    assert browser.get(browser.ask().location).status_code == 200
