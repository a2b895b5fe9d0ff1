"""What callers do: arrive, choose, wait, leave for voicemail, hang up."""

from __future__ import annotations

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.dialects.postgresql import insert

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, QueueEntry
from callcenter.voice.services.calling_back import attempt_over, dialled, release_leg, take_over
from callcenter.voice.services.common import (
    caller_name,
    changed,
    end_entry,
    house_language,
    locked_call,
    locked_call_of_sid,
    locked_entry,
    number_of,
    set_free,
)
from core import outbox
from core.db import db
from customers import queries as customers
from customers import services as customer_services
from staff import queries as staff
from staff import services as staff_services
from tickets import services as tickets
from tickets.assigning.serving import rings_first
from tickets.models import Queue


def arrive(*, call_sid: str, from_number: str, to_number: str, now: datetime) -> Call:
    """A call came in: the row is made once for each CallSid, with the caller if exactly one customer has this number. Where the branch is open
    the caller hears the menu."""
    number = queries.number_called(to_number)
    caller = None if rules.withheld(from_number) else from_number
    made = insert(Call).values(
        call_sid=call_sid,
        direction="inbound",
        from_number=caller,
        to_number=to_number,
        number_id=number.id if number else None,
        language=number.language if number else "en",
        state="menu" if number and queries.branch_open(number.branch_id, now) else "ringing",
        started_at=now,
    )
    is_new = db.session.execute(made.on_conflict_do_nothing(index_elements=["call_sid"]).returning(Call.id)).scalar() is not None
    call = locked_call_of_sid(call_sid)
    assert call is not None
    if is_new:
        known = customers.by_phone(caller) if caller else []
        if len(known) == 1:
            call.customer_id, call.language = known[0].id, known[0].language
        changed(call, now=now)
    return call


def choose_queue(*, call: Call, digit: str | None) -> Queue | None:
    """The queue that a pressed digit means; without a menu the number's own; None when the digit means nothing."""
    number = number_of(call)
    if number is None:
        return None
    options = number.menu.definition.get("options", []) if number.menu else []
    if not options:
        return db.session.get(Queue, number.queue_id)
    found = next((option for option in options if str(option.get("digit")) == (digit or "")), None)
    return db.session.get(Queue, int(found["queue_id"])) if found else None


def enqueue(*, call_id: int, queue_id: int, digit: str | None, now: datetime) -> QueueEntry | None:
    """Take a place in a queue, once: asked again the same place is given. None when the call has ended."""
    call = locked_call(call_id)
    if call.ended_at is not None:
        return None
    entry = locked_entry(call.id)
    if entry is not None:
        return entry
    last = queries.last_entry(call.id)
    if last is not None and last.outcome in ("answered", "voicemail", "callback"):
        return None
    tier = call.customer.tier if call.customer else "standard"
    priority = {"silver": 3, "gold": 5}.get(tier, 0)
    kept = take_over(caller=call, queue_id=queue_id, now=now)
    representative_id = rings_first(call.customer, now)
    entry = QueueEntry(
        call_id=call.id,
        queue_id=queue_id,
        priority=max(priority, kept.priority) if kept else priority,
        state="waiting",
        outcome=None,
        enqueued_at=kept.enqueued_at if kept else now,
        heartbeat_at=now,
        ended_at=None,
        skip_person_ids=[],
        target_person_id=representative_id,
        target_until=now + rules.TARGET_WAITS if representative_id is not None else None,
        carrier_queue_sid=None,
    )
    db.session.add(entry)
    call.queue_id, call.menu_choice, call.state = queue_id, digit, "waiting"
    changed(call, now=now)
    return entry


def heartbeat(*, call: Call, queue_sid: str | None, now: datetime) -> QueueEntry | None:
    """The carrier asked for the wait page again, so the caller is there. Gives the place, None when there is none (any more)."""
    entry = locked_entry(call.id)
    if entry is not None:
        entry.heartbeat_at = now
        entry.carrier_queue_sid = queue_sid or entry.carrier_queue_sid
        db.session.flush()
    return entry


def leave_for_voicemail(*, call_id: int, now: datetime) -> Call:
    """The caller would rather leave a message (or nobody is there to talk to). Who is to be called back keeps their place instead."""
    call = locked_call(call_id)
    if call.outcome == "callback" and call.direction == "inbound":
        return call
    entry = locked_entry(call.id)
    if entry is not None:
        end_entry(call, entry, "voicemail", now)
    if call.ended_at is None:
        call.state, call.outcome = "voicemail", "voicemail"
    changed(call, now=now)
    return call


def abandon(*, call: Call, entry: QueueEntry, now: datetime) -> None:
    """The caller hung up while waiting: that is a ticket too, so that somebody calls back. The caller holds the call's lock."""
    end_entry(call, entry, "abandoned", now)
    waited = int((now - entry.enqueued_at).total_seconds())
    with force_locale(house_language(call)):
        ticket_id = ticket_for(call, subject=_("Abandoned call from %(caller)s", caller=caller_name(call)), now=now, kind="question")
        text = _("%(caller)s hung up after waiting %(seconds)d seconds. Call back.", caller=caller_name(call), seconds=waited)
    tickets.add_call(
        ticket_id=ticket_id,
        direction="in",
        answered=False,
        by_staff=False,
        text=text,
        data={"call_id": call.id, "waited_seconds": waited, "outcome": "abandoned"},
        now=now,
    )


def end_call(*, call_sid: str, carrier_status: str, sequence: int, now: datetime, call_id: int | None = None) -> Call | None:
    """The customer's leg is over (or on its way: then only its status is kept). Any order, any number of times: the second time nothing happens.

    `call_id`: whose leg it is, where we dialled it and may not have been told its SID yet.
    """
    call = locked_call_of_sid(call_sid)
    if call is None and call_id is not None:
        call = dialled(call_id=call_id, call_sid=call_sid, now=now)
    if call is None or call.call_sid != call_sid:
        return None
    if sequence > call.sequence:
        call.sequence, call.carrier_status = sequence, carrier_status
        if call.direction == "outbound" and call.ended_at is None:
            changed(call, now=now)
    if carrier_status not in rules.CARRIER_ENDED or call.ended_at is not None:
        return call
    call.carrier_status = carrier_status
    return finish(call, now=now)


def finish(call: Call, *, now: datetime) -> Call:
    """End a call that is not ended: its place in the queue, its agents, its recording. The caller holds its lock."""
    entry = locked_entry(call.id)
    if entry is not None and call.direction == "outbound" and call.answered_at is None:
        _release_agents(call, now)
        end_entry(call, entry, "callback", now)
    elif entry is not None:
        abandon(call=call, entry=entry, now=now)
    if call.customer_id is not None:
        customer_services.contacted(customer_id=call.customer_id, at=call.started_at)
    call.ended_at = now
    call.hold_seconds += rules.hold_seconds(call.on_hold_since, now)
    call.on_hold_since = None
    call.state = "wrap_up" if _agents_wrap_up(call, now) else "ended"
    call.recording_state = call.recording_wanted = None
    if call.outcome == "voicemail" or call.recording_sid is not None:
        look_for_recording(call, now=now)
    attempt_over(call, now=now)
    changed(call, now=now)
    return call


def _release_agents(call: Call, now: datetime) -> None:
    """Agents who wait in the conference for somebody who will not come: nothing else would end their leg."""
    for leg in call.legs:
        if leg.state in ("joining", "joined") and leg.call_sid is not None:
            release_leg(leg.call_sid, now=now)


def _agents_wrap_up(call: Call, now: datetime) -> bool:
    """Who talked wraps up, who was on the way is free. Whether anybody wraps up."""
    talked = False
    for leg in call.legs:
        if leg.state in ("joined", "lost"):
            leg.state, leg.left_at, talked = "wrap_up", now, True
            current = staff.current_presence(leg.person_id)
            if current is not None and current.state == "on_call":
                staff_services.set_presence(person_id=leg.person_id, state="wrap_up", now=now)
        elif leg.state == "joining":
            leg.state, leg.left_at = "released", now
            set_free(leg.person_id, now=now)
    return talked


def end_undialled(*, call_id: int, refused: bool, now: datetime) -> None:
    """A callback ends before it rang: the agent gave it up, or (`refused`) the carrier will not dial this number."""
    call = locked_call(call_id)
    if call.call_sid is None and call.ended_at is None:
        call.carrier_status = "failed" if refused else "canceled"
        finish(call, now=now)


def look_for_recording(call: Call, *, now: datetime) -> None:
    """A message or a recorded talk is told to us once; if that was lost, it is looked for."""
    look_at = now + rules.RECORDING_WITHIN
    outbox.put(kind="voice.find_message", payload={"call_id": call.id}, now=now, due_at=look_at, unique_key=f"message:{call.id}")


def open_call_ticket(call: Call, *, now: datetime, actor_id: int | None = None) -> int:
    """The ticket of a call that is answered; made now if there is none. The caller holds the call's lock."""
    with force_locale(house_language(call)):
        return ticket_for(call, subject=_call_subject(call), now=now, actor_id=actor_id)


def _call_subject(call: Call) -> str:
    who = caller_name(call)
    return str(_("Callback to %(caller)s", caller=who) if call.direction == "outbound" else _("Call from %(caller)s", caller=who))


def ticket_for(call: Call, *, subject: str, now: datetime, kind: str = "fault", actor_id: int | None = None) -> int:
    """The call's ticket; made with this subject if there is none. The caller holds the call's lock."""
    if call.ticket_id is None:
        number = number_of(call)
        queue_id = call.queue_id or (
            number.queue_id if number else db.session.query(Queue.id).order_by(Queue.position, Queue.id).limit(1).scalar()
        )
        ticket = tickets.open_ticket(
            subject=subject,
            channel="phone",
            queue_id=queue_id,
            now=now,
            actor_id=actor_id,
            kind=kind,
            language=call.language,
            customer_id=call.customer_id,
            contact_phone=call.from_number,
        )
        call.ticket_id = ticket.id
        db.session.flush()
    assert call.ticket_id is not None
    return call.ticket_id
