"""Numbers and menus, with what is wrong with them said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from callcenter.voice.models import Menu, PhoneNumber
from core import audit
from core.db import db
from core.errors import NotFound, NotValid
from core.phones import parse_phone
from staff.models import Branch
from tickets.models import Queue


def save_number(*, number_id: int | None, values: dict[str, Any], now: datetime, actor_id: int) -> PhoneNumber:
    """Add or change a number of ours. Raises NotFound, NotValid (not a number, taken, no such branch, queue or menu)."""
    branch = db.session.get(Branch, values["branch_id"])
    if branch is None:
        raise NotValid(_("There is no such branch."), field="branch_id")
    if db.session.get(Queue, values["queue_id"]) is None:
        raise NotValid(_("There is no such queue."), field="queue_id")
    if values.get("menu_id") and db.session.get(Menu, values["menu_id"]) is None:
        raise NotValid(_("There is no such menu."), field="menu_id")
    e164 = parse_phone(values["number"], branch.country).e164
    taken = db.session.scalar(select(PhoneNumber.id).where(PhoneNumber.number == e164))
    if taken is not None and taken != number_id:
        raise NotValid(_("This number is there already."), field="number")
    number = db.session.get(PhoneNumber, number_id) if number_id else PhoneNumber()
    if number is None:
        raise NotFound(_("There is no such number."))
    before = {key: getattr(number, key) for key in values} if number_id else {}
    for key, value in {**values, "number": e164}.items():
        setattr(number, key, value)
    db.session.add(number)
    db.session.flush()
    audit.record(
        action="number.saved", target=f"number:{number.id}", actor_id=actor_id, now=now, before=before, after={**values, "number": e164}
    )
    return number


def save_menu(*, menu_id: int | None, values: dict[str, Any], now: datetime, actor_id: int | None) -> Menu:
    """Add or change a voice menu. Raises NotFound, NotValid naming the option that is wrong."""
    check_menu(values["definition"])
    taken = db.session.scalar(select(Menu.id).where(Menu.name == values["name"]))
    if taken is not None and taken != menu_id:
        raise NotValid(_("A menu of this name is there already."), field="name")
    menu = db.session.get(Menu, menu_id) if menu_id else Menu()
    if menu is None:
        raise NotFound(_("There is no such menu."))
    before = {"name": menu.name, "definition": menu.definition} if menu_id else {}
    menu.name, menu.definition = values["name"], values["definition"]
    db.session.add(menu)
    db.session.flush()
    audit.record(action="menu.saved", target=f"menu:{menu.id}", actor_id=actor_id, now=now, before=before, after=values)
    return menu


def check_menu(definition: dict[str, Any]) -> None:
    """Greeting and closed texts by language, options with a digit each used once and a queue that is there. Raises NotValid."""
    for name in ("greeting", "closed"):
        texts = definition.get(name, {})
        if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
            raise NotValid(_("%(name)s: texts by language are expected.", name=name), field="definition")
    if not definition.get("greeting", {}).get("en"):
        raise NotValid(_("A menu needs an English greeting."), field="definition")
    options, used = definition.get("options", []), set()
    if not isinstance(options, list):
        raise NotValid(_("The options are not a list."), field="definition")
    for place, option in enumerate(options, start=1):
        digit = str(option.get("digit", "")) if isinstance(option, dict) else ""
        if digit not in set("0123456789") or not digit:
            raise NotValid(_("Option %(place)d needs one digit.", place=place), field="definition")
        if digit in used:
            raise NotValid(_("The digit %(digit)s is used twice.", digit=digit), field="definition")
        used.add(digit)
        if not isinstance(option.get("queue_id"), int) or db.session.get(Queue, option["queue_id"]) is None:
            raise NotValid(_("Option %(place)d leads to no queue.", place=place), field="definition")
