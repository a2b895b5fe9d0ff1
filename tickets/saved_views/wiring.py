"""Joins views of the list of tickets to the application."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.api import Api
from core.db import db
from tickets.fields.uses import FIELD_USES, names_field
from tickets.saved_views import api as views_api
from tickets.saved_views import api_many
from tickets.saved_views.models import SavedView


def wire(api: Api) -> None:
    """Register everything of views."""
    for module in (views_api, api_many):
        api.register_blueprint(module.blueprint)
    FIELD_USES.fill("views", uses_of_field)


def uses_of_field(name: str) -> list[dict[str, Any]]:
    """The views that ask about a field or show it."""
    views = db.session.scalars(select(SavedView).order_by(SavedView.name, SavedView.id))
    used = [view for view in views if names_field(view.conditions, name) or name in view.columns or name == view.sort]
    return [{"what": "view", "name": view.name, "address": f"/tickets?view={view.id}"} for view in used]
