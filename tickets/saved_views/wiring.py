"""Joins views of the list of tickets to the application."""

from __future__ import annotations

from core.api import Api
from tickets.saved_views import api as views_api


def wire(api: Api) -> None:
    """Register everything of views."""
    for module in (views_api,):
        api.register_blueprint(module.blueprint)
