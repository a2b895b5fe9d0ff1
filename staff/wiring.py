"""Joins staff to the application: API, pages, settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _

from core import settings_pages, sweeps
from core.api import Api
from core.settings_pages import SETTINGS
from staff import api as people_api
from staff import api_deputies, api_settings, services, views

# name, group, label, address, icon, permission, weight
PAGES = (
    ("users", "people", _("Users and roles"), "/settings/users", "users", "users.manage", 10),
    ("rota", "people", _("Shifts and absences"), "/settings/rota", "calendar-time", "rota.write", 20),
    ("skills", "people", _("Skills"), "/settings/skills", "certificate", "settings.manage", 30),
    ("teams", "people", _("Teams"), "/settings/teams", "users-group", "settings.manage", 40),
    ("branches", "people", _("Branches"), "/settings/branches", "building", "settings.manage", 50),
    ("tokens", "system", _("API tokens"), "/settings/tokens", "key", "users.manage", 80),
    ("audit", "system", _("Audit log"), "/settings/audit", "history", "audit.read", 90),
)


def _judge_attendance(now: datetime) -> None:
    services.judge_attendance(now=now)


def wire(app: Flask, api: Api) -> None:
    """Register everything of staff."""
    settings_pages.init_app(app)
    app.register_blueprint(views.blueprint)
    for blueprint in (people_api.blueprint, api_settings.blueprint, api_deputies.blueprint):
        api.register_blueprint(blueprint)
    sweeps.register("attendance", 2.0, _judge_attendance)
    for name, group, label, address, icon, permission, weight in PAGES:
        entry: dict[str, Any] = {"group": group, "label": label, "address": address, "icon": icon, "permission": permission}
        SETTINGS.fill(name, lambda entry=entry: entry, weight=weight)
