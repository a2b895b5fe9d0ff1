"""Accepting a proposal, on a worker: group by group, each in a transaction of its own that is judged before it is committed, so technicians, visits
and stock are held for a moment only and everybody else works on. What has been done is done; the successor of a worker that died goes on with what
waits.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from flask_babel import force_locale
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import clock, live, outbox
from core.db import db, transaction
from core.errors import Conflict, DomainError
from dispatch.materials import queries as stock
from dispatch.materials.rules import Held
from dispatch.plans import queries, services
from dispatch.plans.grouping import Change, Stand, by_person, groups
from dispatch.plans.job import TOPIC
from dispatch.plans.models import Plan, PlanRow
from dispatch.plans.services import ACCEPTANCE
from dispatch.roads.rules import Pair, among
from dispatch.visits import pace
from dispatch.visits.placing import point_of, site_point
from dispatch.visits.schedule import stamp
from dispatch.visits.travel import Point
from staff.models import Person

log = structlog.get_logger()
LEASE = 60  # seconds; each group renews it
TRIES = 3  # of a group that met somebody who works on the same thing, or failed
_GAVE_UP = _("Something went wrong on our side, and was recorded. Try again.")


def _gave_up(payload: dict[str, Any], _problem: str) -> None:
    plan_id = int(payload["plan_id"])
    with force_locale(_language(plan_id)):
        services.give_up_group(plan_id=plan_id, row_ids=None, because=Conflict(_GAVE_UP, code="failed"), now=clock.now())


@outbox.handles(ACCEPTANCE, queue="heavy", lease=LEASE, attempts=5, on_give_up=_gave_up)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler. Returns at once when nothing waits any more."""
    plan_id = int(payload["plan_id"])
    while True:  # each turn decides on a row at least, or puts it off
        with transaction():
            language, rows = _language(plan_id), queries.waiting_rows(plan_id)
            if not rows:
                return
            again = all(row.reason_code for row in rows)  # all that is left was tried once, without the others' being done
            parts = by_person(_changes(rows)) if again else grouped([row for row in rows if not row.reason_code])
        with force_locale(language):
            for row_ids in parts:
                if not _work(plan_id, row_ids, row_id, last_try=again):
                    return


def _language(plan_id: int) -> str:
    """Of who accepts: reasons are kept as they will be read."""
    plan = db.session.get(Plan, plan_id)
    return plan.decided_by.language if plan is not None and plan.decided_by is not None else "en"


def _work(plan_id: int, row_ids: Sequence[int], row_id: int, *, last_try: bool) -> bool:
    """One group, in a transaction of its own; whether the acceptance goes on."""
    for _attempt in range(TRIES):
        try:
            with transaction():
                goes_on = services.accept_group(plan_id=plan_id, row_ids=row_ids, last_try=last_try, now=clock.now())
                return _told(plan_id, row_id, goes_on, now=clock.now())
        except DomainError as error:
            because = error
        except Exception:
            # One group that fails must not keep the others waiting.
            log.exception("a group of a proposal could not be done", plan_id=plan_id, rows=list(row_ids))
            because = Conflict(_GAVE_UP, code="failed")
    with transaction():
        goes_on = services.give_up_group(plan_id=plan_id, row_ids=row_ids, because=because, now=clock.now())
        return _told(plan_id, row_id, goes_on, now=clock.now())


def _told(plan_id: int, row_id: int, goes_on: bool, *, now: datetime) -> bool:
    """Say how far it is, and that somebody is at it."""
    live.touch(TOPIC, plan_id)
    if goes_on:
        outbox.keep(row_id, seconds=LEASE, now=now)
    else:
        outbox.finish(row_id, now=now)
    return goes_on


def grouped(rows: Sequence[PlanRow]) -> list[list[int]]:
    """Ids of the rows that belong together, in the order in which they are to be done. Nothing is locked: what is read may be another when it is
    done, and each group is checked against the world of its moment."""
    changes = _changes(rows)
    free = stock.free_of({part for change in changes for part in stock.with_alternates(change.needs, change.alternates)})
    people = db.session.scalars(select(Person).where(Person.id.in_({stand.person_id for change in changes for stand in change.takes})))
    ways = pace.ways_of(list(people), _pairs(changes))

    def way(person_id: int, here: Point | None, there: Point | None, start: int) -> int:
        return ways[person_id].journey(here, (), there, start)

    return groups(changes, way=way, free=free)


def _pairs(changes: Sequence[Change]) -> list[Pair]:
    """The ways among all places where somebody is before or after."""
    places: dict[int, list[Point | None]] = defaultdict(list)
    for change in changes:
        for stand in (*change.leaves, *change.takes):
            places[stand.person_id].append(change.at)
    return [pair for mine in places.values() for pair in among(mine)]


def _changes(rows: Sequence[PlanRow]) -> list[Change]:
    held = stock.held_of([row.visit_id for row in rows if row.visit_id is not None])
    stores = [place.id for place in stock.places() if place.person_id is None]
    vans = stock.vans_of([row.to_person_id for row in rows if row.to_person_id is not None])
    alternates = stock.alternates_of({line.part_id for row in rows if row.job_type is not None for line in row.job_type.kit})
    return [_change(row, held.get(row.visit_id or 0, ()), stores, vans, alternates) for row in rows]


def _change(
    row: PlanRow, held: Sequence[Held], stores: Sequence[int], vans: Mapping[int, int], alternates: Mapping[int, Collection[int]]
) -> Change:
    assert row.to_person_id is not None, "rows that can only be read are not accepted"
    assert row.to_start is not None
    assert row.to_end is not None
    visit, frees, needs = row.visit, Counter[tuple[int, int]](), {}
    leaves: list[Stand] = []
    if visit is not None and row.from_person_id is not None and row.from_start is not None:
        start = stamp(row.from_start)
        end = start + stamp(visit.planned_end) - stamp(visit.planned_start)
        leaves = [Stand(person_id=one, start=start, end=end) for one in (row.from_person_id, *row.from_helper_ids)]
    if row.kind == "give":
        for line in held:
            if line.place_id is not None:
                frees[line.part_id, line.place_id] += line.quantity
    if row.kind != "shift" and row.job_type is not None:
        needs = {line.part_id: line.quantity for line in row.job_type.kit}
    return Change(
        id=row.id,
        leaves=leaves,
        takes=[Stand(person_id=one, start=stamp(row.to_start), end=stamp(row.to_end)) for one in (row.to_person_id, *row.to_helper_ids)],
        at=point_of(visit) if visit is not None else site_point(row.ticket.site),
        frees=frees,
        needs=needs,
        alternates=alternates,
        sources=[*stores, *([vans[row.to_person_id]] if row.to_person_id in vans else [])],
    )
