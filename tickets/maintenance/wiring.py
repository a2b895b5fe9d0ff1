"""Joins maintenance to the application: API, pages, menu, panels, the sweep that opens tickets."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _

from core import sweeps
from core.api import Api
from core.web import MENU
from customers.views import CUSTOMER_PANELS
from tickets.maintenance import api, opening, queries, subscribers, views
from tickets.models import Ticket
from tickets.slots import TICKET_MODULES, TICKET_PANELS

NAME = "maintenance"


def wire(app: Flask, rest: Api) -> None:
    """Register everything of `tickets.maintenance`."""
    rest.register_blueprint(api.blueprint)
    app.register_blueprint(views.blueprint)
    subscribers.subscribe()
    sweeps.register(opening.NAME, opening.EVERY, opening.open_due)
    TICKET_PANELS.fill(NAME, _panel, weight=5)
    TICKET_MODULES.fill(NAME, lambda: "js/tickets/maintenance-panel.js", weight=5)
    CUSTOMER_PANELS.fill(NAME, views.customer_panel, weight=15)
    MENU.fill(
        NAME,
        lambda: {
            "label": _("Plans"),
            "icon": "calendar-repeat",
            "address": "/maintenance",
            "permission": "tickets.read",
            "key": "g n",
        },
        weight=58,
    )


def _panel(ticket: Ticket) -> tuple[str, Any] | None:
    """Which dates of which plans the ticket stands for."""
    found = queries.of_ticket(ticket.id)
    return (NAME, {"dates": found}) if found else None
