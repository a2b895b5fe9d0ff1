"""The page "My day", and the period as a table to take away."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core.auth.access import permission
from core.auth.security import may
from core.errors import NotValid
from core.sheets import csv_of
from staff import queries as staff
from tickets.worklog import api, export, rules

blueprint = Blueprint("worklog", __name__)


@blueprint.get("/my-day")
@permission("tickets.read")
def my_day() -> str:
    """A day's work, one's own; supervisors choose whose. The address holds day and person."""
    person = staff.person_of_user(current_user.id)
    data: dict[str, Any] = {
        "me": person.id if person is not None else None,
        "activities": list(rules.ACTIVITIES),
        "may_write": may("tickets.write"),
        "own_days": rules.OWN_DAYS,
        "supervisor": may("staff.supervise"),
        "people": [{"id": one.id, "name": one.name} for one in staff.people()] if may("staff.supervise") else [],
    }
    return render_template("tickets/my_day.html", page_data=data)


@blueprint.get("/my-day/export.csv")
@permission("tickets.read")
def export_csv() -> Response:
    """`?first=&last=` (dates) and `person_id=` (a supervisor's choice; `all` for everybody)."""
    everybody = request.args.get("person_id") == "all" and may("staff.supervise")
    person = None if everybody else api.asked_person(_number(request.args.get("person_id")))
    first, last = api.asked_period(person, _day("first"), _day("last"))
    found = export.rows(first=first, last=last, person_id=person.id if person is not None else None, zone=current_user.time_zone)
    name = f"work-{first.isoformat()}-{last.isoformat()}.csv"
    return Response(csv_of(found), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _day(name: str) -> date | None:
    text = request.args.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotValid(_("Write a day like 2026-03-10."), field=name) from None


def _number(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotValid(_("There is no such person."), field="person_id")
    return int(text)
