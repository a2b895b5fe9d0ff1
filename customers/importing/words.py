"""Words and dates in cells: yes/no kinds, tiers, languages, countries, days as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from babel import Locale
from flask_babel import lazy_gettext as _

from core.errors import NotValid
from core.phones import COUNTRIES

_KINDS = {
    "person": "person|private|individual|consumer|privat|个人|個人|自然人",
    "organisation": "organisation|organization|company|business|firm|firma|gewerbe|企业|公司|单位|企業|單位|组织|組織",
}
_TIERS = {
    "standard": "standard|normal|basic|普通|标准|標準|一般",
    "silver": "silver|silber|银|银牌|銀|銀牌",
    "gold": "gold|vip|premium|key|金|金牌|重要",
}
_LANGUAGES = {
    "en": "en|english|englisch|英文|英语|英語",
    "zh_Hans": "zh|zh-cn|zh-hans|zh_hans|chinese|simplified chinese|chinesisch|中文|简体|简体中文|汉语",
    "zh_Hant": "zh-tw|zh-hk|zh-hant|zh_hant|traditional chinese|繁體|繁体|繁體中文|繁体中文",
}
_TABLES = {
    field: {word: key for key, words in table.items() for word in words.split("|")}
    for field, table in (("kind", _KINDS), ("tier", _TIERS), ("language", _LANGUAGES))
}
_ISO = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?$")
_SHORT = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$")


def _country_names() -> dict[str, str]:
    found = {code.lower(): code for code in COUNTRIES}
    for language in ("en", "de", "zh_Hans", "zh_Hant"):
        territories = Locale.parse(language).territories
        found |= {str(territories[code]).lower(): code for code in COUNTRIES if code in territories}
    return found | {"uk": "GB", "usa": "US", "u.s.a.": "US", "prc": "CN", "中国大陆": "CN", "台湾": "TW", "台灣": "TW", "香港": "HK"}


COUNTRY_NAMES = _country_names()


def word(field: str, text: str) -> str:
    """The kind, tier or language meant. Raises NotValid."""
    found = _TABLES[field].get(text.strip().lower())
    if found is None:
        choices = ", ".join(sorted(set(_TABLES[field].values())))
        raise NotValid(_("“%(text)s” is none of: %(choices)s", text=text[:40], choices=choices), field=field)
    return found


def country(text: str) -> str:
    """Two letters from a code or a name in our languages. Raises NotValid."""
    found = COUNTRY_NAMES.get(text.strip().lower())
    if found is None:
        raise NotValid(_("There is no country “%(name)s”.", name=text[:40]), field="country")
    return found


def month_first(cells: Iterable[str]) -> bool | None:
    """Whether a column writes 3/25/2026 (True), 25/3/2026 (False), or cannot be told (None)."""
    first, second = False, False
    for cell in cells:
        found = _SHORT.match(cell.strip())
        if found:
            first |= int(found[1]) > 12
            second |= int(found[2]) > 12
    return None if first == second else second


def day(text: str, *, field: str, us: bool) -> date:
    """2026-03-10, 2026/3/10, 2026年3月10日, 10.3.2026, and 10/3/2026 (3/10/2026 where `us`). Raises NotValid."""
    typed = text.strip()
    try:
        if found := _ISO.match(typed):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SHORT.match(typed):
            first, second = int(found[1]), int(found[2])
            return date(int(found[3]), first, second) if us and "." not in typed else date(int(found[3]), second, first)
    except ValueError:
        pass
    raise NotValid(_("“%(text)s” is not a date like 2026-03-10.", text=typed[:40]), field=field)
