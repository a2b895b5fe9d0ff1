"""Pages of assignment: its settings, the supervisors' view of who has how much, the panel on a customer's page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import select

from core import clock
from core.auth.access import permission
from core.auth.security import may
from core.db import db
from core.i18n import LANGUAGES
from core.jsonable import jsonable
from core.settings_pages import SETTINGS
from core.web import MENU
from customers.models import Equipment
from staff import queries as staff
from tickets import queries as tickets
from tickets.assigning import presenters, queries

blueprint = Blueprint("assignment", __name__)
CATEGORIES_OFFERED = 200


def fill() -> None:
    """Add the pages to the menus."""
    entry: dict[str, Any] = {
        "group": "work",
        "label": _("Assignment"),
        "address": "/settings/assignment",
        "icon": "route",
        "permission": "settings.manage",
    }
    SETTINGS.fill("assignment", lambda: entry, weight=15)
    MENU.fill(
        "workload",
        lambda: {"label": _("Workload"), "icon": "chart-bar", "address": "/workload", "permission": "staff.supervise", "key": "g l"},
        weight=47,
    )


@blueprint.get("/settings/assignment")
@permission("settings.manage")
def settings() -> str:
    """Rules, what needs which skill, the routing table, what holds for the whole firm."""
    categories = select(Equipment.kind).distinct().order_by(Equipment.kind).limit(CATEGORIES_OFFERED)
    data = {
        "queues": [{"id": queue.id, "name": queue.name} for queue in tickets.queues()],
        "skills": [{"id": skill.id, "name": skill.name} for skill in staff.skills()],
        "languages": LANGUAGES,
        "categories": list(db.session.scalars(categories)),
        "agents": len(queries.agents()),
    }
    return render_template("tickets/settings_assignment.html", page_data=data)


@blueprint.get("/workload")
@permission("staff.supervise")
def workload() -> str:
    """Who has how much, what waits for somebody, whose tickets lie because they are away."""
    data = {
        "queues": [{"id": queue.id, "name": queue.name} for queue in tickets.queues(only_active=True)],
        "people": [{"id": person.id, "name": person.name} for person in staff.people(kinds=("agent", "both"))],
    }
    return render_template("tickets/workload.html", page_data=data)


def customer_panel(customer_id: int) -> Markup | None:
    """How the customer is served, with the switch."""
    if not may("tickets.read"):
        return None
    data = {
        "flow": presenters.flow(customer_id, clock.now()),
        "people": [{"id": person.id, "name": person.name} for person in staff.people(kinds=("agent", "both"))],
        "may_write": may("customers.write"),
    }
    return Markup(render_template("tickets/flow_panel.html", data=jsonable(data)))  # noqa: S704
