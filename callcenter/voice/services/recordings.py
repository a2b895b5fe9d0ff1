"""Recordings: the caller's consent, the talk recorded only with it, pause and resume, and what the carrier made of a message or a talk."""

from __future__ import annotations

from datetime import datetime

import structlog
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.dialects.postgresql import insert

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, PhoneNumber, Recording
from callcenter.voice.services.callers import look_for_recording, ticket_for
from callcenter.voice.services.common import caller_name, changed, house_language, locked_call, locked_call_of_sid
from core import audit, outbox
from core.db import db
from core.errors import Conflict, NotFound
from customers import services as customers
from tickets import services as tickets

log = structlog.get_logger()


def must_ask_to_record(call: Call, number: PhoneNumber) -> bool:
    """Whether the caller is to be asked now: once a call, on numbers that record."""
    return number.record_calls and call.recording_consent is None and call.ended_at is None


def answer_recording(*, call: Call, given: bool, now: datetime) -> None:
    """The caller's yes or no, kept on the call and in the customer's history of consents. The first answer counts; the caller holds the lock."""
    if call.recording_consent is not None or call.ended_at is not None:
        return
    call.recording_consent, call.recording_consent_at = given, now
    keep_consent(call)
    changed(call, now=now)


def keep_consent(call: Call) -> None:
    """Write the answer to the call's customer, with the time at which it was given. An unknown caller's stays on the call until they are known."""
    if call.customer_id is not None and call.recording_consent is not None and call.recording_consent_at is not None:
        given, at = call.recording_consent, call.recording_consent_at
        customers.record_consent(customer_id=call.customer_id, kind="recording", given=given, source="call", now=at)


def consent_in_words(call: Call) -> str:
    """The answer as a line of the ticket's timeline, in our people's language; empty when nobody asked."""
    if call.recording_consent is None:
        return ""
    with force_locale(house_language(call)):
        if call.recording_consent:
            return str(gettext("The caller agreed to the recording."))
        return str(gettext("The caller did not agree to a recording."))


def want_recording(call: Call, wanted: str, *, now: datetime) -> None:
    """Tell the carrier to record (`on`) or pause (`paused`), one change at a time: what is wanted meanwhile follows when that is done.

    The caller holds the call's lock.
    """
    under_way = call.recording_wanted != call.recording_state
    call.recording_wanted = wanted
    if not under_way and wanted != call.recording_state:
        outbox.put(kind="voice.recording", payload={"call_id": call.id}, now=now)


def pause_recording(*, call_id: int, person_id: int, paused: bool, now: datetime, actor_id: int) -> Call:
    """An agent of the call pauses the recording (a card's number is read out), or goes on. The screen follows when the carrier did it.

    Raises NotFound, Conflict (not in the call, no consent, not recorded, a change is still under way).
    """
    call = locked_call(call_id)
    leg = queries.leg_of(call_id, person_id)
    if leg is None:
        raise NotFound(_("You are not in this call."))
    if leg.state != "joined" or call.state != "talking":
        raise Conflict(_("The call is not in a state for this."), details={"state": leg.state})
    if not call.recording_consent:
        raise Conflict(_("The caller did not agree to a recording."), code="no_consent")
    wanted = "paused" if paused else "on"
    if call.recording_wanted == wanted:
        return call
    if call.recording_state is None or call.recording_wanted != call.recording_state:
        raise Conflict(_("The recording is just being changed. Try again in a moment."), code="changing")
    want_recording(call, wanted, now=now)
    audit.record(action=f"recording.{'paused' if paused else 'resumed'}", target=f"call:{call.id}", actor_id=actor_id, now=now)
    changed(call, now=now, actor_id=actor_id)
    return call


def recording_reached(*, call_id: int, recording_sid: str, state: str, now: datetime) -> None:
    """The carrier did it. What was wanted otherwise meanwhile is told to it now."""
    call = locked_call(call_id)
    call.recording_sid = recording_sid
    if call.ended_at is not None:
        look_for_recording(call, now=now)
        return
    call.recording_state = state
    if call.recording_wanted != state:
        outbox.put(kind="voice.recording", payload={"call_id": call.id}, now=now)
    changed(call, now=now)


def recording_failed(*, call_id: int, over: bool, now: datetime) -> None:
    """The carrier would not: the recording stays as it is, or (`over`) is no more. The screen says so."""
    call = locked_call(call_id)
    if over:
        call.recording_state = None
    call.recording_wanted = call.recording_state
    changed(call, now=now)


def recorded(*, call_sid: str, recording_sid: str, url: str, seconds: int, source: str, now: datetime) -> Recording | None:
    """A recording is ready at the carrier. `source`: the carrier's RecordingSource. The same again changes nothing; None: not ours or known."""
    call = locked_call_of_sid(call_sid)
    if call is None:
        return None
    kind = "voicemail" if source in rules.MESSAGE_SOURCES else "conversation"
    if kind == "conversation" and not call.recording_consent:
        log.error("a recording without consent is not kept", call_sid=call_sid, recording_sid=recording_sid, source=source)
        return None
    values = {"call_id": call.id, "kind": kind, "recording_sid": recording_sid, "url": url, "seconds": seconds, "created_at": now}
    made = insert(Recording).values(**values).on_conflict_do_nothing(index_elements=["recording_sid"]).returning(Recording.id)
    recording_id = db.session.execute(made).scalar()
    if recording_id is None:
        return None
    if kind == "voicemail":
        _message_left(call, recording_id, seconds, now)
    outbox.put(kind="voice.fetch_recording", payload={"recording_id": recording_id}, now=now)
    changed(call, now=now)
    return db.session.get(Recording, recording_id)


def _message_left(call: Call, recording_id: int, seconds: int, now: datetime) -> None:
    """A message asks for an answer: it stands on the call's ticket, made now if there is none."""
    call.outcome = "voicemail"
    with force_locale(house_language(call)):
        ticket_id = ticket_for(call, subject=gettext("Voicemail from %(caller)s", caller=caller_name(call)), now=now)
        text = gettext("%(caller)s left a message of %(seconds)d seconds.", caller=caller_name(call), seconds=seconds)
    tickets.add_call(
        ticket_id=ticket_id,
        direction="in",
        answered=False,
        by_staff=False,
        text=text,
        data={"call_id": call.id, "recording_id": recording_id, "seconds": seconds, "outcome": "voicemail"},
        now=now,
    )


def tell_of_recording(call: Call, *, recording_id: int, seconds: int, now: datetime) -> None:
    """The recorded talk is here and can be heard: a line of the ticket's timeline that only we read."""
    if call.ticket_id is None:
        return
    with force_locale(house_language(call)):
        text = gettext("The conversation was recorded (%(seconds)d seconds).", seconds=seconds)
    data = {"call_id": call.id, "recording_id": recording_id, "seconds": seconds}
    tickets.add_note(ticket_id=call.ticket_id, text=text, actor_id=None, now=now, data=data)
