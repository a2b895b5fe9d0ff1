"""The rota: what everybody works on each of some dates, who is away, which dates are holidays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from staff import queries, rules
from staff.models import Absence, Person
from staff.rules import WeeklyShift, Window
from staff.slots import HOLIDAYS

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as one date has it. `whole`: nothing is left of the date's shifts; of a date without shifts, of its 24 hours."""

    absence: Absence
    whole: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One date of one person: the shifts that start on it, `exception` (a kind of EXCEPTION_KINDS) with its note, absences. `weekly`: what the
    date would have as every week."""

    shifts: Sequence[WeeklyShift]
    weekly: Sequence[WeeklyShift]
    exception: str | None
    note: str
    away: Sequence[Away]


def days_of(people: Sequence[Person], first: date, count: int) -> dict[int, dict[date, Day]]:
    """By person and date, from `first` on. Dates are those of the person's branch. Three queries for all."""
    ids = [person.id for person in people]
    days = [first + number * _DAY for number in range(count)]
    weeks = queries.weekly_shifts_of(ids)
    dates = queries.exceptions_of(ids, days[0], days[-1])
    start = datetime.combine(days[0] - _DAY, time(), ZoneInfo("UTC"))
    absent: dict[int, list[Absence]] = {}
    for row in queries.absences(ids, start, start + (count + 3) * _DAY):
        absent.setdefault(row.person_id, []).append(row)
    found: dict[int, dict[date, Day]] = {}
    for person in people:
        zone, usual, own = ZoneInfo(person.branch.time_zone), weeks.get(person.id, []), dates.get(person.id, {})
        found[person.id] = {}
        for day in days:
            exception, note = own.get(day, (None, ""))
            shifts = rules.planned(day, usual, exception)
            away = _away(day, shifts, absent.get(person.id, ()), zone)
            kind = exception.kind if exception is not None else None
            found[person.id][day] = Day(shifts, rules.planned(day, usual), kind, note, away)
    return found


def _away(day: date, shifts: Sequence[WeeklyShift], absences: Sequence[Absence], zone: ZoneInfo) -> list[Away]:
    midnights = Window(rules.instant(day, time(), zone), rules.instant(day + _DAY, time(), zone))
    spans = rules.joined([rules.span(day, shift, zone) for shift in shifts]) or [midnights]
    touching = [row for row in absences if row.starts_at < max(midnights.end, spans[-1].end) and row.ends_at > midnights.start]
    found = []
    for row in touching:
        left = rules.without(spans, [Window(row.starts_at, row.ends_at)])
        if left != spans or row.starts_at < midnights.end:
            found.append(Away(row, whole=not left))
    return found


def holidays_of(branch_ids: Sequence[int], first: date, count: int) -> dict[int, dict[date, str]]:
    """Holidays by branch, as the packages above know them."""
    found: dict[int, dict[date, str]] = {branch_id: {} for branch_id in branch_ids}
    for known in HOLIDAYS.call(branch_ids, first, first + (count - 1) * _DAY):
        for branch_id, names in known.items():
            found[branch_id] |= names
    return found
