"""Stock over HTTP: what is where, moves, what is promised, what is on order."""

from __future__ import annotations

import uuid
from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from dispatch.api import schemas
from dispatch.materials import presenters, queries, services
from dispatch.materials.models import Part, PurchaseLine, Reservation, StockMove
from dispatch.visits.queries import visit_by_number
from tickets.schemas import listed

blueprint = ApiBlueprint("stock", "Stock: what is where, moves, orders")


@blueprint.route("/stock")
@permission("stock.read")
@blueprint.arguments(schemas.StockQuery, location="query")
@blueprint.response(200, listed(schemas.StockSchema))
def list_stock(query: dict[str, Any]) -> dict[str, Any]:
    """Parts with what is where, by name."""
    found = queries.stocked_parts(text=query["text"], place_id=query["place_id"], nothing_free=query["short"])
    rows, more = page(found, order=[Part.name, Part.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.stock_lines(rows), "next": more}


@blueprint.route("/stock/moves")
@permission("stock.read")
@blueprint.arguments(schemas.StockMoveQuery, location="query")
@blueprint.response(200, listed(schemas.StockMoveSchema))
def list_moves(query: dict[str, Any]) -> dict[str, Any]:
    """Moves, the newest first."""
    visit_id = visit_by_number(query["visit"]).id if query["visit"] is not None else None
    found = queries.moves(part_id=query["part_id"], place_id=query["place_id"], visit_id=visit_id)
    rows, more = page(found, order=[StockMove.id], after=query["after"], limit=query["limit"], descending=True)
    return {"items": presenters.moves(rows), "next": more}


@blueprint.route("/stock/moves", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(schemas.StockMoveInput)
@blueprint.response(201, schemas.StockMoveSchema)
def move(body: dict[str, Any]) -> dict[str, Any]:
    """Move parts from one place to another. 409 when not so many are free."""
    visit = body.pop("visit")
    visit_id = visit_by_number(visit).id if visit is not None else None
    body["uuid"] = body["uuid"] or uuid.uuid4()
    row = services.move_stock(now=clock.now(), actor_id=current_user.id, visit_id=visit_id, **body)
    return presenters.moves([row])[0]


@blueprint.route("/stock/moves/<int:move_id>/reversal", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(schemas.ReversalInput)
@blueprint.response(201, schemas.StockMoveSchema)
def reverse(body: dict[str, Any], move_id: int) -> dict[str, Any]:
    """Take a move back."""
    row = services.reverse_move(move_id=schemas.key(move_id), now=clock.now(), actor_id=current_user.id, reason=body["reason"])
    return presenters.moves([row])[0]


@blueprint.route("/stock/reservations")
@permission("stock.read")
@blueprint.arguments(schemas.ReservationQuery, location="query")
@blueprint.response(200, listed(schemas.ReservationSchema))
def list_reservations(query: dict[str, Any]) -> dict[str, Any]:
    """What is promised to visits, the oldest promise first."""
    found = queries.held(part_id=query["part_id"], place_id=query["place_id"])
    rows, more = page(found, order=[Reservation.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.reservations(rows), "next": more}


@blueprint.route("/purchase-lines")
@permission("stock.read")
@blueprint.arguments(schemas.PurchaseQuery, location="query")
@blueprint.response(200, listed(schemas.PurchaseSchema))
def list_purchases(query: dict[str, Any]) -> dict[str, Any]:
    """What is on order; with `open=false` also what has come."""
    found = queries.purchases(open_only=query["open"], part_id=query["part_id"])
    rows, more = page(found, order=[PurchaseLine.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.purchases(rows), "next": more}


@blueprint.route("/purchase-lines", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(schemas.PurchaseInput)
@blueprint.response(201, schemas.PurchaseSchema)
def order(body: dict[str, Any]) -> dict[str, Any]:
    """Note what was ordered, and when it will come."""
    return presenters.purchases([services.order_part(now=clock.now(), actor_id=current_user.id, **body)])[0]


@blueprint.route("/purchase-lines/<int:line_id>", methods=("PATCH",))
@permission("stock.write")
@blueprint.arguments(schemas.PurchasePatch)
@blueprint.response(200, schemas.PurchaseSchema)
def change_order(body: dict[str, Any], line_id: int) -> dict[str, Any]:
    """The supplier named another day, or the quantity was wrong."""
    line = services.update_purchase_line(line_id=schemas.key(line_id), now=clock.now(), actor_id=current_user.id, **body)
    return presenters.purchases([line])[0]


@blueprint.route("/purchase-lines/<int:line_id>/receipts", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(schemas.ReceiptInput)
@blueprint.response(201, schemas.StockMoveSchema)
def receive(body: dict[str, Any], line_id: int) -> dict[str, Any]:
    """Parts arrived, all of them or some; visits that were promised them get them first."""
    row = services.receive(
        uuid=body["uuid"] or uuid.uuid4(),
        line_id=schemas.key(line_id),
        quantity=body["quantity"],
        happened_at=body["happened_at"],
        now=clock.now(),
        actor_id=current_user.id,
    )
    return presenters.moves([row])[0]
