"""Sites, equipment and contracts over HTTP."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from customers import presenters, queries, rules, schemas, services
from customers.models import Equipment
from customers.queries import Covered
from staff.schemas import patch_of

blueprint = ApiBlueprint("belongings", "Sites, equipment and contracts of customers")


def _now() -> dict[str, Any]:
    """Who and when, for every verb."""
    return {"now": clock.now(), "actor_id": current_user.id}


@blueprint.route("/customers/<int:customer_id>/sites", methods=("POST",))
@permission("customers.write")
@blueprint.arguments(schemas.SiteSchema)
@blueprint.response(201, schemas.SiteSchema)
def add_site(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Another place of theirs."""
    return presenters.site(services.add_site(customer_id=customer_id, values=body, **_now()))


@blueprint.route("/sites/<int:site_id>", methods=("PATCH",))
@permission("customers.write")
@blueprint.arguments(patch_of(schemas.SiteSchema))
@blueprint.response(200, schemas.SiteSchema)
def change_site(body: dict[str, Any], site_id: int) -> dict[str, Any]:
    """Correct a place."""
    return presenters.site(services.update_site(site_id=site_id, changes=body, **_now()))


@blueprint.route("/sites/<int:site_id>", methods=("DELETE",))
@permission("customers.write")
@blueprint.response(204)
def remove_site(site_id: int) -> None:
    """Refused while equipment stands there or a ticket names it."""
    services.remove_site(site_id=site_id, **_now())


@blueprint.route("/customers/<int:customer_id>/equipment", methods=("POST",))
@permission("customers.write")
@blueprint.arguments(schemas.EquipmentSchema)
@blueprint.response(201, schemas.EquipmentSchema)
def add_equipment(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Another thing of theirs."""
    return _equipment(services.add_equipment(customer_id=customer_id, values=body, **_now()))


@blueprint.route("/equipment/<int:equipment_id>", methods=("PATCH",))
@permission("customers.write")
@blueprint.arguments(patch_of(schemas.EquipmentSchema))
@blueprint.response(200, schemas.EquipmentSchema)
def change_equipment(body: dict[str, Any], equipment_id: int) -> dict[str, Any]:
    """Correct a thing, or take it out of use (`retired_on`)."""
    return _equipment(services.update_equipment(equipment_id=equipment_id, changes=body, **_now()))


@blueprint.route("/equipment/<int:equipment_id>", methods=("DELETE",))
@permission("customers.write")
@blueprint.response(204)
def remove_equipment(equipment_id: int) -> None:
    """Refused while a ticket, visit or contract names it."""
    services.remove_equipment(equipment_id=equipment_id, **_now())


def _equipment(row: Equipment) -> dict[str, Any]:
    """The thing with what covers it today."""
    on = clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()
    found = next(covered for covered in queries.card(row.customer_id, on=on).equipment if covered.equipment.id == row.id)
    return presenters.equipment(Covered(found.equipment, rules.warranty(row.warranty_until, on), found.contract), on)


@blueprint.route("/customers/<int:customer_id>/contracts", methods=("POST",))
@permission("customers.write")
@blueprint.arguments(schemas.ContractSchema)
@blueprint.response(201, schemas.ContractSchema)
def add_contract(body: dict[str, Any], customer_id: int) -> dict[str, Any]:
    """Cover them, or one thing of theirs."""
    return presenters.contract(services.add_contract(customer_id=customer_id, **body, **_now()), clock.now().date())


@blueprint.route("/contracts/<int:contract_id>", methods=("PATCH",))
@permission("customers.write")
@blueprint.arguments(patch_of(schemas.ContractSchema))
@blueprint.response(200, schemas.ContractSchema)
def change_contract(body: dict[str, Any], contract_id: int) -> dict[str, Any]:
    """Change or end a contract (`ends_on`)."""
    return presenters.contract(services.update_contract(contract_id=contract_id, changes=body, **_now()), clock.now().date())


@blueprint.route("/contracts/<int:contract_id>", methods=("DELETE",))
@permission("customers.write")
@blueprint.response(204)
def remove_contract(contract_id: int) -> None:
    """It was entered by mistake."""
    services.remove_contract(contract_id=contract_id, **_now())
