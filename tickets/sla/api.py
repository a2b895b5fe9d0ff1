"""Policies, calendars, holidays and the sum behind a clock, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from tickets.schemas import listed, refuses
from tickets.sla import policies, publishing, queries, schemas
from tickets.sla.errors import SlaInputError
from tickets.sla.holidays import from_country
from tickets.sla.models import CalendarRow, Policy

blueprint = ApiBlueprint("sla", "Service levels: policies, calendars, clocks")


def _calendar(row: CalendarRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "branch_id": row.branch_id,
        "version": row.version,
        "definition": publishing.definition_of(row),
    }


@blueprint.route("/clocks/<int:clock_id>/explanation")
@permission("tickets.read")
@blueprint.response(200, schemas.ExplanationSchema)
@refuses(blueprint, 404)
def explain_clock(clock_id: int) -> dict[str, Any]:
    """Why a clock is due when it is."""
    return queries.explanation(clock_id, clock.now())


@blueprint.route("/policies")
@permission("settings.manage")
@blueprint.response(200, listed(schemas.PolicySchema))
@refuses(blueprint)
def list_policies() -> dict[str, Any]:
    """In the order in which they are tried; those without conditions are the default and come last."""
    return {"items": queries.policies(), "next": None}


@blueprint.route("/policies", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.PolicyInput)
@blueprint.response(201, schemas.PolicySchema)
@refuses(blueprint)
def create_policy(body: dict[str, Any]) -> Policy:
    """A new policy. All open tickets are looked at again, in the background."""
    return policies.create_policy(**body, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/policies/<int:policy_id>")
@permission("settings.manage")
@blueprint.response(200, schemas.PolicySchema)
@refuses(blueprint, 404)
def get_policy(policy_id: int) -> Policy:
    """One policy."""
    return queries.policy(policy_id)


@blueprint.route("/policies/<int:policy_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.PolicyPatch)
@blueprint.response(200, schemas.PolicySchema)
@refuses(blueprint, 404, 409)
def change_policy(body: dict[str, Any], policy_id: int) -> Policy:
    """Publish a changed policy. The open tickets it touches are computed anew, in the background."""
    version = body.pop("version", None)
    found = queries.policy(policy_id)
    return policies.update_policy(policy_id=found.id, expected_version=version, now=clock.now(), actor_id=current_user.id, **body)


@blueprint.route("/calendars")
@permission("settings.manage")
@blueprint.response(200, listed(schemas.CalendarSchema))
@refuses(blueprint)
def list_calendars() -> dict[str, Any]:
    """All calendars by name, with their published definitions."""
    return {"items": [_calendar(row) for row in queries.calendars()], "next": None}


@blueprint.route("/calendars", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.CalendarInput)
@blueprint.response(201, schemas.CalendarSchema)
@refuses(blueprint)
def create_calendar(body: dict[str, Any]) -> dict[str, Any]:
    """A new calendar, published as version 1."""
    return _calendar(publishing.create_calendar(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/calendars/<int:calendar_id>")
@permission("settings.manage")
@blueprint.response(200, schemas.CalendarSchema)
@refuses(blueprint, 404)
def get_calendar(calendar_id: int) -> dict[str, Any]:
    """One calendar as published."""
    return _calendar(queries.calendar(calendar_id))


@blueprint.route("/calendars/<int:calendar_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(schemas.CalendarPatch)
@blueprint.response(200, schemas.CalendarSchema)
@refuses(blueprint, 404)
def change_calendar(body: dict[str, Any], calendar_id: int) -> dict[str, Any]:
    """Name and branch. The hours change by publishing a version."""
    found = queries.calendar(calendar_id)
    return _calendar(publishing.rename_calendar(calendar_id=found.id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/calendars/<int:calendar_id>/versions", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.VersionInput)
@blueprint.response(201, schemas.VersionSchema)
@refuses(blueprint, 404, 409)
def publish_version(body: dict[str, Any], calendar_id: int) -> Any:
    """Publish new hours. The open tickets they touch are computed anew, in the background; closed ones never."""
    return publishing.publish_calendar(
        calendar_id=queries.calendar(calendar_id).id,
        definition=body["definition"],
        expected_version=body["version"],
        now=clock.now(),
        actor_id=current_user.id,
    )


@blueprint.route("/calendars/<int:calendar_id>/versions/<int:version>")
@permission("settings.manage")
@blueprint.response(200, schemas.VersionSchema)
@refuses(blueprint, 404)
def get_version(calendar_id: int, version: int) -> dict[str, Any]:
    """What was published then."""
    return {"version": version, "definition": publishing.definition_of(queries.calendar(calendar_id), version)}


@blueprint.route("/holidays")
@permission("settings.manage")
@blueprint.arguments(schemas.HolidayQuery, location="query")
@blueprint.response(200, listed(schemas.HolidaySchema))
@refuses(blueprint)
def list_holidays(query: dict[str, Any]) -> dict[str, Any]:
    """Public holidays of a country or region, to be put into a calendar's definition."""
    try:
        found = from_country(query["country"].upper(), query["region"], query["year"], query["language"])
    except SlaInputError as error:
        raise NotValid(publishing.said(error), field="country") from error
    return {"items": found, "next": None}
