"""Settings of assignment over HTTP: rules, what needs which skill, the routing table."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from tickets import conditions
from tickets.assigning import queries, schemas, setup
from tickets.assigning.models import AssignmentRule
from tickets.schemas import listed

blueprint = ApiBlueprint("assignment_settings", "Rules of assignment, needed skills, the routing table")


def shown(rule: AssignmentRule) -> dict[str, Any]:
    """A rule, with what of its conditions is gone."""
    try:
        if rule.conditions:
            conditions.check(rule.conditions, personal=False)
        problem = None
    except NotValid as error:
        problem = str(error.message)
    return {**setup.facts(rule), "problem": problem}


def _who() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id}


@blueprint.route("/assignment-rules")
@permission("settings.manage")
@blueprint.response(200, listed(schemas.AssignmentRuleSchema))
def list_rules() -> dict[str, Any]:
    """In the order they are tried in."""
    return {"items": [shown(rule) for rule in queries.assignment_rules()], "next": None}


@blueprint.route("/assignment-rules", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.AssignmentRuleInput)
@blueprint.response(201, schemas.AssignmentRuleSchema)
def create_rule(body: dict[str, Any]) -> dict[str, Any]:
    """A new one, tried last."""
    return shown(setup.save_rule(rule_id=None, values=body, **_who()))


@blueprint.route("/assignment-rules/<int:rule_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.AssignmentRulePatch)
@blueprint.response(200, schemas.AssignmentRuleSchema)
def change_rule(body: dict[str, Any], rule_id: int) -> dict[str, Any]:
    """Change some of it; for what comes from now on."""
    return shown(setup.save_rule(rule_id=rule_id, values=body, **_who()))


@blueprint.route("/assignment-rules/<int:rule_id>", methods=("DELETE",))
@permission("settings.manage")
@blueprint.response(204)
def remove_rule(rule_id: int) -> None:
    """For good; what it gave to people stays theirs."""
    setup.remove_rule(rule_id=rule_id, **_who())


@blueprint.route("/assignment-rule-order", methods=("PUT",))
@permission("settings.manage")
@blueprint.arguments(schemas.AssignmentOrderInput)
@blueprint.response(200, listed(schemas.AssignmentRuleSchema))
def order_rules(body: dict[str, Any]) -> dict[str, Any]:
    """Try them in this order; all are to be named."""
    return {"items": [shown(rule) for rule in setup.order_rules(rule_ids=body["ids"], **_who())], "next": None}


@blueprint.route("/skill-needs")
@permission("settings.manage")
@blueprint.response(200, schemas.NeedsSchema)
def list_needs() -> dict[str, Any]:
    """Which kinds, categories of equipment and languages need which skill."""
    return {"items": queries.skill_needs()}


@blueprint.route("/skill-needs", methods=("PUT",))
@permission("settings.manage")
@blueprint.arguments(schemas.NeedsSchema)
@blueprint.response(200, schemas.NeedsSchema)
def put_needs(body: dict[str, Any]) -> dict[str, Any]:
    """These lines in the place of all."""
    return {"items": setup.save_needs(lines=body["items"], **_who())}


@blueprint.route("/routing-table")
@permission("settings.manage")
@blueprint.response(200, schemas.RoutesSchema)
def list_routes() -> dict[str, Any]:
    """Which new tickets go to which queue; the line that says most counts."""
    return {"items": queries.routes()}


@blueprint.route("/routing-table", methods=("PUT",))
@permission("settings.manage")
@blueprint.arguments(schemas.RoutesSchema)
@blueprint.response(200, schemas.RoutesSchema)
def put_routes(body: dict[str, Any]) -> dict[str, Any]:
    """These lines in the place of all."""
    return {"items": setup.save_routes(lines=body["items"], **_who())}


@blueprint.route("/assignment-settings")
@permission("settings.manage")
@blueprint.response(200, schemas.SettingsPatch)
def get_settings() -> dict[str, Any]:
    """What holds for the whole firm."""
    return setup.settings_facts(queries.settings())


@blueprint.route("/assignment-settings", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.SettingsPatch)
@blueprint.response(200, schemas.SettingsPatch)
def change_settings(body: dict[str, Any]) -> dict[str, Any]:
    """Change some of it."""
    return setup.settings_facts(setup.save_settings(values=body, **_who()))
