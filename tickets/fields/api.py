"""Custom fields, and what each kind of ticket asks, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user
from sqlalchemy import select

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.db import db
from tickets.fields import presenters, queries, schemas, services, uses
from tickets.fields.models import TicketField
from tickets.schemas import listed

blueprint = ApiBlueprint("ticket_fields", "Custom fields of tickets, and the opening form of each kind")


@blueprint.route("/ticket-fields")
@permission("tickets.read")
@blueprint.response(200, listed(schemas.FieldSchema))
def list_fields() -> dict[str, Any]:
    """All custom fields in their order, the retired ones too."""
    rows = db.session.scalars(select(TicketField).order_by(TicketField.position, TicketField.id))
    return {"items": [presenters.setting(row) for row in rows], "next": None}


@blueprint.route("/ticket-fields", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.FieldInput)
@blueprint.response(201, schemas.FieldSchema)
def create_field(body: dict[str, Any]) -> dict[str, Any]:
    """A new field, the last. 409 `field_exists` when the key is taken."""
    return presenters.setting(services.create_field(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/ticket-fields/<int:field_id>")
@permission("tickets.read")
@blueprint.response(200, schemas.FieldSchema)
def get_field(field_id: int) -> dict[str, Any]:
    """One field."""
    return presenters.setting(queries.found(field_id))


@blueprint.route("/ticket-fields/<int:field_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.FieldPatch)
@blueprint.response(200, schemas.FieldSchema)
def change_field(body: dict[str, Any], field_id: int) -> dict[str, Any]:
    """Change some of it. 409 `in_use` when a choice that tickets have is left out: mark it `retired` instead."""
    return presenters.setting(services.update_field(field_id=field_id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/ticket-fields/<int:field_id>", methods=("DELETE",))
@permission("settings.manage")
@blueprint.response(204)
def remove_field(field_id: int) -> None:
    """For good. 409 `in_use` with `uses` while something has it: retire it instead."""
    services.remove_field(field_id=field_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/ticket-fields/<int:field_id>/uses")
@permission("settings.manage")
@blueprint.response(200, listed(schemas.UseSchema))
def list_uses(field_id: int) -> dict[str, Any]:
    """What would break without the field."""
    return {"items": uses.uses_of(queries.found(field_id)), "next": None}


@blueprint.route("/ticket-fields/<int:field_id>/retirement", methods=("POST",))
@permission("settings.manage")
@blueprint.response(200, schemas.FieldSchema)
def retire_field(field_id: int) -> dict[str, Any]:
    """Ask for it no more; tickets keep what they have."""
    return presenters.setting(services.retire_field(field_id=field_id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/ticket-fields/<int:field_id>/retirement", methods=("DELETE",))
@permission("settings.manage")
@blueprint.response(200, schemas.FieldSchema)
def use_field_again(field_id: int) -> dict[str, Any]:
    """Ask for it again."""
    return presenters.setting(services.use_again(field_id=field_id, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/ticket-field-order", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.FieldOrderInput)
@blueprint.response(200, listed(schemas.FieldSchema))
def order_fields(body: dict[str, Any]) -> dict[str, Any]:
    """Ask for the fields in this order."""
    rows = services.order_fields(field_ids=body["ids"], now=clock.now(), actor_id=current_user.id)
    return {"items": [presenters.setting(row) for row in rows], "next": None}


@blueprint.route("/ticket-kinds")
@permission("tickets.read")
@blueprint.response(200, listed(schemas.KindSchema))
def list_kinds() -> dict[str, Any]:
    """The kinds of tickets with their opening forms."""
    return {"items": presenters.kinds(), "next": None}


@blueprint.route("/ticket-kinds/<kind>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.AsksInput)
@blueprint.response(200, schemas.KindSchema)
def change_kind(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """Ask for other fields when a ticket of this kind is opened or resolved."""
    services.set_form(kind=kind, asks=body["asks"], now=clock.now(), actor_id=current_user.id)
    return next(one for one in presenters.kinds() if one["kind"] == kind)
