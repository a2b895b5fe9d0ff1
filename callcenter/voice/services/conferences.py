"""What happens in the conference where customer and agent talk. The agent joins first; only then is the caller brought in."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, Leg, Offer, QueueEntry
from callcenter.voice.services.calling_back import release_leg
from callcenter.voice.services.common import changed, forget_skips_when_all_were_asked, locked_call, locked_entry, pause_agent, set_free
from callcenter.voice.services.recordings import consent_in_words, want_recording
from core import outbox
from core.db import db
from core.errors import NotAllowed
from tickets import services as tickets


def digest(token: str) -> str:
    """What is kept of a join token."""
    return hashlib.sha256(token.encode()).hexdigest()


def agent_connects(*, identity: str, token: str, call_sid: str, now: datetime) -> tuple[Call, Leg]:
    """A softphone dialled in with a join token: it must be the winner's own and unused; the same leg asking again is let through.

    Raises NotAllowed.
    """
    refused = NotAllowed(_("This join token is not valid (any more)."))
    person_id = rules.person_of_identity(identity)
    offer = db.session.scalar(select(Offer).where(Offer.token_sha256 == digest(token), Offer.state == "accepted"))
    if person_id is None or offer is None or offer.person_id != person_id:
        raise refused
    call = locked_call(offer.entry.call_id)
    leg = queries.leg_of(call.id, person_id)
    if leg is None or leg.state not in ("joining", "joined", "lost"):
        raise refused
    if leg.call_sid not in (None, call_sid) and offer.token_used_at is not None:
        raise refused
    offer.token_used_at = offer.token_used_at or now
    leg.call_sid = call_sid
    db.session.flush()
    return call, leg


def agent_joined(*, call_id: int, person_id: int, call_sid: str, conference_sid: str, now: datetime) -> None:
    """An agent is in the conference. If the caller still waits outside, they are brought in now."""
    call = locked_call(call_id)
    leg = queries.leg_of(call_id, person_id)
    if leg is None or leg.call_sid != call_sid or leg.state not in ("joining", "lost") or call.ended_at is not None:
        return
    leg.state, leg.joined_at, leg.left_at = "joined", leg.joined_at or now, None
    call.conference_sid = conference_sid
    entry = locked_entry(call_id)
    if entry is not None and entry.state == "joining":
        outbox.put(kind="voice.bring_caller", payload={"call_id": call.id, "entry_id": entry.id}, now=now)
    changed(call, now=now)


def customer_joined(*, call_id: int, call_sid: str, conference_sid: str, now: datetime) -> None:
    """Customer and agent hear each other: the stay in the queue has ended as answered."""
    call = locked_call(call_id)
    entry = locked_entry(call_id)
    call.call_sid = call.call_sid or call_sid
    if call.ended_at is not None or call.call_sid != call_sid:
        return
    if entry is not None and entry.state != "joining":
        return  # a late word of the conference before: whoever waits has been answered by nobody yet
    if entry is not None:
        entry.state, entry.outcome, entry.ended_at = "ended", "answered", now
    call.state, call.outcome, call.conference_sid = "talking", "answered", conference_sid
    call.answered_at = call.answered_at or now
    if call.recording_consent:
        want_recording(call, "on", now=now)
    agent = next((leg for leg in reversed(call.legs) if leg.state == "joined"), None)
    if entry is not None and call.ticket_id is not None and agent is not None and call.direction == "inbound":
        # This second counts as the first answer; what came of the call is written at wrap-up. Whom we called back may be a machine.
        tickets.add_call(
            ticket_id=call.ticket_id,
            direction="in",
            answered=True,
            by_staff=True,
            text=consent_in_words(call),
            data={"call_id": call.id, "person_id": agent.person_id, "person": agent.person.name, "outcome": "answered"},
            now=now,
            actor_id=agent.person.user_id,
        )
    changed(call, now=now)


def agent_left(*, call_id: int, person_id: int, call_sid: str, now: datetime) -> None:
    """An agent's leg is over. While the customer talks on, an agent who did not say so is lost: they have ten seconds to come back."""
    call = locked_call(call_id)
    leg = queries.leg_of(call_id, person_id)
    if leg is None or leg.call_sid != call_sid or leg.state not in ("joined", "joining"):
        return
    leg.state, leg.left_at = "lost", now
    changed(call, now=now)


def held(*, call_id: int, on: bool, now: datetime) -> None:
    """The customer was put on hold, or taken off."""
    call = locked_call(call_id)
    if on:
        call.on_hold_since = call.on_hold_since or now
    else:
        call.hold_seconds += rules.hold_seconds(call.on_hold_since, now)
        call.on_hold_since = None
    changed(call, now=now)


def caller_gone(*, call_id: int, entry_id: int, now: datetime) -> None:
    """The carrier says that the waiting caller is not there any more: the agent is set free. The status callback ends the call."""
    call = locked_call(call_id)
    entry = locked_entry(call_id)
    if entry is None or entry.id != entry_id:
        return
    for leg in call.legs:
        if leg.state in ("joining", "joined", "lost"):
            leg.state, leg.left_at = "released", now
            set_free(leg.person_id, now=now)
            if leg.call_sid is not None:
                release_leg(leg.call_sid, now=now)
    entry.state = "waiting"
    if call.direction == "outbound" and call.call_sid is None:
        entry.not_before = now + rules.NOT_DIALLED_AGAIN
    changed(call, now=now)


def never_came(call: Call, leg: Leg, *, now: datetime) -> None:
    """An agent accepted and is not in the conference: the caller goes to the next one. The caller of this holds the call's lock."""
    entry = locked_entry(call.id)
    leg.state, leg.left_at = "released", now
    if entry is not None and entry.state == "joining":
        entry.state = "waiting"
        entry.skip_person_ids = [*entry.skip_person_ids, leg.person_id]
        forget_skips_when_all_were_asked(entry, now)
    if leg.call_sid is not None:
        release_leg(leg.call_sid, now=now)
    pause_agent(leg.person_id, reason="no_audio", now=now)
    changed(call, now=now)


def machine_answered(*, call_id: int, now: datetime) -> None:
    """The carrier heard an answering machine: the customer was not reached. Their leg is ended; the callback is tried again."""
    call = locked_call(call_id)
    if call.ended_at is not None or call.direction != "outbound" or call.answered_by == "machine":
        return
    call.answered_by = "machine"
    if call.call_sid is not None:
        release_leg(call.call_sid, now=now)
    changed(call, now=now)


def return_to_queue(
    *, call_id: int, now: datetime, queue_id: int | None = None, target_person_id: int | None = None, without: tuple[int, ...] = ()
) -> QueueEntry | None:
    """Back into a queue with the original time and a boost: after a lost agent, or transferred to a colleague or another queue.

    The carrier is told by the outbox to send the customer's leg to the wait again. None when the call is over.
    """
    call = locked_call(call_id)
    if call.ended_at is not None:
        return None
    before = queries.last_entry(call_id)
    if before is not None and before.state != "ended":
        return before
    entry = QueueEntry(
        call_id=call.id,
        queue_id=queue_id or call.queue_id or (before.queue_id if before else 0),
        priority=(before.priority if before else 0) + rules.RETURN_BOOST,
        state="waiting",
        outcome=None,
        enqueued_at=before.enqueued_at if before else now,
        heartbeat_at=now,
        ended_at=None,
        skip_person_ids=list(without),
        target_person_id=target_person_id,
        target_until=now + rules.TARGET_WAITS if target_person_id else None,
        carrier_queue_sid=None,
    )
    db.session.add(entry)
    call.queue_id, call.state = entry.queue_id, "waiting"
    if call.recording_wanted is not None:
        want_recording(call, "paused", now=now)  # nobody talks now
    call.hold_seconds += rules.hold_seconds(call.on_hold_since, now)
    call.on_hold_since = None
    db.session.flush()
    outbox.put(kind="voice.requeue", payload={"call_id": call.id, "entry_id": entry.id}, now=now)
    changed(call, now=now)
    return entry
