"""Joins assignment to the application."""

from __future__ import annotations

from flask import Flask

from core import sweeps
from core.api import Api
from core.auth.security import may
from core.pages import SHELL_MODULES
from customers.views import CUSTOMER_PANELS
from tickets.assigning import api, api_settings, pages, placing, presenters, subscribers
from tickets.slots import TICKET_MODULES, TICKET_PANELS


def wire(app: Flask, rest: Api) -> None:
    """Register everything of `tickets.assigning`."""
    for module in (api, api_settings):
        rest.register_blueprint(module.blueprint)
    app.register_blueprint(pages.blueprint)
    pages.fill()
    subscribers.subscribe()
    sweeps.register(placing.NAME, placing.EVERY, placing.place_due)
    TICKET_PANELS.fill(presenters.NAME, presenters.panel, weight=5)
    TICKET_MODULES.fill(presenters.NAME, lambda: "js/tickets/assigning/panel.js", weight=5)
    CUSTOMER_PANELS.fill("service-flow", pages.customer_panel, weight=5)
    SHELL_MODULES.fill("take-next", lambda: "js/tickets/assigning/take-next.js" if may("tickets.write") else None)
