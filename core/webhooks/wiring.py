"""Joins webhooks to the application: API, pages, notice, the feed of events, what the clock does. The packages above declare their events."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from core import events, sweeps
from core.api import Api
from core.pages import SHELL_MODULES
from core.settings_pages import SETTINGS
from core.webhooks import api as webhooks_api
from core.webhooks import lane, views
from core.webhooks.services import deliveries

HANDLERS = lane  # importing it registers the outbox handler


def wire(app: Flask, api: Api) -> None:
    """Register everything of webhooks."""
    api.register_blueprint(webhooks_api.blueprint)
    app.register_blueprint(views.blueprint)
    SETTINGS.fill("webhooks", views.in_settings, weight=70)
    SHELL_MODULES.fill("webhooks", views.notice)
    events.follow(deliveries.note)
    sweeps.register("webhooks", 0.5, lane.hand_over)
    sweeps.register("forget-webhooks", 600, _forget_old)


def _forget_old(now: datetime) -> bool:
    return deliveries.forget_old(now=now)
