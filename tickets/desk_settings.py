"""Settings of the desk: tags. The pages hold the frame; rows come and go through the API."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _

from core.auth.access import permission
from core.settings_pages import SETTINGS

blueprint = Blueprint("desk_settings", __name__)


def fill() -> None:
    """Add the pages to the settings' side list."""
    SETTINGS.fill(
        "tags",
        lambda: {"group": "work", "label": _("Tags"), "address": "/settings/tags", "icon": "tags", "permission": "settings.manage"},
        weight=40,
    )


@blueprint.get("/settings/tags")
@permission("settings.manage")
def tags() -> str:
    """The words on tickets: renamed and merged here."""
    return render_template("tickets/settings_tags.html")
