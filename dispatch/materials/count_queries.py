"""Questions about stock-takings: which there are, how far each is, what is to be counted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, and_, case, func, or_, select

from core.db import db
from dispatch.materials import queries
from dispatch.materials.models import Part, StockBalance, StockCount, StockCountLine, StockMove


def counts(*, place_id: int | None = None, open_only: bool = False) -> Select[StockCount]:
    """Stock-takings as a select."""
    query = select(StockCount)
    if place_id is not None:
        query = query.where(StockCount.place_id == place_id)
    return query.where(StockCount.state == "open") if open_only else query


def open_counts_of(place_ids: Collection[int]) -> list[int]:
    """Ids of what is being counted at these places."""
    query = select(StockCount.id).where(StockCount.place_id.in_(list(place_ids)), StockCount.state == "open")
    return list(db.session.scalars(query)) if place_ids else []


def count_of(count_id: int) -> StockCount | None:
    """A stock-taking."""
    return db.session.get(StockCount, count_id)


def count_lines(count_id: int) -> Select[StockCountLine]:
    """What was counted, as a select."""
    return select(StockCountLine).where(StockCountLine.count_id == count_id)


def parts_to_count(count: StockCount, *, text: str = "", left_only: bool = False) -> Select[Part]:
    """Parts that lie there or were counted there; with a text, of the whole catalogue. `left_only`: not counted yet."""
    done = select(StockCountLine.part_id).where(StockCountLine.count_id == count.id)
    there = select(StockBalance.part_id).where(StockBalance.place_id == count.place_id, StockBalance.on_hand > 0)
    query = queries.parts(text=text)
    wanted = or_(Part.id.in_(there), Part.id.in_(done))
    query = query.where(or_(wanted, Part.active) if text.strip() else wanted)
    return query.where(Part.id.not_in(done)) if left_only else query


def count_sums(counts: Collection[StockCount]) -> dict[int, dict[str, int]]:
    """Count → {counted, left, recount}: parts counted, parts there that are not, parts to be counted again."""
    ids = [count.id for count in counts]
    large = func.abs(StockCountLine.counted - StockCountLine.expected) >= StockCount.recount_from
    again = and_(StockCountLine.times == 1, StockCount.recount_from > 0, large)
    done = (
        select(StockCountLine.count_id, func.count(), func.count().filter(again))
        .join(StockCount, StockCount.id == StockCountLine.count_id)
        .where(StockCount.id.in_(ids))
        .group_by(StockCountLine.count_id)
    )
    found = {count_id: (counted, recount) for count_id, counted, recount in db.session.execute(done)}
    already = select(StockCountLine.part_id).where(StockCountLine.count_id == StockCount.id, StockCountLine.part_id == StockBalance.part_id)
    there = (
        select(StockCount.id, func.count())
        .join(StockBalance, StockBalance.place_id == StockCount.place_id)
        .where(StockCount.id.in_(ids), StockCount.state == "open", StockBalance.on_hand > 0, ~already.exists())
        .group_by(StockCount.id)
    )
    left: dict[int, int] = dict(db.session.execute(there).tuples().all())
    return {one: {"counted": found.get(one, (0, 0))[0], "left": left.get(one, 0), "recount": found.get(one, (0, 0))[1]} for one in ids}


def moved_before_counted(count: StockCount) -> dict[int, int]:
    """Part → pieces that came to the place (less those that left it) before the part was counted, and were noted only after it: a phone's report."""
    gone = case((StockMove.to_place_id == count.place_id, StockMove.quantity), else_=-StockMove.quantity)
    query = (
        select(StockMove.part_id, func.sum(gone))
        .join(StockCountLine, StockCountLine.part_id == StockMove.part_id)
        .where(
            StockCountLine.count_id == count.id,
            or_(StockMove.from_place_id == count.place_id, StockMove.to_place_id == count.place_id),
            StockMove.recorded_at > StockCountLine.counted_at,
            StockMove.happened_at <= StockCountLine.counted_at,
        )
        .group_by(StockMove.part_id)
    )
    return {part_id: int(found) for part_id, found in db.session.execute(query)}
