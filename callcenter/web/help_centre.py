"""What the help centre shows: titles by category, articles by words, one article. Only what is published for customers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from core import search
from core.db import db
from core.i18n import LANGUAGES
from core.search_api import excerpt
from tickets.knowledge import queries, rules, searching
from tickets.knowledge.models import Article, ArticleText, ArticleVersion
from tickets.knowledge.using import path_of

FIRST = 6
SUGGESTED = 3
SHORTEST = 2
_ANYWHERE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\d]")


class Title(NamedTuple):
    """A link to an article. `other_language`: its name, when it is not there in the page's; `excerpt`: where the words stand."""

    title: str
    address: str
    other_language: str | None
    excerpt: str = ""


class Shelf(NamedTuple):
    """A category (None: what stands in none) with its first articles; `articles`: how many of all."""

    category_id: int | None
    name: str
    titles: list[Title]
    articles: int


class Page(NamedTuple):
    """One article in a language. `fallback`: not the one asked for."""

    version: ArticleVersion
    languages: list[str]
    fallback: bool
    category: tuple[int, str] | None


def any_there() -> bool:
    """Whether there is anything to read."""
    query = select(ArticleText.article_id).join(Article).where(*queries.for_everybody()).limit(1)
    return db.session.scalar(query) is not None


def shelves(language: str, category_id: int | None) -> list[Shelf]:
    """Categories in their order with the newest articles; one of them whole when named. Empty ones are left out."""
    query = (
        select(Article.category_id, Article.id, ArticleText.language, ArticleText.title).join(ArticleText).where(*queries.for_everybody())
    )
    if category_id is not None:
        query = query.where(Article.category_id == category_id)
    by_category: dict[int | None, dict[int, dict[str, str]]] = {}
    for shelf, article_id, one, title in db.session.execute(query.order_by(Article.published_at.desc(), Article.id)):
        by_category.setdefault(shelf, {}).setdefault(article_id, {})[one] = title
    named = [(row.id, rules.name_in(row.names, language)) for row in queries.categories()]
    most = FIRST if category_id is None else None
    found = [(shelf, name, by_category[shelf]) for shelf, name in [*named, (None, "")] if shelf in by_category]
    return [
        Shelf(shelf, name, [_title(one, titles, language) for one, titles in list(rows.items())[:most]], len(rows))
        for shelf, name, rows in found
    ]


def _title(article_id: int, titles: dict[str, str], wanted: str, text: str = "") -> Title:
    language = rules.nearest(wanted, titles) or wanted
    other = LANGUAGES[language] if language != wanted else None
    return Title(titles[language], path_of(article_id, wanted), other, text)


def searched(text: str, language: str) -> list[Title]:
    """The best first, each with the place where the words stand."""
    filters = queries.Filters(status="published", public=True)
    hits = dict(searching.found(text, filters, more=[ArticleText.published.is_not(None)]))
    words = search.runs(text)
    return [_title(one, titles, language, excerpt(texts.get(hits[one], ""), words)) for one, titles, texts in _lines(hits)]


def similar(text: str, language: str) -> list[Title]:
    """What fits a subject that somebody is typing: what is like it, else what has its words."""
    if len(text.strip()) < SHORTEST:
        return []
    hits = [one.article_id for one in searching.similar(subject=text, only_public=True, limit=SUGGESTED)]
    return [_title(one, titles, language) for one, titles, _texts in _lines(hits)] if hits else searched(text, language)[:SUGGESTED]


def _lines(article_ids: Iterable[int]) -> list[tuple[int, dict[str, str], dict[str, str]]]:
    """(article, titles, texts by language), in this order."""
    ids = list(article_ids)
    query = select(ArticleText).where(ArticleText.article_id.in_(ids), ArticleText.published.is_not(None))
    found: dict[int, list[ArticleText]] = {}
    for row in db.session.scalars(query):
        found.setdefault(row.article_id, []).append(row)
    return [
        (one, {row.language: row.title for row in found[one]}, {row.language: row.text for row in found[one]})
        for one in ids
        if one in found
    ]


def page_of(article_id: int, language: str) -> Page | None:
    """The article for a reader of this language, None when customers may not read it (any more)."""
    query = (
        select(Article).options(joinedload(Article.category)).where(Article.id == article_id, Article.status == "published", Article.public)
    )
    row = db.session.scalar(query) if article_id < 1 << 63 else None
    lines = queries.current(row, published=True) if row is not None else {}
    shown = rules.nearest(language, lines)
    if row is None or shown is None:
        return None
    category = (row.category.id, rules.name_in(row.category.names, language)) if row.category is not None else None
    return Page(lines[shown], [one for one in rules.LANGUAGES if one in lines], shown != language, category)


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The text as pairs (part, is it one of the words), as the browser's `marking.js` does it."""
    wanted = sorted({word for word in words if word}, key=len, reverse=True)
    if not wanted:
        return [(text, False)]
    pattern = "|".join(("" if _ANYWHERE.match(word) else r"(?<!\w)") + re.escape(word) for word in wanted)
    parts = re.split(f"({pattern})", text, flags=re.IGNORECASE)
    return [(part, index % 2 == 1) for index, part in enumerate(parts) if part]
