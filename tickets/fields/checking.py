"""Whether a value may stand in a custom field, and what it is found by. Pure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets.fields.rules import Definition, is_filled, is_number

LONGEST_TEXT = 5000
COMPARED = 200  # characters of a text that can be looked for as a whole


def checked_value(definition: Definition, value: Any, before: Any = None) -> Any:
    """The value as it is stored; None removes it. What stood there before may stay, also when it could not be chosen any more. References are
    looked up by the caller. Raises NotValid naming the field."""
    if not is_filled(value):
        return None
    if value == before:
        return value
    if definition.retired:
        raise _refused(definition, _("This field is not used any more."))
    return _CHECKS[definition.kind](definition, value, before)


def _text(definition: Definition, value: Any, _before: Any) -> str | None:
    if not isinstance(value, str):
        raise _refused(definition, _("This is not a text."))
    clean = value.strip() if definition.options.get("lines") else " ".join(value.split())
    if len(clean) > LONGEST_TEXT:
        raise _refused(definition, _("A text has at most %(count)d characters.", count=LONGEST_TEXT))
    return clean or None


def _number(definition: Definition, value: Any, _before: Any) -> int | float:
    if not is_number(value):
        raise _refused(definition, _("This is not a number."))
    exact = Decimal(str(value))
    decimals = definition.options.get("decimals", 0)
    if exact != round(exact, decimals):
        raise _refused(definition, _("At most %(count)d decimals.", count=decimals) if decimals else _("A whole number, please."))
    lowest, highest = definition.options.get("min"), definition.options.get("max")
    if lowest is not None and value < lowest:
        raise _refused(definition, _("At least %(number)s.", number=lowest))
    if highest is not None and value > highest:
        raise _refused(definition, _("At most %(number)s.", number=highest))
    return int(exact) if exact == int(exact) else float(exact)


def _date(definition: Definition, value: Any, _before: Any) -> str:
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "").isoformat()
    except ValueError:
        raise _refused(definition, _("A date is written as 2026-12-31.")) from None


def _choice(definition: Definition, value: Any, before: Any) -> str:
    kept = before if isinstance(before, list) else [before]
    if not any(one["key"] == value and (not one.get("retired") or value in kept) for one in definition.choices):
        raise _refused(definition, _("“%(value)s” is not one of the choices.", value=str(value)[:100]))
    return str(value)


def _choices(definition: Definition, value: Any, before: Any) -> list[str]:
    if not isinstance(value, list):
        raise _refused(definition, _("This is not a list of choices."))
    chosen = {_choice(definition, one, before) for one in value}
    return [one["key"] for one in definition.choices if one["key"] in chosen]


def _yes_no(definition: Definition, value: Any, _before: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(definition, _("This is neither yes nor no."))
    return value


def _reference(definition: Definition, value: Any, _before: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 63:
        raise _refused(definition, _("This refers to nothing that is here."))
    return value


def _refused(definition: Definition, message: Any) -> NotValid:
    return NotValid(message, field=definition.name)


_CHECKS: dict[str, Any] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "choice": _choice,
    "choices": _choices,
    "yes_no": _yes_no,
    "reference": _reference,
}


def compared(text: str) -> str:
    """A text as it is looked for as a whole."""
    return " ".join(text.split()).casefold()[:COMPARED]


def index_of(definition: Definition, value: Any) -> list[tuple[str | None, Decimal | None]]:
    """The (word, number) rows that a stored value is found by."""
    if definition.kind in ("number", "reference"):
        return [(None, Decimal(str(value)))]
    if definition.kind == "date":
        return [(None, Decimal(date.fromisoformat(value).toordinal()))]
    if definition.kind == "choices":
        return [(key, None) for key in value]
    if definition.kind == "yes_no":
        return [("true" if value else "false", None)]
    return [(compared(value) if definition.kind == "text" else value, None)]
