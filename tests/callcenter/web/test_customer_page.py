"""The page behind the link: what it shows, who may open it, and that it is fresh."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.web import links, live
from callcenter.web.models import MagicLink
from core import outbox
from core.db import db as database
from core.live import topics, viewers
from tests.callcenter.mail.conftest import Desk
from tests.callcenter.web.conftest import Browser
from tests.core.live.harness import rows_of
from tickets import services as tickets
from tickets.models import Entry, Ticket


@pytest.fixture
def page(browser: Browser) -> str:
    """The path of a new request's page."""
    return str(browser.ask().location.partition("?")[0])


def ticket() -> Ticket:
    return database.session.scalars(select(Ticket).order_by(Ticket.id).limit(1)).one()


def test_it_shows_public_messages_both_ways_and_nothing_else(
    browser: Browser, page: str, now: datetime, make_user: Callable[..., Any]
) -> None:
    agent = make_user("agent", name="Ana Kovač")
    tickets.reply(ticket_id=ticket().id, text="We come <tomorrow>.", actor_id=agent.id, now=now)
    tickets.add_note(ticket_id=ticket().id, text="Customer is difficult", actor_id=agent.id, now=now)
    tickets.receive_message(ticket_id=ticket().id, text="I am away until May", now=now, channel="email", automatic=True)
    database.session.commit()
    shown = browser.get(page).text
    assert "We come &lt;tomorrow&gt;." in shown
    assert "Ana Kovač" in shown
    assert "Customer is difficult" not in shown
    assert "I am away until May" not in shown


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("open", None, "We are working on your request."),
        ("waiting", "customer", "We are waiting for your answer."),
        ("waiting", "part", "We are waiting for a part."),
        ("resolved", None, "In our eyes this is done."),
    ],
)
def test_it_says_the_state_in_plain_words(browser: Browser, page: str, now: datetime, status: str, reason: str | None, words: str) -> None:
    assert "We have your request." in browser.get(page).text
    tickets.change_status(ticket_id=ticket().id, status=status, wait_reason=reason, now=now, actor_id=None)
    database.session.commit()
    assert words in browser.get(page).text


def test_the_customer_answers_with_files_and_the_ticket_goes_on(browser: Browser, page: str, now: datetime) -> None:
    tickets.change_status(ticket_id=ticket().id, status="waiting", wait_reason="customer", now=now, actor_id=None)
    database.session.commit()
    answer = browser.write(page, "Here is the photo.", files=[(io.BytesIO(b"\xff\xd8\xffjpeg"), "photo.jpg", "image/jpeg")])
    assert (answer.status_code, answer.location) == (303, f"{page}#last")
    entry = database.session.scalars(select(Entry).where(Entry.kind == "message_in").order_by(Entry.id.desc()).limit(1)).one()
    assert (entry.text, entry.channel, ticket().status) == ("Here is the photo.", "web", "open")
    assert "photo.jpg" in browser.get(page).text


def test_an_empty_message_is_refused_in_words(browser: Browser, page: str) -> None:
    answer = browser.write(page, "  ")
    assert answer.status_code == 422
    assert "Write something, or add a file." in answer.text


def test_an_answer_to_something_closed_long_ago_leads_to_its_follow_up(
    browser: Browser, page: str, now: datetime, business_time: Callable[..., datetime]
) -> None:
    tickets.resolve(ticket_id=ticket().id, now=now, actor_id=None)
    tickets.close(ticket_id=ticket().id, now=now, actor_id=None)
    database.session.commit()
    business_time(days=40)
    answer = browser.write(page, "It leaks again.")
    assert answer.location.partition("#")[0] != page
    assert "It leaks again." in browser.get(answer.location).text
    assert "It leaks again." not in browser.get(page).text


def test_a_wrong_revoked_or_expired_link_says_so(browser: Browser, page: str, business_time: Callable[..., datetime]) -> None:
    wrong = browser.get("/t/" + "x" * 43)
    assert wrong.status_code == 404
    assert "This link does not work" in wrong.text
    assert browser.client.post("/t/nonsense/messages", data={**browser.hidden(page), "text": "x"}).status_code == 404
    business_time(days=89)
    assert browser.get(page).status_code == 200
    business_time(days=2)
    assert browser.get(page).status_code == 404
    assert browser.get(f"{page}/view").status_code == 404


def test_a_revoked_link_stops_at_once(browser: Browser, page: str, now: datetime) -> None:
    link = database.session.scalars(select(MagicLink)).one()
    viewer = viewers.of_visitor_token(live.token_for(link))
    assert viewer is not None
    assert topics.place_for(viewer, "visitor").audience == "visitor"
    links.revoke(link.ticket_id, now=now)
    database.session.commit()
    assert browser.get(page).status_code == 404
    with pytest.raises(topics.NotAllowed):
        topics.place_for(viewer, "visitor")


def test_who_tries_links_is_slowed_down_and_right_ones_do_not_count(
    app: Flask, browser: Browser, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)
    browser.client.environ_base["REMOTE_ADDR"] = "192.0.2.99"
    assert {browser.get(page).status_code for _time in range(30)} == {200}
    assert [browser.get(f"/t/guess{number}").status_code for number in range(16)] == [404] * 15 + [429]


def test_the_address_is_kept_secret(browser: Browser, page: str) -> None:
    answer = browser.get(page)
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "noindex" in answer.headers["X-Robots-Tag"]


def test_a_file_of_another_ticket_or_of_a_note_is_not_given_out(browser: Browser, page: str, now: datetime) -> None:
    photo = [(io.BytesIO(b"\x89PNG"), "mine.png", "image/png")]
    other = browser.ask(subject="Other", files=photo).location.partition("?")[0]
    file_id = (
        database.session.scalars(select(Entry).where(Entry.kind == "message_in").order_by(Entry.id.desc()).limit(1)).one().files[0].file_id
    )
    assert browser.get(f"{other}/files/{file_id}").status_code == 200
    assert browser.get(f"{page}/files/{file_id}").status_code == 404
    tickets.add_note(ticket_id=ticket().id, text="internal", files=[file_id], actor_id=None, now=now)
    database.session.commit()
    assert browser.get(f"{page}/files/{file_id}").status_code == 404


def visitor_of(browser: Browser, page: str) -> viewers.Viewer:
    """Who the page's script is at the live channel."""
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', browser.get(page).text)
    assert found is not None
    viewer = viewers.of_visitor_token(json.loads(found[1])["visitor"])
    assert viewer is not None
    return viewer


def test_the_live_topic_shows_what_the_page_shows(app: Flask, browser: Browser, page: str, now: datetime) -> None:
    place = topics.place_for(visitor_of(browser, page), "visitor")
    tickets.add_note(ticket_id=ticket().id, text="Customer is difficult", actor_id=None, now=now)
    entry = tickets.reply(ticket_id=ticket().id, text="We come.", actor_id=None, now=now)
    database.session.commit()
    rows = rows_of(place)
    assert rows["ticket"]["status"] == "open"
    assert rows[f"entry:{entry.id}"]["text"] == "We come."
    assert "difficult" not in json.dumps(rows)
    touched = [row.payload["touched"] for row in database.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "live"))]
    assert any(f"entry:{entry.id}" in keys.get(place.address, ()) for keys in touched)


def test_a_visitor_watches_their_own_ticket_only(app: Flask, browser: Browser, page: str, desk: Desk, sign_in: Callable[..., Any]) -> None:
    viewer = visitor_of(browser, page)
    for asked in ("ticket:1001", "board", f"queue:{desk.queue_id}", "visitor:ticket-1"):
        with pytest.raises((topics.NotAllowed, topics.NotFound)):
            topics.place_for(viewer, asked)
    agent = sign_in("agent")
    with app.test_request_context(), pytest.raises(topics.NotAllowed):
        topics.place_for(viewers.of_user(agent.user), "visitor")


def test_the_part_that_changes_comes_alone(browser: Browser, page: str) -> None:
    part = browser.get(f"{page}/view").text
    assert "Heating stays cold" in part
    assert "<html" not in part
