"""Callbacks: a caller keeps their place and hangs up; when its turn comes an agent is asked, joins, and then we dial them.

While a callback is open one outbound call of it stands in the queue with the original time, so that the router, offers and transfers know no
difference. Order of locks: the caller's own call, the callback's call, its entry, its offer, the callback.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from callcenter.voice import rules
from callcenter.voice.models import Call, Callback, QueueEntry
from callcenter.voice.services.common import caller_name, changed, end_entry, house_language, locked_call, locked_entry
from core import audit, outbox
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from tickets import services as tickets


def keep_place(*, call_id: int, now: datetime) -> Callback | None:
    """A waiting caller asks to be called back: their stay ends as `callback`, and the place goes on without them. None when they cannot be
    (number withheld or not to be called, a transfer, no longer waiting). Asked for twice it is the same."""
    call = locked_call(call_id)
    entry = locked_entry(call.id)
    waits = entry is not None and entry.state in ("waiting", "offered") and entry.target_person_id is None
    if entry is None or not waits or call.ended_at is not None or call.direction != "inbound" or not rules.may_be_called(call.from_number):
        return None
    values = {
        "number": call.from_number,
        "queue_id": entry.queue_id,
        "priority": entry.priority,
        "enqueued_at": entry.enqueued_at,
        "asked_at": now,
        "state": "open",
        "attempts": 0,
        "reason": "",
    }
    made = (
        insert(Callback).values(**values).on_conflict_do_nothing(index_elements=["number", "queue_id"], index_where=text("state = 'open'"))
    )
    new_id = db.session.execute(made.returning(Callback.id)).scalar()
    found = select(Callback).where(Callback.number == call.from_number, Callback.queue_id == entry.queue_id, Callback.state == "open")
    callback = db.session.scalars(found).one()  # of another call of this number, when it is not new
    end_entry(call, entry, "callback", now)
    call.callback_id = callback.id
    if new_id is not None:
        _place(callback, like=call, not_before=now + rules.CALLBACK_FROM, now=now)
    changed(call, now=now)
    return callback


def _place(callback: Callback, *, like: Call, not_before: datetime, now: datetime) -> Call:
    """A try: an outbound call that is not dialled yet, in the queue with the callback's own time and priority."""
    call = Call(
        call_sid=None,
        direction="outbound",
        from_number=callback.number,
        to_number=like.to_number,
        number_id=like.number_id,
        queue_id=callback.queue_id,
        customer_id=like.customer_id,
        ticket_id=like.ticket_id,
        callback_id=callback.id,
        language=like.language,
        menu_choice=like.menu_choice,
        state="waiting",
        started_at=now,
    )
    db.session.add(call)
    db.session.flush()
    entry = QueueEntry(
        call_id=call.id,
        queue_id=callback.queue_id,
        priority=callback.priority,
        state="waiting",
        enqueued_at=callback.enqueued_at,
        heartbeat_at=now,
        not_before=not_before,
        skip_person_ids=[],
    )
    db.session.add(entry)
    changed(call, now=now)
    return call


def _locked_callback(callback_id: int) -> tuple[Call, Callback]:
    """The callback with its newest call (a try, or the one that asked), both locked and fresh. Raises NotFound."""
    newest = select(Call.id).where(Call.callback_id == callback_id, Call.direction == "outbound").order_by(Call.id.desc()).limit(1)
    call_id = db.session.scalar(newest)
    if call_id is None:
        raise NotFound(_("There is no such callback."))
    call = locked_call(call_id)
    return call, db.session.get_one(Callback, callback_id, with_for_update=True, populate_existing=True)


def take_over(*, caller: Call, queue_id: int, now: datetime) -> Callback | None:
    """A customer with an open callback waits in its queue again: the callback is cancelled, and its place is theirs. The caller's lock is held.

    A try that is just being made runs to its end; there will be no other.
    """
    if caller.from_number is None:
        return None
    query = select(Callback.id).where(Callback.number == caller.from_number, Callback.queue_id == queue_id, Callback.state == "open")
    found = db.session.scalar(query)
    if found is None:
        return None
    attempt, callback = _locked_callback(found)
    if callback.state != "open":
        return None
    _end(callback, "cancelled", reason="called_in", now=now)
    _leave_queue(attempt, now)
    caller.callback_id = callback.id
    return callback


def cancel_callback(*, callback_id: int, reason: str, now: datetime, actor_id: int) -> Callback:
    """An agent or supervisor takes a callback out of the queue and says why. Raises NotFound, NotValid, Conflict (over, or being made)."""
    if not reason.strip():
        raise NotValid(_("Say why the callback is cancelled."), field="reason")
    attempt, callback = _locked_callback(callback_id)
    if callback.state != "open":
        raise Conflict(_("This callback is over."), details={"state": callback.state})
    entry = locked_entry(attempt.id)
    if entry is not None and entry.state == "joining":
        raise Conflict(_("A colleague is calling them back just now."), code="taken")
    _end(callback, "cancelled", reason=reason.strip(), now=now, actor_id=actor_id)
    _leave_queue(attempt, now)
    audit.record(
        action="callback.cancelled", target=f"callback:{callback.id}", actor_id=actor_id, now=now, after={"reason": callback.reason}
    )
    return callback


def _end(callback: Callback, state: str, *, now: datetime, reason: str = "", actor_id: int | None = None) -> None:
    callback.state, callback.reason, callback.ended_at, callback.ended_by_id = state, reason, now, actor_id
    db.session.flush()


def _leave_queue(attempt: Call, now: datetime) -> None:
    """End a try that nobody has taken yet; one that an agent is at goes on."""
    entry = locked_entry(attempt.id)
    if entry is None or entry.state == "joining":
        return
    end_entry(attempt, entry, "callback", now)
    attempt.state, attempt.ended_at = "ended", now
    changed(attempt, now=now)


def dialled(*, call_id: int, call_sid: str, now: datetime) -> Call:
    """The carrier rings the customer: this is their leg. One that we no longer want is hung up."""
    call = locked_call(call_id)
    if call.call_sid is None:
        call.call_sid = call_sid
        if call.ended_at is not None:
            release_leg(call_sid, now=now)
        changed(call, now=now)
    return call


def release_leg(call_sid: str, *, now: datetime) -> None:
    """Have the carrier end a leg: an agent alone in a conference, a customer nobody is there for."""
    outbox.put(kind="voice.release_leg", payload={"call_sid": call_sid}, now=now)


def attempt_over(call: Call, *, now: datetime) -> None:
    """A try has ended: reached, tried again later, or given up. The caller holds the call's lock and has ended it."""
    if call.callback_id is None or call.direction != "outbound":
        return
    callback = db.session.get_one(Callback, call.callback_id, with_for_update=True, populate_existing=True)
    if callback.state != "open":
        return
    if reached(call):
        _end(callback, "reached", now=now)
    else:
        _again(callback, call, now)


def is_callback(call: Call) -> bool:
    """Whether this is a customer whom we call back and have not spoken to yet."""
    return call.direction == "outbound" and call.answered_at is None


def reached(call: Call) -> bool:
    """Whether we spoke to a person."""
    return call.answered_at is not None and call.answered_by != "machine"


def not_reached_after_all(call: Call, *, now: datetime) -> None:
    """The agent says that it was nobody (an answering machine, a child): as if it had not been answered. The call's lock is held."""
    if call.callback_id is None or call.direction != "outbound" or call.ended_at is None:
        return
    callback = db.session.get_one(Callback, call.callback_id, with_for_update=True, populate_existing=True)
    others = select(Callback.id).where(Callback.number == callback.number, Callback.queue_id == callback.queue_id, Callback.state == "open")
    if callback.state != "reached" or db.session.scalar(others) is not None:
        return
    callback.state, callback.ended_at = "open", None
    _again(callback, call, now)


def _again(callback: Callback, call: Call, now: datetime) -> None:
    """Later, with the same place; after the last try a ticket says so. A try that was not dialled does not count."""
    dialled_it = call.call_sid is not None or call.carrier_status == "failed"
    callback.attempts += dialled_it
    if callback.attempts >= rules.CALLBACK_TRIES:
        _end(callback, "failed", now=now)
        _tell(call, now, last=True)
        return
    wait = rules.CALLBACK_AGAIN[callback.attempts - 1] if dialled_it else rules.NOT_DIALLED_AGAIN
    if dialled_it:
        _tell(call, now, last=False, minutes=int(wait.total_seconds() // 60))
    _place(callback, like=call, not_before=now + wait, now=now)


def _tell(call: Call, now: datetime, *, last: bool, minutes: int = 0) -> None:
    """A line on the ticket, which is there since an agent took the try."""
    if call.ticket_id is None:
        return
    with force_locale(house_language(call)):
        who = caller_name(call)
        if last:
            line = gettext("%(caller)s could not be reached: called back %(tries)d times.", caller=who, tries=rules.CALLBACK_TRIES)
        else:
            line = gettext("%(caller)s was called back and not reached. Next try in %(minutes)d minutes.", caller=who, minutes=minutes)
    tickets.add_call(
        ticket_id=call.ticket_id,
        direction="out",
        answered=False,
        by_staff=True,
        text=line,
        data={"call_id": call.id, "outcome": "not_reached", "carrier_status": call.carrier_status, "answered_by": call.answered_by},
        now=now,
    )
