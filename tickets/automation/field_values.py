"""The value of a custom field as an administrator writes it in a rule, read by the field's kind."""

from __future__ import annotations

import math
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets.fields import queries
from tickets.fields.checking import checked_value
from tickets.fields.rules import Definition, said

_YES, _NO = {"yes", "true", "1", "是"}, {"no", "false", "0", "否"}


def read(key: str, text: str | None) -> Any:
    """As it is stored on a ticket; None for an empty text. Raises NotValid for a field that is gone and a value that it cannot hold."""
    definition = queries.by_key().get(key)
    if definition is None:
        raise NotValid(_("There is no field “%(name)s”.", name=key))
    return checked_value(definition, _of_kind(definition, text.strip())) if text else None


def _of_kind(definition: Definition, text: str) -> Any:
    if definition.kind in ("number", "reference"):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise NotValid(_("This is not a number."))
        return int(number) if number == int(number) else number
    if definition.kind == "yes_no":
        return True if text.casefold() in _YES else False if text.casefold() in _NO else text
    if definition.kind == "choice":
        return _choice(definition, text)
    if definition.kind == "choices":
        return [_choice(definition, part.strip()) for part in text.split(",") if part.strip()]
    return text


def _choice(definition: Definition, text: str) -> str:
    """By its key or its text in any language."""
    for one in definition.choices:
        if text == one["key"] or text in one["labels"].values() or text == said(one["labels"], "en"):
            return str(one["key"])
    return text
