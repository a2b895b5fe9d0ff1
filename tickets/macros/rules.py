"""Texts with variables, and which steps a macro may have. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets import rules

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
VARIABLES = ("customer", "number", "subject", "queue", "equipment", "serial", "site", "agent", "email", "phone")
LONGEST = 20_000
ME = "me"  # as an assignee: whoever runs it
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_SHORTCUT = re.compile(r"[\w-]{0,30}")
_TEXTS = ("text", "note")


def checked_name(name: str) -> str:
    """On one line, at most 100 characters. Raises NotValid when nothing is left."""
    clean = " ".join(name.split())[:100]
    if not clean:
        raise NotValid(_("It needs a name."), field="name")
    return clean


def checked_folder(name: str) -> str:
    """On one line, at most 60 characters; empty: in no folder."""
    return " ".join(name.split())[:60]


def checked_shortcut(word: str) -> str:
    """What is typed after a slash: small letters, digits and hyphens, at most 30; empty: none. Raises NotValid for anything else."""
    clean = word.strip().lstrip("/").lower()
    if not _SHORTCUT.fullmatch(clean):
        raise NotValid(_("A short word has letters, digits and hyphens only, at most 30."), field="shortcut")
    return clean


def checked_texts(texts: Mapping[str, str], field: str) -> dict[str, str]:
    """The texts that say something, by language. Raises NotValid for an unknown language or variable and when none is left."""
    if unknown := set(texts) - set(LANGUAGES):
        raise NotValid(_("There is no language “%(language)s” here.", language=", ".join(sorted(unknown))), field=field)
    found = {language: text.strip() for language, text in texts.items() if text and text.strip()}
    if not found:
        raise NotValid(_("Write the text in at least one language."), field=field)
    for text in found.values():
        if len(text) > LONGEST:
            raise NotValid(_("A text has at most %(count)d characters.", count=LONGEST), field=field)
        for name in _VARIABLE.findall(text):
            if name not in VARIABLES:
                raise NotValid(
                    _("There is no variable “%(name)s”. There are: %(names)s.", name=name, names=", ".join(VARIABLES)), field=field
                )
    return found


def checked_steps(steps: Mapping[str, Any]) -> dict[str, Any]:
    """The steps as they are stored. Raises NotValid for values that no ticket may have and when nothing would be done.

    Keys: status (+ wait_reason), priority, assignee_id (a person's id, "me", None: nobody), queue_id, add_tags, remove_tags, note and text
    (by language).
    """
    found: dict[str, Any] = {name: value for name, value in steps.items() if name not in ("wait_reason", *_TEXTS)}
    if "status" in steps:
        status, reason = rules.check_status(steps["status"], steps.get("wait_reason"))
        found["status"] = str(status)
        if reason is not None:
            found["wait_reason"] = str(reason)
    if "priority" in steps:
        rules.check_priority(steps["priority"])
    for name in ("add_tags", "remove_tags"):
        if name in steps:
            found[name] = [rules.check_tag(tag) for tag in steps[name]]
            if not found[name]:
                del found[name]
    for name in _TEXTS:
        if any((text or "").strip() for text in (steps.get(name) or {}).values()):
            found[name] = checked_texts(steps[name], name)
    if not found:
        raise NotValid(_("A macro does at least one thing."), field="steps")
    return found


def rendered(texts: Mapping[str, str], language: str, values: Mapping[str, str | None]) -> tuple[str, list[str]]:
    """The text in this language (else English, else any) with its variables filled, and the names of those that have no value: they are left out."""
    text = texts.get(language) or texts.get("en") or next(iter(texts.values()), "")
    missing: list[str] = []

    def value_of(found: re.Match[str]) -> str:
        value = values.get(found.group(1))
        if not value and found.group(1) not in missing:
            missing.append(found.group(1))
        return value or ""

    return _VARIABLE.sub(value_of, text), missing
