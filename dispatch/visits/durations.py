"""How long a sort of work takes somebody, learned from finished visits. Pure; all durations in seconds.

The median of what it took, because one forgotten "done" must not count for ten visits; drawn towards what was known before as if that had been seen
five times, because few visits say little: first what it takes everybody towards the job type's own minutes, then a person's towards everybody's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

AT_LEAST = 5  # finished visits; of fewer nothing is learned
WEIGHT = 5  # so many visits weighs what was known before
SHORTEST, LONGEST = 60, 12 * 3600  # what lies outside was not reported as it happened
LITTLE, MUCH = 600, 1800  # seconds that work which takes longer than expected still takes, when nothing was learned of such work


@dataclass(frozen=True, slots=True)
class Learned:
    """`seconds`: what to expect; `visits`: how many it was learned from (0: nothing was learned, it is what was known before)."""

    seconds: int
    visits: int


@dataclass(frozen=True, slots=True)
class Durations:
    """Of one job type: `planned`: its own seconds; `everybody`; `people`: by person, of whom something was learned."""

    planned: int
    everybody: Learned
    people: Mapping[int, Learned] = field(default_factory=dict)

    def of(self, person_id: int) -> Learned:
        """What to expect of a person: as of everybody when nothing was learned of them."""
        return self.people.get(person_id, self.everybody)


def sensible(seconds: float) -> bool:
    """Whether a visit of this length may have been reported as it happened."""
    return SHORTEST <= seconds <= LONGEST


def shrunk(known: int, seen: Collection[float]) -> Learned:
    """The median of what was seen, drawn towards what is known."""
    found = [seconds for seconds in seen if sensible(seconds)]
    if len(found) < AT_LEAST:
        return Learned(known, 0)
    return Learned(round((len(found) * median(found) + WEIGHT * known) / (len(found) + WEIGHT)), len(found))


def learned(planned: int, seen: Sequence[tuple[int, float]]) -> Durations:
    """From (person, seconds) of the finished visits of a job type."""
    everybody = shrunk(planned, [seconds for _person, seconds in seen])
    mine: dict[int, list[float]] = {}
    for person_id, seconds in seen:
        mine.setdefault(person_id, []).append(seconds)
    people = {person_id: shrunk(everybody.seconds, found) for person_id, found in mine.items()}
    return Durations(planned, everybody, {person_id: found for person_id, found in people.items() if found.visits})


def remaining(expected: int, so_far: int, seen: Collection[float]) -> int:
    """How much longer work that lasts `so_far` is likely to take. Within what is expected: the rest of it. Beyond: the median of what work of its
    sort took from there on, where at least five visits took longer than this one does by now, because long work tends to stay long; of fewer a
    sixth of what was expected, at least ten minutes and at most thirty."""
    if so_far < expected:
        return expected - so_far
    longer = [seconds - so_far for seconds in seen if sensible(seconds) and seconds > so_far]
    return round(median(longer)) if len(longer) >= AT_LEAST else min(MUCH, max(LITTLE, expected // 6))
