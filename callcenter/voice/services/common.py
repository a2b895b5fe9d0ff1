"""What the verbs share: locking a call, ending its stay in a queue, telling others that it changed, how a caller is named."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.voice import queries
from callcenter.voice.events import CallChanged, OfferChanged
from callcenter.voice.models import Call, Offer, PhoneNumber, QueueEntry
from core import events
from core.db import db
from core.errors import NotFound
from core.phones import format_phone
from staff import queries as staff
from staff import services as staff_services
from tickets.worklog import services as work


def locked_call(call_id: int) -> Call:
    """The call, locked and fresh. First in the order of locks. Raises NotFound."""
    query = select(Call).where(Call.id == call_id).with_for_update(of=Call).execution_options(populate_existing=True)
    call = db.session.scalar(query)
    if call is None:
        raise NotFound(_("There is no such call."))
    return call


def call_if_free(call_id: int) -> Call | None:
    """The call, locked and fresh; None while another transaction has it. For sweeps: they come again in a second and must not wait."""
    query = select(Call).where(Call.id == call_id).with_for_update(of=Call, skip_locked=True).execution_options(populate_existing=True)
    return db.session.scalar(query)


def locked_call_of_sid(call_sid: str) -> Call | None:
    """The call with this customer's leg, locked and fresh."""
    query = select(Call).where(Call.call_sid == call_sid).with_for_update(of=Call).execution_options(populate_existing=True)
    return db.session.scalar(query)


def locked_entry(call_id: int) -> QueueEntry | None:
    """The call's open place in a queue, locked and fresh; the caller holds the call's lock."""
    query = (
        select(QueueEntry)
        .where(QueueEntry.call_id == call_id, QueueEntry.state != "ended")
        .with_for_update(of=QueueEntry)
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(query)


def locked_open_offer(entry_id: int) -> Offer | None:
    """The open offer of a place in a queue, locked and fresh."""
    query = (
        select(Offer)
        .where(Offer.entry_id == entry_id, Offer.state == "open")
        .with_for_update(of=Offer)
        .execution_options(populate_existing=True)
    )
    return db.session.scalar(query)


def changed(call: Call, *, now: datetime, actor_id: int | None = None) -> None:
    """Publish that the call became different."""
    db.session.flush()
    db.session.expire(call, ["legs"])
    events.publish(
        CallChanged(
            at=now,
            actor_id=actor_id,
            call_id=call.id,
            state=call.state,
            queue_id=call.queue_id,
            ticket_id=call.ticket_id,
            customer_id=call.customer_id,
            person_ids=tuple(dict.fromkeys(leg.person_id for leg in call.legs)),
        )
    )


def about(call: Call, ticket_id: int, *, now: datetime, actor_id: int | None) -> None:
    """The call is about this ticket from now on. What colleagues spent on it before, it took from the other one."""
    former, call.ticket_id = call.ticket_id, ticket_id
    db.session.flush()
    db.session.expire(call, ["ticket"])
    work.show_on({former, ticket_id})
    changed(call, now=now, actor_id=actor_id)


def end_offer(offer: Offer, state: str, *, now: datetime, actor_id: int | None = None) -> None:
    """Close an offer and tell its agent's screen."""
    offer.state, offer.decided_at = state, now
    db.session.flush()
    offer_changed(offer, now=now, actor_id=actor_id)


def offer_changed(offer: Offer, *, now: datetime, actor_id: int | None = None) -> None:
    """Publish an offer's state."""
    events.publish(
        OfferChanged(
            at=now,
            actor_id=actor_id,
            offer_id=offer.id,
            call_id=offer.entry.call_id,
            person_id=offer.person_id,
            user_id=offer.person.user_id,
            state=offer.state,
        )
    )


def end_entry(call: Call, entry: QueueEntry, outcome: str, now: datetime) -> None:
    """End a stay in a queue with its one outcome; an open offer is withdrawn, an agent on the way in is set free."""
    offer = locked_open_offer(entry.id)
    entry.state, entry.outcome, entry.ended_at = "ended", outcome, now
    call.outcome = outcome
    if offer is not None:
        end_offer(offer, "withdrawn", now=now)
    for leg in call.legs:
        if leg.state == "joining":
            leg.state, leg.left_at = "released", now
            set_free(leg.person_id, now=now)
    db.session.flush()


def set_free(person_id: int, *, now: datetime) -> None:
    """An agent who was bound to a call that never came about is ready again."""
    current = staff.current_presence(person_id)
    if current is not None and current.state == "on_call":
        staff_services.set_presence(person_id=person_id, state="ready", now=now)


def number_of(call: Call) -> PhoneNumber | None:
    """Our number that the call came in on."""
    return db.session.get(PhoneNumber, call.number_id) if call.number_id else None


def house_language(call: Call) -> str:
    """The language our people read: the branch's."""
    number = number_of(call)
    return number.branch.language if number else "en"


def caller_name(call: Call) -> str:
    """The customer's name, else the number as people write it, else that it was withheld."""
    if call.customer is not None:
        return call.customer.name
    return format_phone(call.from_number) if call.from_number else str(gettext("a withheld number"))


def forget_skips_when_all_were_asked(entry: QueueEntry, now: datetime) -> None:
    """When everybody able was asked once, everybody may be asked again."""
    able = {person.id for person in queries.person_who_may(entry.queue, now)}
    if able <= set(entry.skip_person_ids):
        entry.skip_person_ids = []


def pause_agent(person_id: int, *, reason: str, now: datetime) -> None:
    """Take an agent out of distribution; one who changed state meanwhile is left alone."""
    current = staff.current_presence(person_id)
    if current is not None and current.state in ("ready", "on_call"):
        staff_services.set_presence(person_id=person_id, state="break", reason=reason, now=now)
