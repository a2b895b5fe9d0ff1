""" "1 = call me back": the place goes on without the caller, an agent takes it, joins first, and then the customer is rung."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from callcenter.voice import queries, rules, services
from callcenter.voice.models import Call, Callback, Leg, Offer, QueueEntry
from callcenter.voice.presenters import call_row, offer_row
from core.audit import AuditEntry
from core.db import db as database
from core.db import transaction
from core.errors import Conflict, NotValid
from simulator.engine.models import CallStatus
from staff import queries as staff
from staff import services as staff_services
from tests.callcenter.voice.conftest import CALLER, NUMBER, Carrier, fresh
from tests.callcenter.voice.simulated import House, house
from tickets.models import Entry, Ticket

pytestmark = pytest.mark.slow  # all of them together

Time = Callable[..., datetime]
Agents = Callable[..., Any]
__all__ = ["house"]


def said(call: Any) -> list[str]:
    return [line["text"] for line in call.transcript if line["kind"] == "say"]


def kept(house: House, **more: Any) -> Callback:
    """A customer called, waited ten seconds, pressed 1 and hung up."""
    customer = house.dial("1", **more)
    house.advance(10)
    house.press(customer, "1")
    house.advance(20, step=5)
    return fresh(Callback)


def ready(agent: Any, time: Time) -> None:
    with transaction():
        staff_services.set_presence(person_id=agent.id, state="ready", now=time())


def outcomes() -> list[tuple[str, str | None]]:
    database.session.rollback()
    found = select(QueueEntry.state, QueueEntry.outcome).order_by(QueueEntry.id)
    return [(row.state, row.outcome) for row in database.session.execute(found)]


def test_one_keeps_the_place_with_its_time_and_the_caller_hears_so(house: House, make_agent: Agents) -> None:
    customer = house.dial("1")
    since = fresh(QueueEntry).enqueued_at
    house.advance(10)
    assert "To keep your place and be called back, press 1." in said(customer)
    house.press(customer, "1")
    house.advance(30, step=5)
    assert said(customer)[-1].startswith("Thank you. You keep your place")
    assert customer.status is CallStatus.COMPLETED
    callback = fresh(Callback)
    assert (callback.number, callback.enqueued_at, callback.state, callback.attempts) == (CALLER, since, "open", 0)
    assert outcomes() == [("ended", "callback"), ("waiting", None)]
    place = fresh(QueueEntry)
    assert (place.enqueued_at, place.call.direction, place.call.call_sid) == (since, "outbound", None)
    asked = database.session.scalars(select(Call).where(Call.direction == "inbound")).one()
    assert (asked.state, asked.outcome, asked.callback_id) == ("ended", "callback", callback.id)
    assert database.session.query(Ticket).count() == 0


@pytest.mark.parametrize("caller", ["anonymous", "+499001234567", "client:agent_7"])
def test_who_cannot_be_called_is_not_offered_it(carrier: Carrier, caller: str) -> None:
    carrier.call_in(caller=caller)
    wait = carrier.twiml("/voice/wait", CallSid="CA1", From=caller, QueueSid="QU1")
    assert not any("press 1" in (verb.text or "") for verb in wait.findall("Gather/Say"))
    assert len(carrier.twiml("/voice/wait-choice", CallSid="CA1", From=caller, Digits="1")) == 0
    assert fresh(Callback) is None
    assert fresh(QueueEntry).state == "waiting"


def test_pressed_twice_it_is_one_callback(carrier: Carrier) -> None:
    carrier.call_in()
    for _ in range(2):
        assert carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")[0].tag == "Leave"
        assert carrier.twiml("/voice/wait", CallSid="CA1", From=CALLER)[0].tag == "Leave"
        assert [verb.tag for verb in carrier.twiml("/voice/queue-left", CallSid="CA1", From=CALLER, QueueResult="leave")] == [
            "Say",
            "Hangup",
        ]
    assert database.session.query(Callback).count() == 1
    assert outcomes() == [("ended", "callback"), ("waiting", None)]


def test_the_turn_comes_by_the_original_time(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    carrier.call_in("CA1")
    time(30)
    carrier.call_in("CA2", caller="+4930901821")
    time(30)
    carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")
    second = database.session.scalars(select(QueueEntry).join(Call).where(Call.call_sid == "CA2")).one()
    assert queries.ahead_of(second, time()) == 0  # they are still on the line
    asked_at = time()
    assert queries.ahead_of(second, time(15)) == 1
    ready(agent, time)
    offer = offer_row(fresh(Offer, state="open"))
    assert (offer["call"]["customer"]["name"], offer["call"]["direction"]) == ("Ada Byron", "outbound")
    assert offer["call"]["callback"]["attempts"] == 0
    assert offer["call"]["callback"]["asked_at"] == asked_at


def test_the_agent_joins_first_then_the_customer_is_rung_and_they_talk(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("answer", after=4)
    softphone = house.accept(agent)
    house.advance(2)
    call = fresh(Call)
    assert (call.state, call_row(call, queries.open_entry(call.id))["carrier_status"]) == ("waiting", "ringing")
    rung = house.exchange.world.calls[call.call_sid]
    assert (rung.caller, rung.called) == (NUMBER, CALLER)
    assert fresh(Ticket).subject == "Callback to Ada Byron"
    house.advance(4)
    call = fresh(Call)
    assert (call.state, call.outcome, fresh(Callback).state) == ("talking", "answered", "open")
    house.advance(10)
    house.hang_up(rung)
    house.advance(1)
    assert (fresh(Call).state, fresh(Callback).state, fresh(Callback).attempts) == ("wrap_up", "reached", 0)
    assert softphone.status is CallStatus.COMPLETED
    assert outcomes() == [("ended", "callback"), ("ended", "answered")]
    assert staff.current_presence(agent.id).state == "wrap_up"
    assert fresh(Ticket).first_response_at is None  # counted when the agent says that it was a person
    with transaction():
        services.wrap_up(call_id=call.id, person_id=agent.id, disposition="solved", note="Done", now=time(), actor_id=agent.user_id)
    assert fresh(Ticket).first_response_at is not None


@pytest.mark.slow
@pytest.mark.parametrize(("behaviour", "status"), [("reject", "busy"), ("ignore", "no-answer"), ("machine", "completed")])
def test_who_is_not_reached_is_tried_three_times_and_then_a_ticket_says_so(
    house: House, make_agent: Agents, time: Time, behaviour: str, status: str
) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    since = fresh(Callback).enqueued_at
    house.phone(behaviour)
    for attempt, wait in ((1, 5), (2, 15), (3, None)):
        ready(agent, time)
        house.advance(1)
        softphone = house.accept(agent)
        house.advance(45, step=5)
        assert (fresh(Callback).attempts, softphone.status) == (attempt, CallStatus.COMPLETED)
        over = database.session.scalars(select(Call).where(Call.ended_at.is_not(None)).order_by(Call.id.desc())).first()
        assert (over.carrier_status, over.state) == (status, "wrap_up")
        with transaction():
            services.wrap_up(call_id=over.id, person_id=agent.id, disposition="no_answer", note="", now=time(), actor_id=agent.user_id)
        ended = over.ended_at
        if wait is None:
            break
        place = fresh(QueueEntry)
        assert (place.state, place.enqueued_at, place.not_before - ended) == ("waiting", since, timedelta(minutes=wait))
        assert fresh(Offer, state="open") is None  # the agent is ready, but it is not its time
        time(60 * wait)
    assert fresh(Callback).state == "failed"
    assert {state for state, _outcome in outcomes()} == {"ended"}
    assert database.session.query(Ticket).count() == 1
    lines = list(database.session.scalars(select(Entry.text).where(Entry.kind == "call", Entry.text != "").order_by(Entry.id)))
    assert lines[0] == "Ada Byron was called back and not reached. Next try in 5 minutes."
    assert lines[-1] == "Ada Byron could not be reached: called back 3 times."


@pytest.mark.slow
def test_an_agent_who_heard_a_machine_says_no_answer_and_it_is_tried_again(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("answer")
    house.accept(agent)
    house.advance(8)
    call = fresh(Call)
    with transaction():
        services.hang_up(call_id=call.id, person_id=agent.id, now=time())
    house.advance(2)
    assert fresh(Callback).state == "reached"
    with transaction():
        services.wrap_up(call_id=call.id, person_id=agent.id, disposition="no_answer", note="", now=time(), actor_id=agent.user_id)
    assert (fresh(Callback).state, fresh(Callback).attempts) == ("open", 1)
    assert outcomes()[-1] == ("waiting", None)


def test_calling_again_cancels_the_callback_and_keeps_its_place(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    carrier.call_in("CA1")
    since = fresh(QueueEntry).enqueued_at
    carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")
    time(300)
    carrier.call_in("CA2")
    callback = fresh(Callback)
    assert (callback.state, callback.reason) == ("cancelled", "called_in")
    assert outcomes() == [("ended", "callback"), ("ended", "callback"), ("waiting", None)]
    assert fresh(QueueEntry).enqueued_at == since
    attempt = database.session.scalars(select(Call).where(Call.direction == "outbound")).one()
    assert attempt.state == "ended"


@pytest.mark.slow
def test_calling_again_while_an_agent_rings_ends_the_tries_after_this_one(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("reject", after=6)
    house.accept(agent)
    house.advance(2)
    house.dial("1")
    house.advance(10)
    assert fresh(Callback).state == "cancelled"
    waiting = [entry for entry in database.session.query(QueueEntry) if entry.state != "ended"]
    assert [entry.call.direction for entry in waiting] == ["inbound"]


def test_it_is_cancelled_with_a_reason_by_an_agent_once(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    carrier.call_in()
    carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")
    services.sweep(now=time(15))
    database.session.commit()
    assert fresh(Offer, state="open").entry.call.direction == "outbound"
    callback_id = fresh(Callback).id
    with pytest.raises(NotValid):
        services.cancel_callback(callback_id=callback_id, reason=" ", now=time(), actor_id=agent.user_id)
    with transaction():
        services.cancel_callback(callback_id=callback_id, reason="Solved by mail", now=time(), actor_id=agent.user_id)
    callback = fresh(Callback)
    assert (callback.state, callback.reason, callback.ended_by_id) == ("cancelled", "Solved by mail", agent.user_id)
    assert fresh(Offer, state="open") is None
    assert outcomes()[-1] == ("ended", "callback")
    assert database.session.scalars(select(AuditEntry.after).where(AuditEntry.action == "callback.cancelled")).one() == {
        "reason": "Solved by mail"
    }
    with pytest.raises(Conflict):
        services.cancel_callback(callback_id=callback_id, reason="again", now=time(), actor_id=agent.user_id)


def test_one_that_an_agent_is_at_is_not_cancelled(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("ignore")
    house.accept(agent)
    house.advance(1)
    with pytest.raises(Conflict) as refused:
        services.cancel_callback(callback_id=fresh(Callback).id, reason="no need", now=time(), actor_id=agent.user_id)
    assert refused.value.code == "taken"


def test_outside_the_branchs_hours_nobody_is_called_back(
    carrier: Carrier, make_agent: Agents, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = make_agent("Ana", ready=False)
    carrier.call_in()
    carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")
    opened = [False]
    monkeypatch.setattr(queries, "branch_open", lambda _branch, _now: opened[0])
    ready(agent, time)
    services.sweep(now=time(15))
    assert fresh(Offer) is None
    opened[0] = True
    services.sweep(now=time(5))
    database.session.commit()
    assert fresh(Offer).state == "open"


def test_an_agent_who_gives_up_before_it_rings_costs_no_try(carrier: Carrier, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana")
    carrier.call_in()
    carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")
    services.sweep(now=time(15))
    database.session.commit()
    services.accept_offer(offer_id=fresh(Offer, state="open").id, person_id=agent.id, now=time(), actor_id=agent.user_id)
    services.end_undialled(call_id=fresh(Call).id, refused=False, now=time(2))
    database.session.commit()
    assert (fresh(Callback).state, fresh(Callback).attempts, outcomes()[-1]) == ("open", 0, ("waiting", None))


def test_a_number_the_carrier_will_not_dial_counts_as_a_try(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.chaos({"step": "rest", "action": "fail", "path": "/Participants", "method": "POST", "status": 400, "code": 13224})
    softphone = house.accept(agent)
    house.advance(3)
    assert (fresh(Callback).attempts, outcomes()[-1]) == (1, ("waiting", None))
    assert softphone.status is CallStatus.COMPLETED


def test_a_dialling_whose_answer_was_lost_rings_once(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("answer", after=20)
    house.chaos({"step": "rest", "action": "fail_after", "path": "/Participants", "method": "POST", "status": 503, "times": 1})
    house.accept(agent)
    house.advance(40, step=2)
    assert fresh(Call).state == "talking"
    assert sum(call.direction == "outbound-api" for call in house.exchange.world.calls.values()) == 1


def test_an_agent_lost_while_it_rings_leaves_no_customer_alone(house: House, make_agent: Agents, time: Time) -> None:
    agent = make_agent("Ana", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("ignore")
    softphone = house.accept(agent)
    house.advance(2)
    house.hang_up(softphone)
    house.advance(14)
    assert fresh(Leg).state != "joined"
    assert not [call for call in house.exchange.world.calls.values() if not call.status.final]
    assert (fresh(Callback).state, fresh(Callback).attempts) == ("open", 1)


def test_a_transfer_of_somebody_called_back_brings_them_to_the_colleague(house: House, make_agent: Agents, time: Time) -> None:
    agent, colleague = make_agent("Ana", ready=False), make_agent("Bo", ready=False)
    kept(house)
    ready(agent, time)
    house.phone("answer")
    house.accept(agent)
    house.advance(4)
    call = fresh(Call)
    ready(colleague, time)
    with transaction():
        services.transfer(call_id=call.id, person_id=agent.id, to_person_id=colleague.id, now=time(), actor_id=agent.user_id)
    house.advance(2)
    house.accept(colleague)
    house.advance(3)
    assert (fresh(Call).id, fresh(Call).state) == (call.id, "talking")
    assert [outcome for _state, outcome in outcomes()] == ["callback", "answered", "answered"]


def test_the_api_lists_and_cancels(carrier: Carrier, sign_in: Any, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_METHODS", [])
    carrier.call_in()
    carrier.twiml("/voice/wait-choice", CallSid="CA1", From=CALLER, Digits="1")
    agent, dispatcher = sign_in("agent"), sign_in("dispatcher")
    [row] = agent.get("/api/v1/callbacks?state=open").json["callbacks"]
    assert (row["number"], row["state"], row["attempts"]) == (CALLER, "open", 0)
    assert agent.get("/api/v1/callbacks?state=failed").json["callbacks"] == []
    address = f"/api/v1/callbacks/{row['id']}/cancellation"
    assert dispatcher.post(address, json={"reason": "x"}).status_code == 403
    assert agent.post(address, json={"reason": ""}).status_code == 422
    assert agent.post("/api/v1/callbacks/999999/cancellation", json={"reason": "x"}).status_code == 404
    assert agent.post(address, json={"reason": "Solved by mail"}).json["state"] == "cancelled"
    assert agent.post(address, json={"reason": "Solved by mail"}).status_code == 409


@pytest.mark.parametrize(
    ("number", "expected"),
    [(None, False), ("anonymous", False), ("+4930901820", True), ("+4915112345678", True), ("+499001234567", False), ("+12", False)],
)
def test_only_numbers_that_may_exist_and_cost_no_premium_are_called(number: str | None, expected: bool) -> None:
    assert rules.may_be_called(number) is expected
