"""The frame of the settings: one side list that every package adds its pages to.

    SETTINGS.fill("queues", lambda: {"group": "work", "label": _("Queues"), "address": "/settings/queues", "icon": "inbox",
                                     "permission": "settings.manage"}, weight=10)

A settings page extends `core/settings.html` (blocks: title, actions, content as `settings`), which draws the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, abort, redirect, render_template
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from core.auth.access import permission
from core.auth.security import may
from core.db import db
from core.slots import Slot
from core.web import MENU

SETTINGS = Slot("settings", "(): a dict(group, label, address, icon, permission) for the side list; group is a key of GROUPS")
FIRST_STEPS = Slot("first steps", "(): a Step; their order is that in which a new firm takes them")
GROUPS = {
    "people": _("People"),
    "work": _("Work"),
    "channels": _("Channels"),
    "field": _("Field and stock"),
    "system": _("System"),
}
blueprint = Blueprint("settings", __name__)


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something a new firm sets up at `address`: done as soon as `there` finds a row. `needed`: nothing can come in or be promised without it."""

    label: LazyString
    text: LazyString
    address: str
    permission: str
    there: Select[Any]
    needed: bool = False


def entries() -> list[tuple[Any, list[dict[str, Any]]]]:
    """What the signed-in user may open: (name of the group, its entries), empty groups left out."""
    open_ones = [entry for entry in SETTINGS.call() if may(entry["permission"])]
    groups = [(name, [entry for entry in open_ones if entry["group"] == key]) for key, name in GROUPS.items()]
    return [(name, found) for name, found in groups if found]


def first_steps() -> list[tuple[Step, bool]]:
    """What the signed-in user may do of the first steps, each with whether it is done; none when all are."""
    steps = [step for step in FIRST_STEPS.call() if may(step.permission)]
    found = [(step, db.session.scalar(select(step.there.exists())) is True) for step in steps]
    return [] if all(done for _step, done in found) else found


def _in_menu() -> dict[str, Any] | None:
    """The menu's entry, for those who may open at least one page of the settings."""
    if not any(may(entry["permission"]) for entry in SETTINGS.call()):
        return None
    return {"label": _("Settings"), "icon": "settings", "address": "/settings", "permission": "account.use", "key": "g ,"}


@blueprint.get("/settings")
@permission("account.use")
def overview() -> str | Response:
    """All settings one may open; the only one at once when there is just one."""
    found = entries()
    if not found:
        abort(403)
    if len(found) == 1 and len(found[0][1]) == 1:
        return redirect(found[0][1][0]["address"])
    return render_template("core/settings_overview.html", steps=first_steps())


def init_app(app: Flask) -> None:
    """Register the frame. Called by the lowest package that has settings."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["settings_entries"] = entries
    MENU.fill("settings", _in_menu, weight=95)
