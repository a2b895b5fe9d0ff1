"""Wanted ways as tables, because that is how services are asked: all ways from some places to some others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from dispatch.roads.rules import LIMIT, SMALL, Cell

Keys = tuple[int, int]


class TooHardError(Exception):
    """The service refuses a table as it is. `nowhere`: because a place of it lies near no road."""

    def __init__(self, text: str, *, nowhere: bool) -> None:
        super().__init__(text)
        self.nowhere = nowhere


@dataclass(slots=True)
class Table:
    """`wanted` is what is to be known of it; the other cells come along."""

    origins: dict[int, None] = field(default_factory=dict)
    destinations: dict[int, None] = field(default_factory=dict)
    wanted: set[Keys] = field(default_factory=set)

    @property
    def small(self) -> bool:
        return max(len(self.origins), len(self.destinations)) * 2 <= SMALL

    def add(self, other: Table) -> None:
        self.origins |= other.origins
        self.destinations |= other.destinations
        self.wanted |= other.wanted


def tables(pairs: Iterable[Keys]) -> list[Table]:
    """Each pair in one table of at most LIMIT × LIMIT. Origins go together where at least half of the cells that they add are wanted, and what is
    left in crumbs is put together, since a request costs more than some cells that nobody asked for."""
    onward: dict[int, dict[int, None]] = {}
    backward: dict[int, set[int]] = {}
    for origin, destination in pairs:
        onward.setdefault(origin, {})[destination] = None
        backward.setdefault(destination, set()).add(origin)
    found: list[Table] = []
    crumbs = Table()
    while onward:
        first = next(iter(onward))
        table = Table(destinations=dict.fromkeys(list(onward[first])[:LIMIT]))
        shared = Counter(origin for destination in table.destinations for origin in backward[destination])
        others = [origin for origin, count in shared.items() if origin != first and 2 * count >= len(table.destinations)]
        for origin in [first, *sorted(others)][:LIMIT]:
            table.origins[origin] = None
            for destination in [one for one in onward[origin] if one in table.destinations]:
                table.wanted.add((origin, destination))
                del onward[origin][destination]
                backward[destination].discard(origin)
            if not onward[origin]:
                del onward[origin]
        if not table.small:
            found.append(table)
            continue
        crumbs.add(table)
        if not crumbs.small:
            found.append(crumbs)
            crumbs = Table()
    return [*found, crumbs] if crumbs.wanted else found


Ask = Callable[[Sequence[int], Sequence[int]], Sequence[Sequence[Cell]]]


def answered(table: Table, ask: Ask) -> Iterator[tuple[int, int, Cell]]:
    """Every wanted cell. A table that the service refuses is asked in halves, down to single ways; a place that is refused with two others (none
    of them such a place) lies near no road, and is not asked for again. Passes on what else `ask` raises."""
    refused: dict[int, set[int]] = {}  # place → with which others
    lost: set[int] = set()
    todo = [(list(table.origins), list(table.destinations))]
    while todo:
        origins, destinations = todo.pop()
        if not any((a, b) in table.wanted for a in origins for b in destinations):
            continue
        gone = [at for at in (*origins, *destinations) if at in lost]
        if gone:
            for a in origins:
                yield from ((a, b, (None, None)) for b in destinations if (a in gone or b in gone) and (a, b) in table.wanted)
            todo.append(([at for at in origins if at not in gone], [at for at in destinations if at not in gone]))
            continue
        try:
            rows = ask(origins, destinations)
        except TooHardError as error:
            if len(origins) == len(destinations) == 1:
                yield origins[0], destinations[0], (None, None)
                if error.nowhere:
                    for at, other in ((origins[0], destinations[0]), (destinations[0], origins[0])):
                        refused.setdefault(at, set()).add(other)
                    lost |= {at for at in (*origins, *destinations) if len(refused[at] - lost) > 1}
            elif len(origins) >= len(destinations):
                half = len(origins) // 2
                todo += [(origins[half:], destinations), (origins[:half], destinations)]
            else:
                half = len(destinations) // 2
                todo += [(origins, destinations[half:]), (origins, destinations[:half])]
            continue
        for a, row in zip(origins, rows, strict=True):
            yield from ((a, b, cell) for b, cell in zip(destinations, row, strict=True) if (a, b) in table.wanted)
