"""Questions about calls. Read only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import selectinload

from callcenter.voice.models import Call, Callback, Leg, Offer, PhoneNumber, QueueEntry, Recording
from core.db import db
from staff import queries as staff
from staff.models import Person
from tickets.models import Queue
from tickets.sla.calendar import Calendar
from tickets.sla.models import CalendarRow, CalendarVersion


def number_called(to_number: str) -> PhoneNumber | None:
    """Our number that was dialled, if it is one of ours and in use."""
    return db.session.scalar(select(PhoneNumber).where(PhoneNumber.number == to_number, PhoneNumber.active))


def branch_open(branch_id: int, now: datetime) -> bool:
    """Whether the branch's own calendar has working time now. A branch without a calendar is always open."""
    definition = db.session.scalar(
        select(CalendarVersion.definition)
        .join(CalendarRow, and_(CalendarRow.id == CalendarVersion.calendar_id, CalendarRow.version == CalendarVersion.version))
        .where(CalendarRow.branch_id == branch_id)
    )
    if definition is None:
        return True
    return Calendar.from_dict(definition).work_seconds(now, now + timedelta(seconds=1)) > 0


def open_entry(call_id: int) -> QueueEntry | None:
    """The call's place in a queue, if it waits (at most one)."""
    return db.session.scalar(select(QueueEntry).where(QueueEntry.call_id == call_id, QueueEntry.state != "ended"))


def last_entry(call_id: int) -> QueueEntry | None:
    """The newest stay in a queue, open or ended."""
    return db.session.scalar(select(QueueEntry).where(QueueEntry.call_id == call_id).order_by(QueueEntry.id.desc()).limit(1))


def ahead_of(entry: QueueEntry, now: datetime) -> int:
    """How many wait before this one in the same queue, those who are to be called back included once it is their turn."""
    query = select(func.count()).where(
        QueueEntry.queue_id == entry.queue_id,
        QueueEntry.state == "waiting",
        QueueEntry.id != entry.id,
        or_(QueueEntry.not_before.is_(None), QueueEntry.not_before <= now),
        tuple_(-QueueEntry.priority, QueueEntry.enqueued_at, QueueEntry.id) < tuple_(-entry.priority, entry.enqueued_at, entry.id),
    )
    return db.session.scalar(query) or 0


def skill_levels(queue: Queue) -> dict[int, int]:
    """Skill id → least level that serving the queue needs."""
    return {line.skill_id: line.level for line in queue.skills}


def agents_at_work(queue: Queue, now: datetime) -> int:
    """Agents who can serve the queue and are ready, talking or wrapping up."""
    return staff.count_present(skill_levels(queue), on=now.date(), kinds=("agent", "both"), states=("ready", "on_call", "wrap_up"))


def usual_handling_seconds(queue_id: int, now: datetime) -> float | None:
    """Mean talk time of the queue's last 20 answered calls of the week; None without any."""
    recent = (
        select((func.extract("epoch", Call.ended_at) - func.extract("epoch", Call.answered_at)).label("seconds"))
        .where(Call.queue_id == queue_id, Call.answered_at.is_not(None), Call.ended_at > now - timedelta(days=7))
        .order_by(Call.ended_at.desc())
        .limit(20)
        .subquery()
    )
    found = db.session.scalar(select(func.avg(recent.c.seconds)))
    return float(found) if found is not None else None


def open_offer_of(person_id: int) -> Offer | None:
    """The offer on an agent's screen."""
    return db.session.scalar(select(Offer).where(Offer.person_id == person_id, Offer.state == "open"))


def call_of_person(person_id: int) -> Call | None:
    """The call an agent is in (also when their connection was just lost), or is still wrapping up; the one taken last."""
    query = (
        select(Call)
        .join(Leg, Leg.call_id == Call.id)
        .where(Leg.person_id == person_id, Leg.state.not_in(("released", "done")))
        .order_by(Leg.id.desc())  # a callback's call may be older than one that was taken before it
        .limit(1)
    )
    return db.session.scalar(query)


def leg_of(call_id: int, person_id: int) -> Leg | None:
    """The newest part of an agent in a call."""
    return db.session.scalar(select(Leg).where(Leg.call_id == call_id, Leg.person_id == person_id).order_by(Leg.id.desc()).limit(1))


def person_ids_on(call: Call) -> tuple[int, ...]:
    """Agents who are in the call or have it to wrap up."""
    return tuple(dict.fromkeys(leg.person_id for leg in call.legs if leg.state not in ("released", "done")))


def running(limit: int = 300) -> list[Call]:
    """Calls that have not ended, the oldest first."""
    query = select(Call).where(Call.ended_at.is_(None)).options(selectinload(Call.legs))
    return list(db.session.scalars(query.order_by(Call.started_at).limit(limit)))


def running_of_customer(customer_id: int) -> list[int]:
    """Ids of a customer's calls that are not ended or not wrapped up."""
    on_a_screen = Call.legs.any(Leg.state.not_in(("released", "done")))
    return list(db.session.scalars(select(Call.id).where(Call.customer_id == customer_id, or_(Call.ended_at.is_(None), on_a_screen))))


def calls_of_customer(customer_id: int, limit: int = 10) -> list[Call]:
    """Newest first."""
    return list(db.session.scalars(select(Call).where(Call.customer_id == customer_id).order_by(Call.started_at.desc()).limit(limit)))


def callbacks(state: str | None) -> Select[Any]:
    """Callbacks in this state, or all."""
    query = select(Callback)
    return query.where(Callback.state == state) if state else query


def place_of(callback_id: int) -> QueueEntry | None:
    """The place that a callback has in the queue, while it is open."""
    query = select(QueueEntry).join(Call, Call.id == QueueEntry.call_id)
    return db.session.scalar(query.where(Call.callback_id == callback_id, Call.direction == "outbound", QueueEntry.state != "ended"))


def recordings(call_id: int) -> list[Recording]:
    """What was recorded of a call, the oldest first."""
    return list(db.session.scalars(select(Recording).where(Recording.call_id == call_id).order_by(Recording.id)))


def took_part(call_id: int, user_id: int) -> bool:
    """Whether this user was an agent of the call."""
    query = select(Leg.id).join(Person, Person.id == Leg.person_id).where(Leg.call_id == call_id, Person.user_id == user_id)
    return db.session.scalar(query.where(Leg.joined_at.is_not(None)).limit(1)) is not None


def person_who_may(queue: Queue, now: datetime) -> list[Person]:
    """Agents who can serve the queue, whether they are there or not."""
    return staff.with_skills(skill_levels(queue), on=now.date(), kinds=("agent", "both"))
