"""Pages of dispatch. They hold the frame; rows come by the live channel and the API."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask_login import current_user

from core import clock
from core.auth.access import permission
from core.auth.security import may
from core.jsonable import jsonable
from dispatch.api.field import own_day
from dispatch.materials import presenters as stock_presenters
from dispatch.materials import queries as stock
from dispatch.materials.rules import KINDS
from staff import queries as staff
from staff.rules import TECHNICIAN_KINDS

blueprint = Blueprint("dispatch", __name__)


@blueprint.get("/dispatch")
@permission("dispatch.use")
def day() -> str:
    """Everybody's day."""
    today = clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()
    return render_template(
        "dispatch/day.html",
        page_data={"day": str(_asked_day(today)), "today": str(today), "may": {"book": may("visits.book")}, "may_book": may("visits.book")},
    )


def _asked_day(today: date) -> date:
    """The day of the address; today when it names none."""
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today


@blueprint.get("/field")
@permission("field.use")
def field() -> str:
    """A technician's own day, on the phone."""
    person = staff.person_of_user(current_user.id)
    shown: dict[str, Any] = own_day(person) if person is not None else {"at": clock.now(), "person": None, "visits": [], "van": []}
    return render_template("dispatch/field.html", page_data=jsonable({"day": shown, "user_id": current_user.id}))


@blueprint.get("/materials")
@permission("stock.read")
def materials() -> str:
    """Stock by place, moves, what is promised, what is on order."""
    return render_template(
        "dispatch/materials.html",
        page_data=jsonable(
            {
                "places": [stock_presenters.place(row) for row in stock.places(kinds=KINDS)],
                "may": {"write": may("stock.write"), "manage": may("settings.manage")},
                "now": clock.now(),
            }
        ),
    )


@blueprint.get("/settings/job-types")
@permission("settings.manage")
def job_types() -> str:
    """Kinds of jobs: minutes, skills, parts, checklist."""
    data = {"skills": [{"id": row.id, "name": row.name} for row in staff.skills() if row.kind != "language"]}
    return render_template("dispatch/job_types.html", page_data=data)


@blueprint.get("/settings/parts")
@permission("settings.manage")
def parts() -> str:
    """The catalogue."""
    return render_template("dispatch/parts.html")


@blueprint.get("/settings/places")
@permission("settings.manage")
def places() -> str:
    """Warehouses, vans and the ends of the world."""
    data = {
        "branches": [{"id": row.id, "name": row.name} for row in staff.branches()],
        "technicians": [{"id": row.id, "name": row.name} for row in staff.people(kinds=TECHNICIAN_KINDS)],
        "kinds": list(KINDS),
    }
    return render_template("dispatch/places.html", page_data=data)
