"""Old pieces that go back for their deposit (cores): taken along from a visit, taken in from the van, sent back; or left at the customer's."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import db, locked_row
from core.errors import Conflict, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.materials import ledger, locking
from dispatch.materials.models import CoreLeft, Part, Place, StockMove, Usage
from dispatch.materials.naming import title
from dispatch.materials.services.catalogue import outside_place
from dispatch.materials.services.moves import derived, move_stock


@dataclass(frozen=True, slots=True)
class Told:
    """What the technician said of the old pieces of a part: how many were taken along, and why not all."""

    taken: int
    why: str


def cores_of(van: Place) -> Place:
    """Where a van's cores lie; made when there is none."""
    query = select(Place).where(Place.van_id == van.id)
    found = db.session.scalar(query)
    if found is None:
        row = insert(Place).values(name=f"{van.name[:80]}: old parts", kind="cores", van_id=van.id, active=True)
        db.session.execute(row.on_conflict_do_nothing())
        found = db.session.scalar(query)
    if found is None:  # another place has the name
        row = insert(Place).values(name=f"{van.name[:80]}: old parts ({van.id})", kind="cores", van_id=van.id, active=True)
        db.session.execute(row.on_conflict_do_nothing(index_elements=["van_id"]))
        found = db.session.scalars(query).one()
    return found


def collect(
    *,
    uuid: uuids.UUID,
    usages: Iterable[Usage],
    van: Place,
    told: Mapping[int, Told],
    now: datetime,
    happened_at: datetime,
    actor_id: int | None,
) -> list[tuple[Part, int, int, str]]:
    """For each used part whose old piece has to come back: what was taken along is on the van as a core, the rest is noted as left, also when
    nobody said a word of it. (part, taken, left, why) of each.

    Callers hold the locks of the visit and of the balances at `cores_of(van)`. Raises NotValid (field cores) for more than were used, or when some
    were left and nobody says why.
    """
    found = []
    used: dict[int, list[Usage]] = {}
    for usage in usages:
        used.setdefault(usage.part_id, []).append(usage)  # the same part from several vans
    for rows in used.values():
        part = rows[0].part
        if part.core_value is None:
            continue
        said = told.get(part.id)
        taken = said.taken if said is not None else 0
        left = sum(usage.quantity for usage in rows) - taken
        if left < 0:
            raise NotValid(_("%(part)s: no more old ones can be taken along than new ones were used.", part=title(part)), field="cores")
        why = said.why.strip()[:500] if said is not None else ""
        if left and said is not None and not why:
            raise NotValid(_("%(part)s: say why the old one was not taken along.", part=title(part)), field="cores")
        if taken:
            move_stock(
                uuid=derived(uuid, f"core:{part.id}"),
                part_id=part.id,
                from_place_id=outside_place(kind="customer").id,
                to_place_id=cores_of(van).id,
                quantity=taken,
                now=now,
                happened_at=happened_at,
                actor_id=actor_id,
            )
        behind = left
        for usage in rows:
            count = min(behind, usage.quantity)
            behind -= count
            if count:
                db.session.add(
                    CoreLeft(
                        usage_id=usage.id,
                        visit_id=usage.visit_id,
                        part=part,
                        quantity=count,
                        why=why,
                        state="left",
                        happened_at=min(happened_at, now),
                        note="",
                    )
                )
        found.append((part, taken, left, why))
    db.session.flush()
    return found


@clear_errors
def take_in(*, uuid: uuids.UUID, part_id: int, place_id: int, quantity: int, now: datetime, actor_id: int | None) -> StockMove:
    """Cores go from a van to the shelf from which they are sent back. Locks and refusals as `move_stock`."""
    place = _cores_place(place_id)
    return move_stock(
        uuid=uuid,
        part_id=part_id,
        from_place_id=place.id,
        to_place_id=outside_place(kind="cores").id,
        quantity=quantity,
        now=now,
        actor_id=actor_id,
    )


@clear_errors
def send_back(*, uuid: uuids.UUID, part_id: int, place_id: int, quantity: int, now: datetime, actor_id: int | None) -> StockMove:
    """Cores leave for the supplier; the deposit they are worth is in the audit (`core.sent_back`). The same `uuid` again does nothing.

    Locks and refusals as `move_stock`.
    """
    place = _cores_place(place_id)
    known = db.session.scalar(select(StockMove.id).where(StockMove.uuid == uuid))
    part = ledger.known_part(part_id)
    move = move_stock(
        uuid=uuid,
        part_id=part.id,
        from_place_id=place.id,
        to_place_id=outside_place(kind="supplier").id,
        quantity=quantity,
        now=now,
        actor_id=actor_id,
        reason=part.supplier,
    )
    if known is None:
        facts = {"part": part.sku, "supplier": part.supplier, "quantity": quantity, "deposit": (part.core_value or 0) * quantity}
        after = {**facts, "currency": part.currency}
        audit.record(action="core.sent_back", target=f"stock_move:{move.id}", actor_id=actor_id, now=now, after=after)
    return move


@clear_errors
def arrived(*, left_id: int, now: datetime, actor_id: int | None) -> CoreLeft:
    """What was left at the customer's came in after all: it is on the shelf. Again: nothing more. Raises NotFound, Conflict."""
    row = _left(left_id)
    if row.state == "arrived":
        return row
    _still_left(row)
    move_stock(
        uuid=uuids.uuid5(uuids.NAMESPACE_OID, f"core_left:{row.id}"),
        part_id=row.part_id,
        from_place_id=outside_place(kind="customer").id,
        to_place_id=outside_place(kind="cores").id,
        quantity=row.quantity,
        now=now,
        actor_id=actor_id,
    )
    _end(row, "arrived", now=now, actor_id=actor_id)
    return row


@clear_errors
def write_off(*, left_id: int, note: str, now: datetime, actor_id: int | None) -> CoreLeft:
    """What was left at the customer's will not come back, and so its deposit. Raises NotFound, Conflict, NotValid (field note)."""
    row = _left(left_id)
    if row.state == "written_off":
        return row
    _still_left(row)
    if not note.strip():
        raise NotValid(_("Say why."), field="note")
    row.note = note.strip()[:500]
    _end(row, "written_off", now=now, actor_id=actor_id)
    return row


def _end(row: CoreLeft, state: str, *, now: datetime, actor_id: int | None) -> None:
    row.state, row.ended_at, row.ended_by_id = state, now, actor_id
    db.session.flush()
    facts = {"part": row.part.sku, "quantity": row.quantity, "deposit": (row.part.core_value or 0) * row.quantity}
    after = {**facts, "currency": row.part.currency, "note": row.note}
    audit.record(action=f"core.{state}", target=f"core_left:{row.id}", actor_id=actor_id, now=now, after=after)


def _left(left_id: int) -> CoreLeft:
    row = locked_row(CoreLeft, left_id)
    if row is None:
        raise NotFound(_("There is no such old part."))
    return row


def _still_left(row: CoreLeft) -> None:
    if row.state != "left":
        raise Conflict(_("Somebody has seen to this meanwhile."), code="changed_meanwhile")


def _cores_place(place_id: int) -> Place:
    place = ledger.known_place(place_id)
    if place.kind != "cores":
        raise NotValid(_("There are no old parts."), field="place_id")
    return place


def keys(parts: Iterable[Part], van: Place) -> list[locking.Key]:
    """The balances that `collect` writes for these used parts; the place is made when need be."""
    wanted = [part.id for part in parts if part.core_value is not None]
    return [(part_id, cores_of(van).id) for part_id in wanted]
