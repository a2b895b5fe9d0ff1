"""The outbox handler that looks into a conference at the carrier: each join and leave is told to us once, and may be lost."""

from __future__ import annotations

from typing import Any

from callcenter.voice import carrier, services, twiml
from core import clock, outbox
from core.db import db, transaction


@outbox.handles("voice.look", queue="fast", lease=20, attempts=3)
def look(_row_id: int, payload: dict[str, Any]) -> None:
    """Ask who is in the conference of a call, and make our picture the same."""
    before = services.picture(payload["call_id"])
    if before is None:
        return
    db.session.rollback()
    found = carrier.room(twiml.name_of_conference(before.call_id, before.entry_id))
    room = services.Room(*found) if found else None
    with transaction():
        missing = services.compare(before, room, now=clock.now())
        call_sid = services.call_sid_of(before.call_id)
    if not missing or call_sid is None:
        return
    status = carrier.status_of(call_sid)
    with transaction():
        if status in carrier.ALIVE:
            services.customer_is_elsewhere(before, now=clock.now())
        else:
            services.end_call(call_sid=call_sid, carrier_status=status or "completed", sequence=-1, now=clock.now())
