"""Joins assignment to the application."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from core import sweeps
from core.api import Api
from core.auth.security import may
from core.db import db
from core.pages import SHELL_MODULES
from customers.views import CUSTOMER_PANELS
from tickets.assigning import api, api_settings, pages, placing, presenters, subscribers
from tickets.assigning.models import AssignmentRule
from tickets.fields.uses import FIELD_USES, names_field
from tickets.slots import TICKET_MODULES, TICKET_PANELS


def wire(app: Flask, rest: Api) -> None:
    """Register everything of `tickets.assigning`."""
    for module in (api, api_settings):
        rest.register_blueprint(module.blueprint)
    app.register_blueprint(pages.blueprint)
    FIELD_USES.fill("assignment", _uses_of_field)
    pages.fill()
    subscribers.subscribe()
    sweeps.register(placing.NAME, placing.EVERY, placing.place_due)
    TICKET_PANELS.fill(presenters.NAME, presenters.panel, weight=5)
    TICKET_MODULES.fill(presenters.NAME, lambda: "js/tickets/assigning/panel.js", weight=5)
    CUSTOMER_PANELS.fill("service-flow", pages.customer_panel, weight=5)
    SHELL_MODULES.fill("take-next", lambda: "js/tickets/assigning/take-next.js" if may("tickets.write") else None)


def _uses_of_field(name: str) -> list[dict[str, Any]]:
    """The assignment rules that ask about a field."""
    rows = db.session.scalars(select(AssignmentRule).order_by(AssignmentRule.position, AssignmentRule.id))
    return [
        {"what": "assignment", "name": row.name, "address": "/settings/assignment"} for row in rows if names_field(row.conditions, name)
    ]
