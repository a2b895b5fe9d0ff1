"""What to buy and what to carry to the vans: all that visits lack, and all places that ran low, against what is free and to come. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Need:
    """So many of a part that nobody promised yet to a visit (its number) on that day."""

    part_id: int
    quantity: int
    visit: int
    on: date


@dataclass(frozen=True, slots=True)
class Coming:
    """On order for a place, promised to nobody. `on` None: the supplier gave no date."""

    part_id: int
    place_id: int
    quantity: int
    on: date | None


@dataclass(frozen=True, slots=True)
class Level:
    """At `reorder_at` free pieces or fewer the place is filled up to `fill_to`. Only warehouses are filled by suppliers, others from them."""

    part_id: int
    place_id: int
    reorder_at: int
    fill_to: int
    is_warehouse: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """To be bought for a place: for `visits` (numbers), the first on the day `needed_on`, and `refill` of it to fill places up."""

    part_id: int
    place_id: int
    quantity: int
    needed_on: date | None
    visits: tuple[int, ...]
    refill: int

    def order_by(self, lead_days: int) -> date | None:
        """The last day on which ordering brings it in time."""
        return self.needed_on - timedelta(days=lead_days) if self.needed_on is not None else None


@dataclass(frozen=True, slots=True)
class Transfer:
    """To be carried from a warehouse to another place of ours that ran low."""

    part_id: int
    from_place_id: int
    to_place_id: int
    quantity: int


def explode(
    *,
    needs: Iterable[Need],
    free: Mapping[tuple[int, int], int],
    coming: Iterable[Coming],
    levels: Sequence[Level],
    warehouses: Sequence[int],
    alternates: Mapping[int, Sequence[int]] | None = None,
) -> tuple[list[Purchase], list[Transfer]]:
    """What is missing after everything free and to come was counted once. `free`: (part, place) → pieces; the first of the `warehouses` takes what
    visits need.

    The earliest visit takes first: what is free (in warehouses before vans), then what comes before its day, then what comes later or without a date
    (it is late then, but buying it again would not help). A part's `alternates` count after the part itself: free before to come. What is left at
    each place decides on filling it up.
    """
    left = dict(free)
    orders = sorted(coming, key=lambda one: (one.part_id, one.on or date.max, one.place_id))
    to_come = [one.quantity for one in orders]
    rank = {place_id: position for position, place_id in enumerate(warehouses)}
    wanted: dict[tuple[int, int], list[Need]] = defaultdict(list)
    for need in sorted(needs, key=lambda one: (one.on, one.visit, one.part_id)):
        open_ = need.quantity
        eligible = (need.part_id, *(alternates or {}).get(need.part_id, ()))
        for part_id in eligible:
            for place in sorted((key for key in left if key[0] == part_id), key=lambda key: (rank.get(key[1], len(rank)), key[1])):
                open_ -= _take(left, place, open_)
        for part_id in eligible:
            for index, order in enumerate(orders):
                if order.part_id == part_id:
                    some = min(open_, to_come[index])
                    to_come[index] -= some
                    open_ -= some
        if open_ and warehouses:
            wanted[need.part_id, warehouses[0]].append(Need(need.part_id, open_, need.visit, need.on))
    for order, some in zip(orders, to_come, strict=True):
        left[order.part_id, order.place_id] = left.get((order.part_id, order.place_id), 0) + some
    refills, transfers = _fill_up(left, levels, warehouses)
    return [_purchase(key, wanted.get(key, []), refills.get(key, 0)) for key in sorted({*wanted, *refills})], transfers


def _take(left: MutableMapping[tuple[int, int], int], key: tuple[int, int], wanted: int) -> int:
    some = max(0, min(wanted, left[key]))
    left[key] -= some
    return some


def _fill_up(
    left: dict[tuple[int, int], int], levels: Sequence[Level], warehouses: Sequence[int]
) -> tuple[dict[tuple[int, int], int], list[Transfer]]:
    """Vans from the warehouse that has most; what it has not, and warehouses themselves, from the supplier."""
    refills: dict[tuple[int, int], int] = defaultdict(int)
    transfers: list[Transfer] = []
    # Warehouses last: they give before they are counted.
    for level in sorted(levels, key=lambda one: (one.part_id, one.is_warehouse, one.place_id)):
        there = left.get((level.part_id, level.place_id), 0)
        if there > level.reorder_at:
            continue
        missing = level.fill_to - there
        if level.is_warehouse:
            refills[level.part_id, level.place_id] += missing
            continue
        source = max(warehouses, key=lambda place_id: left.get((level.part_id, place_id), 0), default=None)
        some = _take(left, (level.part_id, source), missing) if source is not None and (level.part_id, source) in left else 0
        if some and source is not None:
            transfers.append(Transfer(level.part_id, source, level.place_id, some))
        if missing > some and warehouses:
            refills[level.part_id, warehouses[0]] += missing - some
    return dict(refills), transfers


def _purchase(key: tuple[int, int], needs: Sequence[Need], refill: int) -> Purchase:
    quantity = sum(need.quantity for need in needs) + refill
    visits = tuple(dict.fromkeys(need.visit for need in needs))
    return Purchase(key[0], key[1], quantity, min((need.on for need in needs), default=None), visits, refill)
