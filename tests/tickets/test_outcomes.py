"""Complaints and suggestions end only after the customer was told what came of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db import db as database
from core.errors import DomainError, NotValid
from tests.tickets.conftest import Firm
from tests.tickets.fields.conftest import as_role
from tests.tickets.test_api import Program
from tickets import outcomes, queries, rules, services
from tickets.models import Entry, Ticket

__all__ = ["as_role"]  # fixture


def told(ticket: Ticket, firm: Firm, by: str = "message", **more: Any) -> Ticket:
    return services.tell_outcome(ticket_id=ticket.id, text="We have changed the plan.", by=by, now=firm.now, actor_id=None, **more)


@pytest.mark.parametrize("kind", sorted(rules.OUTCOME_KINDS))
def test_nothing_ends_before_its_outcome_was_told(firm: Firm, kind: str) -> None:
    ticket = firm.ticket(kind=kind)
    with pytest.raises(DomainError) as refused:
        services.resolve(ticket_id=ticket.id, actor_id=None, now=firm.now)
    assert (refused.value.code, ticket.status) == ("outcome_missing", "new")
    told(ticket, firm)
    services.resolve(ticket_id=ticket.id, actor_id=None, now=firm.now)
    assert services.close(ticket_id=ticket.id, actor_id=None, now=firm.now).status == "closed"


def test_it_is_told_by_a_message_that_goes_out_and_resolved_in_one_go(firm: Firm) -> None:
    ticket = told(firm.ticket(kind="complaint"), firm, message="Dear Ada, we have changed the plan.", then_status="resolved")
    [sent] = queries.entries_of(ticket.id, kinds=["message_out"])
    change = queries.entries_of(ticket.id)[-1]
    assert (sent.kind, sent.public, sent.text, ticket.status) == ("message_out", True, "Dear Ada, we have changed the plan.", "resolved")
    assert change.data["changes"]["outcome"] == {"from": None, "to": "We have changed the plan."}
    assert change.data["outcome_told"] == {"by": "message_out", "entry_id": sent.id}


def test_it_is_told_by_a_call_or_by_what_stands_in_the_timeline(firm: Firm) -> None:
    called = told(firm.ticket(kind="complaint", channel="phone"), firm, by="call")
    assert len(queries.entries_of(called.id, kinds=["call"])) == 1
    ticket = firm.ticket(kind="complaint")
    answer = services.reply(ticket_id=ticket.id, text="We looked into it.", actor_id=None, now=firm.now)
    note = services.add_note(ticket_id=ticket.id, text="He is right.", actor_id=None, now=firm.now)
    for wrong in (note.id, None, 10**9):
        with pytest.raises(NotValid) as refused:
            told(ticket, firm, by="entry", entry_id=wrong)
        assert refused.value.field == "entry_id"
    told(ticket, firm, by="entry", entry_id=answer.id)
    found = outcomes.standing(ticket.id)
    assert found is not None
    assert (found.entry_id, found.text) == (answer.id, "We have changed the plan.")


def test_nobody_is_told_where_there_is_no_address_and_nothing_is_kept(firm: Firm) -> None:
    ticket = firm.ticket(kind="complaint", channel="phone")
    entries = len(queries.entries_of(ticket.id))
    with pytest.raises(NotValid, match="no address"):
        told(ticket, firm)
    with pytest.raises(NotValid, match="what came of it"):
        services.tell_outcome(ticket_id=ticket.id, text=" ", by="call", now=firm.now, actor_id=None)
    assert (len(queries.entries_of(ticket.id)), outcomes.standing(ticket.id)) == (entries, None)


def test_open_again_it_has_to_be_told_again(firm: Firm) -> None:
    ticket = told(firm.ticket(kind="complaint"), firm, then_status="resolved")
    [before] = queries.entries_of(ticket.id, kinds=["message_out"])
    later = firm.now + timedelta(hours=1)
    services.receive_message(ticket_id=ticket.id, text="No!", now=later, channel="email")
    assert (ticket.status, outcomes.standing(ticket.id)) == ("open", None)
    assert outcomes.last_text(ticket.id) == "We have changed the plan."
    with pytest.raises(DomainError, match="not told the outcome"):
        services.resolve(ticket_id=ticket.id, actor_id=None, now=later)
    with pytest.raises(NotValid, match="last opened"):
        told(ticket, firm, by="entry", entry_id=before.id)


def test_there_is_no_way_round_by_kind_or_by_merging(firm: Firm) -> None:
    question, complaint = firm.ticket(kind="question"), firm.ticket(kind="complaint")
    with pytest.raises(DomainError) as refused:
        services.merge_tickets(survivor_id=question.id, merged_id=complaint.id, now=firm.now, actor_id=None)
    assert refused.value.code == "outcome_missing"
    services.resolve(ticket_id=question.id, actor_id=None, now=firm.now)
    with pytest.raises(DomainError, match="Complaint"):
        services.set_kind(ticket_id=question.id, kind="complaint", actor_id=None, now=firm.now)
    other = firm.ticket(kind="suggestion")
    services.merge_tickets(survivor_id=other.id, merged_id=complaint.id, now=firm.now, actor_id=None)
    with pytest.raises(DomainError, match="Suggestion"):
        services.resolve(ticket_id=other.id, actor_id=None, now=firm.now)


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("status"), st.sampled_from(rules.Status), st.sampled_from(rules.Who)),
        st.tuples(st.just("kind"), st.sampled_from(("complaint", "question")), st.none()),
        st.tuples(st.just("reply"), st.sampled_from([None, "resolved", "closed"]), st.none()),
        st.tuples(st.sampled_from(["write", "reopen", "tell"]), st.none(), st.none()),
    ),
    max_size=12,
)


def do(verb: str, value: Any, by: Any, common: dict[str, Any]) -> None:
    if verb == "status":
        services.change_status(status=value, wait_reason="part" if value == "waiting" else None, by=by, **common)
    elif verb == "kind":
        services.set_kind(kind=value, **common)
    elif verb == "reply":
        services.reply(text="!", then_status=value, **common)
    elif verb == "write":
        services.receive_message(ticket_id=common["ticket_id"], text="?", now=common["now"], channel="email")
    elif verb == "reopen":
        services.reopen(**common)
    else:
        services.tell_outcome(text="So it is.", by="call", **common)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_no_sequence_of_moves_ends_a_complaint_untold(firm: Firm, moves: list[tuple[str, Any, Any]]) -> None:
    savepoint = database.session.begin_nested()
    ticket, now = firm.ticket(kind="complaint"), firm.now
    tellings = 0
    for verb, value, by in moves:
        now += timedelta(minutes=1)
        try:
            with database.session.begin_nested():
                do(verb, value, by, {"ticket_id": ticket.id, "now": now, "actor_id": None})
                tellings += verb == "tell"
        except DomainError:
            database.session.expire_all()
        if ticket.kind == "complaint" and not rules.is_open(ticket.status):
            found = outcomes.standing(ticket.id)
            assert found is not None
            assert tellings > 0
            entry = database.session.get_one(Entry, found.entry_id)
            assert (entry.public, entry.ticket_id) == (True, ticket.id)
    savepoint.rollback()


def test_through_the_api(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    number = firm.ticket(kind="complaint").number
    refused = agent("POST", f"/tickets/{number}/resolution", {})
    assert (refused.status_code, refused.json["code"]) == (409, "outcome_missing")
    shown = agent("GET", f"/tickets/{number}").json
    assert (shown["outcome_needed"], shown["outcome"]) == (True, None)
    answer = agent("POST", f"/tickets/{number}/outcome", {"text": "We refund it.", "by": "message", "then_status": "resolved"})
    assert (answer.status_code, answer.json["status"], answer.json["outcome"]["text"]) == (200, "resolved", "We refund it.")
    assert agent("POST", f"/tickets/{number}/outcome", {"text": "x", "by": "pigeon"}).status_code == 422
    assert as_role("technician")("POST", f"/tickets/{number}/outcome", {"text": "x", "by": "call"}).status_code == 403


def test_what_a_ticket_waits_for_stands_with_its_status_and_goes_with_it(firm: Firm, as_role: Callable[[str], Program]) -> None:
    agent = as_role("agent")
    ticket = firm.ticket()
    address = f"/tickets/{ticket.number}/waiting"
    assert agent("POST", address, {"reason": "part", "note": " Pump  P-7,\nfrom Kiel "}).json["wait_note"] == "Pump P-7, from Kiel"
    assert agent("POST", address, {"reason": "part", "note": "Pump P-7, comes Friday"}).json["wait_note"] == "Pump P-7, comes Friday"
    assert agent("GET", "/tickets").json["items"][0]["wait_note"] == "Pump P-7, comes Friday"
    changes = [entry.data["changes"].get("wait_note") for entry in queries.entries_of(ticket.id) if entry.kind == "change"]
    assert changes[-1] == {"from": "Pump P-7, from Kiel", "to": "Pump P-7, comes Friday"}
    assert agent("DELETE", address).json["wait_note"] is None
    assert agent("POST", address, {"reason": "part", "note": "x" * 501}).status_code == 422
    with pytest.raises(NotValid):
        services.change_status(ticket_id=ticket.id, status="resolved", wait_note="why", now=firm.now, actor_id=None)
