"""Places of staff that the packages above fill in `wsgi.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.slots import Slot

# The rota shows them; they take nobody's shift away, because some work on holidays.
HOLIDAYS = Slot(
    "holidays", "(branch_ids, first, last): {branch id: {date: name}} of the dates from first to last on which a branch has a holiday"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Booked work that an absence takes its person away from. `kind`: what it is (visit); `address`: its page; times are UTC."""

    kind: str
    number: int
    title: str
    start: datetime
    end: datetime
    address: str


# Asked before and after an absence is written: whoever approves sees what is to be placed anew, and where.
ABSENCE_HITS = Slot("absence hits", "(person_id, start, end): [Hit] of the booked work of the person between two instants, soonest first")
