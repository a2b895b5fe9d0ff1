"""Joins staff to the application: API, pages, settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core import settings_pages, sweeps
from core.api import Api
from core.auth.models import User
from core.settings_pages import FIRST_STEPS, SETTINGS, Step
from core.web import MENU
from staff import api as people_api
from staff import api_certificates, api_deputies, api_leave, api_rota, api_settings, live, services, views
from staff.models import Branch, Shift, Skill

# name, group, label, address, icon, permission, weight
PAGES = (
    ("users", "people", _("Users and roles"), "/settings/users", "users", "users.manage", 10),
    ("rota", "people", _("Shifts and absences"), "/settings/rota", "calendar-time", "rota.write", 20),
    ("skills", "people", _("Skills"), "/settings/skills", "certificate", "settings.manage", 30),
    ("certificates", "people", _("Certificates"), "/settings/certificates", "award", "staff.read", 35),
    ("teams", "people", _("Teams"), "/settings/teams", "users-group", "settings.manage", 40),
    ("branches", "people", _("Branches"), "/settings/branches", "building", "settings.manage", 50),
    ("tokens", "system", _("API tokens"), "/settings/tokens", "key", "users.manage", 80),
    ("audit", "system", _("Audit log"), "/settings/audit", "history", "audit.read", 90),
)

STEPS = (
    ("branch", 10, Step(label=_("Your branch"), text=_("Its address and time zone: hours and ways are counted from there."),
                        address="/settings/branches", permission="settings.manage", needed=True, there=select(Branch.id))),
    ("people", 50, Step(label=_("Your people"), text=_("An account with its roles for everybody who works here."),
                        address="/settings/users", permission="users.manage", needed=True, there=select(User.id).offset(1))),
    ("skills", 60, Step(label=_("Skills"), text=_("What a call or a repair asks for, and who has it."),
                        address="/settings/skills", permission="settings.manage", there=select(Skill.id))),
    ("shifts", 70, Step(label=_("Shifts"), text=_("When your technicians work: visits are offered in this time only."),
                        address="/settings/rota", permission="rota.write", there=select(Shift.id))),
)  # fmt: skip


def _judge_attendance(now: datetime) -> None:
    services.judge_attendance(now=now)


def wire(app: Flask, api: Api) -> None:
    """Register everything of staff."""
    settings_pages.init_app(app)
    app.register_blueprint(views.blueprint)
    for blueprint in (
        people_api.blueprint,
        api_settings.blueprint,
        api_deputies.blueprint,
        api_rota.blueprint,
        api_leave.blueprint,
        api_certificates.blueprint,
    ):
        api.register_blueprint(blueprint)
    live.register()
    MENU.fill(
        "rota", lambda: {"label": _("Rota"), "icon": "table", "address": "/rota", "permission": "staff.read", "key": "g s"}, weight=58
    )
    MENU.fill(
        "leave",
        lambda: {"label": _("Leave"), "icon": "calendar-off", "address": "/leave", "permission": "account.use", "key": "g a"},
        weight=59,
    )
    app.register_blueprint(api_certificates.pages)
    sweeps.register("certificates", 600, services.remind_expiring)
    sweeps.register("attendance", 2.0, _judge_attendance)
    for name, group, label, address, icon, permission, weight in PAGES:
        entry: dict[str, Any] = {"group": group, "label": label, "address": address, "icon": icon, "permission": permission}
        SETTINGS.fill(name, lambda entry=entry: entry, weight=weight)
    for name, weight, step in STEPS:
        FIRST_STEPS.fill(name, lambda step=step: step, weight=weight)
