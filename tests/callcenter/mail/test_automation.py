"""A rule that writes by mail cannot begin a loop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from callcenter.mail.letters import letter_of
from callcenter.mail.models import Mailbox, Outgoing
from core.db import db as database
from tests.callcenter.mail.conftest import letter
from tests.callcenter.mail.test_receiving import Receive, receive
from tests.tickets.automation.conftest import WorkOff, firings, states, work_off
from tickets.automation import services as rules
from tickets.automation.models import Rule

__all__ = ["receive", "work_off"]  # fixtures
THANKS = {"do": "message", "texts": {"en": "Thank you, #{{number}}"}}


def thankful(now: datetime, on: str = "message_received") -> Rule:
    """A rule that answers whatever arrives; the mailbox itself confirms nothing."""
    database.session.scalars(select(Mailbox)).one().confirm = False
    definition: dict[str, Any] = {"trigger": {"on": on}, "actions": [THANKS]}
    return rules.save(rule_id=None, name="Thanks", active=True, definition=definition, now=now, actor_id=None)


def sent() -> list[Outgoing]:
    return list(database.session.scalars(select(Outgoing).order_by(Outgoing.id)))


def test_an_answer_goes_out_marked_as_automatic(receive: Receive, work_off: WorkOff, now: datetime) -> None:
    kept = thankful(now)
    receive(letter())
    work_off()
    [mail] = sent()
    assert (states(kept), mail.automatic, mail.recipient) == (["done"], True, "ada@customer.example")
    content = letter_of(mail, now=now).content.decode()
    assert "Auto-Submitted: auto-replied" in content
    assert "X-Auto-Response-Suppress: All" in content


def test_an_absence_notice_wakes_no_rule_and_machines_and_lists_get_no_answer(receive: Receive, work_off: WorkOff, now: datetime) -> None:
    kept = thankful(now)
    receive(letter(message_id="<first@customer.example>"))
    work_off()
    receive(letter("In-Reply-To: <first@customer.example>", "Auto-Submitted: auto-replied", subject="Out of office"))
    work_off()
    assert (states(kept), len(sent())) == (["done"], 1)
    for header in ("Precedence: list", "Auto-Submitted: auto-generated"):
        receive(letter(header, subject="News"))
        work_off()
        last = firings(kept)[-1]
        assert (last.state, "list" in last.results[0]["problem"], len(sent())) == ("failed", True, 1)


@pytest.mark.slow
def test_after_ten_automatic_mails_in_ten_minutes_a_rule_is_silent_and_says_so(receive: Receive, work_off: WorkOff, now: datetime) -> None:
    kept = thankful(now)
    first = letter(message_id="<first@customer.example>")
    receive(first)
    work_off()
    for _again in range(11):
        receive(letter("In-Reply-To: <first@customer.example>", subject="Re: The boiler leaks"))
    work_off()
    assert states(kept).count("done") == 10
    assert "too many" in firings(kept)[-1].results[0]["problem"]
    assert len(sent()) == 10
