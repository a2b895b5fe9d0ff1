"""Maintenance plans over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from tickets.maintenance import bulk, dating, presenters, queries, recurrence, rules, services
from tickets.maintenance.models import MaintenancePlan
from tickets.maintenance.queries import Filters
from tickets.maintenance.schemas import (
    CountPlansInput,
    DatesInput,
    DatesPreviewSchema,
    MadePlansSchema,
    ManyPlansInput,
    OccurrenceSchema,
    PlanInput,
    PlanLineSchema,
    PlanPatch,
    PlanQuery,
    PlanSchema,
    PostponeInput,
    ReasonInput,
)
from tickets.schemas import listed
from tickets.services import references

blueprint = ApiBlueprint("maintenance", "Maintenance plans and recurring tickets")
WRITE = "maintenance.write"


def _who() -> dict[str, Any]:
    return {"now": clock.now(), "actor_id": current_user.id}


@blueprint.route("/maintenance-plans")
@permission("tickets.read")
@blueprint.arguments(PlanQuery, location="query")
@blueprint.response(200, listed(PlanLineSchema))
def list_plans(query: dict[str, Any]) -> dict[str, Any]:
    """Plans, what is due first; those without a next date last."""
    after, limit = query.pop("after"), query.pop("limit")
    found, following = queries.plans_page(Filters(**query), today=clock.now().date(), after=after, limit=limit)
    return {"items": presenters.lines(found), "next": following}


@blueprint.route("/maintenance-plans", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(PlanInput)
@blueprint.response(201, PlanSchema)
def create_plan(body: dict[str, Any]) -> dict[str, Any]:
    """A new plan."""
    return presenters.plan(services.create_plan(**_who(), **body))


@blueprint.route("/maintenance-plans/preview", methods=("POST",))
@permission("tickets.read")
@blueprint.arguments(DatesInput)
@blueprint.response(200, DatesPreviewSchema)
def preview(body: dict[str, Any]) -> dict[str, Any]:
    """The next twelve dates of a plan that is being written; nothing is kept."""
    plan = MaintenancePlan(queue=references.active_queue(body["queue_id"]), lead_days=body["lead_days"])
    plan.base, plan.starts_on, plan.ends_on = rules.check_base(body["base"]), body["starts_on"], body["ends_on"]
    rules.check_period(plan.starts_on, plan.ends_on)
    plan.recurrence = recurrence.checked(body["recurrence"], base=plan.base)
    found = recurrence.preview(
        plan.recurrence,
        base=plan.base,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        calendar=dating.calendar_for(plan),
        not_before=dating.today_of(plan, clock.now()),
    )
    rules.check_lead(plan.lead_days, found)
    return {
        "items": [{"planned_on": one.planned, "due_on": one.due, "opens_at": dating.opens_at(plan, one.due)} for one in found],
        "rrule": recurrence.rule_of(plan.recurrence, plan.starts_on) if plan.base == "plan" else None,
    }


@blueprint.route("/maintenance-plans/bulk/count", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(CountPlansInput)
@blueprint.response(200, MadePlansSchema)
def count_bulk(body: dict[str, Any]) -> dict[str, Any]:
    """For which equipment a plan would be made."""
    return _made(bulk.chosen(body["which"], name=body["name"], now=clock.now()))


@blueprint.route("/maintenance-plans/bulk", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(ManyPlansInput)
@blueprint.response(201, MadePlansSchema)
def create_bulk(body: dict[str, Any]) -> dict[str, Any]:
    """A plan for each thing of a model or under a contract; what has one of this name is left out."""
    return _made(bulk.create_plans(**_who(), **body))


def _made(made: bulk.Made) -> dict[str, Any]:
    refused = [{"equipment_id": thing, "title": why} for thing, why in made.refused.items()]
    return {"equipment": made.equipment, "planned": made.planned, "refused": refused}


@blueprint.route("/maintenance-plans/<int:plan_id>")
@permission("tickets.read")
@blueprint.response(200, PlanSchema)
def get_plan(plan_id: int) -> dict[str, Any]:
    """One plan, with its next twelve dates."""
    return presenters.plan(queries.plan(plan_id))


@blueprint.route("/maintenance-plans/<int:plan_id>", methods=("PATCH",))
@permission(WRITE)
@blueprint.arguments(PlanPatch)
@blueprint.response(200, PlanSchema)
def change_plan(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """Change it. A change of its dates makes the next one anew."""
    return presenters.plan(services.change_plan(plan_id=plan_id, expected_version=body.pop("version", None), **_who(), **body))


@blueprint.route("/maintenance-plans/<int:plan_id>/occurrences")
@permission("tickets.read")
@blueprint.response(200, listed(OccurrenceSchema))
def list_occurrences(plan_id: int) -> dict[str, Any]:
    """What became of its dates, the newest first."""
    return {"items": queries.dates_of(queries.plan(plan_id).id), "next": None}


@blueprint.route("/maintenance-plans/<int:plan_id>/pause", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(ReasonInput)
@blueprint.response(200, PlanSchema)
def pause_plan(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """Nothing is opened until it is resumed."""
    return presenters.plan(services.pause_plan(plan_id=plan_id, **_who(), **body))


@blueprint.route("/maintenance-plans/<int:plan_id>/pause", methods=("DELETE",))
@permission(WRITE)
@blueprint.response(200, PlanSchema)
def resume_plan(plan_id: int) -> dict[str, Any]:
    """On with the first date from today on."""
    return presenters.plan(services.resume_plan(plan_id=plan_id, **_who()))


@blueprint.route("/maintenance-plans/<int:plan_id>/end", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(ReasonInput)
@blueprint.response(200, PlanSchema)
def end_plan(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """For good; what it opened stays."""
    return presenters.plan(services.end_plan(plan_id=plan_id, **_who(), **body))


@blueprint.route("/maintenance-plans/<int:plan_id>/skips", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(ReasonInput)
@blueprint.response(200, PlanSchema)
def skip_next(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """Leave the next date out."""
    return presenters.plan(services.skip_next(plan_id=plan_id, **_who(), **body))


@blueprint.route("/maintenance-plans/<int:plan_id>/postponements", methods=("POST",))
@permission(WRITE)
@blueprint.arguments(PostponeInput)
@blueprint.response(200, PlanSchema)
def postpone_next(body: dict[str, Any], plan_id: int) -> dict[str, Any]:
    """Put the next date on another day; those after it stay."""
    return presenters.plan(services.postpone_next(plan_id=plan_id, **_who(), **body))
