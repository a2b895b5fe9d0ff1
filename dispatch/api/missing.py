"""Missing parts over HTTP: which visits lack some, promising what is free, what is watched."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from dispatch import missing_parts, presenters
from dispatch.api import material_schemas, schemas

blueprint = ApiBlueprint("missing-parts", "Missing parts: visits that will not have theirs")


@blueprint.route("/stock/missing")
@permission("stock.read")
@blueprint.arguments(material_schemas.MissingPartsQuery, location="query")
@blueprint.response(200, material_schemas.MissingPartsListSchema)
def list_missing(query: dict[str, Any]) -> dict[str, Any]:
    """Booked visits of the next days whose parts are not there, soonest first: when they come, and whether that is too late."""
    days = query["days"] or missing_parts.settings().missing_days
    found = missing_parts.lines(clock.now(), days=days, fetch=query["fetch"])
    return {"days": days, "items": [line for line in found if line["hurts"] or not query["hurt"]]}


@blueprint.route("/visits/<int:number>/promise", methods=("POST",))
@permission("stock.write")
@blueprint.response(200, schemas.VisitSchema)
def promise(number: int) -> dict[str, Any]:
    """All that a booked visit needs is promised anew, from what is free now. 409 when it would have no more than before."""
    visit = missing_parts.promise(number=number, now=clock.now(), actor_id=current_user.id)
    return presenters.visit_lines([visit])[0]


@blueprint.route("/stock/settings")
@permission("stock.read")
@blueprint.response(200, material_schemas.MaterialSettingsSchema)
def get_settings() -> dict[str, Any]:
    """What is watched."""
    return missing_parts.settings_facts(missing_parts.settings())


@blueprint.route("/stock/settings", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(material_schemas.MaterialSettingsSchema)
@blueprint.response(200, material_schemas.MaterialSettingsSchema)
def change_settings(body: dict[str, Any]) -> dict[str, Any]:
    """Change some of it."""
    return missing_parts.settings_facts(missing_parts.change_settings(now=clock.now(), actor_id=current_user.id, **body))
