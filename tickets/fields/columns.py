"""Custom fields as columns of the list of tickets, and of its export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Numeric, case, cast, func

from core.i18n import current_language
from tickets.fields import queries
from tickets.fields.rules import Definition, said
from tickets.models import Ticket
from tickets.saved_views.columns import Column

_KINDS = {"number": "number", "choice": "choice", "yes_no": "choice", "choices": "tags"}


def columns() -> Iterable[Column]:
    """The provider."""
    language = current_language()
    return [_column(one, language) for one in queries.definitions()]


def _column(one: Definition, language: str) -> Column:
    return Column(
        name=one.name,
        label=one.label(language),
        kind=_KINDS.get(one.kind, "text"),
        sort=_sort(one),
        nullable=True,
        words=_words(one, language),
        of=_value(one, language),
    )


def _sort(one: Definition) -> Any:
    """Numbers by size, choices in their order, the others as texts; several choices and references by nothing."""
    text = Ticket.fields[one.key].astext
    if one.kind == "number":
        return cast(text, Numeric)
    if one.kind == "choice":
        return case({choice["key"]: place for place, choice in enumerate(one.choices)}, value=text)
    return func.lower(text) if one.kind in ("text", "date", "yes_no") else None


def _words(one: Definition, language: str) -> Callable[[], Mapping[Any, Any]] | None:
    if one.kind == "choice":
        return lambda: {choice["key"]: said(choice["labels"], language) for choice in one.choices}
    return (lambda: {True: _("Yes"), False: _("No")}) if one.kind == "yes_no" else None


def _value(one: Definition, language: str) -> Callable[[Mapping[str, Any], str], Any]:
    def of(line: Mapping[str, Any], _name: str) -> Any:
        value = line["fields"].get(one.key)
        if value is None:
            return None
        if one.kind == "choices":
            return [one.choice_label(key, language) for key in value]
        return line["field_names"].get(one.key, value) if one.kind == "reference" else value

    return of
