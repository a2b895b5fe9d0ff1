"""Pages of the settings about webhooks. They hold the frame; lists and logs come through the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template
from flask_babel import lazy_gettext as _

from core.auth.access import permission
from core.auth.security import may
from core.jsonable import jsonable
from core.webhooks import presenters, queries

blueprint = Blueprint("webhooks", __name__)


def in_settings() -> dict[str, Any]:
    """The entry of the side list."""
    return {"group": "system", "label": _("Webhooks"), "address": "/settings/webhooks", "icon": "webhook", "permission": "webhooks.manage"}


def notice() -> str | None:
    """The script that tells administrators, on every page, that a webhook was paused by itself; gone once somebody resumed or paused it."""
    return "js/core/webhooks-notice.js" if may("webhooks.manage") and queries.any_gave_in() else None


@blueprint.get("/settings/webhooks")
@permission("webhooks.manage")
def webhooks() -> str:
    """All receivers."""
    return render_template("core/webhooks.html", page_data=_page_data())


@blueprint.get("/settings/webhooks/new")
@permission("webhooks.manage")
def new_webhook() -> str:
    """A new receiver."""
    return render_template("core/webhook.html", webhook=None, page_data=_page_data() | {"webhook": None})


@blueprint.get("/settings/webhooks/<int:webhook_id>")
@permission("webhooks.manage")
def webhook(webhook_id: int) -> str:
    """One receiver: settings, secret, delivery log."""
    found = presenters.webhook(queries.endpoint(webhook_id))
    return render_template("core/webhook.html", webhook=found, page_data=_page_data() | {"webhook": jsonable(found)})


def _page_data() -> dict[str, Any]:
    return {"events": presenters.events(), "networks": list(current_app.config["CALLOUT"].webhook_networks)}
