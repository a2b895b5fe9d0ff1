"""Settings of the telephone: our numbers, the voice menus, and the way to a real carrier. Changes go through the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template
from sqlalchemy import func, select

from callcenter.voice import connection
from callcenter.voice.models import Menu, PhoneNumber
from core.auth.access import permission
from core.db import db
from core.i18n import LANGUAGES
from core.phones import format_phone
from staff import queries as staff
from tickets import queries as tickets

blueprint = Blueprint("voice_pages", __name__)


def _queues() -> list[dict[str, Any]]:
    return [{"id": queue.id, "name": queue.name} for queue in tickets.queues(only_active=True)]


def _menus() -> list[Menu]:
    return list(db.session.scalars(select(Menu).order_by(Menu.name)))


def _number(row: PhoneNumber) -> dict[str, Any]:
    keys = ("id", "number", "label", "branch_id", "queue_id", "menu_id", "language", "record_calls", "active")
    return {key: getattr(row, key) for key in keys} | {"shown": format_phone(row.number)}


@blueprint.get("/settings/phone-numbers")
@permission("settings.manage")
def numbers() -> str:
    """Our numbers, and what happens to their calls."""
    data = {
        "numbers": [_number(row) for row in db.session.scalars(select(PhoneNumber).order_by(PhoneNumber.label))],
        "branches": [{"id": branch.id, "name": branch.name} for branch in staff.branches(active_only=True)],
        "queues": _queues(),
        "menus": [{"id": menu.id, "name": menu.name} for menu in _menus()],
        "languages": LANGUAGES,
    }
    return render_template("callcenter/numbers.html", page_data=data)


@blueprint.get("/settings/voice-menus")
@permission("settings.manage")
def menus() -> str:
    """What callers hear, and which key leads where."""
    used = dict(db.session.execute(select(PhoneNumber.menu_id, func.count()).group_by(PhoneNumber.menu_id)).tuples().all())
    data = {
        "menus": [{"id": menu.id, "name": menu.name, "definition": menu.definition, "used": used.get(menu.id, 0)} for menu in _menus()],
        "queues": _queues(),
        "languages": LANGUAGES,
    }
    return render_template("callcenter/numbers_menus.html", page_data=data)


@blueprint.get("/settings/twilio")
@permission("settings.manage")
def twilio() -> str:
    """The whole way from an empty Twilio account to the first call, with our own addresses filled in."""
    config = current_app.config["CALLOUT"]
    base = config.public_base_url
    addresses = {
        "voice": base + connection.IN,
        "fallback": base + connection.FALLBACK,
        "status": base + connection.STATUS,
        "agent": base + connection.AGENT,
    }
    return render_template(
        "callcenter/twilio.html", addresses=addresses, base=base, live=config.live_public_url, reachable=connection.is_reachable(base)
    )
