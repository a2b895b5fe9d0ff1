"""Settings of the desk: tags, macros, canned answers. The pages hold the frame; rows come and go through the API."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _

from core.auth.access import permission
from core.auth.security import may
from core.settings_pages import SETTINGS
from staff import queries as staff
from tickets import queries
from tickets.macros.rules import VARIABLES

blueprint = Blueprint("desk_settings", __name__)


def fill() -> None:
    """Add the pages to the settings' side list."""
    SETTINGS.fill(
        "tags",
        lambda: {"group": "work", "label": _("Tags"), "address": "/settings/tags", "icon": "tags", "permission": "settings.manage"},
        weight=40,
    )
    SETTINGS.fill(
        "macros",
        lambda: {
            "group": "work",
            "label": _("Macros and texts"),
            "address": "/settings/macros",
            "icon": "wand",
            "permission": "tickets.write",
        },
        weight=50,
    )


@blueprint.get("/settings/tags")
@permission("settings.manage")
def tags() -> str:
    """The words on tickets: renamed and merged here."""
    return render_template("tickets/settings_tags.html")


@blueprint.get("/settings/macros")
@permission("tickets.write")
def macros() -> str:
    """What is done or written again and again: one's own, and everybody's for administrators."""
    choices = {
        "queues": [{"id": queue.id, "name": queue.name} for queue in queries.queues(only_active=True)],
        "people": [{"id": person.id, "name": person.name} for person in staff.people(kinds=("agent", "both"))],
        "variables": list(VARIABLES),
        "may_share": may("settings.manage"),
    }
    return render_template("tickets/settings_macros.html", page_data=choices)
