"""Joins customers to the application: API, pages, menu, the job of imports."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.api import Api
from core.search_api import SEARCH
from core.settings_pages import FIRST_STEPS, Step
from core.web import MENU
from customers import api as customers_api
from customers import api_belongings, searching, views
from customers.importing import api as imports_api
from customers.importing import work
from customers.models import Customer

JOBS = (work.run,)  # registered with the outbox by importing it

IMPORT = Step(label=_("Your customers"), text=_("Read in from a table, or entered one by one when they call."),
              address="/customers/import", permission="customers.import", there=select(Customer.id))  # fmt: skip


def wire(app: Flask, api: Api) -> None:
    """Register everything of customers."""
    app.register_blueprint(views.blueprint)
    for blueprint in (customers_api.blueprint, api_belongings.blueprint, imports_api.blueprint):
        api.register_blueprint(blueprint)
    SEARCH.fill("customers", searching.find, weight=20)
    MENU.fill(
        "customers",
        lambda: {"label": _("Customers"), "icon": "users", "address": "/customers", "permission": "customers.read", "key": "g c"},
        weight=50,
    )
    FIRST_STEPS.fill("customers", lambda: IMPORT, weight=80)
