"""Joins custom fields to the application: API, settings, conditions, columns of lists."""

from __future__ import annotations

from flask import Flask

from core.api import Api
from tickets import conditions
from tickets.fields import api as fields_api
from tickets.fields import asking, columns, settings
from tickets.saved_views.columns import provide as provide_columns


def wire(app: Flask, api: Api) -> None:
    """Register everything of custom fields."""
    api.register_blueprint(fields_api.blueprint)
    app.register_blueprint(settings.blueprint)
    settings.fill()
    conditions.provide(asking.fields)
    provide_columns(columns.columns)
