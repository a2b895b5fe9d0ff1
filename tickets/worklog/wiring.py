"""Joins the work log to the application: API, pages, panel, subscriptions."""

from __future__ import annotations

from typing import Any

from flask import Flask

from core.api import Api
from core.auth.security import may
from core.pages import SHELL_MODULES
from tickets.models import Ticket
from tickets.slots import TICKET_MODULES, TICKET_PANELS
from tickets.worklog import api, queries, subscribers, views

NAME = "work"


def wire(app: Flask, rest: Api) -> None:
    """Register everything of `tickets.worklog`."""
    rest.register_blueprint(api.blueprint)
    app.register_blueprint(views.blueprint)
    subscribers.subscribe()
    TICKET_PANELS.fill(NAME, _panel, weight=20)
    SHELL_MODULES.fill("timer", lambda: "js/tickets/timer-shell.js" if may("tickets.write") else None)
    TICKET_MODULES.fill(NAME, lambda: "js/tickets/work-panel.js", weight=20)


def _panel(ticket: Ticket) -> tuple[str, Any] | None:
    """What the ticket took, as soon as it took something."""
    found = queries.of_ticket(ticket.id)
    return (NAME, found) if found["people"] or found["running"] else None
