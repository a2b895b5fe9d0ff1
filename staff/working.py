"""Working time as a plan needs it: the windows of `staff.queries.shift_windows_of` with the break to be taken in each and the overtime after it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import db
from staff import queries, rules
from staff.models import Branch, HourlyCost, Person
from staff.rules import Window

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rest:
    """A break of so many seconds that lies within the window (its start and its end)."""

    window: Window
    seconds: int


@dataclass(frozen=True, slots=True)
class WorkingWindow:
    """A window of work (UTC). `rests`: breaks, by time. `overtime_seconds`: how much longer it may take, up to the next absence or
    window."""

    start: datetime
    end: datetime
    rests: tuple[Rest, ...]
    overtime_seconds: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What an hour costs, in minor units of the currency."""

    per_hour: int
    currency: str


def working_windows_of(person_ids: Collection[int], start: datetime, end: datetime) -> dict[int, list[WorkingWindow]]:
    """By person, between two instants. A break is owed once, not where an absence or the range leaves too little of it. Eight queries for all."""
    ids = list(person_ids)
    windows = queries.shift_windows_of(ids, start, end)
    found = (
        select(Person.id, Branch.time_zone, Person.overtime_minutes).join(Branch, Branch.id == Person.branch_id).where(Person.id.in_(ids))
    )
    people = {person_id: (ZoneInfo(zone), overtime) for person_id, zone, overtime in db.session.execute(found).tuples()}
    weeks = queries.weekly_shifts_of(ids)
    dates = queries.exceptions_of(ids, start.date() - 2 * _DAY, end.date() + _DAY)
    away: dict[int, list[Window]] = {}
    for row in queries.absences(ids, start, end + _DAY):
        away.setdefault(row.person_id, []).append(Window(row.starts_at, row.ends_at))
    result: dict[int, list[WorkingWindow]] = {}
    for person_id, (zone, overtime) in people.items():
        owed: list[Rest] = []
        day = start.astimezone(zone).date() - _DAY
        while day <= end.astimezone(zone).date():
            exception = dates.get(person_id, {}).get(day)
            for shift in rules.planned(day, weeks.get(person_id, ()), exception[0] if exception is not None else None):
                rest = rules.rest_span(day, shift, zone)
                if rest is not None:
                    owed.append(Rest(rest, shift.break_minutes * 60))
            day += _DAY
        result[person_id] = _with_rests(windows.get(person_id, []), owed, away.get(person_id, []), timedelta(minutes=overtime))
    return result


def _with_rests(windows: list[Window], owed: list[Rest], away: list[Window], overtime: timedelta) -> list[WorkingWindow]:
    found = []
    waiting = sorted(owed, key=lambda one: one.window.start)
    for number, window in enumerate(windows):
        rests = []
        for rest in list(waiting):
            within = Window(max(rest.window.start, window.start), min(rest.window.end, window.end))
            if (within.end - within.start).total_seconds() >= rest.seconds:
                rests.append(Rest(within, rest.seconds))
                waiting.remove(rest)  # an absence may leave room for it twice
        barriers = [one.start for one in away if one.end > window.end] + [later.start for later in windows[number + 1 :]]
        until = min([window.end + overtime, *(max(barrier, window.end) for barrier in barriers)])
        found.append(WorkingWindow(window.start, window.end, tuple(rests), int((until - window.end).total_seconds())))
    return found


def costs_of(person_ids: Collection[int]) -> dict[int, list[tuple[date, Cost | None]]]:
    """By person what an hour costs from which day on, by day; None: not known. Two queries for all."""
    people = select(Person.id, Person.cost_per_hour, Person.cost_currency).where(Person.id.in_(list(person_ids)))
    found = {person_id: [(date.min, _cost(cost, currency))] for person_id, cost, currency in db.session.execute(people).tuples()}
    rows = select(HourlyCost).where(HourlyCost.person_id.in_(list(person_ids))).order_by(HourlyCost.person_id, HourlyCost.since)
    for person_id, some in groupby(db.session.scalars(rows), key=lambda row: row.person_id):
        found[person_id] = [(row.since, _cost(row.cost_per_hour, row.cost_currency)) for row in some]
    return found


def cost_on(costs: Sequence[tuple[date, Cost | None]], day: date) -> Cost | None:
    """What an hour cost on a day; before the first change what it was then."""
    begun = [cost for since, cost in costs if since <= day]
    return begun[-1] if begun else costs[0][1] if costs else None


def _cost(per_hour: int | None, currency: str) -> Cost | None:
    return Cost(per_hour, currency) if per_hour is not None else None
