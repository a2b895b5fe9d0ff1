"""Custom fields and opening forms: what a definition may say, what a value may be, when one is required. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from core.i18n import LANGUAGES
from tickets import rules

KINDS = ("text", "number", "date", "choice", "choices", "yes_no", "reference")
REQUIRED = ("never", "opening", "resolving", "when")
TARGETS = ("customer", "equipment", "person", "ticket")
PUBLIC_KINDS = ("text", "number", "date", "choice", "choices", "yes_no")
FIELDS_AT_MOST = 100
CHOICES_AT_MOST = 200
LONGEST_LABEL = 100
LONGEST_HELP = 500
DECIMALS_AT_MOST = 6
LARGEST = 10**15
_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")
_CHOICE_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,49}")

# What every ticket can have, and how a kind's opening form asks for it.
LEVELS = ("hidden", "asked", "opening", "resolving")
STANDARD_WORDS: dict[str, Any] = {
    "customer_id": _("Customer"),
    "contact_phone": _("Phone"),
    "contact_email": _("Email"),
    "site_id": _("Site"),
    "equipment_id": _("Equipment"),
}
_ASKED = dict.fromkeys(STANDARD_WORDS, "asked")
_WITHOUT_THING = {**_ASKED, "equipment_id": "hidden", "site_id": "hidden"}
ASKS: dict[str, dict[str, str]] = {
    "fault": _ASKED,
    "installation": {**_ASKED, "customer_id": "opening"},
    "maintenance": {**_ASKED, "equipment_id": "opening"},
    "complaint": _WITHOUT_THING,
    "suggestion": _WITHOUT_THING,
    "question": _WITHOUT_THING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A custom field as `tickets.fields.models.TicketField` keeps it."""

    id: int = 0
    key: str
    kind: str
    labels: Mapping[str, str]
    helps: Mapping[str, str] = field(default_factory=dict)
    ticket_kinds: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    required: str = "never"
    required_when: Mapping[str, Any] | None = None
    position: int = 0
    public: bool = False
    retired: bool = False

    def is_for(self, ticket_kind: str) -> bool:
        """Whether tickets of this kind have it."""
        return not self.ticket_kinds or ticket_kind in self.ticket_kinds

    def label(self, language: str) -> str:
        """In this language, else English, else any."""
        return said(self.labels, language)

    @property
    def name(self) -> str:
        """As the field is called in changes of a ticket, in conditions and in errors."""
        return f"fields.{self.key}"

    @property
    def choices(self) -> list[dict[str, Any]]:
        """[{key, labels, retired}] in their order."""
        return list(self.options.get("choices", ()))

    def choice_label(self, key: str, language: str) -> str:
        """The text of a choice; its key when it is gone."""
        return next((said(one["labels"], language) for one in self.choices if one["key"] == key), key)


def said(texts: Mapping[str, str], language: str) -> str:
    """The text in this language, else English, else any."""
    return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


def checked_key(key: str) -> str:
    """Raises NotValid unless it is a short name in small letters."""
    if not _KEY.fullmatch(key):
        raise NotValid(_("A key has small letters, digits and _, and begins with a letter."), field="key")
    return key


def checked_texts(texts: Mapping[str, str], *, field: str, longest: int, needed: bool) -> dict[str, str]:
    """The texts that say something, by language. Raises NotValid."""
    if unknown := set(texts) - set(LANGUAGES):
        raise NotValid(_("There is no language “%(language)s” here.", language=", ".join(sorted(unknown))), field=field)
    found = {language: " ".join(text.split()) for language, text in texts.items() if text and text.strip()}
    if needed and not found:
        raise NotValid(_("Write the text in at least one language."), field=field)
    if any(len(text) > longest for text in found.values()):
        raise NotValid(_("A text has at most %(count)d characters.", count=longest), field=field)
    return found


def checked_ticket_kinds(kinds: Iterable[str]) -> list[str]:
    """In the order of all kinds; none for all of them. Raises NotValid for an unknown one."""
    given = set(kinds)
    for kind in given:
        rules.check_kind(kind)
    return [kind for kind in rules.KINDS if kind in given] if given != set(rules.KINDS) else []


def checked_options(kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """What a kind of field needs besides: of a number unit, decimals, min, max; of choices `choices`; of a reference `to`; of a text `lines`
    (several). Raises NotValid naming `options` for what is unknown or missing."""
    known = {
        "number": ("unit", "decimals", "min", "max"),
        "choice": ("choices",),
        "choices": ("choices",),
        "reference": ("to",),
        "text": ("lines",),
    }
    if unknown := set(options) - set(known.get(kind, ())):
        raise NotValid(_("A field of this kind has no option “%(name)s”.", name=", ".join(sorted(unknown))), field="options")
    if kind == "number":
        return _checked_number(options)
    if kind in ("choice", "choices"):
        return {"choices": _checked_choices(options.get("choices") or ())}
    if kind == "reference":
        if options.get("to") not in TARGETS:
            raise NotValid(_("Say what the field refers to."), field="options.to")
        return {"to": options["to"]}
    return {"lines": True} if options.get("lines") else {}


def _checked_number(options: Mapping[str, Any]) -> dict[str, Any]:
    decimals = options.get("decimals") or 0
    if not isinstance(decimals, int) or isinstance(decimals, bool) or not 0 <= decimals <= DECIMALS_AT_MOST:
        raise NotValid(_("A number has between 0 and %(count)d decimals.", count=DECIMALS_AT_MOST), field="options.decimals")
    unit = " ".join(str(options.get("unit") or "").split())[:20]
    limits = {name: options[name] for name in ("min", "max") if options.get(name) is not None}
    for name, limit in limits.items():
        if not is_number(limit):
            raise NotValid(_("This is not a number."), field=f"options.{name}")
    if len(limits) == 2 and limits["min"] > limits["max"]:
        raise NotValid(_("The smallest number is larger than the largest."), field="options.max")
    return {"decimals": decimals, **({"unit": unit} if unit else {}), **limits}


def _checked_choices(choices: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if not isinstance(choices, list | tuple) or not all(_is_choice(one) for one in choices):
        raise NotValid(_("Choices are a list of {key, labels, retired}, labels by language."), field="options.choices")
    for one in choices:
        labels = checked_texts(one.get("labels") or {}, field="options.choices", longest=LONGEST_LABEL, needed=True)
        key = one.get("key") or new_key(said(labels, "en"), [each["key"] for each in found], choice=True)
        if not isinstance(key, str) or not _CHOICE_KEY.fullmatch(key):
            raise NotValid(_("A choice's key has small letters, digits and _."), field="options.choices")
        if any(each["key"] == key for each in found):
            raise NotValid(_("Two choices have the key “%(key)s”.", key=key), field="options.choices")
        found.append({"key": key, "labels": labels, **({"retired": True} if one.get("retired") else {})})
    if not found or len(found) > CHOICES_AT_MOST:
        raise NotValid(_("A choice is between 1 and %(count)d texts.", count=CHOICES_AT_MOST), field="options.choices")
    return found


def _is_choice(one: Any) -> bool:
    texts = one.get("labels") if isinstance(one, Mapping) else None
    return isinstance(texts, Mapping) and all(isinstance(text, str | None) for text in texts.values())


def new_key(text: str, taken: Iterable[str], *, choice: bool = False) -> str:
    """A key made of a text, unlike those taken."""
    found = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")[:40] or ("choice" if choice else "field")
    if not choice and not found[0].isalpha():
        found = f"field_{found}"
    there = set(taken)
    return found if found not in there else next(f"{found}_{number}" for number in range(2, 10_000) if f"{found}_{number}" not in there)


def checked_when(when: Mapping[str, Any] | None, required: str, others: Iterable[Definition], own_key: str) -> dict[str, Any] | None:
    """{"field": another field's key or "priority", "op": "is" | "filled", "value": [..]}: "filled" has no value. None unless `required` is when.
    Raises NotValid."""
    if required != "when":
        return None
    fields = {other.key: other for other in others if other.key != own_key}
    name, op = (when or {}).get("field"), (when or {}).get("op")
    if not isinstance(name, str) or (name != "priority" and name not in fields):
        raise NotValid(_("Say which other field decides."), field="required_when")
    if op == "filled" and name != "priority":
        return {"field": name, "op": "filled"}
    possible = deciding_values(name, fields)
    value = (when or {}).get("value")
    if op != "is" or not isinstance(value, list) or not value or not possible or any(one not in possible for one in value):
        raise NotValid(_("Say with which values of the other field it is required."), field="required_when")
    return {"field": name, "op": "is", "value": list(value)}


def deciding_values(name: str, fields: Mapping[str, Definition]) -> list[Any]:
    """The values of a field that one can list; none of a text, a number and the like."""
    if name == "priority":
        return list(rules.PRIORITIES)
    found = fields[name]
    return [True, False] if found.kind == "yes_no" else [one["key"] for one in found.choices]


def holds(when: Mapping[str, Any], values: Mapping[str, Any], priority: str) -> bool:
    """Whether the condition of a `required_when` holds."""
    value = priority if when["field"] == "priority" else values.get(when["field"])
    if when["op"] == "filled":
        return is_filled(value)
    given = value if isinstance(value, list) else [value]
    return any(one in when["value"] for one in given if one is not None)


def is_filled(value: Any) -> bool:
    """No is an answer; nothing, an empty text and no choice are none."""
    return value is not None and value not in ("", [])


def missing(
    definitions: Iterable[Definition], values: Mapping[str, Any], *, ticket_kind: str, priority: str, at: str, only_public: bool = False
) -> list[Definition]:
    """The fields that a ticket lacks `at` opening or resolving."""
    return [
        one
        for one in definitions
        if not one.retired
        and one.is_for(ticket_kind)
        and (one.public or not only_public)
        and (one.required == at or (one.required_when is not None and holds(one.required_when, values, priority)))
        and not is_filled(values.get(one.key))
    ]


def is_number(value: Any) -> bool:
    """A number that JSON and PostgreSQL can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= LARGEST


def checked_asks(kind: str, asks: Mapping[str, str]) -> dict[str, str]:
    """A kind's form, whole: what is not named stays as it is shipped. Raises NotValid."""
    if unknown := set(asks) - set(STANDARD_WORDS):
        raise NotValid(_("A form has no field “%(name)s”.", name=", ".join(sorted(unknown))), field="asks")
    if any(level not in LEVELS for level in asks.values()):
        raise NotValid(_("A form asks for a field not at all, perhaps, when opening or when resolving."), field="asks")
    return {**ASKS[kind], **asks}
