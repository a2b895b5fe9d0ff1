"""The end of a call starts a rule, once for each call."""

from __future__ import annotations

from datetime import datetime

from callcenter.voice.events import CallChanged
from core import events
from core.db import db as database
from tests.tickets.automation.conftest import Keep, WorkOff, rule, states, work_off
from tests.tickets.conftest import Firm, firm

__all__ = ["firm", "rule", "work_off"]  # fixtures


def test_a_call_that_ends_is_one_occasion_however_often_it_is_told_of(firm: Firm, rule: Keep, work_off: WorkOff, now: datetime) -> None:
    kept = rule("call_ended", {"do": "note", "text": "They called"})
    ticket = firm.ticket(channel="phone")

    def told(state: str, ticket_id: int | None, call_id: int = 7) -> None:
        events.publish(CallChanged(at=now, call_id=call_id, state=state, queue_id=None, ticket_id=ticket_id, customer_id=None))
        database.session.commit()

    told("talking", ticket.id)
    told("wrap_up", None)
    work_off()
    assert states(kept) == []
    for state in ("wrap_up", "ended", "ended"):
        told(state, ticket.id)
        work_off()
    told("ended", ticket.id, call_id=8)
    work_off()
    assert states(kept) == ["done", "done"]
