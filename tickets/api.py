"""Tickets over HTTP: lists, one ticket, changes, many at once."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from core.errors import DomainError, NotValid
from tickets import presenters, queries, schemas, services
from tickets.api_files import own_uploads
from tickets.saved_views import listing
from tickets.saved_views.asking import selection_of
from tickets.services.changing import change_ticket

blueprint = ApiBlueprint("tickets", "Tickets, their timeline and their clocks")


def expected_version(body: dict[str, Any]) -> int | None:
    """The version the sender saw: `version` in the body, else the header `If-Match`. Raises NotValid for a header that is no number."""
    given = body.pop("version", None)
    if given is not None:
        return int(given)
    header = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not header:
        return None
    if not (header.isascii() and header.isdigit()):
        raise NotValid(_("If-Match names the ticket's version, a number."), field="If-Match")
    return int(header)


@blueprint.route("/tickets")
@permission("tickets.read")
@blueprint.arguments(schemas.TicketQuery, location="query")
@blueprint.response(200, schemas.listed(schemas.TicketListedSchema))
def list_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """Tickets of a view or of conditions, most urgent first or sorted by any column."""
    found = selection_of(query)
    items, more = listing.lines(
        found.where, sort=found.sort, descending=found.descending, extra=found.columns, after=query["after"], limit=query["limit"]
    )
    return {"items": items, "next": more}


@blueprint.route("/tickets", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.TicketInput)
@blueprint.response(201, schemas.TicketSchema)
def create_ticket(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Open a ticket; with `text` as the customer's message."""
    now, actor_id = clock.now(), int(current_user.id)
    text, files, author = body.pop("text"), body.pop("file_ids"), body.pop("author_name")
    fields = body.pop("fields_", {})
    ticket = services.open_ticket(**body, fields=fields, asked=True, now=now, actor_id=actor_id)
    if text or files:
        services.receive_message(
            ticket_id=ticket.id,
            text=text or "",
            now=now,
            channel=ticket.channel,
            author_name=author,
            files=own_uploads(files, actor_id),
        )
    address = url_for("api_tickets.get_ticket", number=ticket.number)
    return presenters.ticket(ticket), 201, {"Location": address}


@blueprint.route("/tickets/<int:number>")
@permission("tickets.read")
@blueprint.response(200, schemas.TicketSchema)
def get_ticket(number: int) -> tuple[dict[str, Any], int, dict[str, str]]:
    """One ticket by its number. The header ETag is its version."""
    ticket = queries.by_number(number)
    return presenters.ticket(ticket), 200, {"ETag": f'"{ticket.version}"'}


@blueprint.route("/tickets/<int:number>", methods=("PATCH",))
@permission("tickets.write")
@blueprint.arguments(schemas.TicketPatch)
@blueprint.response(200, schemas.TicketSchema)
def change(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Change some fields. 409 with both sides when a colleague changed one of them since `version`; other fields' changes stand beside."""
    version = expected_version(body)
    if "fields_" in body:
        body["fields"] = body.pop("fields_")
    ticket = change_ticket(
        ticket_id=queries.by_number(number).id, changes=body, now=clock.now(), actor_id=current_user.id, expected_version=version
    )
    return presenters.ticket(ticket)


@blueprint.route("/tickets/bulk", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.BulkInput)
@blueprint.response(200, schemas.BulkSchema)
def change_many(body: dict[str, Any]) -> dict[str, Any]:
    """Change up to 500 tickets; each whole or not at all, with the reason."""
    now, refused = clock.now(), []
    found = queries.ids_of(body["numbers"])
    refused = [
        {"number": number, "code": "not_found", "title": str(_("There is no ticket %(number)s.", number=number))}
        for number in sorted(set(body["numbers"]) - found.keys())
    ]
    changed = []
    # In the order of ids, so that two of these cannot wait for each other.
    for number, ticket_id in sorted(found.items(), key=lambda pair: pair[1]):
        try:
            with db.session.begin_nested():
                change_ticket(ticket_id=ticket_id, changes=dict(body["changes"]), now=now, actor_id=current_user.id)
            changed.append(number)
        except DomainError as error:
            refused.append({"number": number, "code": error.code, "title": str(error.message)})
    return {"changed": changed, "refused": refused}
