"""Pages about customers. They hold the frame and the first data; changes go through the API."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock
from core.auth.access import permission
from core.auth.preferences import time_zones
from core.auth.security import may
from core.i18n import LANGUAGES
from core.jsonable import jsonable
from core.phones import COUNTRIES
from core.slots import Slot
from customers import presenters, rules
from customers.importing import queries as imports
from staff import queries as staff

CUSTOMER_PANELS = Slot("customer panels", "(customer_id): HTML (Markup) of a panel on the customer's page, None: nothing to show")
blueprint = Blueprint("customers", __name__)

TIERS = {"standard": _("Standard"), "silver": _("Silver"), "gold": _("Gold")}
CONSENTS = {"recording": _("Recording calls"), "sms": _("Text messages"), "email": _("Email")}


def _choices() -> dict[str, Any]:
    """What the forms choose from."""
    return {
        "tiers": [{"key": key, "name": str(TIERS[key])} for key in rules.TIERS],
        "consents": [{"key": key, "name": str(CONSENTS[key])} for key in rules.CONSENTS],
        "languages": LANGUAGES,
        "countries": sorted(COUNTRIES),
        "country": staff.home_country(current_user.id),
        "zones": list(time_zones()),
        "people": [{"id": row.id, "name": row.name} for row in staff.people()],
        "may": {"write": may("customers.write"), "import": may("customers.import")},
    }


@blueprint.get("/customers")
@permission("customers.read")
def list_page() -> str:
    """The list, with search."""
    return render_template("customers/list.html", page_data=_choices())


@blueprint.get("/customers/new")
@permission("customers.write")
def new_page() -> str:
    """A new customer."""
    return render_template("customers/new.html", page_data=_choices())


@blueprint.get("/customers/<int:customer_id>")
@permission("customers.read")
def customer_page(customer_id: int) -> str:
    """Everything about one customer on one page."""
    today = clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()
    card = presenters.card_of(customer_id, on=today, country=staff.home_country(current_user.id))
    return render_template(
        "customers/customer.html",
        customer=card,
        page_data=_choices() | {"card": jsonable(card), "today": today.isoformat()},
        panels=CUSTOMER_PANELS.call(customer_id),
    )


@blueprint.get("/customers/import")
@permission("customers.import")
def imports_page() -> str:
    """Upload a table, and the imports there were."""
    return render_template("customers/imports.html", page_data=_choices())


@blueprint.get("/customers/import/<int:import_id>")
@permission("customers.import")
def import_page(import_id: int) -> str:
    """One import: columns, verdicts, confirm, undo."""
    found = jsonable(presenters.import_(imports.one(import_id)))
    sample = [presenters.import_line(row) for row in imports.lines(import_id, outcome=None, after=None, limit=5)[0]]
    return render_template("customers/import.html", page_data=_choices() | {"import": found, "sample": jsonable(sample)})
