"""How much later than estimated arrivals usually are: learned from promises, by technician, hour and area.

Each is the median of what the ones before it leave over (first technicians, then hours, then areas), drawn towards none as if that had been seen five
times, so three signs of one cause do not count three times. The clock learns once an hour; who tells an arrival or plans reads what was learned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import delete, select

from core.db import db
from dispatch.promises.models import Lateness, Promise
from dispatch.promises.rules import MEASURED, WINDOWS, Kind

SINCE = timedelta(days=180)
MOST = 2000  # promises, the newest
WEIGHT = 5
EARLIEST, LATEST = -10, 30  # minutes: more is not reckoned with
SAID = 5  # minutes that are worth a word
WINDOW, ARRIVAL = "window", "arrival"
_GROUPS = ("technician", "hour", "area")
Seen = tuple[int | None, int, str, float]  # technician, local hour, area, minutes after the estimate


@dataclass(frozen=True, slots=True)
class Usual:
    """What was learned of one kind of promise: minutes by (group, key)."""

    values: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def minutes(self, person_id: int | None, hour: int, area: str) -> int:
        """How much later (negative: earlier) than estimated to expect somebody."""
        if not self.values:
            return 0
        total = sum(self.values.get(key, 0.0) for key in _keys(person_id, hour, area))
        return round(min(LATEST, max(EARLIEST, total)))


def usual(kind: str) -> Usual:
    """What was learned of WINDOW or ARRIVAL."""
    rows = db.session.execute(select(Lateness.what, Lateness.key, Lateness.minutes).where(Lateness.kind == kind))
    return Usual({(what, key): minutes for what, key, minutes in rows})


def learned(seen: Sequence[Seen]) -> dict[tuple[str, str], tuple[float, int]]:
    """(minutes, from how many) by (group, key)."""
    found: dict[tuple[str, str], tuple[float, int]] = {}
    left = [(_keys(person_id, hour, area), minutes) for person_id, hour, area, minutes in seen]
    for place, _group in enumerate(_GROUPS):
        mine: dict[tuple[str, str], list[float]] = {}
        for keys, minutes in left:
            mine.setdefault(keys[place], []).append(minutes)
        for key, values in mine.items():
            found[key] = (round(len(values) * median(values) / (len(values) + WEIGHT), 2), len(values))
        left = [(keys, minutes - found[keys[place]][0]) for keys, minutes in left]
    return found


def learn(now: datetime) -> None:
    """Sweep: reckon anew. All rows are written, or none."""
    db.session.execute(delete(Lateness))
    for kind, kinds in ((WINDOW, WINDOWS), (ARRIVAL, (Kind.ARRIVAL,))):
        found = learned(_seen(kinds, now))
        for (what, key), (minutes, count) in found.items():
            db.session.add(Lateness(kind=kind, what=what, key=key, minutes=minutes, promises=count, learned_at=now))
    db.session.flush()


def _seen(kinds: Sequence[Kind], now: datetime) -> list[Seen]:
    """Minutes after the estimate as it would have been without what was learned: a correction that works must not be unlearned."""
    query = select(Promise.person_id, Promise.local_hour, Promise.area, Promise.minutes_off + Promise.correction_minutes)
    query = query.where(Promise.kind.in_(kinds), Promise.outcome.in_(MEASURED), Promise.promised_from >= now - SINCE)
    rows = db.session.execute(query.order_by(Promise.promised_from.desc(), Promise.id.desc()).limit(MOST))
    return [(person_id, hour, area, float(minutes)) for person_id, hour, area, minutes in rows if minutes is not None]


def _keys(person_id: int | None, hour: int, area: str) -> tuple[tuple[str, str], ...]:
    return ("technician", str(person_id or "")), ("hour", str(hour)), ("area", area)
