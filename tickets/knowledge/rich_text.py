"""The body of an article: HTML with a short list of what may stay, made safe by nh3 on the way in. The editor offers just this list.

Pictures are files of the article, never of another server. The text of it is for searching, comparing and putting into answers.
"""

from __future__ import annotations

import re

import nh3
from flask_babel import lazy_gettext as _

from core.errors import NotValid
from core.html_text import html_to_text
from tickets.knowledge.rules import LONGEST_BODY

FILES = "/help/articles/files/"
_IMAGE = re.compile(re.escape(FILES) + r"([1-9][0-9]{0,17})")
_LINK = re.compile(r"(?:https?://|mailto:|tel:|/help/articles/|/knowledge/)", re.IGNORECASE)
_TAGS_WORDS = "a b blockquote br code em h2 h3 hr i img li ol p pre strong sub sup table tbody td th thead tr u ul"
_TAGS = set(_TAGS_WORDS.split())


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href":
        return value if _LINK.match(value) else None
    if attribute == "src":
        return value if _IMAGE.fullmatch(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style", "title", "template", "iframe", "object", "svg", "math", "noscript"},
    attributes={"a": {"href"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
    attribute_filter=_kept,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer",
)
_WITHOUT_SOURCE = re.compile(r"<img(?![^>]* src=)[^>]*>")


def checked_body(body: str) -> str:
    """Safe HTML. Raises NotValid when it is too long, or when nothing is left that could be read."""
    if len(body) > LONGEST_BODY:
        raise NotValid(_("An article has at most %(count)d characters. Divide it into several.", count=LONGEST_BODY), field="body")
    clean = _WITHOUT_SOURCE.sub("", _CLEANER.clean(body.replace("\0", ""))).strip()
    if not text_of(clean).strip() and not _IMAGE.search(clean):
        raise NotValid(_("Write something: an empty article helps nobody."), field="body")
    return clean


def text_of(body: str) -> str:
    """What people read in it."""
    return html_to_text(body)


def images_of(body: str) -> list[int]:
    """Ids of the files that it shows."""
    return list(dict.fromkeys(int(found) for found in _IMAGE.findall(body)))
