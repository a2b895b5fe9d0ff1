"""Joins the desk to the application: tags, links, merging, macros, drafts and held replies."""

from __future__ import annotations

from flask import Flask

from core import sweeps
from core.api import Api
from tickets import api_links, api_merging, api_tags, desk_settings
from tickets.composing import api as composing
from tickets.composing import services as held
from tickets.macros import api as macros
from tickets.macros import api_answers


def wire(app: Flask, api: Api) -> None:
    """Register everything of the desk."""
    for module in (api_tags, api_links, api_merging, macros, api_answers, composing):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(desk_settings.blueprint)
    desk_settings.fill()
    sweeps.register(held.NAME, held.EVERY, held.send_due)
