"""What an escalation level does: tell people, raise the priority, give the ticket to somebody. A worker does it soon after the sweep found the level
reached; done twice it changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import clock, events, live, outbox
from core.auth.models import Role, User
from core.db import db, transaction
from core.errors import DomainError
from staff.models import Person
from tickets import rules, services, timeline
from tickets.events import TicketChanged
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.sla import on_call
from tickets.sla.ladder import is_raise
from tickets.sla.models import Escalation, EscalationNotice

KIND = "sla.escalate"
NOBODY = {"failed": "nobody"}


@outbox.handles(KIND, queue="fast", lease=60, attempts=20)
def run(row_id: int, payload: dict[str, Any]) -> None:
    """The outbox handler."""
    now = clock.now()
    with transaction():
        perform(escalation_id=payload["escalation_id"], now=now)
        outbox.finish(row_id, now=now)


def perform(*, escalation_id: int, now: datetime) -> None:
    """Do the level's actions once; nothing when they are done, when the breach was withdrawn or the ticket is not open any more. Locks the ticket."""
    found = db.session.get(Escalation, escalation_id)
    if found is None:
        return
    ticket = lock_ticket(found.ticket_id)
    escalation = db.session.get_one(Escalation, escalation_id, with_for_update=True, populate_existing=True)
    if escalation.done is not None or escalation.withdrawn_at is not None:
        return
    if not rules.is_open(ticket.status):
        escalation.done = []
        return
    escalation.done = [{**action, **_do(action, escalation, ticket, now)} for action in escalation.actions]
    _tell(escalation, ticket, now)


def _do(action: dict[str, Any], escalation: Escalation, ticket: Ticket, now: datetime) -> dict[str, Any]:
    """One action; what came of it: {"names": …} or {"failed": a code or the reason in words}."""
    try:
        with db.session.begin_nested():
            if action["do"] == "priority":
                return _raise_priority(action["priority"], ticket, now)
            if action["do"] == "assign":
                return _assign(action, ticket, now)
            return _notify(action, escalation, ticket, now)
    except DomainError as error:
        return {"failed": str(error.message)}


def _raise_priority(priority: str, ticket: Ticket, now: datetime) -> dict[str, Any]:
    if is_raise(ticket.priority, priority):
        services.set_priority(ticket_id=ticket.id, priority=priority, actor_id=None, now=now)
    return {"names": []}


def _assign(action: dict[str, Any], ticket: Ticket, now: datetime) -> dict[str, Any]:
    person = _person(action, now)
    if person is None:
        return NOBODY
    services.assign(ticket_id=ticket.id, person_id=person.id, actor_id=None, now=now)
    return {"names": [person.name]}


def _notify(action: dict[str, Any], escalation: Escalation, ticket: Ticket, now: datetime) -> dict[str, Any]:
    users = _users(action, ticket, now)
    for user in users:
        values = {"escalation_id": escalation.id, "user_id": user.id, "call": action["do"] == "call", "created_at": now}
        row = insert(EscalationNotice).values(**values)
        # Told twice by one level is told once; a call outweighs a notice.
        louder = row.on_conflict_do_update(
            index_elements=["escalation_id", "user_id"], set_={"call": EscalationNotice.call | row.excluded.call}
        )
        notice_id = db.session.execute(louder.returning(EscalationNotice.id)).scalar_one()
        live.touch(f"notices:{user.id}", notice_id)
    return {"names": [user.name for user in users]} if users else NOBODY


def _users(action: dict[str, Any], ticket: Ticket, now: datetime) -> list[User]:
    """Whom an action tells: active accounts by name."""
    if action["to"] == "role":
        query = select(User).where(User.active, User.roles.any(Role.name == action["role"]))
        return list(db.session.scalars(query.order_by(User.name, User.id)))
    person = ticket.assignee if action["to"] == "assignee" else _person(action, now)
    return [person.user] if person is not None and person.user.active else []


def _person(action: dict[str, Any], now: datetime) -> Person | None:
    if action["to"] == "on_call":
        return on_call.person_on_call(action["id"], now)
    person = db.session.get(Person, action["id"])
    return person if person is not None and person.active else None


def _tell(escalation: Escalation, ticket: Ticket, now: datetime) -> None:
    """The level stands in the ticket's timeline, at the instant it was reached."""
    data = {"level": escalation.level, "clock": escalation.kind, "reached_at": escalation.reached_at, "done": escalation.done}
    entry = timeline.write(ticket, kind="change", now=now, data={"escalation": data, "version": ticket.version})
    events.publish(
        TicketChanged(
            at=now,
            ticket_id=ticket.id,
            number=ticket.number,
            queue_id_before=ticket.queue_id,
            queue_id=ticket.queue_id,
            assignee_id_before=ticket.assignee_id,
            assignee_id=ticket.assignee_id,
            entry_id=entry.id,
        )
    )


def unseen(user_id: int, limit: int, start: int = 0) -> list[dict[str, Any]]:
    """What this user is to be told of, the newest first, from the place `start` on."""
    query = (
        select(
            EscalationNotice.id,
            EscalationNotice.call,
            EscalationNotice.created_at,
            Escalation.kind,
            Escalation.level,
            Ticket.number,
            Ticket.subject,
        )
        .join(Escalation, Escalation.id == EscalationNotice.escalation_id)
        .join(Ticket, Ticket.id == Escalation.ticket_id)
        .where(EscalationNotice.user_id == user_id, EscalationNotice.seen_at.is_(None), Escalation.withdrawn_at.is_(None))
        .order_by(EscalationNotice.id.desc())
        .offset(start)
        .limit(limit)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def see(*, notice_id: int, user_id: int, now: datetime) -> None:
    """The user has seen it; without effect for another's notice or one seen before."""
    notice = db.session.scalar(select(EscalationNotice).filter_by(id=notice_id, user_id=user_id, seen_at=None).with_for_update())
    if notice is not None:
        notice.seen_at = now
        db.session.flush()
        live.touch(f"notices:{user_id}", notice_id)


def log_rows(*, limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """The ladder's log, the newest first, those withdrawn too; `before`: the id of the last row seen."""
    query = select(Escalation, Ticket.number, Ticket.subject).join(Ticket, Ticket.id == Escalation.ticket_id)
    if before is not None:
        query = query.where(Escalation.id < before)
    names = ("id", "kind", "level", "reached_at", "fired_at", "withdrawn_at", "done")
    return [
        {name: getattr(row, name) for name in names} | {"number": number, "subject": subject}
        for row, number, subject in db.session.execute(query.order_by(Escalation.id.desc()).limit(limit))
    ]
