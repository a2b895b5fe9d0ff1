"""What the verbs share: locking a call, telling others that it changed."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.voice.events import CallChanged, OfferChanged
from callcenter.voice.models import Call, Offer, QueueEntry
from core import events
from core.db import db
from core.errors import NotFound


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
