"""Pages of tickets: the list, one ticket, a new one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_login import current_user

from core.auth.access import permission
from core.auth.security import may
from staff import queries as staff
from tickets import queries
from tickets.fields import presenters
from tickets.saved_views import api as saved_views
from tickets.saved_views import columns
from tickets.slots import TICKET_MODULES

blueprint = Blueprint("tickets", __name__)


def choices() -> dict[str, Any]:
    """What forms and filters offer: queues, and colleagues who may own a ticket."""
    me = staff.person_of_user(current_user.id)
    return {
        "queues": [{"id": queue.id, "name": queue.name} for queue in queries.queues(only_active=True)],
        "people": [{"id": person.id, "name": person.name} for person in staff.people(kinds=("agent", "both"))],
        "me": me.id if me else None,
        "user_id": current_user.id,
        "may_write": may("tickets.write"),
        "may_book": may("visits.book"),
        "may_read_articles": may("knowledge.read"),
        **presenters.forms(),
    }


@blueprint.get("/tickets")
@permission("tickets.read")
def ticket_list() -> str:
    """Views of tickets; the address holds the whole state."""
    data = {
        "views": saved_views.all_views(saved_views.reader()),
        "columns": [_column(column) for column in columns.columns().values()],
        "may_share": may("views.share"),
        "may_export": may("tickets.export"),
    }
    return render_template("tickets/list.html", page_data=choices() | data)


def _column(column: columns.Column) -> dict[str, Any]:
    words = {str(key): str(word) for key, word in column.words().items()} if column.words is not None else None
    fixed, sort = column.name in columns.FIXED, column.sort is not None
    own = {"name": column.name, "label": str(column.label), "kind": column.kind, "newest_first": column.newest_first}
    return {**own, "sort": sort, "fixed": fixed, "words": words}


@blueprint.get("/tickets/new")
@permission("tickets.write")
def new_ticket() -> str:
    """Open a ticket by hand."""
    return render_template("tickets/new.html", page_data=choices())


@blueprint.get("/tickets/<int:number>")
@permission("tickets.read")
def ticket_page(number: int) -> str:
    """One ticket: timeline, composer, next actions, and who it is about."""
    found = queries.by_number(number)
    return render_template(
        "tickets/ticket.html", ticket=found, modules=TICKET_MODULES.call(), page_data=choices() | {"number": number, "id": found.id}
    )
