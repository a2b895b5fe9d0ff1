"""Questions about tasks: one, a ticket's, those that a person has to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, selectinload

from core.auth.models import User
from core.db import db
from core.errors import NotFound
from staff import queries as staff
from staff.models import Person
from staff.rules import AGENT_KINDS
from tickets import queries
from tickets.models import Queue, Ticket
from tickets.tasks.models import ReminderWish, Task, TaskChange

_Doer, _Author, _Holder = aliased(User), aliased(User), aliased(User)


def task(task_id: int) -> Task:
    """Raises NotFound."""
    found = db.session.get(Task, task_id)
    if found is None:
        raise NotFound(_("There is no such task."))
    return found


def lines(condition: Any, *order: Any, limit: int, start: int = 0) -> list[dict[str, Any]]:
    """Tasks as lists and screens show them, in one statement."""
    query = (
        select(
            Task.id,
            Task.text,
            Task.person_id,
            _Holder.name.label("person"),
            Task.queue_id,
            Queue.name.label("queue"),
            Ticket.number,
            Ticket.subject,
            Task.due_at,
            Task.remind_before,
            Task.remind_at,
            Task.reminded_at,
            Task.seen_at,
            Task.done_at,
            _Doer.name.label("done_by"),
            Task.source,
            Task.created_at,
            _Author.name.label("created_by"),
            Task.version,
        )
        .outerjoin(Person, Person.id == Task.person_id)
        .outerjoin(_Holder, _Holder.id == Person.user_id)
        .outerjoin(Queue, Queue.id == Task.queue_id)
        .outerjoin(Ticket, Ticket.id == Task.ticket_id)
        .outerjoin(_Doer, _Doer.id == Task.done_by_id)
        .outerjoin(_Author, _Author.id == Task.created_by_id)
        .where(condition)
        .order_by(*order)
        .offset(start)
        .limit(limit)
    )
    return [dict(row._mapping) for row in db.session.execute(query)]


def line(task_id: int) -> dict[str, Any]:
    """One task as lists show it. Raises NotFound."""
    found = lines(Task.id == task_id, Task.id, limit=1)
    if not found:
        raise NotFound(_("There is no such task."))
    return found[0]


def of_ticket(ticket_id: int, *, limit: int) -> list[dict[str, Any]]:
    """A ticket's tasks, and those of tickets merged into it: the open ones by due time, then those done, the newest first."""
    mine = Task.ticket_id.in_(queries.family_ids(ticket_id))
    due = lines(mine & Task.done_at.is_(None), Task.due_at.asc().nulls_last(), Task.id, limit=limit)
    return due + lines(mine & Task.done_at.is_not(None), Task.done_at.desc(), Task.id.desc(), limit=limit)


def open_on(ticket_id: int) -> int:
    """How many tasks of a ticket are still to do."""
    query = select(func.count()).select_from(Task).where(Task.ticket_id == ticket_id, Task.done_at.is_(None))
    return db.session.scalar(query) or 0


def mine(person: Person, *, limit: int, start: int = 0) -> list[dict[str, Any]]:
    """What a person has to do, by due time (without due time last): their own."""
    return lines((Task.person_id == person.id) & Task.done_at.is_(None), *_ORDER, limit=limit, start=start)


def of_queues(person: Person, *, on: date, limit: int, start: int = 0) -> list[dict[str, Any]]:
    """What somebody has to do who serves the queues that this person serves, in the same order."""
    condition = Task.queue_id.in_(queues_served(person, on=on)) & Task.done_at.is_(None)
    return lines(condition, *_ORDER, limit=limit, start=start)


_ORDER = (Task.due_at.asc().nulls_last(), Task.id)


def done_by(user_id: int, *, limit: int) -> list[dict[str, Any]]:
    """What an account did last, the newest first."""
    return lines(Task.done_by_id == user_id, Task.done_at.desc(), Task.id.desc(), limit=limit)


def queues_served(person: Person, *, on: date) -> list[int]:
    """Ids of the queues all of whose skills the person has on that day; none for somebody who takes no tickets."""
    if person.kind not in AGENT_KINDS:
        return []
    has = {line.skill_id: line.level for line in person.skills if line.expires_on is None or line.expires_on >= on}
    found = db.session.scalars(select(Queue).where(Queue.active).options(selectinload(Queue.skills)))
    return [queue.id for queue in found if all(has.get(line.skill_id, 0) >= line.level for line in queue.skills)]


def users_of(task: Task, *, on: date) -> list[User]:
    """The accounts of those who are to do it: the person's, or of all who serve the queue."""
    if task.person is not None:
        return [task.person.user]
    assert task.queue is not None
    levels = {line.skill_id: line.level for line in task.queue.skills}
    return [person.user for person in staff.with_skills(levels, on=on, kinds=AGENT_KINDS)]


def changes_of(task_id: int) -> list[dict[str, Any]]:
    """What was done to a task, the oldest first."""
    query = select(TaskChange.at, TaskChange.what, TaskChange.data, User.name.label("actor")).outerjoin(
        User, User.id == TaskChange.actor_id
    )
    return [dict(row._mapping) for row in db.session.execute(query.where(TaskChange.task_id == task_id).order_by(TaskChange.id))]


def due_reminders(now: datetime, limit: int) -> list[Task]:
    """Tasks whose reminder is due, the longest overdue first, their rows locked; those that another transaction holds are left out."""
    query: Select[Any] = (
        select(Task)
        .where(Task.remind_at <= now, Task.reminded_at.is_(None), Task.done_at.is_(None))
        .order_by(Task.remind_at, Task.id)
        .limit(limit)
        .with_for_update(of=Task, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def wish_mail(user_ids: Iterable[int]) -> Collection[int]:
    """Those of these accounts that want reminders by mail."""
    return set(db.session.scalars(select(ReminderWish.user_id).where(ReminderWish.user_id.in_(list(user_ids)), ReminderWish.by_mail)))
