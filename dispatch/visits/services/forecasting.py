"""Keeping the forecasts true, and what customers are to be told of them: computed anew when something was reported or planned (`refresh`), and by the
clock where time alone makes a visit late (`look`). Only what departs from the plan is stored, and only when it is news; screens are told by
`VisitChanged` with `what` forecast.

A technician's day is computed under the lock of their time, with the days of those who have a visit together with them. The locks are taken only
when all of them are free: whoever holds one computes the days when they are done, and the clock looks again within a minute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, product
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, func, or_, select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from core.db import db
from dispatch.materials.rules import Readiness, VisitReadiness
from dispatch.roads.rules import among
from dispatch.visits import experience, pace, placing, queries, schedule
from dispatch.visits.durations import LONGEST, Durations, learned
from dispatch.visits.forecast import TOLERANCE, Cause, Day, Expected, Remaining, Rest, project_together
from dispatch.visits.models import Assignment, Visit, VisitForecast
from dispatch.visits.queries import absent
from dispatch.visits.rules import ENDED, Status
from dispatch.visits.schedule import Taken, moment, stamp
from dispatch.visits.services import delays, telling
from dispatch.visits.travel import Point
from staff import queries as staff
from staff import rules as staff_rules
from staff.models import Person
from staff.rules import WeeklyShift, Window

SOON = timedelta(hours=36)  # what is planned later belongs to no day that has begun anywhere
_NIGHT = timedelta(hours=12)  # so far a shift that starts on a day may reach into the next
_OPEN = (Status.BOOKED, Status.ON_THE_WAY, Status.ON_SITE)
_NEWS = 60  # seconds; less is none
BATCH = 25  # technicians computed in one transaction of the clock
_looked = 0  # up to which technician this round of the clock has come


def refresh(person_ids: Collection[int], *, now: datetime) -> list[int]:
    """Compute the present day of these technicians; ids of the visits whose forecast changed. Whose time somebody else has locked is left out, with
    those who share a visit with them."""
    groups = _groups(person_ids, now)
    free = set(placing.lock_free_people({one for group in groups for one in group}))
    ids = {one for group in groups if group <= free for one in group}
    people = list(db.session.scalars(select(Person).where(Person.id.in_(ids)))) if ids else []
    days: list[_Day] = []
    for zone, some in groupby(sorted(people, key=lambda one: (one.branch.time_zone, one.id)), key=lambda one: one.branch.time_zone):
        days += _days(list(some), ZoneInfo(zone), now)
    changed = _store(_forecasts(days, now), now) if days else []
    db.session.flush()
    return changed


def _groups(person_ids: Collection[int], now: datetime) -> list[set[int]]:
    """These people, each with all with whom they share an open visit of these days, directly or by way of others."""
    helper, other = aliased(Assignment), aliased(Assignment)
    pairs = (
        select(helper.person_id, other.person_id)
        .join(other, and_(other.visit_id == helper.visit_id, other.active, other.lead))
        .join(Visit, Visit.id == helper.visit_id)
        .where(helper.active, ~helper.lead, helper.person_id.is_not(None), Visit.status.in_(_OPEN))
        .where(Visit.planned_start.between(now - SOON, now + SOON))
    )
    beside: dict[int, set[int]] = {}
    for one, another in db.session.execute(pairs) if person_ids else ():
        if one is not None and another is not None:
            beside.setdefault(one, set()).add(another)
            beside.setdefault(another, set()).add(one)
    groups: list[set[int]] = []
    for person_id in sorted(person_ids):
        if any(person_id in group for group in groups):
            continue
        group, fresh = set(), {person_id}
        while fresh:
            group |= fresh
            fresh = set().union(*(beside.get(one, set()) for one in fresh)) - group
        groups.append(group)
    return groups


def look(now: datetime) -> bool:
    """The clock's: days that time alone changes, those with a forecast, which may be over, and those with an absence: they may have been locked when
    it was told. At most `BATCH` technicians at a time, in order; True while there are more."""
    global _looked
    away = exists().where(absent())
    busy = (
        select(Assignment.person_id)
        .join(Visit, Visit.id == Assignment.visit_id)
        .where(Assignment.active, Visit.status.in_(_OPEN), Visit.planned_start.between(now - SOON, now + SOON))
        .where(or_(Visit.status != Status.BOOKED, func.lower(Assignment.during) <= now, away))
    )
    people = union(busy, select(VisitForecast.person_id)).subquery()
    person_id = people.c.person_id
    found = list(db.session.scalars(select(person_id).where(person_id > _looked).order_by(person_id).limit(BATCH + 1)))
    more = len(found) > BATCH
    _looked = found[BATCH - 1] if more else 0  # before the work: who makes it fail does not hold up the others
    refresh(found[:BATCH], now=now)
    return more


@dataclass(frozen=True, slots=True)
class _Day:
    """A person's day, with the visits themselves."""

    person_id: int
    visits: Mapping[int, Visit]
    day: Day


@dataclass(frozen=True, slots=True)
class _Forecast:
    """A person's expected visits, with the visits themselves."""

    person_id: int
    visits: Mapping[int, Visit]
    expected: Sequence[Expected]


def _forecasts(days: Sequence[_Day], now: datetime) -> list[_Forecast]:
    """What is to be expected of each day's visits. Of a crew's visit it stands with whoever is there last, or is not there; the
    overtime is that of whoever has most."""
    projected = project_together([one.day for one in days], now=stamp(now))
    found = [_Forecast(one.person_id, one.visits, expected) for one, expected in zip(days, projected, strict=True)]
    whose: dict[int, tuple[bool, int]] = {}
    most: dict[int, int] = {}
    for place, one in enumerate(found):
        for expected in one.expected:
            rank = (expected.cause in (None, Cause.CREW), place)
            whose[expected.id] = min(rank, whose.get(expected.id, rank))
            most[expected.id] = max(expected.overtime, most.get(expected.id, 0))
    return [
        replace(one, expected=[replace(it, overtime=most[it.id]) for it in one.expected if whose[it.id][1] == place])
        for place, one in enumerate(found)
    ]


def _days(people: Sequence[Person], zone: ZoneInfo, now: datetime) -> list[_Day]:
    """The days of people of one time zone; a fixed number of queries, and one more for each sort of night shift."""
    today = now.astimezone(zone).date()
    start, end = queries.day_range(today, str(zone))
    ids = [person.id for person in people]
    shifts = _shifts(ids, today, zone, now)
    reach = _reach(ids, shifts, zone, Window(start, end))
    taken: dict[int, list[Taken]] = {}
    for window in set(reach.values()):
        taken |= schedule.taken([person_id for person_id in ids if reach[person_id] == window], window.start, window.end, now=now)
    known = {visit.id: visit for visit in queries.visits_of_ids({one.visit_id for mine in taken.values() for one in mine})}
    open_visits = [visit for visit in known.values() if _counts(visit, reach, now)]
    ready = queries.readiness_of(open_visits)
    job_types = list({visit.job_type_id: visit.job_type for visit in open_visits}.values())
    seen = experience.seen_of(job_types, now=now) if job_types else {}
    lengths = {row.id: learned(row.minutes * 60, seen.get(row.id, [])) for row in job_types}
    hours = staff.shift_windows_of(ids, start, end + _NIGHT)
    rests = _rests(shifts, zone)
    away: dict[int, list[tuple[int, int]]] = {}
    ways = pace.ways_of(people, (pair for person in people for pair in among(_points(person, taken[person.id]))))
    for absence in staff.absences(ids, min(one.start for one in reach.values()), max(one.end for one in reach.values())):
        away.setdefault(absence.person_id, []).append((stamp(absence.starts_at), stamp(absence.ends_at)))
    found: list[_Day] = []
    for person in people:
        mine = {one.visit_id: one for one in taken[person.id]}
        todo = {visit.id: visit for visit in open_visits if visit.id in mine}
        windows = [window for window in hours.get(person.id, []) if window.start < end]
        at, free = _since(person, [known[visit_id] for visit_id in mine if visit_id in known], mine)
        begins = min([stamp(window.start) for window in windows] + [one.lower for one in mine.values()], default=stamp(start))
        day = Day(
            visits=[_remaining(visit, mine[visit.id], person, lengths, seen, ready) for visit in todo.values()],
            at=at,
            free=free if free is not None else begins,
            shifts=_by_date(windows, shifts[person.id], today, zone),
            rests=rests.get(person.id, ()),
            away=away.get(person.id, ()),
            ways=ways[person.id],
        )
        found.append(_Day(person.id, todo, day))
    return found


def _by_date(windows: Sequence[Window], shifts: Sequence[tuple[date, WeeklyShift]], today: date, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Windows of work from the first to the last of each date: of a night that began the day before and still runs, and of today."""
    nights = [staff_rules.span(day, shift, zone).end for day, shift in shifts if day < today]
    night = max(nights, default=None)
    of_last = [window for window in windows if night is not None and window.start < night]
    of_today = [window for window in windows if night is None or window.start >= night]
    return [(stamp(min(one.start for one in some)), stamp(max(one.end for one in some))) for some in (of_last, of_today) if some]


def _points(person: Person, taken: Sequence[Taken]) -> list[Point | None]:
    """Where somebody may be on a day."""
    return [schedule.home_of(person), *(at for one in taken for at in (*one.stop.pickups, one.stop.at))]


def _counts(visit: Visit, reach: Mapping[int, Window], now: datetime) -> bool:
    """Open, promised, and of its technicians' day; who has been under way for half a day forgot to say that it is over."""
    if visit.status not in _OPEN or visit.held_until is not None:
        return False
    since = visit.arrived_at or visit.left_at
    if visit.status != Status.BOOKED and since is not None and now - since > timedelta(seconds=LONGEST):
        return False
    windows = [reach[person.id] for person in queries.crew_of(visit) if person.id in reach]
    return visit.status != Status.BOOKED or any(window.start <= visit.planned_start < window.end for window in windows)


def _since(person: Person, visits: Iterable[Visit], mine: Mapping[int, Taken]) -> tuple[tuple[float, float] | None, int | None]:
    """Where a technician was last, and since when they are free; None: not begun yet."""
    ended = [visit for visit in visits if visit.status in ENDED and visit.ended_at is not None]
    if not ended:
        return schedule.home_of(person), None
    last = max(ended, key=lambda visit: (visit.ended_at, visit.id))
    assert last.ended_at is not None
    return mine[last.id].stop.at, stamp(last.ended_at)


def _remaining(
    visit: Visit,
    taken: Taken,
    person: Person,
    lengths: Mapping[int, Durations],
    seen: Mapping[int, list[tuple[int, float]]],
    ready: Mapping[int, VisitReadiness],
) -> Remaining:
    """How long it takes: as planned, longer or shorter as experience says of the sort of work. A part that comes after the day is waited for."""
    start, end = stamp(visit.planned_start), stamp(visit.planned_end)
    usual = max(60, visit.job_type.minutes * 60)
    took = lengths[visit.job_type_id]
    takes = took.of(person.id) if len(queries.members_of(visit)) == 1 else took.everybody  # a crew ends together
    parts = ready.get(visit.id)
    return Remaining(
        id=visit.id,
        status=visit.status,
        planned=(start, end),
        promised=(stamp(visit.promised_from), stamp(visit.promised_until)),
        seconds=max(60, round((end - start) * takes.seconds / usual)),
        at=taken.stop.at,
        pickups=taken.stop.pickups,
        left=stamp(visit.left_at) if visit.left_at is not None else None,
        arrived=stamp(visit.arrived_at) if visit.arrived_at is not None else None,
        seen=[seconds for _person, seconds in seen.get(visit.job_type_id, ())],
        waits=visit.status == Status.BOOKED and parts is not None and _too_late(parts, visit),
    )


def _too_late(parts: VisitReadiness, visit: Visit) -> bool:
    """As for a booking: nobody counts on what comes on the day itself."""
    return parts.state == Readiness.WAITING and parts.eta is not None and parts.eta >= queries.day_of(visit)


def _shifts(person_ids: Sequence[int], today: date, zone: ZoneInfo, now: datetime) -> dict[int, list[tuple[date, WeeklyShift]]]:
    """The shifts that start on this day, and those of the day before that still run, with the date on which they start; absences not looked at."""
    days = (today - timedelta(days=1), today)
    weeks, dated = staff.weekly_shifts_of(person_ids), staff.exceptions_of(person_ids, *days)
    found: dict[int, list[tuple[date, WeeklyShift]]] = {person_id: [] for person_id in person_ids}
    for person_id, day in product(person_ids, days):
        own, _note = dated.get(person_id, {}).get(day, (None, ""))
        for shift in staff_rules.planned(day, weeks.get(person_id, ()), own):
            if day == today or staff_rules.span(day, shift, zone).end > now:
                found[person_id].append((day, shift))
    return found


def _reach(
    person_ids: Sequence[int], shifts: Mapping[int, Sequence[tuple[date, WeeklyShift]]], zone: ZoneInfo, today: Window
) -> dict[int, Window]:
    """What is the present day of each: this date with the whole of their shifts, so a night is not cut in two at midnight."""
    found = {}
    for person_id in person_ids:
        spans = [today, *(staff_rules.span(day, shift, zone) for day, shift in shifts[person_id])]
        found[person_id] = Window(min(one.start for one in spans), max(one.end for one in spans))
    return found


def _rests(shifts: Mapping[int, Sequence[tuple[date, WeeklyShift]]], zone: ZoneInfo) -> dict[int, list[Rest]]:
    """The breaks of these shifts."""
    found: dict[int, list[Rest]] = {}
    for person_id, mine in shifts.items():
        for day, shift in mine:
            window = staff_rules.rest_span(day, shift, zone)
            if window is not None:
                found.setdefault(person_id, []).append(Rest(stamp(window.start), stamp(window.end), shift.break_minutes * 60))
    return found


def _store(days: Sequence[_Forecast], now: datetime) -> list[int]:
    """Write what is news, take away what is as planned again, and say so."""
    ids = [day.person_id for day in days]
    theirs = [visit_id for day in days for visit_id in day.visits]
    query = select(*VisitForecast.__table__.c).where(or_(VisitForecast.person_id.in_(ids), VisitForecast.visit_id.in_(theirs)))
    stood = {row.visit_id: row for row in db.session.execute(query)}
    wanted: dict[int, dict[str, Any]] = {}
    for day in days:
        for one in day.expected:
            if _departs(day.visits[one.id], one):
                wanted[one.id] = _values(one, day.person_id, now)
    gone = sorted(set(stood) - set(wanted))
    news = sorted(visit_id for visit_id, values in wanted.items() if visit_id not in stood or _is_news(stood[visit_id], values))
    if news:
        rows = insert(VisitForecast).values([{"visit_id": visit_id, **wanted[visit_id]} for visit_id in news])
        changes = {name: rows.excluded[name] for name in wanted[news[0]]}
        db.session.execute(rows.on_conflict_do_update(index_elements=["visit_id"], set_=changes))
    if gone:
        db.session.execute(delete(VisitForecast).where(VisitForecast.visit_id.in_(gone)))
    late = dict.fromkeys({*gone, *theirs}) | {
        one.id: moment(one.start)
        for day in days
        for one in day.expected
        if one.start is not None and one.late > delays.MARGIN.total_seconds() and day.visits[one.id].status != Status.ON_SITE
    }
    away = {one.id for day in days for one in day.expected if _nobody_comes(day.visits[one.id], one)}
    changed = sorted({*gone, *news, *delays.keep(late, away=away, now=now)})
    for visit in queries.visits_of_ids(changed):
        telling.changed(visit, "forecast", now=now, actor_id=None)
    return changed


def _nobody_comes(visit: Visit, one: Expected) -> bool:
    """Its technician is away at that time, so somebody else is looked for: when they are back is no time to tell the customer."""
    if visit.status != Status.BOOKED or one.cause is not Cause.ABSENT or one.because_of is not None:
        return False
    return one.start is None or one.late > delays.MARGIN.total_seconds()


def _departs(visit: Visit, one: Expected) -> bool:
    if one.start is None or one.end is None:
        return True
    beside = abs(one.end - stamp(visit.planned_end))
    if visit.status != Status.ON_SITE:
        beside = max(beside, abs(one.start - stamp(visit.planned_start)))
    return beside > TOLERANCE


def _values(one: Expected, person_id: int, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "expected_start_at": moment(one.start) if one.start is not None else None,
        "expected_end_at": moment(one.end) if one.end is not None else None,
        "late_seconds": one.late,
        "overtime_seconds": one.overtime,
        "cause": str(one.cause or ""),
        "because_of_id": one.because_of,
        "computed_at": now,
    }


def _is_news(row: Any, values: Mapping[str, Any]) -> bool:
    if any(getattr(row, name) != values[name] for name in ("person_id", "cause", "because_of_id")):
        return True
    if any(_apart(getattr(row, name), values[name]) for name in ("expected_start_at", "expected_end_at")):
        return True
    seconds = [(getattr(row, name), values[name]) for name in ("late_seconds", "overtime_seconds")]
    return any(abs(before - after) >= _NEWS or (before == 0) != (after == 0) for before, after in seconds)


def _apart(one: datetime | None, other: object) -> bool:
    if one is None or not isinstance(other, datetime):
        return one is not other
    return abs((one - other).total_seconds()) >= _NEWS
