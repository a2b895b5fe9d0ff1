"""Calls as screens show them: codes, ids and times; the browser says them in its reader's language."""

from __future__ import annotations

from typing import Any

from callcenter.voice.models import Call, Offer, QueueEntry
from core.phones import format_phone


def call_row(call: Call, entry: QueueEntry | None) -> dict[str, Any]:
    """A running call: who, where it waits since when, with whom it talks."""
    return {
        "id": call.id,
        "direction": call.direction,
        "state": call.state,
        "waiting": entry.state if entry else None,
        "from": call.from_number,
        "from_shown": format_phone(call.from_number) if call.from_number else None,
        "to": call.to_number,
        "customer": {"id": call.customer.id, "name": call.customer.name, "tier": call.customer.tier} if call.customer else None,
        "queue": {"id": call.queue.id, "name": call.queue.name} if call.queue else None,
        "ticket_id": call.ticket_id,
        "ticket": call.ticket.number if call.ticket else None,
        "menu_choice": call.menu_choice,
        "language": call.language,
        "enqueued_at": entry.enqueued_at if entry else None,
        "started_at": call.started_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
        "on_hold_since": call.on_hold_since,
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


def offer_row(offer: Offer) -> dict[str, Any]:
    """An offer on its agent's screen, with the caller."""
    return {
        "id": offer.id,
        "state": offer.state,
        "offered_at": offer.offered_at,
        "deadline_at": offer.deadline_at,
        "call": call_row(offer.entry.call, offer.entry),
    }
