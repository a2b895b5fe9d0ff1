"""Where a custom field is used besides in tickets: the rooms that keep conditions fill the slot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import ngettext

from core.i18n import current_language
from core.slots import Slot
from tickets.fields import queries
from tickets.fields.models import TicketField

FIELD_USES = Slot("field uses", "(name: `fields.<key>` as in conditions): [{what: view, rule …, name, address}] that need the field")


def uses_of(row: TicketField) -> list[dict[str, Any]]:
    """Everything that the field is used by: {what: tickets, count}, {what: field, name, address} and what the slot's fillers name."""
    found: list[dict[str, Any]] = []
    count = queries.tickets_with(row.id)
    if count:
        found.append({"what": "tickets", "count": count})
    for other in queries.definitions():
        if other.required_when is not None and other.required_when["field"] == row.key:
            found.append({"what": "field", "name": other.label(current_language()), "address": "/settings/fields"})
    for used in FIELD_USES.call(f"fields.{row.key}"):
        found += used
    return found


def in_words(uses: list[dict[str, Any]]) -> str:
    """One line for a refusal."""
    parts = [
        ngettext("%(num)d ticket", "%(num)d tickets", use["count"])
        if use["what"] == "tickets"
        else f"{_WHAT.get(use['what'], use['what'])} “{use['name']}”"
        for use in uses
    ]
    return ", ".join(parts)


def names_field(stored: Any, name: str) -> bool:
    """Whether a stored condition, or anything as JSON knows it, names this field."""
    if isinstance(stored, Mapping):
        return stored.get("field") == name or any(names_field(one, name) for one in stored.values())
    return isinstance(stored, list) and any(names_field(one, name) for one in stored)


_WHAT: dict[str, Any] = {
    "field": _("the field"),
    "view": _("the view"),
    "rule": _("the rule"),
    "assignment": _("the assignment rule"),
    "macro": _("the macro"),
}
