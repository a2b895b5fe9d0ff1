"""What people set for themselves: name, language, theme, time zone. Callers open the transaction."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _

from core.auth.models import User
from core.db import db
from core.errors import NotValid
from core.i18n import LANGUAGES

THEMES = ("light", "dark", "auto")


@lru_cache
def time_zones() -> tuple[str, ...]:
    """Names of places (Europe/Berlin) and UTC; without the old abbreviations, which hide daylight saving."""
    regions = ("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(regions)))


def set_preferences(
    *, user: User, name: str | None = None, language: str | None = None, theme: str | None = None, time_zone: str | None = None
) -> None:
    """Change what is given, leave the rest. Raises NotValid naming the field."""
    if name is not None:
        if not name.strip():
            raise NotValid(_("Write your name."), field="name")
        user.name = name.strip()[:200]
    if language is not None:
        if language not in LANGUAGES:
            raise NotValid(_("This language is not there."), field="language")
        user.language = language
    if theme is not None:
        if theme not in THEMES:
            raise NotValid(_("This theme is not there."), field="theme")
        user.theme = theme
    if time_zone is not None:
        if time_zone not in time_zones():
            raise NotValid(_("This is not the name of a time zone, like Europe/Berlin."), field="time_zone")
        user.time_zone = time_zone
    db.session.flush()
