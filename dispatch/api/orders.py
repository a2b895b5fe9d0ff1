"""Purchase orders over HTTP: drafted, sent, cancelled; and whom they go to."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, PageQuery, page
from core.auth.access import permission
from core.errors import NotFound
from dispatch import buying
from dispatch.api import order_schemas, schemas
from dispatch.materials import presenters, queries, services
from dispatch.materials.models import PurchaseOrder, Supplier
from tickets.schemas import listed

blueprint = ApiBlueprint("purchase_orders", "Purchase orders: what is ordered of whom")


def numbered(number: int) -> PurchaseOrder:
    """Raises NotFound."""
    order = queries.order_numbered(schemas.key(number))
    if order is None:
        raise NotFound(_("There is no such order."))
    return order


def shown(number: int) -> dict[str, Any]:
    """The order as it stands now."""
    return presenters.orders([numbered(number)])[0]


@blueprint.route("/purchase-orders")
@permission("stock.read")
@blueprint.arguments(order_schemas.PurchaseOrderQuery, location="query")
@blueprint.response(200, listed(order_schemas.PurchaseOrderSchema))
def list_orders(query: dict[str, Any]) -> dict[str, Any]:
    """Purchase orders, the newest first."""
    found = queries.orders(state=query["state"], supplier=query["supplier"])
    rows, more = page(found, order=[PurchaseOrder.number], after=query["after"], limit=query["limit"], descending=True)
    return {"items": presenters.orders(rows), "next": more}


@blueprint.route("/purchase-orders", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(order_schemas.PurchaseOrderInput)
@blueprint.response(201, order_schemas.PurchaseOrderSchema)
def create_order(body: dict[str, Any]) -> dict[str, Any]:
    """A draft; without `lines` it holds all that is to be bought from this supplier now."""
    lines = body.pop("lines")
    if lines is None:
        order = buying.order_proposed(supplier=body["supplier"], now=clock.now(), actor_id=current_user.id)
    else:
        order = services.create_order(lines=lines, now=clock.now(), actor_id=current_user.id, **body)
    return shown(order.number)


@blueprint.route("/purchase-orders/<int:number>")
@permission("stock.read")
@blueprint.response(200, order_schemas.PurchaseOrderSchema)
def get_order(number: int) -> dict[str, Any]:
    """A purchase order with its lines."""
    return shown(number)


@blueprint.route("/purchase-orders/<int:number>", methods=("PATCH",))
@permission("stock.write")
@blueprint.arguments(order_schemas.PurchaseOrderPatch)
@blueprint.response(200, order_schemas.PurchaseOrderSchema)
def change_order(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Change the note of a draft."""
    services.update_order(number=schemas.key(number), now=clock.now(), actor_id=current_user.id, **body)
    return shown(number)


@blueprint.route("/purchase-orders/<int:number>/lines", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(order_schemas.PurchaseOrderLineInput)
@blueprint.response(201, order_schemas.PurchaseOrderSchema)
def add_line(body: dict[str, Any], number: int) -> dict[str, Any]:
    """One more part on a draft."""
    services.add_line(number=schemas.key(number), now=clock.now(), actor_id=current_user.id, **body)
    return shown(number)


@blueprint.route("/purchase-orders/<int:number>/lines/<int:line_id>", methods=("DELETE",))
@permission("stock.write")
@blueprint.response(204)
def remove_line(number: int, line_id: int) -> None:
    """Take a line off a draft."""
    services.remove_line(number=schemas.key(number), line_id=schemas.key(line_id), now=clock.now(), actor_id=current_user.id)


@blueprint.route("/purchase-orders/<int:number>/sending", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(order_schemas.PurchaseOrderSending)
@blueprint.response(201, order_schemas.PurchaseOrderSchema)
def send_order(body: dict[str, Any], number: int) -> dict[str, Any]:
    """Order it: by mail to the supplier's address, or it was told otherwise. Visits that wait for the parts are promised them."""
    buying.send_order(number=schemas.key(number), now=clock.now(), actor_id=current_user.id, **body)
    return shown(number)


@blueprint.route("/purchase-orders/<int:number>/mails", methods=("POST",))
@permission("stock.write")
@blueprint.response(201, order_schemas.PurchaseOrderSchema)
def mail_order(number: int) -> dict[str, Any]:
    """Mail an order that was sent once more."""
    services.mail_order(number=schemas.key(number), now=clock.now(), actor_id=current_user.id)
    return shown(number)


@blueprint.route("/purchase-orders/<int:number>/cancellation", methods=("POST",))
@permission("stock.write")
@blueprint.response(201, order_schemas.PurchaseOrderSchema)
def cancel_order(number: int) -> dict[str, Any]:
    """What has not come will not come; visits that were promised it are short. The supplier is not told."""
    services.cancel_order(number=schemas.key(number), now=clock.now(), actor_id=current_user.id)
    return shown(number)


@blueprint.route("/suppliers")
@permission("stock.read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, listed(order_schemas.SupplierSchema))
def list_suppliers(query: dict[str, Any]) -> dict[str, Any]:
    """Suppliers of purchase orders, by name."""
    rows, more = page(queries.suppliers(), order=[Supplier.name, Supplier.id], after=query["after"], limit=query["limit"])
    return {"items": [presenters.supplier(row) for row in rows], "next": more}


@blueprint.route("/suppliers/<int:supplier_id>", methods=("PATCH",))
@permission("stock.write")
@blueprint.arguments(order_schemas.SupplierPatch)
@blueprint.response(200, order_schemas.SupplierSchema)
def change_supplier(body: dict[str, Any], supplier_id: int) -> dict[str, Any]:
    """Where orders are mailed to, in which language, and what they know us by."""
    row = services.update_supplier(supplier_id=schemas.key(supplier_id), now=clock.now(), actor_id=current_user.id, **body)
    return presenters.supplier(row)
