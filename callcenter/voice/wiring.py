"""How calls are joined to the rest; called by `wsgi.py`."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.voice import (
    api,
    automation,
    callback_api,
    callbacks,
    carrier,
    conference_jobs,
    jobs,
    live,
    merging,
    pages,
    recording_api,
    services,
    sound,
    webhooks,
    worklog,
)
from callcenter.voice.events import CallChanged
from callcenter.voice.models import PhoneNumber
from core import events, sweeps
from core.api import Api
from core.auth.security import csrf
from core.settings_pages import FIRST_STEPS, SETTINGS, Step
from customers.events import CustomerChanged
from staff.events import PresenceChanged
from tickets.slots import TICKET_MODULES
from tickets.worklog.slots import COUNTED

# name, label, address, icon, weight
SETTINGS_PAGES = (
    ("phone-numbers", _("Phone numbers"), "/settings/phone-numbers", "phone", 10),
    ("voice-menus", _("Voice menus"), "/settings/voice-menus", "dialpad", 11),
    ("twilio", _("Connect your Twilio number"), "/settings/twilio", "plug-connected", 12),
)
NUMBER = Step(label=_("A phone number"), text=_("Its greeting and menu, and the queue that its calls come to."),
              address="/settings/phone-numbers", permission="settings.manage", there=select(PhoneNumber.id))  # fmt: skip
HANDLERS = (jobs, conference_jobs)  # importing them registers the outbox handlers


def wire(app: Flask, rest: Api) -> None:
    """Blueprints, pages of the settings, subscribers, topic, sweep."""
    carrier.init_app(app, app.config["CALLOUT"])
    app.register_blueprint(webhooks.blueprint)
    csrf.exempt(webhooks.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(sound.blueprint)
    rest.register_blueprint(api.blueprint)
    rest.register_blueprint(recording_api.blueprint)
    rest.register_blueprint(callback_api.blueprint)
    TICKET_MODULES.fill("calls", lambda: "js/callcenter/recordings.js", weight=20)
    for name, label, address, icon, weight in SETTINGS_PAGES:
        entry = {"group": "channels", "label": label, "address": address, "icon": icon, "permission": "settings.manage"}
        SETTINGS.fill(name, lambda entry=entry: entry, weight=weight)
    FIRST_STEPS.fill("number", lambda: NUMBER, weight=32)
    live.register()
    merging.subscribe()
    automation.fill()
    events.subscribe(CallChanged, live.on_call_changed)
    events.subscribe(CallChanged, worklog.on_call_changed)
    COUNTED.fill("calls", worklog.counted)
    events.subscribe(CustomerChanged, live.on_customer_changed)
    events.subscribe(PresenceChanged, on_presence)
    sweeps.register("voice", 1.0, _sweep)
    sweeps.register("voice-left-over", 5.0, callbacks.apply_left_over)
    sweeps.register("voice-unheard", 10.0, _unheard)


def on_presence(event: PresenceChanged) -> None:
    """Somebody became ready: who waits longest is offered to them at once."""
    if event.after == "ready":
        services.route(now=event.at)


def _sweep(now: datetime) -> None:
    services.sweep(now=now)


def _unheard(now: datetime) -> None:
    services.ask_about_unheard(now=now)
