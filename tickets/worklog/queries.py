"""Questions about time: a person's day, a period for the export, what a ticket took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select

from core.auth.models import User
from core.db import db
from core.errors import NotFound
from staff.models import Branch, Person
from tickets import queries
from tickets.models import Ticket
from tickets.sla.instants import local_to_seconds, to_datetime
from tickets.worklog import rules
from tickets.worklog.models import WorkChange, WorkEntry, WorkTimer
from tickets.worklog.slots import COUNTED

ENTRY_COLUMNS = ("id", "person_id", "day", "minutes", "activity", "note", "started_at", "ended_at", "created_at", "version")


@dataclass(frozen=True, slots=True)
class Span:
    """Whole local days of a zone as instants: `start` included, `end` not."""

    start: datetime
    end: datetime


def days(first: date, last: date, zone: str) -> Span:
    """From the first day's midnight to the one after the last, in the zone."""
    at = [to_datetime(local_to_seconds(datetime.combine(day, time.min), ZoneInfo(zone))) for day in (first, last + timedelta(days=1))]
    return Span(*at)


def entry(entry_id: int) -> WorkEntry:
    """Raises NotFound, also for one that was taken away."""
    found = db.session.get(WorkEntry, entry_id)
    if found is None or found.removed_at is not None:
        raise NotFound(_("There is no such entry."))
    return found


def entries(*, first: date, last: date, person_id: int | None = None) -> list[dict[str, Any]]:
    """What was written down for these days, by day and order of writing; of one person or of all. One statement."""
    query = (
        select(*(getattr(WorkEntry, name) for name in ENTRY_COLUMNS), User.name.label("person"), Ticket.number, Ticket.subject)
        .select_from(WorkEntry)
        .join(Person, Person.id == WorkEntry.person_id)
        .join(User, User.id == Person.user_id)
        .outerjoin(Ticket, Ticket.id == WorkEntry.ticket_id)
        .where(WorkEntry.day.between(first, last), WorkEntry.removed_at.is_(None))
        .order_by(WorkEntry.day, User.name, WorkEntry.person_id, WorkEntry.id)
    )
    if person_id is not None:
        query = query.where(WorkEntry.person_id == person_id)
    corrected = _corrected(select(WorkEntry.id).where(WorkEntry.day.between(first, last)).scalar_subquery())
    return [dict(row._mapping) | {"corrected": row.id in corrected} for row in db.session.execute(query)]


def _corrected(among: Any) -> set[int]:
    return set(db.session.scalars(select(WorkChange.entry_id).where(WorkChange.entry_id.in_(among))))


def counted(*, first: date, last: date, person_id: int | None = None) -> list[dict[str, Any]]:
    """What was counted for these days (calls, wrap-up), by time: dicts with person, ticket, kind, day, times and `seconds`, of which what lies in a
    timer's run is left out. A call belongs to the day on which it began, in its person's branch."""
    zones = _zones(person_id)
    if not zones:
        return []
    spans = [days(first, last, zone) for zone in {zone for _name, zone in zones.values()}]
    found = _from_above(list(zones), None, min(span.start for span in spans), max(span.end for span in spans))
    timers = _timers(first, last, person_id)
    lines = []
    for work in found:
        name, zone = zones[work.person_id]
        day = work.started_at.astimezone(ZoneInfo(zone)).date()
        if first <= day <= last:
            seconds = rules.outside(work.started_at, work.ended_at, timers[work.person_id])
            lines.append(_line(work, day=day, person=name, seconds=seconds))
    return _with_tickets(lines)


def _line(work: rules.Counted, **more: Any) -> dict[str, Any]:
    return {name: getattr(work, name) for name in ("person_id", "ticket_id", "kind", "started_at", "ended_at")} | more


def _with_tickets(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {line["ticket_id"] for line in lines} - {None}
    names = (
        {row.id: row for row in db.session.execute(select(Ticket.id, Ticket.number, Ticket.subject).where(Ticket.id.in_(ids)))}
        if ids
        else {}
    )
    for line in lines:
        found = names.get(line["ticket_id"])
        line["number"], line["subject"] = (found.number, found.subject) if found is not None else (None, None)
    return lines


def _zones(person_id: int | None) -> dict[int, tuple[str, str]]:
    """Person → (name, time zone of their branch)."""
    query = select(Person.id, User.name, Branch.time_zone).join(User, User.id == Person.user_id).join(Branch, Branch.id == Person.branch_id)
    if person_id is not None:
        query = query.where(Person.id == person_id)
    return {row.id: (row.name, row.time_zone) for row in db.session.execute(query)}


def _timers(first: date, last: date, person_id: int | None) -> dict[int, list[tuple[datetime, datetime]]]:
    """When timers ran, by person."""
    near = WorkEntry.day.between(first - timedelta(days=1), last + timedelta(days=1))
    query = select(WorkEntry.person_id, WorkEntry.started_at, WorkEntry.ended_at).where(near, WorkEntry.started_at.is_not(None))
    query = query.where(WorkEntry.removed_at.is_(None))
    if person_id is not None:
        query = query.where(WorkEntry.person_id == person_id)
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in db.session.execute(query):
        spans[row.person_id].append((row.started_at, row.ended_at))
    return spans


def _from_above(
    person_ids: Collection[int] | None, ticket_ids: Collection[int] | None, start: datetime | None, end: datetime | None
) -> list[rules.Counted]:
    found = [work for works in COUNTED.call(person_ids, ticket_ids, start, end) for work in works]
    return sorted(found, key=lambda work: (work.started_at, work.person_id, work.kind))


def of_ticket(ticket_id: int) -> dict[str, Any]:
    """What a ticket took, with those merged into it: seconds together, by person (written down, counted), and whose timers run on it."""
    family = queries.family_ids(ticket_id)
    written = select(WorkEntry.person_id, func.sum(WorkEntry.minutes).label("minutes"))
    written = written.where(WorkEntry.ticket_id.in_(family), WorkEntry.removed_at.is_(None)).group_by(WorkEntry.person_id)
    seconds = {row.person_id: int(row.minutes) * 60 for row in db.session.execute(written)}
    by_calls: dict[int, int] = defaultdict(int)
    spans = _timers_on(family)
    for work in _from_above(None, family, None, None):
        by_calls[work.person_id] += rules.outside(work.started_at, work.ended_at, spans[work.person_id])
    running = select(WorkTimer.person_id, WorkTimer.started_at).where(WorkTimer.ticket_id.in_(family)).order_by(WorkTimer.started_at)
    timers = db.session.execute(running).all()
    names = _names({*seconds, *by_calls, *(row.person_id for row in timers)})
    people = [
        {"person": names[one], "seconds": seconds.get(one, 0), "counted_seconds": by_calls.get(one, 0)}
        for one in sorted({*seconds, *by_calls})
    ]
    return {
        "seconds": sum(seconds.values()) + sum(by_calls.values()),
        "people": people,
        "running": [{"person_id": row.person_id, "person": names[row.person_id], "started_at": row.started_at} for row in timers],
    }


def _timers_on(ticket_ids: list[int]) -> dict[int, list[tuple[datetime, datetime]]]:
    query = select(WorkEntry.person_id, WorkEntry.started_at, WorkEntry.ended_at).where(
        WorkEntry.ticket_id.in_(ticket_ids), WorkEntry.started_at.is_not(None), WorkEntry.removed_at.is_(None)
    )
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in db.session.execute(query):
        spans[row.person_id].append((row.started_at, row.ended_at))
    return spans


def _names(person_ids: Collection[int]) -> dict[int, str]:
    query = select(Person.id, User.name).join(User, User.id == Person.user_id).where(Person.id.in_(list(person_ids)))
    return dict(db.session.execute(query).tuples().all()) if person_ids else {}


def timer(person_id: int) -> dict[str, Any] | None:
    """A person's running timer, as their pages show it."""
    query = (
        select(WorkTimer.activity, WorkTimer.note, WorkTimer.started_at, WorkTimer.confirmed_at, Ticket.number, Ticket.subject)
        .select_from(WorkTimer)
        .outerjoin(Ticket, Ticket.id == WorkTimer.ticket_id)
        .where(WorkTimer.person_id == person_id)
    )
    row = db.session.execute(query).first()
    return dict(row._mapping) if row is not None else None


def changes_of(entry_id: int) -> list[dict[str, Any]]:
    """The corrections of an entry, the oldest first."""
    query = select(WorkChange.at, WorkChange.before, WorkChange.after, User.name.label("actor")).outerjoin(
        User, User.id == WorkChange.actor_id
    )
    return [dict(row._mapping) for row in db.session.execute(query.where(WorkChange.entry_id == entry_id).order_by(WorkChange.id))]


def minutes_of_day(person_id: int, day: date, *, without: int | None = None) -> int:
    """What a person wrote down for a day so far."""
    query = select(func.sum(WorkEntry.minutes)).where(
        WorkEntry.person_id == person_id, WorkEntry.day == day, WorkEntry.removed_at.is_(None)
    )
    if without is not None:
        query = query.where(WorkEntry.id != without)
    return int(db.session.scalar(query) or 0)


def today_of(person: Person, now: datetime) -> date:
    """The local date in the person's branch."""
    return now.astimezone(ZoneInfo(person.branch.time_zone)).date()
