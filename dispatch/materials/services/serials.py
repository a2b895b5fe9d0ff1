"""Parts that are tracked piece by piece: every move names the serial numbers, and each number is at one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import audit, events
from core.db import db, locked_row
from core.errors import Conflict, NotFound, NotValid
from dispatch.errors import clear_errors
from dispatch.events import StockChanged
from dispatch.materials import ledger, queries
from dispatch.materials.models import Part, Place, Serial, StockMove, StockMoveSerial
from dispatch.materials.naming import title

LONGEST = 100


def named(part: Part, quantity: int, given: Sequence[Any] | None, *, field: str = "serials") -> list[str]:
    """The serial numbers of a move, as many as its pieces, in one order; none of a part that is not tracked. Raises NotValid."""
    numbers = [one.strip() if isinstance(one, str) else "" for one in given or ()]
    if not part.serial_tracked:
        if numbers:
            raise NotValid(_("%(part)s is not tracked by serial numbers.", part=title(part)), field=field)
        return []
    if any(not one or len(one) > LONGEST or "\0" in one for one in numbers):
        raise NotValid(_("A serial number has 1 to %(most)d characters.", most=LONGEST), field=field)
    if len(set(numbers)) < len(numbers):
        raise NotValid(_("The same serial number is named twice."), field=field)
    if len(numbers) != quantity:
        text = _("%(part)s is tracked: name %(count)d serial numbers, not %(named)d.", part=title(part), count=quantity, named=len(numbers))
        raise NotValid(text, field=field, code="serials", details={"part_id": part.id, "needed": quantity})
    return sorted(numbers)


def carry(
    move: StockMove, part: Part, source: Place, target: Place, numbers: Sequence[str], *, field: str = "serials", used_at: int | None = None
) -> None:
    """The named pieces are at the target now; `used_at`: the visit that put them in. Callers hold the balances' locks; locks the serials in order.

    Raises Conflict (code `serial_elsewhere`) naming the piece and where it is: one of ours, or in a customer's equipment, comes from there only.
    """
    if not numbers:
        return
    if not ledger.counts(source):
        fresh = insert(Serial).values([{"part_id": part.id, "number": number, "place_id": source.id} for number in numbers])
        db.session.execute(fresh.on_conflict_do_nothing(index_elements=["part_id", "number"]))
    query = select(Serial).where(Serial.part_id == part.id, Serial.number.in_(list(numbers))).order_by(Serial.number)
    found = {row.number: row for row in db.session.scalars(query.with_for_update(of=Serial).execution_options(populate_existing=True))}
    for number in numbers:
        row = found.get(number)
        if row is None:
            raise Conflict(_("There is no %(number)s at %(place)s.", number=number, place=source.name), field=field, code="serial_unknown")
        if row.place_id != source.id and (ledger.counts(source) or ledger.counts(row.place) or row.place.kind == "customer"):
            text = _("%(number)s is at %(place)s.", number=number, place=row.place.name)
            raise Conflict(text, field=field, code="serial_elsewhere", details={"number": number, "place_id": row.place_id})
    for row in found.values():
        row.place, row.place_id, row.visit_id = target, target.id, used_at
        row.equipment_id = queries.equipment_of_visit(used_at) if used_at is not None else None
        db.session.add(StockMoveSerial(move_id=move.id, serial_id=row.id))
    db.session.flush()


@clear_errors
def correct_serial(*, serial_id: int, number: str, now: datetime, actor_id: int | None) -> Serial:
    """A number that was mistyped. Raises NotFound, NotValid."""
    row = locked_row(Serial, serial_id)
    if row is None:
        raise NotFound(_("There is no such serial number."))
    fresh = number.strip()
    if not fresh or len(fresh) > LONGEST:
        raise NotValid(_("A serial number has 1 to %(most)d characters.", most=LONGEST), field="number")
    taken = select(Serial.id).where(Serial.part_id == row.part_id, Serial.number == fresh, Serial.id != row.id)
    if db.session.scalar(taken) is not None:
        raise NotValid(_("There is a piece with this number already."), field="number")
    before, row.number = row.number, fresh
    db.session.flush()
    audit.record(
        action="serial.corrected",
        target=f"serial:{row.id}",
        actor_id=actor_id,
        now=now,
        before={"number": before},
        after={"number": fresh},
    )
    events.publish(StockChanged(at=now, actor_id=actor_id, balances=((row.part_id, row.place_id),)))
    return row
