"""What agents do: accept or decline an offer, hold, transfer, hang up, wrap up, say which ticket and customer it is about."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask_babel import lazy_gettext as _

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, Leg, Offer
from callcenter.voice.services.callers import open_call_ticket
from callcenter.voice.services.calling_back import not_reached_after_all, reached
from callcenter.voice.services.common import (
    about,
    changed,
    end_offer,
    forget_skips_when_all_were_asked,
    locked_call,
    locked_entry,
    pause_agent,
)
from callcenter.voice.services.conferences import digest, return_to_queue
from callcenter.voice.services.recordings import keep_consent
from callcenter.voice.services.routing import route_queue
from core import outbox
from core.db import db, locked_row
from core.errors import Conflict, NotFound, NotValid
from customers.models import Customer
from staff import queries as staff
from staff import services as staff_services
from staff.models import Person
from tickets import services as tickets
from tickets.models import Queue, Ticket


def _locked_offer(offer_id: int, person_id: int) -> tuple[Call, Offer]:
    """Call first, then the offer. Raises NotFound when it is not this agent's."""
    found = db.session.get(Offer, offer_id)
    if found is None or found.person_id != person_id:
        raise NotFound(_("There is no such offer."))
    call = locked_call(found.entry.call_id)
    offer = locked_row(Offer, offer_id)
    assert offer is not None  # offers are never removed
    return call, offer


def accept_offer(*, offer_id: int, person_id: int, now: datetime, actor_id: int) -> tuple[Call, str]:
    """Compare and set: exactly one wins. Gives the call with its ticket and a one-time join token. Raises Conflict ("taken", "gone")."""
    call, offer = _locked_offer(offer_id, person_id)
    entry = locked_entry(call.id)
    if offer.state != "open" or entry is None or entry.id != offer.entry_id or entry.state != "offered":
        raise Conflict(_("This call is no longer waiting for you."), code="taken")
    token = secrets.token_urlsafe(24)
    offer.token_sha256 = digest(token)
    end_offer(offer, "accepted", now=now, actor_id=actor_id)
    entry.state = "joining"
    db.session.add(_new_leg(call, person_id, now))
    staff_services.set_presence(person_id=person_id, state="on_call", now=now, actor_id=actor_id)
    ticket_id = open_call_ticket(call, now=now, actor_id=actor_id)
    tickets.assign(ticket_id=ticket_id, person_id=person_id, now=now, actor_id=actor_id)
    changed(call, now=now, actor_id=actor_id)
    return call, token


def _new_leg(call: Call, person_id: int, now: datetime) -> Leg:
    return Leg(
        call_id=call.id,
        person_id=person_id,
        label=rules.agent_label(person_id),
        call_sid=None,
        state="joining",
        created_at=now,
        joined_at=None,
        left_at=None,
    )


def decline_offer(*, offer_id: int, person_id: int, now: datetime, actor_id: int) -> Call:
    """Not me: the caller is offered to the next one, the agent takes a break until they say they are there."""
    call, offer = _locked_offer(offer_id, person_id)
    entry = locked_entry(call.id)
    if offer.state != "open":
        raise Conflict(_("This call is no longer waiting for you."), code="taken")
    end_offer(offer, "declined", now=now, actor_id=actor_id)
    if entry is not None and entry.id == offer.entry_id:
        entry.state = "waiting"
        entry.skip_person_ids = [*entry.skip_person_ids, person_id]
        forget_skips_when_all_were_asked(entry, now)
    pause_agent(person_id, reason="declined", now=now)
    changed(call, now=now, actor_id=actor_id)
    if entry is not None:
        route_queue(queue_id=entry.queue_id, now=now)
    return call


def _mine(call_id: int, person_id: int, *states: str) -> tuple[Call, Leg]:
    """The call, locked, and the agent's own part in one of these states. Raises NotFound, Conflict."""
    call = locked_call(call_id)
    leg = queries.leg_of(call_id, person_id)
    if leg is None:
        raise NotFound(_("You are not in this call."))
    if leg.state not in states:
        raise Conflict(_("The call is not in a state for this."), details={"state": leg.state})
    return call, leg


def rejoin(*, call_id: int, person_id: int, now: datetime) -> str:
    """A fresh join token for an agent whose connection was lost, while the customer still waits in the conference."""
    call, _leg = _mine(call_id, person_id, "lost", "joining")
    offer = (
        db.session.query(Offer)
        .filter(Offer.person_id == person_id, Offer.state == "accepted", Offer.entry.has(call_id=call.id))
        .order_by(Offer.id.desc())
        .with_for_update(of=Offer)
        .first()
    )
    if offer is None:
        raise NotFound(_("You are not in this call."))
    token = secrets.token_urlsafe(24)
    offer.token_sha256, offer.token_used_at = digest(token), None
    db.session.flush()
    return token


def hold(*, call_id: int, person_id: int, on: bool, now: datetime) -> Call:
    """Put the customer on hold or take them off, by the carrier; the state on screen follows when the carrier says so."""
    call, _leg = _mine(call_id, person_id, "joined")
    if call.state != "talking":
        raise Conflict(_("The caller is not connected."))
    outbox.put(kind="voice.hold", payload={"call_id": call.id, "on": on}, now=now)
    return call


def hang_up(*, call_id: int, person_id: int, now: datetime) -> Call:
    """End the conversation for everybody."""
    call, _leg = _mine(call_id, person_id, "joined", "joining", "lost")
    outbox.put(kind="voice.hang_up", payload={"call_id": call.id}, now=now)
    return call


def transfer(
    *, call_id: int, person_id: int, now: datetime, actor_id: int, to_person_id: int | None = None, to_queue_id: int | None = None
) -> Call:
    """Blind transfer to a colleague or another queue: the customer hears music, comes first there, and this agent goes to wrap-up.

    A colleague who is not ready in time does not cost the customer their place: the whole queue is asked then.
    """
    call, leg = _mine(call_id, person_id, "joined")
    if call.state != "talking":
        raise Conflict(_("The caller is not connected."))
    if (to_person_id is None) == (to_queue_id is None):
        raise NotValid(_("Transfer to a colleague or to a queue."), field="to")
    if to_queue_id is not None and db.session.get(Queue, to_queue_id) is None:
        raise NotFound(_("There is no such queue."))
    if to_person_id is not None:
        target = db.session.get(Person, to_person_id)
        if target is None or to_person_id == person_id:
            raise NotValid(_("Choose a colleague."), field="to_person_id")
        presence = staff.current_presence(to_person_id)
        if presence is None or presence.state == "offline":
            raise Conflict(_("%(name)s is not signed in.", name=target.name), field="to_person_id")
    leg.state, leg.left_at = "wrap_up", now
    staff_services.set_presence(person_id=person_id, state="wrap_up", now=now, actor_id=actor_id)
    entry = return_to_queue(call_id=call_id, now=now, queue_id=to_queue_id, target_person_id=to_person_id, without=(person_id,))
    if entry is not None:
        route_queue(queue_id=entry.queue_id, now=now)
    return call


def wrap_up(*, call_id: int, person_id: int, disposition: str, note: str, now: datetime, actor_id: int) -> Call:
    """What came of it: written to the ticket, and the agent is ready for the next."""
    if disposition not in rules.DISPOSITIONS:
        raise NotValid(_("Choose what came of the call."), field="disposition")
    call, leg = _mine(call_id, person_id, "wrap_up")
    leg.state = "done"
    call.disposition, call.note = disposition, note.strip() or call.note
    if call.ended_at is not None and not any(other.state in ("wrap_up", "joined", "joining", "lost") for other in call.legs):
        call.state, call.wrapped_up_at = "ended", now
    if disposition == "no_answer":
        not_reached_after_all(call, now=now)
    if call.ticket_id is not None:
        talked = int(((leg.left_at or now) - (leg.joined_at or leg.created_at)).total_seconds())
        tickets.add_call(
            ticket_id=call.ticket_id,
            direction="in" if call.direction == "inbound" else "out",
            answered=call.direction == "inbound" or (reached(call) and disposition != "no_answer"),
            by_staff=True,
            text=note.strip(),
            data={
                "call_id": call.id,
                "disposition": disposition,
                "talk_seconds": talked,
                "hold_seconds": call.hold_seconds,
                "outcome": "answered" if call.answered_at is not None else "not_reached",
            },
            now=now,
            actor_id=actor_id,
        )
    current = staff.current_presence(person_id)
    if current is not None and current.state == "wrap_up":
        staff_services.set_presence(person_id=person_id, state="ready", now=now, actor_id=actor_id)
    changed(call, now=now, actor_id=actor_id)
    return call


def note(*, call_id: int, person_id: int, text: str, now: datetime) -> Call:
    """Keep what the agent types during the call."""
    call, _leg = _mine(call_id, person_id, "joining", "joined", "lost", "wrap_up")
    call.note = text
    changed(call, now=now)
    return call


def link_ticket(*, call_id: int, person_id: int, ticket_id: int, now: datetime, actor_id: int) -> Call:
    """The call is about a ticket that is there already."""
    call, _leg = _mine(call_id, person_id, "joining", "joined", "lost", "wrap_up")
    if db.session.get(Ticket, ticket_id) is None:
        raise NotFound(_("There is no such ticket."))
    about(call, ticket_id, now=now, actor_id=actor_id)
    return call


def link_customer(*, call_id: int, person_id: int, customer_id: int, now: datetime, actor_id: int) -> Call:
    """Now we know who calls; the call's ticket learns it too."""
    call, _leg = _mine(call_id, person_id, "joining", "joined", "lost", "wrap_up")
    if db.session.get(Customer, customer_id) is None:
        raise NotFound(_("There is no such customer."))
    is_new = call.customer_id != customer_id
    call.customer_id = customer_id
    if is_new:
        keep_consent(call)
    if call.ticket_id is not None:
        tickets.link_customer(ticket_id=call.ticket_id, customer_id=customer_id, now=now, actor_id=actor_id)
    db.session.flush()
    db.session.refresh(call, ["customer"])
    changed(call, now=now, actor_id=actor_id)
    return call
