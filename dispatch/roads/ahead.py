"""Wishing for ways before anybody reckons with them: among the places of the next days of each branch, hourly, and around a site that moved.

What stands in a technician's day is wished for by the booking itself (`placing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core import clock, outbox
from core.db import db, transaction
from customers.models import Site
from dispatch import unplaced
from dispatch.materials import queries as stock
from dispatch.roads import known, settings
from dispatch.roads.rules import among
from dispatch.visits import queries, schedule
from dispatch.visits.models import Visit
from dispatch.visits.rules import OPEN
from dispatch.visits.travel import Point, point
from staff import queries as staff
from staff.models import Branch
from staff.rules import TECHNICIAN_KINDS
from tickets.models import Queue, Ticket

KIND = "roads.ahead"
EVERY = 3600
DAYS = (1, 2)  # tomorrow and the day after; today's were yesterday's
MOST_PLACES = 200
_TICKETS = 100


def hand_over(now: datetime) -> None:
    """The clock's sweep: a row for each branch, where there is a service."""
    if settings.provider().kind == "none":
        return
    for branch in staff.branches(active_only=True):
        outbox.put(kind=KIND, payload={"branch_id": branch.id}, now=now, unique_key=f"{KIND}:{branch.id}:{now:%Y-%m-%dT%H}")


@outbox.handles(KIND, queue="heavy", attempts=2)
def run(_row_id: int, payload: dict[str, Any]) -> None:
    """Wish for what is not known among the places of the branch's next days."""
    now = clock.now()
    for ahead in DAYS:
        with transaction():
            branch = db.session.get(Branch, payload["branch_id"])
            if branch is not None:
                today = now.astimezone(ZoneInfo(branch.time_zone)).date()
                known.roads(among(places(branch, today + timedelta(days=ahead))))


def places(branch: Branch, day: date) -> list[Point]:
    """Where the branch's technicians may be on a day, visits first: theirs, homes, stores, tickets that wait for a visit. At most MOST_PLACES."""
    people = staff.people(kinds=TECHNICIAN_KINDS, branch_id=branch.id)
    start, end = queries.day_range(day, branch.time_zone)
    visits = db.session.scalars(queries.visit_list(statuses=OPEN, start=start, end=end)).unique()
    ours = {person.id for person in people}
    booked = [visit.site for visit in visits if (one := queries.technician_of(visit)) is not None and one.id in ours]
    stores = [one for one in stock.places() if one.kind in ("warehouse", "staging") and one.branch_id in (None, branch.id)]
    waiting = select(Site.latitude, Site.longitude).join(Ticket, Ticket.site_id == Site.id).join(Queue, Queue.id == Ticket.queue_id)
    rows = db.session.execute(
        waiting.where(unplaced.wanted(), Queue.branch_id == branch.id).order_by(Ticket.due_at.asc().nulls_last(), Ticket.id).limit(_TICKETS)
    )
    found: Iterable[Point | None] = [
        *(point(site.latitude, site.longitude) for site in booked if site is not None),
        *(schedule.home_of(person) for person in people),
        *(point(one.latitude, one.longitude) for one in stores),
        *(point(latitude, longitude) for latitude, longitude in rows),
    ]
    return list(dict.fromkeys(at for at in found if at is not None))[:MOST_PLACES]


def around_sites_of(customer_ids: list[int]) -> None:
    """A customer's site may have moved: the ways of the days on which somebody comes are wished for. At the end of the transaction of the change."""
    if settings.provider().kind == "none":
        return
    for customer_id in customer_ids:
        visits = [visit for visit in queries.visits_of_customer(customer_id, limit=50) if visit.status in OPEN]
        for visit in visits:
            known.roads(among(_day_of(visit)))


def _day_of(visit: Visit) -> list[Point | None]:
    person = queries.technician_of(visit)
    if person is None:
        return []
    start, end = queries.day_range(queries.day_of(visit), person.branch.time_zone)
    stops = schedule.taken([person.id], start, end, now=start)[person.id]
    return [schedule.home_of(person), *(at for one in stops for at in (*one.stop.pickups, one.stop.at))]
