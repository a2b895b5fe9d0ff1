"""Pages of rules. They hold the frame; everything comes and goes through the API."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _

from core.auth.access import permission
from core.settings_pages import SETTINGS
from tickets.automation import queries
from tickets.automation.models import Rule
from tickets.macros.rules import VARIABLES

blueprint = Blueprint("rules", __name__)


def fill() -> None:
    """The page in the settings' side list."""
    SETTINGS.fill(
        "rules",
        lambda: {"group": "work", "label": _("Rules"), "address": "/settings/rules", "icon": "robot", "permission": "settings.manage"},
        weight=45,
    )


@blueprint.get("/settings/rules")
@permission("settings.manage")
def listing() -> str:
    """All rules in their order."""
    return render_template("tickets/settings_rules.html")


def _page(rule: Rule | None) -> str:
    data = {"rule_id": rule.id if rule is not None else None, "variables": list(VARIABLES)}
    return render_template("tickets/settings_rule.html", name=rule.name if rule is not None else "", page_data=data)


@blueprint.get("/settings/rules/new")
@permission("settings.manage")
def new() -> str:
    """A rule more; `?sample=` begins with one of those to start from."""
    return _page(None)


@blueprint.get("/settings/rules/<int:rule_id>")
@permission("settings.manage")
def one(rule_id: int) -> str:
    """One rule: WHEN, IF, THEN, trying it, what it did, what it was."""
    return _page(queries.rule(rule_id))
