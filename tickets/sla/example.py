"""When would it be due: a worked example for whoever writes hours and policies, saved or not. Pure but for reading a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from tickets.schemas import identity, plain, without_nul
from tickets.sla import publishing, queries
from tickets.sla.calendar import Calendar
from tickets.sla.errors import SlaInputError
from tickets.sla.policies import LONGEST_TARGET

FRIDAY, EXAMPLE_HOUR, EXAMPLE_MINUTE = 4, 17, 40
MOST_TARGETS = 40
AROUND_THE_CLOCK = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
blueprint = ApiBlueprint("sla_example", "Worked examples of due times")


class ExampleInput(ma.Schema):
    definition = fields.Dict(load_default=None, allow_none=True, validate=without_nul, metadata={"description": "Hours not published yet"})
    calendar_id = identity(load_default=None, allow_none=True, metadata={"description": "Else a published calendar"})
    time_zone = plain(60, load_default="UTC", metadata={"description": "Else around the clock in this zone"})
    start = fields.NaiveDateTime(
        load_default=None,
        allow_none=True,
        metadata={"description": "Local time in the calendar's zone; without it the coming Friday at 17:40"},
    )
    seconds = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, LONGEST_TARGET)), required=True, validate=validate.Length(1, MOST_TARGETS)
    )


class ExampleSchema(ma.Schema):
    time_zone = fields.String()
    start = fields.AwareDateTime()
    due = fields.List(fields.AwareDateTime(allow_none=True), metadata={"description": "In the order of `seconds`; null: never"})


@blueprint.route("/due-times", methods=("POST",))
@permission("sla.manage")
@blueprint.arguments(ExampleInput)
@blueprint.response(200, ExampleSchema)
def due_times(body: dict[str, Any]) -> dict[str, Any]:
    """When targets of so many seconds of working time, begun at `start`, would be due. Nothing is stored."""
    calendar = _calendar(body)
    start = (body["start"] or friday_evening(clock.now().astimezone(calendar.zone))).replace(tzinfo=calendar.zone)
    try:
        due = [calendar.due(start, seconds) for seconds in body["seconds"]]
    except SlaInputError as error:
        raise NotValid(publishing.said(error), field="seconds") from error
    return {"time_zone": calendar.timezone, "start": start, "due": due}


def friday_evening(now: datetime) -> datetime:
    """The coming Friday at 17:40 on the clock of `now`: late enough that hours, night and weekend all show."""
    day = now + timedelta(days=(FRIDAY - now.weekday()) % 7)
    return day.replace(hour=EXAMPLE_HOUR, minute=EXAMPLE_MINUTE, second=0, microsecond=0, tzinfo=None)


def _calendar(body: Mapping[str, Any]) -> Calendar:
    """The calendar meant. Raises NotValid saying what cannot be meant, NotFound."""
    if body["definition"] is not None:
        return Calendar.from_dict(publishing.checked_definition(body["definition"], 1))
    if body["calendar_id"] is not None:
        return Calendar.from_dict(publishing.definition_of(queries.calendar(body["calendar_id"])))
    return Calendar.from_dict(publishing.checked_definition({"timezone": body["time_zone"], "hours": AROUND_THE_CLOCK}, 1))
