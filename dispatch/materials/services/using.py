"""Parts that a visit really used."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events
from core.db import db
from core.errors import NotValid
from dispatch.errors import clear_errors
from dispatch.events import StockChanged
from dispatch.materials import ledger, locking
from dispatch.materials.models import Usage
from dispatch.materials.services import serials as pieces
from dispatch.materials.services.catalogue import outside_place
from dispatch.materials.services.moves import derived, record


@clear_errors
def use(
    *,
    uuid: uuids.UUID,
    visit_id: int,
    place_id: int,
    lines: Mapping[int, int],
    now: datetime,
    actor_id: int | None,
    happened_at: datetime | None = None,
    serials: Mapping[int, Sequence[str]] | None = None,
    instead_of: Mapping[int, int] | None = None,
) -> list[Usage]:
    """Parts (part → quantity) go from a place, mostly the technician's van, to the customer: one move and one usage each.

    What is reserved for the visit there is used first, the rest from what is free. `serials` (part → numbers) names the pieces of tracked parts: they
    are in the customer's equipment then. `instead_of`: used part → the part in whose place it was used; what was promised in place of another says so
    itself. The same `uuid` again returns the first usages. Locks the visit, then the balances in order, then the
    serials. Raises NotValid; Conflict (code `short`) naming part and place when not so much is there for this visit.
    """
    place = ledger.known_place(place_id)
    if not ledger.holds(place):
        raise NotValid(_("Parts are used from a van or a warehouse."), field="place_id")
    for quantity in lines.values():
        ledger.checked_quantity(quantity)
    parts = {part_id: ledger.known_part(part_id) for part_id in sorted(lines)}
    numbers = {part_id: pieces.named(part, lines[part_id], (serials or {}).get(part_id)) for part_id, part in parts.items()}
    locking.lock_visit(visit_id)
    target = outside_place(kind="customer")
    keys = [(part_id, place.id) for part_id in parts]
    locking.lock_balances(keys)
    held = locking.lock_held(visit_id=visit_id, keys=keys) if keys else []
    usages: list[Usage] = []
    for part_id, part in parts.items():
        quantity = lines[part_id]
        move, fresh = record(
            uuid=derived(uuid, f"use:{part_id}"),
            part=part,
            source=place,
            target=target,
            quantity=quantity,
            now=now,
            happened_at=happened_at,
            actor_id=actor_id,
            visit_id=visit_id,
        )
        if not fresh:
            usages.append(db.session.scalars(select(Usage).where(Usage.move_id == move.id)).one())
            continue
        promised = ledger.carve([row for row in held if row.part_id == part_id], quantity, now=now)
        if not ledger.take(part_id, place.id, quantity, reserved=sum(row.quantity for row in promised)):
            raise ledger.too_few(part, place)
        pieces.carry(move, part, place, target, numbers[part_id], used_at=visit_id)
        for row in promised:
            row.state, row.ended_at = "used", now
        usage = Usage(visit_id=visit_id, part_id=part_id, place_id=place.id, quantity=quantity, move_id=move.id)
        replaced = [row.instead_of_id for row in promised if row.instead_of_id is not None]
        usage.instead_of_id = replaced[0] if replaced else (instead_of or {}).get(part_id)
        usage.cost, usage.price, usage.currency = part.cost, part.price, part.currency
        db.session.add(usage)
        usages.append(usage)
    db.session.flush()
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=tuple(keys), visit_ids=(visit_id,)))
    return usages
