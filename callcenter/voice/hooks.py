"""What other programs are told of calls (`core.webhooks.hooks`): no notes, no recordings, the number only as far as one recognises it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from callcenter.voice.events import CallChanged
from callcenter.voice.models import Call, PhoneNumber
from core.db import db
from core.webhooks.hooks import HOOKS, Hook, masked
from customers.hooks import named

_PLAIN = ("id", "direction", "state", "outcome", "disposition", "language", "started_at", "answered_at", "ended_at")
_OVER = ("released", "done")


def changed(data: dict[str, Any]) -> dict[str, Any]:
    """The call as it is now, which may be further than when it was told of."""
    call = db.session.get_one(Call, data["call_id"])
    line = db.session.get(PhoneNumber, call.number_id) if call.number_id else None
    agents = [{"id": leg.person_id, "name": leg.person.name} for leg in call.legs if leg.state not in _OVER]
    found = {name: getattr(call, name) for name in _PLAIN} | {
        "number": masked(call.from_number),  # the customer's, whoever dials
        "line": {"label": line.label, "number": line.number} if line is not None else None,
        "queue": {"id": call.queue.id, "key": call.queue.key, "name": call.queue.name} if call.queue is not None else None,
        "customer": named(call.customer),
        "ticket": {"id": call.ticket.id, "number": call.ticket.number} if call.ticket is not None else None,
        "agents": agents,
    }
    return {"call": found}


def declare() -> None:
    """Fill the slot."""
    HOOKS.fill("call.changed", lambda: Hook(CallChanged, _("A call changed"), changed), weight=30)
