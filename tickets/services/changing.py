"""Several changes of one ticket in one go: what a form, the API or a bulk action sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tickets.editing import refuse_overwriting
from tickets.locking import lock_ticket
from tickets.models import Ticket
from tickets.services import assigning, status, tagging

# In this order: a new customer comes before their site and equipment, a queue before the colleague in it, and the status last.
_VERBS: dict[str, tuple[str, Callable[..., Ticket]]] = {
    "subject": ("subject", assigning.set_subject),
    "kind": ("kind", assigning.set_kind),
    "priority": ("priority", assigning.set_priority),
    "customer_id": ("customer_id", assigning.link_customer),
    "site_id": ("site_id", assigning.set_site),
    "equipment_id": ("equipment_id", assigning.set_equipment),
    "fields": ("fields", assigning.set_fields),
    "queue_id": ("queue_id", assigning.move_to_queue),
    "assignee_id": ("person_id", assigning.assign),
    "tags": ("tags", tagging.set_tags),
}


def _touched(changes: Mapping[str, Any]) -> set[str]:
    custom = {f"fields.{name}" for name in changes.get("fields") or ()}
    return set(changes) | custom | ({"wait_reason"} if "status" in changes else set())


def change_ticket(
    *, ticket_id: int, changes: Mapping[str, Any], now: datetime, actor_id: int | None, expected_version: int | None = None
) -> Ticket:
    """Apply all `changes` (the fields of `_VERBS`, `add_tags`, `remove_tags`, `status` with `wait_reason` and `wait_note`) or none.
    Raises NotFound, NotValid,
    Conflict and what a subscriber refuses. Without changes the ticket comes back as it is."""
    common: dict[str, Any] = {"ticket_id": ticket_id, "now": now, "actor_id": actor_id}
    ticket = lock_ticket(ticket_id)
    if expected_version is not None and expected_version != ticket.version:
        # Once for all: moving to a queue changes the assignee, which is no colleague's change.
        refuse_overwriting(ticket, expected_version, _touched(changes))
    for name, (argument, verb) in _VERBS.items():
        if name in changes:
            ticket = verb(**common, **{argument: changes[name]})
    if changes.get("add_tags") or changes.get("remove_tags"):
        ticket = tagging.change_tags(
            ticket_id=ticket_id, add=changes.get("add_tags", ()), remove=changes.get("remove_tags", ()), now=now, actor_id=actor_id
        )
    if changes.get("status"):
        ticket = status.change_status(
            **common, status=changes["status"], wait_reason=changes.get("wait_reason"), wait_note=changes.get("wait_note") or ""
        )
    return ticket
