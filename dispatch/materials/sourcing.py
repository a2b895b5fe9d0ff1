"""From where a visit's parts come: the van, what is set aside, the nearest warehouse, another van, an order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dispatch.materials.rules import Held, VisitReadiness, readiness


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
class Sourcing:
    """What reserving would give: readiness, the places to fetch at in order (without the own van), and the latest ETA waited for."""

    readiness: VisitReadiness
    fetch_at: tuple[int, ...]
    eta: date | None


_ORDER = {"staging": 1, "warehouse": 2, "van": 3}


def in_order(spots: Iterable[Spot], van_id: int | None) -> list[Spot]:
    """The own van, what is set aside, warehouses, other vans; the nearer first."""
    return sorted(spots, key=lambda spot: (0 if spot.id == van_id else _ORDER.get(spot.kind, 9), spot.away, spot.id))


def source(
    kit: Mapping[int, int],
    *,
    van_id: int | None,
    spots: Sequence[Spot],
    free: Mapping[tuple[int, int], int],
    incoming: Sequence[Incoming],
) -> Sourcing:
    """The same choice as `services.reserve` makes: `spots` in order (`in_order`), then `incoming` by ETA."""
    held: list[Held] = []
    fetch_at: list[int] = []
    for part_id, needed in sorted(kit.items()):
        wanted = needed
        for spot in spots:
            some = min(wanted, free.get((part_id, spot.id), 0))
            if some > 0:
                held.append(Held(part_id, some, spot.kind, spot.id))
                wanted -= some
                if spot.id != van_id and spot.id not in fetch_at:
                    fetch_at.append(spot.id)
        for line in incoming:
            some = min(wanted, line.free) if line.part_id == part_id else 0
            if some > 0:
                held.append(Held(part_id, some, None, None, line.eta))
                wanted -= some
                if line.place_id != van_id and line.place_id not in fetch_at:
                    fetch_at.append(line.place_id)
    found = readiness(kit, held, van_id)
    return Sourcing(found, tuple(fetch_at), found.eta)
