"""Merging and splitting over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import presenters, queries, services
from tickets.schemas import TicketSchema, identity, plain
from tickets.services.splitting import ENTRIES_AT_MOST

blueprint = ApiBlueprint("merging", "Merging and splitting tickets")


class MergeInput(ma.Schema):
    """`into`: number of the ticket that goes on. `other_customer` confirms that tickets of two customers are meant."""

    into = identity(required=True)
    other_customer = ma.fields.Boolean(load_default=False)


class SplitInput(ma.Schema):
    """`entry_ids`: messages, notes and calls of this ticket's timeline."""

    subject = plain(required=True)
    entry_ids = ma.fields.List(identity(), required=True, validate=ma.validate.Length(1, ENTRIES_AT_MOST))
    queue_id = identity(load_default=None, allow_none=True)


@blueprint.route("/tickets/<int:number>/merging", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(MergeInput)
@blueprint.response(200, TicketSchema)
def merge(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Merge this ticket into another, which is the answer. 409 with `other_customer` until that is confirmed; `circular`, `merged`, `not_open`."""
    merged, survivor = queries.by_number(number), queries.by_number(body["into"])
    services.merge_tickets(
        survivor_id=survivor.id,
        merged_id=merged.id,
        other_customer=body["other_customer"],
        now=clock.now(),
        actor_id=current_user.id,
    )
    return presenters.ticket(survivor)


@blueprint.route("/tickets/<int:number>/merging", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, TicketSchema)
def undo_merge(number: int) -> dict[str, Any]:
    """This ticket stands by itself again, as it was, with what arrived for it meanwhile."""
    merged = queries.by_number(number)
    services.undo_merge(merged_id=merged.id, now=clock.now(), actor_id=current_user.id)
    return presenters.ticket(merged)


@blueprint.route("/tickets/<int:number>/splits", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(SplitInput)
@blueprint.response(201, TicketSchema)
def split(body: dict[str, Any], number: int) -> dict[str, Any]:
    """A new ticket with some entries of this one, linked with it."""
    ticket = queries.by_number(number)
    return presenters.ticket(services.split_ticket(ticket_id=ticket.id, **body, now=clock.now(), actor_id=current_user.id))
