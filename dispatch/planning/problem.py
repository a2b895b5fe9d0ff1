"""What is to be planned (`Problem`) and what was planned (`Plan`), as plain values: the format of `script/flask plan solve`.

Seconds count from any common zero and may be broken ones (euclidean travel is). A technician is one person on one day: `li@2` is Li's second day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

Seconds = float
Span = tuple[Seconds, Seconds]


class Objective(StrEnum):
    """What a route costs: the whole time from departure to return, or its ways only."""

    DUTY = "duty"
    TRAVEL = "travel"


class Kind(StrEnum):
    """What happens at a stop."""

    JOB = "job"
    WAREHOUSE = "warehouse"
    BREAK = "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Warehouse:
    """Where vans are filled and tools fetched, `seconds` each time. `stock` None: never empty; otherwise what all vans together may take.
    `tools` None: every tool; otherwise the tools that can be had there (each by any number of technicians). `open` bounds the start of the stop."""

    place: int
    seconds: Seconds = 0
    stock: Mapping[str, int] | None = None
    tools: frozenset[str] | None = None
    open: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Starts within `window`, wherever the technician is then. Needed by a route that is under way when the window closes."""

    window: Span
    seconds: Seconds


def person_of(technician: str) -> str:
    """Whose day the technician of this id is: of `li@2` it is `li`."""
    return technician.partition("@")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """One person on one day: leaves `start_place` and is back at `end_place` within `shift`. `end_place` None: the day ends at the last stop.
    `skills`: name → level; `stock`: on the van; `max_refills`: stops at warehouses."""

    id: str
    start_place: int
    shift: Span
    end_place: int | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    stock: Mapping[str, int] = field(default_factory=dict)
    tools: frozenset[str] = frozenset()
    max_refills: int = 1
    rest: Break | None = None

    @property
    def person(self) -> str:
        """Whose day it is."""
        return person_of(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work of `seconds` at `place`. `window` bounds its start and is hard; `ready_at` too (a part that comes). A start after `due` costs
    `lateness_cost` for each second; not doing it at all `unserved_cost`. `crew` technicians start together, each with all the skills; one of
    them brings all the parts and tools. `locked_start` is the only start there may be, `locked_to` the only technician (one of the crew)."""

    id: str
    place: int
    seconds: Seconds
    window: Span | None = None
    due: Seconds | None = None
    lateness_cost: float = 1.0
    skills: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    tools: frozenset[str] = frozenset()
    unserved_cost: float = 20_000.0
    ready_at: Seconds = 0
    crew: int = 1
    locked_to: str | None = None
    locked_start: Seconds | None = None
    previous_technician: str | None = None

    @property
    def earliest(self) -> Seconds:
        """No start before."""
        if self.locked_start is not None:
            return self.locked_start
        return max(self.ready_at, self.window[0]) if self.window is not None else self.ready_at

    @property
    def latest(self) -> Seconds:
        """No start after."""
        if self.locked_start is not None:
            return self.locked_start
        return self.window[1] if self.window is not None else float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """`travel[a][b]`: seconds of way between places. `change_cost`: for each job done by another person than `previous_technician`."""

    travel: Sequence[Sequence[Seconds]]
    technicians: Sequence[Technician]
    jobs: Sequence[Job]
    warehouses: Sequence[Warehouse] = ()
    objective: Objective = Objective.DUTY
    change_cost: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`id`: the job's; of a warehouse its number among the problem's, as text; of a break "". `take`: parts fetched at a warehouse."""

    kind: Kind
    id: str
    arrive: Seconds
    start: Seconds
    end: Seconds
    take: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One technician's day."""

    technician: str
    depart: Seconds
    back: Seconds
    stops: Sequence[Stop]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Routes (those without stops are left out) and the ids of the jobs that nobody does."""

    routes: Sequence[Route]
    unserved: Sequence[str] = ()
