"""The carrier says each thing once. What was not heard, or heard and not applied, is made good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import func, select

from callcenter.voice import callbacks, services
from callcenter.voice.carrier import Message
from callcenter.voice.jobs import find_message, reconcile
from callcenter.voice.models import Call, Recording
from core import inbox
from core.db import db as database
from core.outbox import OutboxRow
from tests.callcenter.voice.conftest import Carrier
from tickets.models import Entry

Time = Callable[..., datetime]


def a_call(call: Carrier, sid: str = "CA1") -> Call:
    found: Call = call.call_in(sid)
    return found


def kept(kind: str, now: datetime, **form: str) -> int:
    """An event that was stored, before a crash."""
    row_id = callbacks.receive(kind, form={name: [value] for name, value in form.items()}, query={}, token=None, now=now)
    database.session.commit()
    return row_id


def asked_about() -> int:
    query = select(func.count()).select_from(OutboxRow).where(OutboxRow.kind == "voice.reconcile")
    return database.session.scalar(query) or 0


def test_an_event_kept_before_a_crash_is_applied_once_by_the_sweep(carrier: Carrier, time: Time) -> None:
    call = a_call(carrier)
    row_id = kept("status", time(), CallSid="CA1", CallStatus="completed", SequenceNumber="3")
    callbacks.apply_left_over(time(1))
    assert database.session.get_one(inbox.InboxRow, row_id).applied_at is None  # whoever kept it may be about to apply it
    callbacks.apply_left_over(time(10))
    database.session.refresh(call)
    assert call.outcome == "abandoned"
    ended = call.ended_at
    callbacks.apply_left_over(time(60))
    database.session.refresh(call)
    assert (call.ended_at, database.session.get_one(inbox.InboxRow, row_id).applied_at) == (ended, ended)


def test_one_event_that_cannot_be_applied_does_not_hold_up_the_others(carrier: Carrier, time: Time) -> None:
    call = a_call(carrier)
    kept("conference", time(), StatusCallbackEvent="participant-join", ParticipantLabel="agent-1", SequenceNumber="1")  # no CallSid
    kept("status", time(), CallSid="CA1", CallStatus="completed", SequenceNumber="3")
    callbacks.apply_left_over(time(11))
    database.session.refresh(call)
    assert call.ended_at is not None


@pytest.mark.parametrize("state", ["waiting", "voicemail"])
def test_a_call_nothing_was_heard_of_for_a_minute_is_asked_about_once_a_minute(carrier: Carrier, time: Time, state: str) -> None:
    call = a_call(carrier)
    if state == "voicemail":
        services.leave_for_voicemail(call_id=call.id, now=time())
    services.ask_about_unheard(now=time(50))
    assert asked_about() == 0
    for _ in range(3):
        services.ask_about_unheard(now=time(5) if asked_about() else time(15))
    assert asked_about() == 1
    services.ask_about_unheard(now=time(60))
    assert asked_about() == 2


def test_a_call_the_carrier_ended_without_our_hearing_it_ends_here_too(
    carrier: Carrier, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = a_call(carrier)
    services.leave_for_voicemail(call_id=call.id, now=time())
    database.session.commit()
    monkeypatch.setattr("callcenter.voice.carrier.status_of", lambda _sid: "completed")
    time(90)
    reconcile(0, {"call_id": call.id})
    database.session.refresh(call)
    assert (call.state, call.outcome) == ("ended", "voicemail")


def test_a_message_whose_callback_was_lost_is_found_at_the_carrier(carrier: Carrier, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    call = a_call(carrier)
    services.leave_for_voicemail(call_id=call.id, now=time())
    services.end_call(call_sid="CA1", carrier_status="completed", sequence=5, now=time(20))
    database.session.commit()
    due = database.session.scalars(select(OutboxRow).where(OutboxRow.kind == "voice.find_message")).one()
    assert (due.due_at - time()).total_seconds() == 60
    monkeypatch.setattr("callcenter.voice.carrier.messages_of", lambda _sid: ([_message()], False))
    for _ in range(2):
        find_message(due.id, due.payload)
    assert database.session.scalar(select(func.count()).select_from(Recording)) == 1
    database.session.refresh(call)
    said = database.session.scalars(select(Entry).where(Entry.ticket_id == call.ticket_id, Entry.kind == "call")).one()
    assert said.data["outcome"] == "voicemail"


def test_a_message_still_being_made_is_looked_for_again(carrier: Carrier, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    call = a_call(carrier)
    services.leave_for_voicemail(call_id=call.id, now=time())
    database.session.commit()
    monkeypatch.setattr("callcenter.voice.carrier.messages_of", lambda _sid: ([], True))
    with pytest.raises(LookupError, match="still being made"):
        find_message(0, {"call_id": call.id})


def _message() -> Message:
    return Message(sid="RE1", url="http://127.0.0.1/RE1", seconds=7)
