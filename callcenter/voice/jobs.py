"""Outbox handlers of calls: the carrier is told what was decided. Each reads the state again and does nothing when it is past it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import requests
from sqlalchemy import select, update
from twilio.base.exceptions import TwilioRestException

from callcenter.voice import carrier, services, twiml
from callcenter.voice.models import Call, QueueEntry, Recording
from core import clock, files, outbox
from core.db import db, transaction
from tickets import services as tickets


@outbox.handles("voice.bring_caller", queue="fast", lease=30, attempts=4, on_give_up=lambda payload, _error: _caller_stays(payload))
def bring_caller(row_id: int, payload: dict[str, Any]) -> None:
    """The agent is in the conference: bring the waiting caller in, or dial whom we call back.

    Refused for good → set the agent free; a hiccup → again, the caller still hears music.
    """
    entry = db.session.get(QueueEntry, payload["entry_id"])
    if entry is None or entry.state != "joining":
        return
    call_sid, queue_sid = entry.call.call_sid, entry.carrier_queue_sid
    if entry.call.direction == "outbound" and entry.call.answered_at is None:
        if call_sid is None:
            _dial(row_id, entry.call, entry.id)
        return
    db.session.rollback()
    if call_sid is None:
        return
    url = twiml.address(f"/voice/caller-join?entry={payload['entry_id']}")
    try:
        carrier.redirect_waiting(call_sid=call_sid, queue_sid=queue_sid, url=url)
    except TwilioRestException as error:
        if not carrier.is_gone(error):
            raise
        try:
            # A queue's member may be unknown by then although the call is alive (redirected, between two queues).
            carrier.redirect_call(call_sid=call_sid, url=url)
        except TwilioRestException as second:
            if not carrier.is_gone(second):
                raise
            with transaction():
                services.caller_gone(call_id=payload["call_id"], entry_id=payload["entry_id"], now=clock.now())
                outbox.finish(row_id, now=clock.now())


def _dial(row_id: int, call: Call, entry_id: int) -> None:
    """Ring the customer into the agent's conference. Rung already (we crashed after asking): that leg is taken over."""
    call_id, conference_sid, ours, theirs = call.id, call.conference_sid, call.to_number, call.from_number
    db.session.rollback()
    if conference_sid is None or theirs is None:
        return
    here = f"?call={call_id}"
    try:
        call_sid = carrier.ring_into(
            conference_sid,
            ours=ours,
            theirs=theirs,
            status_callback=twiml.address(f"/voice/status{here}"),
            machine_callback=twiml.address(f"/voice/machine{here}"),
        )
    except TwilioRestException as error:
        if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise
        with transaction():
            if carrier.is_gone(error):
                services.caller_gone(call_id=call_id, entry_id=entry_id, now=clock.now())
            else:
                services.end_undialled(call_id=call_id, refused=True, now=clock.now())
            outbox.finish(row_id, now=clock.now())
        return
    with transaction():
        services.dialled(call_id=call_id, call_sid=call_sid, now=clock.now())
        outbox.finish(row_id, now=clock.now())


@outbox.handles("voice.release_leg", queue="fast", lease=20, attempts=6)
def release_leg(_row_id: int, payload: dict[str, Any]) -> None:
    """End a leg: an agent alone in a conference, or somebody rung for whom nobody is there any more."""
    carrier.complete(payload["call_sid"])


def _caller_stays(payload: dict[str, Any]) -> None:
    """The carrier did not do it for a minute: the agent is set free, the caller still waits."""
    services.caller_gone(call_id=payload["call_id"], entry_id=payload["entry_id"], now=clock.now())


@outbox.handles("voice.requeue", queue="fast", lease=30, attempts=6)
def requeue(_row_id: int, payload: dict[str, Any]) -> None:
    """Send the customer's leg out of its conference back into the wait."""
    entry = db.session.get(QueueEntry, payload["entry_id"])
    if entry is None or entry.state == "ended" or entry.carrier_queue_sid is not None:
        return
    call_sid = entry.call.call_sid
    db.session.rollback()
    if call_sid is None:
        return
    try:
        carrier.redirect_call(call_sid=call_sid, url=twiml.address("/voice/requeue"))
    except TwilioRestException as error:
        if not carrier.is_gone(error):
            raise


@outbox.handles("voice.hang_up", queue="fast", lease=30, attempts=6)
def hang_up(_row_id: int, payload: dict[str, Any]) -> None:
    """End the customer's leg, and with it the conference."""
    call = db.session.get(Call, payload["call_id"])
    if call is None or call.ended_at is not None:
        return
    call_sid = call.call_sid
    db.session.rollback()
    if call_sid is not None:
        carrier.complete(call_sid)
        return
    with transaction():
        services.end_undialled(call_id=payload["call_id"], refused=False, now=clock.now())


@outbox.handles("voice.hold", queue="fast", lease=20, attempts=3)
def hold(_row_id: int, payload: dict[str, Any]) -> None:
    """Hold or un-hold the customer in the conference."""
    call = db.session.get(Call, payload["call_id"])
    if call is None or call.ended_at is not None or call.conference_sid is None or call.call_sid is None:
        return
    call_sid, conference_sid = call.call_sid, call.conference_sid
    db.session.rollback()
    try:
        carrier.hold(conference_sid=conference_sid, call_sid=call_sid, on=bool(payload["on"]), music_url=twiml.music_loop())
    except TwilioRestException as error:
        if not carrier.is_gone(error):
            raise


@outbox.handles("voice.recording", queue="fast", lease=20, attempts=4, on_give_up=lambda payload, _error: _not_recorded(payload))
def record(row_id: int, payload: dict[str, Any]) -> None:
    """Begin to record the talk, pause it, or go on: what is wanted now, whatever it was when this was asked for."""
    call = db.session.get(Call, payload["call_id"])
    if call is None or call.call_sid is None or call.ended_at is not None or call.recording_wanted in (None, call.recording_state):
        return
    call_id, call_sid, sid, reached = call.id, call.call_sid, call.recording_sid, str(call.recording_wanted)
    db.session.rollback()
    try:
        if sid is None:
            sid, reached = carrier.start_recording(call_sid, callback=twiml.address("/voice/recording")), "on"
        else:
            carrier.pause_recording(call_sid, sid, paused=reached == "paused")
    except TwilioRestException as error:
        if not carrier.is_gone(error):
            raise
        with transaction():
            services.recording_failed(call_id=call_id, over=True, now=clock.now())
            outbox.finish(row_id, now=clock.now())
        return
    with transaction():
        services.recording_reached(call_id=call_id, recording_sid=sid, state=reached, now=clock.now())
        outbox.finish(row_id, now=clock.now())


def _not_recorded(payload: dict[str, Any]) -> None:
    """The carrier did not do it for a while: the screen says what is."""
    services.recording_failed(call_id=payload["call_id"], over=False, now=clock.now())


@outbox.handles("voice.fetch_recording", queue="fast", lease=60, attempts=10)
def fetch_recording(row_id: int, payload: dict[str, Any]) -> None:
    """Bring the sound home, into our file store."""
    recording = db.session.get(Recording, payload["recording_id"])
    if recording is None or recording.file_id is not None:
        return
    url, sid, call_id = recording.url, recording.recording_sid, recording.call_id
    kind, seconds = recording.kind, recording.seconds
    db.session.rollback()
    try:
        content = carrier.recording_content(url)
    except requests.HTTPError as error:
        if error.response is not None and error.response.status_code == 404:
            raise LookupError(f"recording {sid} is not at the carrier (yet)") from error
        raise
    now = clock.now()
    with transaction() as session:
        kept = files.save(content, name=f"{sid}.wav", content_type="audio/wav", now=now)
        session.execute(update(Recording).where(Recording.id == payload["recording_id"]).values(file_id=kept.id))
        call = session.get_one(Call, call_id)
        if call.ticket_id is not None and kind == "conversation":
            # Not a file of the ticket's: who listens to a talk is asked and written down (`pages.sound`).
            services.tell_of_recording(call, recording_id=payload["recording_id"], seconds=seconds, now=now)
        elif call.ticket_id is not None:
            tickets.add_note(ticket_id=call.ticket_id, text="🔊 " + kept.name, actor_id=None, now=now, files=[kept.id])
        outbox.finish(row_id, now=now)


@outbox.handles("voice.find_message", queue="fast", lease=30, attempts=8)
def find_message(_row_id: int, payload: dict[str, Any]) -> None:
    """A message was to be left, or a talk was recorded, and the carrier told us of nothing: ask for it. Nothing there: there is none."""
    call = db.session.get(Call, payload["call_id"])
    if call is None or call.call_sid is None or not _something_missing(call):
        return
    call_sid = call.call_sid
    db.session.rollback()
    messages, more = carrier.messages_of(call_sid)
    for one in messages:
        with transaction():
            services.recorded(
                call_sid=call_sid, recording_sid=one.sid, url=one.url, seconds=one.seconds, source=one.source, now=clock.now()
            )
    if more:
        raise LookupError(f"a message of {call_sid} is still being made")


def _something_missing(call: Call) -> bool:
    known = db.session.execute(select(Recording.recording_sid, Recording.kind).where(Recording.call_id == call.id)).tuples().all()
    message = call.outcome == "voicemail" and all(kind != "voicemail" for _sid, kind in known)
    return message or (call.recording_sid is not None and all(sid != call.recording_sid for sid, _kind in known))


@outbox.handles("voice.reconcile", queue="fast", lease=30, attempts=3)
def reconcile(_row_id: int, payload: dict[str, Any]) -> None:
    """Nothing was heard of a call for a while: ask the carrier. Over there → over here."""
    call = db.session.get(Call, payload["call_id"])
    if call is None or call.ended_at is not None or call.call_sid is None:
        return
    call_sid, sequence = call.call_sid, call.sequence
    db.session.rollback()
    status = carrier.status_of(call_sid)
    if status is None or status not in carrier.ALIVE:
        with transaction():
            services.end_call(call_sid=call_sid, carrier_status=status or "completed", sequence=sequence, now=clock.now())
        return
    with transaction() as session:
        # Still there: look again in a minute.
        session.execute(
            update(QueueEntry).where(QueueEntry.call_id == payload["call_id"], QueueEntry.state != "ended").values(heartbeat_at=clock.now())
        )
