"""Which rows of a proposal have to be accepted together: each group is a transaction of its own, and the fewer rows it has the shorter it holds what
others want. Pure.

A row needs another one when its visit comes where the other's stands until it has gone, or takes a part that only the other gives back. Rows that
are joined by needs, however long the chain, are one group. A chain that gets too long is cut where nobody needs each other both ways, and those who
are needed come first: so no swap is ever cut in two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.visits.travel import Point

MOST = 8  # rows of a chain in one transaction
Key = tuple[int, int]  # (part, place)
Needs = Mapping[int, Collection[int]]
Way = Callable[[int, Point | None, Point | None, int], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A visit in somebody's time; seconds since 1970."""

    person_id: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row. `leaves`: where its visit stands now, of a crew in everybody's time; `takes`: where it is to stand, at `at`. `frees`: (part, place) →
    pieces that are given back first; `needs`: part → pieces that are reserved anew, of it or of its `alternates`, at one of `sources`."""

    id: int
    leaves: Sequence[Stand]
    takes: Sequence[Stand]
    at: Point | None
    frees: Mapping[Key, int] = field(default_factory=dict)
    needs: Mapping[int, int] = field(default_factory=dict)
    alternates: Mapping[int, Collection[int]] = field(default_factory=dict)
    sources: Collection[int] = ()


def groups(changes: Sequence[Change], *, way: Way, free: Mapping[Key, int], most: int = MOST) -> list[list[int]]:
    """Ids by group, in the order in which they are to be done; a group has more than `most` only where they all need each other.

    `way(person, from, to, start)`: seconds on the way to work that starts then; `free`: pieces that nobody was promised.
    """
    needs = needed(changes, way=way, free=free)
    found: list[list[int]] = []
    for together in joined([change.id for change in changes], needs):
        found += [together] if len(together) <= most else _packed(_mutual(together, needs), most)
    return found


def by_person(changes: Sequence[Change], *, most: int = MOST) -> list[list[int]]:
    """Coarser, for a second try of what `groups` did not get done: all that concern the same technicians, `most` at a time."""
    present: dict[int, list[int]] = defaultdict(list)
    for change in changes:
        for person_id in dict.fromkeys(stand.person_id for stand in (*change.leaves, *change.takes)):
            present[person_id].append(change.id)
    needs: dict[int, set[int]] = defaultdict(set)
    for first, *others in present.values():
        needs[first].update(others)
    found = []
    for together in joined([change.id for change in changes], needs):
        found += [together[at : at + most] for at in range(0, len(together), most)]
    return found


def needed(changes: Sequence[Change], *, way: Way, free: Mapping[Key, int]) -> dict[int, set[int]]:
    """Row → the rows without which it cannot be done."""
    found: dict[int, set[int]] = defaultdict(set)
    leaving: dict[int, list[tuple[Change, Stand]]] = defaultdict(list)
    for change in changes:
        for stand in change.leaves:
            leaving[stand.person_id].append((change, stand))
    for change in changes:
        for here in change.takes:
            for other, there in leaving[here.person_id]:
                if other.id != change.id and _in_the_way(here, change.at, there, other.at, way):
                    found[change.id].add(other.id)
    _add_parts(changes, free, found)
    return found


def _in_the_way(here: Stand, at: Point | None, there: Stand, other_at: Point | None, way: Way) -> bool:
    """Whether what stands `there`, at `other_at`, leaves no time for what comes `here`, at `at`, or for the way between them."""
    if there.end <= here.start:
        return here.start - there.end < way(here.person_id, other_at, at, here.start)
    if here.end <= there.start:
        return there.start - here.end < way(here.person_id, at, other_at, there.start)
    return True


def _add_parts(changes: Sequence[Change], free: Mapping[Key, int], found: dict[int, set[int]]) -> None:
    """Who takes a part where not enough are free for all who may take it there waits for those who give it back."""
    givers: dict[Key, list[int]] = defaultdict(list)
    for change in changes:
        for key in change.frees:
            givers[key].append(change.id)
    wanted: dict[Key, int] = defaultdict(int)
    takers: dict[Key, list[int]] = defaultdict(list)
    for change in changes:
        for part, count in change.needs.items():
            eligible = (part, *change.alternates.get(part, ()))
            for key in ((one, place) for one in eligible for place in change.sources if (one, place) in givers):
                wanted[key] += count
                takers[key].append(change.id)
    for key, ids in takers.items():
        if wanted[key] > free.get(key, 0):
            for id in ids:
                found[id].update(giver for giver in givers[key] if giver != id)


def joined(ids: Iterable[int], needs: Needs) -> list[list[int]]:
    """Those that are joined by needs, whichever way; in the order given, as are the groups by their first."""
    order = {id: place for place, id in enumerate(ids)}
    beside: dict[int, set[int]] = {id: set() for id in order}
    for id, others in needs.items():
        for other in others:
            beside[id].add(other)
            beside[other].add(id)
    seen: set[int] = set()
    found = []
    for id in order:
        if id in seen:
            continue
        together, waiting = {id}, [id]
        while waiting:
            new = beside[waiting.pop()] - together
            together |= new
            waiting += new
        seen |= together
        found.append(sorted(together, key=order.__getitem__))
    return found


def _mutual(ids: Sequence[int], needs: Needs) -> list[list[int]]:
    """Those that all need each other, directly or by others; who is needed comes before who needs."""
    order = {id: place for place, id in enumerate(ids)}
    backwards: dict[int, set[int]] = {id: set() for id in ids}
    for id in ids:
        for other in needs.get(id, ()):
            backwards[other].add(id)
    seen: set[int] = set()
    found = []
    for last in reversed(_finished(ids, backwards)):  # nobody who is left needs it unless it needs them too
        if last not in seen:
            together = _finished([last], needs, seen)
            found.append(sorted(together, key=order.__getitem__))
    return found


def _finished(ids: Iterable[int], to: Needs, seen: set[int] | None = None) -> list[int]:
    """All that can be reached from these, each after what can be reached from it; without those `seen`, which are added to."""
    known = set() if seen is None else seen
    found = []
    for first in ids:
        if first in known:
            continue
        known.add(first)
        path = [(first, iter(sorted(to.get(first, ()))))]
        while path:
            _id, rest = path[-1]
            following = next((other for other in rest if other not in known), None)
            if following is None:
                found.append(path.pop()[0])
            else:
                known.add(following)
                path.append((following, iter(sorted(to.get(following, ())))))
    return found


def _packed(parts: Sequence[list[int]], most: int) -> list[list[int]]:
    """Neighbours in one, up to so many."""
    found: list[list[int]] = []
    for part in parts:
        if found and len(found[-1]) + len(part) <= most:
            found[-1] += part
        else:
            found.append(list(part))
    return found
