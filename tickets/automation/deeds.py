"""The built-in actions of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import events
from core.auth.models import Role, User
from core.db import db
from core.errors import DomainError, NotValid
from core.webhooks.services import endpoints
from staff import queries as staff
from staff.models import Person
from tickets import queries, services
from tickets.assigning import placing
from tickets.automation import choices, field_values
from tickets.automation.actions import Action, Work
from tickets.automation.events import WebhookCalled
from tickets.automation.inputs import Input
from tickets.automation.slots import ACTIONS
from tickets.automation.triggers import Facts
from tickets.macros.rules import rendered
from tickets.macros.services import values_of
from tickets.notices import services as notices
from tickets.tasks import services as tasks

Values = Mapping[str, Any]
Done = dict[str, Any] | None
_WRITTEN = ("web", "chat", "sms")  # channels that carry an answer without an address


def _common(work: Work) -> dict[str, Any]:
    return {"ticket_id": work.ticket.id, "now": work.now, "actor_id": None}


def words(work: Work, texts: Mapping[str, str]) -> str:
    """The text in the ticket's language with its variables; {{agent}} is whoever has the ticket."""
    values = values_of(work.ticket, None) | {"agent": work.ticket.assignee.name if work.ticket.assignee is not None else None}
    return rendered(texts, work.ticket.language, values)[0]


def _priority(work: Work, values: Values) -> Done:
    services.set_priority(**_common(work), priority=values["priority"])
    return None


def _status(work: Work, values: Values) -> Done:
    # A new ticket that is answered by a rule's move is a colleague's decision made beforehand.
    services.change_status(**_common(work), status=values["status"], wait_reason=values.get("wait_reason"), why=work.rule.name)
    return None


def _kind(work: Work, values: Values) -> Done:
    services.set_kind(**_common(work), kind=values["kind"])
    return None


def _field(work: Work, values: Values) -> Done:
    services.set_fields(**_common(work), fields={values["field"]: field_values.read(values["field"], values.get("value"))})
    return None


def _check_field(values: dict[str, Any]) -> None:
    field_values.read(values["field"], values.get("value"))


def _tags(work: Work, values: Values) -> Done:
    services.change_tags(**_common(work), add=values.get("add", ()), remove=values.get("remove", ()))
    return None


def _check_tags(values: dict[str, Any]) -> None:
    if not values.get("add") and not values.get("remove"):
        raise NotValid(_("Name a tag to add or to remove."))


def _queue(work: Work, values: Values) -> Done:
    services.move_to_queue(**_common(work), queue_id=values["queue"])
    return None


def _assign(work: Work, values: Values) -> Done:
    person_id = values["person"] or None
    ticket = services.assign(**_common(work), person_id=person_id)
    return {"names": [ticket.assignee.name]} if ticket.assignee is not None else None


def _place(work: Work, _values: Values) -> Done:
    """A moment later, by the sweep of assignment; a ticket that is somebody's stays theirs."""
    if work.ticket.assignee_id is None:
        placing.request([work.ticket.id], now=work.now)
    return None


def _note(work: Work, values: Values) -> Done:
    data = {"rule": {"id": work.rule.id, "name": work.rule.name}}
    services.add_note(**_common(work), text=words(work, {"en": values["text"]}), data=data)
    return None


def _message(work: Work, values: Values) -> Done:
    ticket = work.ticket
    channel = services.answer_channel(ticket)
    if channel == "email" or channel in _WRITTEN:
        data = {"rule": {"id": work.rule.id, "name": work.rule.name}}
        services.reply(**_common(work), text=words(work, values["texts"]), channel=channel, data=data, automatic=True)
        return None
    raise DomainError(_("The customer cannot be written to: no address is known."), code="no_address")


def _notify(work: Work, values: Values) -> Done:
    names = notices.tell(
        user_ids=_user_ids(work, values),
        kind="rule",
        title=work.rule.name,
        text=words(work, {"en": values["text"]}),
        now=work.now,
        ticket_id=work.ticket.id,
        by_notice="notice" in values["by"],
        by_mail="mail" in values["by"],
    )
    if not names:
        raise DomainError(_("Nobody was there to be told."), code="nobody")
    return {"names": names}


def _user_ids(work: Work, values: Values) -> list[int]:
    to = values["to"]
    if to == "assignee":
        return [work.ticket.assignee.user_id] if work.ticket.assignee is not None else []
    if to == "person":
        person = db.session.get(Person, values["person"])
        return [person.user_id] if person is not None else []
    if to == "role":
        return list(db.session.scalars(select(User.id).where(User.roles.any(Role.name == values["role"]))))
    queue = queries.queue(values["queue"]) if to == "queue" else work.ticket.queue
    levels = {skill.skill_id: skill.level for skill in queue.skills}
    return [person.user_id for person in staff.with_skills(levels, on=work.now.date(), kinds=("agent", "both"))]


def _webhook(work: Work, values: Values) -> Done:
    endpoint = endpoints.active(values["webhook"])
    events.publish(
        WebhookCalled(
            at=work.now,
            endpoint_id=endpoint.id,
            ticket_id=work.ticket.id,
            number=work.ticket.number,
            rule_id=work.rule.id,
            rule=work.rule.name,
            occasion=work.key,
        )
    )
    return {"names": [endpoint.name]}


def _task(work: Work, values: Values) -> Done:
    task = tasks.create(
        **_common(work),
        text=words(work, {"en": values["text"]}),
        person_id=values.get("person"),
        queue_id=values.get("queue"),
        due_in={"amount": values["amount"], "unit": values["unit"]},
        source="rule",
    )
    return {"names": [task.person.name]} if task.person is not None else None


def _for_whom() -> choices.Pairs:
    return [("ticket", _("whoever has the ticket, else its queue")), ("person", _("one person")), ("queue", _("a queue"))]


def _units() -> choices.Pairs:
    return [("working_days", _("working days")), ("hours", _("hours")), ("days", _("days")), ("weeks", _("weeks"))]


def _by() -> choices.Pairs:
    return [("notice", _("on their screens")), ("mail", _("by mail"))]


def _whom() -> choices.Pairs:
    return [
        ("assignee", _("whoever has the ticket")),
        ("own_queue", _("all of the ticket's queue")),
        ("queue", _("all of a queue")),
        ("role", _("everybody in a role")),
        ("person", _("one person")),
    ]


def _targets() -> choices.Pairs:
    return [pair for pair in choices.statuses() if pair[0] not in ("new", "scheduled")]


def _facts(trigger: str, **facts: Any) -> list[tuple[str, Facts]]:
    return [(trigger, {name: value if isinstance(value, list) else [value] for name, value in facts.items()})]


_OWN = (
    Action(
        name="priority",
        label=_("Set the priority"),
        run=_priority,
        inputs=(Input(name="priority", label=_("Priority"), kind="choice", choices=choices.priorities),),
        sets_off=lambda values: _facts("priority_changed", to=values["priority"]),
    ),
    Action(
        name="status",
        label=_("Set the status"),
        run=_status,
        inputs=(
            Input(name="status", label=_("Status"), kind="choice", choices=_targets),
            Input(name="wait_reason", label=_("Waits for"), kind="choice", choices=choices.wait_reasons, when=("status", ("waiting",))),
        ),
        sets_off=lambda values: _facts("status_changed", to=values["status"], wait_reason=values.get("wait_reason") or []),
    ),
    Action(
        name="kind",
        label=_("Set the kind"),
        run=_kind,
        inputs=(Input(name="kind", label=_("Kind"), kind="choice", choices=choices.kinds),),
        sets_off=lambda values: _facts("kind_changed", to=values["kind"]),
    ),
    Action(
        name="field",
        label=_("Set a custom field"),
        run=_field,
        inputs=(
            Input(name="field", label=_("Field"), kind="choice", choices=choices.fields),
            Input(name="value", label=_("Value (empty: none)"), kind="word", required=False),
        ),
        check=_check_field,
        sets_off=lambda values: _facts("field_changed", field=values["field"]),
    ),
    Action(
        name="tags",
        label=_("Add or remove tags"),
        run=_tags,
        inputs=(
            Input(name="add", label=_("Tags to add"), kind="tags", required=False),
            Input(name="remove", label=_("Tags to remove"), kind="tags", required=False),
        ),
        sets_off=lambda values: _facts("tags_changed", added=values.get("add", []), removed=values.get("remove", [])),
        check=_check_tags,
    ),
    Action(
        name="queue",
        label=_("Move to a queue"),
        run=_queue,
        inputs=(Input(name="queue", label=_("Queue"), kind="choice", choices=choices.queues),),
        sets_off=lambda values: _facts("queue_changed", to=values["queue"]) + _facts("assignee_changed", to=choices.NOBODY),
    ),
    Action(
        name="assign",
        label=_("Assign"),
        run=_assign,
        inputs=(Input(name="person", label=_("Person"), kind="choice", choices=choices.people_or_nobody),),
        sets_off=lambda values: _facts("assignee_changed", to=values["person"]),
    ),
    Action(
        name="place",
        label=_("Find somebody by the assignment rules (if it is nobody's)"),
        run=_place,
        sets_off=lambda _values: _facts("assignee_changed"),
    ),
    Action(
        name="notify",
        label=_("Tell colleagues"),
        run=_notify,
        inputs=(
            Input(name="to", label=_("Whom"), kind="choice", choices=_whom),
            Input(name="person", label=_("Person"), kind="choice", choices=choices.people, when=("to", ("person",))),
            Input(name="role", label=_("Role"), kind="choice", choices=choices.roles, when=("to", ("role",))),
            Input(name="queue", label=_("Queue"), kind="choice", choices=choices.queues, when=("to", ("queue",))),
            Input(name="by", label=_("How"), kind="choices", choices=_by),
            Input(name="text", label=_("Text"), kind="text"),
        ),
    ),
    Action(
        name="message",
        label=_("Write to the customer (marked as automatic)"),
        run=_message,
        inputs=(Input(name="texts", label=_("Text"), kind="texts"),),
    ),
    Action(name="note", label=_("Write an internal note"), run=_note, inputs=(Input(name="text", label=_("Text"), kind="text"),)),
    Action(
        name="task",
        label=_("Make a follow-up task"),
        run=_task,
        inputs=(
            Input(name="text", label=_("Text"), kind="text"),
            Input(name="to", label=_("For whom"), kind="choice", choices=_for_whom),
            Input(name="person", label=_("Person"), kind="choice", choices=choices.people, when=("to", ("person",))),
            Input(name="queue", label=_("Queue"), kind="choice", choices=choices.queues, when=("to", ("queue",))),
            Input(name="amount", label=_("Due in"), kind="number"),
            Input(name="unit", label=_("of"), kind="choice", choices=_units),
        ),
    ),
    Action(
        name="webhook",
        label=_("Call a webhook"),
        run=_webhook,
        inputs=(Input(name="webhook", label=_("Webhook"), kind="choice", choices=choices.webhooks),),
    ),
)


def known_own() -> tuple[Action, ...]:
    """The built-in ones."""
    return _OWN


def fill() -> None:
    """The actions of tickets themselves."""
    for weight, action in enumerate(_OWN):
        ACTIONS.fill(action.name, lambda action=action: action, weight=10 + weight)
