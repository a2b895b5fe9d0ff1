"""Joins the board to the application."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _

from callcenter.supervision import live, views
from core.api import Api
from core.web import MENU


def wire(app: Flask, _api: Api) -> None:
    """Pages, topic, menu."""
    app.register_blueprint(views.blueprint)
    live.register()
    MENU.fill(
        "board",
        lambda: {"label": _("Board"), "icon": "layout-kanban", "address": "/board", "permission": "board.read", "key": "g b"},
        weight=30,
    )
