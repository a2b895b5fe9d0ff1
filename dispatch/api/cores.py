"""Old pieces that go back to suppliers for their deposit, over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from dispatch.api import material_schemas, schemas
from dispatch.materials import presenters, services
from dispatch.materials.models import CoreLeft

blueprint = ApiBlueprint("cores", "Old parts that go back to suppliers")
MOST_LEFT = 500


@blueprint.route("/stock/cores")
@permission("stock.read")
@blueprint.response(200, material_schemas.CoresSchema)
def list_cores() -> dict[str, Any]:
    """Old pieces on vans, on the shelf, and left at customers' (the latest 500), with their deposits by supplier."""
    return presenters.cores(MOST_LEFT)


@blueprint.route("/stock/cores/arrivals", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.CoreMoveInput)
@blueprint.response(201, material_schemas.StockMoveSchema)
def take_in(body: dict[str, Any]) -> dict[str, Any]:
    """Old pieces came in from a van: they lie on the shelf. 409 when not so many are there."""
    body["uuid"] = body["uuid"] or uuid.uuid4()
    return presenters.moves([services.take_in(now=clock.now(), actor_id=current_user.id, **body)])[0]


@blueprint.route("/stock/cores/returns", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.CoreMoveInput)
@blueprint.response(201, material_schemas.StockMoveSchema)
def send_back(body: dict[str, Any]) -> dict[str, Any]:
    """Old pieces left for their supplier. 409 when not so many are there."""
    body["uuid"] = body["uuid"] or uuid.uuid4()
    return presenters.moves([services.send_back(now=clock.now(), actor_id=current_user.id, **body)])[0]


@blueprint.route("/stock/cores/left/<int:left_id>/arrival", methods=("POST",))
@permission("stock.write")
@blueprint.response(200, material_schemas.CoreLeftSchema)
def arrival(left_id: int) -> CoreLeft:
    """What was left at the customer's came in after all."""
    return services.arrived(left_id=schemas.key(left_id), now=clock.now(), actor_id=current_user.id)


@blueprint.route("/stock/cores/left/<int:left_id>/write-off", methods=("POST",))
@permission("stock.write")
@blueprint.arguments(material_schemas.WriteOffInput)
@blueprint.response(200, material_schemas.CoreLeftSchema)
def write_off(body: dict[str, Any], left_id: int) -> CoreLeft:
    """What was left at the customer's will not come back."""
    return services.write_off(left_id=schemas.key(left_id), now=clock.now(), actor_id=current_user.id, **body)
