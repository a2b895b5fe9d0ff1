"""What is said on a ticket, and its moves through the states, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import DomainError
from tickets import presenters, queries, schemas, services
from tickets.api import expected_version
from tickets.api_files import own_uploads
from tickets.models import Ticket
from tickets.rules import Status

blueprint = ApiBlueprint("conversation", "Messages, notes and states of tickets")


def _entries(number: int, query: dict[str, Any], **narrow: Any) -> dict[str, Any]:
    found = queries.entries_of(queries.by_number(number).id, before=query["before"], limit=query["limit"], together=True, **narrow)
    return {"items": [presenters.entry(row, html=True) for row in found], "next": None}


@blueprint.route("/tickets/<int:number>/entries")
@permission("tickets.read")
@blueprint.arguments(schemas.EntryQuery, location="query")
@blueprint.response(200, schemas.listed(schemas.EntrySchema))
def list_entries(query: dict[str, Any], number: int) -> dict[str, Any]:
    """The whole timeline, with that of the tickets merged into this one."""
    return _entries(number, query)


@blueprint.route("/tickets/<int:number>/messages")
@permission("tickets.read")
@blueprint.arguments(schemas.EntryQuery, location="query")
@blueprint.response(200, schemas.listed(schemas.EntrySchema))
def list_messages(query: dict[str, Any], number: int) -> dict[str, Any]:
    """What customer and staff wrote to each other."""
    return _entries(number, query, kinds=("message_in", "message_out"))


@blueprint.route("/tickets/<int:number>/messages", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.ReplyInput)
@blueprint.response(201, schemas.EntrySchema)
def send_reply(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Answer the customer. The response clocks stop."""
    files = own_uploads(body.pop("file_ids"), current_user.id)
    ticket = queries.by_number(number)
    return presenters.entry(services.reply(ticket_id=ticket.id, **body, files=files, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/tickets/<int:number>/notes", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.NoteInput)
@blueprint.response(201, schemas.EntrySchema)
def add_note(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Add what only staff read."""
    files = own_uploads(body["file_ids"], current_user.id)
    ticket = queries.by_number(number)
    return presenters.entry(
        services.add_note(ticket_id=ticket.id, text=body["text"], files=files, now=clock.now(), actor_id=current_user.id)
    )


@blueprint.route("/tickets/<int:number>/resolution", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.StatusMoveInput)
@blueprint.response(200, schemas.TicketSchema)
def resolve(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Done. Refused (409) while something is open, such as a visit."""
    return _moved(number, body, services.resolve, why=body["why"])


@blueprint.route("/tickets/<int:number>/closure", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.StatusMoveInput)
@blueprint.response(200, schemas.TicketSchema)
def close(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Done for good; only a resolved ticket."""
    return _moved(number, body, services.close)


@blueprint.route("/tickets/<int:number>/reopening", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.StatusMoveInput)
@blueprint.response(200, schemas.TicketSchema)
def reopen(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Not done after all."""
    return _moved(number, body, services.reopen, why=body["why"])


@blueprint.route("/tickets/<int:number>/waiting", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.WaitInput)
@blueprint.response(200, schemas.TicketSchema)
def start_waiting(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Wait for somebody else; by reason and policy clocks stand still. Again with the same reason: another note."""
    return _moved(
        number, body, services.change_status, status=Status.WAITING, wait_reason=body["reason"], wait_note=body["note"], why=body["why"]
    )


@blueprint.route("/tickets/<int:number>/waiting", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, schemas.TicketSchema)
def end_waiting(number: int) -> dict[str, Any]:
    """Go on; the clocks run again. 409 for a ticket that does not wait."""
    ticket = queries.by_number(number)
    if ticket.status != Status.WAITING:
        raise DomainError(_("This ticket does not wait for anybody."), code="not_waiting")
    return _moved(number, {}, services.change_status, status=Status.OPEN)


@blueprint.route("/tickets/<int:number>/outcome", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(schemas.OutcomeInput)
@blueprint.response(200, schemas.TicketSchema)
def tell_outcome(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Tell the customer what came of it; complaints and suggestions end only after that."""
    ticket = services.tell_outcome(ticket_id=queries.by_number(number).id, **body, now=clock.now(), actor_id=current_user.id)
    return presenters.ticket(ticket)


def _moved(number: int, body: dict[str, Any], verb: Any, **more: Any) -> dict[str, Any]:
    ticket: Ticket = verb(
        ticket_id=queries.by_number(number).id,
        now=clock.now(),
        actor_id=current_user.id,
        expected_version=expected_version(body),
        **more,
    )
    return presenters.ticket(ticket)
