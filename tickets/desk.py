"""Joins the desk to the application: tags, links, merging, macros."""

from __future__ import annotations

from flask import Flask

from core.api import Api
from tickets import api_links, api_merging, api_tags, desk_settings
from tickets.macros import api as macros


def wire(app: Flask, api: Api) -> None:
    """Register everything of the desk."""
    for module in (api_tags, api_links, api_merging, macros):
        api.register_blueprint(module.blueprint)
    app.register_blueprint(desk_settings.blueprint)
    desk_settings.fill()
