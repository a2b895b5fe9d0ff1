"""Custom fields as data: for whoever fills them in in the reader's language, for the settings in all languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.i18n import current_language
from tickets import rules as ticket_rules
from tickets.fields import queries
from tickets.fields.models import TicketField
from tickets.fields.rules import Definition, said


def setting(row: TicketField) -> dict[str, Any]:
    """Everything that an administrator sets."""
    names = ("id", "key", "kind", "labels", "helps", "ticket_kinds", "options", "required", "required_when", "position", "public")
    return {name: getattr(row, name) for name in names} | {
        "retired": row.retired_at is not None,
        "label": said(row.labels, current_language()),
    }


def shown(one: Definition) -> dict[str, Any]:
    """What a form needs to ask for it, in the reader's language."""
    language = current_language()
    return {
        "key": one.key,
        "kind": one.kind,
        "label": one.label(language),
        "help": said(one.helps, language),
        "ticket_kinds": list(one.ticket_kinds),
        "required": one.required,
        "required_when": dict(one.required_when) if one.required_when is not None else None,
        "public": one.public,
        "retired": one.retired,
        "choices": [
            {"key": choice["key"], "label": said(choice["labels"], language), "retired": bool(choice.get("retired"))}
            for choice in one.choices
        ],
        **{name: one.options.get(name) for name in ("unit", "decimals", "min", "max", "to", "lines")},
    }


def forms() -> dict[str, Any]:
    """What pages need to ask for everything that a ticket can have: `page_data` of the list, a ticket and a new one."""
    return {"fields": [shown(one) for one in queries.definitions()], "asks": queries.asks()}


def kinds() -> list[dict[str, Any]]:
    """Each kind of ticket with its opening form."""
    asks = queries.asks()
    fields = queries.definitions(only_used=True)
    return [
        {
            "kind": kind,
            "label": str(ticket_rules.KIND_WORDS[kind]),
            "asks": asks[kind],
            "fields": [one.key for one in fields if one.is_for(kind)],
        }
        for kind in ticket_rules.KINDS
    ]


def named(values: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of each ticket's values what its references are called: {field: name}; a constant number of queries."""
    found = list(values)
    if not any(found):
        return [{} for _each in found]
    names = queries.reference_names(queries.definitions(), found)
    return [{key: ids[each[key]] for key, ids in names.items() if each.get(key) in ids} for each in found]
