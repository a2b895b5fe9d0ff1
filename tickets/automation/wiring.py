"""Joins rules to the application: API, pages, the feed of events, what the clock does."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from core import events, sweeps
from core.api import Api
from core.webhooks.hooks import HOOKS, Hook
from tickets import conditions, hooks
from tickets.automation import api as rules_api
from tickets.automation import deeds, fields, following, performing, queries, running, timing, triggers, views
from tickets.automation.events import WebhookCalled
from tickets.fields.uses import FIELD_USES

HANDLERS = performing, running, timing  # importing them registers the outbox handlers


def wire(app: Flask, rest: Api) -> None:
    """Register everything of rules."""
    rest.register_blueprint(rules_api.blueprint)
    app.register_blueprint(views.blueprint)
    views.fill()
    triggers.fill()
    deeds.fill()
    conditions.provide(fields.fields)
    events.follow(following.note)
    called = Hook(WebhookCalled, _("A rule called"), hooks.rule_fired, receiver=lambda event: int(event.endpoint_id))
    FIELD_USES.fill("rules", queries.using_field)
    HOOKS.fill(WebhookCalled.name, lambda: called, weight=20)
    sweeps.register("automation-timers", 1.0, timing.ring)
    sweeps.register("automation-looks", 15.0, timing.look)
    sweeps.register("forget-automation", 3600, timing.forget_old)
