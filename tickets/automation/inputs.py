"""What triggers and actions ask for: typed inputs, told to the editor and checked by one function. So a new action is its inputs and its deed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets import rules as ticket_rules
from tickets.macros import rules as texts

LONGEST_TEXT = 5_000
MOST_CHOSEN = 50
LARGEST_NUMBER = 1_000
Choices = Callable[[], Sequence[tuple[Any, Any]]]
_remembered: ContextVar[dict[Choices, dict[Any, Any]] | None] = ContextVar("rule_choices", default=None)


@dataclass(frozen=True, kw_only=True)
class Input:
    """One thing to choose or write.

    `kind`: choice (one of `choices`), choices (some of them), text (several lines, with variables), texts (a text by language), tags, word,
    number (a whole one from 1 on).
    `choices()`: (value, label), values texts or numbers. `when`: (name of another input, values): asked only when that has one of these.
    """

    name: str
    label: Any
    kind: str
    choices: Choices | None = None
    required: bool = True
    when: tuple[str, tuple[str, ...]] | None = None

    def asked(self, given: Mapping[str, Any]) -> bool:
        """Whether this input counts beside the others' values."""
        return self.when is None or given.get(self.when[0]) in self.when[1]

    def check(self, value: Any) -> Any:
        """The value in its normal form. Raises NotValid naming the input."""
        return _CHECKS[self.kind](self, value)


def described(found: Sequence[Input]) -> list[dict[str, Any]]:
    """For the editor, in the reader's words."""
    return [
        {
            "name": one.name,
            "label": str(one.label),
            "kind": one.kind,
            "required": one.required,
            "choices": [{"value": value, "label": str(label)} for value, label in _known(one).items()] if one.choices else None,
            "when": {"name": one.when[0], "values": list(one.when[1])} if one.when else None,
        }
        for one in found
    ]


def checked(found: Sequence[Input], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the inputs that are asked for and given. Raises NotValid for one that is missing, wrong or unknown."""
    if unknown := set(given) - {one.name for one in found}:
        raise NotValid(_("Unknown: %(names)s", names=", ".join(sorted(unknown))))
    values: dict[str, Any] = {}
    for one in found:
        if not one.asked(given):
            continue
        value = given.get(one.name)
        if value is None or value == "" or value == [] or value == {}:
            if one.required:
                raise NotValid(_("%(label)s: choose or write something.", label=one.label))
            continue
        values[one.name] = one.check(value)
    return values


def _wrong(one: Input, value: Any) -> NotValid:
    return NotValid(_("%(label)s: “%(value)s” is not there (any more).", label=one.label, value=str(value)[:60]))


def _known(one: Input) -> dict[Any, Any]:
    if one.choices is None:
        return {}
    kept = _remembered.get()
    if kept is None:
        return dict(one.choices())
    if one.choices not in kept:
        kept[one.choices] = dict(one.choices())
    return kept[one.choices]


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, each list of choices is read once: for who checks or describes many things at one moment."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def _choice(one: Input, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in _known(one):
        raise _wrong(one, value)
    return value


def _choices(one: Input, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_CHOSEN:
        raise _wrong(one, value)
    known = _known(one)
    for item in value:
        if isinstance(item, bool) or not isinstance(item, str | int) or item not in known:
            raise _wrong(one, item)
    return list(dict.fromkeys(value))


def _text(one: Input, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong(one, value)
    return texts.checked_texts({"en": value[: LONGEST_TEXT + 1]}, one.name)["en"]


def _texts(one: Input, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or any(not isinstance(text, str | None) for text in value.values()):
        raise _wrong(one, value)
    return texts.checked_texts({language: text for language, text in value.items() if text}, one.name)


def _tags(one: Input, value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > ticket_rules.TAGS_AT_MOST or any(not isinstance(tag, str) for tag in value):
        raise _wrong(one, value)
    return [ticket_rules.check_tag(tag) for tag in value]


def _word(one: Input, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 300:
        raise _wrong(one, value)
    return " ".join(value.split())


def _number(one: Input, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_NUMBER:
        raise _wrong(one, value)
    return value


_CHECKS: dict[str, Callable[[Input, Any], Any]] = {
    "choice": _choice,
    "choices": _choices,
    "text": _text,
    "texts": _texts,
    "tags": _tags,
    "word": _word,
    "number": _number,
}
