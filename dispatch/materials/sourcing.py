"""From where a visit's parts come: the van, what is set aside, the nearest warehouse, another van, an order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dispatch.materials.rules import Held, VisitReadiness, readiness

Alternates = Mapping[int, Sequence[int]]  # part → those that may be used in its place, in order


@dataclass(frozen=True, slots=True)
class Spot:
    """A place that can give parts. `away`: seconds from where they are needed, to try the near ones first."""

    id: int
    kind: str
    away: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """A purchase line with `free` pieces nobody was promised, due on `eta` at a place."""

    id: int
    part_id: int
    free: int
    eta: date
    place_id: int


@dataclass(frozen=True, slots=True)
class Pick:
    """So many of a part, from a place or from what is on order; `instead_of`: the needed part, when this is an alternate of it."""

    part_id: int
    quantity: int
    place_id: int | None
    line: Incoming | None
    instead_of: int | None


@dataclass(frozen=True, slots=True)
class Sourcing:
    """What reserving would give: readiness, the places to fetch at in order (without the own van), and the latest ETA waited for."""

    readiness: VisitReadiness
    fetch_at: tuple[int, ...]
    eta: date | None


_ORDER = {"staging": 1, "warehouse": 2, "van": 3}


def in_order(spots: Iterable[Spot], van_id: int | None) -> list[Spot]:
    """The own van, what is set aside, warehouses, other vans; the nearer first."""
    return sorted(spots, key=lambda spot: (0 if spot.id == van_id else _ORDER.get(spot.kind, 9), spot.away, spot.id))


def pick(
    lines: Mapping[int, int],
    *,
    alternates: Alternates,
    place_ids: Sequence[int],
    free: Mapping[tuple[int, int], int],
    incoming: Sequence[Incoming],
) -> list[Pick]:
    """The choice for needed `lines` (part → quantity): from the places in the order given, then from what is on order (in the order given).

    An alternate that is there beats waiting for the part itself, and no part's alternate takes what another line needs: all parts themselves from
    places, then alternates from places, then the parts themselves on order, then alternates on order.
    """
    left = dict(lines)
    at_places = dict(free)
    to_come = {line.id: line.free for line in incoming}
    own = [(asked, asked) for asked in sorted(lines)]
    others = [(asked, other) for asked in sorted(lines) for other in alternates.get(asked, ())]
    picks: list[Pick] = []

    def note(asked: int, part_id: int, some: int, place_id: int | None, line: Incoming | None) -> None:
        left[asked] -= some
        picks.append(Pick(part_id, some, place_id, line, None if part_id == asked else asked))

    for pairs in (own, others):
        for asked, part_id in pairs:
            for place_id in place_ids:
                some = min(left[asked], at_places.get((part_id, place_id), 0))
                if some > 0:
                    at_places[part_id, place_id] -= some
                    note(asked, part_id, some, place_id, None)
    for asked, part_id in (*own, *others):
        for line in incoming:
            some = min(left[asked], to_come[line.id]) if line.part_id == part_id else 0
            if some > 0:
                to_come[line.id] -= some
                note(asked, part_id, some, None, line)
    return picks


def source(
    kit: Mapping[int, int],
    *,
    van_id: int | None,
    spots: Sequence[Spot],
    free: Mapping[tuple[int, int], int],
    incoming: Sequence[Incoming],
    alternates: Alternates | None = None,
) -> Sourcing:
    """The same choice as `services.reserve` makes: `spots` in order (`in_order`), then `incoming` by ETA."""
    kinds = {spot.id: spot.kind for spot in spots}
    picks = pick(kit, alternates=alternates or {}, place_ids=[spot.id for spot in spots], free=free, incoming=incoming)
    held: list[Held] = []
    fetch_at: list[int] = []
    for one in picks:
        kind = kinds[one.place_id] if one.place_id is not None else None
        held.append(Held(one.part_id, one.quantity, kind, one.place_id, one.line.eta if one.line is not None else None, one.instead_of))
        at = one.line.place_id if one.line is not None else one.place_id
        if at is not None and at != van_id and at not in fetch_at:
            fetch_at.append(at)
    found = readiness(kit, held, [van_id] if van_id is not None else [])
    return Sourcing(found, tuple(fetch_at), found.eta)
