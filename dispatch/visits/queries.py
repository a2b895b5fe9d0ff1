"""Questions about visits and who does them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased, selectinload

from core.db import among, db
from core.errors import NotFound
from dispatch.materials import queries as stock
from dispatch.materials.rules import VisitReadiness, readiness
from dispatch.visits.models import Assignment, JobType, Visit, VisitForecast
from dispatch.visits.rules import OPEN, Status
from staff.models import Absence, Branch, Person
from tickets.models import Ticket

_DAY = timedelta(days=1)


def real() -> ColumnElement[bool]:
    """A condition on Visit: not merely held for a caller, nor lapsed."""
    return and_(Visit.held_until.is_(None), Visit.status != Status.LAPSED)


def absent() -> ColumnElement[bool]:
    """A condition that joins an assignment with an absence of its person."""
    away = func.tstzrange(Absence.starts_at, Absence.ends_at)
    return and_(Absence.person_id == Assignment.person_id, Assignment.during.op("&&")(away))


def visit_by_number(number: int) -> Visit:
    """Raises NotFound."""
    found = db.session.scalar(select(Visit).where(Visit.number == number)) if 0 < number < 1 << 63 else None
    if found is None:
        raise NotFound(_("There is no such visit."))
    return found


def job_type(job_type_id: int) -> JobType:
    """Raises NotFound."""
    found = db.session.get(JobType, job_type_id)
    if found is None:
        raise NotFound(_("There is no such kind of job."))
    return found


def job_types(*, active_only: bool = True) -> list[JobType]:
    """By name."""
    query = select(JobType).order_by(JobType.name, JobType.id)
    return list(db.session.scalars(query.where(JobType.active) if active_only else query))


def technician_of(visit: Visit) -> Person | None:
    """Who does it, or did, of a crew its lead: the active assignment's person, else the last one's."""
    people = [row for row in visit.assignments if row.person_id is not None]
    active = [row for row in people if row.active]
    chosen = max(active or people, key=lambda row: (row.lead, row.id), default=None)
    return chosen.person if chosen is not None else None


def crew_of(visit: Visit) -> list[Person]:
    """All who do it, the lead first, the others by id; of one that was called off whoever was the lead."""
    rows = members_of(visit)
    people = [row.person for row in rows if row.person is not None]
    lead = technician_of(visit)
    return people or ([lead] if lead is not None else [])


def members_of(visit: Visit) -> list[Assignment]:
    """The active assignments of its people as they are loaded, the lead's first, the others by person."""
    found = [row for row in visit.assignments if row.active and row.person_id is not None]
    return sorted(found, key=lambda row: (not row.lead, row.person_id))


def mates_of(person_ids: Collection[int], since: datetime, until: datetime) -> set[int]:
    """Who does an open visit that is planned to start in this time together with one of these."""
    one, other = aliased(Assignment), aliased(Assignment)
    query = (
        select(other.person_id)
        .join(one, and_(one.visit_id == other.visit_id, one.active, one.person_id.in_(list(person_ids))))
        .join(Visit, Visit.id == other.visit_id)
        .where(
            other.active, other.person_id.is_not(None), Visit.status.in_(OPEN), Visit.planned_start >= since, Visit.planned_start < until
        )
    )
    return {person_id for person_id in db.session.scalars(query.distinct()) if person_id is not None}


def names_of(visit: Visit) -> str | None:
    """Who comes, as text: "Li Wei, Ana"; None when it is nobody's."""
    return ", ".join(person.name for person in crew_of(visit)) or None


def assignment_of(visit_id: int) -> Assignment | None:
    """The active assignment of the technician, of a crew its lead's; read afresh."""
    return next(iter(assignments_of(visit_id)), None)


def assignments_of(visit_id: int) -> list[Assignment]:
    """The active assignments of people, the lead's first, the others by person; read afresh."""
    query = select(Assignment).where(Assignment.visit_id == visit_id, Assignment.active, Assignment.person_id.is_not(None))
    query = query.order_by(Assignment.lead.desc(), Assignment.person_id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def was_assigned(visit_id: int, person_id: int) -> bool:
    """Whether the visit is or was this person's."""
    return bool(db.session.scalar(select(exists().where(Assignment.visit_id == visit_id, Assignment.person_id == person_id))))


def visits_of_ticket(ticket_id: int) -> list[Visit]:
    """All of a ticket, the newest plan first; what was held and not taken is left out here and in all that follow."""
    query = select(Visit).where(Visit.ticket_id == ticket_id, Visit.status != Status.LAPSED)
    return list(db.session.scalars(query.order_by(Visit.planned_start.desc(), Visit.id.desc())))


def visits_of_tickets(ticket_ids: Collection[int]) -> list[Visit]:
    """All visits of these tickets, the oldest first."""
    return list(db.session.scalars(select(Visit).where(Visit.ticket_id.in_(ticket_ids)).order_by(Visit.id)))


def open_visits(ticket_id: int, *, without: int | None = None) -> list[Visit]:
    """Visits of a ticket on which something is still to be done, read afresh, soonest first. Times that are only held are none."""
    open_ones = and_(Visit.status.in_(OPEN), real())
    query = select(Visit).where(Visit.ticket_id == ticket_id, open_ones).order_by(Visit.planned_start, Visit.id)
    if without is not None:
        query = query.where(Visit.id != without)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def held_visits(ticket_id: int) -> list[Visit]:
    """What is held for a ticket's caller, read afresh."""
    query = select(Visit).where(Visit.ticket_id == ticket_id, Visit.status == Status.PROPOSED, Visit.held_until.is_not(None))
    return list(db.session.scalars(query.order_by(Visit.id).execution_options(populate_existing=True)))


def lapsed_by(now: datetime) -> list[int]:
    """Ids of the visits that are held no longer, those that were due first at first."""
    query = select(Visit.id).where(Visit.status == Status.PROPOSED, Visit.held_until.is_not(None), Visit.held_until <= now)
    return list(db.session.scalars(query.order_by(Visit.held_until, Visit.id)))


def open_visits_of_person(person_id: int) -> list[Visit]:
    """Visits a person still has to do, soonest first."""
    query = select(Visit).join(Assignment, Assignment.visit_id == Visit.id)
    query = query.where(Assignment.active, Assignment.person_id == person_id, Visit.status.in_(OPEN))
    return list(db.session.scalars(query.order_by(Visit.planned_start, Visit.id)))


def open_visits_of_job_type(job_type_id: int) -> list[Visit]:
    """Visits of a kind of job that are still to do, soonest first."""
    query = select(Visit).where(Visit.job_type_id == job_type_id, Visit.status.in_(OPEN))
    return list(db.session.scalars(query.order_by(Visit.planned_start, Visit.id)))


def visits_of_person(person_id: int, start: datetime, end: datetime) -> list[Visit]:
    """A technician's visits in a range, and older ones that are still open; soonest first. Cancelled ones were taken away, so they are left out."""
    planned = (Visit.planned_start >= start) & (Visit.planned_start < end)
    left_over = Visit.status.in_(OPEN) & (Visit.planned_start < end)
    query = (
        select(Visit)
        .join(Assignment, Assignment.visit_id == Visit.id)
        .where(Assignment.active, Assignment.person_id == person_id, Visit.held_until.is_(None), planned | left_over)
        .order_by(Visit.planned_start, Visit.id)
    )
    return list(db.session.scalars(query).unique())


def day_range(day: date, zone: str) -> tuple[datetime, datetime]:
    """A calendar day in a zone, as two instants."""
    info = ZoneInfo(zone)
    return datetime.combine(day, time(), info), datetime.combine(day + _DAY, time(), info)


def day_of(visit: Visit) -> date:
    """The day a visit stands on: the date of its start where its technician (else its ticket's queue) is at home."""
    person = technician_of(visit)
    branch: Branch = person.branch if person is not None else visit.ticket.queue.branch
    return visit.planned_start.astimezone(ZoneInfo(branch.time_zone)).date()


def visits_of_day(day: date) -> list[Visit]:
    """All visits that stand on a day, each by its own technician's calendar; cancelled ones too."""
    start = datetime.combine(day, time(), ZoneInfo("UTC"))
    query = (
        select(Visit)
        .where(Visit.planned_start >= start - _DAY, Visit.planned_start < start + 2 * _DAY, Visit.status != Status.LAPSED)
        .options(selectinload(Visit.assignments))
        .order_by(Visit.planned_start, Visit.id)
    )
    return [visit for visit in db.session.scalars(query) if day_of(visit) == day]


def visit_list(
    *,
    statuses: Collection[str] = (),
    person_id: int | None = None,
    ticket_number: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Select[Visit]:
    """Visits as a select, narrowed."""
    query = select(Visit)
    if statuses:
        query = query.where(Visit.status.in_(list(statuses)))
    else:
        query = query.where(Visit.status != Status.LAPSED)
    if person_id is not None:
        query = query.where(exists().where(Assignment.visit_id == Visit.id, Assignment.active, Assignment.person_id == person_id))
    if ticket_number is not None:
        query = query.where(Visit.ticket_id.in_(select(Ticket.id).where(Ticket.number == ticket_number)))
    if start is not None:
        query = query.where(Visit.planned_start >= start)
    return query.where(Visit.planned_start < end) if end is not None else query


def readiness_of(visits: Collection[Visit]) -> dict[int, VisitReadiness]:
    """Where the parts of open visits are, by visit; two queries for all of them. Visits that ended have none."""
    mine = [visit for visit in visits if visit.status in OPEN]
    if not mine:
        return {}
    held = stock.held_of([visit.id for visit in mine])
    people = {visit.id: [person.id for person in crew_of(visit)] for visit in mine}
    vans = stock.vans_of({person_id for crew in people.values() for person_id in crew})
    found = {}
    for visit in mine:
        kit = {line.part_id: line.quantity for line in visit.job_type.kit}
        found[visit.id] = readiness(kit, held.get(visit.id, []), [vans[one] for one in people[visit.id] if one in vans])
    return found


def forecasts_of(visit_ids: Collection[int]) -> dict[int, VisitForecast]:
    """Of these visits those that depart from their plan, by visit; read afresh."""
    query = select(VisitForecast).where(VisitForecast.visit_id.in_(list(visit_ids)))
    return {row.visit_id: row for row in db.session.scalars(query.execution_options(populate_existing=True))} if visit_ids else {}


def expected_of(ticket_ids: Collection[int]) -> dict[int, dict[str, datetime]]:
    """By ticket when somebody is expected there (`on_site`, as long as nobody is) and done (`resolution`): of its first open visit, as forecast,
    else as planned. What is not going to happen on its day is left out."""
    query = (
        select(Visit.ticket_id, Visit.arrived_at, Visit.planned_start, Visit.planned_end, VisitForecast)
        .outerjoin(VisitForecast, VisitForecast.visit_id == Visit.id)
        .where(among(Visit.ticket_id, ticket_ids), Visit.status.in_(OPEN), real())
        .order_by(Visit.planned_start.desc(), Visit.id.desc())
    )
    found: dict[int, dict[str, datetime]] = {}
    rows = db.session.execute(query.execution_options(populate_existing=True)) if ticket_ids else ()
    for ticket_id, arrived_at, start, end, forecast in rows:
        times = (start, end) if forecast is None else (forecast.expected_start_at, forecast.expected_end_at)
        expected = {"on_site": times[0] if arrived_at is None else None, "resolution": times[1]}
        found[ticket_id] = {kind: at for kind, at in expected.items() if at is not None}
    return found


def numbers_of(visit_ids: Collection[int]) -> dict[int, int]:
    """Visits' numbers by id."""
    query = select(Visit.id, Visit.number).where(Visit.id.in_(list(visit_ids)))
    return dict(db.session.execute(query).tuples().all()) if visit_ids else {}


def visit(visit_id: int) -> Visit:
    """Raises NotFound."""
    found = db.session.get(Visit, visit_id)
    if found is None:
        raise NotFound(_("There is no such visit."))
    return found


def visits_named(numbers: Collection[int]) -> list[Visit]:
    """Visits by number, soonest first."""
    return list(db.session.scalars(select(Visit).where(Visit.number.in_(list(numbers)), real()).order_by(Visit.planned_start, Visit.id)))


def visits_of_ids(visit_ids: Collection[int]) -> list[Visit]:
    """Visits by id, in no order."""
    return list(db.session.scalars(select(Visit).where(Visit.id.in_(list(visit_ids))))) if visit_ids else []


def visits_beside(visit_id: int, person_ids: Collection[int], at: datetime | None) -> list[Visit]:
    """Open visits that a move could shift: within a day of a visit's old and new time, of its technicians and of the new ones."""
    moved = visit(visit_id)
    people = {person.id for person in crew_of(moved)} | set(person_ids)
    times = [moment for moment in (at, moved.planned_start) if moment is not None]
    query = select(Visit).join(Assignment, Assignment.visit_id == Visit.id)
    query = query.where(Assignment.active, Assignment.person_id.in_(people), Visit.status.in_(OPEN))
    return list(db.session.scalars(query.where(Visit.planned_start.between(min(times) - _DAY, max(times) + _DAY))).unique())


def visits_of_customer(customer_id: int, *, limit: int) -> list[Visit]:
    """Open visits first, soonest first; then the others, the newest first."""
    query = select(Visit).join(Ticket, Ticket.id == Visit.ticket_id).where(Ticket.customer_id == customer_id)
    coming = list(db.session.scalars(query.where(Visit.status.in_(OPEN)).order_by(Visit.planned_start, Visit.id).limit(limit)))
    over = query.where(Visit.status.not_in((*OPEN, Status.LAPSED))).order_by(Visit.planned_start.desc(), Visit.id.desc())
    return coming + list(db.session.scalars(over.limit(limit - len(coming))))
