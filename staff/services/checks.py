"""Checks that several verbs share: names, zones, countries, languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from core.i18n import LANGUAGES
from core.phones import COUNTRIES

ZONES = frozenset(available_timezones())


def text(value: str, *, field: str, most: int = 200) -> str:
    """A line without blanks around it. Raises NotValid when it is empty or too long."""
    found = " ".join(unicodedata.normalize("NFC", value).split())
    if not found:
        raise NotValid(_("This cannot be empty."), field=field)
    if len(found) > most:
        raise NotValid(_("At most %(count)d characters.", count=most), field=field)
    return found


def zone(value: str) -> str:
    """An IANA zone. Raises NotValid."""
    if value not in ZONES:
        raise NotValid(_("There is no time zone “%(name)s”. Write one like Europe/Berlin.", name=value[:60]), field="time_zone")
    return value


def country(value: str) -> str:
    """Two capital letters. Raises NotValid."""
    found = value.strip().upper()
    if found not in COUNTRIES:
        raise NotValid(_("There is no country “%(name)s”. Write its two letters, like DE.", name=value[:20]), field="country")
    return found


def language(value: str) -> str:
    """One of ours. Raises NotValid."""
    if value not in LANGUAGES:
        raise NotValid(_("We do not speak this language yet."), field="language")
    return value


def email(value: str) -> str:
    """Lower case, with one @ and a dot behind it. Raises NotValid."""
    found = value.strip().lower()
    name, at, domain = found.partition("@")
    if (
        not (name and at and "." in domain.strip("."))
        or len(found) > 254
        or any(character.isspace() for character in found)
        or "@" in domain
    ):
        raise NotValid(_("This is not an email address."), field="email")
    return found


def coordinate(value: float | None, *, field: str) -> float | None:
    """Degrees within range. Raises NotValid."""
    most = 90.0 if "latitude" in field else 180.0
    if value is not None and not -most <= value <= most:
        raise NotValid(_("This is not a place on earth."), field=field)
    return value


def known(changes: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Programmer's guard: only these keys may be changed."""
    if unknown := set(changes) - set(allowed):
        raise TypeError(f"cannot change {', '.join(sorted(unknown))}")


def picked(row: Any, keys: Iterable[str]) -> dict[str, Any]:
    """The row's values of these columns, for audit entries."""
    return {key: getattr(row, key) for key in keys}
