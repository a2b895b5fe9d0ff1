"""The topic `calls`: everybody who waits or talks, and how many."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import selectinload

from callcenter.voice import queries
from callcenter.voice.events import CallChanged
from callcenter.voice.models import Call, QueueEntry
from callcenter.voice.presenters import call_row
from core.db import db
from core.live import topics
from core.live.touches import touch
from core.live.viewers import Viewer
from customers.events import CustomerChanged


def _audience(viewer: Viewer, _argument: str) -> str | None:
    return "staff" if viewer.may("calls.read") else None


def _rows(_argument: str, _audience: str) -> dict[str, Any]:
    return {str(call.id): call_row(call, queries.open_entry(call.id)) for call in queries.running()}


def _render(_argument: str, _audience: str, keys: frozenset[str]) -> dict[str, Any]:
    wanted = select(Call).where(Call.id.in_([int(key) for key in keys]), Call.ended_at.is_(None)).options(selectinload(Call.legs))
    return {str(call.id): call_row(call, queries.open_entry(call.id)) for call in db.session.scalars(wanted)}


def _tiles(_argument: str, _audience: str) -> dict[str, Any]:
    """Callers who wait on the line, and apart from them who is to be called back: those have put the receiver down."""
    places = select(func.count(), func.min(QueueEntry.enqueued_at)).join(Call, Call.id == QueueEntry.call_id)
    places = places.where(QueueEntry.state.in_(("waiting", "offered", "joining")))
    to_call_back = and_(Call.direction == "outbound", Call.answered_at.is_(None))
    waiting, since = db.session.execute(places.where(~to_call_back)).one()
    callbacks, asked = db.session.execute(places.where(to_call_back)).one()
    talking = db.session.scalar(select(func.count()).select_from(Call).where(Call.state == "talking", Call.ended_at.is_(None)))
    return {"waiting": waiting, "waiting_since": since, "callbacks": callbacks, "callbacks_since": asked, "talking": talking or 0}


def register() -> None:
    """Make the topic known."""
    topics.register(topics.Topic(name="calls", audiences=("staff",), audience_of=_audience, rows=_rows, render=_render, tiles=_tiles))


def on_customer_changed(event: CustomerChanged) -> None:
    """Subscriber: name and tier stand beside their calls."""
    ids = queries.running_of_customer(event.customer_id)
    if ids:
        touch("calls", *ids)


def on_call_changed(event: CallChanged) -> None:
    """Subscriber: the row and the counts may look different."""
    touch("calls", event.call_id, tiles=True)
