"""The topic `board`: the 200 most urgent tickets of every queue, and the figures above them. Figures are counted by query, never added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select

from callcenter.voice.events import CallChanged
from callcenter.voice.models import Call, QueueEntry
from core import events, live
from core.db import among, db
from core.live import Topic, Viewer
from customers.events import CustomerChanged
from dispatch.events import VisitBooked, VisitChanged
from dispatch.visits.models import Assignment, Visit, VisitForecast
from dispatch.visits.queries import real
from staff import queries as staff
from staff.events import PersonChanged, PersonLeaving, PresenceChanged
from staff.models import Branch, Person, Presence
from staff.rules import AWAY
from tickets import presenters, queries
from tickets.events import ClockBreached, ClockWarned, MessageReceived, ReplySent, TicketChanged, TicketOpened
from tickets.models import Queue, Ticket
from tickets.sla.models import Clock

STAFF = "staff"
MOST_URGENT = 200
SERVICE_LEVEL = timedelta(seconds=20)
SHORT_ABANDON = timedelta(seconds=5)
_EXPECTED = func.coalesce(VisitForecast.expected_start_at, Visit.planned_start)  # when a visit is likely to begin


def _audience(viewer: Viewer, _argument: str) -> str | None:
    return STAFF if viewer.may("board.read") else None


def _queue_ids() -> list[int]:
    return list(db.session.scalars(select(Queue.id).where(Queue.active).order_by(Queue.position, Queue.id)))


def _shown() -> list[int]:
    return [ticket_id for queue_id in _queue_ids() for ticket_id in queries.urgent_ids(queue_id, start=0, stop=MOST_URGENT)]


def _lines(ticket_ids: list[int]) -> dict[str, Any]:
    lines = presenters.lines_of(ticket_ids)
    planned = _next_visits(ticket_ids)
    return {str(key): line | {"visit": planned.get(key)} for key, line in lines.items()}


def _next_visits(ticket_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The next open visit of each ticket: the board marks those that come after the due time."""
    query = (
        select(Visit.ticket_id, Visit.number, Visit.status, Visit.planned_start, _EXPECTED.label("expected_start"))
        .outerjoin(VisitForecast, VisitForecast.visit_id == Visit.id)
        .where(among(Visit.ticket_id, ticket_ids), Visit.status.in_(("proposed", "booked", "on_the_way", "on_site")), real())
        .order_by(Visit.planned_start.desc())
    )
    return {
        row.ticket_id: {
            "number": row.number,
            "status": row.status,
            "planned_start": row.planned_start,
            "expected_start": row.expected_start,
        }
        for row in db.session.execute(query)
    }


def _rows(_argument: str, _audience: str) -> dict[str, Any]:
    return _lines(_shown())


def _render(_argument: str, _audience: str, keys: frozenset[str]) -> dict[str, Any]:
    wanted = [int(key) for key in keys]
    queues = db.session.scalars(select(Ticket.queue_id).where(Ticket.id.in_(wanted)).distinct()).all()
    shown = {ticket_id for queue_id in queues for ticket_id in queries.urgent_ids(queue_id, start=0, stop=MOST_URGENT)}
    return _lines([ticket_id for ticket_id in wanted if ticket_id in shown])


def _boundary(_argument: str, _audience: str, count: int) -> Iterable[str]:
    start, stop = max(0, MOST_URGENT - count), MOST_URGENT + count
    return [str(ticket_id) for queue_id in _queue_ids() for ticket_id in queries.urgent_ids(queue_id, start=start, stop=stop)]


def _tiles(_argument: str, _audience: str) -> dict[str, Any]:
    places = select(func.count(), func.min(QueueEntry.enqueued_at)).join(Call, Call.id == QueueEntry.call_id)
    places = places.where(QueueEntry.state.in_(("waiting", "offered", "joining")))
    to_call_back = and_(Call.direction == "outbound", Call.answered_at.is_(None))  # those have put the receiver down
    waiting, since = db.session.execute(places.where(~to_call_back)).one()
    callbacks, asked = db.session.execute(places.where(to_call_back)).one()
    open_tickets = _open_tickets()
    return {
        "waiting_calls": waiting,
        "waiting_since": since,
        "callbacks": callbacks,
        "callbacks_since": asked,
        "service_level": _service_level(),
        "agents": _people_by_state(),
        "technicians": _technicians_by_state(),
        "open_by_channel": _summed((channel, count) for _queue_id, channel, count in open_tickets),
        "open_by_queue": _summed((queue_id, count) for queue_id, _channel, count in open_tickets),
        "visits_at_risk": _visits_at_risk(),
    }


def _open_tickets() -> list[tuple[int, str, int]]:
    """(queue, channel, how many)."""
    query = select(Ticket.queue_id, Ticket.channel, func.count()).where(Ticket.status.not_in(("resolved", "closed")))
    return [(queue_id, channel, count) for queue_id, channel, count in db.session.execute(query.group_by(Ticket.queue_id, Ticket.channel))]


def _summed(counts: Iterable[tuple[object, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for key, count in counts:
        found[str(key)] += count
    return dict(found)


def _counts(query: Any) -> dict[str, int]:
    return {str(key): count for key, count in db.session.execute(query)}


def _service_level() -> dict[str, Any]:
    """The calls of the newest day with calls, by arrival: answered within 20 s, answered, abandoned after more than 5 s. The browser states the
    form beside the figure, and shows none after `until`, the end of that day: so the figure does not depend on the time of asking."""
    since, until = _newest_day()
    first = (
        select(QueueEntry.call_id, func.min(QueueEntry.enqueued_at).label("since"))
        .where(QueueEntry.enqueued_at >= since)
        .group_by(QueueEntry.call_id)
        .subquery()
    )
    waited = func.coalesce(Call.answered_at, Call.ended_at) - first.c.since
    in_time, answered, abandoned = db.session.execute(
        select(
            func.count().filter(and_(Call.answered_at.is_not(None), waited <= SERVICE_LEVEL)),
            func.count().filter(Call.answered_at.is_not(None)),
            func.count().filter(and_(Call.answered_at.is_(None), Call.outcome == "abandoned", waited > SHORT_ABANDON)),
        )
        .select_from(Call)
        .join(first, first.c.call_id == Call.id)
        .where(Call.direction == "inbound")  # who is called back chose to wait elsewhere
    ).one()
    seconds = int(SERVICE_LEVEL.total_seconds())
    return {"within": in_time, "answered": answered, "abandoned": abandoned, "seconds": seconds, "until": until}


def _newest_day() -> tuple[datetime, datetime | None]:
    """Midnights around the first branch's day on which somebody last called; the end is None when nobody ever did."""
    newest = db.session.scalar(select(func.max(QueueEntry.enqueued_at)))
    if newest is None:
        return datetime.max.replace(tzinfo=UTC), None
    zone = db.session.scalar(select(Branch.time_zone).order_by(Branch.id).limit(1)) or "UTC"
    start = newest.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1)  # on the wall, also on a day of 23 hours


def _people_by_state() -> dict[str, int]:
    """By state of `staff.rules`, who never said anything as offline; apart from those on a break: `away`, whose pages fell silent."""
    query = (
        select(Presence.state, Presence.reason, func.count())
        .select_from(Person)
        .outerjoin(Presence, and_(Presence.person_id == Person.id, Presence.until.is_(None)))
        .where(staff.works(), Person.kind.in_(("agent", "both")))
        .group_by(Presence.state, Presence.reason)
    )
    found = Counter({"offline": 0})
    for state, reason, count in db.session.execute(query):
        found[AWAY if reason == AWAY else state or "offline"] += count
    return dict(found)


def _technicians_by_state() -> dict[str, int]:
    query = (
        select(Visit.status, func.count(func.distinct(Assignment.person_id)))
        .join(Assignment, Assignment.visit_id == Visit.id)
        .where(Assignment.active, Visit.status.in_(("on_the_way", "on_site")))
        .group_by(Visit.status)
    )
    busy = _counts(query)
    everybody = (
        db.session.scalar(select(func.count()).select_from(Person).where(staff.works(), Person.kind.in_(("technician", "both")))) or 0
    )
    return busy | {"free": max(0, everybody - sum(busy.values()))}


def _visits_at_risk() -> int:
    """Open visits that are likely to begin after the technician or the solution is due. When an answer is due is another matter."""
    query = (
        select(func.count(func.distinct(Visit.id)))
        .join(Clock, Clock.ticket_id == Visit.ticket_id)
        .outerjoin(VisitForecast, VisitForecast.visit_id == Visit.id)
        .where(
            Visit.status.in_(("proposed", "booked", "on_the_way")),
            real(),
            Clock.kind.in_(("on_site", "resolution")),
            Clock.state == "running",
            Clock.due_at < _EXPECTED,
        )
    )
    return db.session.scalar(query) or 0


def _on_ticket(event: TicketOpened | TicketChanged | MessageReceived | ReplySent | ClockWarned | ClockBreached) -> None:
    live.touch("board", event.ticket_id, tiles=True)


def _on_customer(event: CustomerChanged) -> None:
    """Name and tier stand on the lines."""
    ids = [ticket_id for ticket_id, _number, _queue_id in queries.open_ids_of_customer(event.customer_id)]
    if ids:
        live.touch("board", *ids)


def _on_figures(_event: CallChanged | PresenceChanged | PersonChanged | PersonLeaving) -> None:
    live.touch("board", tiles=True)


def _on_visit(event: VisitBooked | VisitChanged) -> None:
    live.touch("board", event.ticket_id, tiles=True)


def register() -> None:
    """Make the topic known and listen to what changes it."""
    live.register(
        Topic(name="board", audiences=(STAFF,), audience_of=_audience, rows=_rows, render=_render, tiles=_tiles, boundary=_boundary)
    )
    for kind in (TicketOpened, TicketChanged, MessageReceived, ReplySent, ClockWarned, ClockBreached):
        events.subscribe(kind, _on_ticket)
    events.subscribe(CustomerChanged, _on_customer)
    for figure in (CallChanged, PresenceChanged, PersonChanged, PersonLeaving):
        events.subscribe(figure, _on_figures)
    for visit in (VisitBooked, VisitChanged):
        events.subscribe(visit, _on_visit)
