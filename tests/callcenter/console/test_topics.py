"""The console's live topics: every step of a call changes exactly what a fresh page would show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from callcenter.voice import rules, services
from callcenter.voice.models import Call, Offer, QueueEntry
from core.db import db as database
from core.errors import NotAllowed
from core.live import Viewer
from core.live.topics import place_for
from customers import services as customers
from staff import services as staff
from tests.callcenter.console.conftest import Screen
from tests.callcenter.voice.conftest import CALLER, Carrier, Firm, fresh
from tickets import services as tickets
from tickets.models import Ticket
from tickets.serving import queues_of

Time = Callable[..., datetime]
Screens = Callable[[str, Any], Screen]
TECHNICIAN = Viewer(subject="2", name="Tom", user_id=2, roles=frozenset({"technician"}))
VISITOR = Viewer(subject="chat-1", name="Ada")


def keys(screen: Screen, prefix: str) -> list[str]:
    return [key for key in screen.listen() if key.startswith(prefix)]


def accepted(carrier: Carrier, agent: Any, time: Time) -> Call:
    """A call in which the agent talks with the customer."""
    call = carrier.call_in()
    offer = fresh(Offer, person_id=agent.id, state="open")
    _call, token = services.accept_offer(offer_id=offer.id, person_id=agent.id, now=time(2), actor_id=agent.user_id)
    database.session.commit()
    carrier.agent_dials(agent, token, "CA-agent")
    carrier.joins(call, "CA-agent", f"agent-{agent.id}")
    entry = fresh(QueueEntry, call_id=call.id)
    carrier.twiml(f"/voice/caller-join?entry={entry.id}", CallSid="CA1", From=CALLER)
    carrier.joins(call, "CA1", "customer")
    found: Call = fresh(Call, id=call.id)
    return found


@pytest.mark.parametrize("address", ["caller:1", "agents"])
def test_only_who_works_with_callers_may_watch(firm: Firm, address: str) -> None:
    for viewer in (TECHNICIAN, VISITOR):
        with pytest.raises(NotAllowed):
            place_for(viewer, address)


def test_an_offer_comes_and_goes_with_its_caller(carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time) -> None:
    ana = make_agent("Ana")
    mine = screen("me", ana)
    carrier.call_in()
    [key] = keys(mine, "offer:")
    offer = mine.rows[key]
    assert offer["state"] == "open"
    assert offer["call"]["customer"]["name"] == "Ada Byron"
    assert (offer["call"]["line"], offer["call"]["menu_choice"], offer["call"]["menu_label"]) == ("Main", "1", {"en": "repairs"})
    services.sweep(now=time(rules.OFFER_LASTS.total_seconds() + 1))
    database.session.commit()
    assert keys(mine, "offer:") == []
    assert (mine.rows["presence"]["state"], mine.rows["presence"]["reason"]) == ("break", "missed_call")
    mine.check()


@pytest.mark.slow
def test_my_screen_follows_the_whole_call(carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time) -> None:
    ana = make_agent("Ana")
    mine = screen("me", ana)
    call = accepted(carrier, ana, time)
    row = mine.listen()["call"]
    assert (row["state"], row["my_state"], row["ticket"]) == ("talking", "joined", fresh(Ticket, id=call.ticket_id).number)
    assert keys(mine, "offer:") == []
    assert keys(mine, "ticket:") == [f"ticket:{call.ticket_id}"]
    mine.check()

    carrier.event("/voice/status", CallSid="CA1", CallStatus="completed")
    row = mine.listen()["call"]
    assert (row["state"], row["my_state"], mine.rows["presence"]["state"]) == ("wrap_up", "wrap_up", "wrap_up")

    services.wrap_up(call_id=call.id, person_id=ana.id, disposition="solved", note="Done.", now=time(30), actor_id=ana.user_id)
    database.session.commit()
    assert "call" not in mine.listen()
    assert mine.rows["presence"]["state"] == "ready"
    mine.check()


def test_one_call_is_on_my_screen_the_newest_and_what_is_left_to_wrap_up_comes_back(
    carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time
) -> None:
    ana = make_agent("Ana")
    mine = screen("me", ana)
    first = accepted(carrier, ana, time)
    carrier.event("/voice/status", CallSid="CA1", CallStatus="completed")
    staff.set_presence(person_id=ana.id, state="ready", now=time(1))
    database.session.commit()
    carrier.call_in(sid="CA2", caller="+4930555000")
    offer = fresh(Offer, person_id=ana.id, state="open")
    second, _token = services.accept_offer(offer_id=offer.id, person_id=ana.id, now=time(2), actor_id=ana.user_id)
    database.session.commit()
    assert mine.listen()["call"]["id"] == second.id
    mine.check()
    carrier.event("/voice/status", CallSid="CA2", CallStatus="completed")
    assert mine.listen()["call"]["id"] == first.id
    mine.check()


def test_a_lost_connection_leaves_the_call_on_the_screen_until_it_is_over(
    carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time
) -> None:
    ana = make_agent("Ana")
    mine = screen("me", ana)
    call = accepted(carrier, ana, time)
    carrier.leaves(call, "CA-agent", f"agent-{ana.id}")
    assert mine.listen()["call"]["my_state"] == "lost"
    token = services.rejoin(call_id=call.id, person_id=ana.id, now=time(3))
    database.session.commit()
    carrier.agent_dials(ana, token, "CA-agent-2")
    carrier.joins(call, "CA-agent-2", f"agent-{ana.id}")
    assert mine.listen()["call"]["my_state"] == "joined"
    carrier.leaves(call, "CA-agent-2", f"agent-{ana.id}")
    services.sweep(now=time(rules.REJOIN_WITHIN.total_seconds() + 1))
    database.session.commit()
    assert "call" not in mine.listen()
    assert mine.rows["presence"]["reason"] == "connection_lost"
    mine.check()


def test_a_transfer_puts_the_call_on_the_colleagues_screen(
    carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time
) -> None:
    ana, ben = make_agent("Ana"), make_agent("Ben", ready=False)
    ours = screen("agents", ana)
    call = accepted(carrier, ana, time)
    staff.set_presence(person_id=ben.id, state="ready", now=time(1))
    database.session.commit()
    assert ours.listen()[str(ben.id)]["state"] == "ready"
    theirs = screen("me", ben)
    services.transfer(call_id=call.id, person_id=ana.id, to_person_id=ben.id, now=time(1), actor_id=ana.user_id)
    database.session.commit()
    [key] = keys(theirs, "offer:")
    assert theirs.rows[key]["call"]["id"] == call.id
    assert ours.listen()[str(ana.id)]["state"] == "wrap_up"
    ours.check()
    theirs.check()


def test_the_callers_card_shows_what_is_covered_and_what_is_open(
    firm: Firm, carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time
) -> None:
    ana = make_agent("Ana")
    caller = screen(f"caller:{firm.customer.id}", ana)
    today = time().date()
    thing = {"kind": "Boiler", "maker": "Thermika", "model": "GB 24", "serial": "T1", "warranty_until": today + timedelta(days=90)}
    customers.add_equipment(customer_id=firm.customer.id, values=thing, now=time(1), actor_id=ana.user_id)
    database.session.commit()
    [shown] = caller.listen()["card"]["equipment"]
    assert (shown["warranty"], shown["warranty_until"], shown["contract"]) == ("covered", (today + timedelta(days=90)).isoformat(), None)

    call = accepted(carrier, ana, time)
    assert keys(caller, "ticket:") == [f"ticket:{call.ticket_id}"]
    assert caller.rows["contacts"][0]["kind"] == "call"
    tickets.reply(ticket_id=call.ticket_id, text="We come tomorrow.", now=time(5), actor_id=ana.user_id)
    database.session.commit()
    assert (caller.listen()["contacts"][0]["kind"], caller.rows["contacts"][0]["text"]) == ("message_out", "We come tomorrow.")
    tickets.resolve(ticket_id=call.ticket_id, now=time(5), actor_id=ana.user_id)
    database.session.commit()
    assert keys(caller, "ticket:") == []
    caller.check()


def test_a_caller_who_is_named_later_brings_the_ticket_along(
    firm: Firm, carrier: Carrier, make_agent: Callable[..., Any], screen: Screens, time: Time
) -> None:
    ana = make_agent("Ana")
    carrier.call_in(caller="+4930555000")
    offer = fresh(Offer, person_id=ana.id, state="open")
    call, _token = services.accept_offer(offer_id=offer.id, person_id=ana.id, now=time(1), actor_id=ana.user_id)
    database.session.commit()
    mine, caller = screen("me", ana), screen(f"caller:{firm.customer.id}", ana)
    services.link_customer(call_id=call.id, person_id=ana.id, customer_id=firm.customer.id, now=time(1), actor_id=ana.user_id)
    database.session.commit()
    assert mine.listen()["call"]["customer"]["id"] == firm.customer.id
    assert keys(caller, "ticket:") == [f"ticket:{call.ticket_id}"]
    caller.check()


def test_my_queues_are_those_whose_skills_i_have(firm: Firm, make_agent: Callable[..., Any], time: Time) -> None:
    ana = make_agent("Ana")
    gas = staff.create_skill(key="gas", name="Gas", now=time())
    tickets.create_queue(key="gas", name="Gas", branch_id=firm.branch.id, now=time(), actor_id=None, skills={gas.id: 2})
    free = tickets.create_queue(key="free", name="Free", branch_id=firm.branch.id, now=time(), actor_id=None)
    today = time().date()
    assert {queue.id for queue in queues_of(ana, on=today)} == {firm.queue.id, free.id}
    staff.set_skills(person_id=ana.id, skills={gas.id: (2, today - timedelta(days=1))}, now=time(), actor_id=None)
    assert {queue.id for queue in queues_of(ana, on=today)} == {free.id}
    assert len(queues_of(None, on=today)) == 3
