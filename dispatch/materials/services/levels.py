"""At which stock a place is filled up. Settings, so every change is audited."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core import audit
from core.db import db
from core.errors import NotFound, NotValid
from dispatch.materials import ledger
from dispatch.materials.models import StockLevel


def set_level(*, part_id: int, place_id: int, reorder_at: int, fill_to: int, now: datetime, actor_id: int | None) -> StockLevel:
    """With `reorder_at` free pieces of the part or fewer the place is to be filled up to `fill_to`. Raises NotValid naming the field."""
    part, place = ledger.known_part(part_id), ledger.known_place(place_id)
    if not ledger.holds(place):
        raise NotValid(_("Only warehouses, vans and what is set aside are counted."), field="place_id")
    if reorder_at < 0:
        raise NotValid(_("This may not be less than nothing."), field="reorder_at")
    if ledger.checked_quantity(fill_to, field="fill_to") <= reorder_at:
        raise NotValid(_("Fill up to more than the level at which it is done."), field="fill_to")
    before = _locked(part.id, place.id)
    told = _facts(before) if before is not None else None
    fresh = insert(StockLevel).values(part_id=part.id, place_id=place.id, reorder_at=reorder_at, fill_to=fill_to)
    changed = {"reorder_at": fresh.excluded.reorder_at, "fill_to": fresh.excluded.fill_to}
    db.session.execute(fresh.on_conflict_do_update(index_elements=["part_id", "place_id"], set_=changed))
    level = db.session.get_one(StockLevel, (part.id, place.id), populate_existing=True)
    audit.record(
        action="stock_level.set",
        target=f"part:{part.id}",
        actor_id=actor_id,
        now=now,
        before=told,
        after={**_facts(level), "place": place.name},
    )
    return level


def remove_level(*, part_id: int, place_id: int, now: datetime, actor_id: int | None) -> None:
    """The place is not filled up by itself any more. Raises NotFound."""
    level = _locked(part_id, place_id)
    if level is None:
        raise NotFound(_("There is no such level."))
    before = {**_facts(level), "place": level.place.name}
    db.session.execute(delete(StockLevel).where(StockLevel.part_id == part_id, StockLevel.place_id == place_id))
    db.session.expunge(level)
    audit.record(action="stock_level.removed", target=f"part:{part_id}", actor_id=actor_id, now=now, before=before)


def _locked(part_id: int, place_id: int) -> StockLevel | None:
    query = select(StockLevel).where(StockLevel.part_id == part_id, StockLevel.place_id == place_id)
    return db.session.scalar(query.with_for_update(of=StockLevel).execution_options(populate_existing=True))


def _facts(level: StockLevel) -> dict[str, int]:
    return {"reorder_at": level.reorder_at, "fill_to": level.fill_to}
