"""What other programs are told of visits and stock (`core.webhooks.hooks`): no way in (key codes), no checklists, no costs."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select, tuple_

from core.db import db
from core.webhooks.hooks import HOOKS, Hook
from customers.hooks import named
from dispatch import events
from dispatch.materials import queries as stock
from dispatch.materials.models import StockBalance
from dispatch.materials.rules import COUNTED
from dispatch.visits import queries
from dispatch.visits.models import Visit

_PLAIN = ("id", "number", "status", "cancel_reason", "version")
_OWN = ("travel", "held", "lapsed", "locked", "forecast", "told")
_TIMES = ("promised_from", "promised_until", "planned_start", "planned_end", "left_at", "arrived_at", "ended_at")


def visit(visit_id: int) -> dict[str, Any]:
    """A visit as it is now."""
    row = db.session.get_one(Visit, visit_id)
    person = queries.technician_of(row)
    return {name: getattr(row, name) for name in (*_PLAIN, *_TIMES)} | {
        "ticket": {"id": row.ticket.id, "number": row.ticket.number},
        "customer": named(row.ticket.customer),
        "job_type": {"key": row.job_type.key, "name": row.job_type.name},
        "technician": {"id": person.id, "name": person.name} if person is not None else None,
        "helpers": [{"id": one.id, "name": one.name} for one in queries.crew_of(row)[1:]],
        "site": {"id": row.site.id, "address": row.site.address, "time_zone": row.site.time_zone} if row.site is not None else None,
    }


def booked(data: dict[str, Any]) -> dict[str, Any]:
    return {"visit": visit(data["visit_id"])}


def changed(data: dict[str, Any]) -> dict[str, Any] | None:
    """With what happened; nothing of what only was held, nor when only the way there differs because another stop before it came or went."""
    return {"visit": visit(data["visit_id"]), "what": data["what"]} if data["what"] not in _OWN else None


def quantities(data: dict[str, Any]) -> dict[str, Any] | None:
    """How much of these parts is at these places now; nothing when only an order changed."""
    pairs = [tuple(pair) for pair in data["balances"]]
    if not pairs:
        return None
    parts = stock.part_names({part_id for part_id, _place in pairs})
    places = {place.id: place for place in stock.places(kinds=COUNTED, active_only=False)}
    condition = tuple_(StockBalance.part_id, StockBalance.place_id).in_(pairs)
    kept = {(row.part_id, row.place_id): row for row in db.session.scalars(select(StockBalance).where(condition))}
    lines = []
    for part_id, place_id in pairs:
        row = kept.get((part_id, place_id))
        if place_id in places:
            lines.append(
                {
                    "part": {"id": part_id, "sku": parts[part_id].sku, "name": parts[part_id].name},
                    "place": {"id": place_id, "name": places[place_id].name, "kind": places[place_id].kind},
                    "on_hand": row.on_hand if row is not None else 0,
                    "reserved": row.reserved if row is not None else 0,
                }
            )
    return {"stock": lines} if lines else None


_HOOKS = (
    Hook(events.VisitBooked, _("A visit was booked"), booked),
    Hook(events.VisitChanged, _("A visit was changed"), changed),
    Hook(events.StockChanged, _("Stock changed"), quantities),
)


def declare() -> None:
    """Fill the slot."""
    for weight, hook in enumerate(_HOOKS):
        HOOKS.fill(hook.event.name, lambda hook=hook: hook, weight=40 + weight)
