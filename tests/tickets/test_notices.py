"""What colleagues are told of on every page, and by mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from callcenter.mail.letters import letter_of
from callcenter.mail.models import Mailbox, Outgoing
from core.auth.models import User
from core.db import db as database
from core.live.topics import place_for
from core.live.viewers import of_user
from tests.core.live.harness import rows_of
from tests.tickets.conftest import Firm
from tests.tickets.test_api import Program
from tests.tickets.test_tags_and_links import as_role
from tickets.notices import services as notices
from tickets.notices.models import Notice
from tickets.sla.models import Escalation, EscalationNotice

__all__ = ["as_role"]  # fixture


def rows(user: User) -> dict[str, Any]:
    return rows_of(place_for(of_user(user), "notices"))


def test_a_notice_stands_on_its_readers_pages_until_they_have_seen_it(
    firm: Firm, make_user: Callable[..., User], as_role: Callable[[str], Program], now: datetime
) -> None:
    first, second = as_role("agent"), as_role("agent")
    ana, ben, gone = (
        *(database.session.get_one(User, one.user_id) for one in (first, second)),
        make_user("agent", name="Gone"),
    )
    ana.name, ben.name = "Ana", "Ben"
    gone.active = False
    ticket = firm.ticket()
    told = notices.tell(
        user_ids=[ana.id, ben.id, ana.id, gone.id, 999_999], kind="rule", title="VIP", text="Look", now=now, ticket_id=ticket.id
    )
    database.session.commit()
    assert told == ["Ana", "Ben"]
    [(key, row)] = rows(ana).items()
    assert (row["source"], row["title"], row["text"], row["number"]) == ("notice", "VIP", "Look", ticket.number)
    notice_id = database.session.scalars(select(Notice.id).filter_by(user_id=ana.id)).one()
    assert key == notices.key_of(notice_id)
    assert second("POST", f"/personal-notices/{notice_id}/sighting").status_code == 204
    assert rows(ana) != {}, "another's notice is not mine to put away"
    assert first("POST", f"/personal-notices/{notice_id}/sighting").status_code == 204
    assert rows(ana) == {}
    assert len(rows(ben)) == 1


def test_who_may_not_read_tickets_is_told_only_what_is_about_none(firm: Firm, make_user: Callable[..., User], now: datetime) -> None:
    user = make_user("technician")
    firm.calendar()
    firm.policy(first_response=3600)
    ticket = firm.ticket()
    clock = firm.clock(ticket, "first_response")
    for number, ticket_id in enumerate((ticket.id, None)):
        notices.tell(user_ids=[user.id], kind="rule", title=f"{number}", text="Look", now=now, ticket_id=ticket_id)
    escalation = Escalation(
        ticket_id=ticket.id, clock_id=clock.id, kind="first_response", level=1, reached_at=now, fired_at=now, actions=[]
    )
    database.session.add(escalation)
    database.session.flush()
    database.session.add(EscalationNotice(escalation_id=escalation.id, user_id=user.id, call=True, created_at=now))
    database.session.flush()
    place = place_for(of_user(user), "notices")
    assert [row["title"] for row in rows(user).values()] == ["1"]
    assert place.boundary(20) == set(rows(user))


def test_mail_to_a_colleague_names_the_ticket_in_their_language_and_carries_no_customers_link(
    firm: Firm, make_user: Callable[..., User], now: datetime
) -> None:
    user = make_user("agent", name="Bo")
    user.language = "zh_Hans"
    mailbox = Mailbox(name="Service", address="service@firm.example", sender_name="Firm", language="en", queue_id=firm.queue.id)
    database.session.add(mailbox)
    ticket = firm.ticket(contact_email="ada@mail.example")
    notices.tell(user_ids=[user.id], kind="rule", title="VIP", text="Look", now=now, ticket_id=ticket.id, by_notice=False, by_mail=True)
    mail = database.session.scalars(select(Outgoing)).one()
    assert (mail.recipient, mail.automatic, mail.body["references"]) == (user.email, True, [])
    content = letter_of(mail, now=now).content.decode()
    assert "Auto-Submitted: auto-generated" in content
    assert f"/tickets/{ticket.number}" in mail.body["text"]
    assert "/t/" not in mail.body["text"]
    assert database.session.scalars(select(Notice)).all() == []
