"""Moving parts: append-only, an upload twice is once, a mistake is reversed."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core import events
from core.db import db
from core.errors import Conflict, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.events import StockChanged
from dispatch.materials import ledger, locking, queries
from dispatch.materials.models import Part, Place, Receipt, StockMove, Usage
from dispatch.materials.naming import title
from dispatch.materials.rules import may_move
from dispatch.materials.services import serials as pieces

# A client's UUID names one move for good; what is derived from it (a reversal, each line of a visit's usage) is named within this space.
_NAMESPACE = uuids.UUID("6f0d3a34-6a8c-4c3e-9b0e-2f4f6b1f7a10")


@clear_errors
def move_stock(
    *,
    uuid: uuids.UUID,
    part_id: int,
    from_place_id: int,
    to_place_id: int,
    quantity: int,
    now: datetime,
    actor_id: int | None,
    happened_at: datetime | None = None,
    visit_id: int | None = None,
    reason: str = "",
    serials: Sequence[str] = (),
) -> StockMove:
    """Move a quantity between two places; balances change with it and never go below what is there or promised.

    `uuid` is the sender's: the same one again returns the first move and does nothing (NotValid `key_reused` when it says something else). With
    `visit_id` what is reserved for that visit goes along and stays reserved. Of a tracked part `serials` names the pieces. Locks the visit, then both
    balances, then the serials. Raises NotValid; Conflict (code `short`) when not so much is free, `serial_elsewhere` when a piece is not there.
    """
    ledger.checked_quantity(quantity)
    part = ledger.known_part(part_id)
    source, target = ledger.known_place(from_place_id, field="from_place_id"), ledger.known_place(to_place_id, field="to_place_id")
    if source.id == target.id:
        raise NotValid(_("A move needs two different places."), field="to_place_id")
    if not may_move(source.kind, target.kind):
        raise NotValid(_("Old parts go back to the supplier or to scrap; they do not become new ones."), field="to_place_id", code="core")
    nameless = part.serial_tracked and not ledger.tracks(part, source, target)
    numbers = [] if nameless else pieces.named(part, quantity, serials)
    if visit_id is not None:
        locking.lock_visit(visit_id)
    row, fresh = record(
        uuid=uuid,
        part=part,
        source=source,
        target=target,
        quantity=quantity,
        now=now,
        happened_at=happened_at,
        actor_id=actor_id,
        visit_id=visit_id,
        reason=reason,
    )
    if not fresh:
        return row
    keys = [(part.id, place.id) for place in (source, target) if ledger.counts(place)]
    locking.lock_balances(keys)
    carried = _carry(part, source, target, quantity, visit_id, now)
    _book(part, source, target, quantity, carried)
    pieces.carry(row, part, source, target, numbers)
    db.session.flush()
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=tuple(keys), visit_ids=(visit_id,) if visit_id is not None else ()))
    return row


def record(
    *,
    uuid: uuids.UUID,
    part: Part,
    source: Place,
    target: Place,
    quantity: int,
    now: datetime,
    happened_at: datetime | None,
    actor_id: int | None,
    visit_id: int | None = None,
    reason: str = "",
    reverses_id: int | None = None,
    receipt_id: int | None = None,
    count_id: int | None = None,
) -> tuple[StockMove, bool]:
    """Write the move unless its uuid is there; the row, and whether it is new. Two uploads at once: the second waits and finds the first's."""
    values = {
        "uuid": uuid,
        "part_id": part.id,
        "from_place_id": source.id,
        "to_place_id": target.id,
        "quantity": quantity,
        "visit_id": visit_id,
        "reverses_id": reverses_id,
        "receipt_id": receipt_id,
        "count_id": count_id,
    }
    happened = min(happened_at or now, now)  # a phone whose clock runs ahead
    facts = {"reason": reason.strip()[:500], "actor_id": actor_id, "happened_at": happened, "recorded_at": now}
    statement = insert(StockMove).values(**values, **facts).on_conflict_do_nothing(index_elements=["uuid"]).returning(StockMove.id)
    made = db.session.scalar(statement)
    row = db.session.scalars(select(StockMove).where(StockMove.uuid == uuid)).one()
    if made is None and any(getattr(row, name) != value for name, value in values.items()):
        raise NotValid(_("This move was sent before with other contents."), field="uuid", code="key_reused")
    return row, made is not None


def _carry(part: Part, source: Place, target: Place, quantity: int, visit_id: int | None, now: datetime) -> int:
    """How many of the moved are reserved for the visit; their reservations now name the target, or end where visits get nothing."""
    if visit_id is None or not ledger.counts(source):
        return 0
    rows = ledger.carve(locking.lock_held(visit_id=visit_id, keys=[(part.id, source.id)]), quantity, now=now)
    for row in rows:
        if ledger.holds(target):
            row.place, row.place_id = target, target.id
        else:
            row.state, row.ended_at = "released" if ledger.counts(target) else "used", now
    return sum(row.quantity for row in rows)


def _book(part: Part, source: Place, target: Place, quantity: int, carried: int) -> None:
    if ledger.counts(source) and not ledger.take(part.id, source.id, quantity, reserved=carried):
        raise ledger.too_few(part, source)
    if ledger.counts(target):
        ledger.put(part.id, target.id, quantity, reserved=carried if ledger.holds(target) else 0)


@clear_errors
def reverse_move(*, move_id: int, now: datetime, actor_id: int | None, reason: str = "") -> StockMove:
    """Take a move back with one in the other direction; once. A reversal is not reversed: move again instead.

    It happened when the mistake did, so that a count between the two is not put right twice. Asked again it returns the first reversal. Locks the
    balances, the purchase line it came of, the serials. Raises NotFound; Conflict (code `short`) when the parts are no longer there, `serials` when
    nobody knows which pieces of a tracked part went.
    """
    move = db.session.get(StockMove, move_id)
    if move is None:
        raise NotFound(_("There is no such move."))
    if move.reverses_id is not None:
        raise Conflict(_("This is itself a correction. Enter a new move instead."), code="reversal")
    part = ledger.known_part(move.part_id)
    source, target = ledger.known_place(move.to_place_id), ledger.known_place(move.from_place_id)
    row, fresh = record(
        uuid=derived(move.uuid, "reversal"),
        part=part,
        source=source,
        target=target,
        quantity=move.quantity,
        now=now,
        happened_at=move.happened_at,
        actor_id=actor_id,
        visit_id=move.visit_id,
        reason=reason or move.reason,
        reverses_id=move.id,
    )
    if fresh:
        keys = [(part.id, place.id) for place in (source, target) if ledger.counts(place)]
        locking.lock_balances(keys)
        _book(part, source, target, move.quantity, 0)
        numbers = queries.serials_of_moves([move.id]).get(move.id, [])
        if ledger.tracks(part, source, target) and len(numbers) != move.quantity:
            raise Conflict(
                _("%(part)s was not tracked then: enter a new move and name the serial numbers.", part=title(part)), code="serials"
            )
        if move.receipt_id is not None:
            _not_received(move)  # before the serials, as receiving locks them
        pieces.carry(row, part, source, target, numbers)
        db.session.execute(delete(Usage).where(Usage.move_id == move.id))  # what was taken back was not used
        db.session.flush()
        events.publish(StockChanged(at=now, actor_id=actor_id, balances=tuple(keys)))
    return row


def _not_received(move: StockMove) -> None:
    """What was accepted and is taken back is still to come, unless its order was cancelled. Locks the purchase line."""
    receipt = db.session.get_one(Receipt, move.receipt_id)
    if move.uuid == derived(receipt.uuid, "accepted"):
        (line,) = locking.lock_purchase_lines([receipt.purchase_line_id])
        line.received -= move.quantity
        if line.order is not None and line.order.state == "cancelled":
            line.quantity, line.cancelled = line.quantity - move.quantity, line.cancelled + move.quantity


def derived(uuid: uuids.UUID, what: str) -> uuids.UUID:
    """The UUID of what follows from another: the same each time."""
    return uuids.uuid5(_NAMESPACE, f"{uuid}:{what}")
