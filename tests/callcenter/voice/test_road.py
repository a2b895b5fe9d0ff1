"""The road of a call, webhook by webhook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm.exc import StaleDataError

from callcenter.voice import services
from callcenter.voice.models import Call, Leg, Offer, QueueEntry, Recording
from core.db import db as database
from core.db import locked_row
from core.errors import Conflict
from core.inbox import InboxRow
from core.outbox import OutboxRow
from customers.models import Customer
from staff import queries as staff
from staff import services as staff_services
from tests.callcenter.voice.conftest import CALLER, Carrier, Firm, fresh
from tickets.models import Entry, Ticket

Time = Callable[..., datetime]
Agents = Callable[..., Any]


def kinds() -> list[str]:
    return [
        row.kind for row in database.session.scalars(select(OutboxRow).where(OutboxRow.kind.startswith("voice.")).order_by(OutboxRow.id))
    ]


def talk(carrier: Carrier, agent: Any, time: Time, sid: str = "CA1") -> Call:
    """A call that has come so far that agent and customer hear each other."""
    call = carrier.call_in(sid)
    offer = fresh(Offer, person_id=agent.id, state="open")
    call, token = services.accept_offer(offer_id=offer.id, person_id=agent.id, now=time(), actor_id=agent.user_id)
    database.session.commit()
    carrier.agent_dials(agent, token, f"{sid}-agent")
    carrier.joins(call, f"{sid}-agent", f"agent-{agent.id}")
    entry = fresh(QueueEntry, call_id=call.id)
    dial = carrier.twiml(f"/voice/caller-join?entry={entry.id}", CallSid=sid, From=CALLER)
    assert dial.find("Dial/Conference").get("endConferenceOnExit") == "true"
    carrier.joins(call, sid, "customer")
    return fresh(Call, id=call.id)


def test_a_webhook_without_a_right_signature_is_refused_and_leaves_nothing(app: Flask, firm: Firm) -> None:
    answer = app.test_client().post("/voice/in", data={"CallSid": "CA9", "From": CALLER}, headers={"X-Twilio-Signature": "wrong"})
    assert answer.status_code == 403
    assert database.session.query(Call).count() == 0
    assert database.session.query(InboxRow).count() == 0


def test_a_known_caller_hears_the_menu_and_waits(carrier: Carrier, firm: Firm) -> None:
    greeting = carrier.twiml("/voice/in", CallSid="CA1", From=CALLER, CallStatus="ringing")
    said = [verb.text for verb in greeting.findall("Gather/Say")]
    assert said == ["Welcome.", "For repairs press 1."]
    into = carrier.twiml("/voice/menu", CallSid="CA1", From=CALLER, Digits="1")
    assert into[0].tag == "Enqueue"
    assert [verb.tag for verb in into] == ["Enqueue", "Redirect"]
    call = fresh(Call, call_sid="CA1")
    assert call.customer_id == firm.customer.id
    assert call.state == "waiting"
    wait = carrier.twiml("/voice/wait", CallSid="CA1", From=CALLER, QueueSid="QU1")
    assert wait.find("Gather/Say").text == "You are number 1 in the queue."


def test_the_webhook_of_an_arrival_twice_makes_one_call_and_one_place(carrier: Carrier) -> None:
    for _ in range(2):
        carrier.call_in()
    assert database.session.query(Call).count() == 1
    assert database.session.query(QueueEntry).count() == 1


@pytest.mark.parametrize("caller", ["anonymous", "unknown", "", "Restricted"])
def test_a_withheld_caller_is_served(carrier: Carrier, make_agent: Agents, caller: str) -> None:
    agent = make_agent("Ana")
    call = carrier.call_in(caller=caller)
    assert call.from_number is None
    assert fresh(Offer, person_id=agent.id).state == "open"


def test_the_longest_idle_agent_is_offered_and_accepting_opens_a_ticket(
    carrier: Carrier, make_agent: Agents, time: Time, firm: Firm
) -> None:
    first, second = make_agent("Ana"), make_agent("Bo")
    call = carrier.call_in()
    offer = fresh(Offer)
    assert offer.person_id == first.id
    call, token = services.accept_offer(offer_id=offer.id, person_id=first.id, now=time(2), actor_id=first.user_id)
    database.session.commit()
    ticket = database.session.get_one(Ticket, call.ticket_id)
    assert (ticket.customer_id, ticket.assignee_id, ticket.queue_id) == (firm.customer.id, first.id, firm.queue.id)
    assert staff.current_presence(first.id).state == "on_call"
    dial = carrier.agent_dials(first, token, "CA2")
    conference = dial.find("Dial/Conference")
    assert conference.get("participantLabel") == f"agent-{first.id}"
    assert conference.get("endConferenceOnExit") == "false"
    assert second.id != first.id


def test_an_offer_is_locked_though_a_colleague_changes_its_customer(carrier: Carrier, make_agent: Agents) -> None:
    make_agent("Ana")
    carrier.call_in()
    offer = fresh(Offer)
    known = offer.entry.call.customer
    assert known is not None
    database.session.execute(text("UPDATE customer SET version = version + 1, name = 'Ada King' WHERE id = :id"), {"id": known.id})
    with pytest.raises(StaleDataError):  # why it is not done so
        database.session.get(Offer, offer.id, with_for_update={"of": Offer}, populate_existing=True)
    assert locked_row(Offer, offer.id) is offer
    assert known.name == "Ada King"


def test_only_one_of_two_acceptances_wins(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    carrier.call_in()
    offer = fresh(Offer)
    services.accept_offer(offer_id=offer.id, person_id=agent.id, now=time(), actor_id=agent.user_id)
    with pytest.raises(Conflict):
        services.accept_offer(offer_id=offer.id, person_id=agent.id, now=time(), actor_id=agent.user_id)


def test_a_join_token_of_somebody_else_is_refused(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent, other = make_agent("Ana"), make_agent("Bo")
    carrier.call_in()
    offer = fresh(Offer)
    _call, token = services.accept_offer(offer_id=offer.id, person_id=offer.person_id, now=time(), actor_id=agent.user_id)
    database.session.commit()
    stranger = other if offer.person_id == agent.id else agent
    assert carrier.agent_dials(stranger, token, "CA3")[0].tag == "Hangup"


def test_the_caller_is_brought_in_when_the_agent_is_there(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    call = talk(carrier, agent, time)
    assert kinds() == ["voice.bring_caller"]
    assert (call.state, call.outcome) == ("talking", "answered")
    assert fresh(QueueEntry).outcome == "answered"
    ticket = database.session.get_one(Ticket, call.ticket_id)
    assert ticket.first_response_at is not None


def test_hanging_up_leads_to_wrap_up_and_then_ready(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    call = talk(carrier, agent, time)
    time(60)
    carrier.event("/voice/status", CallSid="CA1", CallStatus="completed", From=CALLER)
    assert staff.current_presence(agent.id).state == "wrap_up"
    assert fresh(Call).state == "wrap_up"
    services.wrap_up(
        call_id=call.id, person_id=agent.id, disposition="visit_needed", note="Pump leaks", now=time(5), actor_id=agent.user_id
    )
    database.session.commit()
    assert staff.current_presence(agent.id).state == "ready"
    assert fresh(Call).state == "ended"
    assert [entry.text for entry in database.session.query(Entry).filter_by(kind="call").order_by(Entry.id)][-1] == "Pump leaks"


def test_a_caller_who_hangs_up_while_waiting_leaves_an_abandoned_ticket_once(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    carrier.call_in()
    assert fresh(Offer).state == "open"
    time(35)
    carrier.event("/voice/status", CallSid="CA1", CallStatus="completed", From=CALLER)
    carrier.twiml("/voice/queue-left", CallSid="CA1", From=CALLER, QueueResult="hangup")
    carrier.event("/voice/status", CallSid="CA1", CallStatus="completed", From=CALLER)
    assert fresh(QueueEntry).outcome == "abandoned"
    assert fresh(Offer).state == "withdrawn"
    assert database.session.query(Ticket).count() == 1
    assert fresh(Ticket).subject == "Abandoned call from Ada Byron"
    assert staff.current_presence(agent.id).state == "ready"
    assert fresh(Customer).last_contact_at == fresh(Call).started_at


def test_an_offer_nobody_takes_goes_to_the_next_agent(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    first, second = make_agent("Ana"), make_agent("Bo")
    carrier.call_in()
    services.sweep(now=time(21))
    database.session.commit()
    assert [offer.state for offer in database.session.query(Offer).order_by(Offer.id)] == ["expired", "open"]
    assert fresh(Offer).person_id == second.id
    assert staff.current_presence(first.id).state == "break"


def test_an_offer_of_an_agent_who_went_away_goes_to_the_next_one_at_once(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    first, second = make_agent("Ana"), make_agent("Bo")
    carrier.call_in()
    staff_services.set_presence(person_id=first.id, state="break", reason="lunch", now=time(2))
    services.sweep(now=time(1))
    database.session.commit()
    assert [offer.state for offer in database.session.query(Offer).order_by(Offer.id)] == ["expired", "open"]
    assert fresh(Offer).person_id == second.id
    assert staff.current_presence(first.id).reason == "lunch"


def test_an_agent_who_becomes_ready_is_offered_the_waiting_caller_at_once(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    carrier.call_in()
    assert fresh(Offer) is None
    staff_services.set_presence(person_id=agent.id, state="ready", now=time(3))
    database.session.commit()
    assert fresh(Offer).person_id == agent.id


def test_an_acceptance_without_a_join_gives_the_caller_to_the_next(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    carrier.call_in()
    services.accept_offer(offer_id=fresh(Offer).id, person_id=agent.id, now=time(), actor_id=agent.user_id)
    database.session.commit()
    services.sweep(now=time(9))
    database.session.commit()
    assert fresh(Leg).state == "released"
    assert fresh(QueueEntry).state == "waiting"
    assert staff.current_presence(agent.id).state == "break"


def test_an_agent_who_is_lost_and_does_not_come_back_sends_the_caller_back_with_the_original_time(
    carrier: Carrier, make_agent: Agents, time: Time
) -> None:
    agent = make_agent("Ana")
    call = talk(carrier, agent, time)
    since = fresh(QueueEntry).enqueued_at
    time(30)
    carrier.leaves(call, "CA1-agent", f"agent-{agent.id}")
    assert fresh(Leg).state == "lost"
    services.sweep(now=time(11))
    database.session.commit()
    again = fresh(QueueEntry)
    assert (again.state, again.enqueued_at, again.priority) == ("waiting", since, 10)
    assert kinds()[-1] == "voice.requeue"
    into = carrier.twiml("/voice/requeue", CallSid="CA1", From=CALLER)
    assert into[0].tag == "Enqueue"


def test_a_blind_transfer_asks_the_colleague_first_and_the_first_agent_wraps_up(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    first, _idle_longer, target = make_agent("Ana"), make_agent("Bo"), make_agent("Cy")
    call = talk(carrier, first, time)
    services.transfer(call_id=call.id, person_id=first.id, to_person_id=target.id, now=time(40), actor_id=first.user_id)
    database.session.commit()
    assert fresh(Offer, state="open").person_id == target.id
    assert staff.current_presence(first.id).state == "wrap_up"
    assert kinds()[-1] == "voice.requeue"
    offer = fresh(Offer, state="open")
    _call, token = services.accept_offer(offer_id=offer.id, person_id=target.id, now=time(2), actor_id=target.user_id)
    database.session.commit()
    carrier.leaves(call, "CA1-agent", f"agent-{first.id}")
    carrier.agent_dials(target, token, "CA1-second")
    carrier.joins(call, "CA1-second", f"agent-{target.id}", conference="CF2")
    entry = fresh(QueueEntry)
    carrier.twiml(f"/voice/caller-join?entry={entry.id}", CallSid="CA1", From=CALLER)
    carrier.joins(call, "CA1", "customer", conference="CF2")
    assert fresh(Call).state == "talking"
    assert fresh(QueueEntry).outcome == "answered"
    assert database.session.query(Ticket).count() == 1


@pytest.mark.parametrize("there", [True, False])
def test_a_customers_representative_is_asked_first_while_they_are_ready(
    carrier: Carrier, firm: Firm, make_agent: Agents, time: Time, there: bool
) -> None:
    idle_longer, representative = make_agent("Bo"), make_agent("Cy")
    firm.customer.service_flow, firm.customer.representative_id = "representative", representative.id
    if not there:
        staff_services.set_presence(person_id=representative.id, state="break", now=time())
    database.session.commit()
    carrier.call_in()
    assert fresh(Offer, state="open").person_id == (representative if there else idle_longer).id
    if there:
        services.sweep(now=time(21))
        database.session.commit()
        assert fresh(Offer, state="open").person_id == idle_longer.id, "then whoever is in the queue"


def test_two_in_the_wait_leaves_a_message_that_becomes_a_ticket(carrier: Carrier, time: Time) -> None:
    carrier.call_in()
    assert carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="2")[0].tag == "Leave"
    record = carrier.twiml("/voice/queue-left", CallSid="CA1", From=CALLER, QueueResult="leave")
    assert record.find("Record") is not None
    for _ in range(2):
        carrier.event(
            "/voice/recording",
            CallSid="CA1",
            RecordingSid="RE1",
            RecordingStatus="completed",
            RecordingUrl="http://127.0.0.1/RE1",
            RecordingDuration="7",
        )
    assert database.session.query(Recording).count() == 1
    assert fresh(Ticket).subject == "Voicemail from Ada Byron"
    carrier.event("/voice/status", CallSid="CA1", CallStatus="completed", From=CALLER)
    assert fresh(Call).outcome == "voicemail"
    assert database.session.query(Ticket).count() == 1
