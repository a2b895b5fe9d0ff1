"""The rota over HTTP: everybody's dates, and dates that are not as every week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.api import ApiBlueprint
from core.auth.access import permission
from core.errors import NotValid
from staff import presenters, queries, rota, rules, schemas, services

blueprint = ApiBlueprint("rota", "The rota: who works when, date by date")


@blueprint.route("/rota/days")
@permission("staff.read")
@blueprint.arguments(schemas.RotaDaysQuery, location="query")
@blueprint.response(200, schemas.RotaDaysSchema)
def list_rota_days(query: dict[str, Any]) -> dict[str, Any]:
    """What everybody works on each date, who is away, and the holidays of their branches."""
    return days_shown(**query)


def days_shown(*, start: date, days: int, kind: list[str], branch_id: int | None, team_id: int | None) -> dict[str, Any]:
    """The rota as pages and the API have it. Raises NotValid for a date at the end of the calendar."""
    rules.check_date(start, field="start")
    people = queries.people(kinds=kind, branch_id=branch_id, team_id=team_id)
    found = rota.days_of(people, start, days)
    teams = {team.id: team.name for team in queries.teams()}
    holidays = rota.holidays_of(sorted({person.branch_id for person in people}), start, days)
    return {
        "days": [start + timedelta(days=number) for number in range(days)],
        "holidays": {str(branch): {str(day): name for day, name in names.items()} for branch, names in holidays.items()},
        "items": [presenters.rota_days(person, found[person.id], teams) for person in people],
    }


@blueprint.route("/people/<int:person_id>/days/<day>", methods=("PUT",))
@permission("rota.write")
@blueprint.arguments(schemas.ExceptionSchema)
@blueprint.response(200, schemas.ExceptionSchema)
def put_day(body: dict[str, Any], person_id: int, day: str) -> dict[str, Any]:
    """An extra shift, other hours, or off: on this date only."""
    windows = [(window["starts"], window["ends"]) for window in body["windows"]]
    row = services.set_exception(
        person_id=person_id,
        day=_date(day),
        kind=body["kind"],
        windows=windows,
        note=body["note"],
        now=clock.now(),
        actor_id=current_user.id,
    )
    return presenters.exception(row)


@blueprint.route("/people/<int:person_id>/days/<day>", methods=("DELETE",))
@permission("rota.write")
@blueprint.response(204)
def remove_day(person_id: int, day: str) -> None:
    """The date is as every week again."""
    services.remove_exception(person_id=person_id, day=_date(day), now=clock.now(), actor_id=current_user.id)


@blueprint.route("/people/<int:person_id>/working-time")
@permission("staff.supervise")
@blueprint.response(200, schemas.WorkingTimeSchema)
def get_working_time(person_id: int) -> dict[str, Any]:
    """How much overtime somebody may do, and what an hour of theirs costs."""
    return presenters.working_time(queries.person(person_id))


@blueprint.route("/people/<int:person_id>/working-time", methods=("PATCH",))
@permission("staff.supervise")
@blueprint.arguments(schemas.WorkingTimeSchema)
@blueprint.response(200, schemas.WorkingTimeSchema)
def change_working_time(body: dict[str, Any], person_id: int) -> dict[str, Any]:
    """Change some of it. Another cost holds from `cost_since` on, today where none is said."""
    since = body.pop("cost_since", None)
    person = services.update_person(person_id=person_id, changes=body, now=clock.now(), actor_id=current_user.id, cost_since=since)
    return presenters.working_time(person)


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotValid(_("Write a date like 2026-03-10."), field="day") from None
    rules.check_date(day, field="day")
    return day
