"""Questions about articles. Every list costs a constant number of statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, func, select

from core.api import page
from core.db import db
from core.errors import NotFound
from core.files import File
from tickets.knowledge.models import Article, ArticleCategory, ArticleFile, ArticleMark, ArticleText, ArticleUse, ArticleVersion

RECENTLY = timedelta(days=90)
_LARGEST = 1 << 63


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to; None does not narrow. `overdue_on`: a day after the one by which they were to be looked at again."""

    status: str | None = None
    public: bool | None = None
    category_id: int | None = None
    tag: str | None = None
    overdue_on: date | None = None
    ticket_id: int | None = None


def one(article_id: int) -> Article:
    """Raises NotFound."""
    found = db.session.get(Article, article_id) if article_id < _LARGEST else None
    if found is None:
        raise NotFound(_("There is no such article (any more)."))
    return found


def locked(article_id: int) -> Article:
    """`one`, its row locked until the transaction ends."""
    if article_id >= _LARGEST:
        return one(article_id)
    query = select(Article).where(Article.id == article_id).with_for_update(of=Article).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    return found if found is not None else one(article_id)


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """On Article."""
    found: list[ColumnElement[bool]] = []
    # What is archived is only shown to who asks for it.
    found.append(Article.status == filters.status if filters.status else Article.status != "archived")
    if filters.public is not None:
        found.append(Article.public == filters.public)
    if filters.category_id is not None:
        found.append(Article.category_id == filters.category_id)
    if filters.tag is not None:
        found.append(Article.tags.contains([filters.tag]))
    if filters.overdue_on is not None:
        found.append(Article.review_by < filters.overdue_on)
    if filters.ticket_id is not None:
        found.append(Article.ticket_id == filters.ticket_id)
    return found


def listed(filters: Filters, *, after: str | None, limit: int) -> tuple[list[Article], str | None]:
    """The last changed first."""
    query: Select[Any] = select(Article).where(*conditions(filters))
    return page(query, order=[Article.updated_at, Article.id], after=after, limit=limit, descending=True)


def by_ids(ids: Collection[int]) -> dict[int, Article]:
    """Those that are there."""
    return {row.id: row for row in db.session.scalars(select(Article).where(Article.id.in_(list(ids))))} if ids else {}


def overdue_count(on: date) -> int:
    """How many were to be looked at again before this day."""
    return db.session.scalar(select(func.count()).select_from(Article).where(*conditions(Filters(overdue_on=on)))) or 0


def text_of(article: Article, language: str) -> ArticleText | None:
    """Its line in this language."""
    return next((row for row in article.texts if row.language == language), None)


def versions(article_id: int, language: str) -> list[ArticleVersion]:
    """The newest first."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.language == language)
    return list(db.session.scalars(query.order_by(ArticleVersion.number.desc())))


def version(article_id: int, language: str, number: int | None) -> ArticleVersion:
    """Raises NotFound."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.language == language)
    found = db.session.scalar(query.where(ArticleVersion.number == number)) if number is not None and number < 1 << 31 else None
    if found is None:
        raise NotFound(_("There is no such version of this article."))
    return found


def current(article: Article, *, published: bool) -> dict[str, ArticleVersion]:
    """By language, the version that readers see (`published`) or the newest."""
    query = select(ArticleVersion).join(
        ArticleText, (ArticleText.article_id == ArticleVersion.article_id) & (ArticleText.language == ArticleVersion.language)
    )
    number = ArticleText.published if published else ArticleText.latest
    rows = db.session.scalars(query.where(ArticleVersion.article_id == article.id, ArticleVersion.number == number))
    return {row.language: row for row in rows}


def files_of(file_ids: Collection[int]) -> dict[int, File]:
    """By id, those that are there."""
    return {row.id: row for row in db.session.scalars(select(File).where(File.id.in_(list(file_ids))))} if file_ids else {}


def own_files(article_id: int) -> set[int]:
    """Ids of the files of all its versions."""
    return set(db.session.scalars(select(ArticleFile.file_id).where(ArticleFile.article_id == article_id)))


def uses(article_ids: Collection[int], now: datetime) -> dict[int, tuple[int, int]]:
    """By article: how often it was put into an answer, and how often in the last 90 days."""
    recent = func.count().filter(ArticleUse.at > now - RECENTLY)
    query = select(ArticleUse.article_id, func.count(), recent).where(ArticleUse.article_id.in_(list(article_ids)))
    return {row[0]: (row[1], row[2]) for row in db.session.execute(query.group_by(ArticleUse.article_id))}


def marks(article_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """By article: how many found it helpful, and how many did not."""
    query = select(ArticleMark.article_id, func.count().filter(ArticleMark.helpful), func.count().filter(~ArticleMark.helpful))
    rows = db.session.execute(query.where(ArticleMark.article_id.in_(list(article_ids))).group_by(ArticleMark.article_id))
    return {row[0]: (row[1], row[2]) for row in rows}


def marks_of(article_id: int) -> list[ArticleMark]:
    """Everybody's mark, the newest first."""
    return list(db.session.scalars(select(ArticleMark).where(ArticleMark.article_id == article_id).order_by(ArticleMark.at.desc())))


def categories() -> list[ArticleCategory]:
    """In their order."""
    return list(db.session.scalars(select(ArticleCategory).order_by(ArticleCategory.position, ArticleCategory.id)))


def category(category_id: int) -> ArticleCategory:
    """Raises NotFound."""
    found = db.session.get(ArticleCategory, category_id) if category_id < _LARGEST else None
    if found is None:
        raise NotFound(_("There is no such category."))
    return found


def counts_by_category() -> dict[int, int]:
    """How many articles each has, archived ones too."""
    query = select(Article.category_id, func.count()).where(Article.category_id.is_not(None)).group_by(Article.category_id)
    return {category_id: count for category_id, count in db.session.execute(query) if category_id is not None}


def with_file(file_id: int) -> list[Article]:
    """Articles with this file in some version."""
    query = select(Article).join(ArticleFile, ArticleFile.article_id == Article.id).where(ArticleFile.file_id == file_id)
    return list(db.session.scalars(query)) if file_id < _LARGEST else []


def for_everybody() -> list[ColumnElement[bool]]:
    """Conditions on Article and ArticleText: what customers may read."""
    return [Article.status == "published", Article.public.is_(True), ArticleText.published.is_not(None)]


def public_articles(category_id: int | None = None) -> list[Article]:
    """Those that customers may read."""
    query = select(Article).where(Article.id.in_(select(ArticleText.article_id).join(Article).where(*for_everybody())))
    if category_id is not None:
        query = query.where(Article.category_id == category_id)
    return list(db.session.scalars(query.order_by(Article.published_at.desc(), Article.id)))


def unpublished(article: Article) -> bool:
    """Whether something newer than what readers see was saved."""
    return any(row.published != row.latest for row in article.texts)
