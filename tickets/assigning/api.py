"""Assignment over HTTP: taking, why somebody got it, who could, handing over, service flows."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets import presenters as tickets
from tickets import queries as ticket_queries
from tickets.assigning import by_hand, handing_over, placing, presenters, schemas, taking
from tickets.assigning.models import Handover
from tickets.schemas import listed

blueprint = ApiBlueprint("assignment", "Who gets which ticket, and why")


@blueprint.route("/next-ticket", methods=("POST",))
@permission("tickets.write")
@blueprint.response(201, schemas.TicketSchema)
def take_next() -> dict[str, Any]:
    """Give me the most urgent ticket that nobody has and that I can do; never the same one to two. 409 says why there is none: code nobody, full,
    none, skill, busy."""
    return tickets.ticket(taking.take_next(actor_id=current_user.id, now=clock.now()))


@blueprint.route("/tickets/<int:number>/assignment")
@permission("tickets.read")
@blueprint.response(200, schemas.AssignmentSchema)
def get_assignment(number: int) -> dict[str, Any]:
    """Why who has it got it, and how each agent would do."""
    ticket = ticket_queries.by_number(number)
    return {**presenters.assignment(ticket), "candidates": by_hand.looked_at(ticket, now=clock.now())}


@blueprint.route("/tickets/<int:number>/placement", methods=("POST",))
@permission("tickets.write")
@blueprint.response(202, schemas.AssignmentSchema)
def place(number: int) -> dict[str, Any]:
    """Have the rules find somebody for a ticket that nobody has; they do in a moment."""
    ticket = ticket_queries.by_number(number)
    placing.request([ticket.id], now=clock.now())
    return {**presenters.assignment(ticket), "candidates": []}


@blueprint.route("/workloads")
@permission("tickets.read")
@blueprint.response(200, listed(schemas.WorkloadSchema))
def list_workloads() -> dict[str, Any]:
    """What each agent has of what they can hold, and whether they are there."""
    return {"items": presenters.workloads(clock.now()), "next": None}


@blueprint.route("/waiting-tickets")
@permission("tickets.read")
@blueprint.response(200, listed(schemas.WaitingSchema))
def list_waiting() -> dict[str, Any]:
    """Tickets for which the rules have found nobody so far, at most 200."""
    return {"items": presenters.waiting(clock.now()), "next": None}


@blueprint.route("/away-people")
@permission("staff.supervise")
@blueprint.response(200, listed(schemas.AwaySchema))
def list_away() -> dict[str, Any]:
    """Who has open tickets and is away for long, now or within three days."""
    return {"items": presenters.away(clock.now()), "next": None}


@blueprint.route("/handovers")
@permission("staff.supervise")
@blueprint.response(200, listed(schemas.HandoverSchema))
def list_handovers() -> dict[str, Any]:
    """The newest twenty of people who were away."""
    return {"items": presenters.newest_handovers(), "next": None}


@blueprint.route("/handovers", methods=("POST",))
@permission("staff.supervise")
@blueprint.arguments(schemas.HandoverInput)
@blueprint.response(201, schemas.HandoverSchema)
def hand_over(body: dict[str, Any]) -> dict[str, Any]:
    """Give a person's open tickets on, to somebody or as the rules say."""
    numbers = body.pop("numbers")
    ids = ticket_queries.ids_of(numbers).values() if numbers is not None else None
    row = handing_over.hand_over(**body, ticket_ids=list(ids) if ids is not None else None, now=clock.now(), actor_id=current_user.id)
    return _handover(row)


@blueprint.route("/handovers/<int:handover_id>", methods=("DELETE",))
@permission("tickets.write")
@blueprint.response(200, schemas.UndoneSchema)
def undo_handover(handover_id: int) -> dict[str, int]:
    """Take it back: those tickets that nobody changed since."""
    return handing_over.undo(handover_id=handover_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/customers/<int:customer_id>/service-flow")
@permission("customers.read")
@blueprint.response(200, schemas.FlowSchema)
def get_flow(customer_id: int) -> dict[str, Any]:
    """Whether whoever serves the queue or one representative has this customer's tickets, and who gets them at this moment."""
    return presenters.flow(customer_id, clock.now())


@blueprint.route("/customers/<int:customer_id>/service-flow", methods=("PUT",))
@permission("customers.write")
@blueprint.arguments(schemas.FlowInput)
@blueprint.response(200, schemas.FlowSwitchedSchema)
def switch_flow(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Change it for new tickets, with `move_open` for the open ones too."""
    now, version, move_open = clock.now(), body.pop("version"), body.pop("move_open")
    row = handing_over.switch_flow(
        customer_id=customer_id, expected_version=version, changes=body, move_open=move_open, now=now, actor_id=current_user.id
    )
    return {**presenters.flow(customer_id, now), "handover_id": row.id, "moved": len(row.moves)}


@blueprint.route("/customers/<int:customer_id>/service-flow-previews", methods=("POST",))
@permission("customers.read")
@blueprint.arguments(schemas.FlowChange)
@blueprint.response(200, schemas.FlowPreviewSchema)
def preview_flow(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """How many open tickets would change hands; nothing is stored."""
    return handing_over.flow_preview(customer_id=customer_id, changes=body, now=clock.now())


def _handover(row: Handover) -> dict[str, Any]:
    return presenters.handovers([row])[0]
