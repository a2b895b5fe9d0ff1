"""Assignment as data: codes, ids and times; the reader's side finds the words."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from core.auth.models import User
from core.db import db
from core.jsonable import jsonable
from customers import queries as customers
from customers.models import Customer
from staff import availability
from staff.models import Absence, Person
from tickets.assigning import deciding, queries
from tickets.assigning.models import Handover, Placement
from tickets.models import Entry, Queue, Ticket

NAME = "assignment"
AHEAD = timedelta(days=3)  # an absence that begins so soon is listed already
WAITING_SHOWN, HANDOVERS_SHOWN = 200, 20


def assignment(ticket: Ticket) -> dict[str, Any]:
    """`assigned`: why who has it got it (None: nobody has it, or it stands nowhere); `waiting`: what the rules found for one that nobody has yet."""
    return {"assigned": _assigned(ticket), "waiting": _waiting(ticket)}


def panel(ticket: Ticket) -> tuple[str, Any] | None:
    """For the ticket's page; nothing when there is nothing to tell."""
    found = assignment(ticket)
    return (NAME, jsonable(found)) if found["assigned"] or found["waiting"] else None


def _assigned(ticket: Ticket) -> dict[str, Any] | None:
    if ticket.assignee_id is None:
        return None
    query = select(Entry.data["assigned"], Entry.happened_at, Entry.author_name)
    query = query.where(Entry.ticket_id == ticket.id, Entry.kind == "change", Entry.data.has_key("assigned"))
    row = db.session.execute(query.order_by(Entry.id.desc()).limit(1)).first()
    if row is None or row[0].get("person_id", ticket.assignee_id) != ticket.assignee_id:
        return None
    return {**row[0], "at": row.happened_at, "by": row.author_name, "name": ticket.assignee.name if ticket.assignee else ""}


def _waiting(ticket: Ticket) -> dict[str, Any] | None:
    placement = queries.placement(ticket.id) if ticket.assignee_id is None and ticket.is_open else None
    if placement is None:
        return None
    return {"since": placement.since, "told_at": placement.told_at, "why": placement.why}


def workloads(now: datetime, only: Collection[int] | None = None) -> list[dict[str, Any]]:
    """Agents by name, with what they have of what they can hold, and whether they are there. A constant number of statements."""
    people = queries.agents(only)
    ids = [person.id for person in people]
    load = queries.loads(ids, queries.settings().weights)
    there = availability.availabilities(ids, now)
    lines = [
        {
            "person_id": person.id,
            "name": person.name,
            "held": load[person.id],
            "capacity": person.capacity,
            "presence": there[person.id].presence,
            "away": there[person.id].away,
            "on_shift": there[person.id].on_shift,
            "absent_until": there[person.id].absent_until,
            "reason": there[person.id].reason,
        }
        for person in people
    ]
    return sorted(lines, key=lambda line: (line["name"], line["person_id"]))


def away(now: datetime) -> list[dict[str, Any]]:
    """Who has open tickets and is away for long, now or within three days: with the absence and how many tickets. One statement."""
    long = timedelta(hours=queries.settings().long_absence_hours)
    count = func.count(Ticket.id).label("open")
    query = (
        select(Person.id, User.name, Absence.id, Absence.starts_at, Absence.ends_at, Absence.reason, count)
        .join(User, User.id == Person.user_id)
        .join(Absence, Absence.person_id == Person.id)
        .join(Ticket, Ticket.assignee_id == Person.id)
        .where(Absence.ends_at > now, Absence.starts_at <= now + AHEAD, Absence.ends_at - Absence.starts_at >= long)
        .where(Ticket.status.not_in(("resolved", "closed")))
        .group_by(Person.id, User.name, Absence.id)
        .order_by(Absence.starts_at, User.name, Absence.id)
    )
    names = ("person_id", "name", "absence_id", "starts_at", "ends_at", "reason", "open")
    return [dict(zip(names, row, strict=True)) for row in db.session.execute(query)]


def waiting(now: datetime) -> list[dict[str, Any]]:
    """Tickets for which the rules have found nobody so far, those that wait for longest first; at most 200. One statement."""
    query = (
        select(Ticket.number, Ticket.subject, Ticket.due_at, Queue.name.label("queue"), Placement.since, Placement.told_at, Placement.why)
        .join(Ticket, Ticket.id == Placement.ticket_id)
        .join(Queue, Queue.id == Ticket.queue_id)
        .where(Ticket.assignee_id.is_(None), Placement.why.is_not(None))
        .order_by(Placement.since, Ticket.id)
        .limit(WAITING_SHOWN)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def handover(row: Handover, names: dict[int, str]) -> dict[str, Any]:
    """What was handed over, without the tickets one by one."""
    return {
        "id": row.id,
        "reason": row.reason,
        "person_id": row.person_id,
        "person": names.get(row.person_id or 0),
        "customer_id": row.customer_id,
        "tickets": len(row.moves),
        "unplaced": sum(1 for move in row.moves if move["to"] is None),
        "to": sorted({names[move["to"]] for move in row.moves if move["to"] in names}),
        "done_at": row.done_at,
        "undone_at": row.undone_at,
    }


def handovers(rows: Collection[Handover]) -> list[dict[str, Any]]:
    """With everybody's names by one statement."""
    ids = {row.person_id for row in rows} | {move["to"] for row in rows for move in row.moves}
    query = select(Person.id, User.name).join(User, User.id == Person.user_id).where(Person.id.in_([one for one in ids if one]))
    names: dict[int, str] = dict(db.session.execute(query).tuples().all())
    return [handover(row, names) for row in rows]


def newest_handovers() -> list[dict[str, Any]]:
    """The newest twenty of people who were away."""
    query = select(Handover).where(Handover.reason == "absence").order_by(Handover.id.desc()).limit(HANDOVERS_SHOWN)
    return handovers(db.session.scalars(query).all())


def flow(customer_id: int, now: datetime) -> dict[str, Any]:
    """How a customer is served: `service_flow` their own (None: as the firm does), `flow` what that comes to, `now`: who gets what comes in at this
    moment (of a represented customer), or None with `skipped`. Raises NotFound."""
    customer = customers.customer(customer_id)
    settings = queries.settings()
    skipped: list[dict[str, Any]] = []
    represented = deciding.is_represented(customer, settings)
    serves = deciding.representative_of(customer.representative_id, customer.deputy_id, now=now, skipped=skipped) if represented else None
    return {
        "customer_id": customer.id,
        "version": customer.version,
        "service_flow": customer.service_flow,
        "firm_flow": settings.flow,
        "flow": "representative" if represented else "department",
        "representative_id": customer.representative_id,
        "representative": _name(customer.representative_id),
        "deputy_id": customer.deputy_id,
        "deputy": _name(customer.deputy_id),
        "now": serves,
        "skipped": skipped,
        "open": _open_tickets(customer),
    }


def _open_tickets(customer: Customer) -> int:
    query = select(func.count()).where(Ticket.customer_id == customer.id, Ticket.status.not_in(("resolved", "closed")))
    return db.session.scalar(query) or 0


def _name(person_id: int | None) -> str | None:
    person = db.session.get(Person, person_id) if person_id is not None else None
    return person.name if person is not None else None
