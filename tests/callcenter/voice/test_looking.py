"""Joins and leaves of conferences that the carrier told us of in vain: it is asked who is there, and ours becomes the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from callcenter.voice import services
from callcenter.voice.models import Call, Callback, Leg, Offer, QueueEntry
from core.db import db as database
from core.db import transaction
from simulator.engine.models import CallStatus
from staff import queries as staff
from tests.callcenter.voice.conftest import fresh
from tests.callcenter.voice.simulated import House, house

pytestmark = pytest.mark.slow  # all of them together

Time = Callable[..., datetime]
Agents = Callable[..., Any]
__all__ = ["house"]


def drop(house: House, *events: str, times: int = 0) -> None:
    """The carrier's words on these events never reach us."""
    house.chaos(*({"step": "webhook", "action": "drop", "path": "/voice/conference", "event": event, "times": times} for event in events))


@pytest.mark.parametrize("times", [1, 0])
def test_joins_that_were_not_told_are_seen_and_they_talk(house: House, make_agent: Agents, times: int) -> None:
    """Once: the agent's is lost; always: the customer's too."""
    agent = make_agent("Ana")
    house.dial("1")
    drop(house, "participant-join", times=times)
    house.accept(agent)
    house.advance(7)
    assert (fresh(Leg).state, fresh(Call).state) == ("joining", "waiting")
    house.advance(22)
    assert (fresh(Leg).state, fresh(Call).state, fresh(QueueEntry).outcome) == ("joined", "talking", "answered")
    assert staff.current_presence(agent.id).state == "on_call"


def test_an_agent_who_dialled_in_and_is_not_there_is_let_go(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("1")
    drop(house, "participant-join", "participant-leave")
    softphone = house.accept(agent)
    house.advance(2)
    house.hang_up(softphone)
    house.advance(12)
    assert (fresh(Leg).state, fresh(QueueEntry).state) == ("released", "waiting")
    assert staff.current_presence(agent.id).reason == "no_audio"


def test_a_carrier_that_says_nothing_lets_the_agent_go_in_the_end(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("1")
    house.chaos(
        {"step": "webhook", "action": "drop", "path": "/voice/conference"},
        {"step": "rest", "action": "fail", "path": "/Conferences", "status": 503, "code": 20503},
    )
    house.accept(agent)
    house.advance(20)
    assert fresh(Leg).state == "joining"
    house.advance(12)
    assert (fresh(Leg).state, fresh(QueueEntry).state) == ("released", "waiting")


def test_an_agent_whose_leaving_was_lost_sends_the_customer_on(house: House, make_agent: Agents) -> None:
    agent, colleague = make_agent("Ana"), make_agent("Bo", ready=False)
    house.dial("1")
    softphone = house.accept(agent)
    house.advance(2)
    since = fresh(QueueEntry).enqueued_at
    drop(house, "participant-leave")
    house.hang_up(softphone)
    assert fresh(Leg).state == "joined"
    house.advance(130, step=2)
    place = fresh(QueueEntry)
    assert (place.state, place.enqueued_at, fresh(Leg).state) == ("waiting", since, "released")
    assert colleague.id != agent.id


def test_a_talk_that_goes_on_is_left_alone(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("1")
    house.accept(agent)
    house.advance(150, step=5)
    assert (fresh(Call).state, fresh(Leg).state) == ("talking", "joined")
    assert database.session.query(QueueEntry).count() == 1


def test_a_held_customer_is_still_there(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("1")
    house.accept(agent)
    house.advance(2)
    with transaction():
        services.hold(call_id=fresh(Call).id, person_id=agent.id, on=True, now=house.time())
    house.advance(150, step=5)
    assert (fresh(Call).state, fresh(Call).on_hold_since is not None) == ("talking", True)


def test_nothing_heard_of_the_end_is_found_out(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    customer = house.dial("1")
    house.accept(agent)
    house.advance(2)
    house.chaos({"step": "webhook", "action": "drop", "path": "/voice/(conference|status|talk-ended)"})
    house.hang_up(customer)
    assert fresh(Call).state == "talking"
    house.advance(130, step=5)
    assert fresh(Call).state == "wrap_up"
    assert staff.current_presence(agent.id).state == "wrap_up"


def test_a_customer_outside_the_conference_waits_again(house: House, make_agent: Agents) -> None:
    """Their leg lives, but not where we believe: they come back with the original time."""
    agent = make_agent("Ana")
    customer = house.dial("1")
    house.accept(agent)
    house.advance(2)
    since = fresh(QueueEntry).enqueued_at
    drop(house, "participant-leave", "conference-end")
    music = f"{house.exchange.world.settings.public_base_url}/voice/music"
    house.do(house.redirect(customer, music))
    house.advance(130, step=5)
    assert customer.status is CallStatus.IN_PROGRESS
    place = fresh(QueueEntry)
    assert (place.enqueued_at, place.call.call_sid) == (since, customer.sid)
    assert place.carrier_queue_sid is not None


def test_a_callback_whose_joins_were_lost_is_talked_to(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    customer = house.dial("1")
    house.press(customer, "1")
    house.phone("answer")
    drop(house, "participant-join")
    house.advance(20)
    house.accept(agent)
    house.advance(40, step=2)
    assert (fresh(Call).state, fresh(Call).direction, fresh(Callback).state) == ("talking", "outbound", "open")


def test_an_old_answer_does_not_judge_what_came_after(house: House, make_agent: Agents) -> None:
    agent = make_agent("Ana")
    house.dial("1")
    call_id, offer_id = fresh(Call).id, fresh(Offer, state="open").id
    with transaction():
        _call, token = services.accept_offer(offer_id=offer_id, person_id=agent.id, now=house.time(), actor_id=agent.user_id)
    before = services.picture(call_id)
    assert before is not None
    house.softphone(agent, token)
    house.advance(2)
    with transaction():
        assert services.compare(before, None, now=house.time(10)) is False
    assert (fresh(Leg).state, fresh(Call).state) == ("joined", "talking")
