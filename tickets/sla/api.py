"""Policies and the sum behind a clock, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets.schemas import listed
from tickets.sla import policies, queries, schemas
from tickets.sla.models import Policy

blueprint = ApiBlueprint("sla", "Service levels: policies, calendars, clocks")


@blueprint.route("/clocks/<int:clock_id>/explanation")
@permission("tickets.read")
@blueprint.response(200, schemas.ExplanationSchema)
def explain_clock(clock_id: int) -> dict[str, Any]:
    """Why a clock is due when it is."""
    return queries.explanation(clock_id, clock.now())


@blueprint.route("/policies")
@permission("sla.manage")
@blueprint.response(200, listed(schemas.PolicySchema))
def list_policies() -> dict[str, Any]:
    """In the order in which they are tried; those without conditions are the default and come last."""
    return {"items": queries.policies(), "next": None}


@blueprint.route("/policies", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(schemas.PolicyInput)
@blueprint.response(201, schemas.PolicySchema)
def create_policy(body: dict[str, Any]) -> Policy:
    """A new policy. All open tickets are looked at again, in the background."""
    return policies.create_policy(**body, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/policies/<int:policy_id>")
@permission("sla.manage")
@blueprint.response(200, schemas.PolicySchema)
def get_policy(policy_id: int) -> Policy:
    """One policy."""
    return queries.policy(policy_id)


@blueprint.route("/policies/<int:policy_id>", methods=("PATCH",))
@permission("sla.manage")
@blueprint.arguments(schemas.PolicyPatch)
@blueprint.response(200, schemas.PolicySchema)
def change_policy(body: dict[str, Any], policy_id: int) -> Policy:
    """Publish a changed policy. The open tickets it touches are computed anew, in the background."""
    version = body.pop("version", None)
    found = queries.policy(policy_id)
    return policies.update_policy(policy_id=found.id, expected_version=version, now=clock.now(), actor_id=current_user.id, **body)
