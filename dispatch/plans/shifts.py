"""Who works on a day and where they are once they can do something new, and the visits that stand in their time: what a plan starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.db import db
from dispatch.planning.problem import Break
from dispatch.visits import schedule
from dispatch.visits.insertion import GRID
from dispatch.visits.models import Assignment, Visit
from dispatch.visits.placing import point_of
from dispatch.visits.queries import crew_of, forecasts_of
from dispatch.visits.rules import ENDED, OPEN, Status
from dispatch.visits.schedule import stamp
from dispatch.visits.travel import Point
from staff import queries as staff
from staff.models import Person
from staff.rules import Window, planned, rest_span

LONGEST_SHIFT = 16 * 3600  # where shifts follow each other without a gap, a day of work is cut after so long


@dataclass(slots=True)
class Shift:
    """One person's working window: `begin` is when they can leave `at`."""

    id: str
    person: Person
    window: tuple[int, int]
    begin: int
    at: Point | None
    rest: Break | None = None


def shifts_of(
    people: Mapping[int, Person], begin: datetime, finish: datetime, now: datetime, zone: ZoneInfo
) -> tuple[list[Shift], dict[int, list[Window]]]:
    """Working windows that belong to the day (those that start on it, and one that is running now), and all around it by person."""
    around = staff.shift_windows_of(list(people), begin - timedelta(days=1), finish + timedelta(seconds=LONGEST_SHIFT))
    found: list[Shift] = []
    for person_id, windows in around.items():
        number = 0
        for window in windows:
            first, last = stamp(window.start), stamp(window.end)
            if first < stamp(begin):
                if last - stamp(begin) > LONGEST_SHIFT:  # one shift follows the other: cut at midnight
                    first, last = stamp(begin), min(last, stamp(finish))
                elif not begin <= now < window.end:
                    continue
            elif first >= stamp(finish):
                continue
            last = min(last, max(first + LONGEST_SHIFT, stamp(finish)) if first == stamp(begin) else first + LONGEST_SHIFT)
            shift = Shift(f"{person_id}@{number}", people[person_id], (first, last), first, schedule.home_of(people[person_id]))
            number += 1
            found.append(shift)
    _give_rests(found, begin, zone)
    return sorted(found, key=lambda shift: (shift.person.id, shift.window)), around


def _give_rests(shifts: Sequence[Shift], begin: datetime, zone: ZoneInfo) -> None:
    """Breaks of the weekly shifts that start on the day, where they lie within the window."""
    day = begin.astimezone(zone).date()
    ids = {shift.person.id for shift in shifts}
    weeks, dated = staff.weekly_shifts_of(ids), staff.exceptions_of(ids, day, day)
    for shift in shifts:
        exception = dated.get(shift.person.id, {}).get(day)
        for one in planned(day, weeks.get(shift.person.id, ()), exception[0] if exception else None):
            span = rest_span(day, one, zone)
            if span is None:
                continue
            opens, closes = stamp(span.start), stamp(span.end) - 60 * one.break_minutes
            if shift.window[0] <= opens and closes <= shift.window[1]:
                zero = stamp(begin)
                shift.rest = Break(window=(opens - zero, closes - zero), seconds=60 * one.break_minutes)


def visits_of(
    people: Mapping[int, Person], begin: datetime, finish: datetime, shifts: Sequence[Shift], around: Mapping[int, Sequence[Window]]
) -> list[Visit]:
    """Visits of these people that stand in a window of the day, or on the day outside of all their windows; those that ended too."""
    last = max([stamp(finish), *(shift.window[1] for shift in shifts)])
    first = min([stamp(begin), *(shift.window[0] for shift in shifts)])
    query = (
        select(Visit)
        .join(Assignment, Assignment.visit_id == Visit.id)
        .where(Assignment.active, Assignment.person_id.in_(list(people)), Visit.status.in_((*OPEN, *ENDED)))
        .where(Visit.planned_start >= schedule.moment(first), Visit.planned_start < schedule.moment(last))
        .order_by(Visit.planned_start, Visit.id)
    )
    ours: dict[int, list[Shift]] = defaultdict(list)
    for shift in shifts:
        ours[shift.person.id].append(shift)
    found = []
    for visit in db.session.scalars(query).unique():
        crew = [person.id for person in crew_of(visit) if person.id in people]
        start = stamp(visit.planned_start)
        if not crew:
            continue
        inside = any(shift.window[0] <= start < shift.window[1] for one in crew for shift in ours[one])
        elsewhere = any(window.start <= visit.planned_start < window.end for one in crew for window in around.get(one, ()))
        if inside or (not elsewhere and stamp(begin) <= start < stamp(finish)):
            found.append(visit)
    return found


def anchor(shifts: Sequence[Shift], visits: Sequence[Visit], begin: datetime, *, now: datetime, lead: int) -> None:
    """Where everybody is once they can do something new: after what is under way (by its forecast where that is later), else where the last visit
    ended, else at home."""
    current = stamp(now)
    under_way = [visit for visit in visits if visit.status in (Status.ON_THE_WAY, Status.ON_SITE)]
    forecasts = forecasts_of([visit.id for visit in under_way])
    for shift in shifts:
        if shift.begin < current + lead:
            shift.begin = -(-(current + lead) // GRID) * GRID if lead else current
        mine = [visit for visit in visits if any(one.id == shift.person.id for one in crew_of(visit))]
        ended = [visit for visit in mine if visit.arrived_at is not None and visit.ended_at is not None]
        if ended:
            last = max(ended, key=lambda visit: visit.ended_at or begin)
            shift.at = point_of(last)
        for visit in sorted((one for one in mine if one in under_way), key=lambda one: one.planned_start):
            if not shift.window[0] <= stamp(visit.planned_start) < shift.window[1]:
                continue
            length = stamp(visit.planned_end) - stamp(visit.planned_start)
            arrives = stamp(visit.arrived_at) if visit.arrived_at is not None else max(stamp(visit.planned_start), current)
            forecast = forecasts.get(visit.id)
            expected = stamp(forecast.expected_end_at) if forecast is not None and forecast.expected_end_at is not None else current
            shift.begin, shift.at = max(shift.begin, arrives + length, expected, current), point_of(visit)
