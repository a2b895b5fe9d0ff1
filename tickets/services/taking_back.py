"""The way back from several changes of one ticket: what macros and changes of many tickets keep for "undo"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tickets import queries, rules
from tickets.models import Ticket
from tickets.rules import Status

_FIELDS = ("priority", "assignee_id", "queue_id", "status", "wait_reason")


def seen(ticket: Ticket) -> dict[str, Any]:
    """What can be taken back of a ticket, as it is now."""
    return {**{name: getattr(ticket, name) for name in _FIELDS}, "tags": queries.tags_of([ticket.id])[ticket.id]}


def way_back(changes: Mapping[str, tuple[Any, Any]], before: Mapping[str, Any]) -> dict[str, Any]:
    """As `change_ticket` takes it. A status that nobody can go back to (new) is left out."""
    back = {name: old for name, (old, _new) in changes.items() if name in ("priority", "assignee_id", "queue_id")}
    if "queue_id" in back:
        back["assignee_id"] = before["assignee_id"]  # moving to a queue takes the ticket from whoever has it
    if "tags" in changes:
        old, new = (set(side) for side in changes["tags"])
        back |= {name: sorted(tags) for name, tags in (("add_tags", old - new), ("remove_tags", new - old)) if tags}
    if "status" in changes or "wait_reason" in changes:
        was, is_now = changes.get("status", (Status.WAITING, Status.WAITING))
        if Status(was) in rules.targets(is_now):
            back["status"] = was
            if was == Status.WAITING:
                back["wait_reason"] = changes["wait_reason"][0]
    return back
