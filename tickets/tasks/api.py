"""Tasks over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user
from marshmallow import fields, validate

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.db import db
from staff import queries as staff
from tickets import queries as tickets
from tickets.schemas import identity, listed, one_of, plain
from tickets.tasks import queries, rules, services
from tickets.tasks.models import ReminderWish

blueprint = ApiBlueprint("tasks", "Follow-up tasks with reminders")
SHOWN = 200
LISTS = ("mine", "queues", "done")


class DueInSchema(ma.Schema):
    """From now: minutes and hours pass; days and weeks keep the local time; working days are those of the branch's calendar."""

    amount = fields.Integer(strict=True, required=True, validate=validate.Range(0, 100_000))
    unit = one_of(rules.UNITS, required=True)


class TaskFields(ma.Schema):
    person_id = identity(allow_none=True)
    queue_id = identity(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    due_in = fields.Nested(DueInSchema, allow_none=True, metadata={"description": "Instead of `due_at`"})
    remind_before = fields.Integer(
        strict=True, allow_none=True, metadata={"description": "Seconds before it is due; null: no reminder; 0: when it is due"}
    )


class TaskInput(TaskFields):
    """For a person or a queue; for neither: for the ticket's assignee, else its queue; without ticket for oneself."""

    text = plain(rules.LONGEST, required=True)
    ticket = identity(allow_none=True, load_default=None, metadata={"description": "The ticket's number"})


class TaskPatch(TaskFields):
    """Only what is sent changes. `version`: as the sender saw it; 409 when it has changed since."""

    text = plain(rules.LONGEST)
    version = fields.Integer(strict=True)


class TaskSchema(ma.Schema):
    id = fields.Integer()
    text = fields.String()
    person_id = fields.Integer(allow_none=True)
    person = fields.String(allow_none=True)
    queue_id = fields.Integer(allow_none=True)
    queue = fields.String(allow_none=True)
    number = fields.Integer(allow_none=True, metadata={"description": "The ticket's; null: free-standing"})
    subject = fields.String(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    remind_before = fields.Integer(allow_none=True)
    remind_at = fields.AwareDateTime(allow_none=True)
    reminded_at = fields.AwareDateTime(allow_none=True)
    seen_at = fields.AwareDateTime(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)
    done_by = fields.String(allow_none=True)
    source = fields.String()
    created_at = fields.AwareDateTime()
    created_by = fields.String(allow_none=True)
    version = fields.Integer()


class TaskChangeSchema(ma.Schema):
    at = fields.AwareDateTime()
    what = fields.String(metadata={"description": "created, changed, moved, done, undone, reminded"})
    actor = fields.String(allow_none=True)
    data = fields.Dict(metadata={"description": "Field: [before, after]"})


class TaskQuery(ma.Schema):
    list = one_of(LISTS, load_default="mine", metadata={"description": "One's own, one's queues', what one did last"})
    person_id = identity(strict=False, load_default=None, metadata={"description": "Another's own (supervisors only)"})


class WishSchema(ma.Schema):
    by_mail = fields.Boolean(required=True)


def _who() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id, "manager": may("staff.supervise")}


@blueprint.route("/tasks")
@permission("tickets.read")
@blueprint.arguments(TaskQuery, location="query")
@blueprint.response(200, listed(TaskSchema))
def list_tasks(query: dict[str, Any]) -> dict[str, Any]:
    """The 200 due first (of what was done: done last)."""
    other = query["person_id"] if may("staff.supervise") else None
    person = staff.person(other) if other is not None else staff.person_of_user(current_user.id)
    if query["list"] == "done":
        items = queries.done_by(person.user_id if person is not None else current_user.id, limit=SHOWN)
    elif person is None:
        items = []
    elif query["list"] == "queues":
        items = queries.of_queues(person, on=clock.now().date(), limit=SHOWN)
    else:
        items = queries.mine(person, limit=SHOWN)
    return {"items": items, "next": None}


@blueprint.route("/tasks", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(TaskInput)
@blueprint.response(201, TaskSchema)
def create_task(body: dict[str, Any]) -> dict[str, Any]:
    """A new task, on a ticket or free-standing."""
    number = body.pop("ticket")
    ticket_id = tickets.by_number(number).id if number is not None else None
    return queries.line(services.create(ticket_id=ticket_id, now=clock.now(), actor_id=current_user.id, **body).id)


@blueprint.route("/tasks/<int:task_id>")
@permission("tickets.read")
@blueprint.response(200, TaskSchema)
def get_task(task_id: int) -> dict[str, Any]:
    """One task."""
    services.check_may(queries.task(task_id), current_user.id, may("staff.supervise"))
    return queries.line(task_id)


@blueprint.route("/tasks/<int:task_id>", methods=("PATCH",))
@permission("tickets.write")
@blueprint.arguments(TaskPatch)
@blueprint.response(200, TaskSchema)
def change_task(body: dict[str, Any], task_id: int) -> dict[str, Any]:
    """Other words, another person or queue, another time (what moved reminds anew)."""
    return queries.line(services.change(task_id=task_id, expected_version=body.pop("version", None), **_who(), **body).id)


@blueprint.route("/tasks/<int:task_id>/completion", methods=("POST",))
@permission("tickets.write")
@blueprint.response(200, TaskSchema)
def finish_task(task_id: int) -> dict[str, Any]:
    """Done."""
    return queries.line(services.finish(task_id=task_id, **_who()).id)


@blueprint.route("/tasks/<int:task_id>/completion", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, TaskSchema)
def take_up_task(task_id: int) -> dict[str, Any]:
    """Not done after all."""
    return queries.line(services.take_up(task_id=task_id, **_who()).id)


@blueprint.route("/tasks/<int:task_id>/sighting", methods=("POST",))
@permission("tickets.write")
@blueprint.response(200, TaskSchema)
def see_task(task_id: int) -> dict[str, Any]:
    """The reminder was seen."""
    return queries.line(services.see(task_id=task_id, **_who()).id)


@blueprint.route("/tasks/<int:task_id>/changes")
@permission("tickets.read")
@blueprint.response(200, listed(TaskChangeSchema))
def list_changes(task_id: int) -> dict[str, Any]:
    """What was done to it, the oldest first."""
    services.check_may(queries.task(task_id), current_user.id, may("staff.supervise"))
    return {"items": queries.changes_of(task_id), "next": None}


@blueprint.route("/tickets/<int:number>/tasks")
@permission("tickets.read")
@blueprint.response(200, listed(TaskSchema))
def list_tasks_of_ticket(number: int) -> dict[str, Any]:
    """A ticket's tasks: the open ones by due time, then those done, the newest first."""
    return {"items": queries.of_ticket(tickets.by_number(number).id, limit=SHOWN), "next": None}


@blueprint.route("/reminder-wish")
@permission("tickets.read")
@blueprint.response(200, WishSchema)
def get_wish() -> dict[str, Any]:
    """Whether one's reminders come by mail too."""
    return {"by_mail": wants_mail()}


@blueprint.route("/reminder-wish", methods=("PUT",))
@permission("tickets.read")
@blueprint.arguments(WishSchema)
@blueprint.response(200, WishSchema)
def put_wish(body: dict[str, Any]) -> dict[str, Any]:
    """Say whether one's reminders come by mail too."""
    services.wish_mail(user_id=current_user.id, by_mail=body["by_mail"])
    return body


def wants_mail() -> bool:
    """The reader's own wish."""
    wish = db.session.get(ReminderWish, current_user.id)
    return wish is not None and wish.by_mail
