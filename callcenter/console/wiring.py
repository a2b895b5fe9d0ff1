"""Joins the console to the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from callcenter.console import caller, colleagues, live, views
from core.api import Api
from core.auth.security import may
from core.pages import SHELL_MODULES
from core.web import MENU


def wire(app: Flask, _api: Api) -> None:
    """Page, topics, menu, and the agent's state in the top bar of every page."""
    app.register_blueprint(views.blueprint)
    live.register()
    caller.register()
    colleagues.register()
    MENU.fill(
        "console",
        lambda: {"label": _("Console"), "icon": "headset", "address": "/console", "permission": "calls.take", "key": "g h"},
        weight=10,
    )
    SHELL_MODULES.fill("presence", lambda: "js/callcenter/presence.js" if may("calls.take") else None)
