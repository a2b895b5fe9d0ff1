"""Joins the service levels to the application: API, sweeps."""

from __future__ import annotations

from core import sweeps
from core.api import Api
from tickets.sla import api, api_calendars, api_choice, example, sources, sweep


def wire(rest: Api) -> None:
    """Register everything of `tickets.sla`."""
    for module in (api, api_calendars, api_choice, example):
        rest.register_blueprint(module.blueprint)
    sweeps.register(sweep.NAME, sweep.EVERY, sweep.fire_due)
    sweeps.register(sources.NAME, sources.EVERY, sources.look_at_due)
