"""Who serves which queue."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.db import db
from staff.models import Person
from tickets.models import Queue


def queues_of(person: Person | None, *, on: date) -> list[Queue]:
    """Queues in use whose skills the person has on that day, in their order; all of them for an account that is nobody here."""
    query = select(Queue).where(Queue.active).order_by(Queue.position, Queue.id).options(selectinload(Queue.skills))
    queues = list(db.session.scalars(query))
    if person is None:
        return queues
    levels = {skill.skill_id: skill.level for skill in person.skills if skill.expires_on is None or skill.expires_on >= on}
    return [queue for queue in queues if all(levels.get(needed.skill_id, 0) >= needed.level for needed in queue.skills)]
