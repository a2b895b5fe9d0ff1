"""Stock over HTTP: what is where, moves, what is promised, what is on order."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, PageQuery, page
from core.auth.access import permission
from dispatch import buying
from dispatch.api import material_schemas, schemas
from dispatch.materials import presenters, queries, services
from dispatch.materials.models import Part, PurchaseLine, Receipt, Reservation, Serial, StockLevel, StockMove
from dispatch.visits.queries import visit_by_number
from tickets.schemas import listed

blueprint = ApiBlueprint("stock", "Stock: what is where, moves, orders")


@blueprint.route("/stock")
@permission("stock.read")
@blueprint.arguments(material_schemas.StockQuery, location="query")
@blueprint.response(200, listed(material_schemas.StockSchema))
def list_stock(query: dict[str, Any]) -> dict[str, Any]:
    """Parts with what is where, by name."""
    found = queries.stocked_parts(text=query["text"], place_id=query["place_id"], nothing_free=query["short"])
    rows, more = page(found, order=[Part.name, Part.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.stock_lines(rows), "next": more}


@blueprint.route("/stock/moves")
@permission("stock.read")
@blueprint.arguments(material_schemas.StockMoveQuery, location="query")
@blueprint.response(200, listed(material_schemas.StockMoveSchema))
def list_moves(query: dict[str, Any]) -> dict[str, Any]:
    """Moves, the newest first."""
    visit_id = visit_by_number(query["visit"]).id if query["visit"] is not None else None
    found = queries.moves(part_id=query["part_id"], place_id=query["place_id"], visit_id=visit_id)
    rows, more = page(found, order=[StockMove.id], after=query["after"], limit=query["limit"], descending=True)
    return {"items": presenters.moves(rows), "next": more}


@blueprint.route("/stock/moves", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.StockMoveInput)
@blueprint.response(201, material_schemas.StockMoveSchema)
def move(body: dict[str, Any]) -> dict[str, Any]:
    """Move parts from one place to another. 409 when not so many are free."""
    visit = body.pop("visit")
    visit_id = visit_by_number(visit).id if visit is not None else None
    body["uuid"] = body["uuid"] or uuid.uuid4()
    row = services.move_stock(now=clock.now(), actor_id=current_user.id, visit_id=visit_id, **body)
    return presenters.moves([row])[0]


@blueprint.route("/stock/moves/<int:move_id>/reversal", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.ReversalInput)
@blueprint.response(201, material_schemas.StockMoveSchema)
def reverse(body: dict[str, Any], move_id: int) -> dict[str, Any]:
    """Take a move back."""
    row = services.reverse_move(move_id=schemas.key(move_id), now=clock.now(), actor_id=current_user.id, reason=body["reason"])
    return presenters.moves([row])[0]


@blueprint.route("/stock/reservations")
@permission("stock.read")
@blueprint.arguments(material_schemas.ReservationQuery, location="query")
@blueprint.response(200, listed(material_schemas.ReservationSchema))
def list_reservations(query: dict[str, Any]) -> dict[str, Any]:
    """What is promised to visits, the oldest promise first."""
    found = queries.held(part_id=query["part_id"], place_id=query["place_id"])
    rows, more = page(found, order=[Reservation.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.reservations(rows), "next": more}


@blueprint.route("/serials")
@permission("stock.read")
@blueprint.arguments(material_schemas.SerialQuery, location="query")
@blueprint.response(200, listed(material_schemas.SerialSchema))
def list_serials(query: dict[str, Any]) -> dict[str, Any]:
    """Pieces of tracked parts by number: where each is, or which visit put it into which equipment."""
    visit_id = visit_by_number(query["visit"]).id if query["visit"] is not None else None
    names = ("text", "part_id", "place_id", "equipment_id")
    found = queries.serials(visit_id=visit_id, **{name: query[name] for name in names})
    rows, more = page(found, order=[Serial.number, Serial.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.serials(rows), "next": more}


@blueprint.route("/serials/<int:serial_id>", methods=("PATCH",))
@permission("stock.write")
@blueprint.arguments(material_schemas.SerialPatch)
@blueprint.response(200, material_schemas.SerialSchema)
def correct_serial(body: dict[str, Any], serial_id: int) -> dict[str, Any]:
    """Correct a number that was mistyped."""
    row = services.correct_serial(serial_id=schemas.key(serial_id), now=clock.now(), actor_id=current_user.id, **body)
    return presenters.serials([row])[0]


@blueprint.route("/stock/proposals")
@permission("stock.read")
@blueprint.response(200, material_schemas.ProposalsSchema)
def list_proposals() -> dict[str, Any]:
    """What is to be bought from whom by when, and what is to be carried to the vans."""
    return presenters.to_buy(*buying.proposals(), today=clock.now().astimezone(ZoneInfo(current_user.time_zone)).date())


@blueprint.route("/stock/levels")
@permission("stock.read")
@blueprint.arguments(material_schemas.StockLevelsQuery, location="query")
@blueprint.response(200, listed(material_schemas.StockLevelSchema))
def list_levels(query: dict[str, Any]) -> dict[str, Any]:
    """At which stock places are filled up."""
    rows, more = page(
        queries.levels(place_id=query["place_id"]),
        order=[StockLevel.part_id, StockLevel.place_id],
        after=query["after"],
        limit=query["limit"],
    )
    free = queries.free_of({row.part_id for row in rows})
    return {"items": [presenters.level(row, free.get((row.part_id, row.place_id), 0)) for row in rows], "next": more}


@blueprint.route("/stock/levels", methods=("PUT",))
@permission("stock.write")
@blueprint.arguments(material_schemas.StockLevelSchema)
@blueprint.response(200, material_schemas.StockLevelSchema)
def set_level(body: dict[str, Any]) -> dict[str, Any]:
    """Set the level of a part at a place."""
    row = services.set_level(now=clock.now(), actor_id=current_user.id, **body)
    return presenters.level(row, queries.free_of({row.part_id}).get((row.part_id, row.place_id), 0))


@blueprint.route("/stock/levels/<int:part_id>/<int:place_id>", methods=("DELETE",))
@permission("stock.write")
@blueprint.response(204)
def remove_level(part_id: int, place_id: int) -> None:
    """The place is not filled up any more."""
    services.remove_level(part_id=schemas.key(part_id), place_id=schemas.key(place_id), now=clock.now(), actor_id=current_user.id)


@blueprint.route("/purchase-lines")
@permission("stock.read")
@blueprint.arguments(material_schemas.PurchaseQuery, location="query")
@blueprint.response(200, listed(material_schemas.PurchaseSchema))
def list_purchases(query: dict[str, Any]) -> dict[str, Any]:
    """What is on order; with `open=false` also what has come."""
    found = queries.purchases(open_only=query["open"], part_id=query["part_id"])
    rows, more = page(found, order=[PurchaseLine.id], after=query["after"], limit=query["limit"])
    return {"items": presenters.purchases(rows), "next": more}


@blueprint.route("/purchase-lines", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.PurchaseInput)
@blueprint.response(201, material_schemas.PurchaseSchema)
def order(body: dict[str, Any]) -> dict[str, Any]:
    """Note what was ordered, and when it will come; with a date it is promised to the visits that lack the part."""
    return presenters.purchases([buying.order(now=clock.now(), actor_id=current_user.id, **body)])[0]


@blueprint.route("/purchase-lines/<int:line_id>", methods=("PATCH",))
@permission("stock.write")
@blueprint.arguments(material_schemas.PurchasePatch)
@blueprint.response(200, material_schemas.PurchaseSchema)
def change_order(body: dict[str, Any], line_id: int) -> dict[str, Any]:
    """The supplier named another day, or the quantity was wrong."""
    line = services.update_purchase_line(line_id=schemas.key(line_id), now=clock.now(), actor_id=current_user.id, **body)
    return presenters.purchases([line])[0]


@blueprint.route("/purchase-lines/<int:line_id>/receipts", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.ReceiptInput)
@blueprint.response(201, material_schemas.ReceiptSchema)
def receive(body: dict[str, Any], line_id: int) -> dict[str, Any]:
    """Parts arrived, all of them or some; visits that were promised them get them first. Damaged and wrong ones stay to come."""
    body["uuid"] = body["uuid"] or uuid.uuid4()
    row = services.receive(line_id=schemas.key(line_id), now=clock.now(), actor_id=current_user.id, **body)
    return presenters.receipts([row])[0]


@blueprint.route("/purchase-lines/<int:line_id>/receipts")
@permission("stock.read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, listed(material_schemas.ReceiptSchema))
def list_receipts(query: dict[str, Any], line_id: int) -> dict[str, Any]:
    """What arrived of an order so far, the newest first."""
    found = queries.receipts(line_id=schemas.key(line_id))
    rows, more = page(found, order=[Receipt.id], after=query["after"], limit=query["limit"], descending=True)
    return {"items": presenters.receipts(rows), "next": more}
