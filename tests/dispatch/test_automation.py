"""What visits add to rules: they start them, and a rule proposes or books one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.visits import queries as visits
from dispatch.visits.services import cancel_visit
from tests.dispatch.conftest import Firm, berlin
from tests.tickets.automation.conftest import Keep, WorkOff, firings, fresh, rule, states, work_off
from tickets import queries

__all__ = ["rule", "work_off"]  # fixtures
HEARD = {"do": "note", "text": "heard"}


def test_a_visit_that_is_booked_and_called_off_starts_rules(firm: Firm, rule: Keep, work_off: WorkOff) -> None:
    booked, off, done = (
        rule(on, HEARD, only=only)
        for on, only in (("visit_booked", {}), ("visit_changed", {"what": ["cancelled"]}), ("visit_changed", {"what": ["done"]}))
    )
    visit = firm.book(firm.technician(), berlin("2026-03-11 09:00"), job_type=firm.job_type(), ticket=firm.ticket())
    cancel_visit(visit_id=visit.id, reason="customer", now=firm.now, actor_id=None)
    work_off(firm.now)
    assert (states(booked), states(off), states(done)) == (["done"], ["done"], [])


@pytest.mark.parametrize("how", ["propose", "book"])
def test_a_rule_proposes_or_books_the_best_visit_and_says_when_there_is_none(firm: Firm, rule: Keep, work_off: WorkOff, how: str) -> None:
    firm.technician("Li Wei")
    job = firm.job_type()
    kept = rule("ticket_opened", {"do": "visit", "job_type": job.id, "how": how})
    ticket = firm.ticket(firm.site())
    work_off(firm.now)
    booked = visits.open_visits(ticket.id)
    notes = [one.text for one in queries.entries_of(ticket.id, kinds=["note"])]
    assert states(kept) == ["done"], firings(kept)[0].results
    if how == "book":
        assert (len(booked), notes, fresh(ticket).status) == (1, [], "scheduled")
        assert "Li Wei" in firings(kept)[0].results[0]["names"][0]
    else:
        assert (booked, len(notes), notes[0].count("Li Wei")) == ([], 1, 3)


def test_without_anybody_who_can_come_the_action_has_failed(firm: Firm, rule: Keep, work_off: WorkOff) -> None:
    kept = rule("ticket_opened", {"do": "visit", "job_type": firm.job_type().id, "how": "book"})
    firm.ticket(firm.site())
    work_off(firm.now + timedelta(minutes=1))
    assert [one["state"] for one in firings(kept)[0].results] == ["failed"]
    assert "14 days" in firings(kept)[0].results[0]["problem"]
