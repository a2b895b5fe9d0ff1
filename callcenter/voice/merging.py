"""Calls of tickets that are merged: those not over yet move along to the surviving ticket, and back when the merge is undone.

Calls are locked before tickets everywhere else, and here the tickets are locked already: a call that somebody holds is not waited for, it
refuses the merge.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.voice.models import Call
from callcenter.voice.services.common import about
from core import events
from core.db import db
from core.errors import Conflict
from tickets.events import MergeUndone, TicketMerged
from tickets.models import Entry

_MOVED = "calls"


def subscribe() -> None:
    """Take up the subscriptions."""
    events.subscribe(TicketMerged, on_merged)
    events.subscribe(MergeUndone, on_undone)


def on_merged(event: TicketMerged) -> None:
    """Calls that are not over become the survivor's; those that are stay in the merged ticket's own record. Raises Conflict (code `busy`)."""
    unfinished = select(Call.id).where(Call.ticket_id == event.merged_id, Call.state != "ended")
    moved = _move(list(db.session.scalars(unfinished)), event.survivor_id, now=event.at, actor_id=event.actor_id)
    if moved:
        event.moved[_MOVED] = moved


def on_undone(event: MergeUndone) -> None:
    """Those that moved go back, with what the survivor's timeline tells of them."""
    still = select(Call.id).where(Call.id.in_(event.moved.get(_MOVED, [])), Call.ticket_id == event.survivor_id)
    moved = _move(list(db.session.scalars(still)), event.merged_id, now=event.at, actor_id=event.actor_id)
    told = select(Entry.id).where(Entry.ticket_id == event.survivor_id, Entry.kind == "call", Entry.data["call_id"].as_integer().in_(moved))
    event.entry_ids.extend(db.session.scalars(told))


def _move(call_ids: list[int], ticket_id: int, *, now: datetime, actor_id: int | None) -> list[int]:
    query = select(Call).where(Call.id.in_(call_ids)).order_by(Call.id).with_for_update(of=Call, skip_locked=True)
    calls = list(db.session.scalars(query.execution_options(populate_existing=True)))
    if len(calls) < len(call_ids):
        raise Conflict(_("A call about this ticket is just changing. Try again."), code="busy")
    for call in calls:
        about(call, ticket_id, now=now, actor_id=actor_id)
    return [call.id for call in calls]
