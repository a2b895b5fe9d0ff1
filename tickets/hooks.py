"""What other programs are told of tickets (`core.webhooks.hooks`): no notes, no contact of the customer, of messages only public ones."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from core.db import db
from core.webhooks.hooks import HOOKS, Hook
from customers.hooks import named
from tickets import events
from tickets.models import Entry, Ticket

_PLAIN = ("id", "number", "subject", "kind", "status", "wait_reason", "wait_note", "priority", "channel", "language", "version")
_TIMES = ("created_at", "updated_at", "first_response_at", "due_at", "resolved_at", "closed_at")
_CHANGES = {
    "subject",
    "kind",
    "status",
    "wait_reason",
    "wait_note",
    "outcome",
    "priority",
    "language",
    "queue_id",
    "assignee_id",
    "customer_id",
    "site_id",
    "equipment_id",
}
_LONGEST_TEXT = 20_000


def ticket(ticket_id: int) -> dict[str, Any]:
    """A ticket as it is now."""
    row = db.session.get_one(Ticket, ticket_id)
    return {name: getattr(row, name) for name in (*_PLAIN, *_TIMES)} | {
        "queue": {"id": row.queue.id, "key": row.queue.key, "name": row.queue.name},
        "assignee": {"id": row.assignee.id, "name": row.assignee.name} if row.assignee is not None else None,
        "customer": named(row.customer),
        "fields": row.fields,
    }


def itself(data: dict[str, Any]) -> dict[str, Any]:
    """Opened, or resolved."""
    return {"ticket": ticket(data["ticket_id"])}


def changed(data: dict[str, Any]) -> dict[str, Any] | None:
    """With what changed; nothing when it was only a note, a visit's or a call's line, or a field that others do not see."""
    told = ((name, pair) for name, pair in data["changes"].items() if name in _CHANGES or name.startswith("fields."))
    changes = {name: {"from": old, "to": new} for name, (old, new) in told}
    return {"ticket": ticket(data["ticket_id"]), "changes": changes} if changes else None


def message(data: dict[str, Any]) -> dict[str, Any] | None:
    """A message between the customer and us; nothing when it is not public."""
    row = db.session.get_one(Entry, data["entry_id"])
    if not row.public or row.kind not in ("message_in", "message_out"):
        return None
    text = row.new_text if row.new_text is not None else row.text
    files = [{"name": one.file.name, "content_type": one.file.content_type, "size": one.file.size} for one in row.files]
    said = {"id": row.id, "channel": row.channel, "text": text[:_LONGEST_TEXT], "happened_at": row.happened_at, "files": files}
    return {"ticket": ticket(data["ticket_id"]), "message": said | {"automatic": bool(data.get("automatic"))}}


def clock(data: dict[str, Any]) -> dict[str, Any]:
    """Which promise, and until when it was."""
    return {"ticket": ticket(data["ticket_id"]), "clock": {"kind": data["kind"], "due_at": data["due_at"]}}


def rule_fired(data: dict[str, Any]) -> dict[str, Any]:
    """By which rule, on what occasion (the same when it is told again)."""
    return {"ticket": ticket(data["ticket_id"]), "rule": {"id": data["rule_id"], "name": data["rule"]}, "occasion": data["occasion"]}


_HOOKS = (
    Hook(events.TicketOpened, _("A ticket was opened"), itself),
    Hook(events.TicketChanged, _("A ticket was changed"), changed),
    Hook(events.TicketResolved, _("A ticket was resolved"), itself),
    Hook(events.MessageReceived, _("A customer wrote"), message),
    Hook(events.ReplySent, _("A customer was answered"), message),
    Hook(events.ClockWarned, _("A promise is about to be broken"), clock),
    Hook(events.ClockBreached, _("A promise was broken"), clock),
)


def declare() -> None:
    """Fill the slot."""
    for weight, hook in enumerate(_HOOKS):
        HOOKS.fill(hook.event.name, lambda hook=hook: hook, weight=10 + weight)
