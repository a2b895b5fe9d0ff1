"""What a request selects: the query of lists, counts, tables and changes of many."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core.errors import NotValid
from staff.queries import person_of_user
from tickets import queries, rules
from tickets.saved_views.api import read_conditions, reader
from tickets.saved_views.selecting import Selection, select_tickets


def selection_of(query: dict[str, Any]) -> Selection:
    """The selection of a `schemas.SelectionQuery`. Raises NotFound, NotValid."""
    names = [part.strip() for part in query["columns"].split(",") if part.strip()] if query["columns"] else None
    return select_tickets(
        reader(),
        view=query["view"],
        stored=read_conditions(query["conditions"]),
        filters=filters_of(query),
        sort=query["sort"],
        descending=None if query["order"] is None else query["order"] == "desc",
        names=names,
    )


def filters_of(query: dict[str, Any]) -> queries.Filters:
    """The query's filters. Raises NotValid for an unknown status or assignee."""
    statuses = [part.strip() for part in (query["status"] or "").split(",") if part.strip()]
    if unknown := set(statuses) - set(rules.Status):
        raise NotValid(_("There is no status “%(status)s”.", status=", ".join(sorted(unknown))), field="status")
    return queries.Filters(
        queue_id=query["queue_id"],
        statuses=statuses,
        is_open=query["open"],
        assignee_id=_assignee(query["assignee"]),
        customer_id=query["customer_id"],
        equipment_id=query["equipment_id"],
        priority=query["priority"],
        kind=query["kind"],
        due_before=query["due_before"],
        unanswered=query["unanswered"],
        text=query["text"] or None,
        tags=[key for part in (query["tags"] or "").split(",") if (key := rules.tag_key(part))][: rules.TAGS_AT_MOST],
    )


def _assignee(given: str | None) -> int | None:
    if not given:
        return None
    if given == "none":
        return 0
    if given == "me":
        person = person_of_user(current_user.id)
        return person.id if person is not None else -1  # an account that is nobody's colleague has no tickets
    if given.isascii() and given.isdigit() and len(given) < 18:
        return int(given)
    raise NotValid(_("An assignee is a person's id, “me” or “none”."), field="assignee")
