"""Joins tickets to the application: API, live topics, subscriptions, what the clock does."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core.api import Api
from core.search_api import SEARCH
from core.web import MENU
from customers.views import CUSTOMER_PANELS
from tickets import api as tickets_api
from tickets import (
    api_conversation,
    api_files,
    api_queues,
    conditions,
    customer_panel,
    desk,
    searching,
    settings,
    subscribers,
    topics,
    views,
)
from tickets.assigning import wiring as assigning
from tickets.automation import wiring as automation
from tickets.conditions import api as conditions_api
from tickets.conditions import ticket_fields
from tickets.fields import wiring as fields
from tickets.knowledge import wiring as knowledge
from tickets.maintenance import wiring as maintenance
from tickets.saved_views import wiring as saved_views
from tickets.sla import wiring as sla
from tickets.tasks import wiring as tasks
from tickets.worklog import wiring as worklog


def wire(app: Flask, api: Api) -> None:
    """Register everything of tickets."""
    conditions.provide(ticket_fields.fields)
    for module in (tickets_api, api_conversation, api_files, api_queues, conditions_api):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(api_files.pages)
    app.register_blueprint(views.blueprint)
    app.register_blueprint(settings.blueprint)
    settings.fill()
    desk.wire(app, api)
    knowledge.wire(app, api)
    MENU.fill(
        "tickets",
        lambda: {"label": _("Tickets"), "icon": "ticket", "address": "/tickets", "permission": "tickets.read", "key": "g t"},
        weight=20,
    )
    SEARCH.fill("tickets", searching.find, weight=10)
    CUSTOMER_PANELS.fill("tickets", customer_panel.of, weight=10)
    topics.register()
    subscribers.subscribe()
    fields.wire(app, api)
    saved_views.wire(api)
    sla.wire(api)
    tasks.wire(app, api)
    worklog.wire(app, api)
    assigning.wire(app, api)
    automation.wire(app, api)
    maintenance.wire(app, api)
