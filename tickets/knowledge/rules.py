"""What an article may be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _

from core.errors import NotValid
from tickets import rules as ticket_rules

LANGUAGES = ("en", "zh_Hans", "zh_Hant")
# Who reads the one can read the other, with a little effort.
_NEAREST = {"zh_Hans": "zh_Hant", "zh_Hant": "zh_Hans"}
STATUSES = ("draft", "published", "archived")
LONGEST_TITLE = 200
LONGEST_BODY = 100_000
LONGEST_NOTE = 500
LONGEST_COMMENT = 2_000
MOST_FILES = 20
MOST_WORDS = 50
LONGEST_WORD = 100
TEXT, LINK = "text", "link"
Kept = TypeVar("Kept")


def checked_language(language: str) -> str:
    """Raises NotValid for one that articles are not written in."""
    if language not in LANGUAGES:
        raise NotValid(_("There is no language “%(language)s” here.", language=language), field="language")
    return language


def checked_title(title: str) -> str:
    """On one line. Raises NotValid when nothing is left or it is too long."""
    clean = " ".join(title.split())
    if not clean:
        raise NotValid(_("An article needs a title."), field="title")
    if len(clean) > LONGEST_TITLE:
        raise NotValid(_("A title has at most %(count)d characters.", count=LONGEST_TITLE), field="title")
    return clean


def checked_words(words: Iterable[str], field: str) -> list[str]:
    """Models and SKUs: each once, in their order. Raises NotValid for too many or too long ones."""
    found = list(dict.fromkeys(clean for word in words if (clean := " ".join(word.split()))))
    if len(found) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in found):
        raise NotValid(_("At most %(count)d, each of at most %(length)d characters.", count=MOST_WORDS, length=LONGEST_WORD), field=field)
    return found


def checked_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are stored, only those given. Raises NotValid."""
    found = dict(facts)
    if "tags" in found:
        by_key = {ticket_rules.tag_key(tag): ticket_rules.check_tag(tag) for tag in found["tags"]}
        if len(by_key) > ticket_rules.TAGS_AT_MOST:
            raise NotValid(_("At most %(count)d tags.", count=ticket_rules.TAGS_AT_MOST), field="tags")
        found["tags"] = list(by_key.values())
    if "kinds" in found:
        found["kinds"] = [ticket_rules.check_kind(kind) for kind in dict.fromkeys(found["kinds"])]
    for name in ("models", "skus"):
        if name in found:
            found[name] = checked_words(found[name], name)
    return found


def checked_names(names: Mapping[str, str | None]) -> dict[str, str]:
    """A category's names by language. Raises NotValid when none is left."""
    found = {checked_language(language): clean for language, name in names.items() if (clean := " ".join((name or "").split())[:100])}
    if not found:
        raise NotValid(_("It needs a name."), field="names")
    return found


def nearest(wanted: str, there: Collection[str]) -> str | None:
    """Which of the languages at hand a reader of `wanted` gets: that one, the other Chinese, English, any; None when there is none."""
    for language in (wanted, _NEAREST.get(wanted), "en"):
        if language in there:
            return language
    return next((language for language in LANGUAGES if language in there), None)


def name_in(names: Mapping[str, str], language: str) -> str:
    """A category's name for a reader of this language."""
    return names[nearest(language, names) or next(iter(names))]


def tag_of(language: str) -> str:
    """The language as addresses and HTML write it: zh-Hans."""
    return language.replace("_", "-")
