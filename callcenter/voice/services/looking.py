"""What the carrier says about a conference, when it is asked: joins and leaves that we were never told of are made good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, Leg
from callcenter.voice.services.common import locked_call
from callcenter.voice.services.conferences import agent_joined, agent_left, customer_joined, never_came, return_to_queue
from core.db import db


@dataclass(frozen=True, slots=True)
class Picture:
    """A call as we believed it to be when the carrier was asked. Legs: id → (state, SID). Only what is still so may be judged by the answer."""

    call_id: int
    entry_id: int
    state: str
    conference_sid: str | None
    legs: Mapping[int, tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Room:
    """Who is in the conference at the carrier: label → SID of the leg."""

    conference_sid: str
    people: Mapping[str, str]


def picture(call_id: int) -> Picture | None:
    """What we believe now; None when there is nothing to look at."""
    call, entry = db.session.get(Call, call_id), queries.last_entry(call_id)
    if call is None or entry is None or call.ended_at is not None:
        return None
    return Picture(call_id, entry.id, call.state, call.conference_sid, {leg.id: (leg.state, leg.call_sid) for leg in call.legs})


def call_sid_of(call_id: int) -> str | None:
    """The customer's leg, once it is known."""
    return db.session.scalar(select(Call.call_sid).where(Call.id == call_id))


def compare(before: Picture, room: Room | None, *, now: datetime) -> bool:
    """Make ours what the carrier says: who is there has joined, who is not has left. True: a customer who should talk is not in the room
    (whether their leg is over the carrier must be asked apart)."""
    call = locked_call(before.call_id)
    entry = queries.last_entry(call.id)
    if call.ended_at is not None or entry is None or entry.id != before.entry_id:
        return False
    people = room.people if room else {}
    for leg in call.legs:
        if before.legs.get(leg.id) == (leg.state, leg.call_sid):
            _compare_agent(call, leg, room, people, now)
    customer = people.get(rules.CUSTOMER_LABEL)
    if room is not None and customer is not None and call.state != "talking" and call.call_sid in (None, customer):
        customer_joined(call_id=call.id, call_sid=customer, conference_sid=room.conference_sid, now=now)
    return customer is None and call.state == before.state == "talking" and call.conference_sid == before.conference_sid


def _compare_agent(call: Call, leg: Leg, room: Room | None, people: Mapping[str, str], now: datetime) -> None:
    there = leg.call_sid is not None and people.get(leg.label) == leg.call_sid
    if room is not None and there and leg.state in ("joining", "lost") and leg.call_sid is not None:
        agent_joined(call_id=call.id, person_id=leg.person_id, call_sid=leg.call_sid, conference_sid=room.conference_sid, now=now)
    elif not there and leg.state == "joined" and leg.call_sid is not None:
        agent_left(call_id=call.id, person_id=leg.person_id, call_sid=leg.call_sid, now=now)
    elif not there and leg.state == "joining" and leg.created_at <= now - rules.JOIN_WITHIN:
        never_came(call, leg, now=now)


def customer_is_elsewhere(before: Picture, *, now: datetime) -> None:
    """The customer's leg is alive but in no conference: they wait again, with the original time."""
    call = locked_call(before.call_id)
    entry = queries.last_entry(call.id)
    if entry is not None and entry.id == before.entry_id and call.state == "talking" and call.ended_at is None:
        return_to_queue(call_id=call.id, now=now)
