"""Plans of days over HTTP: asked for, cancelled, accepted whole or by row, refused."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint, page
from core.auth.access import permission
from dispatch.api import plan_schemas
from dispatch.plans import presenters, queries, services
from dispatch.plans.models import Plan
from dispatch.presenters import place_names
from staff import queries as staff
from tickets.schemas import listed

blueprint = ApiBlueprint("plans", "Plans of days: proposed as a difference, accepted whole or by row")


def lines() -> list[dict[str, Any]]:
    """The newest plans."""
    return [presenters.plan_line(row) for row in queries.latest()]


def shown(plan_id: int) -> dict[str, Any]:
    """A plan as it stands now. Raises NotFound."""
    found = queries.plan(plan_id)
    rows = queries.rows_of(found.id)
    names = staff.names_of(presenters.person_ids(rows))
    return presenters.plan(found, rows, names=names, places=place_names(presenters.place_ids(rows)))


@blueprint.route("/plans")
@permission("dispatch.use")
@blueprint.arguments(plan_schemas.DayPlanQuery, location="query")
@blueprint.response(200, listed(plan_schemas.DayPlanLineSchema))
def list_plans(query: dict[str, Any]) -> dict[str, Any]:
    """Plans, the newest first."""
    found = queries.plans(branch_id=query["branch_id"], status=query["status"])
    rows, more = page(found, order=[Plan.id], after=query["after"], limit=query["limit"], descending=True)
    return {"items": [presenters.plan_line(row) for row in rows], "next": more}


@blueprint.route("/plans", methods=("POST",))
@permission("visits.manage")
@blueprint.arguments(plan_schemas.DayPlanInput)
@blueprint.response(201, plan_schemas.DayPlanSchema)
def make(body: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask for a plan. A worker looks for it: read it again until it is `ready`, or watch the live topic `plans`."""
    plan = services.make_plan(now=clock.now(), actor_id=current_user.id, **body)
    return shown(plan.id), 201, {"Location": url_for("api_plans.get_plan", plan_id=plan.id)}


@blueprint.route("/plans/<int:plan_id>")
@permission("dispatch.use")
@blueprint.response(200, plan_schemas.DayPlanSchema)
def get_plan(plan_id: int) -> dict[str, Any]:
    """A plan with its difference."""
    return shown(plan_id)


@blueprint.route("/plans/<int:plan_id>/cancellation", methods=("POST",))
@permission("visits.manage")
@blueprint.response(200, plan_schemas.DayPlanSchema)
def cancel(plan_id: int) -> dict[str, Any]:
    """Stop the search, or the acceptance: what was done stays done, what waits is open again. 409 when it is over."""
    services.cancel_plan(plan_id=plan_id, now=clock.now(), actor_id=current_user.id)
    return shown(plan_id)


@blueprint.route("/plans/<int:plan_id>/acceptance", methods=("POST",))
@permission("visits.manage")
@blueprint.arguments(plan_schemas.DayPlanRowChoice)
@blueprint.response(200, plan_schemas.DayPlanSchema)
def accept(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """Do what is proposed, checked against the world as it is now. Rows that cannot be done any more come back as conflicts with their reason.
    More than six rows are done by a worker: the plan is `accepting` until then, and the same request again changes nothing."""
    services.accept_plan(plan_id=plan_id, rows=body["rows"], now=clock.now(), actor_id=current_user.id)
    return shown(plan_id)


@blueprint.route("/plans/<int:plan_id>/refusal", methods=("POST",))
@permission("visits.manage")
@blueprint.arguments(plan_schemas.DayPlanRowChoice)
@blueprint.response(200, plan_schemas.DayPlanSchema)
def refuse(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """Leave what is proposed, all or these rows."""
    services.refuse_plan(plan_id=plan_id, rows=body["rows"], now=clock.now(), actor_id=current_user.id)
    return shown(plan_id)
