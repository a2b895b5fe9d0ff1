"""The live topics `dispatch:<date>`, `unplaced`, `displaced`, `plans`, `risk`, `missing`, `field` and `count:<id>`, and who touches them.

`dispatch:2026-03-10`: keys `visit:<number>` and `person:<id>`. `unplaced`: keys are numbers of open tickets that need a visit and have none.
`displaced`: keys are numbers of booked visits whose technician will not be there.
`plans`: the newest plans, keys are their ids; of a search that runs, how far it is.
`risk`: keys are numbers of visits that are not going to happen as promised.
`field` (a technician's own): keys `visit:<number>` and `part:<id>` (van).
`missing` (visits that lack parts): no rows, only how many and a number that differs when anything does; who watches reads the list anew.
`count:<id>` (a stock-taking): no rows, only how far it is; who counts there reads the lines anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core import clock, live
from core.db import db
from core.live import Argument, Topic, Viewer
from dispatch import at_risk, displaced, missing_parts, presenters, unplaced
from dispatch.materials import count_queries
from dispatch.materials import queries as stock
from dispatch.materials.models import Place, StockCountLine
from dispatch.plans import job as planning
from dispatch.plans import presenters as plan_presenters
from dispatch.plans import queries as plans
from dispatch.visits import queries
from dispatch.visits.models import Visit
from staff import queries as staff
from staff.models import Person
from staff.rules import TECHNICIAN_KINDS

YEARS = (2000, 2999)  # in which a day is shown
STAFF = "staff"
TECHNICIAN = "technician"
UNPLACED = "unplaced"
COUNT = "count"
PLANS = planning.TOPIC
MISSING = "missing"
DISPLACED = "displaced"
AT_RISK = "risk"
DAYS_AHEAD = 14
FIELD_DAYS = timedelta(days=7)


def register() -> None:
    """Make the topics known."""
    live.register(
        Topic(
            name="dispatch",
            audiences=(STAFF,),
            audience_of=lambda viewer, argument: STAFF if asked_day(argument) and viewer.may("visits.read") else None,
            rows=_day_rows,
            render=_day_render,
            argument=Argument.NAMED,
            hints={STAFF: (STAFF,)},  # who has which visit in hand: `typing` with "moving 5001" or "open 5001", "" when no longer
        )
    )
    live.register(
        Topic(
            name=UNPLACED,
            audiences=(STAFF,),
            audience_of=lambda viewer, _argument: STAFF if viewer.may("visits.read") else None,
            rows=_unplaced_rows,
            render=_unplaced_render,
            boundary=_unplaced_boundary,
            tiles=lambda _argument, _audience: {"count": unplaced.count()},
        )
    )
    live.register(
        Topic(
            name=DISPLACED,
            audiences=(STAFF,),
            audience_of=lambda viewer, _argument: STAFF if viewer.may("visits.read") else None,
            rows=lambda _argument, _audience: displaced.lines(),
            render=lambda _argument, _audience, keys: displaced.lines(numbers=[int(key) for key in keys]),
            boundary=lambda _argument, _audience, count: displaced.lines(
                start=max(0, displaced.SHOWN - count), stop=displaced.SHOWN + count
            ),
            tiles=lambda _argument, _audience: {"count": displaced.count()},
        )
    )
    live.register(
        Topic(
            name=PLANS,
            audiences=(STAFF,),
            audience_of=lambda viewer, _argument: STAFF if viewer.may("dispatch.use") else None,
            rows=lambda _argument, _audience: _plan_lines(None),
            render=lambda _argument, _audience, keys: _plan_lines([int(key) for key in keys]),
            boundary=lambda _argument, _audience, count: [
                str(id) for id in plans.newest_ids(start=max(0, plans.SHOWN - count), stop=plans.SHOWN + count)
            ],
        )
    )
    live.register(
        Topic(
            name=AT_RISK,
            audiences=(STAFF,),
            audience_of=lambda viewer, _argument: STAFF if viewer.may("visits.read") else None,
            rows=lambda _argument, _audience: at_risk.lines(),
            render=lambda _argument, _audience, keys: at_risk.lines(numbers=[int(key) for key in keys]),
            boundary=lambda _argument, _audience, count: at_risk.lines(start=max(0, at_risk.SHOWN - count), stop=at_risk.SHOWN + count),
            tiles=lambda _argument, _audience: {"count": at_risk.count()},
        )
    )
    live.register(Topic(name="field", audiences=(TECHNICIAN,), audience_of=_field_audience, rows=_field_rows, argument=Argument.OWN))
    live.register(
        Topic(
            name=MISSING,
            audiences=(STAFF,),
            audience_of=lambda viewer, _argument: STAFF if viewer.may("stock.read") else None,
            rows=lambda _argument, _audience: {},
            tiles=lambda _argument, _audience: missing_parts.changes(),
        )
    )
    live.register(
        Topic(
            name=COUNT,
            audiences=(STAFF,),
            audience_of=_count_audience,
            rows=lambda _argument, _audience: {},
            tiles=_count_tiles,
            argument=Argument.NAMED,
        )
    )


def _plan_lines(ids: list[int] | None) -> dict[str, Any]:
    return {str(plan.id): plan_presenters.plan_line(plan) for plan in plans.latest(ids)}


def touch_visit(visit: Visit) -> None:
    """The visit may look different, come or go: on its day, for its technician, among what is to be placed."""
    live.touch(f"dispatch:{queries.day_of(visit)}", f"visit:{visit.number}")
    live.touch(UNPLACED, visit.ticket.number, tiles=True)
    live.touch(DISPLACED, visit.number, tiles=True)
    live.touch(AT_RISK, visit.number, tiles=True)
    live.touch(MISSING, tiles=True)
    for person in queries.crew_of(visit):
        live.touch(f"dispatch:{queries.day_of(visit)}", person_key(person.id))
        live.touch(f"field:{person.user_id}", f"visit:{visit.number}")


def touch_former(visit: Visit, *, person_id: int | None, helper_ids: Collection[int] = (), start: datetime | None) -> None:
    """Where the visit stood before it moved, and whose it was; `person_id` None: its technician's still."""
    person = db.session.get(Person, person_id) if person_id is not None else queries.technician_of(visit)
    zone = ZoneInfo(person.branch.time_zone if person is not None else visit.ticket.queue.branch.time_zone)
    day = (start or visit.planned_start).astimezone(zone).date()
    live.touch(f"dispatch:{day}", f"visit:{visit.number}")
    helpers = [found for one in helper_ids if (found := db.session.get(Person, one)) is not None]
    for one in [*([person] if person is not None else []), *helpers]:
        live.touch(f"dispatch:{day}", person_key(one.id))
        live.touch(f"field:{one.user_id}", f"visit:{visit.number}")


def touch_vans(balances: Iterable[tuple[int, int]]) -> None:
    """Technicians see what is on their vans, and what a colleague brings to a visit of both."""
    pairs = list(balances)
    if not pairs:
        return
    for visit in queries.visits_of_ids(stock.visits_with(pairs)):
        crew = queries.crew_of(visit)
        for person in crew if len(crew) > 1 else ():
            live.touch(f"field:{person.user_id}", f"visit:{visit.number}")
    van = aliased(Place)  # of the old parts that lie on it
    query = select(Place.id, Person.user_id).outerjoin(van, van.id == Place.van_id)
    query = query.join(Person, Person.id == func.coalesce(Place.person_id, van.person_id))
    owners: dict[int, int] = dict(db.session.execute(query.where(Place.id.in_({place for _part, place in pairs}))).tuples().all())
    for part_id, place_id in pairs:
        if place_id in owners:
            live.touch(f"field:{owners[place_id]}", f"part:{part_id}")


def person_key(person_id: int) -> str:
    return f"person:{person_id}"


def asked_day(argument: str) -> date | None:
    """A day of an address; None for what is no day, or one that no calendar of a firm reaches."""
    try:
        day = date.fromisoformat(argument)
    except ValueError:
        return None
    return day if YEARS[0] <= day.year <= YEARS[1] else None


def _day_rows(argument: str, _audience: str) -> dict[str, Any]:
    day = date.fromisoformat(argument)
    visits = queries.visits_of_day(day)
    people = staff.people(kinds=TECHNICIAN_KINDS)
    rows: dict[str, Any] = {f"visit:{line['number']}": line for line in presenters.visit_lines(visits)}
    return rows | {person_key(person_id): line for person_id, line in presenters.technician_lines(people, day, visits).items()}


def _day_render(argument: str, audience: str, keys: frozenset[str]) -> Mapping[str, Any]:
    """Named visits alone need no other; a technician's line tells of all visits of the day."""
    if any(key.startswith("person:") for key in keys):
        return _day_rows(argument, audience)
    day = date.fromisoformat(argument)
    visits = queries.visits_named([int(key.removeprefix("visit:")) for key in keys if key.startswith("visit:")])
    return {f"visit:{line['number']}": line for line in presenters.visit_lines([one for one in visits if queries.day_of(one) == day])}


def _unplaced_rows(_argument: str, _audience: str) -> dict[str, Any]:
    return {str(line["number"]): line for line in presenters.ticket_lines(unplaced.urgent(start=0, stop=unplaced.SHOWN))}


def _unplaced_render(argument: str, audience: str, keys: frozenset[str]) -> Mapping[str, Any]:
    shown = unplaced.urgent(start=0, stop=unplaced.SHOWN)
    return {str(line["number"]): line for line in presenters.ticket_lines([one for one in shown if str(one.number) in keys])}


def _unplaced_boundary(_argument: str, _audience: str, count: int) -> Iterable[str]:
    found = unplaced.urgent(start=max(0, unplaced.SHOWN - count), stop=unplaced.SHOWN + count)
    return [str(ticket.number) for ticket in found]


def _field_audience(viewer: Viewer, _argument: str) -> str | None:
    return TECHNICIAN if viewer.may("field.use") else None


def _count_audience(viewer: Viewer, argument: str) -> str | None:
    return STAFF if argument.isdecimal() and len(argument) < 19 and viewer.may("stock.count") else None


def _count_tiles(argument: str, _audience: str) -> dict[str, Any]:
    """How far it is, and when the last line was counted: enough to know that something changed."""
    count = count_queries.count_of(int(argument))
    if count is None:
        return {}
    last = db.session.scalar(count_queries.count_lines(count.id).with_only_columns(func.max(StockCountLine.counted_at)).order_by(None))
    return {**count_queries.count_sums([count])[count.id], "state": count.state, "last": last.isoformat() if last is not None else None}


def _field_rows(argument: str, _audience: str) -> dict[str, Any]:
    person = staff.person_of_user(int(argument))
    if person is None:
        return {}
    start, _end = queries.day_range(clock.now().astimezone(ZoneInfo(person.branch.time_zone)).date(), person.branch.time_zone)
    visits = queries.visits_of_person(person.id, start, start + FIELD_DAYS)
    rows: dict[str, Any] = {f"visit:{line['number']}": line for line in presenters.field_visits(visits, person)}
    van = stock.van_of(person.id)
    if van is not None:
        rows |= {f"part:{line['part_id']}": line for line in presenters.van_parts(van)}
    return rows
