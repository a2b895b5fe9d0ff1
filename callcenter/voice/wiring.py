"""How calls are joined to the rest; called by `wsgi.py`."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from callcenter.voice import api, carrier, jobs, live, services, webhooks
from callcenter.voice.events import CallChanged
from core import events, sweeps
from core.api import Api
from core.auth.security import csrf
from staff.events import PresenceChanged

HANDLERS = jobs  # importing them registers the outbox handlers


def wire(app: Flask, rest: Api) -> None:
    """Blueprints, subscribers, topic, sweep."""
    carrier.init_app(app, app.config["CALLOUT"])
    app.register_blueprint(webhooks.blueprint)
    csrf.exempt(webhooks.blueprint)
    rest.register_blueprint(api.blueprint)
    live.register()
    events.subscribe(CallChanged, live.on_call_changed)
    events.subscribe(PresenceChanged, on_presence)
    sweeps.register("voice", 1.0, _sweep)


def on_presence(event: PresenceChanged) -> None:
    """Somebody became ready: who waits longest is offered to them at once."""
    if event.after == "ready":
        services.route(now=event.at)


def _sweep(now: datetime) -> None:
    services.sweep(now=now)
