"""Calls as screens show them: codes, ids and times; the browser says them in its reader's language."""

from __future__ import annotations

from typing import Any

from callcenter.voice import queries, rules
from callcenter.voice.models import Call, Callback, Offer, PhoneNumber, QueueEntry, Recording
from core.db import db
from core.phones import format_phone


def call_row(call: Call, entry: QueueEntry | None) -> dict[str, Any]:
    """A running call: who, on which line of ours, where it waits since when, with whom it talks."""
    number = db.session.get(PhoneNumber, call.number_id) if call.number_id else None
    return {
        "id": call.id,
        "direction": call.direction,
        "state": call.state,
        "waiting": entry.state if entry else None,
        "from": call.from_number,
        "from_shown": format_phone(call.from_number) if call.from_number else None,
        "to": call.to_number,
        "line": number.label if number else None,
        "customer": {"id": call.customer.id, "name": call.customer.name, "tier": call.customer.tier} if call.customer else None,
        "queue": {"id": call.queue.id, "name": call.queue.name} if call.queue else None,
        "ticket_id": call.ticket_id,
        "ticket": call.ticket.number if call.ticket else None,
        "callback": callback_in_call(call, entry),
        "carrier_status": call.carrier_status,
        "answered_by": call.answered_by,
        "menu_choice": call.menu_choice,
        "menu_label": _menu_label(number, call.menu_choice),
        "language": call.language,
        "enqueued_at": entry.enqueued_at if entry else None,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "on_hold_since": call.on_hold_since,
        "recording": rules.recording_word(
            consent=call.recording_consent,
            state=call.recording_state,
            wanted=call.recording_wanted,
            talked=call.answered_at is not None,
        ),
        "outcome": call.outcome,
        "disposition": call.disposition,
        "note": call.note,
        "agents": [
            {
                "person_id": leg.person_id,
                "name": leg.person.name,
                "state": leg.state,
                "joined_at": leg.joined_at,
                "left_at": leg.left_at,
            }
            for leg in call.legs
            if leg.state not in ("released", "done")
        ],
    }


def callback_in_call(call: Call, entry: QueueEntry | None) -> dict[str, Any] | None:
    """Of a call that is a try to call somebody back: since when they wait for it, how often it was tried, when it is tried again."""
    if call.direction != "outbound" or call.callback is None:
        return None
    found = call.callback
    return {
        "id": found.id,
        "asked_at": found.asked_at,
        "attempts": found.attempts,
        "not_before": entry.not_before if entry else None,
    }


def callback_row(callback: Callback) -> dict[str, Any]:
    """A callback, with its place while it is open."""
    entry = queries.place_of(callback.id)
    return {
        "id": callback.id,
        "state": callback.state,
        "number": callback.number,
        "number_shown": format_phone(callback.number),
        "queue_id": callback.queue_id,
        "priority": callback.priority,
        "enqueued_at": callback.enqueued_at,
        "asked_at": callback.asked_at,
        "attempts": callback.attempts,
        "call_id": entry.call_id if entry else None,
        "not_before": entry.not_before if entry else None,
        "ended_at": callback.ended_at,
        "ended_by_id": callback.ended_by_id,
        "reason": callback.reason,
    }


def recording_row(recording: Recording) -> dict[str, Any]:
    """A recording, with the address of its sound once it is here."""
    return {
        "id": recording.id,
        "kind": recording.kind,
        "seconds": recording.seconds,
        "created_at": recording.created_at,
        "address": f"/recordings/{recording.id}" if recording.file_id else None,
    }


def _menu_label(number: PhoneNumber | None, digit: str | None) -> dict[str, str] | None:
    """What the pressed key is called in our menu, by language; None without a menu or a key."""
    options = number.menu.definition.get("options", []) if number and number.menu and digit else []
    found = next((option.get("label") for option in options if str(option.get("digit")) == digit), None)
    return {"en": found} if isinstance(found, str) else found


def offer_row(offer: Offer) -> dict[str, Any]:
    """An offer on its agent's screen, with the caller."""
    return {
        "id": offer.id,
        "state": offer.state,
        "offered_at": offer.offered_at,
        "deadline_at": offer.deadline_at,
        "call": call_row(offer.entry.call, offer.entry),
    }
