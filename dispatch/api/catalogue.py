"""Job types, parts and places over HTTP: read by all who plan, changed by administrators."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from sqlalchemy.orm import selectinload

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from dispatch import presenters, services
from dispatch.api import material_schemas, schemas
from dispatch.materials import presenters as stock_presenters
from dispatch.materials import queries as stock
from dispatch.materials import services as stock_services
from dispatch.materials.models import Part
from dispatch.materials.rules import HOLDING, KINDS
from dispatch.visits import experience, queries
from staff import queries as staff
from tickets.schemas import listed

blueprint = ApiBlueprint("catalogue", "Kinds of jobs, parts, places")


def _unfolded(body: dict[str, Any]) -> dict[str, Any]:
    """Lists of the API as the mappings that services take."""
    if "skills" in body:
        body["skills"] = {line["id"]: line["level"] for line in body["skills"]}
    if "alternates" in body:
        body["alternates"] = [line["part_id"] for line in body["alternates"]]
    if "kit" in body:
        body["kit"] = {line["part_id"]: line["quantity"] for line in body["kit"]}
    return body


@blueprint.route("/job-types")
@permission("visits.read")
@blueprint.response(200, listed(schemas.JobTypeSchema))
def list_job_types() -> dict[str, Any]:
    """All kinds of jobs, by name, with how long they took; those no longer used too."""
    rows = queries.job_types(active_only=False)
    took = experience.durations_of(rows, now=clock.now())
    return {"items": [presenters.job_type(row) | presenters.learned(took[row.id]) for row in rows], "next": None}


@blueprint.route("/job-types/<int:job_type_id>/durations")
@permission("visits.read")
@blueprint.response(200, schemas.DurationsSchema)
def get_durations(job_type_id: int) -> dict[str, Any]:
    """How long a kind of job takes whom, learned from finished visits of a year."""
    row = queries.job_type(schemas.key(job_type_id))
    took = experience.durations_of([row], now=clock.now())[row.id]
    return presenters.durations(row, took, staff.names_of(took.people))


@blueprint.route("/job-types", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.JobTypeSchema)
@blueprint.response(201, schemas.JobTypeSchema)
def create_job_type(body: dict[str, Any]) -> dict[str, Any]:
    """A new kind of job."""
    body.pop("active")
    return presenters.job_type(services.create_job_type(now=clock.now(), actor_id=current_user.id, **_unfolded(body)))


@blueprint.route("/job-types/<int:job_type_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.JobTypePatch)
@blueprint.response(200, schemas.JobTypeSchema)
def change_job_type(body: dict[str, Any], job_type_id: int) -> dict[str, Any]:
    """Change a kind of job; visits booked before keep their times and parts."""
    row = services.update_job_type(job_type_id=schemas.key(job_type_id), now=clock.now(), actor_id=current_user.id, **_unfolded(body))
    return presenters.job_type(row)


@blueprint.route("/parts")
@permission("stock.read")
@blueprint.arguments(material_schemas.PartQuery, location="query")
@blueprint.response(200, listed(material_schemas.PartSchema))
def list_parts(query: dict[str, Any]) -> dict[str, Any]:
    """The catalogue, by name."""
    found = stock.parts(text=query["text"], active_only=query["active"]).options(selectinload(Part.alternates))
    rows, more = page(found, order=[Part.name, Part.id], after=query["after"], limit=query["limit"])
    return {"items": [stock_presenters.part(row) for row in rows], "next": more}


@blueprint.route("/parts", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(material_schemas.PartSchema)
@blueprint.response(201, material_schemas.PartSchema)
def create_part(body: dict[str, Any]) -> dict[str, Any]:
    """A new part."""
    body.pop("active")
    return stock_presenters.part(stock_services.create_part(now=clock.now(), actor_id=current_user.id, **_unfolded(body)))


@blueprint.route("/parts/<int:part_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(material_schemas.PartPatch)
@blueprint.response(200, material_schemas.PartSchema)
def change_part(body: dict[str, Any], part_id: int) -> dict[str, Any]:
    """Change a part."""
    return stock_presenters.part(
        stock_services.update_part(part_id=schemas.key(part_id), now=clock.now(), actor_id=current_user.id, **_unfolded(body))
    )


@blueprint.route("/places")
@permission("stock.read")
@blueprint.arguments(material_schemas.PlaceQuery, location="query")
@blueprint.response(200, listed(material_schemas.PlaceSchema))
def list_places(query: dict[str, Any]) -> dict[str, Any]:
    """Warehouses, what is set aside, vans."""
    rows = stock.places(kinds=KINDS, active_only=False) if query["all"] else stock.places(kinds=HOLDING)
    return {"items": [stock_presenters.place(row) for row in rows], "next": None}


@blueprint.route("/places", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(material_schemas.PlaceSchema)
@blueprint.response(201, material_schemas.PlaceSchema)
def create_place(body: dict[str, Any]) -> dict[str, Any]:
    """A new place."""
    body.pop("active")
    return stock_presenters.place(stock_services.create_place(now=clock.now(), actor_id=current_user.id, **body))


@blueprint.route("/places/<int:place_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(material_schemas.PlacePatch)
@blueprint.response(200, material_schemas.PlaceSchema)
def change_place(body: dict[str, Any], place_id: int) -> dict[str, Any]:
    """Change a place; one with parts stays in use."""
    return stock_presenters.place(
        stock_services.update_place(place_id=schemas.key(place_id), now=clock.now(), actor_id=current_user.id, **body)
    )
