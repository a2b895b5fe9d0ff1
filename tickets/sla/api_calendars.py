"""Calendars, their versions and where their holidays come from, over HTTP."""

from __future__ import annotations

from typing import Any

from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from tickets.schemas import listed
from tickets.sla import publishing, queries, schemas, sources
from tickets.sla.errors import SlaInputError
from tickets.sla.holidays import from_country
from tickets.sla.models import CalendarRow, CalendarSource

blueprint = ApiBlueprint("calendars", "Working hours and holidays")


def source(row: CalendarSource) -> dict[str, Any]:
    """One source as JSON."""
    return {
        "id": row.id,
        "kind": row.kind,
        "address": row.address,
        "language": row.language,
        "days": len(row.days),
        "checked_at": row.checked_at,
        "fetched_at": row.fetched_at,
        "problem": sources.problem_of(row),
    }


def calendar(row: CalendarRow) -> dict[str, Any]:
    """One calendar as published, as JSON."""
    return {
        "id": row.id,
        "name": row.name,
        "branch_id": row.branch_id,
        "version": row.version,
        "definition": publishing.definition_of(row),
        "sources": [source(one) for one in sources.sources_of(row.id)],
    }


@blueprint.route("/calendars")
@permission("sla.manage")
@blueprint.response(200, listed(schemas.CalendarSchema))
def list_calendars() -> dict[str, Any]:
    """All calendars by name, with their published definitions."""
    return {"items": [calendar(row) for row in queries.calendars()], "next": None}


@blueprint.route("/calendars", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(schemas.CalendarInput)
@blueprint.response(201, schemas.CalendarSchema)
def create_calendar(body: dict[str, Any]) -> dict[str, Any]:
    """A new calendar, published as version 1."""
    return calendar(publishing.create_calendar(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/calendars/<int:calendar_id>")
@permission("sla.manage")
@blueprint.response(200, schemas.CalendarSchema)
def get_calendar(calendar_id: int) -> dict[str, Any]:
    """One calendar as published."""
    return calendar(queries.calendar(calendar_id))


@blueprint.route("/calendars/<int:calendar_id>", methods=("PATCH",))
@permission("sla.manage")
@blueprint.arguments(schemas.CalendarPatch)
@blueprint.response(200, schemas.CalendarSchema)
def change_calendar(body: dict[str, Any], calendar_id: int) -> dict[str, Any]:
    """Name and branch. The hours change by publishing a version."""
    found = queries.calendar(calendar_id)
    return calendar(publishing.rename_calendar(calendar_id=found.id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/calendars/<int:calendar_id>/versions", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(schemas.VersionInput)
@blueprint.response(201, schemas.VersionSchema)
def publish_version(body: dict[str, Any], calendar_id: int) -> Any:
    """Publish new hours. The open tickets they touch are computed anew, in the background; closed ones never."""
    return publishing.publish_calendar(
        calendar_id=queries.calendar(calendar_id).id,
        definition=body["definition"],
        expected_version=body["version"],
        now=clock.now(),
        actor_id=current_user.id,
    )


@blueprint.route("/calendars/<int:calendar_id>/versions")
@permission("sla.manage")
@blueprint.response(200, listed(schemas.PublishedSchema))
def list_versions(calendar_id: int) -> dict[str, Any]:
    """What was published when and by whom, the newest first."""
    return {"items": queries.versions(queries.calendar(calendar_id).id), "next": None}


@blueprint.route("/calendars/<int:calendar_id>/versions/<int:version>")
@permission("sla.manage")
@blueprint.response(200, schemas.VersionSchema)
def get_version(calendar_id: int, version: int) -> dict[str, Any]:
    """What was published then."""
    return {"version": version, "definition": publishing.definition_of(queries.calendar(calendar_id), version)}


@blueprint.route("/holidays")
@permission("sla.manage")
@blueprint.arguments(schemas.HolidayQuery, location="query")
@blueprint.response(200, listed(schemas.HolidaySchema))
def list_holidays(query: dict[str, Any]) -> dict[str, Any]:
    """Public holidays of a country or region, to be put into a calendar's definition."""
    try:
        found = from_country(query["country"].upper(), query["region"], query["year"], query["language"])
    except SlaInputError as error:
        raise NotValid(publishing.said(error), field="country") from error
    return {"items": found, "next": None}


@blueprint.route("/calendars/<int:calendar_id>/sources", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(schemas.SourceInput)
@blueprint.response(201, schemas.SourceSchema)
def add_source(body: dict[str, Any], calendar_id: int) -> dict[str, Any]:
    """Let holidays come from a feed or a country by themselves. It is looked at soon, and every day."""
    return source(sources.add_source(calendar_id=queries.calendar(calendar_id).id, **body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/calendars/<int:calendar_id>/sources/<int:source_id>", methods=("DELETE",))
@permission("sla.manage")
@blueprint.response(204)
def remove_source(calendar_id: int, source_id: int) -> None:
    """No longer look there. The days it brought stay."""
    sources.remove_source(
        calendar_id=queries.calendar(calendar_id).id, source_id=queries.known_id(source_id), now=clock.now(), actor_id=current_user.id
    )


@blueprint.route("/calendars/<int:calendar_id>/sources/<int:source_id>/check", methods=("POST",))
@permission("sla.manage")
@blueprint.response(202, schemas.SourceSchema)
def check_source(calendar_id: int, source_id: int) -> dict[str, Any]:
    """Look at it now, in the background."""
    row = sources.found_source(queries.calendar(calendar_id).id, queries.known_id(source_id))
    sources.look(row, now=clock.now())
    return source(row)
