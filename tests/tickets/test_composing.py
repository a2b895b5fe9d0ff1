"""Drafts, replies that can be taken back, and two people who write at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock
from core.auth.models import User
from core.db import db as database
from core.errors import Conflict, DomainError, NotFound, NotValid
from core.files import save
from tests.tickets.conftest import HOUR, Firm
from tests.tickets.test_api import Program
from tests.tickets.test_live import Screen, panel, touched
from tests.tickets.test_tags_and_links import as_role
from tickets import queries, services
from tickets.composing import services as composing
from tickets.composing.models import HeldReply
from tickets.models import Ticket

__all__ = ["as_role", "panel"]  # fixtures
SECOND = timedelta(seconds=1)


@pytest.fixture
def ana(make_user: Callable[..., User]) -> User:
    return make_user("agent", name="Ana")


def hold(ticket: Ticket, user: User, now: datetime, text: str = "We come.", **more: Any) -> HeldReply:
    return composing.hold_reply(ticket_id=ticket.id, user_id=user.id, text=text, now=now, **more)


def sent(ticket: Ticket) -> list[str]:
    database.session.expire_all()
    return [entry.text for entry in queries.entries_of(ticket.id, kinds=["message_out"])]


def drafts(ticket: Ticket, user: User) -> dict[str, str]:
    return {row.kind: row.text for row in composing.drafts_of(ticket_id=ticket.id, user_id=user.id)}


def test_everybody_has_a_draft_of_a_reply_and_a_note_on_each_ticket(
    firm: Firm, ana: User, make_user: Callable[..., User], now: datetime
) -> None:
    one, other, bo = firm.ticket(), firm.ticket(), make_user("agent")
    for text in ("We", "We come"):
        composing.save_draft(ticket_id=one.id, user_id=ana.id, kind="reply", text=text, now=now)
    composing.save_draft(ticket_id=one.id, user_id=ana.id, kind="note", text="Careful", now=now)
    composing.save_draft(ticket_id=one.id, user_id=bo.id, kind="reply", text="Bo's", now=now)
    assert drafts(one, ana) == {"reply": "We come", "note": "Careful"}
    assert (drafts(one, bo), drafts(other, ana)) == ({"reply": "Bo's"}, {})
    composing.save_draft(ticket_id=one.id, user_id=ana.id, kind="note", text=" \n", now=now)
    assert drafts(one, ana) == {"reply": "We come"}
    with pytest.raises(NotValid):
        composing.save_draft(ticket_id=one.id, user_id=ana.id, kind="poem", text="x", now=now)


def test_a_held_reply_goes_out_after_ten_seconds_and_not_before(firm: Firm, ana: User, now: datetime) -> None:
    firm.policy(first_response=HOUR)
    ticket = firm.ticket()
    photo = save(b"plan", name="plan.pdf", content_type="application/pdf", now=now)
    composing.save_draft(ticket_id=ticket.id, user_id=ana.id, kind="reply", text="We come.", now=now)
    hold(ticket, ana, now, files=[photo.id], then_status="waiting", wait_reason="customer")
    assert (sent(ticket), drafts(ticket, ana), ticket.status) == ([], {}, "new")
    assert firm.clock(ticket, "first_response").state == "running"
    composing.send_due(now + 9 * SECOND)
    assert sent(ticket) == []
    composing.send_due(now + 10 * SECOND)
    assert (sent(ticket), ticket.status) == (["We come."], "waiting")
    entry = queries.entries_of(ticket.id, kinds=["message_out"])[0]
    assert (entry.author_id, [item.file_id for item in entry.files]) == (ana.id, [photo.id])
    assert firm.clock(ticket, "first_response").stopped_at == now + 10 * SECOND
    assert composing.send_due(now + 60 * SECOND) is False
    assert sent(ticket) == ["We come."]


def test_a_held_reply_is_taken_back_by_its_author_only_and_only_in_time(
    firm: Firm, ana: User, make_user: Callable[..., User], now: datetime
) -> None:
    ticket, bo = firm.ticket(), make_user("agent")
    held = hold(ticket, ana, now)
    with pytest.raises(NotFound):
        composing.take_back(ticket_id=ticket.id, held_id=held.id, user_id=bo.id)
    held_id = held.id
    assert composing.take_back(ticket_id=ticket.id, held_id=held_id, user_id=ana.id).text == "We come."
    composing.send_due(now + 60 * SECOND)
    assert sent(ticket) == []
    late = hold(ticket, ana, now).id
    composing.send_due(now + 60 * SECOND)
    with pytest.raises(Conflict) as refused:
        composing.take_back(ticket_id=ticket.id, held_id=late, user_id=ana.id)
    assert refused.value.code == "sent"


def test_what_would_be_refused_is_refused_at_once_and_nothing_is_held(firm: Firm, ana: User, now: datetime) -> None:
    ticket = firm.ticket()
    for text, more in ((" ", {}), ("x", {"then_status": "closed"}), ("x", {"then_status": "waiting"})):
        with pytest.raises(DomainError):
            hold(ticket, ana, now, text=text, **more)
    assert (composing.held_on(ticket.id), sent(ticket), ticket.status) == ([], [], "new")


def test_a_reply_that_became_impossible_meanwhile_waits_for_its_author_with_the_reason(firm: Firm, ana: User, now: datetime) -> None:
    ticket, other = firm.ticket(), firm.ticket()
    held = hold(ticket, ana, now)
    hold(other, ana, now, text="Other")
    services.merge_tickets(survivor_id=other.id, merged_id=ticket.id, now=now, actor_id=None)
    composing.send_due(now + 10 * SECOND)
    assert (sent(ticket), sent(other)) == ([], ["Other"])
    assert str(other.number) in str(held.refused)
    assert composing.send_due(now + 20 * SECOND) is False
    assert composing.take_back(ticket_id=ticket.id, held_id=held.id, user_id=ana.id).text == "We come."


def test_who_did_not_see_the_newest_message_is_told_before_sending(
    firm: Firm, ana: User, make_user: Callable[..., User], now: datetime
) -> None:
    ticket, bo = firm.ticket(), make_user("agent", name="Bo")
    seen = services.receive_message(ticket_id=ticket.id, text="Hello?", channel="email", now=now).id
    services.reply(ticket_id=ticket.id, text="My own", actor_id=ana.id, now=now)
    services.add_note(ticket_id=ticket.id, text="A note", actor_id=bo.id, now=now)
    composing.take_back(ticket_id=ticket.id, held_id=hold(ticket, ana, now, seen=seen).id, user_id=ana.id)
    services.reply(ticket_id=ticket.id, text="Bo was first", actor_id=bo.id, now=now)
    with pytest.raises(Conflict) as refused:
        hold(ticket, ana, now, seen=seen)
    assert refused.value.code == "answered_meanwhile"
    assert [(entry["author"], entry["text"]) for entry in refused.value.details["entries"]] == [("Bo", "Bo was first")]
    assert composing.held_on(ticket.id) == []
    hold(ticket, ana, now, seen=refused.value.details["entries"][-1]["id"])


def test_pages_show_a_reply_that_is_held_and_that_it_went(firm: Firm, ana: User, panel: None, now: datetime) -> None:
    ticket = firm.ticket()
    screen = Screen(f"ticket:{ticket.number}")
    touched()
    held = hold(ticket, ana, now)
    deeds: list[Callable[[], Any]] = [
        lambda: None,
        lambda: composing.take_back(ticket_id=ticket.id, held_id=held.id, user_id=ana.id),
        lambda: hold(ticket, ana, now),
        lambda: composing.send_due(now + 10 * SECOND),
    ]
    for deed in deeds:
        deed()
        screen.hear(touched())
        screen.check()


def test_drafts_and_held_replies_over_the_api(
    firm: Firm, as_role: Callable[[str], Program], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, other = as_role("agent"), as_role("agent")
    ticket = firm.ticket()
    path = f"/tickets/{ticket.number}"
    assert agent("PUT", f"{path}/drafts", {"kind": "reply", "text": "We c"}).status_code == 204
    assert [row["text"] for row in agent("GET", f"{path}/drafts").json["items"]] == ["We c"]
    assert other("GET", f"{path}/drafts").json["items"] == []
    held = agent("POST", f"{path}/held-replies", {"text": "We come"})
    assert (held.status_code, held.json["send_at"], held.json["refused"]) == (201, "2026-03-10T09:00:10+00:00", None)
    assert agent("GET", f"{path}/drafts").json["items"] == []
    assert other("DELETE", f"{path}/held-replies/{held.json['id']}").status_code == 404
    assert agent("DELETE", f"{path}/held-replies/{held.json['id']}").json["text"] == "We come"
    assert agent("DELETE", f"{path}/held-replies/{held.json['id']}").json["code"] == "sent"
    assert agent("POST", f"{path}/held-replies", {"text": ""}).status_code == 422
    first = agent("POST", f"{path}/messages", {"text": "First"}).json["id"]
    assert other("POST", f"{path}/held-replies", {"text": "Second", "seen": first - 1}).json["code"] == "answered_meanwhile"
    assert other("POST", f"{path}/held-replies", {"text": "Second", "seen": first}).status_code == 201
    assert clock.now() == now
