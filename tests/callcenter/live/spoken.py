"""Random operations on calls: the carrier's webhooks as they come, the agents' verbs, in any order and at the wrong moment too."""

from __future__ import annotations

import random

from sqlalchemy import select

from callcenter.voice import rules, services
from callcenter.voice.models import Call, Leg, Offer
from core import clock
from core.db import db, transaction
from tests.callcenter.live.house import House, our_number, pick
from tickets.models import Ticket


def _some_call(chance: random.Random, *states: str) -> Call | None:
    query = select(Call).where(Call.ended_at.is_(None)).order_by(Call.id)
    return pick(chance, list(db.session.scalars(query.where(Call.state.in_(states)) if states else query)))


def _some_leg(chance: random.Random, *states: str) -> Leg | None:
    return pick(chance, list(db.session.scalars(select(Leg).where(Leg.state.in_(states)).order_by(Leg.id))))


def call_comes(house: House, chance: random.Random) -> None:
    """Rings, hears the menu, presses a key; some hang up before."""
    sid, caller = f"CA{next(house.numbers)}", chance.choice([*house.phones, "+4930999111", "anonymous"])
    with transaction():
        to = our_number()
    pages = [("/voice/in", {"CallStatus": "ringing"}), ("/voice/menu", {"Digits": chance.choice("12")})]
    for page, form in pages if chance.random() < 0.85 else pages[:1]:
        answer = house.carrier.post(page, CallSid=sid, From=caller, To=to, **form)
        assert answer.status_code == 200, answer.get_data(as_text=True)


def still_there(house: House, chance: random.Random) -> None:
    with transaction():
        call = _some_call(chance, "waiting")
        if call is not None:
            services.heartbeat(call=call, queue_sid="QU1", now=clock.now())


def answer_offer(house: House, chance: random.Random) -> None:
    """Declined; or accepted, and mostly the softphone dials in and customer and agent meet."""
    with transaction():
        offer = pick(chance, list(db.session.scalars(select(Offer).where(Offer.state == "open").order_by(Offer.id))))
        if offer is None:
            return
        offer_id, person_id = offer.id, offer.person_id
    actor = house.users[person_id]
    if chance.random() < 0.15:
        with transaction():
            services.decline_offer(offer_id=offer_id, person_id=person_id, now=clock.now(), actor_id=actor)
        return
    with transaction():
        call, token = services.accept_offer(offer_id=offer_id, person_id=person_id, now=clock.now(), actor_id=actor)
        call_id, customer_sid = call.id, call.call_sid or f"CA{next(house.numbers)}"
    if chance.random() < 0.85:
        sid = f"CA{next(house.numbers)}"
        with transaction():
            services.agent_connects(identity=rules.agent_identity(person_id), token=token, call_sid=sid, now=clock.now())
        with transaction():
            services.agent_joined(call_id=call_id, person_id=person_id, call_sid=sid, conference_sid="CF1", now=clock.now())
        with transaction():
            services.customer_joined(call_id=call_id, call_sid=customer_sid, conference_sid="CF1", now=clock.now())


def hold(house: House, chance: random.Random) -> None:
    with transaction():
        call = _some_call(chance, "talking")
        if call is not None:
            services.held(call_id=call.id, on=call.on_hold_since is None, now=clock.now())


def note(house: House, chance: random.Random) -> None:
    with transaction():
        leg = _some_leg(chance, "joined", "wrap_up")
        if leg is not None:
            services.note(call_id=leg.call_id, person_id=leg.person_id, text=f"Pump {chance.randrange(100)}", now=clock.now())


def link_ticket(house: House, chance: random.Random) -> None:
    with transaction():
        leg = _some_leg(chance, "joined", "wrap_up")
        if leg is not None:
            ticket_id = chance.choice(list(db.session.scalars(select(Ticket.id))))
            services.link_ticket(
                call_id=leg.call_id, person_id=leg.person_id, ticket_id=ticket_id, now=clock.now(), actor_id=house.users[leg.person_id]
            )


def link_customer(house: House, chance: random.Random) -> None:
    with transaction():
        leg = _some_leg(chance, "joined", "wrap_up")
        if leg is not None:
            services.link_customer(
                call_id=leg.call_id,
                person_id=leg.person_id,
                customer_id=chance.choice(house.customers),
                now=clock.now(),
                actor_id=house.users[leg.person_id],
            )


def transfer(house: House, chance: random.Random) -> None:
    with transaction():
        leg = _some_leg(chance, "joined")
        if leg is None:
            return
        to_person = chance.random() < 0.5
        services.transfer(
            call_id=leg.call_id,
            person_id=leg.person_id,
            now=clock.now(),
            actor_id=house.users[leg.person_id],
            to_person_id=chance.choice(house.agents) if to_person else None,
            to_queue_id=None if to_person else chance.choice(house.queues),
        )


def agent_lost(house: House, chance: random.Random) -> None:
    with transaction():
        leg = _some_leg(chance, "joined")
        if leg is not None and leg.call_sid is not None:
            services.agent_left(call_id=leg.call_id, person_id=leg.person_id, call_sid=leg.call_sid, now=clock.now())


def voicemail(house: House, chance: random.Random) -> None:
    with transaction():
        call = _some_call(chance, "waiting")
        if call is not None:
            services.leave_for_voicemail(call_id=call.id, now=clock.now())


def call_back(house: House, chance: random.Random) -> None:
    """A caller keeps their place and goes; sometimes somebody cancels it."""
    with transaction():
        call = _some_call(chance, "waiting")
        kept = services.keep_place(call_id=call.id, now=clock.now()) if call is not None else None
        if kept is not None and chance.random() < 0.3:
            services.cancel_callback(callback_id=kept.id, reason="solved", now=clock.now(), actor_id=next(iter(house.users.values())))


def hang_up(house: House, chance: random.Random) -> None:
    with transaction():
        call = _some_call(chance)
        if call is not None and call.call_sid is not None:
            services.end_call(call_sid=call.call_sid, carrier_status="completed", sequence=call.sequence + 1, now=clock.now())


def wrap_up(house: House, chance: random.Random) -> None:
    with transaction():
        leg = _some_leg(chance, "wrap_up")
        if leg is not None:
            services.wrap_up(
                call_id=leg.call_id,
                person_id=leg.person_id,
                disposition=chance.choice(rules.DISPOSITIONS),
                note="Told them.",
                now=clock.now(),
                actor_id=house.users[leg.person_id],
            )


# These open their own transactions: some are several webhooks.
OPERATIONS = {
    call_comes: 9,
    still_there: 2,
    answer_offer: 10,
    hold: 3,
    note: 2,
    link_ticket: 1,
    link_customer: 1,
    transfer: 3,
    agent_lost: 1,
    voicemail: 1,
    call_back: 1,
    hang_up: 5,
    wrap_up: 6,
}
