"""What a counted line of a stock-taking means. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Counted(Protocol):
    """A line as the database has it: `counted` pieces when `expected` were on hand, counted `times` times, the first time `first_counted`."""

    @property
    def counted(self) -> int: ...

    @property
    def expected(self) -> int: ...

    @property
    def times(self) -> int: ...

    @property
    def recount_from(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """`difference`: by so much the balance is put right; `short`: so many promised pieces are not there; `recount`: count it again first."""

    difference: int
    short: int
    recount: bool


def to_recount(*, difference: int, times: int, recount_from: int) -> bool:
    """A large difference, counted only once."""
    return times == 1 and 0 < recount_from <= abs(difference)


def finding(line: Counted, late: int, on_hand: int, reserved: int) -> Finding:
    """`late`: pieces that came (left: less than 0) before it was counted and were noted after it; `on_hand` and `reserved` as they are now.

    What moved after the counting is in `on_hand` and makes no difference. More left since than was there when it was counted: count again.
    """
    difference = line.counted - (line.expected + late)
    left = on_hand + difference
    again = to_recount(difference=difference, times=line.times, recount_from=line.recount_from)
    return Finding(difference, max(0, reserved - max(0, left)), again or left < 0)
