"""The verbs of tasks: create, change, move, finish, take up again, remind. They lock the task's row, flush, never commit.

A task on a ticket is everybody's who works on tickets; a free-standing one only its person's, its author's and supervisors' (`manager`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events, live
from core.db import db, locked_row
from core.errors import Conflict, NotAllowed, NotFound, NotValid
from core.jsonable import jsonable
from staff.models import Branch, Person
from staff.queries import person_of_user
from tickets.locking import lock_survivor
from tickets.models import Queue, Ticket
from tickets.services import references
from tickets.sla.calendar import Calendar
from tickets.sla.choosing import branch_version, calendar_of
from tickets.tasks import queries, rules
from tickets.tasks.events import TaskReminded
from tickets.tasks.models import ReminderWish, Task, TaskChange

NAME = "task-reminders"
EVERY = 1.0
BATCH = 50
_FIELDS = ("text", "person_id", "queue_id", "due_at", "remind_before")


def create(
    *,
    text: str,
    now: datetime,
    actor_id: int | None,
    ticket_id: int | None = None,
    person_id: int | None = None,
    queue_id: int | None = None,
    due_at: datetime | None = None,
    due_in: Mapping[str, Any] | None = None,
    remind_before: int | None = None,
    source: str = "",
) -> Task:
    """A new task. With neither person nor queue it is for the ticket's assignee, else its queue; without ticket for the actor.

    `due_in`: {"amount", "unit"} (`rules.UNITS`) from now, by the calendar of the branch; instead of `due_at`. `remind_before`: seconds, None: no
    reminder. A merged ticket's goes to its survivor. `source`: "" for a person, a word of the machine's else. Raises NotValid, NotFound.
    """
    ticket = lock_survivor(ticket_id) if ticket_id is not None else None
    if person_id is not None and queue_id is not None:
        raise NotValid(_("A task is for a person or for a queue."), field="queue_id")
    if person_id is None and queue_id is None:
        person_id, queue_id = _whose(ticket, actor_id)
    task = Task(text=rules.check_text(text), ticket_id=ticket.id if ticket else None, source=source, created_at=now, created_by_id=actor_id)
    _put_holder(task, person_id, queue_id)
    if due_in is not None:
        due_at = rules.after(*rules.asked(due_in), now=now, calendar=calendar_for(ticket, task.person, task.queue))
    _set_due(task, due_at, remind_before)
    db.session.add(task)
    db.session.flush()
    _note(task, "created", now=now, actor_id=actor_id)
    show(task, now)
    return task


def change(
    *, task_id: int, now: datetime, actor_id: int | None, manager: bool = False, expected_version: int | None = None, **values: Any
) -> Task:
    """Change some of text, person_id, queue_id (one ends the other), due_at or due_in, remind_before. What moved reminds anew.

    Raises NotFound, NotAllowed, NotValid; Conflict (`changed_meanwhile`) after a colleague's change, (`done`) for one that is done.
    """
    task = _locked(task_id, actor_id, manager, expected_version)
    if task.done_at is not None:
        raise Conflict(_("This task is done. Take it up again first."), code="done")
    before = _facts(task)
    holders = [user.id for user in queries.users_of(task, on=now.date())]
    if "text" in values:
        task.text = rules.check_text(values["text"])
    if values.get("person_id") is not None and values.get("queue_id") is not None:
        raise NotValid(_("A task is for a person or for a queue."), field="queue_id")
    if values.get("person_id") is not None or values.get("queue_id") is not None:
        _put_holder(task, values.get("person_id"), values.get("queue_id"))
    if values.get("due_in") is not None:
        values["due_at"] = rules.after(*rules.asked(values["due_in"]), now=now, calendar=calendar_for(task.ticket, task.person, task.queue))
    if "due_at" in values or "remind_before" in values:
        due_at = values.get("due_at", task.due_at)
        lead = values.get("remind_before", task.remind_before)
        _set_due(task, due_at, lead if due_at is not None or "remind_before" in values else None)
    after = _facts(task)
    differs = {name: [before[name], after[name]] for name in _FIELDS if before[name] != after[name]}
    if not differs:
        return task
    db.session.flush()
    _note(task, "moved" if differs.keys() <= {"due_at"} else "changed", now=now, actor_id=actor_id, data=differs)
    show(task, now, also=holders)
    return task


def finish(*, task_id: int, now: datetime, actor_id: int | None, manager: bool = False) -> Task:
    """Done; without actor by the machine that made it. Once more changes nothing. Raises NotFound, NotAllowed."""
    task = _locked(task_id, actor_id, manager)
    if task.done_at is None:
        task.done_at, task.done_by_id = now, actor_id
        db.session.flush()
        _note(task, "done", now=now, actor_id=actor_id)
        show(task, now)
    return task


def take_up(*, task_id: int, now: datetime, actor_id: int, manager: bool = False) -> Task:
    """Not done after all. A reminder that passed meanwhile comes now. Raises NotFound, NotAllowed."""
    task = _locked(task_id, actor_id, manager)
    if task.done_at is not None:
        task.done_at, task.done_by_id = None, None
        db.session.flush()
        _note(task, "undone", now=now, actor_id=actor_id)
        show(task, now)
    return task


def see(*, task_id: int, now: datetime, actor_id: int, manager: bool = False) -> Task:
    """Its people were reminded, and somebody has seen it. Raises NotFound, NotAllowed."""
    task = _locked(task_id, actor_id, manager)
    if task.reminded_at is not None and task.seen_at is None:
        task.seen_at = now
        db.session.flush()
        show(task, now)
    return task


def remind_due(now: datetime) -> bool:
    """The sweep: each reminder that is due, once; also those that became due while nothing ran. True: there may be more.

    Safe when two run at once: the rows are locked, and one that another has reminded no longer meets the condition.
    """
    found = queries.due_reminders(now, BATCH)
    for task in found:
        task.reminded_at = now
        _note(task, "reminded", now=now, actor_id=None)
        db.session.flush()
        user_ids = [user.id for user in queries.users_of(task, on=now.date()) if user.active]
        wishing = queries.wish_mail(user_ids)
        events.publish(
            TaskReminded(
                at=now, task_id=task.id, remind_at=jsonable(task.remind_at), mail_to=tuple(one for one in user_ids if one in wishing)
            )
        )
        show(task, now)
    return len(found) == BATCH


def wish_mail(*, user_id: int, by_mail: bool) -> None:
    """Whether this account wants its reminders by mail too."""
    wish = db.session.get(ReminderWish, user_id) or ReminderWish(user_id=user_id)
    wish.by_mail = by_mail
    db.session.add(wish)
    db.session.flush()


def calendar_for(ticket: Ticket | None, person: Person | None, queue: Queue | None) -> Calendar:
    """The working hours that "in two working days" is counted by: of the ticket's branch, else the person's, else the queue's."""
    branch: Branch | None = ticket.queue.branch if ticket is not None else None
    branch = branch or (person.branch if person is not None else queue.branch if queue is not None else None)
    if branch is None:
        raise NotValid(_("A task is for a person or for a queue."), field="person_id")
    return calendar_of(branch_version(branch.id), branch)


def move_all(tasks: list[Task], ticket: Ticket, *, now: datetime) -> None:
    """Put these onto another ticket (merging); the caller holds both tickets' rows."""
    for task in tasks:
        old = task.ticket
        task.ticket, task.ticket_id = ticket, ticket.id
        db.session.flush()
        show(task, now)
        if old is not None:
            live.touch(f"ticket:{old.number}", "panel:tasks")


def hand_over(person_id: int, *, now: datetime, actor_id: int | None) -> None:
    """Somebody leaves: their open tasks on tickets become the queue's; free-standing ones stay theirs, for supervisors to see."""
    query = select(Task).where(Task.person_id == person_id, Task.ticket_id.is_not(None), Task.done_at.is_(None)).order_by(Task.id)
    for task in db.session.scalars(query.with_for_update(of=Task)).all():
        before, holders = task.person_id, [user.id for user in queries.users_of(task, on=now.date())]
        assert task.ticket is not None
        _put_holder(task, None, task.ticket.queue_id)
        db.session.flush()
        data = {"person_id": [before, None], "queue_id": [None, task.queue_id]}
        _note(task, "changed", now=now, actor_id=actor_id, data=data)
        show(task, now, also=holders)


def _whose(ticket: Ticket | None, actor_id: int | None) -> tuple[int | None, int | None]:
    """(person, queue) of a task of which nobody said whose it is."""
    if ticket is not None:
        return (ticket.assignee_id, None) if ticket.assignee_id is not None else (None, ticket.queue_id)
    me = person_of_user(actor_id) if actor_id is not None else None
    if me is None:
        raise NotValid(_("Say who is to do it."), field="person_id")
    return me.id, None


def _put_holder(task: Task, person_id: int | None, queue_id: int | None) -> None:
    if person_id is not None:
        person = db.session.get(Person, person_id)
        if person is None or not person.active:
            raise NotValid(_("There is no such colleague."), field="person_id")
        task.person, task.person_id, task.queue, task.queue_id = person, person.id, None, None
        return
    assert queue_id is not None
    queue = references.active_queue(queue_id)
    task.queue, task.queue_id, task.person, task.person_id = queue, queue.id, None, None


def _set_due(task: Task, due_at: datetime | None, remind_before: int | None) -> None:
    """Due then. A reminder at another instant than before fires anew."""
    lead = rules.check_lead(remind_before, due_at)
    remind_at = due_at - timedelta(seconds=lead) if due_at is not None and lead is not None else None
    if remind_at != task.remind_at:
        task.reminded_at, task.seen_at = None, None
    task.due_at, task.remind_before, task.remind_at = due_at, lead, remind_at


def _locked(task_id: int, actor_id: int | None, manager: bool, expected_version: int | None = None) -> Task:
    task = locked_row(Task, task_id)
    if task is None:
        raise NotFound(_("There is no such task."))
    check_may(task, actor_id, manager)
    if expected_version is not None and expected_version != task.version:
        raise Conflict(_("A colleague has changed this meanwhile. Look at it again."), code="changed_meanwhile")
    return task


def check_may(task: Task, actor_id: int | None, manager: bool) -> None:
    """Raises NotAllowed when a free-standing task is somebody else's."""
    if task.ticket_id is not None or task.queue_id is not None or manager or (actor_id is not None and task.created_by_id == actor_id):
        return
    if task.person is None or task.person.user_id != actor_id:
        raise NotAllowed(_("This is a colleague's own task."))


def _facts(task: Task) -> dict[str, Any]:
    return {name: jsonable(getattr(task, name)) for name in _FIELDS}


def _note(task: Task, what: str, *, now: datetime, actor_id: int | None, data: dict[str, Any] | None = None) -> None:
    db.session.add(TaskChange(task_id=task.id, at=now, actor_id=actor_id, what=what, data=data or {}))
    db.session.flush()


def show(task: Task, now: datetime, also: list[int] | None = None) -> None:
    """Everybody who has it in their list, or had it until now, and the ticket's page."""
    for user_id in {user.id for user in queries.users_of(task, on=now.date())} | set(also or ()):
        live.touch(f"work:{user_id}", f"task:{task.id}")
    if task.ticket_id is not None:
        number = db.session.scalar(select(Ticket.number).where(Ticket.id == task.ticket_id))
        live.touch(f"ticket:{number}", "panel:tasks")
