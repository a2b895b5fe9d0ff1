"""Links between tickets over HTTP."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import presenters, queries, rules, services
from tickets.schemas import TicketSchema, identity, one_of

blueprint = ApiBlueprint("links", "Links between tickets")


class LinkInput(ma.Schema):
    """This ticket is `kind` of the ticket `number`; with `to` the other way round."""

    kind = one_of(rules.LINKS_BY_HAND, required=True)
    number = identity(required=True)
    to = ma.fields.Boolean(load_default=False)


@blueprint.route("/tickets/<int:number>/links", methods=("POST",))
@permission("tickets.write")
@blueprint.arguments(LinkInput)
@blueprint.response(201, TicketSchema)
def link(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Link two tickets. 409 `circular` when the other leads back to this one by links of the same kind."""
    ticket, other = queries.by_number(number), queries.by_number(body["number"])
    source, target = (other, ticket) if body["to"] else (ticket, other)
    services.link_tickets(from_id=source.id, to_id=target.id, kind=body["kind"], now=clock.now(), actor_id=current_user.id)
    return presenters.ticket(ticket)


@blueprint.route("/tickets/<int:number>/links/<int:link_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, TicketSchema)
def unlink(number: int, link_id: int) -> dict[str, Any]:
    """Take a link off both tickets."""
    ticket = queries.by_number(number)
    services.unlink(ticket_id=ticket.id, link_id=link_id, now=clock.now(), actor_id=current_user.id)
    return presenters.ticket(ticket)
