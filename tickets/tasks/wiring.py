"""Joins tasks to the application: API, page, live topic, panel, reminders."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core import sweeps
from core.api import Api
from core.auth.security import may
from core.pages import SHELL_MODULES
from core.web import MENU
from tickets.slots import TICKET_MODULES, TICKET_PANELS
from tickets.tasks import api, live, services, subscribers, views


def wire(app: Flask, rest: Api) -> None:
    """Register everything of `tickets.tasks`."""
    rest.register_blueprint(api.blueprint)
    app.register_blueprint(views.blueprint)
    live.register()
    subscribers.subscribe()
    sweeps.register(services.NAME, services.EVERY, services.remind_due)
    TICKET_PANELS.fill("tasks", lambda ticket: live.panel(ticket.id), weight=10)
    TICKET_MODULES.fill("tasks", lambda: "js/tickets/task-panel.js", weight=10)
    SHELL_MODULES.fill("tasks", lambda: "js/tickets/task-notices.js" if may("tickets.read") else None)
    MENU.fill(
        "tasks",
        lambda: {"label": _("My tasks"), "icon": "list-check", "address": "/tasks", "permission": "tickets.read", "key": "g o"},
        weight=25,
    )
